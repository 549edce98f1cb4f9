# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run commands [NAME...]: runs every command of make help in its shortest form, through
make, as people do. A command that no test runs is broken."""
from __future__ import annotations

import shutil
from pathlib import Path

from spb import commands, jobs, plant, status
from spb.lines import Lines
from spb.status import Usage

BUG = "alloc-nr-free-twice"
FOLDER = Path("build/commands")
SECONDS = 900
SHOWN = 8  # lines of one that fails

CRASH = "CRASH={crash} BUG={bug}"
# The variables of a run that takes little.
SHORTEST = {
    "fuzz": "TARGET=callers TIME=3",
    "afl": "TARGET=callers TIME=5 JOBS=1",
    "campaign": "TARGET=callers TIME=40 JOBS=1",
    "ci": "BASE=HEAD TARGET=callers TIME=3",
    "clean-runs": "TARGET=walk RUNS=200",
    "threads": "TARGET=walk TIME=2 WORK=0",
    "determinism": "SAMPLE=1 REPLAYS=5 BUG=free-twice",
    "repro": CRASH,
    "minimize": CRASH,
    "export": CRASH,
    "bundle": CRASH,
    "triage": "DIR={crash} BUG={bug} TARGET=alloc",
    "triage-truth": "BUG={bug} EACH=1",
    "distil": "TARGET=callers BUG=none OUT=build/commands/distilled",
    "distil-compare": "TARGET=callers NUMBER=20 BUG={bug}",
    "coverage": "TARGET=callers",
    "bench": "MS=1",
    "overhead": "SPBS=10 STATE=last",
    "lab": "GIB=2 EVENTS=20000 SEEDS=2 POLICY=as-posted TRACE=build",
    "bugs": "BUG={bug} TRIALS=1 TIME=20",
    "bugs-refresh": "",
    "prune": "SYNC=build/commands/shared TARGET=callers",
    "refind": "BUG={bug}",
    "mutants": "SAMPLE=1 FUZZ=1",
    "unjudged": "SAMPLE=1",
    "exhaustive": "DEPTH=1 ALPHABET=mix",
    "schedules": "STATE=clean LETTERS=pool BOUND=0",
    "policies": "",
    "dicts": "",
}
# What shows a crash ends with 1, which make makes 2 of.
SHOWS_A_CRASH = ("repro", "triage")
# Those that another test runs, and which.
ELSEWHERE = {
    "bisect": "tests/python/test_bisect.py; it builds several revisions",
    "kernel-source": "the part kernel of make check; it fetches 150 MB",
    "check": "it runs before this in .ci/run",
    "nightly": "tests/python/test_nightly.py; its steps are commands of this list",
    "oss-fuzz": "it runs before this in .ci/run",
    "same": "tests/python/test_same.py; it builds two revisions",
    "engines": "tests/python/test_rates.py; its figures are worth nothing while others run",
}


def words_of(name: str, crash: Path) -> list[str]:
    return SHORTEST[name].format(crash=crash, bug=BUG).split()


def _run_one(lines: Lines, name: str, crash: Path) -> None:
    words = words_of(name, crash)
    log = FOLDER / f"{name}.log"
    ended = jobs.run(["make", "--no-print-directory", name, *words], output=log, wall=SECONDS)
    wanted = 2 if name in SHOWS_A_CRASH else 0
    said = log.read_text(errors="replace").splitlines()[-SHOWN:]
    lines.result(ended.status == wanted, f"commands: make {' '.join([name, *words])} "
                 f"(status {ended.status}, {ended.seconds:.0f} s)", said)


def run(arguments: list[str]) -> int:
    for name in arguments:
        if name in ELSEWHERE:
            raise Usage(f"{name} is run elsewhere: {ELSEWHERE[name]}")
        if name not in SHORTEST:
            raise Usage(f"there is no command {name}; make help lists them")
    names = arguments or [name for name, command in commands.listed().items()
                          if command.sentence and name not in ELSEWHERE]
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    crash = Path(shutil.copy(plant.one(BUG).patch.with_suffix(".spbt"), FOLDER / "crash.spbt"))
    lines = Lines()
    for name in names:
        _run_one(lines, name, crash)
    print(lines.summary())
    return status.FINDING if lines.failed else status.PASS
