# SPDX-License-Identifier: GPL-2.0-only
"""The plots of make lab: gigabytes over time, a line for each policy, and what they cost."""
from __future__ import annotations

import shutil
from pathlib import Path

from spb import jobs
from spb.lab.figures import Runs, last, spread
from spb.status import Inconclusive

COLOURS = ("#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#e6ab02", "#a6761d", "#555555",
           "#1f78b4")
HAIR = 0.09  # gigabytes, between two lines
POINTS = (7, 5, 9)  # a shape for each trace
HEAD = 'set terminal svg enhanced size {size} font "sans,13" background "white"\n' \
       'set grid lc rgb "#cccccc"\n'


def check() -> None:
    if not shutil.which("gnuplot"):
        raise Inconclusive("no gnuplot: make setup MEASURE=1 installs it")


def _names(runs: Runs) -> tuple[list[str], list[str]]:
    """Policies and traces, each once, as they come."""
    return (list(dict.fromkeys(policy for policy, _ in runs)),
            list(dict.fromkeys(trace for _, trace in runs)))


def _colour(policies: list[str], policy: str) -> str:
    return COLOURS[policies.index(policy) % len(COLOURS)]


def time_script(runs: Runs) -> str:
    """Beside each other a plot for each trace. Each line is a hair above the one before, so that
    none hides another."""
    policies, traces = _names(runs)
    most = max(float(row["would"]) for several in runs.values() for run in several for row in run)
    text = [HEAD.format(size=f"{330 * len(traces) + 30},480"),
            f"set multiplot layout 1,{len(traces)} margins 0.06,0.98,0.30,0.93 spacing 0.05\n"
            'set xlabel "million steps of the trace"\n'
            f"set yrange [-0.5:{most + 1}]\nset key off\n"
            'set ylabel "gigabytes in which nothing stays"\n']
    for trace in traces:
        drawn = []
        for i, policy in enumerate(policies):
            above = HAIR * i
            rows = "\n".join(f"{int(samples[0]['event']) / 1e6} "
                             f"{spread(list(samples), 'would').median + above:.2f}"
                             for samples in zip(*runs[policy, trace]))
            text.append(f"${trace}{i} << end\n{rows}\nend\n")
            drawn.append(f"${trace}{i} with lines lc rgb '{_colour(policies, policy)}' lw 2 "
                         f'title "{policy}"')
        if trace == traces[-1]:
            text.append("set key at screen 0.5,0.09 center center maxrows 3 samplen 2\n")
        text.append(f'set title "{trace}"\nplot ' + ", \\\n  ".join(drawn) + "\n")
        text.append("unset ylabel\n")
    return "".join(text) + "unset multiplot\n"


def cost_script(runs: Runs) -> str:
    """Got with room against first tries that fail; bars from the least to the most."""
    policies, traces = _names(runs)
    most = max(last(runs, *key, "gets-more").most for key in runs)
    text = [HEAD.format(size="900,520"),
            'set xlabel "first tries that got nothing, and 1 (logarithmic)"\nset logscale x\n'
            'set ylabel "gigabytes that are got, with page cache given up"\n'
            f"set yrange [-0.5:{most + 1}]\nset xrange [0.7:*]\n"
            'set format x "10^%L"\nset key outside below maxrows 4 samplen 1\n']
    drawn = []
    for i, policy in enumerate(policies):
        for j, trace in enumerate(traces):
            x, y = (last(runs, policy, trace, column) for column in ("failed", "gets-more"))
            text.append(f"$p{i}_{j} << end\n{x.median + 1} {y.median} {x.least + 1} {x.most + 1} "
                        f"{y.least} {y.most}\nend\n")
            title = f'title "{policy}"' if not j else "notitle"
            drawn.append(f"$p{i}_{j} with xyerrorbars lc rgb '{_colour(policies, policy)}' lw 1.5 "
                         f"pt {POINTS[j % len(POINTS)]} ps 1.1 {title}")
    drawn += [f"NaN with points lc rgb 'black' pt {POINTS[j % len(POINTS)]} title '{trace}'"
              for j, trace in enumerate(traces)]
    return "".join(text) + "plot " + ", \\\n  ".join(drawn) + "\n"


def _draw(script: str, path: Path) -> None:
    drawn = jobs.run(["gnuplot"], input=script, errors=False)
    if drawn.status or "</svg>" not in drawn.output:
        raise Inconclusive(f"gnuplot ended with status {drawn.status} and made no plot")
    jobs.write_whole(path, drawn.output)


def write_time(runs: Runs, path: Path) -> None:
    _draw(time_script(runs), path)


def write_cost(runs: Runs, path: Path) -> None:
    _draw(cost_script(runs), path)
