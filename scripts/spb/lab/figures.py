# SPDX-License-Identifier: GPL-2.0-only
"""What is compared, and what comes of the runs of one policy: a median and a spread."""
from __future__ import annotations

import csv
import statistics
from dataclasses import dataclass
from typing import Dict, List, Tuple

from spb.status import Inconclusive


@dataclass(frozen=True)
class Policy:
    """Words: as spbfuzz lab takes them, names and TUNABLE=VALUE."""
    name: str
    words: str
    sentence: str


# One row is all that a further policy needs.
POLICIES = (
    Policy("as-posted", "as-posted", "the defaults of the series"),
    Policy("bitmaps", "bitmaps", "superpageblocks are chosen by bitmaps, not by walks"),
    Policy("steering-off", "steering-off refusal-off",
           "one set of free lists for all memory and no refusal, as mainline"),
    Policy("refusal-off", "refusal-off", "without the refusal of patch 35"),
    Policy("keeps-one", "keeps-one", "it refuses only when a smaller retry is certain"),
    Policy("keeps-all", "keeps-all", "it refuses only when all of it can be had in smaller orders"),
    Policy("reserve-none", "reserve-none", "no tainted reserve"),
    Policy("reserve-large", "reserve-large", "a tainted reserve of half of each superpageblock"),
    Policy("kvmalloc-noretry", "kvmalloc-noretry",
           "the first try of kvmalloc: NORETRY, with direct reclaim"),
    Policy("aggressive-off", "aggressive_threshold=65535",
           "pageblocks are relabelled as a whole or not at all"),
)
TRACES = ("fs", "build", "sqlite")
FOLDER = "tests/data/lab"

Row = Dict[str, str]
Runs = Dict[Tuple[str, str], List[List[Row]]]  # by policy and trace: of each seed, the samples


def rows_of(report: str) -> list[Row]:
    """The samples of a report."""
    return list(csv.DictReader(line for line in report.splitlines() if not line.startswith("#")))


def said_of(report: str, word: str) -> list[str]:
    """Its lines "# word: ...", without that."""
    return [line.split(": ", 1)[1] for line in report.splitlines()
            if line.startswith(f"# {word}: ")]


@dataclass(frozen=True)
class Spread:
    median: float
    least: float
    most: float

    def __str__(self) -> str:
        if self.least == self.most:
            return number(self.median)
        return f"{number(self.median)} ({number(self.least)} to {number(self.most)})"


def number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:,.1f}"


def failed_of(row: Row) -> int:
    """First tries of traced requests that got nothing, of all kinds and orders."""
    return sum(int(value) for name, value in row.items() if name.startswith("failed-"))


def value_of(row: Row, column: str) -> float:
    """Of a sample: a column, or what is made of several."""
    if column == "failed":
        return failed_of(row)
    if not row[column]:
        raise Inconclusive(f"the report has nothing about {column}")
    return float(row[column])


def spread(samples: list[Row], column: str) -> Spread:
    values = [value_of(row, column) for row in samples]
    return Spread(statistics.median(values), min(values), max(values))


def last(runs: Runs, policy: str, trace: str, column: str) -> Spread:
    return spread([run[-1] for run in runs[policy, trace]], column)
