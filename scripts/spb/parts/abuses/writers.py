# SPDX-License-Identifier: GPL-2.0-only
"""Commands that write one result: on a full disk, and killed at any moment. What they read stays as
it was; what they write is there as a whole, or as it was before, or not at all."""
from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spb import findings, jobs, plant, status, tree

if TYPE_CHECKING:
    from spb.parts.abuses.real import Abuses

DISTILLED = "callers"  # the smallest corpus that is distilled in a moment
SHARE = 4  # of its programs
ALL_AT_ONCE = ("bundle", "distil")  # all files of the result, or none


@dataclass
class Command:
    """One that writes below a folder."""
    name: str
    folder: Path
    words: list[str]

    def contents(self) -> dict[str, str]:
        """Of all files there, without those that have their name when they are whole."""
        return {str(path): findings.hash_of(path) for path in sorted(self.folder.rglob("*"))
                if path.is_file() and ".new" not in str(path) and path.suffix != ".tar"}


def commands(crash: Path, out: Path) -> list[Command]:
    bug, build = plant.one("split-remainder-lost"), Path(tree.build_folder())
    about = [f"BUG={bug.name}", f"CRASH={crash}"]
    few = out.parent / "few"
    few.mkdir()
    for path in sorted(Path("corpus", DISTILLED).iterdir())[::SHARE]:
        shutil.copy(path, few)
    made = [Command("minimize", build / "min" / bug.target, about),
            Command("triage", build / "triage",
                    [f"BUG={bug.name}", f"DIR={crash}", f"TARGET={bug.target}"]),
            Command("export", out / "page", [*about, f"OUT={out}/page/page.html"]),
            Command("bundle", out / "bundles", [*about, f"OUT={out}/bundles/one"]),
            Command("distil", out / "distilled",
                    ["BUG=none", f"TARGET={DISTILLED}", f"FROM={few}", f"OUT={out}/distilled"])]
    for command in made:
        command.words[:0] = ["scripts/run", command.name]
    return made


def disks(abuses: Abuses, made: list[Command]) -> None:
    for command in made:
        ran = abuses.on_small_disks([command.folder], command.words, True)
        abuses.said.result(ran.status not in (status.PASS, status.USAGE) and
                           "No space left on device" in ran.output and
                           "Traceback" not in ran.output,
                           f"{command.name}: no room for its result (status {ran.status})",
                           ran.output)


def kills(abuses: Abuses, made: list[Command], crash: Path) -> None:
    data = crash.read_bytes()
    chance = random.Random("kill the writers")
    for command in made:
        began = time.monotonic()
        ran = jobs.run(command.words)
        needs = time.monotonic() - began
        whole = command.contents()
        abuses.said.result(ran.status in (status.PASS, status.FINDING) and bool(whole),
                           f"{command.name}: status {ran.status}, {len(whole)} files", ran.output)
        shutil.rmtree(command.folder)
        torn: list[str] = []
        for _ in range(3):
            abuses.killed(command.words, lambda _: True, chance.uniform(0, needs),
                          abuses.scratch / "kill.log")
            now = command.contents()
            torn += [name for name, what in now.items()
                     if whole.get(name) != what and not _may_differ(name)]
            torn += [f"{name} is missing" for name in whole if now and name not in now and
                     command.name in ALL_AT_ONCE]
        shutil.rmtree(command.folder, ignore_errors=True)
        abuses.said.result(crash.read_bytes() == data and not torn,
                           f"{command.name}, kill -9: the crash is there, its results are whole",
                           torn)


def _may_differ(name: str) -> bool:
    """Those that name a time, or the folder they were made in, are whole when they are not
    empty."""
    return Path(name).stat().st_size > 0 and not name.endswith((".spbt", "/input"))
