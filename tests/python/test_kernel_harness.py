# SPDX-License-Identifier: GPL-2.0-only
"""KERNEL=: what cannot be had together, and commands that know nothing of it."""
import os
import subprocess

from fixture import Case
from spb import variables
from spb.kernel import harness
from spb.status import Usage
from test_kernel import plant_tree


class Refused(Case):
    def setUp(self):
        super().setUp()
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))

    def refused(self, command, **values):
        os.environ.update(values)
        with self.assertRaises(Usage) as caught:
            harness.refuse(command)
        return str(caught.exception)

    def test_another_core(self):
        self.assertIn("KERNEL and DROPIN exclude each other",
                      self.refused("fuzz", KERNEL="/tree", DROPIN="a.c"))
        os.environ["DROPIN"] = ""
        self.assertIn("KERNEL and BUG exclude each other",
                      self.refused("repro", KERNEL="/tree", BUG="free-twice"))

    def test_no_superpageblocks(self):
        self.assertIn("KERNEL and CHOOSER exclude each other",
                      self.refused("fuzz", KERNEL="/tree", CHOOSER="walk"))

    def test_bugs_of_a_kernel(self):
        os.environ.update(KERNEL="/tree", BUG="free-type")
        harness.refuse("bugs")

    def test_commands(self):
        self.assertIn("make threads knows nothing of KERNEL=",
                      self.refused("threads", KERNEL="/tree"))
        os.environ["KERNEL"] = ""
        harness.refuse("afl")

    def test_walks(self):
        os.environ.update(KERNEL="/tree", TARGET="walk")
        with self.assertRaisesRegex(Usage, "the target walk does not run on a kernel: it drives"):
            harness.chosen_targets()
        os.environ["TARGET"] = "all"
        self.assertEqual(harness.chosen_targets(), ["alloc", "callers", "race"])

    def test_targets_of_an_engine(self):
        os.environ.update(KERNEL="/tree", TARGET="all")
        self.assertIn("race", harness.chosen_targets())
        self.assertEqual(harness.chosen_targets("afl"), ["alloc", "callers"])
        os.environ["TARGET"] = "race"
        with self.assertRaises(Usage):
            harness.chosen_targets("afl")

    def test_a_replay_line_names_it(self):
        os.environ["KERNEL"] = "/a tree"
        self.assertIn("KERNEL='/a tree'", variables.replay_words())


class Lists(Case):
    """docs/kernel-known/: what a version is known for."""

    def setUp(self):
        super().setUp()
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))

    def known(self, version):
        os.environ["KERNEL"] = plant_tree(self.dir, version)
        return harness.know()

    def test_by_the_version(self):
        self.assertEqual(self.known((6, 1, 7)), "docs/kernel-known/6.1")
        self.assertIn("KNOWN=docs/kernel-known/6.1", variables.replay_words())
        os.environ["KNOWN"] = ""
        self.assertEqual(self.known((6, 12, 1)), "docs/kernel-known/6.12")
        os.environ["KNOWN"] = ""
        self.assertEqual(self.known((6, 99, 1)), "")

    def test_another_list(self):
        os.environ["KNOWN"] = "mine"
        self.assertEqual(self.known((6, 1, 7)), "mine")

    def test_lines(self):
        """spbfuzz reads each list."""
        from spb import build, tree
        build.make("build/gcc/spbfuzz")
        for path in sorted((tree.ROOT / harness.LISTS).iterdir()):
            with self.subTest(path.name):
                ran = subprocess.run(["build/gcc/spbfuzz", "rules"], text=True, cwd=tree.ROOT,
                                     env={**os.environ, "SPBFUZZ_KNOWN": str(path)},
                                     capture_output=True)
                self.assertEqual((ran.returncode, ran.stderr), (0, ""))
