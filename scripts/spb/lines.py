# SPDX-License-Identifier: GPL-2.0-only
"""The "ok ..." and "not ok ..." lines that make check counts."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable

SHOWN = 10  # lines of what a failed check has said


class Lines:
    """Prints a line per check, and counts them. Area comes before each text."""

    def __init__(self, area: str = "") -> None:
        self.before = f"{area}: " if area else ""
        self.passed = self.failed = 0

    def ok(self, text: str) -> bool:
        print(f"ok {self.before}{text}")
        self.passed += 1
        return True

    def not_ok(self, text: str, said: str | Path | Iterable[str] = ()) -> bool:
        """Said: a file, or text, of which the first lines are shown."""
        print(f"not ok {self.before}{text}")
        self.failed += 1
        if isinstance(said, Path):
            said = said.read_text(errors="replace") if said.is_file() else ""
        for line in list(said.splitlines() if isinstance(said, str) else said)[:SHOWN]:
            print(f"  {line}")
        return False

    def result(self, passed: bool, text: str, said: str | Path | Iterable[str] = ()) -> bool:
        return self.ok(text) if passed else self.not_ok(text, said)

    def summary(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


def skip(area: str, why: str) -> None:
    print(f"skip {area}: {why}")


def count(text: str) -> tuple[int, int]:
    """How many checks passed and failed, of what somebody else has printed."""
    return (len(re.findall(r"^ok ", text, re.MULTILINE)),
            len(re.findall(r"^not ok ", text, re.MULTILINE)))
