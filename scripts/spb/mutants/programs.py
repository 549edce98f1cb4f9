# SPDX-License-Identifier: GPL-2.0-only
"""What mutants run in: tool, unit tests and engines, linked once against a core that is a shared
library, and the core of each mutant as such a library."""
from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

from spb import build, jobs, tree, variables
from spb.status import Inconclusive

MUTATE = "fuzz/mutants/mutate.c"


def folder() -> Path:
    return Path(tree.build_folder()) / "mutants"


def targets() -> list[str]:
    """Programs of race count the accesses of one build alone."""
    return [target for target in tree.fuzz_targets() if target != "race"]


def engine_targets() -> list[str]:
    """Without those whose engines do not begin without access hooks."""
    return [target for target in targets() if not tree.counts_accesses(target)]


def mutator() -> Path:
    return folder() / "mutate"


def mutate(*words: str) -> str:
    return jobs.run([str(mutator()), *words], errors=False).output


# ---- made once ------------------------------------------------------------------------------

def _stamp(line: list[str], inputs: Iterable[str]) -> str:
    total = hashlib.sha1("\0".join(line).encode())
    for name in inputs:
        state = Path(name).stat()
        total.update(f"{name} {state.st_mtime_ns} {state.st_size}\n".encode())
    return total.hexdigest()


def _made(output: Path, inputs: Iterable[str], *lines: list[str]) -> None:
    """The lines make the output, unless they have of these very files."""
    note = output.with_name(output.name + ".stamp")
    stamp = _stamp([word for line in lines for word in line], inputs)
    if output.exists() and note.exists() and note.read_text() == stamp:
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    note.unlink(missing_ok=True)
    for line in lines:
        done = jobs.run(line)
        if done.status:
            raise Inconclusive(f"{output} cannot be made: {done.output.strip()}")
    jobs.write_whole(note, stamp)


def compile_line(variant: str, source: str, assembly: str) -> list[str]:
    """As the core is compiled, for a shared library. Warnings of a mutant are its own affair;
    without -g the assembly has no line numbers."""
    return [*build.words(variant).core_line, "-w", "-g0", "-fPIC", "-ftls-model=initial-exec",
            "-MF", assembly + ".d", "-S", "-o", assembly, source]


def assemble_line(variant: str, assembly: str, output: str) -> list[str]:
    return [variables.get("CC" if variant == "gcc" else "CLANG"), "-c", "-o", output, assembly]


def library_line(variant: str, output: str, name: str = "", instead: str = "") -> list[str]:
    """The core, where one object takes the place of another."""
    linked = [instead if file == name else f"{folder()}/{variant}/{file}.o"
              for file in build.words(variant).core_files]
    return [variables.get("CC"), "-shared", "-o", output, *linked]


def assembly_of(name: str) -> Path:
    """Of a file of the core as it is (without .c)."""
    return folder() / "gcc" / f"{name}.s"


@functools.lru_cache(maxsize=None)
def _sources() -> list[str]:
    return tree.git_files("core", "include", untracked=True)


def _make_core_file(item: tuple[str, str]) -> None:
    variant, name = item
    assembly, output = (f"{folder()}/{variant}/{name}.{end}" for end in "so")
    _made(Path(output), _sources(), compile_line(variant, f"{name}.c", assembly),
          assemble_line(variant, assembly, output))


def _make_program(program: Program) -> None:
    how = build.words(program.variant)
    line = [*how.link_line, "-rdynamic", "-o", str(program.output), *program.objects,
            f"-L{folder()}/{program.variant}", "-lcore", *program.libraries, *how.libs]
    library = f"{folder()}/{program.variant}/libcore.so"
    _made(program.output, [*(name for name in program.objects if name.endswith(".o")), library],
          line)


@dataclass(frozen=True)
class Program:
    """Linked against the library, and with every hook in it."""
    variant: str
    output: Path
    objects: tuple[str, ...]
    libraries: tuple[str, ...] = ()


def _tool() -> Program:
    how = build.words("gcc")
    return Program("gcc", folder() / "bin/spbfuzz", (*how.tool_objects, *how.host_objects))


@functools.lru_cache(maxsize=None)
def test_names() -> list[str]:
    """Without those that let CPU time pass: they ask the harness, and no mutant."""
    return sorted({path.stem for path in Path("tests").glob("test_*.c")} - {"test_watchdog"})


def unit() -> Path:
    """The unit tests, which get the name of one of their files."""
    return folder() / "bin/unit"


def _tests() -> Program:
    sources = sorted(str(path) for path in Path("tests").glob("*.c"))
    how = build.words("gcc")
    tool = [name for name in how.tool_objects if not name.endswith("/main.o")]
    # What the Makefile links with the tests besides is its own to say.
    objects = (*build.objects("gcc", *sources, "$(lab_tested)"), *tool, *how.host_objects)
    return Program("gcc", unit(), objects, ("-lcmocka",))


def _engines() -> list[Program]:
    """Without sanitizers: four times as fast."""
    how = build.words("plain")
    return [Program("plain", folder() / "bin" / target,
                    (f"{tree.build_folder()}/plain/engine-{target}.o", *how.engine_words,
                     *how.engine_objects))
            for target in engine_targets()]


def make_mutator() -> None:
    headers = sorted(str(path) for path in Path(MUTATE).parent.glob("*.h"))
    _made(mutator(), [MUTATE, *headers],
          [variables.get("CC"), "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-I.", "-o",
           str(mutator()), MUTATE])


def make(with_engines: bool) -> None:
    """All of it, as far as it is not there."""
    goals = [f"{tree.build_folder()}/gcc/{name}" for name in ("spbfuzz", "unit")]
    if with_engines:
        goals += [f"{tree.build_folder()}/plain/{target}" for target in engine_targets()]
    build.make(*goals)
    make_mutator()
    variants = ["gcc", "plain"] if with_engines else ["gcc"]
    files = [(variant, name) for variant in variants for name in build.words(variant).core_files]
    for _ in jobs.each(files, _make_core_file):
        pass
    for variant in variants:
        objects = [f"{folder()}/{variant}/{name}.o" for name in build.words(variant).core_files]
        library = folder() / variant / "libcore.so"
        _made(library, objects, library_line(variant, str(library)))
    programs = [_tool(), _tests(), *(_engines() if with_engines else [])]
    for _ in jobs.each(programs, _make_program):
        pass
