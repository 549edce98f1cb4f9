# SPDX-License-Identifier: GPL-2.0-only
"""How a command ends: its exit status, and its last words."""
from __future__ import annotations

import errno
import os
import select
import sys
from typing import Callable

PASS, FINDING, USAGE, INCONCLUSIVE = range(4)


class Stop(Exception):
    """Ends the command with a message."""
    status = INCONCLUSIVE


class Usage(Stop):
    """The command was asked for something that does not exist."""
    status = USAGE


class Inconclusive(Stop):
    """There is no verdict: something that was needed did not build, run, or come to its end."""


class Output:
    """Standard output or error that nobody may read any more: the command goes on to its end
    all the same, since what it has found must not get lost. Whoever would run for long asks
    reader_is_gone()."""

    def __init__(self, stream) -> None:
        self.stream = stream
        self.gone = False

    def write(self, text: str) -> int:
        self._try(lambda: self.stream.write(text))
        if "\n" in text:
            self.flush()
        return len(text)

    def flush(self) -> None:
        self._try(self.stream.flush)

    def _try(self, do: Callable[[], object]) -> None:
        if self.gone:
            return
        try:
            do()
        except OSError as error:
            self.leave()
            if error.errno not in (errno.EPIPE, errno.EIO):
                raise

    def leave(self) -> None:
        """What is left in the buffer must not end the interpreter with an error."""
        self.gone = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str):
        return getattr(self.stream, name)


def reader_is_gone() -> bool:
    """Also before anything is written to it: the other end of a pipe that is closed shows."""
    if not isinstance(sys.stdout, Output) or sys.stdout.gone:
        return isinstance(sys.stdout, Output)
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    if any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0)):
        sys.stdout.leave()
    return sys.stdout.gone


def why(error: OSError) -> str:
    """'No space left on device: build/log/alloc/1.log', say."""
    return ": ".join(str(word) for word in (error.strerror or error, error.filename) if word)


def main(name: str, command: Callable[[], int | None]) -> int:
    """Run the command; its exceptions become messages and a status."""
    if not isinstance(sys.stdout, Output):
        sys.stdout, sys.stderr = Output(sys.stdout), Output(sys.stderr)
    try:
        status = command() or PASS
        sys.stdout.flush()
        return status
    except Stop as stop:
        print(f"{name}: {stop}", file=sys.stderr)
        return stop.status
    except KeyboardInterrupt:
        print(f"{name}: stopped", file=sys.stderr)
        return INCONCLUSIVE
    except OSError as error:
        print(f"{name}: {why(error)}", file=sys.stderr)
        return INCONCLUSIVE
