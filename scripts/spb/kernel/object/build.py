# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run kernel-object VARIANT: the object of KERNEL= for a variant, its self-test, and its
path. The folder is build/kernel/<key>/, where the key is of the tree's path, its configuration and
the compiler."""
from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import Iterator, Protocol

from spb import build as ours, jobs, variables
from spb.disk import alone, builds
from spb.kernel.object import kbuild, link, linux, objects, probes
from spb.status import Inconclusive, Usage

ALONE = "fuzz/kernel/alone/selftest.c"
TOOLS = {"ld": "ld.lld", "nm": "llvm-nm", "objcopy": "llvm-objcopy", "readelf": "llvm-readelf"}


def tools() -> dict[str, str]:
    """Those that belong to CLANG."""
    suffix = kbuild.llvm_words().removeprefix("LLVM=").lstrip("1")
    return {name: program + suffix for name, program in TOOLS.items()}


def folder_of(tree: linux.Linux) -> Path:
    return Path("build/kernel") / kbuild.key(tree, ours.compiler_version())


class Plant(Protocol):
    """Another text of one file of a tree: a bug, or a mutant."""
    name: str
    file: str    # "mm/page_alloc.c"
    folder: str  # where its objects go, below that of the tree

    def text(self, source: str) -> str:
        """That of the file, changed. Lines keep their numbers."""
        ...


def made(words: str, variant: str, bug: Plant | None = None) -> Path:
    """The object of a tree, or of a tree with a bug. One build of a tree at a time."""
    with compiled_as(words, variant) as (build, compiled):
        if bug:
            return planted(build, compiled, bug, f"planting {bug.name}")
        return _linked(build.folder, compiled)


@contextlib.contextmanager
def compiled_as(words: str, variant: str) -> Iterator[tuple[objects.Build, list[Path]]]:
    """All objects of the tree, up to date, while nobody else builds it."""
    if variant not in objects.VARIANTS:
        raise Usage(f"no variant {variant}; there are: {' '.join(objects.VARIANTS)}")
    tree = linux.opened(words)
    folder = folder_of(tree)
    with alone.in_turn(folder / "lock"):
        builds.used(folder)
        kbuild.configure(tree, folder / "kbuild")
        lines = kbuild.lines(tree, folder / "kbuild")
        build = objects.Build(tree, folder / "kbuild", folder / variant,
                              objects.VARIANTS[variant], lines, probes.words(tree))
        yield build, build.compile(f"compiling {tree.version} for {variant}")


def with_copy(build: objects.Build, bug: Plant) -> tuple[objects.Build, str]:
    """The build of that file alone, from a copy with the bug. Return: and the object's name."""
    name = bug.file.removesuffix(".c")
    folder = build.folder.parent / bug.folder / build.variant.name
    copy = folder / bug.file
    text = bug.text(build.tree.source(name).read_text(errors="surrogateescape"))
    text = f'#line 1 "{build.tree.source(name)}"\n{text}'
    if not copy.is_file() or copy.read_text(errors="surrogateescape") != text:
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, errors="surrogateescape")
    return dataclasses.replace(build, folder=folder, instead={name: copy.absolute()}), name


def planted(build: objects.Build, compiled: list[Path], bug: Plant, what: str = "") -> Path:
    """The object of the build with a bug. Nobody else builds in its folder."""
    copy, name = with_copy(build, bug)
    [changed] = copy.compile(what)
    return _linked(copy.folder, [changed if path == build.folder / f"{name}.o" else path
                                 for path in compiled])


def _linked(folder: Path, compiled: list[Path]) -> Path:
    whole = folder / "kernel.o"
    newest = max(path.stat().st_mtime_ns for path in compiled)
    if whole.is_file() and whole.stat().st_mtime_ns > newest:
        return whole
    theirs = [path for path in compiled if path.parent.name != "glue"]
    glue = [path for path in compiled if path.parent.name == "glue"]
    whole, stubbed = link.link(theirs, glue, folder, variables.get("CLANG"), tools())
    (folder / "stubs").write_text("\n".join(stubbed) + "\n")
    return whole


def check(whole: Path, variant: objects.Variant, boots: int = 0) -> str:
    """The self-test of an object, in a program that has nothing else, and how long so many boots
    take. Return: what it says."""
    program = str(whole.parent / "selftest")
    words = [word for word in variant.words if word.startswith(("-fsanitize", "-fno-sanitize"))]
    linked = jobs.run([variables.get("CLANG"), "-O1", "-g", "-I.", "-no-pie", *words, "-o", program,
                       ALONE, str(whole)])
    if linked.status:
        raise Inconclusive(f"linking {program}:\n{linked.output}")
    ran = jobs.run([program, str(boots)])
    if ran.status:
        raise Inconclusive(f"the self-test of this tree fails: {ran.output.strip()}")
    return ran.output


def run(arguments: list[str]) -> int:
    if not variables.get("KERNEL"):
        raise Usage("KERNEL= names no tree")
    for variant in arguments or ["plain"]:
        whole = made(variables.get("KERNEL"), variant)
        check(whole, objects.VARIANTS[variant])
        print(whole)
    return 0
