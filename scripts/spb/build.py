# SPDX-License-Identifier: GPL-2.0-only
"""What is built, and which of it runs what. make does the work and knows how."""
from __future__ import annotations

import functools
import re
import shlex
import subprocess
import threading
from dataclasses import dataclass
from typing import ContextManager

from spb import jobs, tree, variables
from spb.disk import alone
from spb.status import Inconclusive


_making = threading.Lock()
_made: set[str] = set()


def make(*goals: str) -> None:
    """Build the goals, and the seeds that all that is built may be run on, once in the life of a
    command: quiet unless that fails. (One make at a time: two would write the same objects.)"""
    with _making, one_make():
        left = [goal for goal in ("seeds", *goals) if goal not in _made]
        if not left:
            return
        with jobs.meanwhile(lambda: _tell_what_is_left(left)):
            made = jobs.run(_make_words(f"-j{variables.get('JOBS')}", *left))
        if made.status:
            print(made.output, end="")
            raise Inconclusive("the build failed")
        if variables.flag("V") and made.output:
            print(made.output, end="")
        _made.update(left)


def _tell_what_is_left(goals: list[str]) -> None:
    """What make would still do."""
    asked = subprocess.run(_make_words("-n", *goals), stdout=subprocess.PIPE, text=True,
                           stderr=subprocess.DEVNULL, env=variables.environment())
    left = len(re.findall(r" -c ", asked.stdout))
    print(f"building {goals[-1]}: {left} files are left to compile")


def one_make() -> ContextManager[None]:
    """While no other command builds: builds with different drop-ins share objects, too."""
    return alone.in_turn(tree.ROOT / "build/make.lock")


def _make_words(*words: str) -> list[str]:
    return ["make", "--no-print-directory", *words]


@dataclass(frozen=True)
class Words:
    """make's own words for a variant: how a file is compiled and a program is linked."""
    core_line: list[str]
    host_line: list[str]
    link_line: list[str]
    engine_words: list[str]
    libs: list[str]
    core_files: list[str]  # without .c
    host_objects: list[str]
    engine_objects: list[str]  # of these, what an engine links
    tool_objects: list[str]


@functools.lru_cache(maxsize=None)
def words(variant: str) -> Words:
    made = jobs.run(_make_words("-s", f"build-lines-{variant}"))
    if made.status:
        raise Inconclusive(f"make build-lines-{variant}: {made.output.strip()}")
    pairs = (token.split("=", 1) for token in shlex.split(made.output))
    return Words(**{name: shlex.split(value) for name, value in pairs})


def checked(target: str) -> str:
    """The variant of the tool that has sanitizers, on the core of a target."""
    return "race-asan" if tree.counts_accesses(target) else "asan"


def bare(target: str) -> str:
    """The same without sanitizers."""
    return "race" if tree.counts_accesses(target) else "gcc"


def tool(variant: str) -> str:
    return f"{tree.build_folder()}/{variant}/spbfuzz"


def replayer(target: str) -> str:
    """The replayer with sanitizers for a target."""
    if variables.get("KERNEL"):
        from spb.kernel import harness
        return harness.replayer(target)
    return tool(checked(target))


def counter(target: str) -> str:
    """The tool that counts edges of what the programs of a target run on."""
    return tool("race" if tree.counts_accesses(target) else "plain")


@functools.lru_cache(maxsize=None)
def objects(variant: str, *sources: str) -> list[str]:
    """The objects of source files: variants share those that are the same in both."""
    made = jobs.run(_make_words("-s", f"objects-{variant}", f"SOURCES={' '.join(sources)}"))
    if made.status:
        raise Inconclusive(f"make objects-{variant}: {made.output.strip()}")
    return made.output.split()


def compiler_version(name: str = "CLANG") -> str:
    return jobs.run([variables.get(name), "--version"]).output.split("\n")[0]


def machine() -> str:
    """What a figure was measured on."""
    with open("/proc/cpuinfo") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    model = models[0] if models else "CPUs of no name"
    return f"{variables.cpus()} x {model}, {compiler_version()}"
