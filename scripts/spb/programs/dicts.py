# SPDX-License-Identifier: GPL-2.0-only
"""make dicts: writes dict/<target>.dict anew. scripts/run dicts --check says which of them are
not current."""
from __future__ import annotations

from pathlib import Path

from spb import jobs, status, tree, variables
from spb.status import Inconclusive, Usage

SOURCES = ["fuzz/mutator/dict/mkdict.c",
           *(f"fuzz/harness/program/{name}.c"
             for name in ("program", "operations", "fields", "geometry"))]


def _output(argv: list[str]) -> str:
    done = jobs.run(argv)
    if done.status:
        raise Inconclusive(f"{argv[0]}: {done.output.strip()}")
    return done.output


def run(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        raise Usage(f"no argument {arguments[0]}; there is --check")
    program = Path(tree.build_folder(), "mkdict")
    program.parent.mkdir(parents=True, exist_ok=True)
    _output([variables.get("CC"), "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Iinclude", "-I.",
             "-o", str(program), *SOURCES])
    worst = status.PASS
    for target in tree.fuzz_targets():
        path, text = Path("dict", target + ".dict"), _output([str(program), target])
        if not arguments:
            jobs.write_whole(path, text)
        elif not path.is_file() or path.read_text() != text:
            print(f"{path} is not what operations.def and gfp.h say: run make dicts")
            worst = status.FINDING
    return worst
