# SPDX-License-Identifier: GPL-2.0-only
"""make bugs: plants each bug of bugs/ into a copy of the core, fuzzes that from an empty corpus
until the first finding, and prints what it took.

  MUTATOR=0        leave mutation to libFuzzer
  BUG='name name'  which (default: all; a name may have wildcards)
  TRIALS=n         of each (default 3)    TIME=CPU seconds  of each trial (default 60)
  LEAST=n          status 1 unless n percent of the trials detected the bug

  bugs/<area>/<name>.patch   header, then a unified diff with one line of context
  bugs/<area>/<name>.spbt    the smallest program known that shows it
  build/bugs/<name>/         the core with the bug, and the engine
  build/bugs/results/        one file per trial, named after a hash of all that it depends on

scripts/run bugs refresh  rebases the patches (make bugs-refresh)
scripts/run bugs refind   finds the schedules of moved races again (make refind)
scripts/run bugs shrink   makes bugs/<area>/<name>.spbt out of what the trials found
scripts/run bugs doc      the table of the results that there are, into docs/results/bugs.md
scripts/run bugs check    what make check does with bugs/
scripts/run bugs races    replays the programs of races again and again

Status 3: somebody stopped it, or some bugs could not be tried, which the table says.
"""
from __future__ import annotations

import sys

from spb import build, jobs, plant, status, tree, variables
from spb.bugs import check, refind, refresh, smallest, table, trials
from spb.kernel import bugs as kernel_bugs, harness
from spb.status import Usage


def _goals(bugs: list[plant.Bug]) -> set[str]:
    """What is built before trials of these bugs: what their engines are linked of, and the
    replayers of their targets."""
    suffix = "" if variables.flag("MUTATOR") else "-bytes"
    engines = {f"{tree.build_folder()}/{trials.variant_of(bug)}/{bug.target}{suffix}"
               for bug in bugs}
    return engines | {build.replayer(bug.target) for bug in bugs}


def _missing(bugs: list[plant.Bug]) -> list[tuple[plant.Bug, int]]:
    """Trials that have not been made."""
    numbers = range(1, table.trials_each() + 1)
    return [(bug, number) for bug in bugs for number in numbers
            if not trials.is_done(trials.result_of(bug, number))]


def _make_trials(missing: list[tuple[plant.Bug, int]]) -> dict[str, str]:
    """Return: the bugs that could not be tried, and why."""
    engines, ended = trials.Engines(), {}

    def make(item: tuple[plant.Bug, int]) -> trials.Trial | str | None:
        bug, number = item
        engine = engines.of(bug)
        try:
            return trials.run_trial(bug, number, engine) if engine else None
        except trials.DoesNotRun as why:
            return str(why)

    for (bug, number), made in jobs.each(missing, make):
        if isinstance(made, str):
            ended[bug.name] = made
        elif made and variables.flag("V"):
            print(f"{bug.name} {number}: {made.line()}")
    return {**ended, **engines.failed}


def run_all(bugs: list[plant.Bug]) -> int:
    missing = _missing(bugs)
    failed, stopped = {}, False
    try:
        if missing:
            build.make(*sorted(_goals([bug for bug, _ in missing])))
        failed = _make_trials(missing)
    except jobs.Stopped:
        stopped = True
    rows = table.rows(bugs)
    print(table.text(rows, failed), end="")
    if stopped:
        print("stopped; the same command goes on from here")
        return status.INCONCLUSIVE
    least = variables.number("LEAST")
    if rows and table.share_found(rows) < least:
        print(f"fewer than {least} % of the trials detected their bug")
        return status.FINDING
    if failed:
        print(f"{len(failed)} of {len(bugs)} bugs could not be tried", file=sys.stderr)
        return status.INCONCLUSIVE
    return status.PASS


def _names(bugs: list[plant.Bug]) -> bool:
    for bug in bugs:
        print(bug.name)
    return True


def _doc(bugs: list[plant.Bug]) -> bool:
    table.write_doc(bugs)
    return True


COMMANDS = {"refresh": refresh.run, "refind": refind.run, "shrink": smallest.run,
            "doc": _doc, "names": _names,
            "check": check.check, "races": check.races}


def run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "run"
    if len(arguments) > 1 or name not in ("run", *COMMANDS):
        raise Usage(f"no command {' '.join(arguments)}; there are: run {' '.join(COMMANDS)}")
    if harness.wanted():
        return kernel_bugs.run([])
    bugs = plant.named(variables.get("BUG"))
    if name == "run":
        return run_all(bugs)
    return status.PASS if COMMANDS[name](bugs) else status.FINDING
