# SPDX-License-Identifier: GPL-2.0-only
"""make engines: executions per second of CPU time of each engine on each target and on the
target that does nothing, each from the committed corpus for about TIME / 50 CPU seconds, and
AFL++'s stability. Prints the table of docs/engines.md.
"""
from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

from spb import build, findings, jobs, status, tree, variables
from spb.fuzzing.engine import MAX_LEN, last_number
from spb.status import Inconclusive, Usage

HEAD = ["", "libFuzzer, ASan and UBSan", "libFuzzer", "AFL++, mutator", "AFL++, bytes",
        "AFL++'s stability", "replayer, clang -O2", "replayer, ASan and UBSan"]
SETTINGS = {name: "1" for name in (
    "AFL_NO_UI", "AFL_QUIET", "AFL_NO_AFFINITY", "AFL_SKIP_CPUFREQ", "AFL_FAST_CAL",
    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "AFL_NO_STARTUP_CALIBRATION")}
BENCH_MS = 200


def rate(runs: float, seconds: float) -> str:
    return f"{runs / seconds:.0f}" if runs and seconds > 0 else "-"


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def cpu_of_tree(root: int) -> float:
    """CPU seconds of a process and all below it: what afl-fuzz starts it does not wait for."""
    parent, ticks = {}, {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            fields = findings.read(f"/proc/{name}/stat").rpartition(") ")[2].split()
        except ProcessLookupError:
            continue  # it has ended
        if fields:
            parent[int(name)] = int(fields[1])
            ticks[int(name)] = int(fields[11]) + int(fields[12])

    def below(pid: int) -> bool:
        while pid in parent and pid != root:
            pid = parent[pid]
        return pid == root

    return sum(ticks[pid] for pid in ticks if below(pid)) / os.sysconf("SC_CLK_TCK")


class Rates:
    def __init__(self, seconds: int) -> None:
        self.folder, self.seconds = tree.build_folder(), seconds
        self.scratch = Path(self.folder, "engines")
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.log = self.scratch / "log"

    def libfuzzer(self, variant: str, target: str, seeds: str) -> str:
        work = self.scratch / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        done = jobs.run([f"{self.folder}/{variant}/{target}", f"-max_total_time={self.seconds}",
                         f"-max_len={MAX_LEN}", "-seed=1", "-print_final_stats=1", str(work),
                         seeds], output=self.log)
        runs = last_number(r"stat::number_of_executed_units: *(\d+)", findings.read(self.log))
        return rate(runs, done.cpu_seconds)

    def afl(self, target: str, seeds: str, library: str = "") -> tuple[str, str]:
        """Return: executions per second, and the stability."""
        out = self.scratch / "afl"
        shutil.rmtree(out, ignore_errors=True)
        environment = jobs.environment(**SETTINGS)
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            environment.pop(name, None)
        if library:
            environment["AFL_CUSTOM_MUTATOR_LIBRARY"] = os.path.abspath(library)
        with open(self.log, "wb") as said:
            process = jobs.start(["afl-fuzz", "-V", str(self.seconds * 2), "-m", "none",
                                  "-t", "10000", "-G", str(MAX_LEN), "-i", seeds, "-o", str(out),
                                  "--", f"{self.folder}/afl/{target}"],
                                 env=environment, stdout=said, stderr=said)
        cpu = 0.0
        try:
            while process.poll() is None:
                if jobs.stopped():
                    raise jobs.Stopped
                cpu = max(cpu, cpu_of_tree(process.pid))
                time.sleep(0.1)
        finally:
            jobs.ended(process)
            process.wait()
        stats = findings.read(out / "default/fuzzer_stats")
        stability = re.search(r"^stability *: *(.*)$", stats, re.MULTILINE)
        return rate(last_number(r"execs_done *: *(\d+)", stats), cpu), \
            stability[1] if stability else "-"

    def replays(self, variant: str, target: str, seeds: str) -> str:
        """Of the corpus, with all oracles."""
        done = jobs.run([f"{self.folder}/{variant}/spbfuzz", "bench", "--ms", str(BENCH_MS),
                         "--target", target, seeds], errors=False)
        figures = dict(re.findall(r"^(\S+-runs/s) +(\S+)", done.output, re.MULTILINE))
        return figures.get("detector-model-runs/s", figures.get("model-runs/s", "-"))

    def line(self, target: str) -> str:
        empty = target == "empty"
        seeds = "corpus/alloc" if empty else f"corpus/{target}"
        replayers = ("race" if tree.counts_accesses(target) else "clang", build.checked(target))
        aimed, _ = self.afl(target, seeds, f"{self.folder}/afl/mutator.so")
        bytewise, stability = self.afl(target, seeds)
        return row([target, self.libfuzzer("fuzz", target, seeds),
                    self.libfuzzer("plain", target, seeds), aimed, bytewise, stability,
                    *("-" if empty else self.replays(variant, target, seeds)
                      for variant in replayers)])


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    if not shutil.which("afl-fuzz"):
        raise Inconclusive("AFL++ is not installed (make setup AFL=1)")
    folder, targets = tree.build_folder(), tree.chosen_targets()
    build.make("build-bench", f"{folder}/afl/mutator.so",
               *(f"{folder}/{variant}/{target}" for variant in ("fuzz", "plain", "afl")
                 for target in [*targets, "empty"]))
    rates = Rates(max(2, variables.number("TIME") // 50))
    print(build.machine())
    print(row(HEAD))
    print("|" + "---|" * len(HEAD))
    for target in [*targets, "empty"]:
        print(rates.line(target))
    return status.PASS
