# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run bugs shrink: bugs/<area>/<name>.spbt out of what the trials of a bug found."""
from __future__ import annotations

import shutil
from pathlib import Path

from spb import build, findings, jobs, plant
from spb.bugs import table, trials

SECONDS = 60  # of one program


def said_of(bug: plant.Bug, tool: str, program: str | Path) -> str:
    return jobs.run([tool, "run", "--target", bug.target, str(program)], wall=SECONDS).output


def shows(bug: plant.Bug, tool: str, program: str | Path) -> bool:
    """Does the core with the bug break an expected rule on it?"""
    return trials.is_expected(bug, findings.rule(said_of(bug, tool, program)))


def _best_input(bug: plant.Bug) -> Path | None:
    """Of the inputs that trials found, the smallest on which the clean core is silent."""
    results = (trials.result_of(bug, number) for number in range(1, table.trials_each() + 1))
    inputs = [Path(trial.input) for trial in results if trial and trial.clean == "yes"]
    return min((path for path in inputs if path.is_file()), key=lambda path: path.stat().st_size,
               default=None)


def shrink(bug: plant.Bug) -> str:
    """What went wrong, or nothing."""
    found = _best_input(bug)
    if not found:
        return ""
    try:
        tool = bug.tool()
    except plant.DoesNotBuild as why:
        return str(why)
    text = bug.dir / "small.spbt"
    shown = jobs.run([build.replayer(bug.target), "show", "-o", str(text), str(found)])
    if shown.status:
        return f"{bug.name}: {shown.output.strip()}"
    if not shows(bug, tool, text):
        return f"{bug.name}: what {found} shows is not what the patch expects"
    made = jobs.run([tool, "min", "--quiet", "--keep", "rule", "--target", bug.target, "-o",
                     str(text), str(text)])
    if made.status not in (0, 1):
        return f"{bug.name}: {made.output.strip()}"
    if not trials.is_clean(bug, text):
        return f"{bug.name}: the clean core breaks a rule, too"
    old = bug.program
    if not old.exists() or not shows(bug, tool, old) or _lines(text) < _lines(old):
        shutil.copy(text, old)
    return ""


def _lines(path: Path) -> int:
    return path.read_text().count("\n")


def run(bugs: list[plant.Bug]) -> bool:
    build.make(*{build.replayer(bug.target) for bug in bugs})
    good = True
    for _, wrong in jobs.each(bugs, shrink):
        if wrong:
            print(f"bugs: {wrong}")
            good = False
    return good
