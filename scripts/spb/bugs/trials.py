# SPDX-License-Identifier: GPL-2.0-only
"""Trials: an engine on a core with a bug, from an empty corpus until the first finding.

The result of each trial is a file of its own, under a key of all that it depends on, so a run
that was interrupted goes on from there.
"""
from __future__ import annotations

import functools
import hashlib
import re
import shutil
import struct
import threading
from dataclasses import astuple, dataclass
from pathlib import Path

from spb import build, findings, jobs, plant, tree, variables
from spb.fuzzing.fuzz import ENGINE_FLAGS
from spb.status import Inconclusive

# Few operations that meet often are worth more than many that each meet once.
MAX_LEN, RACE_MAX_LEN = 4096, 640
CLEAN_SECONDS = 60  # of one program on the core without the bug
HARD_SECONDS = 10   # CPU time after its limit, in which an engine must come to its end


class DoesNotRun(Inconclusive):
    """An engine that ended otherwise than with a finding or at its limit."""


@dataclass(frozen=True)
class Trial:
    """What a trial came to; the columns of its file."""
    reached: int        # how often the place of the bug was, and how often it made a difference
    triggered: int
    detected: int       # 1: there is a finding
    cpu: float          # seconds that were used, and how many there were
    limit: int
    executions: int
    rule: str = "-"
    clean: str = "-"    # yes: the core without the bug runs the input to its end; no
    input: str = "-"

    def line(self) -> str:
        return " ".join(str(value) for value in astuple(self))

    @staticmethod
    def parse(line: str) -> Trial:
        words = line.split()
        return Trial(int(words[0]), int(words[1]), int(words[2]), float(words[3]), int(words[4]),
                     int(words[5]), *words[6:9])


def is_expected(bug: plant.Bug, rule: str) -> bool:
    return rule in bug.rules


def is_clean(bug: plant.Bug, program: str | Path) -> bool:
    """Is the core without the bug silent? Else the finding is no merit of the bug."""
    clean = build.replayer(bug.target)
    build.make(clean)
    done = jobs.run([clean, "run", "--target", bug.target, str(program)], wall=CLEAN_SECONDS)
    return done.status == 0


def variant_of(bug: plant.Bug) -> str:
    """What only a sanitizer sees needs one; all else is found four times as fast without."""
    return "fuzz" if any("Sanitizer" in rule for rule in bug.rules) else "plain"


def engine_flags(bug: plant.Bug, number: int) -> list[str]:
    """Of trial number: all but where things are."""
    control = 0 if variables.flag("MUTATOR") else 10
    length = RACE_MAX_LEN if bug.counts_accesses else MAX_LEN
    return [f"-dict=dict/{bug.target}.dict", f"-max_len={length}", f"-seed={number}",
            f"-len_control={control}", *ENGINE_FLAGS]


# ---- results that stay ----------------------------------------------------------------------

def cache() -> jobs.Cache:
    return jobs.Cache(f"{tree.build_folder()}/bugs/results")


@functools.lru_cache(maxsize=None)
def _sources() -> str:
    return tree.hash_of_sources()


def key_of(bug: plant.Bug) -> str:
    """What a result depends on: the sources, the part of the patch that is code, and how it is
    fuzzed; not which other bugs there are (BUG=)."""
    set_to = variables.changed("build", "verdict", "search")
    set_to.pop("BUG", None)
    text = [_sources(), bug.target, bug.code, variant_of(bug), *engine_flags(bug, 0),
            *(f"{name}={value}" for name, value in set_to.items())]
    return hashlib.sha1("\0".join(text).encode()).hexdigest()[:12]


def result_of(bug: plant.Bug, number: int) -> Trial | None:
    line = cache().get(f"{bug.name}.{key_of(bug)}.{number}")
    return Trial.parse(line) if line else None


def is_done(trial: Trial | None) -> bool:
    """Has it been made, and was it long enough?"""
    return trial is not None and (bool(trial.detected) or trial.limit >= variables.number("TIME"))


# ---- one trial ------------------------------------------------------------------------------

def _counts(path: Path) -> tuple[int, int]:
    """What bugs/canary.c has counted."""
    try:
        return struct.unpack("=QQ", path.read_bytes()[:16])
    except (FileNotFoundError, struct.error):
        return 0, 0


def executions(said: str) -> int:
    found = re.findall(r"^stat::number_of_executed_units: *([0-9]+)", said, re.MULTILINE)
    return int(found[-1]) if found else 0


def crash_of(said: str) -> str | None:
    """The input that ended the engine. (A slow one ends nothing.)"""
    units = re.findall(r"Test unit written to (.*)", said)
    units = [unit for unit in units if "/slow-unit-" not in unit and Path(unit).is_file()]
    return units[-1] if units else None


def run_engine(bug: plant.Bug, number: int, engine: str) -> Trial:
    """A trial, without a word on the clean core yet. A busy machine does not make it shorter:
    its limit is one of CPU time, at which the engine is asked to say what it has done."""
    folder = bug.dir / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    limit = variables.number("TIME")
    log = folder / "log"
    done = jobs.run([engine, f"-artifact_prefix={folder}/", *engine_flags(bug, number)],
                    env=jobs.environment(SPBFUZZ_CANARY=str(folder / "canary")), output=log,
                    cpu=limit + HARD_SECONDS, interrupt=limit)
    said = log.read_text(errors="replace")
    crash = crash_of(said)
    if not crash and not done.interrupted:
        raise DoesNotRun(f"{bug.name} {number}: the engine ended with status {done.status}: {log}")
    reached, triggered = _counts(folder / "canary")
    counts = (reached, triggered, 1 if crash else 0, round(done.cpu_seconds, 1), limit,
              executions(said))
    return Trial(*counts, findings.rule(said), "-", crash) if crash else Trial(*counts)


def run_trial(bug: plant.Bug, number: int, engine: str) -> Trial:
    """A trial, and its result into its file."""
    trial = run_engine(bug, number, engine)
    if trial.detected:
        clean = "yes" if is_clean(bug, trial.input) else "no"
        trial = Trial(*astuple(trial)[:7], clean, trial.input)
    cache().put(f"{bug.name}.{key_of(bug)}.{number}", trial.line() + "\n")
    return trial


class Engines:
    """The engine of each bug, built when it is first asked for; why some are not there."""

    def __init__(self) -> None:
        self.failed: dict[str, str] = {}
        self._lock = threading.Lock()
        self._built: dict[str, str] = {}
        self._locks: dict[str, threading.Lock] = {}

    def of(self, bug: plant.Bug) -> str | None:
        with self._lock:
            lock = self._locks.setdefault(bug.name, threading.Lock())
        with lock:
            if bug.name not in self._built and bug.name not in self.failed:
                try:
                    self._built[bug.name] = bug.engine(variant_of(bug))
                except plant.DoesNotBuild as why:
                    self.failed[bug.name] = str(why)
            return self._built.get(bug.name)
