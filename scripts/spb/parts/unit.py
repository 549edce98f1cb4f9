# SPDX-License-Identifier: GPL-2.0-only
"""The cmocka tests, built with gcc and with clang and sanitizers."""
from __future__ import annotations

import re
from pathlib import Path

from spb import jobs, tree
from spb.lines import Lines

SECONDS = 300  # one of them takes a second


def _run_one(lines: Lines, variant: str, name: str, program: str = "unit") -> None:
    words = [f"{tree.build_folder()}/{variant}/{program}", name]
    ended = jobs.run(words, wall=SECONDS, env=jobs.environment(CMOCKA_MESSAGE_OUTPUT="TAP"))
    results = re.findall(r"^(not )?ok \d+ - (.*)$", ended.output, re.M)
    others = [line for line in ended.output.splitlines() if not line.startswith("ok ")]
    for failed, test in results:
        lines.result(not failed, f"{variant} {name}: {test}", others if failed else ())
    # A test program that dies has no line for what killed it.
    if not results or (ended.status and not any(failed for failed, _ in results)):
        lines.not_ok(f"{variant} {name}: status {ended.status}, alone: {' '.join(words)}", others)


def run(lines: Lines, scratch: Path) -> None:
    for variant in ("gcc", "asan"):
        for source in sorted(Path("tests").glob("test_*.c")):
            _run_one(lines, variant, source.stem)
        _run_one(lines, variant, "test_adapter", "kernel-unit")
