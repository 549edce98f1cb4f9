# SPDX-License-Identifier: GPL-2.0-only
"""make mutants KERNEL=: which mutants there are, what becomes of one, and what is said of all."""
import os
from pathlib import Path
from unittest import mock

from fixture import FolderCase
from spb import jobs, status, tree
from spb.kernel import mutants
from spb.kernel.mutants import Mutant
from spb.mutants import programs
from spb.status import Usage

SOURCE = """static bool free_it(struct page *page, unsigned int order)
{
	VM_BUG_ON(order > 3);
	if (order > 2)
		return false;
	count(page);
	return true;
}

static void show_it(void)
{
	count(0);
}
"""


def done(how=0, **more):
    return jobs.Result(how, "", 1, 1, more.get("timed_out", False), more.get("interrupted", False))


class Some(FolderCase):
    """A tree of one file."""

    def setUp(self):
        super().setUp()
        os.makedirs("tree/mm")
        Path("tree/mm/page_alloc.c").write_text(SOURCE)
        before = os.getcwd()
        os.chdir(tree.ROOT)
        try:
            programs.make_mutator()
        finally:
            os.chdir(before)
        patch = mock.patch.object(programs, "mutator", lambda: tree.ROOT / "build/mutants/mutate")
        patch.start()
        self.addCleanup(patch.stop)

    def test_listed(self):
        every = mutants.listed(Path("tree"), "1")
        self.assertEqual({one.id.split(":")[1] for one in every}, {"free_it"})
        self.assertIn("mm/page_alloc.c:free_it:negate:1", {one.id for one in every})
        # What is asserted is no behaviour.
        self.assertNotIn("3", {one.line for one in every})
        self.assertNotEqual([one.id for one in every],
                            [one.id for one in mutants.listed(Path("tree"), "2")])

    def test_a_mutant_can_be_built(self):
        one = Mutant("mm/page_alloc.c:free_it:negate:1", "4", Path("tree"))
        self.assertEqual(one.file, "mm/page_alloc.c")
        self.assertEqual(one.folder, "mutants/mm-page-alloc-c-free-it-negate-1")
        self.assertIn("if (!(order > 2))", one.text(SOURCE))
        self.assertEqual(one.text(SOURCE).count("\n"), SOURCE.count("\n"))

    def test_chosen(self):
        every = mutants.listed(Path("tree"), "1")
        os.environ["SAMPLE"] = "2"
        self.assertEqual(mutants.chosen_of(every), every[:2])
        os.environ["SAMPLE"] = "all"
        self.assertEqual(mutants.chosen_of(every), every)
        os.environ["MUTANT"] = "*:negate:*"
        self.assertEqual([one.id for one in mutants.chosen_of(every)],
                         ["mm/page_alloc.c:free_it:negate:1"])
        self.assertEqual(mutants.chosen_of([]), [])  # before there is a list
        for name, value in (("MUTANT", "*:none:*"), ("SAMPLE", "few")):
            os.environ.update(MUTANT="", SAMPLE="")
            os.environ[name] = value
            with self.assertRaises(Usage):
                mutants.chosen_of(every)

    def test_report(self):
        names = [Mutant(f"mm/page_alloc.c:free_it:{name}", "4", Path("tree"))
                 for name in ("negate:1", "drop:1", "compare:1", "result:1", "name:1", "name:2")]
        judge = mock.Mock()
        judge.code_of = dict(zip(names, ("a", "b", "a", "same", "uncompiled", ""))).get
        judge.verdict_of = {"a": "survived 20", "b": "killed corpus zone-count"}.get
        found = mutants.outcomes(judge, names, set())
        self.assertEqual([verdict for _, verdict in found],
                         ["survived 20", "killed corpus zone-count", "same", "same", "uncompiled"])
        self.assertEqual(mutants.killed_share(found), 50)
        text = mutants.report(found, 6, 9, Path("tree"))
        self.assertIn("6 mutants of 9; 5 have been run\n", text)
        self.assertIn("of the other 2:\nkilled corpus                     1\n", text)
        self.assertIn("free_it:negate:1 (line 4)\n  - if (order > 2)\n  + if (!(order > 2))\n",
                      text)
        found = mutants.outcomes(judge, names, {names[0].id})
        self.assertEqual(found[0][1], "equivalent")
        self.assertEqual(mutants.killed_share(found), 100)

    def test_verdict(self):
        found = [(None, "killed corpus x"), (None, "survived 20")]
        os.environ["LEAST"] = "60"
        with self.printed():
            self.assertEqual(mutants.verdict_of(found), status.FINDING)
            os.environ["LEAST"] = "50"
            self.assertEqual(mutants.verdict_of(found), status.PASS)
            self.assertEqual(mutants.verdict_of([*found, (None, "error 3")]),
                             status.INCONCLUSIVE)

    def test_engines(self):
        Path("crash-1").write_text("")
        crash = "FINDING zone-count op=x\nTest unit written to crash-1\n"
        for expected, said, how in (
                ("killed corpus zone-count", crash, done(77)),
                ("killed fuzzing zone-count", "#852\tINITED cov: 1\n" + crash, done(77)),
                ("killed self-test", "the self-test fails, no program is run: x", done(2)),
                ("timeout corpus", "", done(-24)),
                ("timeout fuzzing", "#852\tINITED cov: 1\n", done(-9, timed_out=True)),
                ("survived 20", "", done(0, interrupted=True)),
                ("survived 20", "", done(0)),
                ("error 5", "", done(5))):
            with self.subTest(expected):
                self.assertEqual(mutants.verdict_in(said, how, 20), expected)


class Equivalent(FolderCase):
    def test_lines(self):
        text = "# a comment\n\n6.12 a.c:f:drop:1 | so it is\n6.1 a.c:f:drop:2 | too\n"
        self.assertEqual(mutants.equivalent("6.12.117", text), {"a.c:f:drop:1"})
        self.assertEqual(mutants.equivalent("6.13.1", text), set())
        for wrong in ("6.12 a.c:f:drop:1\n", "6.12 a.c:f:drop:1 |\n", "a.c:f:drop:1 | x\n"):
            with self.assertRaises(Usage):
                mutants.equivalent("6.12.1", wrong)

    def test_the_list(self):
        mutants.equivalent("6.12.1", (tree.ROOT / mutants.EQUIVALENT).read_text())
