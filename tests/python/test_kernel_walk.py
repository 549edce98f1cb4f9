# SPDX-License-Identifier: GPL-2.0-only
"""The part kernel of make check: the walk of docs/kernel.md is read, and what it does not say is
seen."""
from pathlib import Path
from unittest import mock

from fixture import FolderCase
from spb import jobs, tree
from spb.lines import Lines
from spb.parts import kernel

DOCUMENT = """## Before

    make not this

## A walk: one line

    cp -r a b
    make fuzz KERNEL=b TIME=2

    CRASH zone-isolated/- (target alloc, seen 15 times)
    new: BASE= runs it to its end

and then

    make minimize KERNEL=b CRASH=<key>/<name>

    isolate arg=1513

## After

    make nor this
"""
FOUND = "CRASH zone-isolated/- (target alloc, seen 2 times)\nnew: BASE= runs it to its end\n" \
    "replay: make repro CRASH=x/crash-1 KERNEL=b\n"
SMALLEST = "  isolate arg=7\n  build/x: 2 of 4 records left, 12 tries\n"


class Walk(FolderCase):
    def walk(self, fuzz=FOUND, status=1, smallest=SMALLEST):
        """Return: what was asked, and which steps failed."""
        asked = []

        def command(words, **_):
            asked.append(words)
            said = {"scripts/run fuzz": (status, fuzz),
                    "scripts/run minimize": (0, smallest)}
            how, text = next((value for name, value in said.items() if words.startswith(name)),
                             (0, ""))
            return jobs.Result(how, text, 0, 0, False)

        Path("kernel.md").write_text(DOCUMENT)
        lines = Lines()
        with mock.patch.object(kernel, "command", command), self.printed() as said, \
                mock.patch.object(kernel, "DOCUMENT", "kernel.md"):
            kernel.walk(lines)
        return asked, [line for line in said.getvalue().splitlines() if line.startswith("not ok")]

    def test_as_it_is_told(self):
        asked, wrong = self.walk()
        self.assertEqual(asked, ["cp -r a b", "scripts/run fuzz KERNEL=b TIME=2",
                                 "scripts/run minimize KERNEL=b CRASH=x/crash-1"])
        self.assertEqual(wrong, [])

    def test_otherwise(self):
        for said, status in ((FOUND.replace("new: ", "known: "), 1),
                             (FOUND.replace("zone-isolated", "zone-count"), 1), (FOUND, 3),
                             ("PASS\n", 0)):
            with self.subTest(said):
                self.assertEqual(len(self.walk(said, status)[1]), 1)

    def test_another_operation_or_zone(self):
        expected = ["FINDING zone-isolated op=isolate step=3 cpu=0",
                    "zone DMA32 of node 0 counts 2 isolated pageblocks, there are 1"]
        said = "FINDING zone-isolated op=contig step=1 cpu=1\n" \
            "  zone Normal of node 0 counts 3 isolated pageblocks, there are 0\n"
        self.assertEqual(kernel.missing(expected, said), [])
        self.assertEqual(kernel.missing(expected, said.replace("isolated", "free")), expected)
        self.assertEqual(kernel.missing(["geometry default"], "spbt 1\ngeometry wide200\n"), [])

    def test_not_as_small(self):
        for smallest in ("  isolate arg=7\n", SMALLEST.replace("2 of 4", "3 of 4")):
            with self.subTest(smallest):
                self.assertEqual(len(self.walk(smallest=smallest)[1]), 1)

    def test_the_document(self):
        steps = kernel.told((tree.ROOT / "docs/kernel.md").read_text())
        self.assertEqual([words.split()[1] for words, _ in steps if words.startswith("make ")],
                         ["kernel-source", "fuzz", "minimize"])
        self.assertTrue(all(expected for words, expected in steps if " fuzz " in words))
