# SPDX-License-Identifier: GPL-2.0-only
"""Lines of fuzz/kernel/race/meant.def: that all are read, and which were met."""
import os
from pathlib import Path
from unittest import mock

from fixture import Case, FolderCase
from spb import tree
from spb.kernel import harness, meant

TEXT = '''/* a comment with MEANT( in it */
MEANT("zone one", "*", "reads|looks", "judged: a hint")
MEANT_WRITES("page two",
\t     "writes",
\t     "other", "a comment of the source")
'''
PAIRS = [("zone one", "*", "reads|looks"), ("page two", "writes", "other")]


class Listed(Case):
    def test_each_line_is_read(self):
        text = (tree.ROOT / meant.LIST).read_text()
        listed = meant.lines(text)
        starts = [line for line in text.splitlines() if line.startswith("MEANT")]
        self.assertEqual(len(listed), len(starts))
        self.assertEqual(len(set(listed)), len(listed))

    def test_no_line_allows_everything(self):
        """A field, and a function of at least one side, but for what anybody may read."""
        for field, one, other in meant.lines((tree.ROOT / meant.LIST).read_text()):
            self.assertNotIn("*", field.split("|"))
            if field not in ("vm_event_states", "page flags", "zone watermark_boost"):
                self.assertFalse(one == other == "*", field)

    def test_lines(self):
        self.assertEqual(meant.lines(TEXT), PAIRS)

    def test_met(self):
        said = "zone one\t*\treads|looks\trmqueue\treads\n"
        self.assertEqual(meant.unmet(PAIRS, said), PAIRS[1:])
        self.assertEqual(meant.unmet(PAIRS, ""), PAIRS)


class Reported(FolderCase):
    def test_report(self):
        listed = meant.lines((tree.ROOT / meant.LIST).read_text())
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        with mock.patch.object(harness, "folder", lambda: "."):
            self.assertIn(f"0 of {len(listed)} lines", meant.report()[0])
            meant.follow()
            Path(os.environ["SPBFUZZ_MEANT"]).write_text("\t".join(listed[0]) + "\ta\tb\n")
            text, missing = meant.report()
        self.assertIn(f"1 of {len(listed)} lines", text)
        self.assertEqual(len(missing), len(listed) - 1)
