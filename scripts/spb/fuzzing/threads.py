# SPDX-License-Identifier: GPL-2.0-only
"""make threads: the programs of race and walk on real threads, under ThreadSanitizer, for TIME
seconds: a second opinion on races (docs/threads.md). Not deterministic.

  TARGET=race|walk  one of them (default: both), from corpus/ and build/work/
  WORK=0            from corpus/ alone
  CRASH=file        that one program instead
  RUNS=n            each program so many times, at most for TIME seconds
  BUG=name          on the core with that bug of bugs/ planted

A finding of the harness ends a process; the next one goes on with other programs. Each kind of
report is listed once.

scripts/run threads check  is what make check does.
scripts/run threads table  each race of bugs/ for TIME seconds on the committed corpus, and what
                           the scheduler with its own detector says there
"""
from __future__ import annotations

import os
import re
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from spb import build, findings, jobs, lines, plant, status, tree, variables
from spb.bugs import tool as bug_tool
from spb.fuzzing.engine import count_files
from spb.status import Inconclusive, Usage

KILL_AFTER = 20  # seconds more than TIME: a program may hang for 10 of them
FIRST_STEP = 7   # programs from one process to the next, that not all begin with the same
CHECK_BUG = "race-drain-no-lock"


@dataclass(frozen=True)
class Report:
    kind: str
    first: str   # of a stack, the first function of the core; of a pair the smaller name
    second: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.first}" + (f" and {self.second}" if self.second else "")


class _Parser:
    """Reports of one log, and the program that ran. Of a stack, the first function of the core
    counts (or, if there is none, the first at all)."""

    def __init__(self) -> None:
        self.found: list[tuple[Report, str]] = []
        self.kind = ""

    def begin(self, kind: str) -> None:
        self.flush()
        self.kind, self.stack, self.program = kind, 0, "?"
        self.places: dict[int, tuple[str, bool]] = {}

    def flush(self) -> None:
        if self.kind:
            first, second = (self.places.get(n, ("", False))[0] for n in (1, 2))
            if second and second < first:
                first, second = second, first
            self.found.append((Report(self.kind, first, second), self.program))
        self.kind = ""

    def line(self, text: str) -> None:
        match = re.match(r"WARNING: ThreadSanitizer: (.*?)(?: \(.*)?$", text)
        if match or (match := re.search(r"ERROR: ThreadSanitizer: (\S+)", text)):
            self.begin(match[1])
        elif text.startswith("FINDING "):
            self.begin("finding")
        elif match := re.match(r"THREADS (hang|died)", text):
            self.begin(match[1])
        elif self.kind and text.startswith("SIGNATURE "):
            self.places[1] = (text.split()[1], True)
        elif match := re.match(r"THREADS program (.*)", text):
            self.program = match[1]
            self.flush()
        elif self.kind and self.kind != "finding":
            self.frame(text)

    def frame(self, text: str) -> None:
        match = re.match(r"    #(\d+) (\S+) (\S+)", text)
        if not match:
            return
        self.stack += match[1] == "0"
        is_core = "core/" in match[3]
        name, known = self.places.get(self.stack, ("", False))
        if self.stack in (1, 2) and (not name or (is_core and not known)):
            self.places[self.stack] = (match[2], is_core)


def reports(text: str) -> list[tuple[Report, str]]:
    parser = _Parser()
    for line in text.splitlines():
        parser.line(line)
    parser.flush()
    return parser.found


def compiler() -> str:
    """TSAN_CLANG, as make chooses it."""
    return jobs.run(["make", "--no-print-directory", "-s", "print-tsan-clang"]).output.strip()


def _symbolizer() -> str:
    named = jobs.run([compiler(), "-print-prog-name=llvm-symbolizer"], errors=False).output.strip()
    return shutil.which(named) or shutil.which("llvm-symbolizer") or ""


def built(bug: plant.Bug | None = None) -> str:
    if bug:
        return bug_tool.threads(bug)
    program = f"{tree.build_folder()}/threads/threads"
    build.make(program)
    return program


