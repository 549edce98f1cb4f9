# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run part PART [--refresh]: one part of make check, with all that it says. Nothing is
built. --refresh writes what it compares with anew."""
from __future__ import annotations

import importlib
import shutil
from pathlib import Path
from types import ModuleType

from spb import jobs, lines, status, variables
from spb.checks import check
from spb.status import Usage


def _module(part: check.Part) -> ModuleType:
    return importlib.import_module(f"spb.parts.{part.module}")


def refresh(part: check.Part, scratch: Path) -> int:
    """Write what the part compares with anew, where it has something like that."""
    if not part.module or not hasattr(_module(part), "refresh"):
        raise Usage(f"the part {part.name} has nothing to be written anew")
    _module(part).refresh(scratch)
    return status.PASS


def run(arguments: list[str]) -> int:
    if not arguments or arguments[1:] not in ([], ["--refresh"]):
        raise Usage("the name of one part is needed; scripts/run check --list has them")
    part = check.part_of(arguments[0])
    scratch = check.scratch_of(part)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    if arguments[1:]:
        return refresh(part, scratch)
    if variables.get("DROPIN") and not part.dropin:
        lines.skip(part.name, "this build has other functions")
        return status.PASS
    if part.words:
        return status.FINDING if jobs.show(list(part.words)) else status.PASS
    said = lines.Lines()
    _module(part).run(said, scratch)
    return status.FINDING if said.failed else status.PASS
