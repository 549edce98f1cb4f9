# SPDX-License-Identifier: GPL-2.0-only
"""Proofs: what takes long to show is shown once of a build.

A proof is of the contents of files (programs that were built, inputs) and of settings. Each of
its parts that is done is a file below build/proofs/<name>/<key>/, so it can be stopped at any
time and goes on from there; another build is another proof. The file "of" there says what it
is of.
"""
from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import time
from pathlib import Path
from typing import Iterable

from spb import build, jobs, tree

OF = "of"


@functools.lru_cache(maxsize=None)
def _hash(path: str, modified: int, size: int) -> str:
    return hashlib.sha1(Path(path).read_bytes()).hexdigest()[:16]


def hash_of(path: str | Path) -> str:
    """Of the contents of a file, which may be a large one that is asked of often."""
    state = os.stat(path)
    return _hash(str(path), state.st_mtime_ns, state.st_size)


def commit() -> str:
    """The commit, and whether there is more than that."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=tree.ROOT,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return found.stdout.strip() or "no commit"


class Proof:
    """Parts that are done of one build.

    Name: what is shown. Files: what decides the result, all of it beside the settings; their
    contents count, not their names."""

    def __init__(self, name: str, files: Iterable[str | Path], **settings: object) -> None:
        self.name = name
        self.files = {str(path): hash_of(path) for path in files}
        self.settings = settings
        of = [name, *self.files.values(), *(f"{key}={value}" for key, value in settings.items())]
        self.key = hashlib.sha1("\n".join(of).encode()).hexdigest()[:16]
        self._cache = jobs.Cache(f"{tree.build_folder()}/proofs/{name}/{self.key}")

    def get(self, part: str) -> str | None:
        """What was noted of a part, or None when it is not done."""
        return self._cache.get(part)

    def note(self, part: str, result: str = "") -> None:
        """The part is done, and came to this."""
        if self._cache.get(OF) is None:
            self._cache.put(OF, self.about())
        self._cache.put(part, result + "\n")

    def parts(self) -> dict[str, str]:
        """All that is done."""
        names = sorted(path.name for path in self._cache.folder.glob("[!.]*"))
        return {name: self._cache.get(name) or "" for name in names if name != OF}

    def title(self) -> str:
        """What it is of, in a line."""
        settings = "".join(f" {key}={value}" for key, value in self.settings.items())
        return f"{self.name}{settings} of build {self.key}"

    def about(self) -> str:
        """What it is of: settings, files and their hashes, where and when it began."""
        lines = [self.title(), f"begun {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())} "
                 f"at {commit()}, {build.machine()}"]
        lines += [f"{value}  {path}" for path, value in self.files.items()]
        return "\n".join(lines) + "\n"
