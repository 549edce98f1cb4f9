# SPDX-License-Identifier: GPL-2.0-only
"""KERNEL=: the programs of the harness linked with a tree's object in place of core/.

  build/kernel/<key>/fuzz/kernel.o     what build.py makes of the tree
  build/kernel/<key>/fuzz/<target>     the engine of a target; spbfuzz: the replayer
  build/kernel/<key>/afl/<target>      the same for AFL++, without sanitizers
  build/kernel/<key>/fuzz/work/, log/, crashes/, triage/, min/    of its sessions
"""
from __future__ import annotations

import functools
import os
from pathlib import Path

from spb import build, jobs, tree, variables
from spb.status import FINDING, PASS, Inconclusive, Usage

VARIANT = "fuzz"
TARGETS = ["alloc", "callers", "race"]
# Whose schedules count accesses: that is an object of its own, without a sanitizer.
HOOKED = {"race": "hooked"}
NOT_HERE = {"walk": "it drives walks over the lists of superpageblocks, which a kernel does not "
                    "have: race runs its records as well"}
# What a kernel tree can be given to; and what has nothing to do with one.
COMMANDS = ("fuzz", "repro", "minimize", "export", "bundle", "triage", "bugs", "mutants", "check",
            "bench", "coverage", "clean-runs", "afl")
OTHERS = ("kernel-object", "kernel-source", "help")
# A version byte alone: a program that does nothing.
NOTHING = b"\x81"
# Findings that a version is known for, by the first two numbers of the version.
LISTS = Path("docs/kernel-known")


def wanted() -> bool:
    return bool(variables.get("KERNEL"))


def refuse(command: str) -> None:
    """Usage for what cannot be had together."""
    if wanted():
        _refuse(command)
    from spb.kernel import base
    base.refuse(command)


def _refuse(command: str) -> None:
    for name in ("DROPIN", "BUG"):
        if variables.get(name) and (name, command) != ("BUG", "bugs"):
            raise Usage(f"KERNEL and {name} exclude each other: {name} changes our own core, which "
                        "does not run then")
    if variables.get("CHOOSER"):
        raise Usage("KERNEL and CHOOSER exclude each other: a kernel tree has no superpageblocks "
                    "to choose")
    if command not in COMMANDS + OTHERS:
        raise Usage(f"make {command} knows nothing of KERNEL=; these do: {' '.join(COMMANDS)}")


@functools.lru_cache(maxsize=None)
def folder() -> str:
    """Where sessions of the tree keep what they find."""
    from spb.kernel.object import build as kernel, linux
    place = kernel.folder_of(linux.opened(variables.get("KERNEL"))) / VARIANT
    place.mkdir(parents=True, exist_ok=True)
    return str(place)


def chosen_targets(variant: str = VARIANT) -> list[str]:
    """TARGET=, of those that a kernel has. AFL++ counts edges, which an object with access hooks
    does not have."""
    for name, why in NOT_HERE.items():
        if name in variables.get("TARGET").split():
            raise Usage(f"the target {name} does not run on a kernel: {why}")
    return tree.chosen_targets([target for target in TARGETS
                                if variant != "afl" or target not in HOOKED])


def variant_of(target: str) -> str:
    return HOOKED.get(target, VARIANT)


@functools.lru_cache(maxsize=None)
def _programs(variant: str) -> str:
    """The folder of the programs with an object of the tree, which is up to date from now on."""
    from spb.kernel.object import build as kernel
    made = kernel.made(variables.get("KERNEL"), variant)
    known = os.environ.get("KERNEL_OBJECT", "").split()
    os.environ["KERNEL_OBJECT"] = " ".join([*known, str(made)])  # for make
    return str(made.parent)


def programs(target: str) -> str:
    return _programs(variant_of(target))


def engines(variant: str, suffix: str, targets: list[str]) -> dict[str, str]:
    """Of targets, by their names. AFL++ has objects of its own."""
    if variant != "afl":
        paths = {target: f"{programs(target)}/{target}{suffix}" for target in targets}
        build.make(*paths.values())
        return paths
    if variables.flag("CMPLOG"):
        raise Usage("CMPLOG=1 is not for a kernel tree: its objects are not compiled by AFL++")
    from spb.kernel.object import build as kernel
    whole = kernel.made(variables.get("KERNEL"), variant)
    return dict(zip(targets, linked(whole, *targets)))


def replayer(target: str) -> str:
    return f"{programs(target)}/spbfuzz"


def linked(whole: Path, *names: str) -> list[str]:
    """Programs with that object, beside it."""
    goals = [f"{whole.parent}/{name}" for name in names]
    with build.one_make():
        # What has sanitizers is made by rules for that object, the others by one for all.
        which = "" if whole.parent.name in ("plain", "afl") else whole
        made = jobs.run(["make", "-s", "--no-print-directory", f"-j{variables.get('JOBS')}",
                         f"KERNEL_OBJECT={which}", "seeds", *goals])
    if made.status:
        raise Inconclusive(f"{made.output}{whole}: the build of {' '.join(names)} failed")
    return goals


def know() -> str:
    """What the version of the tree is known for counts from now on as that, and fuzzing goes on
    past it; unless KNOWN= names another list. Return: the list, or nothing."""
    from spb.kernel.object import linux
    version = linux.opened(variables.get("KERNEL")).version
    path = LISTS / ".".join(version.split(".")[:2])
    if not variables.get("KNOWN") and (tree.ROOT / path).is_file():
        os.environ["KNOWN"] = str(path)
    return variables.get("KNOWN")


def check_it_runs(target: str) -> None:
    """The kernel's self-test, and a boot of each geometry: without these there is no verdict. A
    rule that is broken already then is a finding as any other."""
    program = Path(folder(), "nothing")
    program.write_bytes(NOTHING)
    ran = jobs.run([replayer(target), "run", "--target", target, str(program)])
    if ran.status not in (PASS, FINDING):
        raise Inconclusive(f"{variables.get('KERNEL')} cannot be fuzzed:\n{ran.output.strip()}")
