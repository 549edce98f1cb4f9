# SPDX-License-Identifier: GPL-2.0-only
import fcntl
import threading
from unittest import mock

from fixture import Case
from spb import build, jobs

DONE = jobs.Result(0, "", 0.0, 0.0, False)


class OneMake(Case):
    """Two commands at once must not write the same objects."""

    def setUp(self):
        super().setUp()
        for patch in (mock.patch("spb.tree.ROOT", self.dir),
                      mock.patch.object(jobs, "TICK_SECONDS", 0.01)):
            patch.start()
            self.addCleanup(patch.stop)
        (self.dir / "build").mkdir()

    def test_waits_for_another(self):
        begun = threading.Event()
        with mock.patch.object(jobs, "run", lambda argv: begun.set() or DONE):
            with open(self.dir / "build/make.lock", "w") as other:
                fcntl.flock(other, fcntl.LOCK_EX)
                waiting = threading.Thread(target=build.make, args=("goal of test_waits",))
                waiting.start()
                self.assertFalse(begun.wait(0.2))
            waiting.join()
            self.assertTrue(begun.is_set())

    def test_may_be_stopped(self):
        with open(self.dir / "build/make.lock", "w") as other, \
                mock.patch.object(jobs, "stopped", lambda: True):
            fcntl.flock(other, fcntl.LOCK_EX)
            with self.assertRaises(jobs.Stopped):
                build.make("goal of test_may_be_stopped")
