# SPDX-License-Identifier: GPL-2.0-only
"""make lab: what policies keep and cost at real size, with traces of a real allocator.

  GIB=n          of memory (default 16)
  EVENTS=n       steps of the traces, all copies together (default 1000000)
  SEEDS=n        runs of each policy and trace (default 5)
  POLICY="p ..." which (default: all; a name of scripts/spb/lab/figures.py, or TUNABLE=VALUE)
  TRACE="t ..."  which (default: fs build sqlite)
  OUT=file.md    write tables there, and beside it .csv, -time.csv and plots

Each run is spbfuzz lab once, which gives the same report for the same trace, seed and policy; one
that has ended stays in build/lab/runs/, so a comparison that was stopped goes on from there. When
neither GIB nor EVENTS is given, a run of the size of the series' author is made, too.
"""
from __future__ import annotations

import csv
import hashlib
import io
import time
from pathlib import Path
from typing import Iterator

from spb import build, jobs, status, tree, variables
from spb.disk import proof
from spb.lab import document, plot
from spb.lab.figures import FOLDER, POLICIES, TRACES, Policy, Runs, rows_of, spread
from spb.status import Inconclusive, Usage

GIB, EVENTS, SEEDS = 16, 1000000, 5
TIMED = ("would", "empty", "tainted", "failed", "moved")  # columns over time
# As large as the machine of the posting: superpageblocks of its zone Normal.
BESIDE = ("fs", ["--memory", "238", "--events", "8000000", "--traced", "15", "--seed", "1",
                 "as-posted"])
SECONDS = 7200  # of one run, when it hangs


def policies() -> list[Policy]:
    known = {policy.name: policy for policy in POLICIES}
    words = variables.words("POLICY")
    wrong = [word for word in words if word not in known and "=" not in word]
    if wrong:
        raise Usage(f"no policy {wrong[0]}; there are: {' '.join(known)}, and TUNABLE=VALUE")
    return [known.get(word) or Policy(word, word, "as asked for")
            for word in words] or list(POLICIES)


def traces() -> list[str]:
    words = variables.words("TRACE")
    wrong = [word for word in words if word not in TRACES]
    if wrong:
        raise Usage(f"no trace {wrong[0]}; there are: {' '.join(TRACES)}")
    return words or list(TRACES)


def tool() -> str:
    return f"{tree.build_folder()}/lab/lab"


class Lab:
    """Runs, of which those that were made stay."""

    def __init__(self) -> None:
        self.tool = tool()
        self._cache = jobs.Cache(f"{tree.build_folder()}/lab/runs")

    def report(self, trace: str, words: list[str]) -> str:
        """What the laboratory says of a trace under a policy."""
        path = f"{FOLDER}/{trace}.trace.xz"
        of = [proof.hash_of(self.tool), proof.hash_of(path), *words]
        key = hashlib.sha1("\n".join(of).encode()).hexdigest()
        known = self._cache.get(key)
        if known is None:
            options = [word for word in words if not _is_policy(word)]
            ended = jobs.run([self.tool, "--quiet", *words[:len(options)], path,
                              *words[len(options):]], wall=SECONDS)
            if ended.status:
                raise Inconclusive(f"lab {trace} {' '.join(words)} ended with status "
                                   f"{ended.status}: {ended.output.strip()[-300:]}")
            known = ended.output
            self._cache.put(key, known)
        return known


def _is_policy(word: str) -> bool:
    return not word.startswith("-") and not word.isdigit()


def _words(policy: Policy, seed: int) -> list[str]:
    return ["--memory", str(variables.number("GIB", GIB)),
            "--events", str(variables.number("EVENTS", EVENTS)),
            "--seed", str(seed), *policy.words.split()]


def everything(lab: Lab, chosen: list[Policy], names: list[str],
               seeds: int) -> tuple[Runs, dict[str, str]]:
    """All runs, and one report of each trace."""
    cases = [(policy, trace, seed) for seed in range(1, seeds + 1) for trace in names
             for policy in chosen]
    reports: dict[tuple[str, str, int], str] = {}
    began = time.monotonic()
    for case, report in jobs.each(cases, lambda case: lab.report(case[1],
                                                                 _words(case[0], case[2]))):
        policy, trace, seed = case
        reports[policy.name, trace, seed] = report
        took = time.monotonic() - began
        print(f"{len(reports)} of {len(cases)}: {trace}, {policy.name}, seed {seed} ({took:.0f} s, "
              f"some {took / len(reports) * (len(cases) - len(reports)):.0f} s left)", flush=True)
    runs = {(policy.name, trace): [rows_of(reports[policy.name, trace, seed])
                                   for seed in range(1, seeds + 1)]
            for policy in chosen for trace in names}
    return runs, {trace: reports[chosen[0].name, trace, 1] for trace in names}


def _lines(runs: Runs) -> Iterator[list[object]]:
    """The end of each run; columns that are 0 in all of them are left out."""
    ends = {key: [samples[-1] for samples in several] for key, several in runs.items()}
    columns = [name for name in next(iter(ends.values()))[0]
               if any(row[name] not in ("0", "") for rows in ends.values() for row in rows)]
    yield ["policy", "trace", "seed", *columns]
    for (policy, trace), rows in ends.items():
        for seed, row in enumerate(rows, 1):
            yield [policy, trace, seed, *(row[name] for name in columns)]


def _timed_lines(runs: Runs) -> Iterator[list[object]]:
    yield ["policy", "trace", "event",
           *(f"{column}-{of}" for column in TIMED for of in ("median", "least", "most"))]
    for (policy, trace), several in runs.items():
        for samples in zip(*several):
            spreads = [spread(list(samples), column) for column in TIMED]
            yield [policy, trace, samples[0]["event"],
                   *(f"{value:g}" for one in spreads
                     for value in (one.median, one.least, one.most))]


def as_csv(lines: Iterator[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def _write(out: Path, runs: Runs, text: str) -> None:
    jobs.write_whole(out, text)
    jobs.write_whole(out.with_suffix(".csv"), as_csv(_lines(runs)))
    jobs.write_whole(out.with_name(f"{out.stem}-time.csv"), as_csv(_timed_lines(runs)))
    plot.write_time(runs, out.with_name(f"{out.stem}-time.svg"))
    plot.write_cost(runs, out.with_name(f"{out.stem}-cost.svg"))


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    out = Path(variables.get("OUT") or "build/lab/lab.md")
    if out.suffix != ".md":
        raise Usage(f"OUT={out}: a name that ends in .md")
    chosen, names = policies(), traces()
    plot.check()
    lab = Lab()
    build.make(lab.tool)
    began = time.monotonic()
    runs, reports = everything(lab, chosen, names, variables.number("SEEDS", SEEDS))
    beside = None
    if not (variables.get("GIB") or variables.get("EVENTS")):
        print(f"one run of {BESIDE[1][1]} GiB", flush=True)
        beside = lab.report(*BESIDE)
    _write(out, runs, document.text(runs, reports, chosen, beside, out.stem))
    print(document.tables(runs, chosen, names))
    print(f"{out}, .csv, -time.csv, -time.svg, -cost.svg ({time.monotonic() - began:.0f} s)")
    return status.PASS
