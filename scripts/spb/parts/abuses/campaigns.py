# SPDX-License-Identifier: GPL-2.0-only
"""A campaign that is killed with -9, twice, and given again: what it had is there, all that its
inputs covered still is, and none of its engines goes on by itself."""
from __future__ import annotations

import json
import os
import random
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from spb import findings, jobs, status
from spb.campaign import rounds

if TYPE_CHECKING:
    from spb.parts.abuses.real import Abuses

# Its engines of the one target would run for ever; those of the other find crashes.
DROPIN, RUNS, CRASHING, SECONDS = "tests/data/dropin-lockless.c", "callers", "walk", 50
WORDS = [f"DROPIN={DROPIN}", f"TARGET={RUNS} {CRASHING}", "JOBS=1"]
CRASHES = Path("crashes", CRASHING)


def engines(*targets: str) -> Iterator[str]:
    """Those of these targets (or of any) that run in this tree."""
    here, names = os.getcwd(), "|".join(targets or (RUNS, CRASHING))
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            words = Path("/proc", name, "cmdline").read_bytes().decode(errors="replace")
            if os.readlink(f"/proc/{name}/cwd") == here and \
                    re.search(rf"/(fuzz|afl)/({names})\0", words):
                yield f"{name} {words.replace(chr(0), ' ')[:80]}"
        except OSError:
            continue  # it has ended


def covered(folders: list[Path]) -> tuple[int, int]:
    """Edges with how often, and states, by the drop-in that the campaign is of."""
    tool = f"{_folder()}/plain/spbfuzz"
    made = jobs.run(["make", "-s", f"DROPIN={DROPIN}", tool])
    said = jobs.run([tool, "distil", "--json", "--skip", "--target", RUNS, *map(str, folders)],
                    errors=False)
    if made.status or not said.output.startswith("{"):
        raise status.Inconclusive(f"{tool}: {(made.output + said.output)[-400:]}")
    of = json.loads(said.output)
    return of["edge_features"], of["state_features"]


def _folder() -> str:
    return jobs.run(["make", "-s", "build-dir", f"DROPIN={DROPIN}"], errors=False).output.strip()


def _killed_twice(abuses: Abuses, work: Path, before: set[Path]) -> list[Path]:
    """While an engine runs; and when a crash has been found. Before: crashes of before. Return:
    copies of the working corpus as the kills left it."""
    moments = (lambda _: any(engines(RUNS)) and any(work.glob("*")),
               lambda _: any(path not in before for path in CRASHES.glob("crash-*")))
    chance = random.Random("kill the campaign")
    campaign, copies = ["scripts/run", "campaign", f"TIME={SECONDS}", *WORDS], []
    for number, ready in enumerate(moments):
        abuses.killed(campaign, ready, chance.uniform(1, 4), abuses.scratch / "campaign.log")
        left = list(engines())
        abuses.said.result(not left, f"campaign, kill -9 number {number}: its engines end", left)
        copy = abuses.scratch / f"work-{number}"
        shutil.copytree(work, copy)
        copies.append(copy)
    noted, crashes = rounds.FILE.read_bytes(), set(CRASHES.glob("crash-*")) - before
    ran = jobs.run(campaign)
    abuses.told(ran, status.FINDING, r"the campaign goes on after \d+ rounds", "campaign after it")
    # A crash that is left out is one that a smaller one of its signature stands for.
    log = rounds.read()
    lost = [name for name in log.findings if not Path(log.findings[name].input).is_file()]
    abuses.said.result(rounds.FILE.read_bytes().startswith(noted) and bool(log.findings) and
                       not lost and bool(crashes & set(CRASHES.glob("crash-*"))),
                       "campaign: its rounds and findings of before are there", lost)
    return copies


def kills(abuses: Abuses) -> None:
    before, kept = set(CRASHES.glob("*")), abuses.scratch / "campaign"
    # (make check has told its parts where the build is; that of a drop-in is elsewhere.)
    told = os.environ.pop("B", None)
    work = Path(_folder(), "work", RUNS)
    shutil.rmtree(work, ignore_errors=True)
    if rounds.FOLDER.is_dir():
        shutil.move(rounds.FOLDER, kept)
    try:
        copies = _killed_twice(abuses, work, before)
        now, then = covered([work]), covered([work, *copies])
        abuses.said.result(now == then, "campaign: all that its inputs covered still is covered: "
                           f"{now[0]} edge features and {now[1]} states", [str(then)])
        torn = [str(path) for path in CRASHES.glob("crash-*") if not findings.is_whole(path)]
        abuses.said.result(not torn, "campaign: no crash is torn", torn)
    finally:
        if told is not None:
            os.environ["B"] = told
        for path in set(CRASHES.glob("*")) - before:
            path.unlink()
        shutil.rmtree(rounds.FOLDER, ignore_errors=True)
        if kept.is_dir():
            shutil.move(kept, rounds.FOLDER)
