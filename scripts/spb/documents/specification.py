# SPDX-License-Identifier: GPL-2.0-only
"""Statements of docs/specification.md by number, and who cites them."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable, Iterator

from spb.documents import rules

DOCUMENT = "docs/specification.md"
RULES = rules.TABLE
# Rules about a kernel tree, whose source is that kernel, and those about spbfuzz itself.
OTHER_SOURCES = ("KERNEL", "HARNESS")
CITED_IN = (".c", ".h", ".def", ".py", ".md", ".patch")
NUMBER = r"S\d+\.\d+"
CITATION = re.compile(rf"(?<![\w/.-])({NUMBER})(?:(?: to |-)({NUMBER}))?(?![\w.]*\w)")
# The number of a section in notes that are not part of the project.
FOREIGN = re.compile(r"\bspec \d+(\.\d+)?\b")
REASONS = "## Statements that no rule cites"


def _split(number: str) -> tuple[int, int]:
    section, item = number[1:].split(".")
    return int(section), int(item)


def cited(text: str) -> Iterator[str]:
    """Each number in a text; "S4.3 to S4.5" is three."""
    for first, last in CITATION.findall(text):
        section, item = _split(first)
        end = item
        if last and _split(last)[0] == section:
            end = _split(last)[1]
        yield from (f"S{section}.{n}" for n in range(item, end + 1))
        if last and _split(last)[0] != section:
            yield last


class Specification:
    """The document, taken apart."""

    def __init__(self, text: str) -> None:
        body, _, reasons = text.partition(REASONS)
        self.numbers = re.findall(rf"^\| ({NUMBER}) \|", body, re.M)
        self.unmarked = [line.split("|")[1].strip()
                         for line in re.findall(rf"^\| {NUMBER} \|.*$", body, re.M)
                         if line.count("|") < 4 or not line.split("|")[-2].strip()]
        self.excused = {number for row in re.findall(r"^\|(.*?)\|.*\S.*\|$", reasons, re.M)
                        for number in cited(row)}


def sources(table: str) -> dict[str, tuple[str, str]]:
    """Section and source of each rule, by its name."""
    found, section = {}, ""
    for entry in re.finditer(r'^SECTION\((\w+)\)|^RULE\(\w+, "([^"]*)", (\w+),\s*"([^"]*)"', table,
                             re.M):
        if entry[1]:
            section = entry[1]
        else:
            found[entry[2]] = ("HARNESS" if entry[3] == "HARNESS" else section, entry[4])
    promise = re.search(r'RULE\(PROMISE_##id, "promise-" name, \w+, "([^"]*)"', table)
    if promise:
        found["promise-*"] = ("PROMISES", promise[1])
    return found


def complaints(files: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Of (name, text) of the tree."""
    texts = {name: text for name, text in files if name.endswith(CITED_IN)}
    spec = Specification(texts[DOCUMENT])
    known = set(spec.numbers)
    for number in sorted({n for n in spec.numbers if spec.numbers.count(n) > 1}):
        yield f"{DOCUMENT}: {number} stands there twice"
    for number in spec.unmarked:
        yield f"{DOCUMENT}: {number} does not say by whom it is"
    for name, text in texts.items():
        for number in dict.fromkeys(cited(text)):
            if number not in known:
                yield f"{name}: {number} is not in {DOCUMENT}"
        for match in FOREIGN.finditer(text):
            yield f"{name}: \"{match[0]}\" is no statement of {DOCUMENT}"
    by_rules: set[str] = set()
    for rule, (section, source) in sources(rules.whole(texts[RULES], texts.__getitem__)).items():
        by_rules.update(cited(source))
        if section not in OTHER_SOURCES and not list(cited(source)):
            yield f"{RULES}: {rule} cites no statement of {DOCUMENT}"
    for number in spec.numbers:
        if number in by_rules and number in spec.excused:
            yield f"{DOCUMENT}: {number} is said to be cited by no rule, and is"
        elif number not in by_rules and number not in spec.excused:
            yield f"{DOCUMENT}: {number} is cited by no rule, and no reason is given"


def tree_files(root: Path, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if name.endswith(CITED_IN):
            yield name, (root / name).read_text(errors="replace")
