# SPDX-License-Identifier: GPL-2.0-only
"""make afl: what make fuzz does, with AFL++: fuzzes TARGET for TIME seconds with JOBS
processes, then says PASS or shows each distinct crash. Ctrl-C ends it the same way.

  corpus/<target>/      read, never written
  build/work/<target>/  read at the start, and by the first process all the time: what
                        libFuzzer finds meanwhile is taken over. New inputs go there
  build/afl-out/<target>/  the queues of the processes; gone at the next start
  crashes/<target>/     inputs that crashed, the smallest of each signature
  crashes/about/        the report of each, and where it came from
  build/log/afl-<target>/  what the processes said, until the next start

BUG=name fuzzes the core with that bug of bugs/ planted, from an empty corpus.
MUTATOR=0 leaves mutation to AFL++. CMPLOG=1 gives the last process a CmpLog binary.

The processes run without sanitizers, which is many times as fast: seeds, what is new in their
queues, and each crash are replayed with ASan and UBSan. AFL++ executes a seed when its turn
comes: the replay is what says that all seeds were executed.
"""
from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from pathlib import Path

from spb import build, findings, jobs, tree, variables
from spb.fuzzing.engine import MAX_LEN, Engine, copy_inputs, count_files
from spb.fuzzing.session import Limit, Session, session
from spb.status import Inconclusive, Usage

# An execution ends after a number of steps: this is only for what the steps do not see.
TIMEOUT_MS = 10000
JUDGED = ".judged"  # in a session's queues: all that is new in them has been looked at
OF_EACH_RULE = 10  # crashes that are replayed: they show its signatures
SANITIZER_SAYS = re.compile("ERROR: |runtime error:")
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")


def settings() -> tuple[dict[str, str], list[str]]:
    """Variables for AFL++, and what to say of this machine: settings that AFL++ would like to
    be others are no reason not to run."""
    words = {"AFL_NO_UI": "1", "AFL_QUIET": "1", "AFL_NO_AFFINITY": "1", "AFL_CMPLOG_ONLY_NEW": "1",
             "AFL_FAST_CAL": "1", "AFL_NO_CRASH_README": "1", "AFL_NO_STARTUP_CALIBRATION": "1"}
    said = []
    if findings.read(CORE_PATTERN).startswith("|"):
        words["AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"] = "1"
        said.append("core dumps go to a program (kernel.core_pattern), "
                    "a crash may take long to be seen")
    governor = findings.read(GOVERNOR).strip()
    if governor and "performance" not in governor:
        words["AFL_SKIP_CPUFREQ"] = "1"
        said.append(f"the CPU governor is {governor}: executions per second will vary")
    if variables.flag("MUTATOR"):
        library = f"{tree.build_folder()}/afl/mutator.so"
        words["AFL_CUSTOM_MUTATOR_LIBRARY"] = os.path.abspath(library)
    return words, said