class Threads:
    """The program, how it is started, and what it runs."""

    def __init__(self, program: str, work: bool = True) -> None:
        self.program, self.work, self.start = program, work, []
        self.log = Path(tree.build_folder(), "log/threads")
        self.environment = jobs.environment(
            TSAN_OPTIONS="exitcode=1:history_size=4:second_deadlock_stack=1:"
                         f"external_symbolizer_path={_symbolizer()}")
        self.kinds: list[tuple[Report, int, str]] = []
        self.nr_runs = 0

    def prepare(self) -> str:
        """ThreadSanitizer wants its memory at fixed places: where the kernel spreads addresses
        too widely for it, without that. Return: why it does not run at all, or nothing."""
        for self.start in ([], ["setarch", "-R"]):
            if self.start and not shutil.which(self.start[0]):
                continue
            tried = jobs.run([*self.start, self.program, "--help"], env=self.environment, wall=20)
            if not tried.status:
                return ""
        return f"ThreadSanitizer does not run on this machine: {tried.output.split(chr(10))[0]}"

    def programs(self) -> list[str]:
        """What is run, as words for the program."""
        path = variables.get("CRASH")
        if path:
            return ["-t", tree.target_of(path), path]
        found = []
        for target in tree.chosen_targets(tree.race_targets()):
            for folder in tree.corpus_folders(target) + [f"build/work/{target}"] * self.work:
                if count_files(Path(folder)):
                    found += ["-t", target, folder]
        if not found:
            raise Inconclusive("there are no programs in corpus/ and build/work/")
        return found

    def run(self, seconds: int, runs: str = "") -> float:
        """Processes one after another, for so long or so many runs of each program.
        Return: the seconds that it took."""
        words = self.programs()
        shutil.rmtree(self.log, ignore_errors=True)
        self.log.mkdir(parents=True)
        began = time.monotonic()
        number = 0
        try:
            while True:
                left = round(seconds - (time.monotonic() - began))
                if left <= 0 or not self.run_once(number, left, runs, words):
                    break
                number += 1
        except jobs.Stopped:
            pass
        self.count()
        return time.monotonic() - began

    def run_once(self, number: int, left: int, runs: str, words: list[str]) -> bool:
        """One process. Return: whether there may be anything left to do."""
        log = self.log / f"{number}.log"
        done = jobs.run([*self.start, self.program, "-s", str(left), "-r", runs or "0",
                         "-f", str(FIRST_STEP * number), *words],
                        env=self.environment, output=log, wall=left + KILL_AFTER)
        text = findings.read(log)
        if done.status == status.USAGE:
            raise Inconclusive("\n".join(text.splitlines()[-3:]))
        if re.search("^THREADS end", text, re.MULTILINE):
            return False
        if done.timed_out:
            text += "THREADS hang: killed\n"
        elif not re.search(r"^(FINDING|THREADS hang|SUMMARY)|ThreadSanitizer:DEADLYSIGNAL", text,
                           re.MULTILINE):
            text += f"THREADS died: status {done.status}\n"
        jobs.write_whole(log, text)
        return not runs

    def count(self) -> None:
        texts = [findings.read(path) for path in sorted(self.log.glob("*.log"))]
        self.nr_runs = sum(int(runs) for text in texts
                           for runs in re.findall(r"(?m)^THREADS runs (\d+)", text))
        every = [found for text in texts for found in reports(text)]
        times, example = Counter(report for report, _ in every), dict(reversed(every))
        self.kinds = [(report, times[report], example[report]) for report in sorted(times, key=str)]

    def summary(self, seconds: float) -> int:
        for report, times, program in self.kinds:
            print(f"{times:6} x {report}, with {program}")
        total = sum(times for _, times, _ in self.kinds)
        print(f"{self.nr_runs} runs in {seconds:.0f} s, {self.nr_runs / max(seconds, 1):.0f} per "
              f"second; {total} reports of {len(self.kinds)} kinds")
        if total:
            print(f"what ThreadSanitizer said: {self.log}/*.log; one program again: make "
                  f"threads{variables.replay_words()} CRASH=<file>")
            return status.FINDING
        if not self.nr_runs:
            raise Inconclusive("no program was executed; give it more TIME")
        return status.PASS


