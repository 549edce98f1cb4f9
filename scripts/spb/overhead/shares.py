# SPDX-License-Identifier: GPL-2.0-only
"""Where a call by bitmaps takes more than one by the walk: in which functions of the core."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, Tuple

from spb import jobs
from spb.overhead.figures import BITMAPS, CALLS, WALK, Key
from spb.status import Inconclusive

AIM = 1.10   # times the walk, at the least number of superpageblocks
SHOWN = 6    # functions of a call
TRIGGER = re.compile(r"^desc: Trigger: Client Request: (\S+)", re.MULTILINE)
# "1,234  ???:flip_rows [/path/of/native]", as callgrind_annotate writes it.
LINE = r"^ *([\d,]+) +\S+:(\w+) \[[^\]]*/{program}\]$"

# Instructions of one call by function, without those of what that calls.
Shares = Dict[Tuple[str, str, str], Dict[str, float]]  # by call, state, lists


def functions(said: str, program: str, calls: float) -> dict[str, float]:
    """What callgrind_annotate said. The function that calls the allocator is left out: callgrind
    files under it what it calls as well, since it counts from the call on."""
    found = {name: int(number.replace(",", "")) / calls for number, name in
             re.findall(LINE.replace("{program}", re.escape(program)), said, re.MULTILINE)}
    found.pop("main", None)
    return found


def read(folder: Path, tool: str, rows: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """By call, of the dumps in a folder."""
    found = {}
    for path in sorted(folder.iterdir()):
        name = TRIGGER.search(path.read_text())
        if not name:
            continue
        ended = jobs.run(["callgrind_annotate", "--threshold=100", "--auto=no", "--show-percs=no",
                          str(path)])
        found[name[1]] = functions(ended.output, Path(tool).name, rows[name[1]]["calls"])
        if ended.status or not found[name[1]]:
            raise Inconclusive(f"callgrind_annotate names no function of {name[1]}: "
                               f"{ended.output.strip()[:200]}")
    return found


def _row(name: str, walk: float, bitmaps: float) -> str:
    return f"| {name} | {walk:,.0f} | {bitmaps:,.0f} | {bitmaps - walk:+,.0f} |"


def _one(call: str, state: str, ratio: float, total: list[float],
         of: list[dict[str, float]]) -> str:
    names = sorted({*of[0], *of[1]},
                   key=lambda name: (-abs(of[1].get(name, 0) - of[0].get(name, 0)), name))[:SHOWN]
    shown = [[one.get(name, 0) for one in of] for name in names]
    rest = [total[i] - sum(row[i] for row in shown) for i in (0, 1)]
    return "\n".join([f"{call}, {state}: {ratio:.2f} times", "",
                      "| function | walk | bitmaps | more |", "|---|---:|---:|---:|",
                      *(_row(f"`{name}()`", *row) for name, row in zip(names, shown)),
                      _row("all others", *rest), _row("together", *total), ""])


def text(found: dict[Key, dict[str, float]], shares: Shares, few: int, states: list[str]) -> str:
    """Of each call and state that misses the aim."""
    missed = []
    for call in CALLS:
        for state in states:
            total = [found[call, state, lists, few]["instructions"] for lists in (WALK, BITMAPS)]
            if total[1] > AIM * total[0]:
                missed.append(_one(call, state, total[1] / total[0], total,
                                   [shares[call, state, lists] for lists in (WALK, BITMAPS)]))
    return (f"## What the bitmaps take more\n\nAt {few:,} superpageblocks, of each call that takes "
            f"more than {AIM:.2f} times what it takes by the walk: instructions by function, "
            "without those of what it calls.\n\n" + ("\n".join(missed) or "There is none.\n"))
