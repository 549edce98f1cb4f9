# SPDX-License-Identifier: GPL-2.0-only
"""make check KERNEL=<tree>: the tree's object passes its self-test and boots every geometry, the
committed programs run to their ends, and each has one hash: in any order, alone or after others,
with garbage left behind, repeated, in the replayer and under the engine.

  SAMPLE=n  programs of each target that run in processes of their own (default 12)
  REPLAYS=n how often one program runs in one process (default 1000)

Lines of fuzz/kernel/race/meant.def that neither this nor a session of make fuzz has met are told,
which is no failure: what a corpus meets is chance.

What the tree's version is known for (docs/kernel-known/) ends a program and is no failure.
"""
from __future__ import annotations

import random
import re
from typing import Iterable

from spb import build, jobs, status, tree, variables
from spb.determinism.hashes import Hashes, parse_engine, parse_tool
from spb.kernel import harness, meant
from spb.lines import Lines
from spb.parts.corpus import rules

SAMPLE, REPLAYS, SEED = 12, 1000, 7
SECONDS = 600
SHOWN = 6


def hashes(target: str, files: list[str], *options: str, scramble: int = 0) -> Hashes:
    """What the replayer says of the files, in one process."""
    env = jobs.environment(**({"SPBFUZZ_SCRAMBLE": str(scramble)} if scramble else {}))
    argv = [harness.replayer(target), "run", "--target", target, "--hash", *options, *files]
    return parse_tool(jobs.run(argv, env=env, errors=False, wall=SECONDS).output)


def engine(target: str, files: list[str]) -> Hashes:
    """The same of the engine, which says nothing of programs that end early."""
    env = jobs.environment(SPBFUZZ_HASH="1",
                           ASAN_OPTIONS=jobs.ASAN_OPTIONS + ":handle_abort=0")
    argv = [f"{harness.programs(target)}/{target}", *files]
    said = jobs.run(argv, env=env, errors=False, wall=SECONDS)
    return parse_engine(said.output, files)


def differing(expected: Hashes, got: Hashes) -> list[str]:
    return [f"{name}: {expected[name]}, not {got.get(name, 'nothing')}" for name in expected
            if got.get(name) != expected[name]][:SHOWN]


class Check:
    def __init__(self, lines: Lines, target: str) -> None:
        self.lines, self.target = lines, target
        self.files = tree.inputs(target)
        self.expected: Hashes = {}

    def same(self, text: str, got: Hashes, of: Iterable[str] | None = None) -> None:
        expected = self.expected if of is None else {name: self.expected[name] for name in of}
        wrong = differing(expected, got)
        self.lines.result(not wrong, f"{self.target}: {text}", wrong)

    def replay(self) -> bool:
        """Return: there is something to compare with."""
        self.expected = hashes(self.target, self.files)
        found = [f"{name}: {what}" for name, what in self.expected.items()
                 if what.startswith("finding:")]
        missing = [name for name in self.files if name not in self.expected]
        ended = sum(what.startswith("stopped:") for what in self.expected.values())
        return self.lines.result(
            not found and not missing,
            f"{self.target}: {len(self.files)} programs run to their ends, {ended} of them to what "
            "is known", (found + [f"{name}: it ended the process" for name in missing])[:SHOWN])

    def run(self) -> None:
        if not self.replay():
            return
        chance = random.Random(SEED)
        shuffled = chance.sample(self.files, len(self.files))
        few = sorted(chance.sample(self.files,
                                   min(variables.number("SAMPLE", SAMPLE), len(self.files))))
        self.same("backwards", hashes(self.target, self.files, "--reverse"))
        self.same("in another order, with garbage between them",
                  hashes(self.target, shuffled, scramble=SEED))
        alone: Hashes = {}
        for _, got in jobs.each(few, lambda name: hashes(self.target, [name])):
            alone.update(got)
        self.same(f"{len(few)} in processes of their own", alone, few)
        whole = [name for name, what in self.expected.items() if re.fullmatch("[0-9a-f]{16}", what)]
        self.same("under the engine", engine(self.target, whole), whole)
        self.repeated(few[0])

    def tested(self) -> None:
        """What a tree alone puts to the test."""
        argv = [harness.replayer(self.target), "run", "--target", self.target, "--rules",
                *self.files]
        said = jobs.run(argv, errors=False, wall=SECONDS).output
        times = {rule: int(n) for n, rule in rules.counts(said) if n != "-"}
        never = [rule for rule in rules.ON_A_TREE if not times.get(rule)]
        self.lines.result(not never, f"{self.target}: {', '.join(rules.ON_A_TREE)} are put to the "
                          "test", [f"not {', '.join(never)}"])

    def repeated(self, name: str) -> None:
        times = variables.number("REPLAYS", REPLAYS)
        argv = [harness.replayer(self.target), "run", "--target", self.target, "--hash",
                *[name] * times]
        said = jobs.run(argv, errors=False, wall=SECONDS).output.splitlines()
        seen = {line.split()[0] for line in said if line}
        self.lines.result(len(said) == times and seen == {self.expected[name]},
                          f"{self.target}: one program {times} times",
                          [f"{len(said)} lines, {len(seen)} hashes"])


def run() -> int:
    targets = harness.chosen_targets()
    build.make(*(f"{harness.programs(target)}/{name}" for target in targets
                 for name in (target, "spbfuzz")))
    harness.know()
    meant.follow()
    for target in targets:
        harness.check_it_runs(target)
    lines = Lines("kernel")
    lines.ok(f"{variables.get('KERNEL')}: self-test, and a boot of each geometry")
    for target in targets:
        Check(lines, target).run()
    if tree.DEFAULT_TARGET in targets:
        Check(lines, tree.DEFAULT_TARGET).tested()
    if set(targets) & set(harness.HOOKED):
        text, missing = meant.report()
        lines.ok(text)
        print("".join(f"  {line}\n" for line in missing), end="")
    print(lines.summary())
    return status.FINDING if lines.failed else status.PASS
