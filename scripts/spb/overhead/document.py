# SPDX-License-Identifier: GPL-2.0-only
"""The tables of make overhead."""
from __future__ import annotations

from spb import build
from spb.disk import proof
from spb.overhead import shares
from spb.overhead.figures import BITMAPS, CALLS, CHOOSERS, FLAT, WALK, Key

HEAD = """<!-- SPDX-License-Identifier: GPL-2.0-only -->
# What calls of the allocator cost

`make overhead OUT=docs/results/overhead.md` at {commit}; {machine}

A zone of so many superpageblocks of 128 pages, per-CPU lists off, watermarks 0, beside a host that
does nothing, in one of the states of [fuzz/overhead/states.h](../../fuzz/overhead/states.h). Each
cell is of one call, three times: lists walked as posted / chosen by bitmaps
([S17](../specification.md)) / the same memory with one flat set of lists, where nothing is steered
(above 4,095: that of 4,095, since the pageblocks of one superpageblock are counted in 16 bits). A
call that got nothing has a dash before its numbers. All that was counted is in
[{name}.csv]({name}.csv).

![instructions of a call by the number of superpageblocks]({name}.svg)
"""
# Of the figures: the heading, what it is, how it is written.
TABLES = {
    "instructions": "Instructions, by callgrind: the same at each run. Events and the empty "
                    "functions of the host are counted, too; what notes changed lines and counts "
                    "steps for the harness is not compiled in. (free-unmovable, fresh: the last "
                    "page of a tainted superpageblock relabels all of its pageblocks, and the "
                    "flat one has the whole zone's.)",
    "spbs": "Superpageblocks that were looked at, each counted once a call.",
    "accesses": "Loads and stores of the allocator's memory.",
    "hold-accesses-longest": "The longest section under zone->lock, with interrupts off, in "
                             "accesses.",
    "hold-ns-longest": "The same in ns, where the call can be repeated, in the best of 9 rounds: "
                       "the lock is timed with a clock that takes some 30 ns.",
    "ns": "Time in ns, the best of 9 rounds, where the call can be repeated: it is refused, or "
          "what it does is undone.",
}


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}".replace(".0", "")


def _cell(found: dict[Key, dict[str, float]], call: str, state: str, nr: int, name: str) -> str:
    values = [found[call, state, chooser, nr].get(name) for chooser in CHOOSERS]
    if None in values:
        return ""
    served = call == "tainted-walk" or found[call, state, WALK, nr]["served"]
    return ("" if served else "- ") + " / ".join(_number(value) for value in values)


def table(found: dict[Key, dict[str, float]], name: str, sizes: list[int],
          states: list[str]) -> str:
    lines = [f"| call | state | {' | '.join(f'{nr:,}' for nr in sizes)} |",
             "|---|---|" + "---:|" * len(sizes)]
    for call in CALLS:
        for state in states:
            cells = [_cell(found, call, state, nr, name) for nr in sizes]
            if any(cells):
                lines.append(f"| {call} | {state} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


LIMITS = """What the bitmaps cost where nothing has to be looked for: four counts compared each
time a superpageblock may have changed, twice for an allocation. The list that a buddy is taken
from is known from the rows, which is less than the orders that a walk tries. What is left: bits
each time a list becomes empty or is empty no more, and a superpageblock that changes its bucket
takes all its bits along; that is what calls in fresh and aged zones cost: "What the bitmaps take
more" below says how much. A refused movable request tries each order of both fallbacks in each
class, whoever chooses.
"""


def _ratio(found: dict[Key, dict[str, float]], over: tuple[str, int],
           under: tuple[str, int]) -> str:
    """The worst of instructions, and of which call in which state."""
    worst = max((found[call, state, *over]["instructions"] /
                 found[call, state, *under]["instructions"], call, state)
                for call, state, chooser, nr in found if (chooser, nr) == over)
    return f"{worst[0]:.2f} times ({worst[1]}, {worst[2]})"


def _refusal(found: dict[Key, dict[str, float]], chooser: str, nr: int) -> str:
    """The slowest one."""
    slow = max(((figures["ns"], call, state) for (call, state, *which), figures in found.items()
                if which == [chooser, nr] and call != "tainted-walk" and not figures["served"]),
               default=None)
    return f"{_number(slow[0])} ns ({slow[1]}, {slow[2]})" if slow else "-"


def ratios(found: dict[Key, dict[str, float]], sizes: list[int]) -> str:
    few, many = sizes[0], sizes[-1]
    return (f"| by instructions, refusals by time | at most |\n|---|---|\n"
            f"| bitmaps at {many:,} over bitmaps at {few:,} | "
            f"{_ratio(found, (BITMAPS, many), (BITMAPS, few))} |\n"
            f"| bitmaps over the walk, at {few:,} | "
            f"{_ratio(found, (BITMAPS, few), (WALK, few))} |\n"
            f"| bitmaps over one flat set, at {many:,} | "
            f"{_ratio(found, (BITMAPS, many), (FLAT, many))} |\n"
            f"| the walk over bitmaps, at {many:,} | "
            f"{_ratio(found, (WALK, many), (BITMAPS, many))} |\n"
            f"| a call by bitmaps that gets nothing, at {many:,} | "
            f"{_refusal(found, BITMAPS, many)} |\n"
            f"| the same by the walk | {_refusal(found, WALK, many)} |\n\n{LIMITS}")


def text(found: dict[Key, dict[str, float]], parts: shares.Shares, sizes: list[int],
         states: list[str], name: str) -> str:
    chapters = [HEAD.format(commit=proof.commit(), machine=build.machine(), name=name),
             ratios(found, sizes),
             "| call | what it is |\n|---|---|\n" +
             "".join(f"| {call} | {what} |\n" for call, what in CALLS.items()),
             shares.text(found, parts, sizes[0], states)]
    for figure, what in TABLES.items():
        chapters.append(f"## {figure}\n\n{what}\n\n{table(found, figure, sizes, states)}")
    return "\n".join(chapters)
