# SPDX-License-Identifier: GPL-2.0-only
"""The imported part of the corpus, which comes from real traces, reaches half of the search
steps."""
from __future__ import annotations

import re
from pathlib import Path

from spb import build, jobs, tree
from spb.lines import Lines


def run(lines: Lines, scratch: Path) -> None:
    files = [name for name in tree.inputs("alloc") if "/imported-" in name]
    said = jobs.run([build.tool("gcc"), "reach", "--target", "alloc", *files]).output
    found = re.search(r"^search steps: (\d+) of (\d+)$", said, re.M)
    reached, total = (int(found[1]), int(found[2])) if found else (0, 0)
    lines.result(bool(files) and 0 < total <= 2 * reached,
                 f"{len(files)} imported programs reach {reached} of {total} search steps, "
                 "at least half", said)
