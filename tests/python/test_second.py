# SPDX-License-Identifier: GPL-2.0-only
"""Two allocators, one harness: tests/second/ under all of it but what is about superpageblocks.

So many runs with one seed: the same each time. With a bug planted they end in a finding, which
is minimised.
"""
import os
import re
import subprocess
from pathlib import Path

from fixture import Case
from spb import build, tree

RUNS = 10000
SEED = 1


class Second(Case):
    def setUp(self):
        super().setUp()
        self.folder = Path(tree.ROOT, tree.build_folder(), "second")

    def made(self, name):
        path = self.folder / name
        build.make(str(path.relative_to(tree.ROOT)))
        return str(path)

    def fuzz(self, name):
        engine = subprocess.run([self.made(name), f"-runs={RUNS}", f"-seed={SEED}"], cwd=self.dir,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                errors="replace")
        return engine.returncode, engine.stdout

    def tool(self, *arguments):
        return subprocess.run([self.made("spbfuzz-bad"), *arguments], cwd=self.dir, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def test_in_order(self):
        status, said = self.fuzz("alloc-good")
        self.assertEqual(status, 0, said)
        self.assertIn(f"Done {RUNS} runs", said)

    def test_races(self):
        status, said = self.fuzz("race-good")
        self.assertEqual(status, 0, said)

    def test_a_bug_is_found_and_minimised(self):
        status, said = self.fuzz("alloc-bad")
        self.assertNotEqual(status, 0)
        signature = re.search(r"^SIGNATURE (.*)$", said, re.MULTILINE)
        self.assertIsNotNone(signature, said)
        crash = next(self.dir.glob("crash-*"))
        small = self.dir / "small"
        minimised = self.tool("min", "--target", "alloc", "-o", str(small), str(crash))
        self.assertEqual(minimised.returncode, 0, minimised.stdout)
        self.assertLess(os.path.getsize(small), os.path.getsize(crash))
        again = self.tool("run", "--target", "alloc", str(small))
        self.assertEqual(again.returncode, 1, again.stdout)
        self.assertIn("\nSIGNATURE ", again.stdout)

    def test_nothing_of_superpageblocks_is_linked(self):
        listed = subprocess.run(["nm", self.made("spbfuzz-good")], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        self.assertNotRegex(listed, r" [tT] (model_|spb_recount|promise_look|__rmqueue)")
        self.assertIn(" second_alloc", listed)
