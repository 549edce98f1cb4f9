# SPDX-License-Identifier: GPL-2.0-only
"""SYNC=folder: commands on many machines, or in many trees, exchange what they find through a
folder that all of them see.

  corpus/<target>/<hash>          inputs that an engine has added to its corpus, by their contents
  crashes/<target>/<name>         inputs that crashed
  crashes/about/<target>/         the report of each, and where it came from

A file appears there with its whole contents, and nobody changes it. What is printed as found (in a
line of progress, or at the end) is there before it is printed: whoever is killed after that has
lost nothing. Inputs of others come into the working corpus, from which libFuzzer reloads and which
AFL++'s first process reads (-F); files that are not what their name says are left alone."""
from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from spb import findings, jobs, variables
from spb.disk import origin
from spb.status import Usage

if TYPE_CHECKING:
    from spb.fuzzing.engine import Engine

SECONDS = 5.0
HASH = re.compile("[0-9a-f]{40}")


class Sync:
    """Of one target in this command."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.corpus = folder / "corpus" / engine.target
        self.crashes = folder / "crashes"
        self.next_time = 0.0
        self.known: set[str] = set()    # hashes that are on both sides
        self.read: set[str] = set()     # paths of ours that were looked at

    def prepare(self) -> None:
        for path in (self.corpus, self.crashes / self.engine.target):
            path.mkdir(parents=True, exist_ok=True)
        self.exchange()

    def tick(self) -> None:
        if time.monotonic() >= self.next_time:
            self.exchange()

    def exchange(self) -> None:
        self.send_inputs()
        self.send_crashes()
        self.receive()
        self.next_time = time.monotonic() + SECONDS

    def send_inputs(self) -> None:
        for path in self.engine.added():
            if path in self.read:
                continue
            self.read.add(path)
            try:
                data = Path(path).read_bytes()
            except FileNotFoundError:
                continue  # a crash, which left the corpus
            name = findings.hash_of_data(data)
            if HASH.fullmatch(os.path.basename(path)) and name != os.path.basename(path):
                self.read.discard(path)  # not written whole yet
            elif data and name not in self.known:
                self.known.add(name)
                _put(self.corpus / name, data)

    def send_crashes(self) -> None:
        crashes = self.engine.session.crashes
        for crash in list(crashes.found.values()):
            if crash.target == self.engine.target and crash.input:
                data, about = Path(crash.input).read_bytes(), origin.place(crash.input)
                _put(self.crashes / crash.target / os.path.basename(crash.input), data)
                if about.is_file():
                    _put(self.crashes / about.relative_to(crashes.folder.absolute()),
                         about.read_bytes())

    def receive(self) -> None:
        with os.scandir(self.corpus) as entries:
            new = [entry.name for entry in entries
                   if HASH.fullmatch(entry.name) and entry.name not in self.known]
        for name in sorted(new):
            self.known.add(name)
            try:
                data = (self.corpus / name).read_bytes()
            except (FileNotFoundError, IsADirectoryError):
                continue  # pruned meanwhile; or no input at all
            if findings.hash_of_data(data) == name:
                self.read.add(str(self.engine.work / name))
                _put(self.engine.work / name, data)


def _put(path: Path, data: bytes) -> None:
    if not path.exists():
        jobs.write_whole(path, data)


def refuse() -> None:
    """Usage for a folder that cannot be one."""
    folder = variables.get("SYNC")
    for name in ("BUG", "DROPIN", "KERNEL"):
        if folder and variables.get(name):
            raise Usage(f"SYNC= shares what is found in our core; {name}= is another one")
    if folder and (os.path.exists(folder) and not os.path.isdir(folder)):
        raise Usage(f"SYNC={folder} is no folder")


class NoSync:
    """Nobody shares anything."""

    def prepare(self) -> None:
        pass

    tick = exchange = prepare


def of(engine: Engine) -> Sync | NoSync:
    folder = variables.get("SYNC")
    return Sync(engine, Path(folder)) if folder else NoSync()
