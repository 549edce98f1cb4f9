# SPDX-License-Identifier: GPL-2.0-only
"""Each sanitizer still stops what it is there for, in code that was compiled as the core and the
harness are. The oracles' own canaries are in tests/test_oracle.c."""
from __future__ import annotations

from pathlib import Path

from spb import jobs, tree
from spb.lines import Lines

CANARIES = {
    "shift": "runtime error: shift exponent 40 is too large",
    "overflow": "runtime error: signed integer overflow",
    "conversion": "runtime error: implicit conversion from type",
    "heap": "AddressSanitizer: heap-buffer-overflow",
    "freed-page": "AddressSanitizer: use-after-poison",
    "left-page": "AddressSanitizer: use-after-poison",
}


def run(lines: Lines, scratch: Path) -> None:
    program = f"{tree.build_folder()}/asan/canary"
    for name, words in CANARIES.items():
        ended = jobs.run([program, name])
        lines.result(ended.status != 0 and words in ended.output,
                     f'canary: {name} ends with "{words}"', ended.output)
    # Without a mistake it must live, or the above would prove nothing.
    ended = jobs.run([program, "none"])
    lines.result(ended.status == 0 and ended.output.strip() == "survived",
                 "canary: none survives", ended.output)
