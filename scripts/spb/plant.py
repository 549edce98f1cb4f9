# SPDX-License-Identifier: GPL-2.0-only
"""A bug of bugs/ planted into a copy of the core, and programs linked with it.

build/bugs/<name>/core/ has the copy: files that the patch does not change stay as they were,
and only what changed is compiled, with make's own words. A program that is up to date (by the
contents of the changed files and by what it is linked of) is not linked again.
"""
from __future__ import annotations

import fnmatch
import functools
import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import ContextManager

from spb import build, jobs, tree, variables
from spb.disk import alone
from spb.status import Inconclusive, Stop, Usage


class DoesNotBuild(Inconclusive):
    """A bug that cannot be planted: its patch, or the compiler, says why in its log."""


@functools.lru_cache(maxsize=None)
def patches() -> dict[str, Path]:
    """All of bugs/, by name."""
    return {path.stem: path.relative_to(tree.ROOT)
            for path in sorted(tree.ROOT.glob("bugs/**/*.patch"), key=lambda path: path.stem)}


def named(pattern: str) -> list[Bug]:
    """Those that BUG= stands for: names, wildcards, nothing for all."""
    found = set()
    for word in pattern.split() or ["*"]:
        names = fnmatch.filter(patches(), word)
        if not names:
            raise Usage(f"there is no bug {word} in bugs/")
        found.update(names)
    return [Bug(name) for name in sorted(found)]


def one(name: str) -> Bug:
    if name not in patches():
        raise Usage(f"BUG={name} is not one bug: there is no {name}.patch in bugs/")
    return Bug(name)


