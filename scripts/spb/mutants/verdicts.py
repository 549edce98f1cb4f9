# SPDX-License-Identifier: GPL-2.0-only
"""bugs/mutants.verdicts: mutants that nothing can tell from the original, with reasons."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spb import jobs
from spb.mutants import programs

FILE = "bugs/mutants.verdicts"
Change = tuple[str, str]  # the first line of the original, and what the mutant has in its place


@dataclass
class Verdict:
    mutant: str
    change: Change
    reason: str


def parse(text: str) -> list[Verdict]:
    found: list[Verdict] = []
    for line in text.splitlines():
        words = line.strip()
        if not words or line.startswith("#"):
            continue
        if not line[0].isspace():
            found.append(Verdict(words, ("", ""), ""))
        elif words.startswith("- "):
            found[-1].change = (words[2:].strip(), found[-1].change[1])
        elif words.startswith("+ "):
            found[-1].change = (found[-1].change[0], words[2:].strip())
        else:
            found[-1].reason = f"{found[-1].reason} {words}".strip()
    return found


def change_of(mutant: str) -> Change:
    """As "mutate show" prints it; of a mutant that does not exist, nothing."""
    lines = programs.mutate("show", mutant).splitlines()
    first = {sign: next((line[1:].strip() for line in lines if line.startswith(sign)), "")
             for sign in "-+"}
    return first["-"], first["+"]


def equivalent() -> tuple[set[str], list[str]]:
    """The mutants that a verdict holds for, and complaints of the other verdicts."""
    listed = parse(Path(FILE).read_text())
    good, complaints = set(), {}
    changes = {verdict.mutant: change for verdict, change in
               jobs.each(listed, lambda verdict: change_of(verdict.mutant))}
    for verdict in listed:
        if changes[verdict.mutant] != verdict.change:
            complaints[verdict.mutant] = f"obsolete verdict: {verdict.mutant}"
        elif not verdict.reason:
            complaints[verdict.mutant] = f"verdict without a reason: {verdict.mutant}"
        else:
            good.add(verdict.mutant)
    return good, list(complaints.values())
