# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run COMMAND [NAME=value ...]"""
from __future__ import annotations

import importlib
import os
import sys

from spb import jobs, status, tree, variables
from spb.status import Usage

# The commands that are Python: name and module, which has a run(arguments).
MODULES: dict[str, str] = {
    "afl": "fuzzing.afl",
    "bugs": "bugs.command",
    "bugs-tool": "bugs.tool",
    "check": "check",
    "clean-runs": "fuzzing.clean_runs",
    "coverage": "coverage",
    "determinism": "determinism.command",
    "dicts": "programs.dicts",
    "engines": "fuzzing.rates",
    "fuzz": "fuzzing.fuzz",
    "import-corpus": "programs.import_corpus",
    "minimize": "programs.minimize",
    "mutants": "mutants.command",
    "nightly": "nightly",
    "part": "part",
    "policies": "policies",
    "repro": "programs.repro",
    "same": "same",
    "threads": "fuzzing.threads",
}


def _run(name: str, arguments: list[str]) -> int | None:
    rest = variables.take(arguments)
    tree.enter()
    if name in MODULES:
        variables.check()
        jobs.begin()
        return importlib.import_module("spb." + MODULES[name]).run(rest)
    script = f"scripts/{name}.sh"
    if not os.access(script, os.X_OK):
        raise Usage("there is no such command; make help lists them")
    os.execve(script, [script, *rest], variables.environment())


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        arguments = ["help", *arguments[1:]]
    name = arguments[0]
    return status.main(name, lambda: _run(name, arguments[1:]))
