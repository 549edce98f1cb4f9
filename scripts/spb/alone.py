# SPDX-License-Identifier: GPL-2.0-only
"""Commands of which two in one tree would take each other's files away."""
from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Iterator

from spb.status import Inconclusive


@contextlib.contextmanager
def in_this_tree(command: str) -> Iterator[None]:
    """While this lasts, another make of that name ends at once, and says why."""
    path = Path("build", f"{command}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().strip()
            raise Inconclusive(f"make {command} (process {other}) works in this tree: wait for it, "
                               "or take a clone") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
