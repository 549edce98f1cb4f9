# SPDX-License-Identifier: GPL-2.0-only
import fcntl
import os
import threading
import time
from unittest import mock

from fixture import Case
from spb import build, jobs, tree
from spb.disk import builds

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


class Told(Case):
    """A build that takes long says how much is left of it."""

    def setUp(self):
        super().setUp()
        patch = mock.patch("spb.tree.ROOT", self.dir)
        patch.start()
        self.addCleanup(patch.stop)

    def test_what_is_left(self):
        left = self.dir / "make"
        left.write_text("#!/bin/sh\necho cc -c a.c\necho cc -c b.c\necho link\n")
        left.chmod(0o755)
        with mock.patch.object(jobs, "SILENT_SECONDS", 0.1), self.printed() as text, \
                mock.patch.object(build, "_make_words", lambda *words: [str(left)]), \
                mock.patch.object(jobs, "run", lambda argv: time.sleep(1) or DONE):
            build.make("goal of test_what_is_left")
        self.assertIn("building goal of test_what_is_left: 2 files are left to compile\n",
                      text.getvalue())


class Asked(Case):
    """make -n, which is asked what is left, is right."""

    def test_nothing_is_left_of_what_is_built(self):
        build.make("build/gcc/spbfuzz")
        said = jobs.run(["make", "-n", "build/gcc/spbfuzz"], cwd=tree.ROOT).output
        self.assertNotIn(" -c ", said)


class Bounded(Case):
    """Of builds for one drop-in each, the oldest go."""

    def builds(self):
        return sorted(path.name for path in self.dir.iterdir() if (path / builds.USED).is_file())

    def test_the_oldest_go(self):
        for number, name in enumerate(("dropin-a", "dropin-b", "dropin-c", "kernel")):
            builds.used(self.dir / name)
            (self.dir / name / "core").mkdir()
            (self.dir / name / "core/x.o").touch()
            os.utime(self.dir / name / builds.USED, (number, number))
        (self.dir / "dropin-b/work/alloc").mkdir(parents=True)
        (self.dir / "dropin-b/work/alloc/found").touch()
        builds.used(self.dir / "dropin-a", 2)
        self.assertEqual(self.builds(), ["dropin-a", "dropin-c", "kernel"])
        self.assertFalse((self.dir / "dropin-b/core").exists())
        self.assertTrue((self.dir / "dropin-b/work/alloc/found").exists())
        builds.used(self.dir / "dropin-d", 2)
        self.assertFalse((self.dir / "dropin-c").exists())

    def test_what_is_at_work_stays(self):
        builds.used(self.dir / "dropin-a")
        with open(self.dir / "dropin-a/lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            builds.used(self.dir / "dropin-b", 1)
            self.assertEqual(self.builds(), ["dropin-a", "dropin-b"])
        builds.used(self.dir / "dropin-b", 1)
        self.assertEqual(self.builds(), ["dropin-b"])