class Bug:
    """One planted bug."""

    def __init__(self, name: str) -> None:
        if variables.get("DROPIN"):
            raise Usage("DROPIN and planted bugs exclude each other: a bug is planted into our own "
                        "core. Put it into the drop-in")
        self.name = name
        self.patch = patches()[name]
        self.program = self.patch.with_suffix(".spbt")  # the smallest that shows it, if any
        self.dir = Path(tree.build_folder()) / "bugs" / name
        self.log = self.dir.with_name(name + ".log")

    @functools.cached_property
    def head(self) -> dict[str, str]:
        """The lines "name: value" before the diff."""
        text = (tree.ROOT / self.patch).read_text().split("\n--- ")[0]
        fields = re.findall(r"^(\w+):(.*)$", text, re.MULTILINE)
        return {name: value.strip() for name, value in fields}

    @functools.cached_property
    def code(self) -> str:
        """The part of the patch that is code."""
        text = (tree.ROOT / self.patch).read_text()
        return text[text.index("\n--- ") + 1:]

    @property
    def target(self) -> str:
        return self.head["target"]

    @property
    def rules(self) -> list[str]:
        return self.head["rule"].replace(",", " ").split()

    @property
    def counts_accesses(self) -> bool:
        return tree.counts_accesses(self.target)

    def plant(self) -> None:
        """The copy of the core, where a file that is as before stays as it was."""
        new = self.dir / "new"
        shutil.rmtree(new, ignore_errors=True)
        (new / "core").mkdir(parents=True)
        (self.dir / "core").mkdir(exist_ok=True)
        for path in _core_files():
            shutil.copy(path, new / "core")
        patched = jobs.run(["patch", "-s", "-p1", "-F0", "--no-backup-if-mismatch", "-d", str(new)],
                           input=(tree.ROOT / self.patch).read_text())
        if patched.status:
            jobs.write_whole(self.log, patched.output)
            raise DoesNotBuild(f"{self.patch} does not apply (make bugs-refresh): {self.log}")
        for path in (new / "core").iterdir():
            kept = self.dir / "core" / path.name
            if not kept.exists() or kept.read_bytes() != path.read_bytes():
                shutil.copy(path, kept)
        shutil.rmtree(new)

    def planted(self) -> list[str]:
        """Plant it. Return: the core files to compile for it."""
        with self._locked():
            self.plant()
            return self.changed_files()

    def changed_files(self) -> list[str]:
        """Core files (without .c) to compile for it: all of them where a header has changed."""
        changed = [path for path in _core_files()
                   if path.read_bytes() != (self.dir / path).read_bytes()]
        if any(path.suffix == ".h" for path in changed):
            changed = list(_core_files())
        return sorted(str(path.with_suffix("")) for path in changed if path.suffix == ".c")

    def tool(self, variant: str | None = None) -> str:
        """The command, to replay what was found: with sanitizers, or of a variant. Where that
        is none for races its core has no hooks."""
        chosen = variant or build.checked(self.target)
        core = "hooked" if chosen.startswith("race") and self.counts_accesses else chosen
        name = f"spbfuzz-{variant}" if variant else "spbfuzz"
        tools = build.words(chosen).tool_objects
        return self.link(name, chosen, core, tools, build.tool(chosen))

    def engine(self, variant: str, name: str = "engine") -> str:
        """The engine of its target: as MUTATOR= says."""
        core = "hooked" if self.counts_accesses else variant
        like = f"{tree.build_folder()}/{variant}/{self.target}"
        suffix = "" if variables.flag("MUTATOR") or variant.startswith("afl") else "-bytes"
        words = build.words(variant).engine_words
        target = f"{tree.build_folder()}/{variant}/engine-{self.target}.o"
        return self.link(name, variant, core, [target], like + suffix, words)

    def link(self, name: str, variant: str, core: str, more: list[str], like: str,
             words: list[str] | tuple = ()) -> str:
        """A program with the bug, beside the one without it (like), which make builds first.

        More: objects and libraries beside those of the core and of the harness. Words: of the
        engine."""
        with self._locked():
            try:
                build.make(like)
                self.plant()
                return self._link(self.dir / name, variant, core, more, list(words))
            except jobs.Stopped:
                raise
            except Stop as stop:
                if isinstance(stop, DoesNotBuild):
                    raise
                raise DoesNotBuild(f"{self.name}: {stop}") from stop

    def _link(self, output: Path, variant: str, core: str, more: list[str],
              words: list[str]) -> str:
        how = build.words(variant)
        core_line = build.words(core).core_line
        # Headers of the copy come before those of the core.
        first = next(at for at, word in enumerate(core_line) if word.startswith("-"))
        changed = self.changed_files()
        compiled = {name: self.dir / f"{core}-{Path(name).name}.o" for name in changed}
        linked = [str(compiled.get(name, f"{tree.build_folder()}/{core}/{name}.o"))
                  for name in how.core_files]
        linked += how.engine_objects if words else how.host_objects
        canary = _canary(variant)
        line = [*how.link_line, *words, "-o", str(output), *more, *linked, canary, *how.libs]
        kept = [name for name in line
                if name.endswith(".o") and Path(name) not in compiled.values()]
        headers = sorted((self.dir / "core").glob("*.h"))
        stamp = _stamp(core_line + line,
                       [*headers, *(self.dir / f"{name}.c" for name in changed)], kept)
        note = output.with_name(output.name + ".stamp")
        if output.exists() and note.exists() and note.read_text() == stamp:
            return str(output)
        note.unlink(missing_ok=True)
        for name, made in compiled.items():
            self._do([*core_line[:first], f"-I{self.dir}", *core_line[first:], "-DSPB_BUG", "-c",
                      "-o", str(made), str(self.dir / f"{name}.c")])
        self._do(line)
        jobs.write_whole(note, stamp)
        return str(output)

    def _do(self, line: list[str]) -> None:
        done = jobs.run(line)
        if done.status:
            jobs.write_whole(self.log, done.output)
            raise DoesNotBuild(f"{self.name} does not build: {self.log}")

    def _locked(self) -> ContextManager[None]:
        """Two commands at once must not plant the same bug at the same time."""
        return alone.in_turn(self.dir / "lock")


def _core_files() -> list[Path]:
    return sorted([*Path("core").glob("*.c"), *Path("core").glob("*.h")])


def _stamp(line: list[str], sources: list[Path], objects: list[str]) -> str:
    """What a program was made of: the words, changed sources, and all other objects as make
    left them."""
    total = hashlib.sha1("\0".join(line).encode())
    for path in sources:
        total.update(path.read_bytes())
    for name in objects:
        state = os.stat(name)
        total.update(f"{name} {state.st_mtime_ns} {state.st_size}\n".encode())
    return total.hexdigest()


def _canary(variant: str) -> str:
    """What counts that a bug was reached and triggered (bugs/canary.c), of a variant."""
    made = Path(tree.build_folder()) / "bugs" / f"canary-{variant}.o"
    source = Path("bugs/canary.c")
    how = build.words(variant).host_line
    note = made.with_suffix(".stamp")
    stamp = _stamp(how, [source], [])
    with alone.in_turn(made.with_suffix(".lock")):
        if not (made.exists() and note.exists() and note.read_text() == stamp):
            done = jobs.run([*how, "-c", "-o", str(made), str(source)])
            if done.status:
                raise Inconclusive(f"bugs/canary.c does not compile: {done.output.strip()}")
            jobs.write_whole(note, stamp)
    return str(made)
