# SPDX-License-Identifier: GPL-2.0-only
"""What a run came to: outcomes of its mutants, counts of them, the survivors."""
from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from spb.mutants import programs
from spb.mutants.judge import Judge


@dataclass(frozen=True)
class Mutant:
    name: str
    line: str


@dataclass(frozen=True)
class Outcome:
    mutant: Mutant
    result: str  # killed, timeout, survived, equivalent, same, uncompiled, error
    how: str     # by what; of a survivor, after how many thousand executions
    rule: str = ""

    def __str__(self) -> str:
        words = [self.mutant.name, self.mutant.line, self.result, self.how, self.rule]
        return " ".join(words).rstrip()


def outcomes(judge: Judge, chosen: list[Mutant],
             equivalent: set[str]) -> tuple[list[Outcome], list[str]]:
    """Of the mutants that have been run, and complaints of verdicts that are wrong."""
    found, complaints = [], []
    first: dict[str, str] = {}  # the mutant that has a code before others do
    for mutant in chosen:
        words = _words(judge, mutant, first)
        if not words:
            continue
        outcome = Outcome(mutant, *words[:3])
        if mutant.name in equivalent:
            if outcome.result == "survived":
                outcome = Outcome(mutant, "equivalent", outcome.how, outcome.rule)
            elif outcome.result in ("killed", "timeout"):
                complaints.append(f"wrong verdict: {mutant.name} is {' '.join(words[:1])} by "
                                  f"{outcome.how} {outcome.rule}".rstrip())
        found.append(outcome)
    return found, complaints


def _words(judge: Judge, mutant: Mutant, first: dict[str, str]) -> list[str]:
    """Result, how and rule, or nothing when it has not been run."""
    code = judge.code_of(mutant.name)
    if code is None:
        return []
    if code in ("same", "uncompiled"):
        return [code, "-"]
    if first.setdefault(code, mutant.name) != mutant.name:
        return ["same", first[code]]
    return (judge.verdict_of(code) or "").split()


def killed_share(found: list[Outcome]) -> float:
    """Percent of those that are not equivalent."""
    seen = Counter(outcome.result for outcome in found)
    killed = seen["killed"] + seen["timeout"]
    alive = killed + seen["survived"]
    return 100 * killed / alive if alive else 100.0


def text(found: list[Outcome], chosen: int, every: int, seed: str) -> str:
    seen = Counter(outcome.result for outcome in found)
    by = Counter((outcome.result, outcome.how) for outcome in found)
    alive = seen["killed"] + seen["timeout"] + seen["survived"]

    def share(name: str, number: int) -> str:
        return f"{name:<28} {number:6d}  {100 * number / (alive or 1):5.1f} %"

    def both(how: str) -> int:
        return by["killed", how] + by["timeout", how]

    lines = [f"{chosen} mutants of {every}, SEED={seed}; {len(found)} have been run",
             f"{'not compiling':<28} {seen['uncompiled']:6d}",
             f"{'same code':<28} {seen['same']:6d}",
             f"{'judged equivalent':<28} {seen['equivalent']:6d}"]
    if seen["error"]:
        lines.append(f"{'could not be run':<28} {seen['error']:6d}")
    lines += ["of the others:",
              share("killed by corpus replay", by["killed", "corpus"]),
              share("timed out in corpus replay", by["timeout", "corpus"]),
              share("killed by seeds", both("seeds")),
              share("killed by tests", both("tests")),
              share("killed by fuzzing", both("fuzzing")),
              share("survived", seen["survived"]),
              share("killed, all together", seen["killed"] + seen["timeout"])]
    return "\n".join(lines) + "\n"


def changes(mutant: str) -> list[str]:
    """What it changes, line by line."""
    return [f"  {line[0]} {line[1:].lstrip()}"
            for line in programs.mutate("show", mutant).splitlines() if re.match("[-+]", line)]


def survivors(found: list[Outcome]) -> str:
    """Each with what it changes."""
    lines = []
    for outcome in sorted(found, key=str):
        if outcome.result == "survived":
            lines += ["", f"{outcome.mutant.name} (line {outcome.mutant.line})",
                      *changes(outcome.mutant.name)]
    return "".join(line + "\n" for line in lines)
