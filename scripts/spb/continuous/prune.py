# SPDX-License-Identifier: GPL-2.0-only
"""make prune SYNC=folder: of the inputs that commands exchange, the fewest small ones that cover,
beside the committed corpus, what all of them do. The others go; crashes stay. What comes while this
runs stays, too."""
from __future__ import annotations

import os
import shutil
from pathlib import Path

from spb import build, findings, jobs, status, tree, variables
from spb.fuzzing.sync import HASH
from spb.status import Inconclusive, Usage

FOLDER = Path("build/prune")


def contents(folder: Path) -> dict[str, bytes]:
    """By the hash."""
    if not folder.is_dir():
        return {}
    found = [Path(entry.path).read_bytes() for entry in os.scandir(folder)
             if entry.is_file() and not entry.name.startswith(".")]
    return {findings.hash_of_data(data): data for data in found}


def prune(target: str, shared: Path) -> str:
    """Return: what was done, in short."""
    new, old = FOLDER / target, contents(shared)
    if not old:
        return "nothing there"
    shutil.rmtree(new, ignore_errors=True)
    committed = [Path(name) for name in tree.corpus_folders(target) if Path(name).is_dir()]
    made = jobs.run([build.counter(target), "distil", "--skip", "--target", target, "-o", str(new),
                     *map(str, committed), str(shared)])
    if made.status:
        raise Inconclusive(f"{target}: {made.output.strip()}")
    wanted = contents(new)
    for folder in committed:
        for name in contents(folder):
            wanted.pop(name, None)
    for name, data in wanted.items():
        if name not in old:
            jobs.write_whole(shared / name, data)
    for name in old:
        if name not in wanted and (shared / name).is_file() and HASH.fullmatch(name):
            (shared / name).unlink(missing_ok=True)
    return f"{len(old)} inputs became {len(wanted)}"


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    shared = Path(variables.get("SYNC") or "-", "corpus")
    if not variables.get("SYNC"):
        raise Usage("SYNC= names no folder")
    targets = tree.chosen_targets()
    build.make(*sorted({build.counter(target) for target in targets}))
    FOLDER.mkdir(parents=True, exist_ok=True)
    how = status.PASS
    for target in targets:
        try:
            print(f"{target}: {prune(target, shared / target)}")
        except jobs.Stopped:
            raise
        except Inconclusive as why:
            print(why)
            how = status.INCONCLUSIVE
    return how
