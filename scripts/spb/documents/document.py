# SPDX-License-Identifier: GPL-2.0-only
"""Documents with the output of a command in them."""
from __future__ import annotations

from pathlib import Path

from spb import jobs

FENCE = "\n```\n"


def replace_block(path: str, block: str) -> None:
    """Put the text in place of the one fenced block of a document."""
    before, rest = Path(path).read_text().split(FENCE, 1)
    after = rest.split(FENCE, 1)[1]
    jobs.write_whole(path, f"{before}{FENCE}{block.rstrip()}{FENCE}{after}")
