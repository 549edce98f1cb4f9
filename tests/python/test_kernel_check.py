# SPDX-License-Identifier: GPL-2.0-only
"""make check KERNEL=, with a replayer and an engine that are scripts."""
import os
from unittest import mock

from fixture import FolderCase
from spb import tree
from spb.kernel import check, harness
from spb.lines import Lines
from spb.parts.corpus import rules

# Hashes by the name of the file; "bad" in its options changes one of them.
REPLAYER = """#!/bin/sh
echo "$SPBFUZZ_SCRAMBLE $*" >>asked
shift 4
for word; do case $word in
corpus/alloc/one) echo "{one}  $word" ;;
corpus/alloc/two) echo "{two}  $word" ;;
esac; done
"""
ENGINE = ("#!/bin/sh\n"
          "for word; do case $word in */one) echo {one} ;; */two) echo {two} ;; esac; done\n")
ONE, TWO = "0123456789abcdef", "fedcba9876543210"


class Checked(FolderCase):
    def run_it(self, engine=ENGINE, **hashes):
        names = {"one": ONE, "two": TWO, **hashes}
        self.script("spbfuzz", REPLAYER.format(**names))
        self.script("alloc", engine.format(**{"one": ONE, "two": TWO}))
        os.environ.update(REPLAYS="3", SAMPLE="2")
        files = ["corpus/alloc/one", "corpus/alloc/two"]
        lines = Lines()
        with mock.patch.object(harness, "replayer", lambda _: "./spbfuzz"), \
                mock.patch.object(harness, "programs", lambda _: "."), \
                mock.patch.object(tree, "inputs", lambda _: files), self.printed() as said:
            check.Check(lines, "alloc").run()
        return lines, said.getvalue()

    def test_all_is_the_same(self):
        lines, said = self.run_it()
        self.assertEqual((lines.passed, lines.failed), (6, 0), said)
        asked = open("asked").read().splitlines()
        self.assertEqual([line for line in asked if "--reverse" in line],
                         [" run --target alloc --hash --reverse corpus/alloc/one corpus/alloc/two"])
        self.assertEqual(len([line for line in asked if line.startswith("7 run")]), 1)
        self.assertEqual(len([line for line in asked if line.split("--hash ")[1] in
                              ("corpus/alloc/one", "corpus/alloc/two")]), 2)

    def test_what_is_known_is_no_failure(self):
        lines, said = self.run_it(two="stopped:entry-type")
        self.assertEqual(lines.failed, 0, said)
        self.assertIn("2 programs run to their ends, 1 of them to what is known", said)

    def test_rules_that_a_tree_tests(self):
        said = "".join(f"      7 {rule}\\n" for rule in rules.ON_A_TREE[1:])
        self.script("spbfuzz", f"#!/bin/sh\nprintf '{said}      0 {rules.ON_A_TREE[0]}\\n'\n")
        lines = Lines()
        with mock.patch.object(harness, "replayer", lambda _: "./spbfuzz"), self.printed() as out:
            check.Check(lines, "alloc").tested()
        self.assertEqual((lines.passed, lines.failed), (0, 1))
        self.assertIn(f"not {rules.ON_A_TREE[0]}\n", out.getvalue())

    def test_findings(self):
        lines, said = self.run_it(one="finding:zone-count")
        self.assertEqual((lines.passed, lines.failed), (0, 1))
        self.assertIn("corpus/alloc/one: finding:zone-count", said)

    def test_a_process_that_ends(self):
        lines, said = self.run_it(one='0"; exit 3; echo "')
        self.assertEqual(lines.failed, 1)
        self.assertIn("corpus/alloc/two: it ended the process", said)

    def test_another_hash_in_the_engine(self):
        lines, said = self.run_it(engine="#!/bin/sh\necho {one}\necho {one}\n")
        self.assertEqual(lines.failed, 1)
        self.assertIn(f"not ok alloc: under the engine\n  corpus/alloc/two: {TWO}, not {ONE}", said)
