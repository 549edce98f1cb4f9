# SPDX-License-Identifier: GPL-2.0-only
"""A kernel tree: is it one, which version, what of it decides what is built. It is only read."""
from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from spb.status import Usage

# What must be there.
NEEDED = ("Makefile", "Kbuild", "mm/page_alloc.c", "include/linux/mmzone.h", "arch/um/Makefile",
          "scripts/kconfig/Makefile")
OLDEST = (6, 1)  # the oldest that a probe was seen to pass on
IN_TREE = (".config", "include/config", "include/generated", "arch/um/include/generated")


@dataclass(frozen=True)
class Linux:
    path: Path
    version: str  # "6.12.117"

    def source(self, name: str) -> Path:
        """mm/page_alloc: its .c"""
        return self.path / f"{name}.c"

    def has(self, pattern: str, *files: str) -> bool:
        """A probe: do the files (those that are there) have the text somewhere?"""
        text = re.compile(pattern, re.MULTILINE)
        return any(text.search((self.path / name).read_text(errors="replace"))
                   for name in files if (self.path / name).is_file())


def version_of(makefile: str) -> tuple[int, ...]:
    """Of the text of the Makefile at the top; nothing when it is not a kernel's."""
    numbers = []
    for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL"):
        match = re.search(rf"^{name} *= *([0-9]*)", makefile, re.MULTILINE)
        if not match:
            return ()
        numbers.append(int(match[1] or 0))
    return tuple(numbers)


def opened(words: str, variable: str = "KERNEL") -> Linux:
    """The tree that a variable names, or Usage with what is wrong with it."""
    given = f"{variable}={words}"
    path = Path(words).expanduser().absolute()
    if not path.is_dir():
        raise Usage(f"{given} is no folder")
    for name in NEEDED:
        if not (path / name).is_file():
            raise Usage(f"{given} is not a kernel tree: it has no {name}")
    version = version_of((path / "Makefile").read_text(errors="replace"))
    if not version:
        raise Usage(f"{given} is not a kernel tree: its Makefile names no version")
    if version < OLDEST:
        raise Usage(f"{given} is too old: it is {'.'.join(map(str, version))}, and "
                    f"{'.'.join(map(str, OLDEST))} is the oldest that is known to work")
    for name in IN_TREE:
        if (path / name).exists():
            raise Usage(f"{given} was configured in the tree ({name} is there), so that "
                        "Kbuild refuses to build elsewhere; give a clean copy (git worktree add), "
                        "or make mrproper in it")
    return Linux(path, ".".join(map(str, version)))


def _files(path: Path) -> Iterator[os.DirEntry]:
    folders = [path]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                else:
                    yield entry


def stamp(root: Path, *names: str) -> str:
    """One hash of the names, sizes and times of all files below these."""
    lines = []
    for name in names:
        path = root / name
        if path.is_dir():
            for entry in _files(path):
                found = entry.stat(follow_symlinks=False)
                lines.append(f"{entry.path} {found.st_size} {found.st_mtime_ns}")
        elif path.is_file():
            found = path.stat()
            lines.append(f"{path} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha1("\n".join(sorted(lines)).encode()).hexdigest()
