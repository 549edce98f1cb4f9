# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run result COMMAND [NAME=value ...]: runs the command and writes what it says, with the
command, the commit and the machine, to docs/results/<command>.md.

Measurements are there and nowhere else: a document that explains a command links to them.
"""
from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from spb import build, commands, jobs, status
from spb.disk import proof
from spb.status import Inconclusive, Usage

FOLDER = Path("docs/results")
# Lines of progress, which are others at each run.
PROGRESS = re.compile(r"building \S+: \d+ files are left to compile")


def document(words: list[str], commit: str, machine: str, said: str) -> str:
    """The whole of it."""
    sentence = commands.listed()[words[0]].sentence
    lines = [line.rstrip() for line in said.splitlines() if not PROGRESS.fullmatch(line)]
    return (f"<!-- SPDX-License-Identifier: GPL-2.0-only -->\n# make {words[0]}\n\n"
            f"{sentence[:1].upper()}{sentence[1:]}.\n\n```\nmake {shlex.join(words)} at {commit}\n"
            f"{machine}\n\n" + "\n".join(lines).strip("\n") + "\n```\n")


def run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    command = commands.listed().get(name)
    if not command or not command.sentence:
        raise Usage(f"no command {name}; make help lists them")
    commit, machine = proof.commit(), build.machine()
    words = sys.argv[2:]  # with those that are in the environment by now
    ran = jobs.run([sys.executable, "scripts/run", *words])
    if ran.status != status.PASS:
        print(ran.output, end="")
        raise Inconclusive(f"{name} ended with {ran.status}: nothing is written")
    out = FOLDER / f"{name}.md"
    jobs.write_whole(out, document(words, commit, machine, ran.output))
    print(f"{out}: {len(ran.output.splitlines())} lines")
    return status.PASS
