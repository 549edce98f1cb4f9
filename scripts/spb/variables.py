# SPDX-License-Identifier: GPL-2.0-only
"""The variables of the commands, as scripts/variables.def lists them.

A value comes from the command line (NAME=value), else from the environment, where make puts
its own, else from the list.
"""
from __future__ import annotations

import functools
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from spb.status import Usage

LIST = Path(__file__).resolve().parents[1] / "variables.def"
MAX_DIGITS = 9  # of a number: engines have 32 bits for it
CHANGES = ("build", "verdict", "search", "run")


@dataclass(frozen=True)
class Variable:
    name: str
    default: str
    changes: str
    values: str
    sentence: str

    def check(self, value: str) -> None:
        """Usage for a value that is none."""
        wrong = _wrong(self, value)
        if wrong:
            raise Usage(f"{self.name}={value} is not {wrong}")


UNITS = {"s": 1, "m": 60, "h": 3600}


def _wrong(variable: Variable, value: str) -> str:
    """What the value should be and is not, or nothing."""
    values = variable.values
    if value == variable.default or values == "words":
        return ""
    if values == "flag":
        return "" if value in ("0", "1") else "0 or 1"
    if values == "time":
        good = re.fullmatch(rf"[1-9][0-9]{{0,{MAX_DIGITS - 1}}}[smh]?", value)
        return "" if good else "a number of seconds, or of minutes or hours as 30m or 8h"
    if values in ("number", "count"):
        first = "1-9" if values == "number" else "0-9"
        most = f" of at most {MAX_DIGITS} digits" if len(value) > MAX_DIGITS else ""
        good = not most and re.fullmatch(rf"[{first}][0-9]*", value)
        return "" if good else _meaning(variable) + most
    if values in ("target", "targets"):
        from spb import tree
        names = tree.fuzz_targets() + ["all"]
        known = value.split() if values == "targets" else [value]
        if value == "all" or (known and all(name in names[:-1] for name in known)):
            return ""
        return f"a target; there are: {' '.join(names)}"
    if values == "rules":
        from spb.documents import rules
        return rules.wrong(value)
    if values == "file":
        return "" if os.access(value, os.R_OK) else "a file that can be read"
    return "" if value in values.split("/") else " or ".join(values.split("/"))


def _meaning(variable: Variable) -> str:
    unit = {"JOBS": " of processes", "RUNS": " of programs"}
    return "a number" + unit.get(variable.name, "")


@functools.lru_cache(maxsize=None)
def listed() -> dict[str, Variable]:
    found = {}
    for line in LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            variable = Variable(*(column.strip() for column in line.split("|", 4)))
            if variable.changes not in CHANGES:
                raise ValueError(f"{LIST.name}: {variable.name} changes {variable.changes}")
            found[variable.name] = variable
    return found


def get(name: str) -> str:
    value = os.environ.get(name, "")
    if name == "JOBS" and not value:
        return str(cpus())
    return value or _default(name)


def _default(name: str) -> str:
    """An empty value in the environment stands for the default; only what compilers get may
    be empty where the default is not (WERROR=)."""
    variable = listed()[name]
    if variable.changes == "build" and name in os.environ:
        return os.environ[name]
    return variable.default


def number(name: str, default: int = 0) -> int:
    """What is set, or the default of the command; times are seconds."""
    value = get(name)
    unit = UNITS.get(value[-1:])
    return int(value[:-1]) * unit if unit else int(value or default)


def flag(name: str) -> bool:
    return get(name) == "1"


def words(name: str) -> list[str]:
    return get(name).split()


def cpus() -> int:
    return len(os.sched_getaffinity(0))


def take(arguments: list[str]) -> list[str]:
    """Put NAME=value arguments into the environment; the other arguments are returned."""
    rest = []
    for argument in arguments:
        match = re.match(r"([A-Z][A-Z_]*)=(.*)", argument, re.DOTALL)
        if not match:
            rest.append(argument)
        elif match[1] not in listed():
            raise Usage(f"there is no variable {match[1]}; there are: {' '.join(listed())}")
        else:
            os.environ[match[1]] = match[2]
    return rest


def check(*names: str) -> None:
    """Usage for the first of these (or of all) that has no value of its kind."""
    for name in names or listed():
        listed()[name].check(get(name))


def changed(*kinds: str) -> dict[str, str]:
    """The variables of these kinds that are not at their default, in the order of the list."""
    return {name: get(name) for name, variable in listed().items()
            if variable.changes in kinds and get(name) != variable.default}


def assignments(values: dict[str, str]) -> str:
    """As words of a shell, each with a blank before it."""
    return "".join(f" {name}={shlex.quote(value) if value else ''}"
                   for name, value in values.items())


def replay_words() -> str:
    """What must be on the command line to be told the same of a program again."""
    return assignments(changed("build", "verdict"))


def key() -> str:
    """What a cached result depends on beside the sources and the program."""
    return assignments(changed("build", "verdict", "search")).strip()


def environment(**more: str) -> dict[str, str]:
    """The environment of what a command starts: a make of its own, and programs that look for
    SPBFUZZ_<NAME>."""
    result = {name: value for name, value in os.environ.items()
              if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    for name, variable in listed().items():
        if variable.changes == "verdict":
            result[f"SPBFUZZ_{name}"] = get(name)
    result.update(more)
    return result
