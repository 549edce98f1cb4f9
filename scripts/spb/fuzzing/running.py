# SPDX-License-Identifier: GPL-2.0-only
"""The program that an engine runs, in memory that outlives the engine: on a full disk what it
writes of a crash gets lost."""
from __future__ import annotations

import contextlib
import os
import time
from typing import Iterator

ROOM = 1 << 16  # the longest program
SIZE_BYTES = 4
STILL_SECONDS = 2  # in one program, which may have no end


class Running:
    """Of one process, and of what it starts. fuzz/harness/target/engine.c is the writer."""

    def __init__(self) -> None:
        self.file = os.memfd_create("running")
        os.ftruncate(self.file, SIZE_BYTES + ROOM)
        self.environment = {"SPBFUZZ_RUNNING": str(self.file)}
        self.seen, self.since = b"", time.monotonic()

    def program(self) -> bytes:
        """The last one, or nothing."""
        size = int.from_bytes(os.pread(self.file, SIZE_BYTES, 0), "little")
        return os.pread(self.file, min(size, ROOM), SIZE_BYTES)

    def watch(self) -> None:
        """Now and then: for how long has it been the same one?"""
        program = self.program()
        if program != self.seen:
            self.seen, self.since = program, time.monotonic()

    def stands_still(self) -> bool:
        return bool(self.seen) and time.monotonic() - self.since >= STILL_SECONDS

    def close(self) -> None:
        os.close(self.file)


@contextlib.contextmanager
def in_memory(data: bytes) -> Iterator[str]:
    """The name of a file that needs no disk."""
    file = os.memfd_create("program")
    try:
        os.write(file, data)
        yield f"/proc/{os.getpid()}/fd/{file}"
    finally:
        os.close(file)
