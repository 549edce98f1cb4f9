# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run part PART: one part of make check, with all that it says. Nothing is built."""
from __future__ import annotations

import importlib

from spb import check, jobs, lines, status, variables
from spb.status import Usage


def run(arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise Usage("the name of one part is needed; scripts/run check --list has them")
    part = check.part_of(arguments[0])
    if variables.get("DROPIN") and not part.dropin:
        lines.skip(part.name, "this build has other functions")
        return status.PASS
    if part.words:
        ended = jobs.run(list(part.words), output="/dev/stdout")
        return status.FINDING if ended.status else status.PASS
    said = lines.Lines()
    importlib.import_module(f"spb.parts.{part.module}").run(said, check.scratch_of(part))
    return status.FINDING if said.failed else status.PASS
