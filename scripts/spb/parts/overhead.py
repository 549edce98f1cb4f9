# SPDX-License-Identifier: GPL-2.0-only
"""What calls cost, in short: accesses of the arena, which are the same at each run. Where nothing
has to be looked for the number of superpageblocks does not matter; where the page is in the last
of them, the walk as posted looks at each, and that is counted. Chosen by bitmaps all calls are
flat, in instructions as well where there is a valgrind to count them.
"""
from __future__ import annotations

import json
import shutil
from pathlib import Path

from spb import jobs, tree
from spb.lines import Lines
from spb.overhead import command
from spb.overhead.figures import BITMAPS, WALK

FEW, MANY = 10, 1000
FLAT_WITHIN = 1.5  # of the accesses at FEW
WALKED = ("alloc-unmovable", "tainted-walk")
CHOSEN = ("fresh", "last", "fragmented")  # states where bitmaps are looked at


def _instructions(folder: str, image: Path) -> dict[str, dict[str, float]]:
    """By call; nothing without a valgrind."""
    if not image.exists() or not shutil.which("valgrind"):
        return {}
    found = command.instructions(f"{folder}/native", image)
    shutil.rmtree(image.with_name(command.CALLGRIND))
    return {call: {"instructions": total} for call, total in found.items()}


def measured(lines: Lines, state: str, nr: int, scratch: Path,
             chooser: str = WALK) -> dict[str, dict[str, float]]:
    folder, image = f"{tree.build_folder()}/overhead", scratch / f"{state}-{nr}"
    built = jobs.run([f"{folder}/native", "build", state, str(nr), chooser, str(image)])
    told = [jobs.run([f"{folder}/hooked", "measure", str(image)]) for _ in range(2)]
    counted = _instructions(folder, image) if chooser == BITMAPS else {}
    image.unlink(missing_ok=True)
    said = [[{name: value for name, value in json.loads(line).items() if "ns" not in name}
             for line in one.output.splitlines()] for one in told if not one.status]
    right = not built.status and len(said) == 2 and said[0] == said[1]
    lines.result(right, f"{nr} superpageblocks, {state}: the same accesses twice",
                 built.output + told[0].output)
    return {row["call"]: {**row, **counted.get(row["call"], {})} for row in said[0]} \
        if right else {}


def flat(lines: Lines, state: str, scratch: Path, chooser: str) -> None:
    few, many = (measured(lines, state, nr, scratch, chooser) for nr in (FEW, MANY))
    for call in few if few.keys() == many.keys() else ():
        for name in set(few[call]) & {"accesses", "instructions"}:
            counts = [rows[call][name] for rows in (few, many)]
            lines.result(counts[1] <= FLAT_WITHIN * counts[0],
                         f"{chooser}, {state}, {call}: {counts[1]} {name} at {MANY} "
                         f"superpageblocks, {counts[0]} at {FEW}")


def run(lines: Lines, scratch: Path) -> None:
    flat(lines, "fresh", scratch, WALK)
    for state in CHOSEN:
        flat(lines, state, scratch, BITMAPS)
    last = measured(lines, "last", MANY, scratch)
    for call in WALKED:
        seen = last.get(call, {}).get("spbs")
        lines.result(seen == MANY, f"last, {call}: {seen} superpageblocks are looked at")
    for words, why in ((["build", "none", "10", "walk"], "no such state"),
                       (["build", "fresh", "1", "walk"], "out of range"),
                       (["build", "fresh", "10", "run"], "neither walk, nor bitmaps")):
        ended = jobs.run([f"{tree.build_folder()}/overhead/native", *words,
                          str(scratch / "refused")])
        lines.result(ended.status == 2 and why in ended.output, f"overhead: {why}", ended.output)
    full = jobs.run([f"{tree.build_folder()}/overhead/native", "build", "fresh", "10", "walk",
                     "/dev/full"])
    lines.result(full.status == 3 and "/dev/full" in full.output,
                 "overhead: what cannot be written is said", full.output)
