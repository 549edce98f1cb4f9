# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run oss-fuzz [ENGINE-SANITIZER...]: builds the targets as an image of OSS-Fuzz would,
with each engine and sanitizer that .clusterfuzzlite/build.sh has, and asks them what the base
runner asks before it fuzzes. AddressSanitizer's are built by an older and a newer clang, whose
corpora must run the same way.

What was built is moved elsewhere before it runs, and runs in an environment that says nothing:
what a target needs is in it or beside it. build/oss-fuzz/ has all of it."""
from __future__ import annotations

import itertools
import shutil
import time
from pathlib import Path

from spb import jobs, status, tree, variables
from spb.lines import Lines, skip
from spb.ossfuzz import builds, questions
from spb.ossfuzz.builds import Combination
from spb.status import Usage

FOLDER = Path("build/oss-fuzz")


def newer_clang() -> str:
    """make knows which one there is."""
    return jobs.run(["make", "-s", "--no-print-directory", "print-tsan-clang"]).output.strip()


def combinations() -> list[Combination]:
    old, new = variables.get("CLANG"), newer_clang()
    found = [Combination("libfuzzer", "address", old), Combination("libfuzzer", "address", new),
             Combination("libfuzzer", "undefined", new), Combination("libfuzzer", "coverage", new),
             Combination("afl", "address", old, variables.get("AFL_CLANG")),
             Combination("none", "address", old)]
    return list(dict.fromkeys(found))


def chosen(arguments: list[str]) -> list[Combination]:
    every = combinations()
    kinds = [f"{one.engine}-{one.sanitizer}" for one in every]
    for argument in arguments:
        if argument not in kinds:
            raise Usage(f"no combination {argument}; there are: {' '.join(dict.fromkeys(kinds))}")
    return [one for one, kind in zip(every, kinds) if not arguments or kind in arguments]


def moved(built: Combination) -> Path | None:
    """Where its targets are, away from where they were made; nothing when they were not."""
    folder = FOLDER / built.name
    made = builds.build(built, folder)
    if made.status:
        print(made.output, end="")
        return None
    elsewhere = folder / "moved"
    shutil.rmtree(elsewhere, ignore_errors=True)
    shutil.move(folder / "out", elsewhere)
    return elsewhere.absolute()


def ask(lines: Lines, built: Combination, folder: Path) -> None:
    targets = [folder / name for name in tree.fuzz_targets()]
    missing = [target.name for target in targets if not target.is_file()]
    if missing:
        lines.not_ok(f"{built.name}: not built: {' '.join(missing)}")
        return
    asked = list(itertools.product(targets, questions.QUESTIONS))
    answers = dict(jobs.each(asked, lambda pair: questions.QUESTIONS[pair[1]](built, pair[0]),
                             variables.number("JOBS")))
    for name in questions.QUESTIONS:
        wrong = [f"{target.name}: {answers[target, name]}" for target in targets
                 if answers[target, name]]
        lines.result(not wrong, f"{built.name}: {name}", wrong)


def compare(lines: Lines, folders: list[Path]) -> None:
    """Where a schedule counts no accesses, the compiler makes no difference."""
    for target in tree.fuzz_targets():
        if tree.counts_accesses(target):
            continue
        found = [questions.hashes(folder / target) for folder in folders]
        lines.result(bool(found[0]) and found[0] == found[1], f"{target}: both compilers run "
                     f"{len(found[0])} programs the same way",
                     [f"{len(set(found[0]) ^ set(found[1]))} hashes differ"])


def run(arguments: list[str]) -> int:
    lines = Lines("oss-fuzz")
    compared: list[Path] = []
    for built in chosen(arguments):
        began = time.monotonic()
        folder = moved(built)
        between = time.monotonic()
        if lines.result(folder is not None, f"{built.name}: build.sh"):
            ask(lines, built, folder)
            if (built.engine, built.sanitizer) == ("libfuzzer", "address"):
                compared.append(folder)
        print(f"{built.name}: {between - began:.0f} s to build, "
              f"{time.monotonic() - between:.0f} s to ask")
    if len(compared) == 2:
        compare(lines, compared)
    elif compared and not arguments:
        skip("oss-fuzz", "there is one clang alone: nobody says whether another one agrees")
    print(lines.summary())
    return status.FINDING if lines.failed else status.PASS
