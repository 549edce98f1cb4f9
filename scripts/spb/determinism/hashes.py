# SPDX-License-Identifier: GPL-2.0-only
"""Trace hashes of inputs: of one target, from every build and engine, in any order."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Callable

from spb import build, jobs, sample, tree
from spb.lines import Lines
from spb.disk.proof import Proof

SECONDS = 1200  # of one process, with all inputs of a target
SHOWN = 6       # inputs that differ
NEEDS_HOOKS = "needs-access-hooks"
COMPILED = ["gcc", "gcc-O0", "clang", "asan"]
HASH = re.compile(r"^(?:[0-9a-f]{16}|finding:.*)$")

Hashes = dict[str, str]  # of each file


def parse_tool(said: str) -> Hashes:
    """Lines "hash  file"."""
    pairs = (line.split("  ", 1) for line in said.splitlines() if "  " in line)
    return {file: value for value, file in pairs}


def parse_engine(said: str, files: list[str]) -> Hashes:
    """Lines with a hash, for files in this order; libFuzzer runs the empty input before."""
    found = [line for line in said.splitlines() if HASH.match(line)]
    return dict(zip(files, found[-len(files):])) if len(found) >= len(files) else {}


def replay(variant: str, target: str, files: list[str], scramble: int = 0) -> Hashes:
    """Of the files in this order, in one process of the command. Scramble: whether what one
    program leaves behind becomes garbage of this seed before the next one."""
    env = jobs.environment(**({"SPBFUZZ_SCRAMBLE": str(scramble)} if scramble else {}))
    tool = build.tool(variant)
    return parse_tool(jobs.run([tool, "run", "--target", target, "--hash", *files], env=env,
                               errors=False, wall=SECONDS).output)


def engine(variant: str, target: str, files: list[str], scramble: int = 0) -> Hashes:
    """The same from the engine's own program, which prints hashes only."""
    env = jobs.environment(SPBFUZZ_HASH="1", SPBFUZZ_SCRAMBLE=str(scramble),
                           ASAN_OPTIONS=jobs.ASAN_OPTIONS + ":handle_abort=0")
    said = jobs.run([f"{tree.build_folder()}/{variant}/{target}", *files], env=env, errors=False,
                    wall=SECONDS).output
    return parse_engine(said, files)


@dataclass
class Comparison:
    """One way to run the inputs of a target, and what must come out."""
    text: str
    run: Callable[[], Hashes]
    expected: Hashes
    got: Hashes = field(default_factory=dict)


@dataclass
class Subject:
    """The inputs of a target, and what the others are compared with."""
    target: str
    files: list[str]
    reference: str  # a variant
    proof: Proof
    hashes: Hashes = field(default_factory=dict)
    comparisons: list[Comparison] = field(default_factory=list)

    @staticmethod
    def of(target: str, number: int, afl: bool) -> Subject:
        files = sample.of(tree.inputs(target, untracked=False), number)
        reference = build.bare(target)
        return Subject(target, files, reference,
                       Proof("determinism-hashes", [*programs(target, afl), *files]))


def programs(target: str, afl: bool) -> list[str]:
    """All that is run for a target."""
    folder = tree.build_folder()
    tools = COMPILED + (["race", "race-asan"] if tree.counts_accesses(target) else [])
    engines = ["fuzz", "plain"] + (["afl"] if afl else [])
    return [f"{folder}/{variant}/spbfuzz" for variant in tools] + [
        f"{folder}/{variant}/{target}" for variant in engines]


def _unhooked(subject: Subject) -> list[Comparison]:
    """Programs that count no accesses do the same on the core without hooks."""
    seen = replay("gcc", subject.target, subject.files)
    files = [file for file, value in seen.items() if value != NEEDS_HOOKS]
    if not files:
        return []
    expected = {file: subject.hashes[file] for file in files}
    return [Comparison(f"{variant}, the {len(files)} that count no accesses",
                       lambda variant=variant: replay(variant, subject.target, files), expected)
            for variant in COMPILED]


