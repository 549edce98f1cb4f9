# SPDX-License-Identifier: GPL-2.0-only
import os
import re
import subprocess
from pathlib import Path

from fixture import Case
from spb import tree, variables
from spb.status import Usage


class Variables(Case):
    def test_default(self):
        self.assertEqual(variables.get("TARGET"), "all")
        self.assertEqual(variables.get("WERROR"), "-Werror")
        self.assertEqual(variables.number("JOBS"), variables.cpus())

    def test_take(self):
        self.assertEqual(variables.take(["check", "TIME=5", "BUG=a b"]), ["check"])
        self.assertEqual(variables.number("TIME"), 5)
        self.assertEqual(variables.get("BUG"), "a b")

    def test_unknown(self):
        with self.assertRaisesRegex(Usage, "no variable TIEM"):
            variables.take(["TIEM=5"])

    def test_empty_is_default_except_for_options(self):
        os.environ.update(TIME="", WERROR="")
        self.assertEqual(variables.get("TIME"), "60")
        self.assertEqual(variables.get("WERROR"), "")

    def test_check(self):
        wrong = {"TIME": ["0", "-1", "x", "1.5", "01"], "JOBS": ["0", "many"], "RACES": ["2", "no"],
                 "RUNS": ["-1"], "TARGET": ["nothing", "alloc nothing"], "CRASH": ["/nowhere"],
                 "RULES": ["safty", "books,safty", "harness"]}
        for name, values in wrong.items():
            for value in values:
                with self.subTest(f"{name}={value}"):
                    os.environ[name] = value
                    with self.assertRaisesRegex(Usage, f"^{name}={value} is not "):
                        variables.check(name)
            del os.environ[name]
        variables.check()
        os.environ.update(TIME="1", TARGET="alloc walk", RACES="0", CRASH="Makefile",
                          RULES="safety,books,-spb-nr-free relax-decision promise-full")
        variables.check()

    def test_replay_words_have_all_that_changes_a_build_or_a_verdict(self):
        self.assertEqual(variables.replay_words(), "")
        for name, variable in variables.listed().items():
            value = "7" if variable.values != "flag" else "1" if variable.default == "0" else "0"
            os.environ[name] = value
            expected = f" {name}={value}" if variable.changes in ("build", "verdict") else ""
            self.assertEqual(variables.replay_words(), expected, name)
            expected = f"{name}={value}" if variable.changes != "run" else ""
            self.assertEqual(variables.key(), expected, name)
            del os.environ[name]

    def test_replay_words_are_words_of_a_shell(self):
        os.environ.update(DROPIN="a.c it's.c", RACES="0", WERROR="")
        said = subprocess.run(["sh", "-c", "printf '<%s>'" + variables.replay_words()],
                              stdout=subprocess.PIPE, text=True).stdout
        self.assertEqual(said, "<DROPIN=a.c it's.c><RACES=0><WERROR=>")

    def test_environment_of_programs(self):
        os.environ.update(RACES="0", MAKEFLAGS="-j9")
        environment = variables.environment(X="y")
        self.assertEqual(environment["SPBFUZZ_RACES"], "0")
        self.assertEqual(environment["SPBFUZZ_STRICT"], "0")
        self.assertEqual(environment["X"], "y")
        self.assertNotIn("MAKEFLAGS", environment)

    def test_make_passes_them_on(self):
        """Defaults are those of the list, and what is given arrives."""
        said = subprocess.run(["make", "-s", "print-environment", "RACES=0", "TIME=7", "CFLAGS=-g"],
                              env=variables.environment(), stdout=subprocess.PIPE, text=True).stdout
        passed = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        given = {"RACES": "0", "TIME": "7", "CFLAGS": "-g", "JOBS": passed["JOBS"]}
        for name, variable in variables.listed().items():
            with self.subTest(name):
                expected = given.get(name, variable.default)
                if variable.changes == "build" and name not in given:
                    self.assertIn(passed.get(name, ""), ("", expected))
                else:
                    self.assertEqual(passed.get(name), expected)
        self.assertEqual(passed["SPBFUZZ_RACES"], "0")

    def test_programs_look_for_what_the_list_has(self):
        """Engines and the command know each verdict variable."""
        text = "".join(Path(name).read_text() for name in tree.git_files("fuzz/*.c", "bugs/*.c"))
        for name, variable in variables.listed().items():
            if variable.changes == "verdict":
                self.assertGreaterEqual(len(re.findall(rf'"SPBFUZZ_{name}"', text)), 2, name)
        # And they look for nothing else, but for files, and for what tests of the harness need.
        known = {name for name, variable in variables.listed().items()
                 if variable.changes == "verdict"} | {"REACH", "RUNNING", "CANARY", "HASH", "MEANT",
                                                          "SCRAMBLE"}
        self.assertLessEqual(set(re.findall(r'"SPBFUZZ_([A-Z]+)"', text)), known)


class Tree(Case):
    def test_targets(self):
        self.assertEqual(tree.fuzz_targets(), ["alloc", "relax", "callers", "boot", "walk", "race"])
        self.assertEqual(tree.race_targets(), ["walk", "race"])

    def test_chosen(self):
        self.assertEqual(tree.chosen_targets(), tree.fuzz_targets())
        os.environ["TARGET"] = "race alloc"
        self.assertEqual(tree.chosen_targets(), ["race", "alloc"])
        with self.assertRaisesRegex(Usage, "no target alloc; there are: walk race all"):
            tree.chosen_targets(tree.race_targets())

    def test_target_of(self):
        self.assertEqual(tree.target_of("crashes/walk/crash-1"), "walk")
        self.assertEqual(tree.target_of("tests/data/x.spbt"), "alloc")
        os.environ["TARGET"] = "race"
        self.assertEqual(tree.target_of("crashes/walk/crash-1"), "walk")
        self.assertEqual(tree.target_of("x.spbt"), "race")
        os.environ["TARGET"] = "race walk"
        with self.assertRaises(Usage):
            tree.target_of("x.spbt")

    def test_inputs(self):
        found = tree.inputs("walk")
        self.assertGreater(len(found), 20)
        self.assertFalse([name for name in found if name.endswith(".md") or "/." in name])

    def test_hash_of_files(self):
        first = tree.hash_of_files("Makefile", "README.md")
        self.assertEqual(first, tree.hash_of_files("README.md", "Makefile"))
        self.assertNotEqual(first, tree.hash_of_files("Makefile"))
