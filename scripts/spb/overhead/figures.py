# SPDX-License-Identifier: GPL-2.0-only
"""What is measured: the names of fuzz/overhead/."""
from __future__ import annotations

from typing import Dict, Tuple

SIZES = (10, 100, 1000, 4000, 16384)
STATES = ("fresh", "clean", "tainted", "last", "fragmented", "aged")
# The lists of superpageblocks as posted; the summary of them; one set for all memory.
WALK, BITMAPS, FLAT = "walk", "bitmaps", "flat"
CHOOSERS = (WALK, BITMAPS, FLAT)
# Name of a call; what it is.
CALLS = {
    "alloc-unmovable": "a page for the kernel",
    "free-unmovable": "to give it back",
    "alloc-movable": "a movable page that may not wait",
    "order-2-best-effort": "4 pages, or a smaller retry: patch 35 decides",
    "order-2-insisting": "4 pages, whatever it takes but waiting",
    "tainted-walk": "spb_tainted_can_serve_smaller() alone",
}
Key = Tuple[str, str, str, int]  # call, state, lists, superpageblocks
Figures = Dict[str, Dict[str, float]]
