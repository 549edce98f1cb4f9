# SPDX-License-Identifier: GPL-2.0-only
"""One driver for the processes of libFuzzer and of AFL++: it starts, watches and stops them,
and says in the end what came out.

    Session   one make fuzz or make afl: its targets one after another, signals, the verdict
    Engine    one target in it; a subclass (fuzz.py, afl.py) knows the one engine

The time is that of all targets, with their seeds: when those take longer, each target is still
fuzzed for a moment. Without all seeds, or when nothing else was executed, there is no verdict of
a target. Processes that end before their time are started
again, so one bug does not end the search for others.
"""
from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable

from spb import alone, build, findings, jobs, plant, status, tree, variables
from spb.fuzzing import sync
from spb.fuzzing.running import Running, in_memory
from spb.kernel import base, harness, meant

PROGRESS_SECONDS = 5
LINE_APART_SECONDS = 2  # a last line sooner than this says nothing new
TICK_SECONDS = 0.5
STOP_SECONDS = 10   # for a process to end when it is asked to
SEEDS_SECONDS = 600  # for all seeds of a target, whatever TIME is
MOST_FAILURES = 3
# Most inputs are 64 records; the format ends at 16 KiB, where an execution costs 10 times more.
MAX_LEN = 4096
LEAST_ROOM = 2 * MAX_LEN  # on a disk: the next inputs would not be written
LEAST_SECONDS = 1  # of a target, when its seeds took all of its time


