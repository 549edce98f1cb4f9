# SPDX-License-Identifier: GPL-2.0-only
"""Builds that are made for one drop-in or one kernel tree: a few hundred MiB each, and each
version of a file that is edited has its own. The oldest go; what fuzzing has found there stays."""
from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path

MOST = 8
USED = ".used"
STAYS = ("work", "crashes")


def used(folder: Path, most: int = MOST) -> None:
    """This build is wanted now. Those of its kind (beside it, with the same beginning of their
    name up to a "-") that were not for longest go, when there are too many."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / USED).touch()
    kind, dash, _ = folder.name.rpartition("-")
    built = [path for path in folder.parent.glob(f"{kind}{dash}*") if (path / USED).is_file()]
    built.sort(key=lambda path: (path / USED).stat().st_mtime_ns, reverse=True)
    for old in built[most:]:
        if old != folder and not _is_at_work(old):
            # Another command may be at the same.
            with contextlib.suppress(FileNotFoundError):
                _remove(old)


def _is_at_work(folder: Path) -> bool:
    """Does some command hold one of its locks?"""
    for path in [*folder.glob("lock"), *folder.glob("log/*.lock"), *folder.glob("*/log/*.lock")]:
        with open(path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def _remove(folder: Path) -> None:
    """All but what stays; the mark first, so that a half removed one is no build."""
    (folder / USED).unlink()
    for root, folders, files in os.walk(folder, topdown=True):
        folders[:] = [name for name in folders if name not in STAYS]
        for name in files:
            os.unlink(Path(root, name))
    for root, _, _ in os.walk(folder, topdown=False):
        if not os.listdir(root):
            os.rmdir(root)
    if folder.is_dir() and not any(path.is_file() for path in folder.rglob("*")):
        shutil.rmtree(folder)
