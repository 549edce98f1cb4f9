# SPDX-License-Identifier: GPL-2.0-only
"""make lab: what is asked for, tables, plots."""
import os
from unittest import mock

from fixture import FolderCase
from spb.lab import command, document, figures, plot
from spb.lab.figures import POLICIES, TRACES, Spread
from spb.status import Inconclusive, Usage

COLUMNS = ("event would gets gets-more tainted empty lost kept broken moved hold-999 hold-longest "
           "failed-unmovable-2 failed-movable-0 pages-unmovable pages-reclaimable").split()
REPORT = """# policy: as-posted
# zone: 16 GiB
# measured: 5 copies of fs
# assumed: 90 percent of memory in use
# assumed: luck
{columns}
{rows}
"""


def row(event, value):
    return {name: str(event if name == "event" else value) for name in COLUMNS}


def runs(values=(3, 1, 2), policies=("as-posted", "refusal-off")):
    return {(policy, trace): [[row(10, 9), row(20, value)] for value in values]
            for policy in policies for trace in TRACES}


def report():
    lines = "\n".join(",".join(row(event, 4).values()) for event in (1, 2))
    return REPORT.format(columns=",".join(COLUMNS), rows=lines)


class Lab(FolderCase):
    def asked(self, **values):
        with mock.patch.dict(os.environ, {"POLICY": "", "TRACE": "", **values}):
            return [policy.words for policy in command.policies()], command.traces()

    def test_what_is_asked_for(self):
        self.assertEqual(self.asked(), ([policy.words for policy in POLICIES], list(TRACES)))
        self.assertEqual(self.asked(POLICY="keeps-one reserve_min=9", TRACE="build"),
                         (["keeps-one", "reserve_min=9"], ["build"]))
        for wrong in ({"POLICY": "best"}, {"TRACE": "none"}):
            with self.subTest(wrong), self.assertRaises(Usage):
                self.asked(**wrong)

    def test_reading(self):
        self.assertEqual([one["event"] for one in figures.rows_of(report())], ["1", "2"])
        self.assertEqual(figures.said_of(report(), "assumed"),
                         ["90 percent of memory in use", "luck"])
        self.assertEqual(figures.failed_of(row(1, 4)), 8)
        with self.assertRaises(Inconclusive):
            figures.value_of({"gets": ""}, "gets")

    def test_median_and_spread(self):
        self.assertEqual(figures.last(runs(), "as-posted", "fs", "would"), Spread(2, 1, 3))
        self.assertEqual(str(Spread(2, 1, 3)), "2 (1 to 3)")
        self.assertEqual(str(Spread(2500, 2500, 2500)), "2,500")
        self.assertEqual(str(Spread(2.5, 2, 3)), "2.5 (2 to 3)")

    def test_table(self):
        said = document.table(runs(), list(POLICIES[:1]), "fs")
        self.assertIn("| as-posted | 2 (1 to 3) | 2 (1 to 3) |", said)
        self.assertIn("| 4 (2 to 6) |", said)  # failed: two columns together

    def test_document(self):
        text = document.text(runs(policies=("as-posted",)), {"fs": report()},
                             [POLICIES[0]], report(), "lab")
        self.assertIn("* luck\n", text)
        self.assertIn("| 2, unmovable | 2 |", text)
        self.assertIn("| of these tainted | fewer than 20 | 4 |", text)

    def test_csv(self):
        several = runs()
        for samples in several.values():
            for run in samples:
                run[-1]["moved"] = "0"
        text = command.as_csv(command._lines(several))
        self.assertTrue(text.startswith("policy,trace,seed,event,would,"))
        self.assertNotIn("moved", text)
        self.assertIn("as-posted,fs,1,20,3,", text)
        timed = command.as_csv(command._timed_lines(several))
        self.assertIn("as-posted,fs,20,2,1,3,", timed)

    def test_plots(self):
        said = plot.time_script(runs())
        self.assertIn("1e-05 9.00\n2e-05 2.00\n", said)
        self.assertIn("1e-05 9.09\n2e-05 2.09\n", said)
        self.assertEqual(said.count("\nplot "), 3)
        said = plot.cost_script(runs())
        self.assertIn("5 2.0 3 7 1.0 3.0\n", said)
        self.assertEqual(said.count("title 'fs'"), 1)

    def test_a_run_that_has_ended_stays(self):
        tool, lab = self.dir / "lab", command.Lab()
        tool.write_text("#!/bin/sh\necho \"$@\"\necho run >>" + str(self.dir / "runs") + "\n")
        tool.chmod(0o755)
        lab.tool = str(tool)
        lab._cache.folder = self.dir / "kept"
        with mock.patch.object(command.proof, "hash_of", lambda path: "same"):
            first = lab.report("fs", ["--seed", "1", "keeps-one", "reserve_min=9"])
            self.assertEqual(lab.report("fs", ["--seed", "1", "keeps-one", "reserve_min=9"]), first)
        self.assertEqual(first, "--quiet --seed 1 tests/data/lab/fs.trace.xz keeps-one "
                                "reserve_min=9\n")
        self.assertEqual((self.dir / "runs").read_text(), "run\n")
