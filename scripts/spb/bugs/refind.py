# SPDX-License-Identifier: GPL-2.0-only
"""make refind: finds the schedule of a moved race again, from its program.

A change of the core shifts the accesses at which a program preempts: the race is still there, some
points to the left or right. Of each bug whose committed program shows it no more, programs are
tried whose preemptions stand elsewhere: one of them up to ONE points away, then two of them up to
TWO each. The nearest one that breaks an expected rule with the bug, and none without it, replaces
the committed program. The search is bounded; what it does not find needs make bugs and
scripts/run bugs shrink.
"""
from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path
from typing import Iterable, Iterator

from spb import build, jobs, plant
from spb.bugs import smallest, trials

ONE, TWO = 400, 24
BATCH = 400      # programs of one process
SECONDS = 120    # of one process
POINT = re.compile(r"\b(pre2?=)(\d+)(?=>)")


def moved(text: str, moves: dict[int, int]) -> str | None:
    """The program with its n-th preemption so many points later; None: before the first one."""
    numbers = itertools.count()
    bad = False

    def point(match: re.Match[str]) -> str:
        nonlocal bad
        at = int(match.group(2)) + moves.get(next(numbers), 0)
        bad |= not 1 <= at <= 0xffff
        return f"{match.group(1)}{at}"

    new = POINT.sub(point, text)
    return None if bad else new


def neighbours(text: str) -> Iterator[str]:
    """Programs that differ in where they preempt, the nearest first."""
    points = len(POINT.findall(text))
    for far in range(1, ONE + 1):
        for which in range(points):
            yield from (new for step in (-far, far) if (new := moved(text, {which: step})))
    steps = sorted((step for step in range(-TWO, TWO + 1) if step), key=abs)
    for pair in itertools.combinations(range(points), 2):
        for both in sorted(itertools.product(steps, steps), key=lambda two: abs(two[0]) +
                           abs(two[1])):
            if new := moved(text, dict(zip(pair, both))):
                yield new


def batches(programs: Iterable[str]) -> Iterator[list[str]]:
    programs = iter(programs)
    while batch := list(itertools.islice(programs, BATCH)):
        yield batch


def findings_of(said: str) -> dict[str, str]:
    """By file, the rule that it broke."""
    return {file: rule for rule, file in
            re.findall(r"^FINDING ([\w-]+).*?^FILE (\S+)$", said, re.MULTILINE | re.DOTALL)}


def _try(bug: plant.Bug, tool: str, batch: list[str]) -> Path | None:
    folder = bug.dir / "refind"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, text in enumerate(batch):
        (folder / f"{number:04}.spbt").write_text(text)
    done = jobs.run([tool, "run", "--target", bug.target, str(folder)], wall=SECONDS)
    found = findings_of(done.output)
    for file in sorted(found):
        if trials.is_expected(bug, found[file]) and trials.is_clean(bug, file):
            return Path(file)
    return None


def refind(bug: plant.Bug) -> tuple[bool, str]:
    """Whether the program of the bug shows it now, and what there is to say."""
    try:
        tool = bug.tool()
    except plant.DoesNotBuild as why:
        return False, str(why)
    if smallest.shows(bug, tool, bug.program):
        return True, ""
    for batch in batches(neighbours(bug.program.read_text())):
        found = _try(bug, tool, batch)
        if found:
            shutil.copy(found, bug.program)
            return True, f"{bug.program} shows it again"
    return False, f"{bug.program} does not show it, nor do its neighbours"


def run(bugs: list[plant.Bug]) -> bool:
    moving = [bug for bug in bugs if bug.program.exists() and POINT.search(bug.program.read_text())]
    build.make(*{build.replayer(bug.target) for bug in moving})
    good = True
    for bug, (found, text) in jobs.each(moving, refind):
        if text:
            print(f"refind: {bug.name}: {text}")
        good &= found
    return good
