# SPDX-License-Identifier: GPL-2.0-only
"""Where a finding is shown in the sources, by its signature."""
from __future__ import annotations

import re
from pathlib import Path

from spb import findings

TABLES = [f"fuzz/harness/rule/{name}.def" for name in ("rules", "model", "kernel")]
ALLOCATOR = ("core/page_alloc.c", 1)
HEAD = r"^(?!\s|#|/|\*)[^\n;=]*\b{0}\([^;]*?\)\n\{{"


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _function(name: str) -> tuple[str, int] | None:
    """The head of a function of the core, or of the only one whose name ends with it."""
    for pattern in (re.escape(name), r"\w*_" + re.escape(name)):
        found = []
        for path in sorted(Path("core").glob("*.c")):
            text = path.read_text()
            found += [(str(path), _line(text, match.start()))
                      for match in re.finditer(HEAD.format(pattern), text, re.M)]
        if len(found) == 1 or found and pattern == re.escape(name):
            return found[0]
    return None


def _rule(name: str) -> tuple[str, int] | None:
    words = rf'^RULE\(\w+, "{re.escape(name)}"'
    if name.startswith("promise-"):
        words += rf'|^PROMISE\(\w+, "{re.escape(name.removeprefix("promise-"))}"'
    for path in TABLES:
        text = Path(path).read_text()
        match = re.search(words, text, re.M)
        if match:
            return path, _line(text, match.start())
    return None


def _frame(report: str) -> tuple[str, int] | None:
    match = re.search(r"^ *#\d+ .* (?:\S*/)?(core/\w+\.c):(\d+)", report, re.M)
    return (match[1], int(match[2])) if match else None


def of(signature: str, report: str) -> tuple[str, int]:
    """File and line: the function that the signature names, a frame of the report in core/, what
    the rule says; else the beginning of the allocator."""
    rule, _, name = signature.rpartition("/")
    name = name.partition(".")[0]
    found = _function(name) if re.fullmatch(r"[a-z_]\w*", name) else None
    return found or _frame(report) or _rule(rule or findings.rule(report)) or ALLOCATOR
