# SPDX-License-Identifier: GPL-2.0-only
"""Objects of the tree and of the glue, compiled by changed lines of Kbuild. An object is made again
when its line or one of the files that it read has changed."""
from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from spb import jobs, tree as ours
from spb.kernel.object import kbuild
from spb.kernel.object.linux import Linux
from spb.kernel.object.stage import stage

GLUE = Path("fuzz/kernel/glue")
# cma.c there is compiled in place of the tree's mm/cma.c, which it includes.
INSIDE = GLUE / "inside"
# It only reads, at each page of each list, and takes no word of a list for granted: no sanitizers.
BARE = ("glue/query",)
# Warnings of a tree are its own affair, but these hide mistakes of the glue.
WARNINGS = ["-w", "-Werror=implicit-function-declaration", "-Werror=incompatible-pointer-types"]
SANITIZE = ["-fsanitize=address,undefined",
            # What the kernel does on purpose, or says to the compiler in another way.
            "-fno-sanitize=alignment,function,object-size,vptr,signed-integer-overflow,shift",
            "-fno-sanitize-recover=all"]


@dataclass(frozen=True)
class Variant:
    """How objects are compiled: @words for all, @counted for those whose code is looked at."""
    name: str
    words: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()


VARIANTS = {variant.name: variant for variant in (
    Variant("plain"),
    Variant("fuzz", tuple(SANITIZE),
            ("-fsanitize-coverage=inline-8bit-counters,pc-table",)),
    Variant("asan", tuple(SANITIZE)),
    # What AFL++ counts edges by where its own compiler has not compiled them.
    Variant("afl", (), ("-fsanitize-coverage=trace-pc-guard",)),
    # Accesses are counted in this object, so that it is the same under every engine. Without a kind
    # of edges clang calls no hooks of accesses.
    Variant("hooked", ("-DKB_HOOKED",),
            ("-fsanitize-coverage=trace-loads,trace-stores,inline-8bit-counters,pc-table",)),
)}


def changed_line(words: list[str], more: list[str], source: str, output: str) -> list[str]:
    """Kbuild's line for another output, with our words; what cannot work outside is taken out."""
    at = words.index("-c")
    kept = [word for word in words[:at] if not word.startswith("-Wp,-MMD")
            and word not in ("-mcmodel=large", "-Werror")]
    return [*kept, "-mcmodel=small", "-g", *WARNINGS, *more, "-MD", "-MF", output + ".d",
            "-c", "-o", output, source]


def dependencies(text: str) -> list[str]:
    """The files that a .d file names."""
    return text.replace("\\\n", " ").split(":", 1)[-1].split()


class Stamps:
    """Sizes and times of files, each looked at once: objects have most headers in common."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.known: dict[str, str] = {}

    def of(self, name: str) -> str:
        if name not in self.known:
            try:
                found = os.stat(os.path.join(self.folder, name))
                self.known[name] = f"{name} {found.st_size} {found.st_mtime_ns}"
            except OSError:
                self.known[name] = ""
        return self.known[name]

    def key(self, line: list[str], output: Path) -> str:
        """Of an object that was made by this line; nothing when a file is missing."""
        made_from = Path(f"{output}.d")
        if not output.is_file() or not made_from.is_file():
            return ""
        stamps = [self.of(name) for name in dependencies(made_from.read_text())]
        return all(stamps) and hashlib.sha1("\0".join(line + stamps).encode()).hexdigest() or ""


@dataclass
class Build:
    """The objects of a variant of a tree, below build/kernel/<key>/<variant>/. Instead: copies that
    are compiled in place of files of the tree, by the name of the object."""
    tree: Linux
    kbuild: Path
    folder: Path
    variant: Variant
    lines: dict[str, list[str]]
    probes: list[str]
    instead: dict[str, Path] = field(default_factory=dict)

    def source(self, name: str) -> Path:
        return self.instead.get(name) or self.tree.source(name)

    def _sources(self) -> dict[str, str]:
        """Which source makes which object: the tree's files, ours inside of them, the glue."""
        sources = {name: str(self.source(name)) for name in self.lines}
        for path in sorted((ours.ROOT / INSIDE).glob("*.c")):
            if f"mm/{path.stem}" in sources:
                sources[f"mm/{path.stem}"] = str(path)
        for path in sorted((ours.ROOT / GLUE).glob("*.c")):
            sources[f"glue/{path.stem}"] = str(path)
        return sources

    def line(self, name: str, source: str) -> list[str]:
        base = self.lines.get(name) or self.lines["mm/page_alloc"]
        words = [] if name in BARE else self.variant.words
        more = [*words, *self.probes,
                "-include", str(ours.ROOT / GLUE / "forced.h"), "-iquote", str(ours.ROOT)]
        if not name.startswith("glue/"):
            more += self.variant.counted
        if not name.startswith("lib/"):
            more.append(f'-DKB_INTERNAL_H="{self.tree.path}/mm/internal.h"')
        if Path(source).parent == ours.ROOT / INSIDE:
            more.append(f'-DKB_SOURCE="{self.source(name)}"')
        if name in self.instead:  # it finds headers where it was
            more += ["-iquote", str(self.tree.source(name).parent)]
        return changed_line(base, more, source, str((self.folder / f"{name}.o").absolute()))

    def _stale(self, todo: list[tuple[list[str], Path]]) -> list[tuple[list[str], Path]]:
        stamps = Stamps(self.kbuild)
        return [(line, output) for line, output in todo
                if not (key := stamps.key(line, output))
                or not Path(f"{output}.key").is_file()
                or Path(f"{output}.key").read_text() != key]

    def assembly(self, name: str) -> str:
        """Of one file, without what depends on where it lies; nothing when it does not compile."""
        line, output = self.line(name, self._sources()[name]), self.folder / f"{name}.s"
        output.parent.mkdir(parents=True, exist_ok=True)
        at = line.index("-MD")
        made = jobs.run([*line[:at], "-g0", "-S", "-o", str(output.absolute()), line[-1]],
                        cwd=self.kbuild)
        if made.status:
            return ""
        return "".join(text for text in output.read_text().splitlines(True)
                       if not text.lstrip().startswith((".file", ".ident")))

    def _compile(self, job: tuple[list[str], Path]) -> str:
        line, output = job
        output.parent.mkdir(parents=True, exist_ok=True)
        made = jobs.run(line, cwd=self.kbuild)
        if made.status:
            return made.output or f"{line[0]} ended with {made.status}"
        Path(f"{output}.key").write_text(Stamps(self.kbuild).key(line, output))
        return ""

    def compile(self, what: str) -> list[Path]:
        """Say what it is, where there is something to do and to say. Return: the objects."""
        todo = [(self.line(name, source), self.folder / f"{name}.o")
                for name, source in self._sources().items()
                if not self.instead or name in self.instead]
        stale = self._stale(todo)
        with stage(what) if stale and what else contextlib.nullcontext():
            for (line, output), said in jobs.each(stale, self._compile):
                if said:
                    raise kbuild.failed(f"compiling {output.name}", said)
        return [output for _, output in todo]
