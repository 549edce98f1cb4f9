# SPDX-License-Identifier: GPL-2.0-only
"""One make fuzz or make afl: its targets one after another (engine.py), signals, the verdict.

The time is that of all targets, with their seeds: when those take longer, each target is still
fuzzed for a moment. Without all seeds, or when nothing else was executed, there is no verdict of
a target.
"""
from __future__ import annotations

import time
from pathlib import Path
from typing import Callable

from spb import build, findings, jobs, plant, status, tree, variables
from spb.disk import alone
from spb.fuzzing import sync
from spb.fuzzing.engine import Engine
from spb.kernel import base, harness, meant

PROGRESS_SECONDS = 5
LINE_APART_SECONDS = 2  # a last line sooner than this says nothing new
TICK_SECONDS = 0.5
SEEDS_SECONDS = 600  # for all seeds of a target, whatever TIME is
MOST_FAILURES = 3
LEAST_SECONDS = 1  # of a target, when its seeds took all of its time


class Limit:
    """How long is fuzzed: for a time, with the seeds (but for a moment after these at least), or
    for a number of programs in all."""

    def __init__(self, seconds: float = 0, runs: int = 0) -> None:
        self.seconds, self.runs = seconds, runs

    def is_reached(self, engine: Engine, seeded_at: float) -> bool:
        if self.runs:
            return engine.runs >= self.runs
        now = time.monotonic()
        return now - engine.began >= self.seconds and \
            now - seeded_at >= min(self.seconds, LEAST_SECONDS)


class Session:
    """The targets of one command, one after another."""

    def __init__(self, name: str, state: str, targets: list[str], bug: plant.Bug | None = None,
                 tool: Callable[[str], str] = build.replayer) -> None:
        self.name, self.state, self.targets, self.bug, self.tool = name, state, targets, bug, tool
        self.nr_jobs = variables.number("JOBS")
        self.crashes = findings.Crashes(name)
        self.engines: list[Engine] = []
        self.open: list[str] = []  # sentences: what there is no verdict of
        self.weights: dict[str, int] = {}  # of targets that get more of the time than 1
        self.stopping = self.hurry = False
        self.trouble = ""
        self.began = time.monotonic()
        self.seeds_seconds = SEEDS_SECONDS

    def say(self, text: str) -> None:
        if variables.flag("V"):
            print(f"{self.name}: {text}")

    def fails(self, why: str) -> None:
        """Nothing more can be done. The first reason counts."""
        self.trouble = self.trouble or why

    def lock(self, prefix: str) -> list[object]:
        """While this command works on its targets, no other one of its kind may."""
        return [alone.lock(Path(self.state, "log", f"{prefix}{target}.lock"), self.name,
                           f"works on {target}") for target in self.targets]

    def signalled(self) -> None:
        """The first signal ends the session as its time would, the second one at once. It comes
        between any two steps of this thread, which may hold whatever lock would be taken here."""
        self.hurry = self.stopping
        self.stopping = True

    def goes_on(self, engine: Engine) -> bool:
        return not self.stopping and not self.trouble and engine.failures < MOST_FAILURES

    def fuzz_all(self, start: Callable[[str], Engine], limit: Limit) -> None:
        """Each target, until a signal or an engine that cannot run."""
        jobs.take_signals(self.signalled)
        engines = [start(target) for target in self.targets]
        locks = self.lock(engines[0].prefix)  # noqa: F841 (until this ends)
        self.began = time.monotonic()
        for number, target in enumerate(self.targets):
            engine = engines[number]
            self.engines.append(engine)
            try:
                self.fuzz(engine, self.share(limit, self.targets[number:]))
            except OSError as error:
                self.fails(status.why(error))
            except jobs.Stopped:
                self.stopping = True
            self.judge(engine, limit)
            if not self.goes_on(engine) or engine.failures:
                if self.targets[number + 1:]:
                    self.open.append(f"{', '.join(self.targets[number + 1:])}: not started")
                return

    def share(self, limit: Limit, targets: list[str]) -> Limit:
        """Of the first of these targets: what there is left of the time, divided."""
        left = limit.seconds - (time.monotonic() - self.began)
        first, *_ = weights = [self.weights.get(target, 1) for target in targets]
        return limit if limit.runs else Limit(max(LEAST_SECONDS, left * first / sum(weights)))

    def fuzz(self, engine: Engine, limit: Limit) -> None:
        seeded_at, next_line = 0.0, PROGRESS_SECONDS
        engine.began = engine.last_time = time.monotonic()
        try:
            engine.prepare()
            began = time.monotonic()
            for job in range(1, self.nr_jobs + 1):
                engine.start(job)
            while self.goes_on(engine) and engine.processes:
                now = time.monotonic()
                if not seeded_at and len(engine.seeded) == self.nr_jobs:
                    seeded_at = now
                    jobs.write_whole(engine.log / "seeded", f"{now - engine.began:.1f} s\n")
                if limit.is_reached(engine, seeded_at) if seeded_at else \
                        now - began >= self.seeds_seconds:
                    break
                if now - engine.began >= next_line:
                    engine.progress()
                    next_line += PROGRESS_SECONDS
                time.sleep(TICK_SECONDS)
                engine.watch()
                engine.check_room()
                self.stopping = self.stopping or status.reader_is_gone()
        finally:
            engine.stop()
        engine.finish()
        engine.sync.exchange()
        if time.monotonic() - engine.last_time >= LINE_APART_SECONDS:
            engine.progress()
        engine.count()

    def judge(self, engine: Engine, limit: Limit) -> None:
        """Is there a verdict of the target? If not, say what was executed and what was not."""
        seconds = round(time.monotonic() - engine.began)
        found = any(target == engine.target for target, _ in self.crashes.found)
        what = ""
        if engine.failures:
            what = f"the engine does not run ({engine.log})"
        elif len(engine.seeded) < self.nr_jobs:
            what = (f"{engine.seeds_executed()} of {engine.nr_seeds} seeds and nothing else "
                    f"executed in {seconds} s")
            what += self.advice("give it a quieter machine or fewer JOBS")
        elif not engine.executed() and not found:
            what = f"its {engine.nr_seeds} seeds, and nothing else executed in {seconds} s"
            what += self.advice("give it more TIME or fewer JOBS")
        elif limit.runs and engine.runs < limit.runs:
            what = (f"{engine.runs} of {limit.runs} programs executed; the same command goes on "
                    "from here")
        if what:
            self.open.append(f"{engine.target}: {what}")

    def advice(self, text: str) -> str:
        return "; it was stopped: let it run longer" if self.stopping else "; " + text

    def finish(self) -> int:
        """The summary. Return: the exit status."""
        for engine in self.engines:
            reached = engine.ask_reach()
            if reached:
                print(f"\n{engine.target}: what was reached")
                print(findings.what_was_reached(reached))
                if not self.stopping:
                    print(engine.functions(), end="")
        if self.stopping:
            print("\nstopped before the time was up")
        if base.wanted():
            for crash in self.crashes.found.values():
                crash.judgement = base.judge(crash.input, crash.target)
        self.crashes.print()
        print()
        if self.trouble:
            self.open.append(self.trouble)
        for sentence in self.open:
            print(f"INCONCLUSIVE: {sentence}")
        how, words = self.verdict()
        if how != status.PASS or not self.open:
            print(words)
        return status.INCONCLUSIVE if how == status.PASS and self.open else how

    def verdict(self) -> tuple[int, str]:
        """Of what was found: the exit status, and the last words."""
        found = self.crashes.found.values()
        if found and base.wanted():
            return base.summary(crash.judgement for crash in found)
        if found:
            return status.FINDING, f"FAIL: distinct crashes: {len(found)}"
        return status.PASS, "PASS"


