# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run bugs-tool PROGRAM [VARIANT]: builds a program with each bug of BUG= and prints its
path, for scripts.

  tool            the command, with sanitizers
  tool VARIANT    that of a variant
  engine VARIANT  an engine for a session with the one bug
  threads, exhaustive, schedules    the program of make threads, ...

What does not build is told and left out; the status is 3 then.
"""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable

from spb import build, jobs, plant, status, tree, variables
from spb.status import Usage


def sources(*folders: str) -> list[str]:
    """C files of these folders, sorted."""
    return sorted(str(path) for folder in folders for path in Path("fuzz").glob(folder + "/*.c"))


def threads(bug: plant.Bug) -> str:
    """With real threads: make threads."""
    return bug.link("threads", "threads", "threads", [], f"{tree.build_folder()}/threads/threads")


def exhaustive(bug: plant.Bug) -> str:
    objects = build.objects("gcc", *sources("explore/exhaustive", "explore/pool", "explore/calls"))
    return bug.link("exhaustive", "gcc", "gcc", [*objects, "-lm"],
                    f"{tree.build_folder()}/gcc/exhaustive")


def schedules(bug: plant.Bug) -> str:
    files = sources("explore/schedules", "explore/pool", "explore/calls", "tool", "tool/*")
    objects = build.objects("race", *(name for name in files if name != "fuzz/tool/main.c"))
    return bug.link("schedules", "race", "hooked", objects, f"{tree.build_folder()}/race/schedules")


PROGRAMS: dict[str, Callable[[plant.Bug], str]] = {
    "threads": threads, "exhaustive": exhaustive, "schedules": schedules}


def _builder(arguments: list[str]) -> Callable[[plant.Bug], str]:
    name, variant = (arguments + ["", ""])[:2]
    if name == "tool" and len(arguments) <= 2:
        return lambda bug: bug.tool(variant or None)
    if name == "engine" and len(arguments) == 2:
        return lambda bug: bug.engine(variant, f"session-{variant}")
    if name in PROGRAMS and len(arguments) == 1:
        return PROGRAMS[name]
    raise Usage(f"no program {' '.join(arguments)}; there are: tool [VARIANT], engine VARIANT, "
                f"{', '.join(PROGRAMS)}")


def run(arguments: list[str]) -> int:
    builder = _builder(arguments)
    bugs = plant.named(variables.get("BUG"))
    if arguments[0] == "engine" and len(bugs) != 1:
        raise Usage(f"BUG={variables.get('BUG')} is not one bug")

    def make(bug: plant.Bug) -> tuple[str, str]:
        try:
            return builder(bug), ""
        except plant.DoesNotBuild as why:
            return "", str(why)

    made = {bug.name: path for bug, path in jobs.each(bugs, make)}
    worst = status.PASS
    for bug in bugs:
        path, why = made[bug.name]
        if path:
            print(path)
        else:
            print(f"bugs: {why}", file=sys.stderr)
            worst = status.INCONCLUSIVE
    return worst
