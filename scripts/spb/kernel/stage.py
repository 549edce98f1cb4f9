# SPDX-License-Identifier: GPL-2.0-only
"""What takes seconds says what it is, and again while it goes on."""
from __future__ import annotations

import contextlib
import threading
import time
from typing import Iterator

SILENT_SECONDS = 8.0


@contextlib.contextmanager
def stage(text: str) -> Iterator[None]:
    """One line now, and one each few seconds until it is over."""
    began, over = time.monotonic(), threading.Event()
    print(f"kernel: {text}")

    def tell() -> None:
        while not over.wait(SILENT_SECONDS):
            print(f"kernel: {text}, {time.monotonic() - began:.0f} s")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
