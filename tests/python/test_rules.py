# SPDX-License-Identifier: GPL-2.0-only
"""RULES=: a policy that was changed on purpose, and a counter that is wrong."""
import os
import subprocess

from fixture import Case
from spb import build, plant, tree
from spb.documents import rules


def run(tool, *words, **environment):
    return subprocess.run([tool, "run", *map(str, words)], capture_output=True, text=True,
                          errors="replace", cwd=tree.ROOT, timeout=300,
                          env={**os.environ, **environment})


class Groups(Case):
    def test_table_is_that_of_the_tool(self):
        tool = f"{tree.build_folder()}/gcc/spbfuzz"
        build.make(tool)
        listed = subprocess.run([tool, "rules"], capture_output=True, text=True, cwd=tree.ROOT,
                                check=True).stdout.splitlines()
        here = {(group, name) for group, names in rules.groups().items() for name in names}
        there = {tuple(line.split()[:2]) for line in listed}
        renamed = {("conformance", "relax-decision"), ("policy", "shrink-keeps")}
        self.assertEqual(there, here - renamed)

    def test_unknown_is_refused_with_the_list(self):
        tool = f"{tree.build_folder()}/gcc/spbfuzz"
        build.make(tool)
        for done in (run(tool, "--only", "safty", "corpus/callers"),
                     run(tool, "corpus/callers", SPBFUZZ_RULES="safty")):
            self.assertEqual(done.returncode, 2)
            self.assertIn("'safty' is no rule", done.stderr)
            self.assertIn("  conformance: ", done.stderr)


class Planted(Case):
    def test_another_search_on_purpose(self):
        """Which superpageblock comes first, and which step: the rest of the rules is content."""
        for name in ("walk-emptiest-first", "own-fragments-first", "list-tail"):
            bug = plant.one(name)
            tool = bug.tool("gcc")
            with self.subTest(name):
                told = run(tool, "--target", bug.target, bug.program)
                self.assertEqual(told.returncode, 1)
                self.assertIn("group: conformance", told.stderr)
                self.assertIn("RULES=safety,books,policy", told.stderr)
                for only in ("safety,books", "safety,books,policy"):
                    for target in ("relax", "callers"):
                        quiet = run(tool, "--target", target, f"corpus/{target}", bug.program,
                                    SPBFUZZ_RULES=only)
                        self.assertEqual(quiet.stderr, "")
                        self.assertEqual(quiet.returncode, 0)

    def test_a_counter_is_a_matter_of_books(self):
        bug = plant.one("alloc-nr-free-twice")
        tool = bug.tool("gcc")
        told = run(tool, "--only", "books", "--target", bug.target, bug.program)
        self.assertEqual(told.returncode, 1)
        self.assertIn("FINDING spb-nr-free ", told.stderr)
        self.assertNotIn("group:", told.stderr)
        quiet = run(tool, "--only", "policy,conformance", "--target", bug.target, bug.program)
        self.assertEqual((quiet.returncode, quiet.stderr), (0, ""))
