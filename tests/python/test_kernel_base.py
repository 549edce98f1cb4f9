# SPDX-License-Identifier: GPL-2.0-only
"""BASE=: new, known or undecided, with programs that play the replayers of two trees."""
import json
import os
from pathlib import Path
from unittest import mock

from fixture import Case, FolderCase
from spb import status
from spb.findings import Crash
from spb.fuzzing.session import Session
from spb.kernel import base, harness
from spb.status import Usage
from spb.triage import command
from test_kernel import plant_tree

# What it shows to triage, and how the search around a schedule ends.
REPLAYER = """#!/bin/sh
echo "$*" >>asked
case $1 in
triage) echo '{shown}'; exit {how} ;;
around) echo "looked"; exit {around} ;;
esac
"""


def groups(*signatures):
    return json.dumps({"groups": [{"signature": name, "smallest": f"file-{name[0]}",
                                   "target": "alloc", "known": False} for name in signatures]})


class Judged(FolderCase):
    def tree(self, name, *signatures, around=2, how=None):
        how = (1 if signatures else 0) if how is None else how
        self.script(name, REPLAYER.format(shown=groups(*signatures), how=how, around=around))

    def judged(self, target="alloc"):
        return str(base.judged("file", target, "./own", "./base", 50))

    def test_known(self):
        self.tree("own", "a/b")
        self.tree("base", "a/b")
        self.assertEqual(self.judged(), "known: BASE= shows it too")
        self.assertEqual(self.judged("race"), "known: BASE= shows it too")

    def test_new(self):
        self.tree("own", "a/b")
        self.tree("base")
        self.assertEqual(self.judged(), "new: BASE= runs it to its end")
        self.tree("base", "c/d")
        self.assertEqual(self.judged(), "new: BASE= shows c/d there")

    def test_accesses(self):
        """The same points are other ones there: a search decides."""
        self.tree("own", "a/b")
        self.tree("base", around=0)
        self.assertIn("new: BASE= shows it in no schedule near this one", self.judged("race"))
        self.assertIn("around --signature a/b --tries 50 --target race file",
                      Path("asked").read_text())
        self.tree("base", "c/d", around=1)
        self.assertEqual(self.judged("race"),
                         "known: BASE= shows it in a schedule near this one")
        self.tree("base", around=2)
        self.assertEqual(self.judged("race"), "undecided: looked")

    def test_undecided(self):
        self.tree("own")
        self.tree("base")
        self.assertIn("undecided: it does not show again", self.judged())
        self.tree("own", "a/b")
        self.tree("base", how=2)
        self.assertIn("undecided: ", self.judged())

    def test_base_that_does_not_build(self):
        with mock.patch.object(harness, "replayer", lambda _: "./own"), \
                mock.patch.object(base, "replayer", side_effect=Usage("no such header")):
            self.assertEqual(str(base.judge("file", "alloc")),
                             "undecided: BASE= cannot run it: no such header")

    def test_summary(self):
        def of(*words):
            return base.summary(base.Judgement(word, "") for word in words)

        self.assertEqual(of("known", "new", "known", "undecided"),
                         (status.FINDING, "FAIL: distinct crashes: 1 new, 1 undecided, 2 known"))
        self.assertEqual(of("known", "undecided")[0], status.INCONCLUSIVE)
        self.assertEqual(of("known"), (status.PASS, "PASS: nothing new; distinct crashes: 1 known"))

    def session(self, words, open_sentence=""):
        os.environ.update(KERNEL="a", BASE="b")
        one = Session("fuzz", "state", ["alloc"])
        one.open += [open_sentence] if open_sentence else []
        for number, word in enumerate(words):
            one.crashes.found["alloc", str(number)] = Crash("alloc", str(number), word, "")
        with mock.patch.object(base, "judge", lambda path, _: base.Judgement(path, "so it is")), \
                self.printed() as said:
            return one.finish(), said.getvalue()

    def test_session(self):
        how, said = self.session(["known", "new"])
        self.assertEqual(how, status.FINDING)
        self.assertIn("seen 1 times)\nnew: so it is\n", said)
        self.assertTrue(said.endswith("FAIL: distinct crashes: 1 new, 1 known\n"))
        self.assertEqual(self.session(["known"])[0], status.PASS)
        how, said = self.session(["known"], "alloc: too slow")
        self.assertEqual(how, status.INCONCLUSIVE)
        self.assertNotIn("PASS", said)
        self.assertTrue(self.session([])[1].endswith("\nPASS\n"))

    def test_triage(self):
        os.environ.update(KERNEL="a", BASE="b", DIR="corpus/alloc")
        self.tree("own", "a/b", "c/d")
        with mock.patch.object(command, "_tool", lambda _: "./own"), \
                mock.patch.object(harness, "folder", lambda: "state"), \
                mock.patch.object(base, "judge", lambda path, _: base.Judgement(
                    "known" if path == "file-a" else "new", "so it is")), self.printed() as said:
            self.assertEqual(command.run([]), status.FINDING)
        self.assertIn("a/b: known: so it is\nc/d: new: so it is\n", said.getvalue())


class Refused(Case):
    def setUp(self):
        super().setUp()
        for name, version in (("one", (6, 12, 3)), ("two", (6, 12, 9)), ("other", (6, 1, 3))):
            plant_tree(self.dir / name, version)

    def refused(self, command="fuzz", **values):
        os.environ.update({name: value and str(self.dir / value)
                           for name, value in values.items()})
        with self.assertRaises(Usage) as caught:
            harness.refuse(command)
        return str(caught.exception)

    def test_base_alone(self):
        self.assertIn("give KERNEL= as well", self.refused(BASE="one"))
        os.environ["BASE"] = "HEAD~3"
        base.refuse("same")

    def test_other_commands(self):
        self.assertIn("make repro knows nothing of BASE=",
                      self.refused("repro", KERNEL="one", BASE="two"))

    def test_trees(self):
        self.assertIn("BASE= is 6.1.3 and KERNEL= is 6.12.3", self.refused(KERNEL="one",
                                                                          BASE="other"))
        self.assertIn("are the same tree", self.refused(KERNEL="one", BASE="one"))
        self.assertIn("/none is no folder", self.refused(KERNEL="one", BASE="none"))
        os.environ.update(KERNEL=str(self.dir / "one"), BASE=str(self.dir / "two"))
        harness.refuse("fuzz")
        harness.refuse("triage")
