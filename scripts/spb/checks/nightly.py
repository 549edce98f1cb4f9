# SPDX-License-Identifier: GPL-2.0-only
"""make nightly: what is sampled in make check and in continuous integration, as a whole.

The steps are in docs/budgets.md, which this list is compared with. A step that passed is not
made again while the sources, variables and steps are as they were (build/proofs/nightly/), so
Ctrl-C loses the step under way and nothing else. build/nightly/<step>.log has what a step said.

    scripts/run nightly [STEP...]   these steps alone
    scripts/run nightly --list      what there is
"""
from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from spb import jobs, status, tree, variables
from spb.disk import proof
from spb.status import Usage

TELL_SECONDS = 30  # how often a step under way is shown to live
SHOWN = 30  # lines of a step that fails


@dataclass(frozen=True)
class Step:
    """Words: of scripts/run. Whole: what it is the whole of, or what it is for."""
    name: str
    words: str
    whole: str


STEPS = [
    Step("check", "check ALL=1", "the programs of all planted bugs, all planted races"),
    Step("determinism", "determinism", "all committed inputs, and all reports of planted bugs"),
    Step("bugs", "bugs TRIALS=1 LEAST=95", "all planted bugs, one trial each"),
    Step("mutants", "mutants SAMPLE=150 FUZZ=0 LEAST=80", "150 mutants by corpus and seeds"),
    Step("triage-truth", "triage-truth EACH=2 LEAST=80", "signatures of crashes of all bugs"),
    Step("schedules", "schedules BOUND=1", "all pairs on all states"),
    Step("exhaustive", "exhaustive DEPTH=4", "all programs of so many operations"),
    Step("coverage", "coverage", "the lines that the corpus runs"),
    Step("fuzz", "fuzz TIME=300", "a longer session from the corpus"),
    Step("afl", "afl TIME=120", "the same with AFL++"),
    Step("threads", "threads TIME=60", "the same programs on real threads"),
    Step("kernel-source", "kernel-source VERSION=6.12", "a tree for the next five"),
    Step("kernel-check", "check KERNEL=build/kernel-source/6.12",
         "each program has one hash there"),
    Step("kernel-fuzz", "fuzz KERNEL=build/kernel-source/6.12 TIME=300", "a longer session there"),
    Step("kernel-bugs", "bugs KERNEL=build/kernel-source/6.12 TIME=20 TRIALS=1 LEAST=90",
         "all mistakes of bugs/kernel/, one trial each"),
    Step("kernel-mutants", "mutants KERNEL=build/kernel-source/6.12 SAMPLE=20 LEAST=60",
         "20 mutants of a kernel's page allocator, replayed and fuzzed"),
    Step("kernel-clean-runs", "clean-runs KERNEL=build/kernel-source/6.12 RUNS=50000",
         "so many programs on a kernel, without a finding"),
    Step("kernel-older", "kernel-source VERSION=6.1", "an older tree"),
    Step("kernel-older-fuzz", "fuzz KERNEL=build/kernel-source/6.1 TIME=180",
         "that shows nothing but what it is known for: docs/kernel-known/6.1"),
]


def _chosen(names: list[str]) -> list[Step]:
    known = {step.name: step for step in STEPS}
    for name in names:
        if name not in known:
            raise Usage(f"no step {name}; there are: {' '.join(known)}")
    return [known[name] for name in names] or STEPS


class Telling:
    """Says from time to time that a step goes on, with its last line."""

    def __init__(self, step: Step, log: Path) -> None:
        self.step, self.log = step, log
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._tell, daemon=True)

    def _tell(self) -> None:
        began = time.monotonic()
        while not self.over.wait(TELL_SECONDS):
            lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
            last = lines[-1].strip()[:70] if lines else "begun"
            print(f"  {self.step.name} {time.monotonic() - began:.0f} s: {last}")

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_) -> None:
        self.over.set()
        self.thread.join()


def _run_step(step: Step) -> jobs.Result:
    log = Path(tree.build_folder()) / "nightly" / f"{step.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    print(f"+ scripts/run {step.words}")
    with Telling(step, log):
        ended = jobs.run([sys.executable, "scripts/run", *step.words.split()], output=log)
    passed = ended.status == status.PASS
    print(f"{step.name:<18}{'passed' if passed else f'status {ended.status}'}"
          f"{ended.seconds:8.0f} s{ended.cpu_seconds:8.0f} CPU s")
    if not passed:
        print(*log.read_text(errors="replace").splitlines()[-SHOWN:], sep="\n  ")
        print(f"  everything it said: {log}")
    return ended


def run(arguments: list[str]) -> int:
    if "--list" in arguments:
        for step in STEPS:
            print(f"{step.name:<18}{step.words:<36}{step.whole}")
        return status.PASS
    done = proof.Proof("nightly", [], sources=tree.hash_of_sources(), variables=variables.key())
    passed = failed = 0
    began = time.monotonic()
    for step in _chosen(arguments):
        if done.get(step.name) == step.words + "\n":
            print(f"{step.name:<18}passed before, of these sources")
            passed += 1
            continue
        ended = _run_step(step)
        if ended.status == status.PASS:
            done.note(step.name, step.words)
        passed, failed = passed + (not ended.status), failed + bool(ended.status)
    print(f"{(time.monotonic() - began) / 60:.1f} min")
    print(f"{passed} passed, {failed} failed")
    return status.FINDING if failed else status.PASS
