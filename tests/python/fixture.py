# SPDX-License-Identifier: GPL-2.0-only
"""Common to the tests of scripts/spb/."""
import contextlib
import io
import os
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

from spb import variables


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")")[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone_soon(pid):
    """A signal that was sent needs a moment."""
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


class Case(unittest.TestCase):
    """With an environment that has no variable of ours, and a folder for files."""

    def setUp(self):
        own = {name: value for name, value in os.environ.items()
               if name not in variables.listed() and name not in ("B", "MAKEFLAGS")}
        patch = mock.patch.dict(os.environ, own, clear=True)
        patch.start()
        self.addCleanup(patch.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)

    @contextlib.contextmanager
    def printed(self):
        """What is printed meanwhile."""
        with contextlib.redirect_stdout(io.StringIO()) as text:
            yield text


class FolderCase(Case):
    """In that folder, with a corpus of two inputs."""

    def setUp(self):
        super().setUp()
        before = os.getcwd()
        os.chdir(self.dir)
        self.addCleanup(os.chdir, before)
        os.makedirs("corpus/alloc")
        for name in ("one", "two", ".hidden"):
            Path("corpus/alloc", name).write_text(name)

    def script(self, name, text):
        Path(name).write_text(text)
        os.chmod(name, 0o755)

    def stop_soon(self, session):
        """As a signal would, in a second."""
        timer = threading.Timer(1, session.signalled)
        timer.start()
        self.addCleanup(timer.join)

    def assert_nothing_left(self):
        """Each process that wrote its number has ended."""
        for pid in Path("pids").read_text().split():
            self.assertTrue(gone_soon(int(pid)), f"{pid} is left")
