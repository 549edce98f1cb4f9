# SPDX-License-Identifier: GPL-2.0-only
import os
from collections import Counter
from unittest import mock

from fixture import Case
from spb import plant, status
from spb.disk import origin
from spb.status import Inconclusive, Usage
from spb.triage import accuracy, command, truth

TOOL = """#!/usr/bin/env python3
import json, os, sys
with open({log!r}, "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
files = [word for word in sys.argv[1:] if "/" in word]
if "--json" in sys.argv:
    groups = {{}}
    for file in files:
        if "good" not in file:
            groups.setdefault("one" if "--minimize" in sys.argv else file[-1], []).append(file)
    print(json.dumps({{"groups": [{{"signature": name, "files": files}}
                                for name, files in groups.items()]}}))
sys.exit({status})
"""


class Fake(Case):
    def setUp(self):
        super().setUp()
        self.made = []
        for name, new in (("spb.tree.build_folder", lambda: str(self.dir)),
                          ("spb.build.machine", lambda: "a machine"),
                          ("spb.build.make", lambda *goals: self.made.extend(goals))):
            patch = mock.patch(name, new)
            patch.start()
            self.addCleanup(patch.stop)

    def tool(self, name="asan/spbfuzz", how=0):
        path = self.dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(TOOL.format(log=str(self.dir / "log"), status=how))
        path.chmod(0o755)
        return str(path)

    def said(self):
        return (self.dir / "log").read_text().splitlines()


class Command(Fake):
    def run_it(self, **values):
        with mock.patch.dict(os.environ, values), self.printed() as text:
            return command.run([]), text.getvalue()

    def test_words(self):
        self.tool(how=1)
        for name in ("crash-1", "crash-2"):
            (self.dir / name).write_text("x")
        got, text = self.run_it(DIR=f"{self.dir}/crash-*", TARGET="alloc", BASELINE="README.md")
        self.assertEqual(got, status.FINDING)
        out = f"{self.dir}/triage"
        self.assertEqual(self.said(), [
            f"triage --baseline README.md --target alloc --keep {out}/smallest "
            f"--junit {out}/junit.xml --sarif {out}/triage.sarif "
            f"{self.dir}/crash-1 {self.dir}/crash-2"])
        self.assertIn(f"the smallest of each: {out}/smallest; reports: ", text)

    def test_github(self):
        self.tool()
        self.run_it(DIR=str(self.dir), GITHUB_ACTIONS="true")
        self.assertRegex(self.said()[1], f"^triage --github {self.dir}")

    def test_crashes_of_something_else(self):
        """They are left out, and how to look at them is told."""
        tool = self.tool()
        (self.dir / "crashes/alloc").mkdir(parents=True)
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.dir)
        notes = {"own": "core", "theirs": "drop-in a.c b.c", "bug": "planted bug free-twice"}
        for name, source in notes.items():
            path = self.dir / "crashes/alloc" / name
            path.write_text(name)
            origin.write(path, f"from: {source}\n\nreport\n")
        (self.dir / "crashes/alloc/old").write_text("of before there were notes")
        got, text = self.run_it()
        self.assertEqual(got, status.PASS)
        self.assertTrue(self.said()[0].endswith(" crashes/alloc/old crashes/alloc/own"), tool)
        self.assertIn("1 of crashes/ came from the drop-in a.c b.c, and do not run here: "
                      "make triage DROPIN='a.c b.c'\n", text)
        self.assertIn("make triage BUG=free-twice\n", text)

    def test_an_error_is_no_verdict(self):
        self.tool(how=2)
        with self.assertRaises(Inconclusive):
            self.run_it(DIR=str(self.dir))

    def test_folders_of_folders(self):
        """All files below are looked at, in an order of their names; notes of crashes are none."""
        for name in ("x/b/two", "x/a/deep/one", "x/about/a/note", "x/.new/three", "x/three"):
            path = self.dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        (self.dir / "empty/inside").mkdir(parents=True)
        os.environ["DIR"] = f"{self.dir}/x"
        self.assertEqual(command._folders(), [f"{self.dir}/{name}" for name in
                                              ("x", "x/a/deep", "x/b")])
        os.environ["DIR"] = f"{self.dir}/empty"
        with self.assertRaisesRegex(Usage, "empty has no file in it"):
            command._folders()

    def test_which_tool(self):
        folders = [f"{self.dir}/crashes/{name}" for name in ("alloc", "walk")]
        self.assertEqual(command._tool(folders), f"{self.dir}/race-asan/spbfuzz")
        self.assertEqual(command._tool(["crashes/alloc"]), f"{self.dir}/asan/spbfuzz")
        with mock.patch.dict(os.environ, BUG="race-walk-endless"), \
                mock.patch.object(plant.Bug, "tool", lambda bug: bug.name):
            self.assertEqual(command._tool([]), "race-walk-endless")


class Truth(Fake):
    BUGS = "reserve-off-by-one reserve-no-minimum free-twice"
    CORPUS = [f"corpus/{number}/{letter}" for number in range(9) for letter in ("good", "a", "b")]

    def run_it(self, **values):
        tool = self.tool()
        with mock.patch.dict(os.environ, {"BUG": self.BUGS, "EACH": "4", "JOBS": "1", **values}), \
                mock.patch("spb.tree.inputs", lambda *_, **__: self.CORPUS), \
                mock.patch("spb.tree.hash_of_files", lambda *_: "hash"), \
                mock.patch.object(plant.Bug, "tool", lambda bug: tool), self.printed() as text:
            return truth.run([]), text.getvalue()

    def test_goes_on(self):
        _, text = self.run_it()
        self.assertIn("minimized, each bug for itself: 12 files of 3 bugs or classes in 1 groups: "
                      "precision 0.333, recall 1.000; 0 scattered, 1 mixed\n", text)
        self.assertRegex((self.dir / "truth/as-found/table").read_text(),
                         r"(?m)^free-twice t 1$")  # its own program, that ends in .spbt
        before = self.said()
        self.assertEqual(self.run_it()[1], text)
        self.assertEqual(self.said(), before)

    def test_least(self):
        got, text = self.run_it(LEAST="50")
        self.assertEqual(got, status.FINDING)
        self.assertIn("less than 50 %\n", text)

    def test_classes(self):
        """reserve-off-by-one and reserve-no-minimum are in one."""
        _, text = self.run_it()
        self.assertIn("minimized, classes as one: 12 files of 2 bugs or classes", text)
        self.assertEqual(truth.classes("# no\n\na b\nc\n"), [["a", "b"], ["c"]])

    def test_a_score(self):
        pairs = Counter({("x", "g"): 3, ("x", "h"): 1, ("y", "h"): 4})
        got = accuracy.score(pairs)
        self.assertAlmostEqual(got.precision, (9 / 3 + 1 / 5 + 16 / 5) / 8)
        self.assertAlmostEqual(got.recall, (9 / 4 + 1 / 4 + 16 / 4) / 8)
        self.assertEqual((got.scattered, got.mixed), (1, 1))
        both = accuracy.score(accuracy.with_classes(pairs, [["x", "y"]]))
        self.assertEqual((both.bugs, both.precision), (1, 1))
