# SPDX-License-Identifier: GPL-2.0-only
"""make fuzz: fuzzes TARGET for TIME seconds with JOBS processes of libFuzzer, then says PASS or
shows each distinct crash. Ctrl-C ends it the same way, and so does a reader that goes away.

  corpus/<target>/      read, never written
  build/work/<target>/  new inputs; the processes share it, the next run starts from it
                        (a drop-in has its own, and starts from this one as well)
  crashes/<target>/     inputs that crashed, the smallest of each signature
  crashes/about/        the report of each, and where it came from
  build/log/<target>/   what the engines said, until the next start

KERNEL=tree fuzzes mm/page_alloc.c of that kernel tree instead, in a place of its own below
build/kernel/ (docs/kernel.md).
BUG=name fuzzes the core with that bug of bugs/ planted, from an empty corpus.
MUTATOR=0 leaves mutation to libFuzzer, which sees bytes where fuzz/mutator/ sees records.
"""
from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

from spb import findings, jobs, status
from spb.fuzzing.engine import MAX_LEN, Engine, count_files, last_number
from spb.fuzzing.session import Limit, Session, session
from spb.kernel import harness
from spb.status import Usage
from spb.variables import number

SWEEP_EACH = 10  # crashes of a rule that are looked at: they show its signatures
INTERRUPTED = 72  # libFuzzer's status
# What a process of a session and of a trial have in common: quick parents are preferred.
ENGINE_FLAGS = ["-timeout=25", "-rss_limit_mb=2560", "-use_value_profile=0",
                "-entropic_scale_per_exec_time=1",
                # Its search for rare features was two thirds of a session that begins with nothing.
                "-entropic_feature_frequency_threshold=16", "-print_final_stats=1"]


class LibFuzzer(Engine):
    def __init__(self, session: Session, target: str, program: str, max_len: int) -> None:
        super().__init__(session, target)
        self.program, self.max_len = program, max_len
        self.swept = False

    def prepare(self) -> None:
        super().prepare()
        self.nr_seeds = count_files(self.seeds)

    def command(self, job: int) -> tuple[list[str], dict[str, str], Path]:
        dictionary = Path("dict", self.target + ".dict")
        argv = [self.program, f"-artifact_prefix={self.session.crashes.folder}/{self.target}/",
                f"-max_len={self.max_len}", "-reload=1", *ENGINE_FLAGS,
                str(self.work), str(self.seeds)]
        if dictionary.exists() and dictionary.stat().st_size:
            argv.insert(1, f"-dict={dictionary}")
        return argv, jobs.environment(SPBFUZZ_REACH=str(self.reach)), self.log / f"{job}.log"

    def functions(self) -> str:
        if not harness.wanted():
            return ""
        from spb.kernel import coverage
        return coverage.summary(self.program, [str(self.work), str(self.seeds)])

    def logs(self) -> list[str]:
        return [findings.read(path) for path in self.log.glob("[0-9]*.log")]

    def is_seeded(self, job: int) -> bool:
        return "\tINITED " in findings.read(self.log / f"{job}.log")

    def seeds_executed(self) -> int:
        return min(self.nr_seeds, max(map(_executions, self.logs()), default=0))

    def executed(self) -> int:
        return sum(max(0, _executions(text) - last_number(r"(?m)^#(\d+)\tINITED ", text))
                   for text in self.logs())

    def edges(self) -> int:
        return max((last_number(r" cov: (\d+) ", text) for text in self.logs()), default=0)

    def ended(self, job: int, how: int) -> bool:
        log = self.log / f"{job}.log"
        text = findings.read(log)
        written = re.findall(r"Test unit written to (.*)", text)
        crash = written[-1] if written and "/slow-unit-" not in written[-1] else ""
        if crash and os.path.exists(crash) and findings.is_whole(crash):
            data = Path(crash).read_bytes()
            self.keep(text, crash)
            if "\tINITED " not in text:
                self.drop_seed(data)
        elif crash:
            self.missing(job, text, crash)
        elif how not in (0, INTERRUPTED) and not self.ending and not self.rescue(job, text):
            self.fail(f"the engine of {self.target} ended with status {how}", log)
        return True

    def keep(self, text: str, crash: str) -> None:
        try:
            self.session.crashes.keep(self.target, text, crash)
        except OSError as error:
            self.session.fails(status.why(error))

    def missing(self, job: int, text: str, crash: str) -> None:
        """The engine says that it has written a crash, and that is not there, or not whole."""
        torn = os.path.exists(crash)
        if torn:
            os.unlink(crash)
        elif (self.target, findings.signature(text)) in self.session.crashes.found:
            # Another process met the same input, and it was not worth keeping.
            self.session.say("a crash that is known")
            return
        if not self.rescue(job, text, os.path.basename(crash).rpartition("-")[2]):
            self.fail(f"{crash} could not be written", self.log / f"{job}.log")

    def drop_seed(self, data: bytes) -> None:
        """An input of the corpus that crashes would end each process at its start: it is left
        out (the crash is kept), from now on and for the working corpus for good. The engine
        may have cut it."""
        for folder in (self.seeds, self.work):
            for entry in list(os.scandir(folder)):
                if entry.is_file() and Path(entry.path).read_bytes()[:self.max_len] == data:
                    os.unlink(entry.path)
        if not self.swept:
            self.swept = True
            self.sweep_seeds()

    def sweep_seeds(self) -> None:
        """Where one input of the corpus breaks a rule, others will: find them all at once
        rather than with one start of an engine each."""
        files = [entry.path for folder in (self.seeds, self.work) for entry in os.scandir(folder)]
        tool, seen = self.session.tool(self.target), Counter()
        if not files:
            return
        said = jobs.run([tool, "run", "--target", self.target, "--hash", *sorted(files)],
                        errors=False, until=lambda: self.session.stopping)
        for rule, path in re.findall(r"^(finding:\S+) +(.*)$", said.output, re.MULTILINE):
            seen[rule] += 1
            if seen[rule] <= SWEEP_EACH:
                text = jobs.run([tool, "run", "--target", self.target, path]).output
                self.keep_file(path, text)
            os.unlink(path)


def _executions(text: str) -> int:
    """How many programs a process has executed, by its log."""
    return max(last_number(r"stat::number_of_executed_units: (\d+)", text),
               last_number(r"(?m)^#(\d+)\t", text))


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    one, program = session("fuzz", "fuzz")
    one.fuzz_all(lambda target: LibFuzzer(one, target, program(target), MAX_LEN),
                 Limit(number("TIME")))
    return one.finish()
