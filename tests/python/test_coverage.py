# SPDX-License-Identifier: GPL-2.0-only
"""make coverage: lines are counted of core/ alone, and who cannot run is told."""
import os
from unittest import mock

from fixture import Case
from spb import jobs
from spb.checks import coverage
from spb.status import Inconclusive

LCOV = """SF:/somewhere/core/free.c
FN:3,f
DA:3,7
DA:4,0
DA:5,0,hash
end_of_record
SF:/somewhere/include/spb/alloc.h
DA:1,0
end_of_record
SF:core/buddy.c
DA:9,1
end_of_record
"""


class Coverage(Case):
    def test_lcov(self):
        free, buddy = coverage.read_lcov(LCOV)
        self.assertEqual((free.name, free.counted, free.missed), ("core/free.c", 3, [4, 5]))
        self.assertEqual((buddy.name, buddy.counted, buddy.missed), ("core/buddy.c", 1, []))

    def replay(self, output, status=0):
        ended = jobs.Result(status, output, 0, 0, False)
        with mock.patch.object(jobs, "run", lambda *_, **__: ended), \
                mock.patch("spb.tree.inputs", lambda _: ["a", "b"]):
            return coverage._replay("race", "tool", self.dir)

    def test_left_out(self):
        self.assertEqual(self.replay("0123456789abcdef  a\nneeds-access-hooks  b\n"), (1, 1))

    def test_not_replayed(self):
        with self.assertRaises(Inconclusive):
            self.replay("FINDING x", 1)

    def test_target_is_checked(self):
        os.environ["TARGET"] = "nope"
        with self.assertRaisesRegex(Exception, "no target nope"):
            coverage.run([])
