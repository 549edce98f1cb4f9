# SPDX-License-Identifier: GPL-2.0-only
"""make overhead: what is asked for, what callgrind says, tables and plot."""
import os
from unittest import mock

from fixture import FolderCase
from spb.overhead import command, document, plot, shares
from spb.overhead.figures import BITMAPS, CALLS, CHOOSERS, STATES, WALK
from spb.status import Usage

SIZES = [10, 1000]


def figures(instructions=100.0):
    return {(call, state, chooser, nr): {"instructions": instructions * (nr if chooser == WALK
                                                                         else 1), "served": 1}
            for call in CALLS for state in STATES for chooser in CHOOSERS for nr in SIZES}


class Overhead(FolderCase):
    def asked(self, **values):
        with mock.patch.dict(os.environ, {"SPBS": "", "STATE": "", **values}):
            return command.sizes(), command.states()

    def test_what_is_asked_for(self):
        self.assertEqual(self.asked(), ([10, 100, 1000, 4000, 16384], list(STATES)))
        self.assertEqual(self.asked(SPBS="100 10", STATE="last"), ([10, 100], ["last"]))
        for wrong in ({"SPBS": "1"}, {"SPBS": "16385"}, {"SPBS": "ten"}, {"STATE": "old"}):
            with self.subTest(wrong), self.assertRaises(Usage):
                self.asked(**wrong)

    def test_dumps_of_callgrind(self):
        dump = "desc: Trigger: Client Request: alloc-movable\nevents: Ir\ntotals: 2231\n"
        self.assertEqual(command.dumped([dump, "desc: Trigger: Program termination\ntotals: 0\n"]),
                         {"alloc-movable": 2231})

    def test_table(self):
        found = figures()
        found["alloc-movable", "last", WALK, 10]["served"] = 0
        said = document.table(found, "instructions", SIZES, ["last"])
        self.assertIn("| alloc-unmovable | last | 1,000 / 100 / 100 | 100,000 / 100 / 100 |", said)
        self.assertIn("| alloc-movable | last | - 1,000 / 100 / 100 |", said)
        self.assertEqual(document.table(found, "ns", SIZES, ["last"]).count("\n"), 2)

    def test_ratios(self):
        said = document.ratios(figures(), SIZES)
        self.assertIn("| bitmaps at 1,000 over bitmaps at 10 | 1.00 times (", said)
        self.assertIn("| the walk over bitmaps, at 1,000 | 1000.00 times (", said)

    def test_slowest_refusal(self):
        found = figures()
        found["alloc-movable", "last", BITMAPS, 1000].update(served=0, ns=900.0)
        found["alloc-movable", "aged", BITMAPS, 1000].update(served=0, ns=90.0)
        found["tainted-walk", "last", BITMAPS, 1000].update(served=0, ns=5000.0)
        said = document.ratios(found, SIZES)
        self.assertIn("| a call by bitmaps that gets nothing, at 1,000 | "
                      "900 ns (alloc-movable, last) |", said)
        self.assertIn("| the same by the walk | - |", said)

    def test_functions_of_a_dump(self):
        said = ("2,905  PROGRAM TOTALS\n\n"
                "2,905  ???:main [/somewhere/native]\n"
                "1,200  ???:flip_rows [/somewhere/native]\n"
                "   30  ???:malloc [/lib/libc.so.6]\n")
        self.assertEqual(shares.functions(said, "native", 4), {"flip_rows": 300.0})

    def test_what_bitmaps_take_more(self):
        found = figures()
        self.assertIn("There is none.", shares.text(found, {}, 10, ["last"]))
        found["alloc-movable", "last", BITMAPS, 10]["instructions"] = 1120.0
        parts = {("alloc-movable", "last", WALK): {"walk_lists": 400.0, "add": 600.0},
                 ("alloc-movable", "last", BITMAPS): {"flip_rows": 510.0, "add": 610.0}}
        said = shares.text(found, parts, 10, ["last"])
        self.assertEqual(said.count("times\n"), 1)
        self.assertIn("alloc-movable, last: 1.12 times\n", said)
        self.assertIn("| `flip_rows()` | 0 | 510 | +510 |\n| `walk_lists()` | 400 | 0 | -400 |\n"
                      "| `add()` | 600 | 610 | +10 |\n| all others | 0 | 0 | +0 |\n"
                      "| together | 1,000 | 1,120 | +120 |\n", said)

    def test_csv(self):
        self.assertIn("alloc-unmovable,fresh,walk,10,1000.0,1\n", command.as_csv(figures()))
        self.assertIn(f"alloc-unmovable,fresh,{BITMAPS},10,100.0,1\n", command.as_csv(figures()))

    def test_plot(self):
        said = plot.script(figures(), SIZES, list(STATES))
        self.assertIn('title "alloc-unmovable, last"', said)
        self.assertIn("10 1000.0\n1000 100000.0\n", said)
        self.assertNotIn("fragmented", plot.script(figures(), SIZES, ["last"]))
