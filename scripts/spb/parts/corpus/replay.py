# SPDX-License-Identifier: GPL-2.0-only
"""Corpus and accepted crashes: no finding, and the same trace hashes with every build, forwards
and backwards. Schedules that count memory accesses run on builds with access hooks alone; the
other programs of their targets give there what they give elsewhere."""
from __future__ import annotations

from pathlib import Path

from spb import build, jobs, tree
from spb.lines import Lines

SECONDS = 600
# Variant and order, after the first one, which is gcc forwards.
BUILDS = [("gcc", True), ("gcc-O0", False), ("clang", False), ("asan", False), ("asan", True)]
HOOKED = [("race", True), ("race-asan", False), ("race-asan", True), ("race-ucontext", False)]
# Frames are then on stacks that ASan has made.
FAKE_STACKS = "detect_stack_use_after_return=1"
NEEDS_HOOKS = "needs-access-hooks "


class Replay:
    """One target's inputs on one build after the other."""

    def __init__(self, lines: Lines, target: str) -> None:
        self.lines, self.target = lines, target
        self.inputs = tree.inputs(target)

    def hashes(self, variant: str, backwards: bool = False,
               options: str = "") -> tuple[list[str], jobs.Result]:
        """A line per input, sorted by name, and how the replayer ended."""
        words = [build.tool(variant), "run", "--target", self.target,
                 "--hash", *(["--reverse"] if backwards else []), *self.inputs]
        more = {"ASAN_OPTIONS": f"{jobs.ASAN_OPTIONS}:{options}"} if options else {}
        ended = jobs.run(words, wall=SECONDS, errors=False, env=jobs.environment(**more))
        return sorted(ended.output.splitlines(), key=lambda line: line.split(None, 1)[1:]), ended

    def compare(self, reference: list[str], variant: str, backwards: bool,
                options: str = "") -> None:
        found, ended = self.hashes(variant, backwards, options)
        how = f"{variant}{', backwards' if backwards else ''}{' ' + options if options else ''}"
        if found == reference and ended.status == 0:
            self.lines.ok(f"{self.target}: {how} gives the same hashes")
            return
        differing = sorted(set(reference) ^ set(found))
        self.lines.not_ok(f"{self.target}: {how} differs from the first (status {ended.status})",
                          [*differing[:6], f"alone: {build.tool(variant)} run "
                           f"--target {self.target} --hash corpus/{self.target}"])

    def run(self) -> None:
        if not self.inputs:
            self.lines.not_ok(f"{self.target}: no inputs")
            return
        reference, ended = self.hashes("gcc")
        if ended.status or len(reference) != len(self.inputs):
            self.lines.not_ok(f"{self.target}: {len(reference)} of {len(self.inputs)} inputs are "
                              f"replayed with gcc, status {ended.status}", reference[-5:])
            return
        for line in reference:
            self.lines.ok(f"replay {line}")
        for variant, backwards in BUILDS:
            self.compare(reference, variant, backwards)
        if tree.counts_accesses(self.target):
            self.run_hooked(reference)

    def run_hooked(self, reference: list[str]) -> None:
        found, ended = self.hashes("race")
        others = {line for line in reference if not line.startswith(NEEDS_HOOKS)}
        self.lines.result(ended.status == 0 and others <= set(found),
                          f"{self.target}: {len(others)} programs with lock-point schedules are "
                          "the same with the hooked core", sorted(others - set(found)))
        for variant, backwards in HOOKED:
            self.compare(found, variant, backwards)
        self.compare(found, "race-asan", False, FAKE_STACKS)


def run(lines: Lines, scratch: Path) -> None:
    for target in tree.fuzz_targets():
        Replay(lines, target).run()
