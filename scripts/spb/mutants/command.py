# SPDX-License-Identifier: GPL-2.0-only
"""make mutants: changes core/ mechanically, one place at a time (fuzz/mutants/mutate.c), and sees
whether anything here notices.

  SAMPLE=n      how many (default 200), or all;  SEED=n  another sample (default 1)
  MUTANT='id id'  these alone (with wildcards), however large the sample
  FUZZ=n        thousand executions of each survivor (default 24, some 5 s), or 0
  LEAST=n       status 1 unless n percent of those that are not equivalent were killed
  JOBS=n        processes

A mutant is one shared library of the core; the programs around it are linked once. What is
done to it: judge.py. Results are kept below build/proofs/mutants/ under a hash of everything
but the mutant, so a run that was interrupted goes on.

bugs/mutants.verdicts: mutants that cannot be told from the original, each with its reason.
KERNEL=tree changes a kernel's page allocator instead: scripts/spb/kernel/mutants.py.
scripts/run mutants doc writes the result of a run into docs/results/mutants.md.
"""
from __future__ import annotations

import fnmatch
import re
from pathlib import Path

from spb import build, jobs, status, variables
from spb.disk import proof
from spb.documents import document
from spb.kernel import harness, mutants as kernel_mutants
from spb.mutants import programs, summary, verdicts
from spb.mutants.judge import Judge, fuzz_thousands
from spb.mutants.summary import Mutant
from spb.status import Inconclusive, Usage

SAMPLE, SEED = "200", "1"
DOC = "docs/results/mutants.md"


def sample() -> str:
    text = variables.get("SAMPLE") or SAMPLE
    if text != "all" and not re.fullmatch(r"[1-9][0-9]*", text):
        raise Usage(f"SAMPLE={text} is not a number, nor all")
    return text


def seed() -> str:
    return variables.get("SEED") or SEED


def listed() -> list[Mutant]:
    """All there are, those with the lowest hash first."""
    core = sorted(str(path) for path in Path("core").glob("*.c"))
    lines = sorted(programs.mutate("list", seed(), *core).splitlines())
    return [Mutant(*line.split()[1:3]) for line in lines]


def choose(every: list[Mutant]) -> list[Mutant]:
    patterns = variables.words("MUTANT")
    if patterns:
        chosen = [mutant for mutant in every
                  if any(fnmatch.fnmatchcase(mutant.name, pattern) for pattern in patterns)]
    else:
        chosen = every if sample() == "all" else every[:int(sample())]
    if not chosen:
        raise Usage(f"there is no mutant {variables.get('MUTANT')}")
    return chosen


def _run(judge: Judge, chosen: list[Mutant]) -> None:
    missing = [mutant.name for mutant in chosen if judge.code_of(mutant.name) is None]
    for _ in jobs.each(missing, judge.compile):
        pass
    codes: dict[str, str] = {}  # of each the first mutant that has it
    for mutant in chosen:
        codes.setdefault(judge.code_of(mutant.name), mutant.name)
    missing = [name for code, name in codes.items()
               if code not in ("same", "uncompiled") and not judge.is_judged(code)]
    for name, verdict in jobs.each(missing, judge.judge):
        if variables.flag("V"):
            print(f"{name} {verdict}")


def _head() -> str:
    return (f"make mutants SAMPLE={sample()} SEED={seed()} FUZZ={fuzz_thousands()} "
            f"at {proof.commit()}\n{build.machine()}\n\n")


def _report(judge: Judge, chosen: list[Mutant], every: int) -> int:
    equivalent, complaints = verdicts.equivalent()
    found, wrong = summary.outcomes(judge, chosen, equivalent)
    folder = programs.folder()
    jobs.write_whole(folder / "outcomes", "".join(f"{outcome}\n" for outcome in found))
    text = _head() + summary.text(found, len(chosen), every, seed()) + summary.survivors(found)
    jobs.write_whole(folder / "report", text)
    print(text, end="")
    if complaints + wrong:
        print("\n" + "\n".join(complaints + wrong))
    least = variables.number("LEAST")
    if summary.killed_share(found) < least:
        print(f"fewer than {least} % were killed")
        return status.FINDING
    if any(outcome.result == "error" for outcome in found):
        print("some could not be run")
        return status.INCONCLUSIVE
    return status.PASS


def run_all() -> int:
    sample()
    programs.make(fuzz_thousands() > 0)
    judge = Judge()
    judge.check_original()
    every = listed()
    chosen = choose(every)
    stopped = False
    try:
        _run(judge, chosen)
    except jobs.Stopped:
        stopped = True
        jobs.go_on()  # the report needs programs
    verdict = _report(judge, chosen, len(every))
    if stopped:
        print("stopped; the same command goes on from here")
        return status.INCONCLUSIVE
    return verdict


def _doc() -> int:
    report = programs.folder() / "report"
    if not report.exists():
        raise Inconclusive("there is no run yet: make mutants")
    document.replace_block(DOC, report.read_text())
    return status.PASS


def run(arguments: list[str]) -> int:
    if arguments == ["doc"]:
        return _doc()
    if arguments:
        raise Usage(f"no command {' '.join(arguments)}; there is: doc")
    return kernel_mutants.run() if harness.wanted() else run_all()
