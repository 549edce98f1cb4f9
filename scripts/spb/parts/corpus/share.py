# SPDX-License-Identifier: GPL-2.0-only
"""The targets that are there for the relax sequence of patch 35 reach it."""
from __future__ import annotations

import re
from pathlib import Path

from spb import build, jobs, tree
from spb.lines import Lines

LEAST_PERCENT = 20


def run(lines: Lines, scratch: Path) -> None:
    for target in ("relax", "callers"):
        said = jobs.run([build.tool("gcc"), "reach", "--target", target,
                         *tree.inputs(target)]).output
        found = re.search(r"^programs: .*\((\d+)%\) reached the relax sequence$", said, re.M)
        percent = int(found[1]) if found else -1
        lines.result(percent >= LEAST_PERCENT, f"{target}: {percent} % of the corpus reaches the "
                     f"relax sequence, at least {LEAST_PERCENT}", said)
