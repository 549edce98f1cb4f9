# SPDX-License-Identifier: GPL-2.0-only
"""A report says what a thing is called, not its number: types, steps, flags, lists, decisions."""
import re
import subprocess

from fixture import Case
from spb import plant, tree

# One for each kind of sentence.
BUGS = ("borrow-relabels", "cma-unmovable", "empty-nofragment", "list-tail", "optional-ignored",
        "own-fragments-first", "relax-skips-step", "slowpath-nofragment", "walk-emptiest-first",
        "watermark-nonblock", "claim-cross-type", "noretry-served")
NUMBER = re.compile(r"\b(type|step|stage|category|reason|gfp|flags|decided|labell?ed|list) "
                    r"(0x)?\d")


class Names(Case):
    def test_reports_of_planted_bugs(self):
        for name in BUGS:
            bug = plant.one(name)
            with self.subTest(name):
                done = subprocess.run([bug.tool("gcc"), "run", "--target", bug.target,
                                       bug.program], cwd=tree.ROOT, capture_output=True,
                                      text=True, errors="replace", timeout=100)
                self.assertEqual(done.returncode, 1)
                found = re.search(r"FINDING .*\n((?:  .*\n)*?)  rule: ", done.stderr)
                self.assertTrue(found, done.stderr)
                self.assertIsNone(NUMBER.search(found[1]), found[1])
