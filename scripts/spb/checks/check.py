# SPDX-License-Identifier: GPL-2.0-only
"""make check: every part of the checks, a line each, then "N passed, M failed".

    scripts/run check [PART...]   these parts alone; without a name, those that are worth their time
                                  before each commit (ALL=1: all, and no samples)
    scripts/run check --list      what there is
    scripts/run part PART         one part, with all that it says and without building first

A part is a process that prints "ok ..." and "not ok ..." lines; one more than JOBS of them run at
once, since some wait more than they compute (python: 60 of 137 s). What they build is built before,
since two makes must not write the same objects. build/check/PART/ has what a part says, and what
it makes. Parts that use the same thing of the tree wait for each other. KERNEL=tree checks a kernel
tree instead: scripts/spb/kernel/check.py.
"""
from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from spb import build, jobs, lines, status, tree, variables
from spb.disk import alone
from spb.kernel import harness
from spb.status import Usage

SHOWN = 60  # lines of a part that fails
SECONDS = 1500  # after which a part hangs


@dataclass(frozen=True)
class Part:
    """Module: of spb.parts, with a run(lines, scratch); else the words of a program. Dropin:
    it makes sense in a build with drop-ins, too. Later: continuous integration runs it, and who
    asks for it, or for ALL=1. Uses: what it fills and empties that another part does, too."""
    name: str
    sentence: str
    module: str = ""
    words: tuple[str, ...] = ()
    dropin: bool = False
    later: bool = False
    uses: str = ""


# What takes longest begins first.
PARTS = [
    Part("reports", "planted races give the same reports everywhere", words=("tests/reports.sh",),
         later=True),
    Part("dropin", "any function of the core can be replaced; drop-ins that are wrong are found",
         module="dropin"),
    Part("python", "unit tests of scripts/spb", words=("tests/python/run.py",), dropin=True),
    Part("way", "a planted bug, from an empty corpus to its smallest program, with both engines",
         module="crashes.way", later=True, uses="crashes"),
    Part("abuses", "wrong arguments, full disks, kill -9, trees of others: a sentence, and nothing "
                   "is lost", module="abuses.real", later=True, uses="crashes"),
    Part("kernel", "a tree that make kernel-source fetched: what refuses it, and the walk of "
                   "docs/kernel.md", module="kernel", later=True),
    Part("folders", "triage and distil: what a second run changes, and when something goes wrong",
         module="abuses.folders"),
    Part("bugs", "planted bugs apply and compile; the programs of a sample (all with ALL=1) are "
                 "clean on the core, and show the bug where it is planted",
         words=("scripts/run", "bugs", "check")),
    Part("replay", "corpus and accepted crashes: no finding, and the same trace hashes with gcc "
                   "-O2, gcc -O0, clang and sanitizers, forwards and backwards",
         module="corpus.replay", dropin=True),
    Part("export", "programs in C out of findings fail as the finding did; a bundle replays in a "
                   "fresh clone", module="crashes.export", later=True),
    Part("pages", "pages about findings, in a browser without a window: no error, no request, keys",
         module="crashes.pages"),
    Part("schedules", "every schedule of pairs of operations, in short; pruning loses nothing",
         words=("scripts/schedules.sh", "check")),
    Part("determinism", "a sample of make determinism: engines, order, replays of planted bugs",
         words=("scripts/run", "determinism", "SAMPLE=8", "REPLAYS=100")),
    Part("truth", "signatures tell planted bugs apart, a sample of make triage-truth",
         module="crashes.truth"),
    Part("afl", "targets build and run with AFL++", words=("tests/afl.sh",)),
    Part("files", "the spbfuzz command: bad input; a full disk, a kill at each file operation",
         module="abuses.files"),
    Part("threads", "make threads for a moment: nothing on the clean core, a planted race is "
                    "reported", words=("scripts/run", "threads", "check")),
    Part("exhaustive", "short programs, all of them: the same states however they are found",
         words=("scripts/exhaustive.sh", "check")),
    Part("races", "programs of planted races (a sample; all with ALL=1) replay 100 of 100 times "
                  "with one signature, and keep it when they are minimised",
         words=("scripts/run", "bugs", "races")),
    Part("unit", "cmocka tests, built with gcc and with clang and sanitizers", module="unit",
         dropin=True),
    Part("gates", "what holds for the whole tree", module="gates", dropin=True),
    Part("tool", "the spbfuzz command: statuses and messages", module="abuses.tool"),
    Part("min", "the minimiser on a planted bug", module="crashes.minimise"),
    Part("seeds", "text programs: survive show and asm, reach what their head names",
         module="corpus.seeds", dropin=True),
    Part("format", "committed inputs decode to what they were, reach what they did",
         module="corpus.format", dropin=True),
    Part("rules", "each rule is put to the test by the corpus", module="corpus.rules", dropin=True),
    Part("policies", "corpus under changed policies: all rules hold, differences are explained",
         module="corpus.policies", dropin=True),
    Part("share", "programs of relax and callers that reach the relax sequence",
         module="corpus.share", dropin=True),
    Part("import", "the imported part of the corpus reaches half of the search steps",
         module="corpus.imported", dropin=True),
    Part("overhead", "what calls cost does not grow with the zone, but for the walks as posted",
         module="overhead"),
    Part("lab", "traces at real size: the same report twice, and books that agree", module="lab"),
    Part("canaries", "each sanitizer still finds what it is there for", module="canaries",
         dropin=True),
]