class Engine:
    """One target of a session. Both engines may work on it at a time: what is not for both has
    a place of its own."""
    prefix = ""

    def __init__(self, session: Session, target: str) -> None:
        self.session, self.target = session, target
        state = session.state
        self.work = Path(state, "work", target)    # new inputs; the next run starts from it
        name = self.prefix + target
        self.seeds = Path(state, "seeds", name)  # a copy: what crashes leaves it
        self.log = Path(state, "log", name)
        self.reach = Path(state, "log", name + ".reach")
        self.running: dict[int, Running] = {}
        self.started = time.time()
        self.processes: dict[int, subprocess.Popen] = {}
        self.seeded: set[int] = set()
        self.nr_seeds = self.failures = 0
        self.ending = False  # statuses from now on are our own doing
        self.runs = self.last_runs = 0
        self.last_time = self.began = time.monotonic()
        self.sync = sync.of(self)

    # What a subclass says.

    def command(self, job: int) -> tuple[list[str], dict[str, str], Path]:
        """Arguments, environment and log of a process."""
        raise NotImplementedError

    def is_seeded(self, job: int) -> bool:
        """Has this process executed all seeds?"""
        raise NotImplementedError

    def seeds_executed(self) -> int:
        """How many of them were, at least."""
        raise NotImplementedError

    def executed(self) -> int:
        """How many programs beyond the seeds, by what the processes say."""
        raise NotImplementedError

    def ended(self, job: int, how: int) -> bool:
        """A process has ended: take what it found. Return: start it again?"""
        raise NotImplementedError

    def poll(self) -> None:
        """Each half second."""

    def finish(self) -> None:
        """After the processes have ended."""

    def edges(self) -> int:
        raise NotImplementedError

    def new_inputs(self) -> int:
        return count_files(self.work)

    def added(self) -> list[str]:
        """The files of inputs that engines have added to the corpus."""
        return [entry.path for entry in os.scandir(self.work) if entry.is_file()]

    # What both have in common.

    def prepare(self) -> None:
        shutil.rmtree(self.seeds, ignore_errors=True)
        shutil.rmtree(self.log, ignore_errors=True)
        self.reach.unlink(missing_ok=True)
        for folder in (self.work, self.seeds, self.log, self.session.crashes.folder / self.target):
            folder.mkdir(parents=True, exist_ok=True)
        if not self.session.bug:
            for folder in self.seed_folders():
                copy_inputs(folder, self.seeds)
        self.sync.prepare()

    def seed_folders(self) -> list[Path]:
        """The committed corpus and the seeds; and what the usual core found, where this is a
        drop-in."""
        folders = [Path(name) for name in tree.corpus_folders(self.target)]
        if self.session.state != "build":
            folders.append(Path("build/work", self.target))
        return folders

    def start(self, job: int) -> None:
        argv, environment, log = self.command(job)
        if job in self.running:
            self.running[job].close()
        self.running[job] = Running()
        environment.update(self.running[job].environment)
        with open(log, "wb") as said:
            self.processes[job] = jobs.start(argv, env=environment, stdout=said,
                                             stderr=subprocess.STDOUT,
                                             pass_fds=[self.running[job].file])

    def watch(self) -> None:
        """Notice which processes have executed their seeds, and which have ended."""
        for job, process in list(self.processes.items()):
            how = process.poll()
            if job not in self.seeded and self.is_seeded(job):
                self.seeded.add(job)
            if how is None:
                continue
            jobs.ended(process)
            del self.processes[job]
            if self.ended(job, how) and self.session.goes_on(self):
                self.start(job)
        self.poll()
        self.sync.tick()

    def stop(self) -> None:
        self.ending = True
        for process in self.processes.values():
            process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        for job, process in list(self.processes.items()):
            while process.poll() is None and time.monotonic() < deadline and \
                    not self.session.hurry:
                time.sleep(0.05)
            if process.poll() is None:
                self.session.say(f"had to kill a process of {self.target}")
            jobs.ended(process)
            how = process.wait()
            del self.processes[job]
            self.ended(job, how)
        for running in self.running.values():
            running.close()
        self.running.clear()
        self.drop_torn()

    def drop_torn(self) -> None:
        """Engines do not say that an input of the working corpus was not written whole."""
        torn = [entry.path for entry in os.scandir(self.work)
                if re.fullmatch("[0-9a-f]{40}", entry.name) and
                entry.stat().st_mtime >= self.started and
                findings.hash_of(entry.path) != entry.name] if self.work.is_dir() else []
        for path in torn:
            os.unlink(path)
        if torn:
            self.session.fails(f"{self.work}: {len(torn)} inputs could not be written")

    def check_room(self) -> None:
        """Engines go on when the disk is full, and keep nothing of what they find."""
        for folder in (self.work, self.log, self.session.crashes.folder / self.target):
            room = os.statvfs(folder)
            blocks = room.f_bavail if os.geteuid() else room.f_bfree
            if blocks * room.f_frsize < LEAST_ROOM or (room.f_files and not room.f_ffree):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))

    def rescue(self, job: int, text: str, digest: str = "") -> bool:
        """A process has ended with a crash that is not on the disk: it is still in memory. Text:
        what was said of it, as far as that was written. Digest: of the input, if known. Return:
        was there one?"""
        data = self.running[job].program() if job in self.running else b""
        if not data or (digest and hashlib.sha1(data).hexdigest() != digest):
            return False
        tool = self.session.tool(self.target)
        with in_memory(data) as name:
            if findings.signature(text) == "unknown":
                ran = jobs.run([tool, "run", "--target", self.target, name])
                if ran.status in (status.PASS, status.USAGE):
                    return False
                text = ran.output
            shown = jobs.run([tool, "show", name], errors=False).output or data.hex() + "\n"
        self.keep_data(data, text, shown)
        return True

    def keep_file(self, path: str, text: str) -> None:
        """What is known to break a rule, and stays where it is, becomes a crash."""
        data = Path(path).read_bytes()
        try:
            self.session.crashes.keep_data(self.target, text, data)
        except OSError:
            shown = jobs.run([self.session.tool(self.target), "show", path], errors=False).output
            self.keep_data(data, text, shown)

    def keep_data(self, data: bytes, text: str, shown: str) -> None:
        """A crash is kept; where that is not possible its text is printed, at once."""
        try:
            self.session.crashes.keep_data(self.target, text, data)
        except OSError as error:
            self.session.fails(status.why(error))
            if self.session.crashes.lost(self.target, text):
                print(f"{self.session.name}: a crash could not be written: {status.why(error)}\n"
                      f"# as target {self.target}; repro takes this from a file x.spbt\n{shown}",
                      end="")

    def fail(self, what: str, log: Path) -> None:
        self.failures += 1
        print(f"{self.session.name}: {what}:")
        text = re.sub(r"\x1b\[[0-9;]*m", "", findings.read(log))
        print("\n".join(text.splitlines()[-15:]))

    def ask_reach(self, *options: str) -> str:
        """What "spbfuzz reach" says of the counts that the processes share."""
        if not self.reach.exists() or not self.reach.stat().st_size:
            return ""
        tool = self.session.tool(self.target)
        return jobs.run([tool, "reach", *options, "--shared", str(self.reach)], errors=False).output

    def functions(self) -> str:
        """A line about functions that were reached, where an engine knows."""
        return ""

    def count(self) -> str:
        """Read how many programs were executed. Return: what was reached, in short."""
        runs, _, reached = self.ask_reach("-q").strip().partition(" ")
        self.runs = int(runs or 0)
        return reached

    def progress(self) -> None:
        """One line: time, executions, edges, corpus, crashes, and what was reached."""
        reached, inputs = self.count(), self.new_inputs()
        crashes = len(self.session.crashes.found)
        self.sync.exchange()  # what the line counts is there when it is printed
        now = time.monotonic()
        rate = (self.runs - self.last_runs) / max(now - self.last_time, 0.001)
        self.last_runs, self.last_time = self.runs, now
        line = (f"{now - self.session.began:4.0f} s  {self.target:7} {self.runs:9} exec "
                f"{rate:7.0f}/s  edges {self.edges():5}  corpus {self.nr_seeds}+"
                f"{inputs}  crashes {crashes}  {reached}")
        print(line)
        jobs.write_whole(self.log / "progress", line + "\n")


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


def count_files(folder: Path) -> int:
    return sum(1 for entry in os.scandir(folder) if entry.is_file()) if folder.is_dir() else 0


def copy_inputs(folder: Path, to: Path) -> None:
    if folder.is_dir():
        for entry in os.scandir(folder):
            if entry.is_file() and not entry.name.startswith("."):
                shutil.copyfile(entry.path, to / entry.name)


def last_number(pattern: str, text: str) -> int:
    """The last match of a pattern that has one group."""
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


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
