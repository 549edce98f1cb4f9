# SPDX-License-Identifier: GPL-2.0-only
"""make determinism: the trace hash of every committed input (corpus/, crashes/) is the same

  with gcc and clang, -O2 and -O0, with and without sanitizers,
  under libFuzzer, under AFL++ (when it is installed) and without an engine,
  forwards, backwards and shuffled, and with garbage in place of what the program before left,

and each crash, those of the planted bugs (bugs/*/*.spbt) among them, gives the same report, to
the last character, REPLAYS times out of REPLAYS. Targets whose schedules count memory accesses
are compared on the builds that have the hooked core, which is one object for all of them, and
their other programs on all builds.

What was equal is not compared again while the programs, their builds and REPLAYS are as they
were (build/proofs/determinism-*/), so that it can be ended at any time and goes on from there.

SAMPLE=n: so many inputs of each target and so many bugs (make check does that).
BUG=names: the crashes of these bugs alone; BUG='*': those of all of them (make nightly).
"""
from __future__ import annotations

import os
import shutil
import sys

from spb import build, jobs, plant, sample, status, tree, variables
from spb.determinism import hashes, reports
from spb.lines import Lines
from spb.status import Usage

REPLAYS = 1000


def _has_afl() -> bool:
    return bool(shutil.which("afl-fuzz") and shutil.which(variables.get("AFL_CLANG")))


def _number() -> int:
    text = variables.get("SAMPLE")
    if text and not text.isdigit():
        raise Usage(f"SAMPLE={text} is not a number")
    return int(text or 0)


def _bugs() -> list[plant.Bug]:
    """Those of BUG=, or a sample; of those that have a program."""
    bugs = [bug for bug in plant.named(variables.get("BUG")) if bug.program.exists()]
    return bugs if variables.get("BUG") else sample.of(bugs, _number(), name=lambda bug: bug.name)


def _crashes() -> list[tuple[str, str]]:
    """Accepted crashes that still are one, with their targets. (One that is none: its hash is
    compared, as that of any input.)"""
    found = []
    for target in tree.fuzz_targets():
        files = [name for name in tree.git_files(f"crashes/{target}") if tree.is_input(name)]
        while files:
            said = jobs.run([build.replayer(target), "run", "--target", target, "--hash", *files],
                            errors=False).output
            seen = hashes.parse_tool(said)
            crashed = [name for name in files if seen.get(name, "").startswith("finding:")]
            left = [name for name in files if name not in seen]
            found += [(name, target) for name in crashed + left[:1]]  # that ended the process
            files = left[1:]
    return found


def _replay_bug(bug: plant.Bug) -> reports.Verdict:
    there = os.path.exists(bug.dir / "spbfuzz")
    try:
        tool = bug.tool()
    except plant.DoesNotBuild as why:
        return reports.Verdict(False, str(why))
    verdict = reports.replay(tool, bug.target, str(bug.program), _replays(), _number() == 0)
    if not there:
        os.unlink(tool)  # a gigabyte, for all of them
    return verdict


def _replay_crash(crash: tuple[str, str]) -> reports.Verdict:
    file, target = crash
    return reports.replay(build.replayer(target), target, file, _replays(), _number() == 0)


def _replays() -> int:
    return variables.number("REPLAYS", REPLAYS)


def _compare(lines: Lines) -> None:
    afl = _has_afl()
    if not afl:
        print("AFL++ is not installed (make setup AFL=1): its engine is left out")
    hashes.build_all(afl)
    hashes.compare(lines, _number(), afl)


def _all(lines: Lines) -> None:
    bugs = _bugs()
    if not variables.get("BUG"):
        _compare(lines)
        for _, verdict in jobs.each(_crashes(), _replay_crash):
            lines.result(verdict.good, verdict.text)
    build.make(*sorted({build.replayer(bug.target) for bug in bugs}))
    for _, verdict in jobs.each(bugs, _replay_bug):
        lines.result(verdict.good, verdict.text)


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no command {' '.join(arguments)}")
    lines = Lines("determinism")
    try:
        _all(lines)
    except jobs.Stopped:
        print("determinism: stopped; what was equal so far is remembered", file=sys.stderr)
        return status.INCONCLUSIVE
    return status.FINDING if lines.failed else status.PASS