def kernel_session(name: str, variant: str, suffix: str) -> tuple[Session, Callable[[str], str]]:
    """The same for a kernel tree, whose crashes are no crashes of ours."""
    targets = harness.chosen_targets(variant)
    folder = harness.folder()
    paths = harness.engines(variant, suffix, targets)
    build.make(*sorted({harness.replayer(target) for target in targets}))
    harness.know()
    meant.follow()
    for target in targets:
        harness.check_it_runs(target)
    one = Session(name, folder, targets, tool=harness.replayer)
    one.crashes.folder = Path(folder, "crashes")
    return one, paths.__getitem__


def session(name: str, variant: str, most: str = "") -> tuple[Session, Callable[[str], str]]:
    """Builds what TARGET= needs, or with BUG=name the core with that bug, in a place of its
    own, from an empty corpus. Most: of the targets, when TARGET= says nothing.

    Return: the session, and which engine is a target's."""
    folder = tree.build_folder()
    sync.refuse()
    if variables.get("BUG"):
        bug = plant.one(variables.get("BUG"))
        engine, tool = bug.engine(variant, f"session-{variant}"), bug.tool()
        return Session(name, str(bug.dir), [bug.target], bug, lambda _: tool), lambda _: engine
    targets = tree.chosen_targets()
    suffix = "" if variables.flag("MUTATOR") or variant == "afl" else "-bytes"
    if harness.wanted():
        return kernel_session(name, variant, suffix)
    paths = {target: f"{folder}/{variant}/{target}{suffix}" for target in targets}
    build.make(*paths.values(), *sorted({build.replayer(target) for target in targets}))
    return Session(name, folder, targets), paths.__getitem__
