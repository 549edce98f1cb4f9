# SPDX-License-Identifier: GPL-2.0-only
"""The plot of make overhead: instructions by superpageblocks, both axes logarithmic."""
from __future__ import annotations

from pathlib import Path

from spb import jobs
from spb.overhead.figures import BITMAPS, FLAT, WALK, Key
from spb.status import Inconclusive

# Call, state: those whose lines say most.
LINES = (("alloc-unmovable", "fresh"), ("alloc-unmovable", "aged"), ("alloc-unmovable", "last"),
         ("tainted-walk", "last"), ("order-2-insisting", "fragmented"), ("alloc-movable", "last"))
HEAD = """set terminal svg enhanced size 860,520 font "sans,14" background "white"
set logscale xy
set xlabel "superpageblocks of the zone"
set ylabel "instructions of one call"
set key outside below samplen 2
set grid lc rgb "#cccccc"
set xrange [8:20000]
set xtics ("10" 10, "100" 100, "1,000" 1000, "4,000" 4000, "16,384" 16384)
set format y "10^%L"
"""
COLOURS = ("#1b9e77", "#7570b3", "#d95f02", "#e7298a", "#66a61e", "#555555")


DASHES = {WALK: 1, BITMAPS: 2, FLAT: 3}


def script(found: dict[Key, dict[str, float]], sizes: list[int], states: list[str]) -> str:
    data, drawn = [], []
    lines = [(call, state, chooser) for chooser in DASHES for call, state in LINES
             if state in states]
    for i, (call, state, chooser) in enumerate(lines):
        rows = "\n".join(f"{nr} {found[call, state, chooser, nr]['instructions']}"
                         for nr in sizes)
        colour = COLOURS[LINES.index((call, state))]
        data.append(f"$line{i} << end\n{rows}\nend\n")
        title = f'title "{call}, {state}"' if chooser == WALK else "notitle"
        drawn.append(f"$line{i} with linespoints lc rgb '{colour}' lw 2 pt 7 ps 0.6 "
                     f"dt {DASHES[chooser]} {title}")
    drawn.append("NaN with lines lc rgb 'black' dt 2 title 'dashed: chosen by bitmaps'")
    drawn.append("NaN with lines lc rgb 'black' dt 3 title 'dotted: one flat set of lists'")
    return HEAD + "".join(data) + "plot " + ", \\\n  ".join(drawn) + "\n"


def write(found: dict[Key, dict[str, float]], sizes: list[int], states: list[str],
          path: Path) -> None:
    if not any(state in states for _, state in LINES):
        return
    drawn = jobs.run(["gnuplot"], input=script(found, sizes, states), errors=False)
    if drawn.status or "</svg>" not in drawn.output:
        raise Inconclusive(f"gnuplot ended with status {drawn.status} and made no plot")
    jobs.write_whole(path, drawn.output)
