# SPDX-License-Identifier: GPL-2.0-only
"""Five bugs of different kinds, each met by many rules: what makes their signatures differ from
crash to crash shows here. All of them are told apart today."""
from __future__ import annotations

from pathlib import Path

from spb import jobs
from spb.lines import Lines

BUGS = ("alloc-nr-free-twice borrow-opposite-never free-bit-kept merge-wrong-list "
        "steal-nofragment")


def run(lines: Lines, scratch: Path) -> None:
    ended = jobs.run(["scripts/run", "triage-truth"],
                     env=jobs.environment(BUG=BUGS, EACH="4", LEAST="90"))
    lines.result(ended.status == 0, "signatures tell five bugs apart: precision and recall are "
                 "90 % at least", ended.output)
