# SPDX-License-Identifier: GPL-2.0-only
"""One target of a session (session.py): its processes, started, watched and stopped, what they
found, and what they reached. A subclass (fuzz.py, afl.py) knows the one engine.

Processes that end before their time are started again, so one bug does not end the search for
others.
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
from typing import TYPE_CHECKING

from spb import findings, jobs, status, tree
from spb.fuzzing import sync
from spb.fuzzing.running import Running, in_memory

if TYPE_CHECKING:
    from spb.fuzzing.session import Session

STOP_SECONDS = 10   # for a process to end when it is asked to
# Most inputs are 64 records; the format ends at 16 KiB, where an execution costs 10 times more.
MAX_LEN = 4096
REPLAY_SECONDS = 60  # of one program: the watchdog of the harness ends it long before
ENDLESS = f"FINDING endless\n  no end after {REPLAY_SECONDS} s\nSIGNATURE endless/-\n"
LEAST_ROOM = 2 * MAX_LEN  # on a disk: the next inputs would not be written


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
        for running in self.running.values():
            running.watch()
        self.poll()
        self.sync.tick()

    def stop(self) -> None:
        self.ending = True
        still = [job for job in self.processes if self.running[job].stands_still()]
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
        # Its time was up before anything could be said of an operation without an end.
        for job in still:
            self.rescue(job, "")
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
                ran = jobs.run([tool, "run", "--target", self.target, name], wall=REPLAY_SECONDS,
                               until=lambda: self.session.hurry)
                if ran.status in (status.PASS, status.USAGE):
                    return False
                text = ran.output + (ENDLESS if ran.timed_out else "")
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
