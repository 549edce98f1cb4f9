# SPDX-License-Identifier: GPL-2.0-only
"""make help: the commands and the variables, as their lists have them."""
from __future__ import annotations

import textwrap

from spb import commands, status, variables
from spb.status import Usage

WIDTH, INDENT = 98, 23
ALWAYS = {"setup": "install what is missing (the others do this first)",
          "clean": "remove build/ (the working corpus too; crashes stay)"}
END = """scripts/run COMMAND NAME=value ... is the same with statuses that tell: 0 pass, 1 a finding
or a failed check, 2 asked for something that does not exist, 3 no verdict (make: 2 for all
three)."""


def _entry(name: str, sentence: str) -> str:
    return textwrap.fill(sentence, WIDTH, initial_indent=f"  {name}".ljust(INDENT - 1) + " ",
                         subsequent_indent=" " * INDENT, break_on_hyphens=False)


def text() -> str:
    entries = ["spbfuzz: fuzzing of the superpageblock page allocator", ""]
    sentences = {command.name: command.sentence for command in commands.listed().values()}
    entries += [_entry("make " + name, sentence)
                for name, sentence in {**sentences, **ALWAYS}.items() if sentence]
    entries.append("")
    for variable in variables.listed().values():
        default = f" (default: {variable.default})"
        known = variable.values == "flag" or not variable.default
        entries.append(_entry(variable.name + "=", variable.sentence + (default, "")[known]))
    return "\n".join([*entries, "", END])


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}")
    print(text())
    return status.PASS
