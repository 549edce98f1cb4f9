# SPDX-License-Identifier: GPL-2.0-only
"""BASE=: the tree as it was before a patch. What crashes on KERNEL= is run there as well.

    the same signature                           known
    another one, or none                         new
    nobody can say                               undecided, and why

Where a program is left at its memory accesses these are others in the two trees: then it is new
when no schedule near that of the program shows it (spbfuzz around). BASE is built when there is
something to judge.
"""
from __future__ import annotations

import functools
import json
from collections import Counter
from dataclasses import dataclass
from typing import Iterable

from spb import jobs, status, tree, variables
from spb.kernel import harness
from spb.kernel.object import linux
from spb.status import Stop, Usage

NEW, KNOWN, UNDECIDED = "new", "known", "undecided"
COMMANDS = ("fuzz", "triage")
OF_REVISIONS = ("same", "ci")  # theirs is a revision
# Schedules near that of a race: some 2 ms each with AddressSanitizer.
TRIES = 2000


@dataclass(frozen=True)
class Judgement:
    word: str
    reason: str

    def __str__(self) -> str:
        return f"{self.word}: {self.reason}"


class Unsaid(Exception):
    """What a program shows cannot be said."""


def wanted() -> bool:
    return bool(variables.get("KERNEL") and variables.get("BASE"))


def refuse(command: str) -> None:
    """Usage for a BASE that says nothing."""
    if not variables.get("BASE") or command in OF_REVISIONS:
        return
    if not variables.get("KERNEL"):
        raise Usage("BASE= is a tree that KERNEL= is compared with: give KERNEL= as well")
    if command not in COMMANDS:
        raise Usage(f"make {command} knows nothing of BASE=; these do: {' '.join(COMMANDS)}")
    kernel = linux.opened(variables.get("KERNEL"))
    base = linux.opened(variables.get("BASE"), "BASE")
    if kernel.path.resolve() == base.path.resolve():
        raise Usage("KERNEL= and BASE= are the same tree")
    if _line_of(kernel.version) != _line_of(base.version):
        raise Usage(f"BASE= is {base.version} and KERNEL= is {kernel.version}: what differs is not "
                    "what a patch brought")


def _line_of(version: str) -> str:
    return ".".join(version.split(".")[:2])


@functools.lru_cache(maxsize=None)
def replayer(target: str) -> str:
    """That of BASE for a target, which is built now."""
    from spb.kernel.object import build
    print("kernel: BASE= judges what was found")
    return harness.linked(build.made(variables.get("BASE"), harness.variant_of(target)),
                          "spbfuzz")[0]


def signature(tool: str, target: str, path: str) -> str:
    """What a program shows there, by a close look; nothing when it runs to its end."""
    argv = [tool, "triage", "--json", "--target", target, path]
    said = jobs.run(argv, errors=False)
    if said.status not in (status.PASS, status.FINDING):
        raise Unsaid(jobs.run(argv).output.strip())
    groups = json.loads(said.output)["groups"]
    return groups[0]["signature"] if groups else ""


def judged(path: str, target: str, own: str, base: str, tries: int = TRIES) -> Judgement:
    """Of a program that crashes with @own, the replayer of KERNEL=; @base: that of BASE=."""
    try:
        here, there = (signature(tool, target, path) for tool in (own, base))
        if not here:
            return Judgement(UNDECIDED, "it does not show again")
        if there == here:
            return Judgement(KNOWN, "BASE= shows it too")
        if tree.counts_accesses(target):
            return _searched(path, target, here, base, tries)
    except Unsaid as why:
        return Judgement(UNDECIDED, str(why))
    return Judgement(NEW, f"BASE= shows {there} there" if there else "BASE= runs it to its end")


def nearby(path: str, target: str, wanted_one: str, tool: str,
           tries: int = TRIES) -> tuple[bool, str]:
    """Does one of the schedules near that of the program show the signature, with this replayer?
    And what was said of the search."""
    argv = [tool, "around", "--signature", wanted_one, "--tries", str(tries), "--target", target,
            path]
    said = jobs.run(argv)
    if said.status not in (status.PASS, status.FINDING):
        raise Unsaid(said.output.strip())
    return said.status == status.FINDING, said.output.strip()


def _searched(path: str, target: str, wanted_one: str, base: str, tries: int) -> Judgement:
    shown, said = nearby(path, target, wanted_one, base, tries)
    if shown:
        return Judgement(KNOWN, "BASE= shows it in a schedule near this one")
    return Judgement(NEW, f"BASE= shows it in no schedule near this one: {said}")


def judge(path: str, target: str) -> Judgement:
    """The same of the trees of KERNEL= and BASE=. That BASE= does not build is told with each, and
    nothing that was found is lost."""
    try:
        return judged(path, target, harness.replayer(target), replayer(target))
    except Stop as why:
        return Judgement(UNDECIDED, f"BASE= cannot run it: {why}")


def summary(judgements: Iterable[Judgement]) -> tuple[int, str]:
    """Exit status and last words. What BASE= does as well is no finding."""
    words = Counter(judgement.word for judgement in judgements)
    counts = ", ".join(f"{words[word]} {word}" for word in (NEW, UNDECIDED, KNOWN) if words[word])
    if words[NEW]:
        return status.FINDING, f"FAIL: distinct crashes: {counts}"
    if words[UNDECIDED]:
        return status.INCONCLUSIVE, f"INCONCLUSIVE: distinct crashes: {counts}"
    return status.PASS, f"PASS: nothing new; distinct crashes: {counts}"