def comparisons(subject: Subject, afl: bool) -> list[Comparison]:
    """All that must give the hashes of the reference."""
    target, files, reference = subject.target, subject.files, subject.reference
    found = []

    def add(text: str, run: Callable[[], Hashes]) -> None:
        found.append(Comparison(text, run, subject.hashes))

    hooked = reference == "race"
    for variant in ["race-asan"] if hooked else COMPILED[1:]:
        add(variant, lambda variant=variant: replay(variant, target, files))
    if hooked:
        found.extend(_unhooked(subject))
    add(f"{reference}, backwards", lambda: replay(reference, target, files[::-1]))
    add(f"{reference}, shuffled",
        lambda: replay(reference, target, sample.shuffled(files, "order 1")))
    for seed, variant in enumerate((reference, reference, "race-asan" if hooked else "asan"), 1):
        add(f"{variant}, garbage {seed} before each program",
            lambda seed=seed, variant=variant: replay(variant, target, files, seed))
    add("libFuzzer with ASan and UBSan, garbage before each program",
        lambda: engine("fuzz", target, files, 4))
    names = {"fuzz": "libFuzzer with ASan and UBSan", "plain": "libFuzzer", "afl": "AFL++"}
    for variant in ["fuzz", "plain"] + (["afl"] if afl else []):
        add(f"{names[variant]}, shuffled", lambda variant=variant: engine(
            variant, target, sample.shuffled(files, f"order of {variant}")))
    return found


def _first(subject: Subject) -> Hashes:
    return replay(subject.reference, subject.target, subject.files)


def _begin(subject: Subject, lines: Lines, whole: bool) -> bool:
    """Return: whether there is anything to compare."""
    number = len(subject.files)
    if not number:
        lines.not_ok(f"{subject.target}: no inputs")
    elif whole and subject.proof.get("equal") is not None:
        lines.ok(f"{subject.target}: {number} inputs were compared before")
    else:
        return True
    return False


def differences(comparison: Comparison) -> list[str]:
    """What is shown of them."""
    files = [file for file in sorted({*comparison.expected, *comparison.got})
             if comparison.expected.get(file) != comparison.got.get(file)]
    return [f"{file}: {comparison.got.get(file, 'nothing')}, not "
            f"{comparison.expected.get(file, 'anything')}" for file in files[:SHOWN]]


def compare(lines: Lines, number: int, afl: bool) -> None:
    """All targets, so many inputs of each (0: all)."""
    subjects = [Subject.of(target, number, afl) for target in tree.fuzz_targets()]
    begun = [subject for subject in subjects if _begin(subject, lines, number == 0)]
    for subject, seen in jobs.each(begun, _first):
        subject.hashes = seen
    for subject in begun:
        inputs = f"{len(subject.files)} inputs"
        if len(subject.hashes) == len(subject.files):
            lines.ok(f"{subject.target}: {inputs} with {subject.reference}")
            subject.comparisons = comparisons(subject, afl)
        else:
            lines.not_ok(f"{subject.target}: {inputs}, {len(subject.hashes)} hashes")
    for comparison, seen in jobs.each([one for subject in begun for one in subject.comparisons],
                                      lambda comparison: comparison.run()):
        comparison.got = seen
    for subject in begun:
        _judge(subject, lines)


def _judge(subject: Subject, lines: Lines) -> None:
    equal = bool(subject.comparisons)
    for one in subject.comparisons:
        if one.got == one.expected:
            lines.ok(f"{subject.target}: {one.text}")
        else:
            equal = False
            lines.not_ok(f"{subject.target}: {one.text} differs from {subject.reference}",
                         differences(one))
    if equal:
        subject.proof.note("equal", f"{len(subject.files)} inputs")


def goals(afl: bool) -> list[str]:
    return sorted({name for target in tree.fuzz_targets() for name in programs(target, afl)})


def build_all(afl: bool) -> None:
    build.make(*goals(afl))
