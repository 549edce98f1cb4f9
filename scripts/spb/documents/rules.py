# SPDX-License-Identifier: GPL-2.0-only
"""Names and groups of fuzz/harness/rule/rules.def, for RULES=."""
from __future__ import annotations

import functools
import re
from typing import Callable

from spb import tree

TABLE = "fuzz/harness/rule/rules.def"
# The harness's own rules are always looked at.
ALWAYS = "harness"


def whole(text: str, read: Callable[[str], str]) -> str:
    """The table with the files that it includes, in their places."""
    return re.sub(r'^#include "(fuzz/harness/rule/\w+\.def)"$', lambda match: read(match[1]), text,
                  flags=re.MULTILINE)


@functools.lru_cache(maxsize=None)
def groups() -> dict[str, list[str]]:
    """Rules by group, each with its old name after it, if it has one."""
    text = whole((tree.ROOT / TABLE).read_text(), lambda name: (tree.ROOT / name).read_text())
    found: dict[str, list[str]] = {}
    for row in re.findall(r"^RULE\(\w+, (.*?)\)$", text, re.MULTILINE | re.DOTALL):
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', row)
        group = re.match(r'"[^"]*", (\w+)', row)[1].lower()
        found.setdefault(group, []).extend(name for name in (strings[0], strings[3]) if name)
    for name in re.findall(r'^PROMISE\(\w+, "([^"]*)"', text, re.MULTILINE):
        found["policy"].append(f"promise-{name}")
    del found[ALWAYS]
    return found


def wrong(value: str) -> str:
    """What RULES= should be and is not, or nothing."""
    known = {name for names in groups().values() for name in names} | {*groups()}
    if all(word.removeprefix("-") in known for word in re.split(r"[, ]+", value) if word):
        return ""
    lists = "".join(f"\n  {group}: {' '.join(names)}" for group, names in groups().items())
    return f"a list of rules and groups; there are:{lists}"
