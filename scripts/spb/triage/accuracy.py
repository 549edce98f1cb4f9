# SPDX-License-Identifier: GPL-2.0-only
"""B-cubed precision and recall of groups of files, against the truth.

  precision  of the files in the group of a file, the share that has its bug
  recall     of the files that have its bug, the share that is in the group of a file

both as the mean over all files.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

Pairs = Counter[tuple[str, str]]  # of bug and group: how many files


@dataclass(frozen=True)
class Score:
    files: int
    bugs: int
    groups: int
    precision: float
    recall: float
    scattered: int  # bugs in more than one group
    mixed: int      # groups of more than one bug

    def __str__(self) -> str:
        return (f"{self.files} files of {self.bugs} bugs or classes in {self.groups} groups: "
                f"precision {self.precision:.3f}, recall {self.recall:.3f}; "
                f"{self.scattered} scattered, {self.mixed} mixed")


def score(pairs: Pairs) -> Score:
    of_bug, of_group = Counter(), Counter()
    for (bug, group), files in pairs.items():
        of_bug[bug] += files
        of_group[group] += files
    every = sum(pairs.values()) or 1
    precision = sum(files ** 2 / of_group[group] for (_, group), files in pairs.items()) / every
    recall = sum(files ** 2 / of_bug[bug] for (bug, _), files in pairs.items()) / every
    groups_of = Counter(bug for bug, _ in pairs)
    bugs_of = Counter(group for _, group in pairs)
    return Score(sum(pairs.values()), len(of_bug), len(of_group), precision, recall,
                 sum(number > 1 for number in groups_of.values()),
                 sum(number > 1 for number in bugs_of.values()))


def with_classes(pairs: Pairs, classes: list[list[str]]) -> Pairs:
    """The bugs of a class count as one."""
    first = {bug: names[0] for names in classes for bug in names}
    counted: Pairs = Counter()
    for (bug, group), files in pairs.items():
        counted[first.get(bug, bug), group] += files
    return counted
