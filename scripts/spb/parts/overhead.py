# SPDX-License-Identifier: GPL-2.0-only
"""What calls cost, in short: accesses of the arena, which are the same at each run. Where nothing
has to be looked for the number of superpageblocks does not matter; where the page is in the last
of them, the walk as posted looks at each, and that is counted.
"""
from __future__ import annotations

import json
from pathlib import Path

from spb import jobs, tree
from spb.lines import Lines

FEW, MANY = 10, 1000
FLAT_WITHIN = 1.5  # of the accesses at FEW
WALKED = ("alloc-unmovable", "tainted-walk")


def measured(lines: Lines, state: str, nr: int, scratch: Path) -> dict[str, dict[str, float]]:
    folder, image = f"{tree.build_folder()}/overhead", scratch / f"{state}-{nr}"
    built = jobs.run([f"{folder}/native", "build", state, str(nr), "walk", str(image)])
    told = [jobs.run([f"{folder}/hooked", "measure", str(image)]) for _ in range(2)]
    image.unlink(missing_ok=True)
    said = [[{name: value for name, value in json.loads(line).items() if "ns" not in name}
             for line in one.output.splitlines()] for one in told if not one.status]
    right = not built.status and len(said) == 2 and said[0] == said[1]
    lines.result(right, f"{nr} superpageblocks, {state}: the same accesses twice",
                 built.output + told[0].output)
    return {row["call"]: row for row in said[0]} if right else {}


def run(lines: Lines, scratch: Path) -> None:
    few, many = (measured(lines, "fresh", nr, scratch) for nr in (FEW, MANY))
    for call in few if few.keys() == many.keys() else ():
        accesses = [rows[call]["accesses"] for rows in (few, many)]
        lines.result(accesses[1] <= FLAT_WITHIN * accesses[0],
                     f"fresh, {call}: {accesses[1]} accesses at {MANY} superpageblocks, "
                     f"{accesses[0]} at {FEW}")
    last = measured(lines, "last", MANY, scratch)
    for call in WALKED:
        seen = last.get(call, {}).get("spbs")
        lines.result(seen == MANY, f"last, {call}: {seen} superpageblocks are looked at")
    for words, why in ((["build", "none", "10", "walk"], "no such state"),
                       (["build", "fresh", "1", "walk"], "out of range"),
                       (["build", "fresh", "10", "run"], "neither walk nor flat")):
        ended = jobs.run([f"{tree.build_folder()}/overhead/native", *words,
                          str(scratch / "refused")])
        lines.result(ended.status == 2 and why in ended.output, f"overhead: {why}", ended.output)
    full = jobs.run([f"{tree.build_folder()}/overhead/native", "build", "fresh", "10", "walk",
                     "/dev/full"])
    lines.result(full.status == 3 and "/dev/full" in full.output,
                 "overhead: what cannot be written is said", full.output)
