# SPDX-License-Identifier: GPL-2.0-only
"""make nightly: a step that passed is not made again; one that failed is; the document says
what runs."""
import re
from pathlib import Path
from unittest import mock

from fixture import Case
from spb import jobs
from spb.checks import nightly
from spb.status import Usage


class Nightly(Case):
    def setUp(self):
        super().setUp()
        self.made = []
        self.statuses = {}
        for what, value in (("spb.tree.build_folder", lambda: str(self.dir)),
                            ("spb.tree.hash_of_sources", lambda: self.sources),
                            ("spb.jobs.run", self.run_step)):
            patch = mock.patch(what, value)
            patch.start()
            self.addCleanup(patch.stop)
        self.sources = "1"

    def run_step(self, words, output=None, **_):
        if "scripts/run" not in words:
            return jobs.Result(0, "a machine", 0, 0, False)
        self.made.append(Path(output).stem)
        Path(output).write_text("what it said\n")
        return jobs.Result(self.statuses.get(Path(output).stem, 0), "", 0, 0, False)

    def night(self, *steps):
        self.made = []
        with self.printed() as text:
            status = nightly.run(list(steps))
        return status, text.getvalue()

    def test_all_pass(self):
        status, said = self.night()
        self.assertEqual((status, len(self.made)), (0, len(nightly.STEPS)))
        self.assertTrue(said.endswith(f"{len(nightly.STEPS)} passed, 0 failed\n"))

    def test_goes_on(self):
        self.statuses = {"mutants": 1, "fuzz": 3}
        status, said = self.night()
        self.assertEqual(status, 1)
        self.assertIn("what it said", said)
        self.statuses = {}
        self.assertEqual(self.night()[0], 0)
        self.assertEqual(self.made, ["mutants", "fuzz"])
        self.sources = "2"
        self.night("fuzz")
        self.assertEqual(self.made, ["fuzz"])

    def test_unknown_step(self):
        with self.assertRaisesRegex(Usage, "no step mutant; there are: .*mutants"):
            nightly.run(["mutant"])

    def test_document(self):
        text = Path("docs/budgets.md").read_text()
        rows = re.findall(r"^\| ([a-z-]+) \| `make (.*)` \|$", text, re.M)
        self.assertEqual(rows, [(step.name, step.words) for step in nightly.STEPS])
