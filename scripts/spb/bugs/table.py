# SPDX-License-Identifier: GPL-2.0-only
"""The results of trials as a table, and that table in docs/results/bugs.md."""
from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass

from spb import build, plant, variables
from spb.disk import proof
from spb.documents import document
from spb.bugs import trials

DOC = "docs/results/bugs.md"
ROW = "{:<23} {:>7} {:>9} {:>8} {:>2} {:>7} {:>7}  {:<9} {}"
HEAD = ROW.format("bug", "reached", "triggered", "detected", "of", "cpu s", "execs", "expected",
                  "rule reported")


@dataclass
class Row:
    """One bug: how many of its trials reached and triggered it, detected something, and what
    that was."""
    bug: plant.Bug
    made: list[trials.Trial]

    @property
    def detecting(self) -> list[trials.Trial]:
        return [trial for trial in self.made if trial.detected]

    @property
    def rules(self) -> list[str]:
        """Of the findings, the most frequent first."""
        seen = Counter(trial.rule for trial in self.detecting)
        return sorted(seen, key=lambda rule: (seen[rule], rule), reverse=True)

    @property
    def expected(self) -> str:
        if any(trial.clean == "no" for trial in self.made):
            return "clean-too"
        if not self.rules:
            return "-"
        return "yes" if all(trials.is_expected(self.bug, rule) for rule in self.rules) else "no"

    @property
    def reached(self) -> int:
        return sum(trial.reached > 0 for trial in self.made)

    @property
    def triggered(self) -> int:
        return sum(trial.triggered > 0 for trial in self.made)

    @property
    def cpu(self) -> float | None:
        return median([trial.cpu for trial in self.detecting])

    @property
    def executions(self) -> int | None:
        return median([trial.executions for trial in self.detecting])

    def __str__(self) -> str:
        return ROW.format(self.bug.name, self.reached, self.triggered, len(self.detecting),
                          len(self.made), _or_dash(self.cpu), _or_dash(self.executions),
                          self.expected, ",".join(self.rules) or "-")


def median(values: list) -> float | None:
    """The lower one of two, so that it is a value that was measured."""
    return sorted(values)[(len(values) - 1) // 2] if values else None


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)


def rows(bugs: list[plant.Bug]) -> list[Row]:
    """Of the bugs that have results."""
    found = []
    for bug in bugs:
        results = (trials.result_of(bug, number) for number in range(1, trials_each() + 1))
        made = [trial for trial in results if trial]
        if made:
            found.append(Row(bug, made))
    return found


def trials_each() -> int:
    return variables.number("TRIALS", 3)


def share_found(table: list[Row]) -> float:
    """Percent of the trials that detected something."""
    every = sum(len(row.made) for row in table)
    return 100 * sum(len(row.detecting) for row in table) / every if every else 0.0


def text(table: list[Row], failed: dict[str, str]) -> str:
    """The table, what it sums up to, and what could not be tried: name and why."""
    lines = [HEAD, *map(str, table)]
    detected = sum(len(row.detecting) for row in table)
    lines.append(
        f"{len(table)} bugs, {sum(len(row.made) for row in table)} trials: "
        f"reached {sum(row.reached for row in table)}, "
        f"triggered {sum(row.triggered for row in table)}, detected {detected}; "
        f"found in every trial: {sum(len(row.detecting) == len(row.made) for row in table)}, "
        f"triggered but not detected: {sum(row.triggered > len(row.detecting) for row in table)}, "
        f"by another rule than expected: {sum(row.expected == 'no' for row in table)}")
    both = sum(row.expected == "clean-too" for row in table)
    if both:
        lines.append(f"inputs on which the clean core breaks a rule, too: {both}")
    cpu = median([row.cpu for row in table if row.cpu is not None])
    executions = median([row.executions for row in table if row.executions is not None])
    lines.append(f"median of the medians: {_or_dash(cpu)} CPU s, {_or_dash(executions)} executions")
    missed = [row.bug.name for row in table if len(row.detecting) < len(row.made)]
    if missed:
        lines += textwrap.wrap("not in every trial: " + " ".join(missed), 100,
                               break_on_hyphens=False)
    lines += [f"NOT TRIED {name}: {why}" for name, why in sorted(failed.items())]
    return "\n".join(lines) + "\n"


def write_doc(bugs: list[plant.Bug]) -> None:
    head = (f"make bugs TRIALS={trials_each()} TIME={variables.get('TIME')} at {proof.commit()}, "
            f"{build.machine()}\n\n")
    document.replace_block(DOC, head + text(rows(bugs), {}))
