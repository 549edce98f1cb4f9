# SPDX-License-Identifier: GPL-2.0-only
"""make bench, and with KERNEL=<tree> what programs cost there: 64-operation programs per second of
CPU time, accesses per second where schedules count them, reset and boot, plain and with
AddressSanitizer and UndefinedBehaviorSanitizer, beside a target that does nothing.

  MS=n      CPU time of each measurement in milliseconds (default 1000)
  OUT=file  write the result there as well, as a document: docs/results/kernel-bench.md is one

The share of time in the kernel's own functions is that of perf's samples, where there is perf.
"""
from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from spb import build as ours, jobs, status, variables
from spb.disk import proof
from spb.kernel import harness
from spb.kernel.object import build, objects
from spb.status import Inconclusive, Usage

PROGRAM, RACE = "bench/plain.spbt", "bench/race.spbt"
BOOTS, MS = 2000, 1000


@dataclass(frozen=True)
class Column:
    """Of the table: the object and the program for requests, and those for schedules."""
    name: str
    variant: str
    hooked: str  # what is linked with the object that has hooks


COLUMNS = (Column("plain", "plain", "spbfuzz-plain"),
           Column("ASan+UBSan", harness.VARIANT, "spbfuzz"))
# What is said of it, the figure, and the aim of each column.
ROWS = (("a target that does nothing, runs/s", "empty-runs/s", "", ""),
        ("64 requests, all rules on, programs/s", "oracles-runs/s", "20,000", "5,000"),
        ("64 requests, rules off, programs/s", "bare-runs/s", "", ""),
        ("reset, median, µs", "reset-median-us", "at most 10", "at most 10"),
        ("reset, 99th percentile, µs", "reset-99th-us", "", ""),
        ("boot of 16 MB, median, µs", "boot-median-us", "at most 300", "at most 300"),
        ("boot of 16 MB, 99th percentile, µs", "boot-99th-us", "", ""),
        ("in functions of the kernel, all rules on, % of time", "oracles-percent", "", ""),
        ("in functions of the kernel, rules off, % of time", "bare-percent", "", ""),
        ("schedules: accesses of a program", "accesses-per-run", "", ""),
        ("schedules, all rules and the race detector, programs/s", "detector-oracles-runs/s",
         "", ""),
        ("schedules, all rules and the race detector, accesses/s", "detector-oracles-accesses/s",
         "20,000,000", ""),
        ("schedules, rules off, accesses/s", "bare-accesses/s", "", ""),
        ("schedules, in functions of the kernel, all rules on, % of time",
         "detector-oracles-percent", "", ""))

Figures = dict[str, float]


def boots(said: str) -> Figures:
    match = re.search(r"a boot of 16 MB takes ([0-9.]+) us, 99th percentile ([0-9.]+) us", said)
    if not match:
        raise Inconclusive(f"the self-test says nothing of boots: {said}")
    return {"boot-median-us": float(match[1]), "boot-99th-us": float(match[2])}


def share(report: str, functions: set[str]) -> float:
    """Of perf's "12.3%  [.] name" lines: percent in these functions."""
    found = re.findall(r"^ *([0-9.]+)% +\[[.k]\] (\S+)", report, re.MULTILINE)
    return round(sum(float(percent) for percent, name in found if name in functions), 1)


def _functions(whole: Path) -> set[str]:
    """Of the tree's own objects, not of the glue."""
    listed = jobs.run([build.tools()["nm"], str(whole.parent / "tree.o")]).output
    return {line.split()[2] for line in listed.splitlines()
            if len(line.split()) == 3 and line.split()[1] in "tT"}


def _bench(tool: str, target: str, program: str, *words: str) -> list[str]:
    return [tool, "bench", "--json", "--target", target, "--ms",
            str(variables.number("MS", MS)), *words, program]


def _perf(whole: Path, words: list[str], level: str) -> Figures:
    """Of perf's samples while a program runs over and over, those in the tree's functions."""
    data = str(whole.parent / "perf.data")
    if not shutil.which("perf"):
        return {}
    ran = jobs.run(["perf", "record", "-q", "-e", "cpu-clock", "-o", data, *words])
    said = jobs.run(["perf", "report", "-i", data, "--stdio", "-F", "overhead,symbol"],
                    errors=False)
    Path(data).unlink(missing_ok=True)
    return {} if ran.status or said.status else \
        {f"{level}-percent": share(said.output, _functions(whole))}


def _figures(whole: Path, tool: str, target: str, program: str, levels: list[str]) -> Figures:
    """What the tool says of a program, and the share of the kernel's functions at each level."""
    ran = jobs.run(_bench(tool, target, program), errors=False)
    if ran.status:
        raise Inconclusive(f"{tool} bench ends with status {ran.status}: {ran.output.strip()}")
    figures = json.loads(ran.output)
    for level in levels:
        figures.update(_perf(whole, _bench(tool, target, program, "--level", level), level))
    return figures


def measured(column: Column) -> Figures:
    whole = build.made(variables.get("KERNEL"), column.variant)
    [tool] = harness.linked(whole, "spbfuzz")
    figures = _figures(whole, tool, "alloc", PROGRAM, ["oracles", "bare"])
    figures["reset-median-us"] = figures["reset-median-ns"] / 1000
    figures["reset-99th-us"] = figures["reset-99th-percentile-ns"] / 1000
    figures.update(boots(build.check(whole, objects.VARIANTS[column.variant], BOOTS)))
    hooked = build.made(variables.get("KERNEL"), harness.HOOKED["race"])
    [tool] = harness.linked(hooked, column.hooked)
    races = _figures(hooked, tool, "race", RACE, ["detector-oracles"])
    return races | figures  # what both have is of requests


def table(columns: dict[str, Figures]) -> str:
    def cell(value: float | None) -> str:
        if value is None:
            return "-"
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"

    lines = ["| |" + "".join(f" {name} | aim |" for name in columns),
             "|---|" + "---:|---:|" * len(columns)]
    for text, name, *aims in ROWS:
        cells = (f" {cell(figures.get(name))} | {aim or '-'} |"
                 for figures, aim in zip(columns.values(), aims))
        lines.append(f"| {text} |{''.join(cells)}")
    return "\n".join(lines) + "\n"


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    if not harness.wanted():
        os.execve("scripts/bench.sh", ["scripts/bench.sh"], variables.environment())
    with build.compiled_as(variables.get("KERNEL"), "plain") as (plain, _):
        version = plain.tree.version
    text = table({column.name: measured(column) for column in COLUMNS})
    head = (f"`make bench KERNEL=` of {version}, `{PROGRAM}` as `alloc`, `{RACE}` as `race`, per "
            f"second of CPU time, at {proof.commit()}; {ours.machine()}\n\n")
    print(head + text, end="")
    if variables.get("OUT"):
        jobs.write_whole(variables.get("OUT"), "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n"
                         f"# What programs cost on a kernel tree\n\n{head}{text}")
    return status.PASS
