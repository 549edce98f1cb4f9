# SPDX-License-Identifier: GPL-2.0-only
"""Races that a kernel means to have: which lines of fuzz/kernel/race/meant.def runs have met.

Programs add what they meet to the file that SPBFUZZ_MEANT names, a line each:

    field <tab> functions that write <tab> other functions <tab> the two that were there

make fuzz and make check of a tree share one file, beside its programs. A line that no run of the
nightly meets is told by make check KERNEL=: it can go, or a name of it is none of this tree.
"""
from __future__ import annotations

import os
import re
from pathlib import Path

from spb import tree
from spb.kernel import harness

LIST = Path("fuzz/kernel/race/meant.def")
LINE = re.compile(r'^MEANT(?:_WRITES)?\(\s*"([^"]*)",\s*"([^"]*)",\s*"([^"]*)",\s*"[^"]+"\)', re.M)
VARIABLE = "SPBFUZZ_MEANT"

Pair = tuple[str, ...]  # field, functions, functions


def lines(text: str) -> list[Pair]:
    """Those of meant.def, in its order."""
    return [match.groups() for match in LINE.finditer(text)]


def file() -> Path:
    return Path(harness.folder(), "meant").absolute()


def follow() -> None:
    """Programs tell from now on what they meet."""
    os.environ[VARIABLE] = str(file())


def unmet(listed: list[Pair], said: str) -> list[Pair]:
    met = {tuple(line.split("\t")[:3]) for line in said.splitlines()}
    return [pair for pair in listed if pair not in met]


def report() -> tuple[str, list[str]]:
    """How many lines were met so far, and those that were not."""
    listed = lines((tree.ROOT / LIST).read_text())
    said = file().read_text() if file().exists() else ""
    missing = unmet(listed, said)
    return (f"{len(listed) - len(missing)} of {len(listed)} lines of {LIST} were met",
            [f"not met: {', '.join(pair)}" for pair in missing])
