# SPDX-License-Identifier: GPL-2.0-only
"""make bugs KERNEL=<tree>: plants each bug of bugs/kernel/ into a copy of the tree's file, fuzzes
that from the committed corpus until the first finding, and prints what it took. The input must
run to its end on the tree as it is.

  BUG='name name'  which (default: all that have a target which runs here; wildcards)
  TIME=CPU seconds of each (default 60)    TRIALS=n of each (default 1)
  LEAST=n          status 1 unless n percent of the bugs were found in every trial
  OUT=file         a table of the first trials; of bugs that are not tried now their lines stay
"""
from __future__ import annotations

import fnmatch
import shutil
from dataclasses import dataclass
from pathlib import Path

from spb import findings, jobs, status, tree, variables
from spb.bugs.trials import HARD_SECONDS, MAX_LEN, crash_of, executions
from spb.disk import proof
from spb.fuzzing.fuzz import ENGINE_FLAGS
from spb.kernel import edit, harness
from spb.kernel.object import build, linux
from spb.status import Inconclusive, Usage

REPLAY_SECONDS = 60


TITLE = """<!-- SPDX-License-Identifier: GPL-2.0-only -->
# Mistakes planted into a kernel tree

`make bugs KERNEL= OUT=docs/results/kernel-bugs.md`, line by line: the CPU seconds of an engine that
begins with the committed corpus, until the first finding, and its rule. Where none was made the
time is the limit. Lines are of the commit of this tree that they name.

| bug of [bugs/kernel](../../bugs/kernel/README.md) | what is wrong | found by | CPU s | """ \
    "programs | tree | at |\n|---|---|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Outcome:
    found: bool
    cpu: float
    executions: int
    rule: str = "-"
    clean: str = "-"  # yes: the tree as it is runs the input to its end

    def cells(self) -> str:
        return (f"{'yes' if self.found else 'no':6}{self.cpu:7.1f} {self.executions:9d}  "
                f"{self.clean:6} {self.rule}")


def named(pattern: str) -> list[edit.Script]:
    paths = {path.stem: path for path in sorted(tree.ROOT.glob("bugs/kernel/*.edit"))}
    chosen = set()
    for word in pattern.split() or ["*"]:
        names = fnmatch.filter(paths, word)
        if not names:
            raise Usage(f"there is no bug {word} in bugs/kernel/")
        chosen.update(names)
    return [edit.read(paths[name].relative_to(tree.ROOT)) for name in sorted(chosen)]


def document(path: str, bug: edit.Script, outcome: Outcome, version: str) -> None:
    """The line of the bug is another one from now on, or there."""
    old = Path(path).read_text() if Path(path).is_file() else ""
    lines = {line.split("`")[1]: line for line in old.splitlines() if line.startswith("| `")}
    rule = f"`{outcome.rule}`" if outcome.found and outcome.clean == "yes" else "-"
    cells = (f"`{bug.name}`", bug.head["what"], rule, f"{outcome.cpu:.1f}", outcome.executions,
             f"{version}, {bug.head['target']}", proof.commit())
    lines[bug.name] = f"| {' | '.join(str(cell) for cell in cells)} |"
    jobs.write_whole(path, TITLE + "".join(f"{lines[name]}\n" for name in sorted(lines)))


def _trial(bug: edit.Script, engine: str, clean: str, number: int) -> Outcome:
    target = bug.head["target"]
    folder = Path(engine).parent / "trials" / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "corpus").mkdir(parents=True)
    limit = variables.number("TIME")
    done = jobs.run([engine, f"-artifact_prefix={folder}/", f"-dict=dict/{target}.dict",
                     f"-max_len={MAX_LEN}", f"-seed={number}", "-len_control=0", *ENGINE_FLAGS,
                     str(folder / "corpus"), *tree.corpus_folders(target)],
                    output=folder / "log", cpu=limit + HARD_SECONDS, interrupt=limit)
    said = (folder / "log").read_text(errors="replace")
    crash = crash_of(said)
    if not crash and not done.interrupted:
        raise Inconclusive(f"{bug.name}: the engine ended with status {done.status}: "
                           f"{folder}/log")
    outcome = Outcome(bool(crash), round(done.cpu_seconds, 1), executions(said))
    if not crash:
        return outcome
    silent = jobs.run([clean, "run", "--target", target, crash], wall=REPLAY_SECONDS)
    return Outcome(True, outcome.cpu, outcome.executions, findings.rule(said),
                   "no" if silent.status else "yes")


def run(arguments: list[str]) -> int:
    if arguments not in ([], ["run"]):
        raise Usage(f"make bugs KERNEL= has no {arguments[0]}")
    kernel, scripts = variables.get("KERNEL"), named(variables.get("BUG"))
    untried = [bug for bug in scripts if bug.head["target"] not in harness.TARGETS]
    scripts = [bug for bug in scripts if bug not in untried]
    clean = {variant: harness.linked(build.made(kernel, variant), "spbfuzz")[0]
             for variant in sorted({harness.variant_of(bug.head["target"]) for bug in scripts})}
    version = linux.opened(kernel).version if variables.get("OUT") else ""
    good = 0
    print(f"{'bug':28}{'found':6}{'CPU s':>7} {'programs':>9}  {'clean':6} rule")
    for bug in scripts:
        variant = harness.variant_of(bug.head["target"])
        whole = build.made(kernel, variant, bug)
        [engine] = harness.linked(whole, bug.head["target"])
        outcomes = []
        for number in range(1, variables.number("TRIALS", 1) + 1):
            outcomes.append(_trial(bug, engine, clean[variant], number))
            print(f"{bug.name:28}{outcomes[-1].cells()}", flush=True)
        if variables.get("OUT"):
            document(variables.get("OUT"), bug, outcomes[0], version)
        good += all(outcome.found and outcome.clean == "yes" for outcome in outcomes)
    for bug in untried:
        print(f"{bug.name:28}not tried: the target {bug.head['target']} does not run on "
              "a kernel")
    print(f"{good} of {len(scripts)} bugs found in every trial")
    return status.PASS if good * 100 >= variables.number("LEAST", 0) * len(scripts) else \
        status.FINDING
