# SPDX-License-Identifier: GPL-2.0-only
"""The harness on the double of a kernel, tests/kernel/: what needs no tree."""
import glob
import os
import re
import subprocess
from pathlib import Path

from fixture import Case
from spb import build, tree
from test_state import undeclared

RUNS = 5000
SEED = 1


class Double(Case):
    def setUp(self):
        super().setUp()
        self.folder = Path(tree.ROOT, tree.build_folder(), "kernel/fake")

    def made(self, name):
        path = self.folder / name
        build.make(str(path.relative_to(tree.ROOT)))
        return str(path)

    def hashes(self, **environment):
        ran = subprocess.run([self.made("spbfuzz"), "run", "--target", "alloc", "--hash",
                              *tree.inputs("alloc")], env={**os.environ, **environment},
                             cwd=tree.ROOT, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        return ran.stdout

    def test_programs_of_the_corpus(self):
        """They run to their ends, and what was before them changes nothing."""
        said = self.hashes()
        self.assertNotIn("finding:", said)
        self.assertEqual(self.hashes(SPBFUZZ_SCRAMBLE="7"), said)

    def test_an_engine(self):
        ran = subprocess.run([self.made("alloc"), f"-runs={RUNS}", f"-seed={SEED}",
                              "-artifact_prefix=" + str(self.dir) + "/"], cwd=self.dir,
                             capture_output=True, text=True, errors="replace")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn(f"Done {RUNS} runs", ran.stderr)

    def test_nothing_of_our_allocator_is_linked(self):
        listed = subprocess.run(["nm", self.made("spbfuzz")], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        self.assertNotRegex(listed, r" [tT] (model_|spb_recount|promise_look|__rmqueue)")

    def test_every_variable_has_a_kind(self):
        objects = build.objects("gcc", *sorted(glob.glob("fuzz/kernel/*.c")))
        build.make(*objects)
        self.assertEqual(undeclared(*objects), [])

    def test_shapes_are_documented(self):
        shapes = Path("fuzz/kernel/shapes.c").read_text()
        table = Path("docs/kernel.md").read_text().split("| geometry |")[1].split("\n\n")[0]
        names = re.findall(r'^\t\{ "([\w-]+)", \d', shapes, re.MULTILINE)
        self.assertGreater(len(names), 10)
        self.assertEqual([name for name in names if name not in table], [])
