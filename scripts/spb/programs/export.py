# SPDX-License-Identifier: GPL-2.0-only
"""make export CRASH=file [OUT=file]: what the program does and where it broke, as a page that
needs nothing but a browser. OUT=name.c is a C file that makes the same calls of the core,
OUT=name_kunit.c a KUnit test with them, OUT=name.json what is in the page. The target is that of
the folder, elsewhere TARGET=. BUG=name runs it on the core with that bug of bugs/ planted, DROPIN=
with those functions, KERNEL=tree on a kernel's page allocator.
"""
from __future__ import annotations

import os
from pathlib import Path

from spb import build, jobs, plant, tree, variables
from spb.disk import origin
from spb.kernel import harness
from spb.programs.repro import crash
from spb.status import PASS, Inconclusive, Usage

KINDS = (("_kunit.c", "--kunit"), (".c", "--c"), (".html", "--html"), (".json", "--json"))


def kind_of(out: str) -> str:
    """The option for what a file of this name is to be."""
    for ending, option in KINDS:
        if out.endswith(ending):
            return option
    raise Usage(f"OUT={out} does not say what it is to be: " +
                ", ".join(f"*{ending}" for ending, _ in KINDS))


def tool(target: str) -> str:
    """What runs the program, without sanitizers: what they see first is seen by the rules, or is
    in the bundle's report. Kernel trees have one replayer."""
    if harness.wanted():
        return harness.replayer(target)
    variant = build.bare(target)
    if variables.get("BUG"):
        return plant.one(variables.get("BUG")).tool(variant)
    name = build.tool(variant)
    build.make(name)
    return name


def about() -> str:
    flags = variables.replay_words().strip()
    return f"revision {origin.revision()}, {origin.source()}" + (f", {flags}" if flags else "")


def write(path: str, target: str, out: str) -> None:
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    made = jobs.run([tool(target), "export", kind_of(out), "--target", target, "--about", about(),
                     "--output", out, path])
    if made.status:
        raise Inconclusive(f"{made.output.strip()}\n{path} could not be exported")


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    path = crash("export")
    target = tree.target_of(path)
    name = os.path.basename(path).removesuffix(".spbt")
    place = harness.folder() if harness.wanted() else tree.build_folder()
    out = variables.get("OUT") or f"{place}/export/{target}/{name}.html"
    write(path, target, out)
    print(f"{out}: file://{Path(out).resolve()}" if out.endswith(".html") else out)
    return PASS
