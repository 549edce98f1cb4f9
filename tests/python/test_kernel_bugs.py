# SPDX-License-Identifier: GPL-2.0-only
"""make bugs KERNEL=, with programs that play engine and replayer."""
import os
from pathlib import Path
from unittest import mock

from fixture import FolderCase
from spb import status
from spb.kernel import bugs, edit
from spb.status import Inconclusive

HEAD = "what: it is wrong\ncommit: none\ntarget: {}\nfile: mm/a.c\nin f\ndrop statement x\n"
FINDS = """#!/bin/sh
for word; do case $word in -artifact_prefix=*) at=${word#*=} ;; esac; done
echo program >${at}crash-1
echo "FINDING free-area op=alloc"
echo "Test unit written to ${at}crash-1"
echo "stat::number_of_executed_units: 34"
exit 77
"""
FINDS_NOTHING = "#!/bin/sh\ntrap 'echo stat::number_of_executed_units: 7; exit 0' INT\n" \
    "while :; do :; done\n"


class Bugs(FolderCase):
    def setUp(self):
        super().setUp()
        for name, target in (("one", "alloc"), ("two", "walk")):
            Path(f"{name}.edit").write_text(HEAD.format(target))
        os.environ.update(KERNEL="a tree", TIME="1", TRIALS="2")

    def run_it(self, engine, replayer="#!/bin/sh\nexit 0\n", least="100"):
        os.environ["LEAST"] = least
        for name, text in (("alloc", engine), ("spbfuzz", replayer)):
            self.script(name, text)
        with mock.patch.object(bugs, "named", lambda _: [edit.read(f"{name}.edit")
                                                         for name in ("one", "two")]), \
                mock.patch.object(bugs.build, "made", lambda *_: Path("kernel.o")), \
                mock.patch.object(bugs.harness, "linked", lambda _, *names: [f"./{names[0]}"]), \
                self.printed() as said:
            return bugs.run([]), said.getvalue()

    def test_found(self):
        how, said = self.run_it(FINDS)
        self.assertEqual(how, status.PASS)
        self.assertRegex(said, r"\none +yes +0\.\d +34  yes +free-area\n")
        self.assertIn("\ntwo                         not tried: the target walk", said)
        self.assertTrue(said.endswith("\n1 of 1 bugs found in every trial\n"))

    def test_not_found(self):
        how, said = self.run_it(FINDS_NOTHING)
        self.assertEqual(how, status.FINDING)
        self.assertRegex(said, r"\none +no +1\.\d +7  - +-\n")
        self.assertEqual(self.run_it(FINDS_NOTHING, least="0")[0], status.PASS)

    def test_document(self):
        os.environ["OUT"] = "table.md"
        Path("table.md").write_text("| `other` | it stays | - | 1.0 | 3 | 6.1, race |\n"
                                    "| `one` | |\n")
        with mock.patch.object(bugs.linux, "opened", lambda _: mock.Mock(version="6.12.9")), \
                mock.patch.object(bugs.proof, "commit", lambda: "cafe"):
            self.run_it(FINDS)
        lines = Path("table.md").read_text().splitlines()
        self.assertRegex(lines[-2], r"^\| `one` \| it is wrong \| `free-area` \| 0\.\d \| 34 \| "
                                    r"6\.12\.9, alloc \| cafe \|$")
        self.assertEqual(lines[-1], "| `other` | it stays | - | 1.0 | 3 | 6.1, race |")

    def test_found_without_the_bug_too(self):
        how, said = self.run_it(FINDS, "#!/bin/sh\nexit 1\n")
        self.assertEqual(how, status.FINDING)
        self.assertRegex(said, r"\none +yes .* no +free-area\n")

    def test_engine_that_does_not_run(self):
        with self.assertRaisesRegex(Inconclusive, "one: the engine ended with status 3"):
            self.run_it("#!/bin/sh\nexit 3\n")
