# SPDX-License-Identifier: GPL-2.0-only
"""What a revision does, as text files in a folder, to be compared with another revision's.

  hashes         VARIANT TARGET INPUT HASH: the trace hash of each committed input, which is known
                 by its contents, since its path may change
  reports/NAME   what the program of a planted bug says on the core with that bug, in a process of
                 its own
  reports/NAME.close   the same as spbfuzz min and triage run it: their signature is of this one
  reports/NAME.many    each different report of the program among others in one process
  mutants        ID RESULT HOW RULE of a fixed sample, without fuzzing

A part is there as a whole, or it is not there; reports.part has those of a recording that was
stopped, which goes on from there.
"""
from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from spb import jobs
from spb.same.revision import Bug, Revision

PARTS = ("hashes", "reports", "mutants")
VARIANTS = ("gcc", "asan", "race", "race-asan")  # the latter two have the core with access hooks
MUTANTS, SEED = 150, 12
FILLERS = 20  # programs that run in one process with that of a bug
HASH_SECONDS, REPORT_SECONDS = 1200, 120


def content_of(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()


# ---- hashes -----------------------------------------------------------------

def record_hashes(revision: Revision, folder: Path) -> None:
    revision.build(*VARIANTS)
    lines = set()
    for target in revision.targets():
        paths = {str(path): content_of(path)
                 for path in revision.inputs(target, folder / "seeds")}
        for variant in VARIANTS:
            if variant.startswith("race") and not revision.counts_accesses(target):
                continue
            for path, trace in hashes_of(revision.tool(variant), target, [*paths]).items():
                lines.add(f"{variant} {target} {paths[path]} {trace}\n")
    jobs.write_whole(folder / "hashes", "".join(sorted(lines)))


def hashes_of(tool: str, target: str, paths: list[str]) -> dict[str, str]:
    """The hash (or "finding:rule", "needs-access-hooks") of each file, in one process."""
    done = jobs.run([tool, "run", "--target", target, "--hash", *paths], wall=HASH_SECONDS,
                    errors=False)
    found = dict.fromkeys(paths, f"none:status:{done.status}")
    for line in done.output.splitlines():
        trace, _, path = line.partition("  ")
        if path in found:
            found[path] = trace
    return found


# ---- reports ----------------------------------------------------------------

def record_reports(revision: Revision, folder: Path) -> None:
    reports, bugs = folder / "reports.part", revision.bugs()
    missing = sorted(name for name in bugs if not (reports / name).exists())
    tools = revision.tools_with_bugs(missing)
    fillers = {target: sorted(revision.files(f"corpus/{target}"), key=content_of)[:FILLERS]
               for target in revision.targets()}
    programs = folder / "programs"
    programs.mkdir(parents=True, exist_ok=True)

    def record(name: str) -> None:
        bug = bugs[name]
        # The name of the file is said in the report: it has none but its name.
        shutil.copy(bug.program, programs / f"{name}.spbt")
        run = Replay(tools[name], bug, programs, f"{name}.spbt")
        jobs.write_whole(reports / f"{name}.close", run.fresh("--close"))
        jobs.write_whole(reports / f"{name}.many",
                         run.among([str(path) for path in fillers[bug.target]]))
        jobs.write_whole(reports / name, run.fresh())

    for _ in jobs.each(missing, record):
        pass
    reports.rename(folder / "reports")


class Replay:
    """Replays of the program of one bug."""

    def __init__(self, tool: str, bug: Bug, folder: Path, program: str) -> None:
        self.words = [tool, "run", "--target", bug.target]
        self.tool, self.target, self.folder, self.program = tool, bug.target, folder, program

    def _run(self, *words: str) -> jobs.Result:
        return jobs.run([*self.words, *words], cwd=self.folder, wall=REPORT_SECONDS)

    def fresh(self, *options: str) -> str:
        done = self._run(*options, self.program)
        return f"{canonical(done.output)}STATUS {done.status}\n"

    def among(self, fillers: list[str]) -> str:
        """Four times in one process: first of all, after others, and after itself."""
        good = [path for path, trace in hashes_of(self.tool, self.target, fillers).items()
                if re.fullmatch("[0-9a-f]{16}", trace)]
        half = len(good) // 2
        done = self._run(self.program, *good[:half], self.program, *good[half:], self.program,
                         self.program)
        found = reports_of(done.output, self.program)
        return "".join(f"{report}STATUS {done.status}\n" for report in dict.fromkeys(found))


def reports_of(said: str, program: str) -> list[str]:
    """The reports of one program out of what a process has said of many. A process that ends in
    the middle has no line FILE for that one."""
    ends = f"FILE {program}\n"
    found, text = [], ""
    for line in said.splitlines(keepends=True):
        text += line
        if line.startswith("FILE "):
            if line == ends:
                found.append(canonical(text))
            text = ""
    return found + [canonical(text)] if text else found


def canonical(report: str) -> str:
    """Ours are as they are. Of a sanitizer's, what is the same in every process and tree: no
    addresses, no process, and of the stack only functions of the core."""
    if "Sanitizer" not in report and "runtime error:" not in report:
        return report
    kept = []
    for line in report.splitlines():
        if line.startswith("Shadow bytes"):
            break
        frame = re.match(r"\s*#\d+ 0x[0-9a-f]+ in (\S+) (\S*)", line)
        if frame and "core/" not in frame[2]:
            continue
        if frame:
            line = f"  in {frame[1]} {frame[2]}"
        line = re.sub(r"[^\s(]*\bcore/", "core/", line)
        kept.append(re.sub(r"==\d+==", "", re.sub(r"0x[0-9a-f]{6,}", "0x", line)))
    return "".join(f"{line}\n" for line in kept)


# ---- mutants ----------------------------------------------------------------

def record_mutants(revision: Revision, folder: Path) -> None:
    jobs.write_whole(folder / "mutants", mutant_lines(revision.mutants(MUTANTS, SEED)))


def mutant_lines(outcomes: str) -> str:
    """Of mutants with the same code only the first is run, and which one that is depends on who
    runs: all of them get its outcome."""
    found = {}
    for line in outcomes.splitlines():
        name, _, *result = line.split()
        found[name] = result
    return "".join(f"{name} {' '.join(_resolved(found, name))}\n" for name in sorted(found))


def _resolved(found: dict[str, list[str]], name: str) -> list[str]:
    result = found[name]
    if result[0] == "same" and len(result) > 1 and result[1] in found:
        return found[result[1]]
    return result


RECORD = {"hashes": record_hashes, "reports": record_reports, "mutants": record_mutants}
