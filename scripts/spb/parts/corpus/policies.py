# SPDX-License-Identifier: GPL-2.0-only
"""Every rule under every policy; programs run differently only where the policy says why."""
from __future__ import annotations

import re
from pathlib import Path

from spb import build, jobs, tree
from spb.lines import Lines

LEAST_POLICIES = 5  # that make a difference somewhere


def run(lines: Lines, scratch: Path) -> None:
    for target in ("relax", "callers"):
        ended = jobs.run([build.tool("gcc"), "compare", "--target", target,
                          *tree.inputs(target)])
        lines.result(ended.status == 0, f"corpus of {target} under changed policies", ended.output)
        # The last column: programs that differ from the usual run.
        rows = [line.split() for line in ended.output.splitlines()]
        differing = sum(len(row) >= 8 and bool(re.fullmatch("[1-9][0-9]*", row[7])) for row in rows)
        lines.result(differing >= LEAST_POLICIES, f"{target}: {differing} policies make a "
                     f"difference, at least {LEAST_POLICIES}")
