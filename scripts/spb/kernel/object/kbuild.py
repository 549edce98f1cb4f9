# SPDX-License-Identifier: GPL-2.0-only
"""Kbuild as the oracle of compile lines: it configures ARCH=um outside of the tree and builds plain
objects by name; what it called the compiler with is then ours to change."""
from __future__ import annotations

import hashlib
import re
import shlex
from pathlib import Path

from spb import jobs, variables
from spb.kernel.object.linux import Linux, stamp
from spb.kernel.object.stage import stage
from spb.status import Inconclusive, Usage

FRAGMENT = """CONFIG_64BIT=y
CONFIG_PRINTK=y
CONFIG_BUG=y
CONFIG_EXPERT=y
CONFIG_DEBUG_KERNEL=y
CONFIG_DEBUG_SPINLOCK=y
CONFIG_DEBUG_LIST=y
CONFIG_DEBUG_VM=y
CONFIG_DEBUG_VM_PGFLAGS=y
CONFIG_COMPACTION=y
CONFIG_MIGRATION=y
CONFIG_CMA=y
CONFIG_VM_EVENT_COUNTERS=y
CONFIG_CC_OPTIMIZE_FOR_PERFORMANCE=y
CONFIG_INIT_STACK_NONE=y
"""
# Those that a tree does not have are left out: versions moved functions between files.
OBJECTS = tuple(f"mm/{name}" for name in
                ("page_alloc", "mm_init", "memblock", "mmzone", "vmstat", "page_isolation",
                 "compaction", "cma", "show_mem", "debug")) + \
          tuple(f"lib/{name}" for name in
                ("find_bit", "bitmap", "hweight", "list_debug", "math/int_sqrt"))
# What configuring reads: a change of another file does not ask for a new configuration.
CONFIGURING = ("Makefile", "Kconfig", "Kbuild", "scripts", "arch/um", "arch/x86/um", "init/Kconfig",
               "mm/Kconfig", "mm/Kconfig.debug", "mm/Makefile", "lib/Kconfig", "lib/Kconfig.debug",
               "lib/Makefile", "include/linux/mmzone.h", "include/linux/page-flags.h",
               "include/linux/spinlock_types.h", "include/linux/sched.h")
SHOWN = 25


def names_of(tree: Linux) -> list[str]:
    return [name for name in OBJECTS if tree.source(name).is_file()]


def key(tree: Linux, compiler: str) -> str:
    """Of the folder of a tree: one per path, configuration and compiler."""
    words = "\0".join((str(tree.path), compiler, FRAGMENT, stamp(tree.path, *CONFIGURING)))
    return hashlib.sha1(words.encode()).hexdigest()[:12]


def llvm_words() -> str:
    """What Kbuild calls the tools that belong to CLANG: LLVM=-14, or LLVM=1."""
    name = Path(variables.get("CLANG")).name
    match = re.fullmatch(r"clang(-[0-9]+)?", name)
    if not match:
        raise Usage(f"CLANG={variables.get('CLANG')}: a kernel is built with clang, or with "
                    "clang-<number>")
    return f"LLVM={match[1] or 1}"


def _make(tree: Linux, folder: Path, *words: str) -> jobs.Result:
    return jobs.run(["make", "-s", "-C", str(tree.path), "ARCH=um", llvm_words(),
                     f"O={folder.absolute()}", *words])


def complaints(output: str) -> list[str]:
    """What a reader of a failed build wants to see: from the first error on."""
    lines = output.splitlines()
    for number, line in enumerate(lines):
        if re.search(r"\berror\b|\*\*\*|No space left", line):
            return lines[max(0, number - 1):][:SHOWN]
    return lines[-SHOWN:]


def failed(what: str, output: str) -> Exception:
    """The tree's own mistake is told with the compiler's words; what is ours is no verdict."""
    text = "\n".join(complaints(output))
    if "No space left on device" in output:
        return Inconclusive(f"{what}: no space left on the device")
    if re.search(r"\.[ch]:[0-9]+:[0-9]+: (fatal )?error:", output):
        return Usage(f"{what}: the tree does not compile\n{text}")
    return Inconclusive(f"{what}:\n{text}")


def configure(tree: Linux, folder: Path) -> None:
    """Once per folder: whole, or not at all."""
    done = folder / "configured"
    if done.is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fragment").write_text(FRAGMENT)
    with stage(f"configuring {tree.version} (ARCH=um), a minute"):
        made = _make(tree, folder, f"KCONFIG_ALLCONFIG={(folder / 'fragment').absolute()}",
                     "allnoconfig")
        if not made.status:
            made = _make(tree, folder, f"-j{variables.get('JOBS')}", "prepare")
    if made.status:
        raise failed("configuring", made.output)
    done.write_text(tree.version + "\n")


def command_file(folder: Path, name: str) -> Path:
    path = folder / name
    return path.parent / f".{path.name}.o.cmd"


def lines(tree: Linux, folder: Path) -> dict[str, list[str]]:
    """The compile line of each object, as Kbuild has it."""
    names = names_of(tree)
    if not all(command_file(folder, name).is_file() for name in names):
        with stage(f"asking Kbuild how it compiles {len(names)} files"):
            made = _make(tree, folder, f"-j{variables.get('JOBS')}",
                         *(f"{name}.o" for name in names))
        if made.status:
            raise failed("compiling", made.output)
    return {name: command_of(command_file(folder, name).read_text()) for name in names}


def command_of(text: str) -> list[str]:
    """The words of the first line of a .cmd file: savedcmd_mm/x.o := clang ..."""
    first = text.split("\n", 1)[0]
    return shlex.split(first.split(":=", 1)[1].split(";")[0])
