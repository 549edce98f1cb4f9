# SPDX-License-Identifier: GPL-2.0-only
"""What other revisions of this tree do with a program. Each is checked out and built below build/,
when it is asked; the oldest of those go."""
from __future__ import annotations

import functools
from pathlib import Path

from spb import jobs, tree, variables
from spb.disk import builds
from spb.kernel import base
from spb.same import revision
from spb.same.revision import Revision
from spb.status import Inconclusive, Stop, Usage

MOST = 2  # checkouts of one command: some 150 MiB each
SHORT = 12


def named(variable: str) -> str:
    """The commit that a variable names; Usage where it names none."""
    name = variables.get(variable)
    if not name:
        raise Usage(f"{variable}= names no revision")
    found = revision.commit(name)
    if not found:
        raise Usage(f"{variable}={name} is no revision of this repository")
    return found


def refuse_other_cores() -> None:
    for name in ("DROPIN", "BUG", "KERNEL"):
        if variables.get(name):
            raise Usage(f"revisions are compared as they are: {name}= does not go with it")


def subject(commit: str) -> str:
    said = jobs.run(["git", "log", "-1", "--format=%h %s", "--abbrev=12", commit], errors=False)
    return said.output.strip()


def variant_for(asked: Revision, target: str) -> str:
    return "race-asan" if asked.counts_accesses(target) else "asan"


def tool_in(asked: Revision, target: str) -> str:
    """Its replayer with sanitizers for a target, which is built now."""
    if target not in asked.targets():
        raise Inconclusive(f"it has no target {target}")
    variant = variant_for(asked, target)
    with jobs.meanwhile(lambda: print(f"building {asked.root}/build/{variant}/spbfuzz")):
        asked.build(variant)
    return asked.tool(variant)


@functools.lru_cache(maxsize=None)
def replayer(commit: str, target: str, folder: Path) -> str:
    """The same of a commit, which gets a checkout of its own below a folder."""
    place = folder / f"tree-{commit[:SHORT]}"
    builds.used(place, MOST)
    return tool_in(revision.check_out(commit, (tree.ROOT / place / "tree")), target)


def judge(path: str, target: str, own: str, commit: str, folder: Path) -> base.Judgement:
    """Is a crash of this tree, which @own shows, one of that commit, too?"""
    try:
        there = replayer(commit, target, folder)
    except jobs.Stopped:
        raise
    except Stop as why:
        first = (str(why).splitlines() or [""])[0]
        return base.Judgement(base.UNDECIDED, f"BASE= cannot run it: {first}")
    return base.judged(path, target, own, there)