def part_of(name: str) -> Part:
    for part in PARTS:
        if part.name == name:
            return part
    raise Usage(f"no part {name}; there are: {' '.join(part.name for part in PARTS)}")


def scratch_of(part: Part) -> Path:
    return Path(tree.build_folder()) / "check" / part.name


class Report:
    """The line of each part, and the sum."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def add(self, part: Part, ended: jobs.Result) -> None:
        log = scratch_of(part).with_suffix(".log")
        text = log.read_text(errors="replace")
        passed, failed = lines.count(text)
        skipped = [line for line in text.splitlines() if line.startswith("skip ")]
        if ended.timed_out or (ended.status and not failed) or not passed + failed + len(skipped):
            failed += 1
            why = f"more than {SECONDS} s" if ended.timed_out else f"status {ended.status}"
            text += f"\nnot ok {part.name}: {passed} checks, and {why}\n"
            jobs.write_whole(log, text)
        print(f"{part.name:<12}{passed:5d} passed {failed:3d} failed {ended.seconds:5.0f} s" +
              (f"  {skipped[0]}" if skipped else ""))
        if variables.flag("V"):
            print(text, end="")
        elif failed:
            others = [line for line in text.splitlines() if not line.startswith("ok ")]
            print("\n".join(others[:SHOWN]))
            print(f"  alone: scripts/run check {part.name}; everything it said: {log}")
        self.passed += passed
        self.failed += failed


def _run_one(part: Part) -> jobs.Result:
    if not part.uses:
        return _run_it(part)
    with alone.in_turn(Path(tree.build_folder()) / "check" / f"{part.uses}.lock"):
        return _run_it(part)


def _run_it(part: Part) -> jobs.Result:
    scratch = scratch_of(part)
    scratch.parent.mkdir(parents=True, exist_ok=True)
    return jobs.run([sys.executable, "scripts/run", "part", part.name],
                    output=scratch.with_suffix(".log"), wall=SECONDS,
                    env=jobs.environment(JOBS="1", BUG="", TARGET="all", B=tree.build_folder()))


def run(arguments: list[str]) -> int:
    if "--list" in arguments:
        for part in PARTS:
            print(f"{part.name:<12} {part.sentence}")
        return status.PASS
    if harness.wanted():
        from spb.kernel import check
        return check.run()
    chosen = [part_of(name) for name in arguments] or [
        part for part in PARTS if not part.later or variables.flag("ALL")]
    began = time.monotonic()
    print("building")
    build.make("build-check")
    report = Report()
    for part, ended in jobs.each(chosen, _run_one, variables.number("JOBS") + 1):
        report.add(part, ended)
    left = " ".join(part.name for part in PARTS if part.later and part not in chosen)
    if left and not arguments:
        print(f"left to continuous integration: scripts/run check {left}")
    minutes, seconds = divmod(int(time.monotonic() - began), 60)
    print(f"{minutes} min {seconds} s")
    print(f"{report.passed} passed, {report.failed} failed")
    return status.FINDING if report.failed else status.PASS
