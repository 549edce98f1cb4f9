# SPDX-License-Identifier: GPL-2.0-only
"""Which targets reach the lines of core/ that have changed since a commit, by what their corpus
covers."""
from __future__ import annotations

import re
from pathlib import Path

from spb import build, jobs, tree
from spb.checks import coverage
from spb.status import Inconclusive

WEIGHT = 3  # of a target that reaches a changed line, in the time that there is


def lines_of(diff: str) -> dict[str, set[int]]:
    """The lines of the new side of a diff without context; of those that went, what is around."""
    found: dict[str, set[int]] = {}
    name = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            name = line[6:] if line.startswith("+++ b/") else ""
        match = re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
        if match and name:
            first, number = int(match[1]), int(match[2] or 1)
            found.setdefault(name, set()).update(
                range(first, first + number) if number else (first, first + 1))
    return found


def since(commit: str) -> dict[str, set[int]]:
    said = jobs.run(["git", "diff", "-U0", "--no-color", "--no-ext-diff", "--src-prefix=a/",
                     "--dst-prefix=b/", commit, "--", "core"], errors=False)
    if said.status:
        raise Inconclusive("git diff failed")
    return lines_of(said.output)


def executed(lcov: str) -> dict[str, set[int]]:
    """Of the files of core/: the lines that were run."""
    found: dict[str, set[int]] = {}
    name = ""
    for line in lcov.splitlines():
        if line.startswith("SF:"):
            match = re.search(r"(?:^|/)(core/[^/]*)$", line)
            name = match[1] if match else ""
        elif line.startswith("DA:") and name:
            number, times = line[3:].split(",")[:2]
            if times != "0":
                found.setdefault(name, set()).add(int(number))
    return found


def reached(target: str, changed: dict[str, set[int]], out: Path) -> int:
    """How many of the changed lines the corpus of a target runs."""
    tool = build.tool("cov")
    # What breaks a rule now has run some lines, too.
    jobs.run([tool, "run", "--target", target, "--hash", *tree.inputs(target)], output=out / "log",
             env=jobs.environment(LLVM_PROFILE_FILE=str(out / f"{target}.profraw")))
    coverage.llvm("llvm-profdata", "merge", "-o", f"{out}/{target}.profdata",
                  f"{out}/{target}.profraw")
    coverage.llvm("llvm-cov", "export", tool, f"-instr-profile={out}/{target}.profdata",
                  "-format=lcov", "core", to=out / f"{target}.lcov")
    ran = executed((out / f"{target}.lcov").read_text())
    return sum(len(lines & ran.get(name, set())) for name, lines in changed.items())


def order(targets: list[str], commit: str, out: Path) -> dict[str, int]:
    """The targets, those that reach most of what has changed first, and how many lines that are.
    When nothing of core/ has changed nothing is built."""
    changed = since(commit)
    if not changed:
        return dict.fromkeys(targets, 0)
    build.make("build-cov")
    out.mkdir(parents=True, exist_ok=True)
    found = {target: reached(target, changed, out) for target in targets}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))
