# SPDX-License-Identifier: GPL-2.0-only
"""make coverage: the lines of core/ that the committed corpus runs.

HTML and the lists go to build/coverage/; the summary and the lines that nothing reaches are
printed. docs/coverage.md has the reasons for those that nothing can reach. The core of this
build has no access hooks: programs whose schedules count accesses are left out, and counted.
TARGET=names: of these alone, without a verdict on how many lines they reach. KERNEL=tree: functions
and edges of the tree's files, scripts/spb/kernel/coverage.py.
"""
from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from spb import build, jobs, status, tree, variables
from spb.kernel import coverage as kernel_coverage, harness
from spb.status import Inconclusive

LEAST_PERCENT = 90
LEFT_OUT = re.compile("^needs-access-hooks ", re.M)


@dataclass
class Lines:
    """Of one file: those that have a counter, and those that were never run."""
    name: str
    counted: int = 0
    missed: list[int] = field(default_factory=list)


def llvm(name: str, *words: str, to: Path | None = None) -> None:
    clang = variables.get("CLANG")
    tool = jobs.run([clang, f"-print-prog-name={name}"]).output.strip()
    ended = jobs.run([tool, *words], output=to)
    if ended.status:
        raise Inconclusive(f"{name}: {ended.output.strip() or to}")


def _replay(target: str, tool: str, out: Path) -> tuple[int, int]:
    """Return: programs that ran, and programs that this build cannot run."""
    inputs = tree.inputs(target)
    ended = jobs.run([tool, "run", "--target", target, "--hash", *inputs],
                     env=jobs.environment(LLVM_PROFILE_FILE=str(out / f"{target}.profraw")))
    if ended.status or not inputs:
        raise Inconclusive(f"{target}: the corpus is not replayed to its end: "
                           f"{ended.output.strip()[-300:]}")
    left_out = len(LEFT_OUT.findall(ended.output))
    return len(inputs) - left_out, left_out


def read_lcov(text: str) -> list[Lines]:
    """The files of core/ in a report of llvm-cov."""
    found: list[Lines] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("SF:"):
            match = re.search(r"(?:^|/)(core/[^/]*)$", line[3:])
            inside = bool(match)
            if match:
                found.append(Lines(match[1]))
        elif inside and line.startswith("DA:"):
            number, times = line[3:].split(",")[:2]
            found[-1].counted += 1
            if times == "0":
                found[-1].missed.append(int(number))
    return found


def _measure(targets: list[str], out: Path) -> list[Lines]:
    tool = build.tool("cov")
    for target in targets:
        ran, left_out = _replay(target, tool, out)
        print(f"{target}: {ran} programs" +
              (f", {left_out} left out: their schedules count accesses" if left_out else ""))
    profile = f"-instr-profile={out}/corpus.profdata"
    llvm("llvm-profdata", "merge", "-o", f"{out}/corpus.profdata",
          *(f"{out}/{target}.profraw" for target in targets))
    llvm("llvm-cov", "show", tool, profile, "-format=html", f"-output-dir={out}/html",
          "-show-line-counts-or-regions", "core", "include", to=out / "show.log")
    llvm("llvm-cov", "report", tool, profile, "core", "include", to=out / "report.txt")
    llvm("llvm-cov", "export", tool, profile, "-format=lcov", "core", "include", to=out / "lcov")
    return read_lcov((out / "lcov").read_text())


def run(arguments: list[str]) -> int:
    if harness.wanted():
        return kernel_coverage.run()
    targets = tree.chosen_targets()
    build.make("build-cov")
    out = Path(tree.build_folder()) / "coverage"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    files = _measure(targets, out)
    print((out / "report.txt").read_text())
    missed = [f"{file.name}:{number}:{Path(file.name).read_text().splitlines()[number - 1]}"
              for file in files for number in file.missed]
    jobs.write_whole(out / "uncovered.txt", "".join(f"{line}\n" for line in missed))
    if missed:
        print("lines that the corpus does not reach:", *missed, "", sep="\n")
    total = sum(file.counted for file in files)
    hit = total - sum(len(file.missed) for file in files)
    if not total:
        raise Inconclusive(f"no line of core/ has a counter: {out}/lcov")
    percent = 100 * hit / total
    summary = f"{hit} of {total} lines of core/ ({percent:.1f} %)"
    jobs.write_whole(out / "summary.txt", summary + "\n")
    print(f"{summary}\nHTML: {out}/html/index.html")
    if targets == tree.fuzz_targets() and percent < LEAST_PERCENT:
        print(f"below {LEAST_PERCENT} %")
        return status.FINDING
    return status.PASS
