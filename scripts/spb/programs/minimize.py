# SPDX-License-Identifier: GPL-2.0-only
"""make minimize CRASH=file: the program as text, the smallest one with the same signature, and
where that was written, as bytes and as text. The target is that of the folder, elsewhere
TARGET=. BUG=name runs it on the core with that bug of bugs/ planted, KERNEL=tree on a kernel's page
allocator. Ctrl-C ends it with the smallest so far.
"""
from __future__ import annotations

import os
import signal
from pathlib import Path

from spb import build, jobs, status, tree, variables
from spb.kernel import harness
from spb.programs.repro import crash, tool_for
from spb.status import Inconclusive, Usage


def tool_that_shows(target: str, path: str) -> str:
    """Of those that may show the crash (the one that sees most first) the first one that does
    not run it to its end."""
    tools = [lambda: tool_for(target)]
    if not variables.get("BUG") and not harness.wanted():
        tools.append(lambda: gcc())
    for tool in tools:
        name = tool()
        if tool == tools[0] and jobs.run([name, "show", path], errors=False).status:
            jobs.show([name, "show", path])
            raise Usage(f"{path} is no program")
        if jobs.run([name, "run", "--target", target, path]).status:
            return name
    raise Usage(f"{path} runs to its end with target {target}, nothing to shrink (TARGET= says as "
                "which target)")


def gcc() -> str:
    name = build.tool("gcc")
    build.make(name)
    return name


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    path = crash("minimize")
    target = tree.target_of(path)
    tool = tool_that_shows(target, path)
    place = harness.folder() if harness.wanted() else tree.build_folder()
    small = Path(place, "min", target, os.path.basename(path).removesuffix(".spbt"))
    small.parent.mkdir(parents=True, exist_ok=True)
    text = Path(f"{small}.spbt")
    print(f"# {path} as target {target}, with {tool}")
    jobs.show([tool, "show", path])
    how = shrink([tool, "min", "--target", target, "-o", str(small), path])
    if how not in (status.PASS, status.FINDING):
        raise Inconclusive(f"{path} could not be made smaller")
    if jobs.run([tool, "show", "-o", str(text), str(small)]).status:
        jobs.show([tool, "show", str(small)])
        raise Inconclusive(f"{text} could not be written")
    print(f"\n# {small}, and as text {text}")
    print(text.read_text(), end="")
    return how


def shrink(argv: list[str]) -> int:
    """A signal is for the minimiser, which ends then with what it has."""
    process = jobs.start(argv)
    jobs.take_signals(lambda: process.send_signal(signal.SIGINT))
    try:
        return process.wait()
    finally:
        jobs.ended(process)
