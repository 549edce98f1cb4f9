# SPDX-License-Identifier: GPL-2.0-only
"""Commands of which two in one tree would take each other's files away: the second one is refused
(lock), or waits (in_turn)."""
from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import Iterator, TextIO

from spb import jobs
from spb.status import Inconclusive


def lock(path: Path, command: str, works: str) -> TextIO:
    """Until the file that is returned is closed, another make that wants it ends at once, and says
    who works there (works: "works on alloc")."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open(path, "a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        other = file.read().strip() or "another command"
        file.close()
        raise Inconclusive(f"{other} {works} in this tree: wait for it, or take a clone") from None
    file.truncate(0)
    file.write(f"make {command} (process {os.getpid()})\n")
    file.flush()
    return file


@contextlib.contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Until the end of the block no other thread or command is in one of the same file. A signal
    ends the wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if jobs.stopped():
                    raise jobs.Stopped from None
                time.sleep(jobs.TICK_SECONDS)
        yield


@contextlib.contextmanager
def in_this_tree(command: str) -> Iterator[None]:
    with lock(Path("build", f"{command}.lock"), command, "works"):
        yield
