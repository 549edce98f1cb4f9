# SPDX-License-Identifier: GPL-2.0-only
"""make clean-runs: executes RUNS programs (ten million) of race and walk, or of TARGET, with
short programs and without sanitizers, and says how many there were and what they met.

It can be ended at any time, and goes on from there: what was counted stays in build/proofs/,
under the hash of the engine's program and of what changes its verdict. KERNEL=tree runs them on a
kernel's page allocator, with sanitizers. OUT=file writes what came of them as a document:
docs/results/kernel-clean-runs.md is one.
"""
from __future__ import annotations

import hashlib
import json
import os
import re
import time
from pathlib import Path

from spb import build, findings, jobs, tree, variables
from spb.disk import proof
from spb.fuzzing.session import Limit, Session, session
from spb.fuzzing.fuzz import LibFuzzer
from spb.kernel import harness
from spb.status import Usage

DEFAULT_RUNS = 10_000_000
# Two or three records that build a state, and 24 operations.
MAX_LEN = 448


def key_of(program: str) -> str:
    """The hash of the build, and of the variables that are not built in."""
    data = Path(program).read_bytes() + variables.assignments(variables.changed("verdict")).encode()
    return hashlib.sha1(data).hexdigest()[:12]


class Counted(LibFuzzer):
    """Its counts go on from one command to the next."""

    def __init__(self, session: Session, target: str, program: str) -> None:
        super().__init__(session, target, program, MAX_LEN)
        self.key = key_of(program)
        self.proofs = Path(session.state, "proofs")
        self.reach = self.proofs / f"{target}-{self.key}.reach"
        self.note = self.reach.with_suffix(".json")
        self.before = json.loads(findings.read(self.note) or '{"seconds": 0, "findings": []}')

    def prepare(self) -> None:
        self.proofs.mkdir(parents=True, exist_ok=True)
        kept = self.reach.with_suffix(".kept")
        if self.reach.exists():
            os.replace(self.reach, kept)
        super().prepare()
        if kept.exists():
            os.replace(kept, self.reach)
        self.count()
        self.last_runs = self.before_runs = self.runs

    def progress(self) -> None:
        super().progress()
        self.remember()

    def finish(self) -> None:
        self.count()
        self.remember()

    def remember(self) -> None:
        note = {"seconds": self.seconds(), "findings": self.found()}
        jobs.write_whole(self.note, json.dumps(note))

    def seconds(self) -> float:
        return self.before["seconds"] + time.monotonic() - self.began

    def found(self) -> list[str]:
        """Signatures, also of before."""
        new = [name for target, name in self.session.crashes.found if target == self.target]
        return sorted({*self.before["findings"], *new})

    def points(self) -> float:
        said = re.search(r"^schedules: (\d+)", self.ask_reach(), re.MULTILINE)
        return float(said[1]) if said else 0

    def sentence(self) -> str:
        return (f"{self.target}: {self.runs} runs in {self.seconds():.0f} s, "
                f"{self.points():.4g} preemption points (accesses and locks), "
                f"distinct findings: {len(self.found())}; of build {self.key}"
                + (f", {self.before_runs} of them before" if self.before_runs else ""))

    def row(self) -> str:
        return (f"| {self.target} | {self.runs:,} | {self.seconds():,.0f} | {self.points():.4g} | "
                f"{', '.join(f'`{name}`' for name in self.found()) or 'none'} | {self.key} |\n")


def document(command: str, rows: list[str]) -> str:
    """Of the rows of targets."""
    return ("<!-- SPDX-License-Identifier: GPL-2.0-only -->\n# Programs that found nothing\n\n"
            f"`{command}`, at {proof.commit()}; {build.machine()}. Seconds are of a clock, on a "
            "machine that had other work as well.\n\n"
            "| target | programs | seconds | preemption points | findings | build |\n"
            f"|---|---:|---:|---:|---|---|\n{''.join(rows)}")


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    if variables.get("TARGET") == "all":
        os.environ["TARGET"] = " ".join(
            harness.TARGETS if harness.wanted() else tree.race_targets())
    runs = variables.number("RUNS", DEFAULT_RUNS)
    one, program = session("clean-runs", "plain")
    one.fuzz_all(lambda target: Counted(one, target, program(target)), Limit(runs=runs))
    for engine in one.engines:
        print(engine.sentence())
    print(build.machine())
    if variables.get("OUT"):
        tree_of = " KERNEL=" if harness.wanted() else ""
        jobs.write_whole(variables.get("OUT"), document(f"make clean-runs{tree_of}",
                                                        [engine.row() for engine in one.engines]))
    return one.finish()