def check() -> int:
    said = lines.Lines("threads")
    clean = Threads(built(), work=False)
    why = clean.prepare()
    if why:
        lines.skip("threads", why)
        return status.PASS
    symbols = {name: jobs.run(["nm", f"{tree.build_folder()}/threads/{name}.o"]).output
               for name in ("core/spb", "core/work")}
    harness = jobs.run(["nm", build.objects("threads", "fuzz/harness/owner/owner.c")[0]]).output
    said.result(" U __tsan_write" in symbols["core/spb"] and "__tsan_" not in harness and
                all(" U __tsan_atomic" in text for text in symbols.values()),
                "the core is instrumented, announced accesses are atomic, "
                "the harness is left alone")
    seconds = clean.run(4)
    said.result(not clean.kinds and clean.nr_runs > 0,
                f"the clean core: {clean.nr_runs} runs in {seconds:.0f} s",
                [str(report) for report, _, _ in clean.kinds])
    planted = Threads(built(plant.one(CHECK_BUG)), work=False)
    planted.prepare()
    planted.run(3)
    races = [str(report) for report, _, _ in planted.kinds if report.kind == "data race"]
    said.result(bool(races), f"{CHECK_BUG} planted: {(races or ['nothing'])[0]}")
    return status.FINDING if said.failed else status.PASS


def table_line(bug: plant.Bug, seconds: int) -> str:
    """What real threads say of a bug, and what the scheduler does: most frequent first."""
    threads = Threads(built(bug), work=False)
    why = threads.prepare()
    if why:
        raise Inconclusive(why)
    threads.run(seconds)
    seen = Counter()
    for report, times, _ in threads.kinds:
        kind = report.kind
        if kind == "finding":
            kind = report.first.split("/")[0]
        elif kind != "data race":
            kind = str(report)
        seen[kind] += times
    tool = bug.tool("race")
    own: Counter[str] = Counter()
    for target in tree.race_targets():
        text = jobs.run([tool, "run", "--target", target, *tree.inputs(target)], wall=100).output
        own.update(re.findall(r"(?m)^SIGNATURE ([^/\n]*)", text))
    cells = ["; ".join(name for name, _ in counter.most_common(most)) or "-"
             for counter, most in ((seen, 3), (own, 2))]
    return f"{bug.name:30} {cells[0]:42} {cells[1]}"


def table() -> int:
    seconds = variables.number("TIME")
    head = jobs.run(["git", "rev-parse", "--short", "HEAD"]).output.strip()
    os.environ["CLANG"] = compiler()
    print(f"WORK=0 TIME={seconds} scripts/run threads table at {head}, {build.machine()}")
    print(f"\n{'bug':30} {'real threads':42} own scheduler and detector")
    for bug in plant.named("race-*"):
        print(table_line(bug, seconds))
    return status.PASS


def run(arguments: list[str]) -> int:
    if arguments not in ([], ["run"], ["check"], ["table"]):
        raise Usage(f"no command {arguments[0]}; there are: check table")
    if variables.get("RULES"):
        raise Usage(f"RULES={variables.get('RULES')}: make threads takes none. A rule that is "
                    "switched off ends a program, and nothing can end one on real threads")
    if arguments == ["check"]:
        return check()
    if arguments == ["table"]:
        return table()
    bug = plant.one(variables.get("BUG")) if variables.get("BUG") else None
    tree.chosen_targets(tree.race_targets())  # before anything is built
    threads = Threads(built(bug), variables.flag("WORK"))
    why = threads.prepare()
    if why:
        raise Inconclusive(why)
    return threads.summary(threads.run(variables.number("TIME"), variables.get("RUNS")))
