# SPDX-License-Identifier: GPL-2.0-only
"""What takes seconds says what it is, and again while it goes on."""
from __future__ import annotations

import contextlib
import time
from typing import Iterator

from spb import jobs


@contextlib.contextmanager
def stage(text: str) -> Iterator[None]:
    """One line now, and one each few seconds until it is over."""
    began = time.monotonic()
    print(f"kernel: {text}")
    with jobs.meanwhile(lambda: print(f"kernel: {text}, {time.monotonic() - began:.0f} s")):
        yield