class Afl(Engine):
    prefix = "afl-"

    def __init__(self, session: Session, target: str, program: str, words: dict[str, str]) -> None:
        super().__init__(session, target)
        self.program, self.words = program, words
        self.out = Path(session.state, "afl-out", target)
        self.seen: Counter[str] = Counter()
        self.taken: set[str] = set()
        self.judged = 0
        self.unstable = False

    def prepare(self) -> None:
        self.take_over()
        super().prepare()
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        copy_inputs(self.work, self.seeds)
        for entry in list(os.scandir(self.seeds)):
            if not entry.stat().st_size:
                os.unlink(entry.path)
        self.nr_seeds = count_files(self.seeds)
        self.judge(self.seeds, lambda: self.session.stopping)
        self.judged = self.nr_seeds
        self.nr_seeds = count_files(self.seeds)
        if not self.nr_seeds:
            # AFL++ does not start from nothing: one byte, which the mutator makes a program of.
            (self.seeds / "empty").write_bytes(b"\x81")
            self.nr_seeds = 1

    def take_over(self) -> None:
        """What a session that was killed has left in its queues, crashes too: as inputs of the
        working corpus they are met again."""
        if not self.out.is_dir() or (self.out / JUDGED).exists():
            return
        self.work.mkdir(parents=True, exist_ok=True)
        for path in self.out.glob("*/*/id*"):
            if path.parent.name in ("queue", "crashes", "hangs") and \
                    ",orig:" not in path.name and ",sync:" not in path.name:
                data = path.read_bytes()
                jobs.write_whole(self.work / findings.hash_of_data(data), data)

    def hurry(self) -> bool:
        return self.session.hurry

    def command(self, job: int) -> tuple[list[str], dict[str, str], Path]:
        role = ["-S", f"s{job}"]
        if job == 1 and not os.environ.get("CI"):
            # In CI there is no main process: its deterministic stages take longer than CI has.
            role = ["-M", "main", "-F", os.path.abspath(self.work)]
        dictionary = Path("dict", self.target + ".dict")
        if dictionary.exists() and dictionary.stat().st_size:
            role += ["-x", str(dictionary)]
        if variables.flag("CMPLOG") and job == self.session.nr_jobs:
            role += ["-c", f"{tree.build_folder()}/afl-cmplog/{self.target}"]
        argv = ["afl-fuzz", "-i", str(self.seeds), "-o", str(self.out), "-t", str(TIMEOUT_MS),
                "-m", "none", "-G", str(MAX_LEN), *role, "--", self.program]
        environment = jobs.environment(SPBFUZZ_REACH=str(self.reach), **self.words)
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            # AFL++ has opinions about sanitizers' options, which these binaries do not have.
            environment.pop(name, None)
        return argv, environment, self.log / f"afl-{job}.log"

    def is_seeded(self, job: int) -> bool:
        return "Entering queue cycle" in findings.read(self.log / f"afl-{job}.log")

    def seeds_executed(self) -> int:
        return min(self.judged, self.nr_seeds)  # those that crash are none any more

    def executed(self) -> int:
        return self.plot(11)

    def edges(self) -> int:
        return self.plot(12)

    def new_inputs(self) -> int:
        return max(self.plot(3) - self.nr_seeds, 0)

    def added(self) -> list[str]:
        return super().added() + [str(path) for path in self.out.glob("*/queue/id*")
                                  if ",orig:" not in path.name and ",sync:" not in path.name]

    def plot(self, column: int) -> int:
        """The last value of a column of AFL++'s plots, of all processes the largest."""
        most = 0
        for path in self.out.glob("*/plot_data"):
            cells = findings.read(path).rstrip().split("\n")[-1].split(",")
            if not cells[0].startswith("#") and len(cells) > column:
                most = max(most, int(float(cells[column])))
        return most

    def ended(self, job: int, how: int) -> bool:
        """A process that has ended before its time did so for a reason."""
        if not self.ending and not self.rescue(job, ""):
            self.fail(f"a process of {self.target} ended with status {how}",
                      self.log / f"afl-{job}.log")
        return False

    def poll(self) -> None:
        """New files that AFL++ calls crashes and hangs. What replays without a finding is one,
        too."""
        paths = [path for kind in ("crashes", "hangs") for path in self.out.glob(f"*/{kind}/id*")
                 if str(path) not in self.taken]
        if not paths:
            return
        fresh = empty_folder(self.out.with_name(self.target + ".fresh"))
        for path in paths:
            self.taken.add(str(path))
            shutil.copyfile(path, fresh / findings.hash_of(path))
        self.judge(fresh, self.hurry)
        for entry in os.scandir(fresh):
            self.keep_input(entry.path)

    def finish(self) -> None:
        """What is new in the queues, under the sanitizers; what passes is for the next run."""
        self.poll()
        new = empty_folder(self.out.with_name(self.target + ".new"))
        for path in self.out.glob("*/queue/id*"):
            if ",orig:" not in path.name and ",sync:" not in path.name:
                shutil.copyfile(path, new / findings.hash_of(path))
        self.judge(new, self.hurry)
        for entry in os.scandir(new):
            shutil.move(entry.path, self.work / entry.name)
        (self.out / JUDGED).touch()
        self.whatsup()

    def judge(self, folder: Path, until) -> None:
        """Runs the files of a folder with sanitizers. Those that break a rule are crashes, a few
        of each rule, and leave the folder and the working corpus; so do those that a sanitizer
        ends the process for."""
        if not count_files(folder):
            return
        tool, log = self.session.tool(self.target), self.log / "judge"
        said = jobs.run([tool, "run", "--target", self.target, "--hash", str(folder)], errors=log,
                        until=until)
        for rule, path in re.findall(r"^(finding:\S+) +(.*)$", said.output, re.MULTILINE):
            self.seen[rule] += 1
            if self.seen[rule] <= OF_EACH_RULE:
                self.keep_input(path)
            self.drop(path)
        if SANITIZER_SAYS.search(findings.read(log)):
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                if jobs.run([tool, "run", "--target", self.target, entry.path], until=until).status:
                    self.keep_input(entry.path)
                    self.drop(entry.path)

    def drop(self, path: str) -> None:
        os.unlink(path)
        (self.work / os.path.basename(path)).unlink(missing_ok=True)

    def keep_input(self, path: str) -> None:
        """A file that is known to break a rule becomes a crash."""
        done = jobs.run([self.session.tool(self.target), "run", "--target", self.target, path])
        text = done.output
        if not done.status:
            text += f"SIGNATURE not seen when replayed: {os.path.basename(path)}\n"
        self.keep_file(path, text)

    def whatsup(self) -> None:
        """Of what AFL++ says at the end, the lines that tell something; stability must be 100 %."""
        said = jobs.run(["afl-whatsup", "-s", "-d", str(self.out)], errors=False).output
        print(f"\n{self.target}: afl-whatsup")
        for line in re.sub(r"\x1b\[[0-9;]*m", "", said).splitlines():
            if re.match(r" *(Total|Cumulative|Pending|Crashes)", line):
                print("  " + line.lstrip())
        stats = "".join(map(findings.read, self.out.glob("*/fuzzer_stats")))
        for value in sorted(set(re.findall(r"^stability *: *(.*)$", stats, re.MULTILINE))):
            print(f"  stability : {value}")
            self.unstable = self.unstable or value != "100.00%"


def empty_folder(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    if not shutil.which("afl-fuzz"):
        raise Inconclusive("AFL++ is not installed (make setup AFL=1)")
    one, program = session("afl", "afl")
    folder = tree.build_folder()
    build.make(f"{folder}/afl/mutator.so")
    if variables.flag("CMPLOG"):
        build.make(*(f"{folder}/afl-cmplog/{target}" for target in one.targets))
    words, said = settings()
    for sentence in said:
        print(f"afl: {sentence}")
    one.fuzz_all(lambda target: Afl(one, target, program(target), words),
                 Limit(variables.number("TIME")))
    unstable = [engine.target for engine in one.engines if engine.unstable]
    if unstable:
        print(f"\nstability is not 100 %, the same input did not do the same: {' '.join(unstable)}")
    return one.finish()
