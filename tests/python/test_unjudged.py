# SPDX-License-Identifier: GPL-2.0-only
import os
from unittest import mock

from spb import jobs, status
from spb.mutants import unjudged
from spb.status import Inconclusive, Usage
from test_mutants import Fake

PROGRAMS = ["one", "two", "three"]
# What the programs come to with each code.
HASHES = {"good": ["1", "2", "3"], "other": ["1", "5", "3"], "last": ["7", "8", "3"],
          "bad": ["1", "finding:endless", "3"]}


class Unjudged(Fake):
    """With the mutants of test_mutants.py."""

    def setUp(self):
        super().setUp()
        self.ran = []
        for name, new in (("inputs", lambda target: ["one", "two"]),
                          ("git_files", lambda *_, **__: [])):
            patch = mock.patch(f"spb.tree.{name}", new)
            patch.start()
            self.addCleanup(patch.stop)
        for name, new in (("made", staticmethod(lambda target: ["three"])),
                          ("_hashes", self.hashes)):
            patch = mock.patch.object(unjudged.Comparer, name, new)
            patch.start()
            self.addCleanup(patch.stop)

    def hashes(self, work):
        code = (work / "libcore.so").read_text().strip() if work.name != "gcc" else "good"
        self.ran.append(code)
        return dict(zip((f"alloc {name}" for name in PROGRAMS), HASHES[code]))

    def run_it(self):
        with self.printed() as text:
            got = unjudged.run([])
        return got, text.getvalue()

    def test_most_differing_first(self):
        got, text = self.run_it()
        self.assertEqual(got, status.PASS)
        self.assertIn("6 mutants, 3 of a code of their own; of 3 committed programs\n"
                      "a rule sees 1, nothing changes in 0, "
                      "something changes and no rule sees it in 2\n", text)
        first = "core/a.c:f:drop:6 (line 5): 2 programs\n  alloc one\n  alloc two\n  - old line"
        second = "core/a.c:f:drop:3 (line 2): 1 programs\n  alloc two\n"
        self.assertLess(text.index(first), text.index(second))
        self.assertNotIn("drop:1 ", text)

    def test_goes_on(self):
        _, text = self.run_it()
        self.assertEqual(sorted(self.ran), ["bad", "good", "last", "other"])
        self.ran.clear()
        self.assertEqual(self.run_it()[1], text)
        self.assertEqual(self.ran, ["good"])

    def test_what_was_stopped_goes_on(self):
        compare = unjudged.Comparer.compare

        def stopped(comparer, mutant):
            if mutant.endswith("6"):
                raise jobs.Stopped
            return compare(comparer, mutant)

        os.environ["JOBS"] = "1"
        with mock.patch.object(unjudged.Comparer, "compare", stopped), \
                mock.patch.object(jobs, "stop"):
            got, text = self.run_it()
        self.assertEqual(got, status.INCONCLUSIVE)
        self.assertIn("stopped; the same command goes on from here\n", text)
        self.assertIn("drop:3 (line 2): 1 programs", text)
        self.assertNotIn("drop:6", text)
        self.assertIn("drop:6 (line 5): 2 programs", self.run_it()[1])

    def test_what_is_judged_equivalent_says_so(self):
        self.verdicts("core/a.c:f:drop:3\n  - old line\n  + new line of core/a.c:f:drop:3\n  why\n")
        self.assertIn("drop:3 (line 2): 1 programs, judged equivalent\n", self.run_it()[1])

    def test_the_core_as_it_is(self):
        with mock.patch.dict(HASHES, good=["1", "finding:endless", "3"]), \
                self.assertRaises(Inconclusive):
            unjudged.run([])

    def test_words(self):
        with self.assertRaises(Usage):
            unjudged.run(["doc"])
        os.environ["SAMPLE"] = "many"
        with self.assertRaises(Usage):
            unjudged.run([])
