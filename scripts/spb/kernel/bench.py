# SPDX-License-Identifier: GPL-2.0-only
"""make bench, and with KERNEL=<tree> what programs cost there: 64-operation programs per second of
CPU time, plain and with AddressSanitizer and UndefinedBehaviorSanitizer, reset and boot, beside a
target that does nothing.

  MS=n      CPU time of each measurement in milliseconds (default 1000)
  OUT=file  write the result there as well, as a document: docs/results/kernel-bench.md is one

The share of time in the kernel's own functions is that of perf's samples, where there is perf.
"""
from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from spb import build as ours, jobs, status, variables
from spb.disk import proof
from spb.kernel import harness
from spb.kernel.object import build, objects
from spb.status import Inconclusive, Usage

PROGRAM = "bench/plain.spbt"
BOOTS, MS = 2000, 1000
# Name of a variant in the table; which one.
VARIANTS = {"plain": "plain", "ASan+UBSan": harness.VARIANT}
ROWS = (("a target that does nothing, runs/s", "empty-runs/s"),
        ("64 requests, all rules on, programs/s", "oracles-runs/s"),
        ("64 requests, rules off, programs/s", "bare-runs/s"),
        ("reset, median, µs", "reset-median-us"),
        ("reset, 99th percentile, µs", "reset-99th-us"),
        ("boot of 16 MB, median, µs", "boot-median-us"),
        ("boot of 16 MB, 99th percentile, µs", "boot-99th-us"),
        ("replays, rules off: in functions of the kernel, % of time", "kernel-percent"))

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


def _perf(tool: str, whole: Path) -> Figures:
    data = str(whole.parent / "perf.data")
    if not shutil.which("perf"):
        return {}
    ran = jobs.run(["perf", "record", "-q", "-e", "cpu-clock", "-o", data, tool, "run", "--target",
                    "alloc", "--no-oracles", *[PROGRAM] * 5000])
    said = jobs.run(["perf", "report", "-i", data, "--stdio", "-F", "overhead,symbol"],
                    errors=False)
    Path(data).unlink(missing_ok=True)
    return {} if ran.status or said.status else \
        {"kernel-percent": share(said.output, _functions(whole))}


def measured(variant: str) -> Figures:
    whole = build.made(variables.get("KERNEL"), variant)
    [tool] = harness.linked(whole, "spbfuzz")
    ran = jobs.run([tool, "bench", "--json", "--target", "alloc", "--ms",
                    str(variables.number("MS", MS)), PROGRAM], errors=False)
    if ran.status:
        raise Inconclusive(f"{tool} bench ends with status {ran.status}: {ran.output.strip()}")
    figures = json.loads(ran.output)
    figures["reset-median-us"] = figures["reset-median-ns"] / 1000
    figures["reset-99th-us"] = figures["reset-99th-percentile-ns"] / 1000
    figures.update(boots(build.check(whole, objects.VARIANTS[variant], BOOTS)))
    figures.update(_perf(tool, whole))
    return figures


def table(columns: dict[str, Figures]) -> str:
    def cell(value: float | None) -> str:
        if value is None:
            return "-"
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"

    lines = [f"| | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    for text, name in ROWS:
        cells = (cell(figures.get(name)) for figures in columns.values())
        lines.append(f"| {text} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    if not harness.wanted():
        os.execve("scripts/bench.sh", ["scripts/bench.sh"], variables.environment())
    with build.compiled_as(variables.get("KERNEL"), "plain") as (plain, _):
        version = plain.tree.version
    text = table({name: measured(variant) for name, variant in VARIANTS.items()})
    head = (f"`make bench KERNEL=` of {version}, `{PROGRAM}`, at {proof.commit()}; "
            f"{ours.machine()}\n\n")
    print(head + text, end="")
    if variables.get("OUT"):
        jobs.write_whole(variables.get("OUT"), "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n"
                         f"# What programs cost on a kernel tree\n\n{head}{text}")
    return status.PASS
