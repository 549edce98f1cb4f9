# SPDX-License-Identifier: GPL-2.0-only
"""One object out of many: sections that a boot puts back get names, what is not there is stubbed,
and only kb_* stays visible."""
from __future__ import annotations

import re
from pathlib import Path

from spb import jobs
from spb.status import Inconclusive

# Of the C library and of sanitizers: bound when the program is linked.
LIBRARY = re.compile(r"mem(set|cpy|move|chr|cmp)|str(len|n?cmp|str|chr|nlen)|v?snprintf|mmap|"
                     r"__(asan|ubsan|sanitizer|sancov|start_kb|stop_kb|start___sancov|"
                     r"stop___sancov)_.*|_GLOBAL_OFFSET_TABLE_|kb_stub_names|kb_nr_stubs")
# Never mapped: the first page of a process begins higher than this ends.
FIRST_STUB, STUB_BYTES, LAST_STUB = 0x4000, 16, 0xfff0
CALLS = ("R_X86_64_PLT32",)


def section_names(readelf: str, prefix: str) -> dict[str, str]:
    """What each section with state is renamed to, from llvm-readelf -SW."""
    names = {}
    for line in readelf.splitlines():
        match = re.match(r" *\[ *\d+\] (\S+) +(PROGBITS|NOBITS) +\S+ +\S+ +\S+ +\S+ +(\w+)", line)
        if not match or "W" not in match[3]:
            continue
        name, kind = match[1], match[2]
        if name.startswith(".data..percpu"):
            names[name] = "kb_percpu"
        elif kind == "NOBITS" and name.startswith(".bss"):
            names[name] = f"{prefix}bss"
        elif name.startswith((".data", ".init.data", ".ref.data", ".meminit.data", ".bss")):
            names[name] = f"{prefix}data"
    return names


def undefined(nm: str) -> list[str]:
    """What nm -u lists and nobody but us could have."""
    names = {line.split()[-1] for line in nm.splitlines() if line.strip()}
    return sorted(name for name in names if not LIBRARY.fullmatch(name))


def only_called(readelf: str, names: list[str]) -> set[str]:
    """Those of the names that relocations (llvm-readelf -rW) only call."""
    kinds: dict[str, set[str]] = {}
    for line in readelf.splitlines():
        words = line.split()
        if len(words) >= 5 and words[2].startswith("R_X86_64_"):
            kinds.setdefault(words[4], set()).add(words[2])
    return {name for name in names if kinds.get(name) and kinds[name] <= set(CALLS)}


def stubs(names: list[str], called: set[str]) -> str:
    """Assembly: a function that is only called says so by its name; all else has an address at
    which there is nothing, so that loads, stores and calls fault there, and a table names it."""
    lines = ["\t.section .rodata,\"a\",@progbits", "\t.globl kb_stub_names, kb_nr_stubs"]
    others = [name for name in names if name not in called]
    if FIRST_STUB + STUB_BYTES * len(others) > LAST_STUB:
        raise Inconclusive(f"{len(others)} undefined names are too many")
    texts = "".join(f"s_{name}:\t.asciz \"{name}\"\n" for name in names)
    table = "".join(f"\t.quad s_{name}\n" for name in others)
    lines.append(f"{texts}\t.balign 8\nkb_stub_names:\n{table}kb_nr_stubs:\n\t.quad {len(others)}")
    for number, name in enumerate(others):
        lines.append(f"\t.globl {name}\n\t.set {name}, {FIRST_STUB + STUB_BYTES * number:#x}")
    lines.append("\t.text")
    for name in sorted(called):
        lines.append(f"\t.globl {name}\n{name}:\n\tmovl $s_{name}, %edi\n\tjmp kb_stub_called")
    lines.append('\t.section .note.GNU-stack,"",@progbits')
    return "\n".join(lines) + "\n"


def _run(*words: str) -> str:
    made = jobs.run(list(words))
    if made.status:
        raise Inconclusive(f"{words[0]}:\n{made.output}")
    return made.output


def _join(objects: list[Path], prefix: str, to: str, tools: dict[str, str]) -> None:
    """One object, whose sections with state have names that begin with the prefix."""
    _run(tools["ld"], "-r", "-o", to, *map(str, objects))
    renames = section_names(_run(tools["readelf"], "-SW", to), prefix)
    _run(tools["objcopy"], *(f"--rename-section={old}={new}" for old, new in renames.items()), to)


def link(theirs: list[Path], glue: list[Path], folder: Path, compiler: str,
         tools: dict[str, str]) -> tuple[Path, list[str]]:
    """Objects of the tree, and of the glue. Return: the object, and the names that nothing has."""
    tree, own, joined, text, whole = (str(folder / name) for name in
                                      ("tree.o", "own.o", "joined.o", "stubs.S", "kernel.o"))
    _join(theirs, "kb_", tree, tools)
    _join(glue, "kb_own_", own, tools)
    _run(tools["ld"], "-r", "-o", joined, tree, own)
    names = undefined(_run(tools["nm"], "-u", joined))
    Path(text).write_text(stubs(names, only_called(_run(tools["readelf"], "-rW", joined), names)))
    _run(compiler, "-c", "-o", f"{folder}/stubs.o", text)
    _run(tools["ld"], "-r", "-o", joined, tree, own, f"{folder}/stubs.o")
    _run(tools["objcopy"], "--wildcard", "--keep-global-symbol=kb_*", joined, whole)
    return Path(whole), names
