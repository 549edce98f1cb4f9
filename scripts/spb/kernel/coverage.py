# SPDX-License-Identifier: GPL-2.0-only
"""make coverage KERNEL=<tree>: which functions of the tree's own files the committed programs
reach, and how many of their edges. Edges are the engine's, so that the checks of sanitizers are
some of them: those are reached when something is wrong. What is compiled into its callers
counts there. TARGET=names: by these alone.

What nothing reaches of mm/page_alloc.c is listed; build/kernel/<key>/fuzz/coverage has all files.
"""
from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from spb import build, jobs, status, tree, variables
from spb.kernel import harness
from spb.kernel.object import linux
from spb.status import Inconclusive

FUNCTION = re.compile(r"^(UN)?COVERED_FUNC: hits: (\d+) edges: (\d+)/(\d+) (\S+) (\S+?):\d+",
                      re.MULTILINE)
LISTED = "mm/page_alloc.c"
SECONDS = 900
SUMMARY_SECONDS = 60


@dataclass
class Function:
    reached: int = 0  # edges
    edges: int = 0


Files = dict[str, dict[str, Function]]


def parse(said: str, kernel: str, into: Files) -> None:
    """Of what libFuzzer prints, the functions of files of the tree, by the best of several runs. (A
    static function of a header is there once for each file that has it.)"""
    for match in FUNCTION.finditer(said):
        file = match[6].removeprefix(kernel + "/")
        if file == match[6]:
            continue
        function = into[file].setdefault(match[5], Function())
        function.edges = max(function.edges, int(match[4]))
        function.reached = max(function.reached, int(match[3]) if int(match[2]) else 0)


def line(name: str, functions: dict[str, Function]) -> str:
    reached = sum(function.reached > 0 for function in functions.values())
    edges = sum(function.reached for function in functions.values())
    every = sum(function.edges for function in functions.values())
    return f"{name:32}{reached:5d} of {len(functions):5d}{edges:8d} of {every:6d}"


def report(files: Files) -> str:
    lines = [f"{'file':32}{'functions':>14}{'edges':>18}"]
    lines += [line(name, files[name]) for name in sorted(files)]
    never = sorted(name for name, one in files.get(LISTED, {}).items() if not one.reached)
    lines.append(f"\n{LISTED}: {len(never)} functions that nothing reaches")
    lines += [f"  {name}" for name in never]
    return "\n".join(lines) + "\n"


def _replay(engine: str, folders: list[str], seconds: int) -> jobs.Result:
    """What is slow, the engine writes down: beside itself, not where it was started."""
    return jobs.run([engine, "-runs=0", "-print_coverage=1", f"-artifact_prefix={engine}-",
                     *folders], wall=seconds)


def summary(engine: str, folders: list[str]) -> str:
    """A line for the end of a session: functions of one file that its programs reach. Nothing when
    that takes too long."""
    files: Files = defaultdict(dict)
    ran = _replay(engine, folders, SUMMARY_SECONDS)
    parse(ran.output, str(linux.opened(variables.get("KERNEL")).path), files)
    functions = files.get(LISTED)
    if ran.status or not functions:
        return ""
    reached = sum(function.reached > 0 for function in functions.values())
    return f"  {LISTED}: {reached} of {len(functions)} functions\n"


def run() -> int:
    targets = harness.chosen_targets()
    folder, kernel = harness.folder(), linux.opened(variables.get("KERNEL"))
    engines = {target: f"{harness.programs(target)}/{target}" for target in targets}
    build.make(*engines.values())
    harness.know()
    files: Files = defaultdict(dict)
    for target, engine in engines.items():
        ran = _replay(engine, tree.corpus_folders(target), SECONDS)
        if ran.status:
            raise Inconclusive(
                f"{engine} ends with status {ran.status}; make fuzz KERNEL= says why")
        parse(ran.output, str(kernel.path), files)
    text = report({name: found for name, found in files.items() if name.endswith(".c")})
    jobs.write_whole(Path(folder, "coverage"), report(files))
    print(f"{kernel.version}, corpus of {' '.join(targets)}\n{text}", end="")
    return status.PASS
