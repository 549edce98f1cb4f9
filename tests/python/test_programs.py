# SPDX-License-Identifier: GPL-2.0-only
"""make repro, minimize, dicts: what they say and how they end, with tools that are scripts."""
import os
from pathlib import Path
from unittest import mock

from fixture import FolderCase
from spb.programs import dicts, minimize, repro
from spb.status import Inconclusive, Usage

# A program is "bad" or not; "min" makes it shorter.
TOOL = """#!/bin/sh
echo "$0 $*" >>asked
case $1 in
show) [ "$2" != -o ] || exec cp "$4" "$3" ;;
run) for file; do :; done; read text <"$file"; [ "$text" != bad ] || exit 1; exit 0 ;;
min) echo bad >"$5"; exit {} ;;
esac
"""


class Programs(FolderCase):
    def setUp(self):
        super().setUp()
        os.makedirs("crashes/walk")
        Path("crashes/walk/x").write_text("bad\n")
        Path("good.spbt").write_text("good\n")
        self.tools(0)
        patches = [mock.patch("spb.build.make"), mock.patch("spb.jobs.take_signals"),
                   mock.patch("spb.jobs.show", lambda argv: self.call(argv))]
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)

    def tools(self, how):
        for variant in ("asan", "race-asan", "gcc"):
            os.makedirs(f"build/{variant}", exist_ok=True)
            self.script(f"build/{variant}/spbfuzz", TOOL.format(how))

    def call(self, argv):
        return os.waitstatus_to_exitcode(os.system(" ".join(argv)))

    def asked(self):
        return Path("asked").read_text().splitlines()

    def test_repro(self):
        with self.printed() as text:
            os.environ.update(CRASH="crashes/walk/x", V="1")
            self.assertEqual(repro.run([]), 1)
            os.environ.update(CRASH="good.spbt", V="0")
            self.assertEqual(repro.run([]), 0)
        self.assertEqual(self.asked(), [
            "build/race-asan/spbfuzz show -n crashes/walk/x",
            "build/race-asan/spbfuzz run --target walk --verbose crashes/walk/x",
            "build/asan/spbfuzz show -n good.spbt",
            "build/asan/spbfuzz run --target alloc good.spbt"])
        self.assertEqual(text.getvalue(), "# crashes/walk/x as target walk\n\n"
                         "# good.spbt as target alloc\n\n"
                         "no finding: good.spbt runs to its end with target alloc\n")

    def test_needs_a_crash(self):
        for command in (repro, minimize):
            with self.assertRaisesRegex(Usage, "CRASH= names no file"):
                command.run([])

    def test_minimize(self):
        os.environ["CRASH"] = "crashes/walk/x"
        with self.printed() as text:
            self.assertEqual(minimize.run([]), 0)
        self.assertTrue(text.getvalue().endswith(
            "\n# build/min/walk/x, and as text build/min/walk/x.spbt\nbad\n"), text.getvalue())

    def test_minimize_nothing_to_shrink(self):
        os.environ["CRASH"] = "good.spbt"
        with self.assertRaisesRegex(Usage, "nothing to shrink"):
            minimize.run([])
        self.assertEqual([line.split()[0] for line in self.asked() if " run " in line],
                         ["build/asan/spbfuzz", "build/gcc/spbfuzz"])

    def test_minimize_that_fails(self):
        self.tools(2)
        os.environ["CRASH"] = "crashes/walk/x"
        with self.printed(), self.assertRaises(Inconclusive):
            minimize.run([])


class Dicts(FolderCase):
    def test_check(self):
        os.makedirs("dict")
        with mock.patch.object(dicts, "_output", lambda argv: " ".join(argv) + "\n"), \
                self.printed() as text:
            self.assertEqual(dicts.run(["--check"]), 1)
            self.assertEqual(dicts.run([]), 0)
            self.assertEqual(dicts.run(["--check"]), 0)
            Path("dict/walk.dict").write_text("old")
            self.assertEqual(dicts.run(["--check"]), 1)
        self.assertEqual(Path("dict/race.dict").read_text(), "build/mkdict race\n")
        self.assertEqual(text.getvalue().splitlines()[-1],
                         "dict/walk.dict is not what operations.def and gfp.h say: run make dicts")
