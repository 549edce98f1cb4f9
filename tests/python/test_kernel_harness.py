# SPDX-License-Identifier: GPL-2.0-only
"""KERNEL=: what cannot be had together, and commands that know nothing of it."""
import os

from fixture import Case
from spb.kernel import harness
from spb.status import Usage


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

    def test_bugs_of_a_kernel(self):
        os.environ.update(KERNEL="/tree", BUG="free-type")
        harness.refuse("bugs")

    def test_commands(self):
        self.assertIn("make mutants knows nothing of KERNEL=",
                      self.refused("mutants", KERNEL="/tree"))
        os.environ["KERNEL"] = ""
        harness.refuse("mutants")

    def test_a_replay_line_names_it(self):
        from spb import variables
        os.environ["KERNEL"] = "/a tree"
        self.assertIn("KERNEL='/a tree'", variables.replay_words())
