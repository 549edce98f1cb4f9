# SPDX-License-Identifier: GPL-2.0-only
"""The model is written from the specification, not from the allocator: what the two have in common
word for word is likely to have the same mistake.

    functions   no definition of the model has the name of one of the core
    comments    no sentence, and no run of RUN words, is the same in both"""
from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

from spb.ctext import csource

CORE, MODEL = ("core", "include/spb"), ("fuzz/harness/model",)
# Shorter sentences ("Locked.") are bound to meet.
SENTENCE, RUN = 4, 7
COMMENT = re.compile(r"/\*(.*?)\*/|//([^\n]*)", re.S)
LICENCE = re.compile(r"SPDX-License-Identifier:.*")


def _files(root: Path, folders: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in (root / folder).glob("*") if path.suffix in
                          (".c", ".h", ".def"))


def sentences(text: str) -> Iterator[tuple[str, ...]]:
    """The words of each sentence of a file's comments."""
    for match in COMMENT.finditer(LICENCE.sub("", text)):
        lines = (match[1] or match[2] or "").split("\n")
        comment = "\n".join(re.sub(r"^\s*\*? ?", "", line) for line in lines)
        for part in re.split(r"\n\s*\n|(?<=[.:;?!])\s", comment):
            words = tuple(re.findall(r"[a-z0-9_]+", part.lower()))
            if len(words) >= SENTENCE:
                yield words


def _runs(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """What must not stand in another comment: all of it, and each run of so many words."""
    return {words, *(words[i:i + RUN] for i in range(len(words) - RUN + 1))}


def _definitions(path: Path) -> list[str]:
    if path.suffix == ".def":
        return []
    return [item.name for item in csource.read(path).functions()]


def complaints(root: Path) -> Iterator[str]:
    functions: dict[str, Path] = {}
    said: dict[tuple[str, ...], Path] = {}
    for path in _files(root, CORE):
        functions.update((name, path) for name in _definitions(path))
        for words in sentences(path.read_text()):
            said.update((run, path) for run in _runs(words))
    for path in _files(root, MODEL):
        here = path.relative_to(root)
        for name in _definitions(path):
            if name in functions:
                yield f"{here}: {name}() is defined in {functions[name].relative_to(root)}, too"
        for words in sentences(path.read_text()):
            same = next((run for run in sorted(_runs(words), key=len, reverse=True)
                         if run in said), None)
            if same:
                yield f"{here}: \"{' '.join(same)}\" stands in {said[same].relative_to(root)}, too"
