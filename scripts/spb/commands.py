# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run COMMAND [NAME=value ...], with the commands of scripts/commands.def"""
from __future__ import annotations

import importlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from spb import jobs, status, tree, variables
from spb.kernel import harness
from spb.status import Inconclusive, Usage

LIST = Path(__file__).resolve().parents[1] / "commands.def"


@dataclass(frozen=True)
class Command:
    name: str
    module: str    # of spb, and arguments; "-": a script
    needs: str     # of the set-up
    sentence: str  # of the help

    def run(self, arguments: list[str]) -> int | None:
        if self.module == "-":
            script = f"scripts/{self.name}.sh"
            os.execve(script, [script, *arguments], variables.environment())
        module, *first = self.module.split()
        jobs.begin()
        return importlib.import_module("spb." + module).run(first + arguments)


def listed() -> dict[str, Command]:
    found = {}
    for line in LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            command = Command(*(column.strip() for column in line.split("|", 3)))
            found[command.name] = command
    return found


def _set_up(command: Command) -> None:
    """What make wants (SET_UP=1): what is missing is installed, once it is known that what was
    asked for makes sense."""
    if os.environ.pop("SET_UP", "") != "1":
        return
    needs = command.needs.split()
    names = (("afl", "AFL"), ("tsan", "THREADS"), ("measure", "MEASURE"), ("pages", "PAGES"))
    more = {name: "1" for need, name in names if need in needs}
    if subprocess.run(["scripts/setup.sh"], env={**os.environ, **more}, check=False).returncode:
        raise Inconclusive("what is needed is not all here")


def _run(name: str, arguments: list[str]) -> int | None:
    command = listed().get(name)
    if not command:
        raise Usage("there is no such command; make help lists them")
    rest = variables.take(arguments)
    tree.enter()
    variables.check()
    harness.refuse(name)
    _set_up(command)
    return command.run(rest)


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        arguments = ["help"]
    name = arguments[0]
    return status.main(name, lambda: _run(name, arguments[1:]))
