# SPDX-License-Identifier: GPL-2.0-only
"""Common to the tests of scripts/spb/."""
import contextlib
import io
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from spb import variables


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
