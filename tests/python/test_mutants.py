# SPDX-License-Identifier: GPL-2.0-only
import os
from unittest import mock

from fixture import Case
from spb import jobs, status, tree
from spb.mutants import command, judge, programs, summary, verdicts
from spb.mutants.judge import Judge, Killed
from spb.mutants.summary import Mutant, Outcome
from spb.disk.proof import Proof
from spb.status import Inconclusive, Usage

# What each mutant is compiled to. The original is "good", and what is "bad" is killed.
CODE = {"core/a.c:f:drop:1": "bad", "core/a.c:f:drop:2": "good", "core/a.c:f:drop:3": "other",
        "core/a.c:f:drop:4": "bad", "core/a.c:f:drop:5": "", "core/a.c:f:drop:6": "last"}
LIST = "".join(f"{number:016x} {name} {number}\n" for number, name in enumerate(CODE))


def mutate(what, *words):
    if what == "list":
        return LIST
    if what == "show":
        return f"-\told line\n-\tsecond\n+\tnew line of {words[0]}\n"
    return (CODE[words[0]] or "uncompiled") + "\n"


class Fake(Case):
    """Mutants of a core of one word, without compilers."""

    def setUp(self):
        super().setUp()
        os.environ.update(JOBS="2", FUZZ="0", SAMPLE="all")
        self.steps = []
        (self.dir / "mutants/gcc/core").mkdir(parents=True)
        (self.dir / "mutants/gcc/core/a.s").write_text("good\n")
        (self.dir / "build").write_text("1")
        for name, new in (
                ("spb.tree.build_folder", lambda: str(self.dir)),
                ("spb.build.machine", lambda: "a machine"),
                ("spb.mutants.programs.make", lambda _: None),
                ("spb.mutants.programs.mutate", mutate),
                ("spb.mutants.programs.targets", lambda: ["alloc"]),
                ("spb.mutants.programs.test_names", lambda: ["test_one"]),
                ("spb.mutants.programs.compile_line", lambda _, source, assembly: [
                    "sh", "-c", f"cp {source} {assembly}; grep -qv uncompiled {source}"]),
                ("spb.mutants.programs.assemble_line", lambda _, *names: ["cp", *names]),
                ("spb.mutants.programs.library_line",
                 lambda _, output, name, instead: ["cp", instead, output]),
                ("spb.mutants.verdicts.FILE", str(self.dir / "verdicts")),
                ("spb.mutants.judge.Judge._proof",
                 lambda _: Proof("mutants", [self.dir / "build"])),
                ("spb.mutants.judge.Judge._step", self.step)):
            patch = mock.patch(name, new)
            patch.start()
            self.addCleanup(patch.stop)
        self.verdicts("")

    def verdicts(self, text):
        (self.dir / "verdicts").write_text(text)

    def step(self, how, seconds, work, argv):
        code = "good"
        if work.name not in ("gcc", "plain"):
            code = (work / "libcore.so").read_text().strip()
        self.steps.append((how, code))
        if code == "bad":
            raise Killed(f"killed {how} endless")
        if code == "other" and how == "fuzzing":
            raise Killed(f"timeout {how}")

    def run_it(self):
        with self.printed() as text:
            got = command.run([])
        return got, text.getvalue()

    def outcomes(self):
        lines = (self.dir / "mutants/outcomes").read_text().splitlines()
        return {line.split(" ", 1)[0][-1]: line.split(" ", 2)[2] for line in lines}


class Command(Fake):
    def test_outcomes(self):
        got, text = self.run_it()
        self.assertEqual(got, status.PASS)
        self.assertEqual(self.outcomes(), {
            "1": "killed corpus endless", "2": "same -", "3": "survived 0",
            "4": "same core/a.c:f:drop:1", "5": "uncompiled -", "6": "survived 0"})
        for line in ("6 mutants of 6, SEED=1; 6 have been run\n",
                     "not compiling                     1\n",
                     "same code                         2\n",
                     "killed by corpus replay           1   33.3 %\n",
                     "survived                          2   66.7 %\n",
                     "\ncore/a.c:f:drop:3 (line 2)\n  - old line\n  - second\n"
                     "  + new line of core/a.c:f:drop:3\n"):
            self.assertIn(line, text)

    def test_goes_on(self):
        _, text = self.run_it()
        self.steps.clear()
        self.assertEqual(self.run_it()[1], text)
        self.assertEqual(self.steps, [])
        os.environ["FUZZ"] = "3"  # what survived is fuzzed, and nothing else
        self.run_it()
        self.assertEqual({how for how, _ in self.steps}, {"fuzzing"})
        self.assertEqual(self.outcomes()["3"], "timeout fuzzing")
        self.assertEqual(self.outcomes()["6"], "survived 3")
        self.steps.clear()
        os.environ["FUZZ"] = "2"
        self.run_it()
        self.assertEqual(self.steps, [])
        (self.dir / "build").write_text("2")
        self.run_it()
        self.assertIn(("tests", "other"), self.steps)

    def test_what_was_stopped_goes_on(self):
        judge_one = Judge.judge

        def stopped(self, mutant):
            if mutant.endswith("3"):
                raise jobs.Stopped
            return judge_one(self, mutant)

        os.environ["JOBS"] = "1"
        with mock.patch.object(Judge, "judge", stopped), mock.patch.object(jobs, "stop"):
            got, text = self.run_it()
        self.assertEqual(got, status.INCONCLUSIVE)
        self.assertIn("stopped; the same command goes on from here\n", text)
        self.assertEqual(self.outcomes()["1"], "killed corpus endless")
        self.assertNotIn("3", self.outcomes())
        self.steps.clear()
        self.run_it()
        self.assertNotIn("bad", {code for _, code in self.steps})
        self.assertEqual(self.outcomes()["3"], "survived 0")

    def test_least(self):
        os.environ["LEAST"] = "34"
        got, text = self.run_it()
        self.assertEqual(got, status.FINDING)
        self.assertIn("fewer than 34 % were killed\n", text)
        self.verdicts("core/a.c:f:drop:6\n  - old line\n  + new line of core/a.c:f:drop:6\n  why\n")
        self.assertEqual(self.run_it()[0], status.PASS)

    def test_an_error_is_no_survivor(self):
        def step(_, how, *rest):
            raise Killed(f"error {how}")

        judge_original = mock.patch.object(Judge, "check_original")
        with judge_original, mock.patch("spb.mutants.judge.Judge._step", step):
            got, text = self.run_it()
        self.assertEqual(got, status.INCONCLUSIVE)
        self.assertIn("could not be run                  3\n", text)
        self.assertEqual(self.run_it()[0], status.PASS)
        self.assertEqual(self.outcomes()["1"], "killed corpus endless")

    def test_the_core_as_it_is(self):
        def step(_, how, *rest):
            raise Killed(f"killed {how}")

        with mock.patch("spb.mutants.judge.Judge._step", step), self.assertRaises(Inconclusive):
            command.run([])

    def test_which(self):
        os.environ["SAMPLE"] = "2"
        self.run_it()
        self.assertEqual(sorted(self.outcomes()), ["1", "2"])
        os.environ["MUTANT"] = "core/a.c:*:3 core/a.c:f:drop:6"
        self.run_it()
        self.assertEqual(sorted(self.outcomes()), ["3", "6"])
        for name, value in (("MUTANT", "core/b.c:*"), ("SAMPLE", "some"), ("SAMPLE", "0")):
            with mock.patch.dict(os.environ, {name: value}), self.assertRaises(Usage):
                command.run([])


class Verdicts(Fake):
    def test_complaints(self):
        head = "# A comment.\n\n"
        self.verdicts(head + "core/a.c:f:drop:1\n  - old line\n  + new line of core/a.c:f:drop:1\n"
                      "  The reason\n  is long.\n"
                      "core/a.c:f:drop:3\n  - old line\n  + another line\n  why\n"
                      "core/a.c:f:drop:6\n  - old line\n  + new line of core/a.c:f:drop:6\n")
        good, complaints = verdicts.equivalent()
        self.assertEqual(good, {"core/a.c:f:drop:1"})
        self.assertEqual(complaints, ["obsolete verdict: core/a.c:f:drop:3",
                                      "verdict without a reason: core/a.c:f:drop:6"])
        self.assertEqual(verdicts.parse((self.dir / "verdicts").read_text())[0].reason,
                         "The reason is long.")
        self.assertIn("wrong verdict: core/a.c:f:drop:1 is killed by corpus endless\n",
                      self.run_it()[1])


class Step(Case):
    def killed(self, script):
        with self.assertRaises(Killed) as words:
            Judge._step("corpus", 1, self.dir, ["sh", "-c", script])
        return str(words.exception)

    def test_words(self):
        Judge._step("corpus", 1, self.dir, ["true"])
        self.assertEqual(self.killed("echo 'FINDING endless op=alloc' >&2; exit 1"),
                         "killed corpus endless")
        self.assertEqual(self.killed("kill -SEGV $$"), "killed corpus")
        self.assertEqual(self.killed("while :; do :; done"), "timeout corpus")
        self.assertEqual(self.killed("exit 127"), "error corpus")

    def test_shares(self):
        found = [Outcome(Mutant("m", "1"), result, "x") for result in
                 ("killed", "timeout", "survived", "equivalent", "same", "error")]
        self.assertAlmostEqual(summary.killed_share(found), 200 / 3)
        self.assertEqual(str(Outcome(Mutant("m", "7"), "killed", "tests")), "m 7 killed tests")
        self.assertEqual(judge.SHARES.keys(), set(programs.engine_targets()))
        # An engine that misses its access hooks ends at once, which would kill every mutant.
        self.assertFalse([name for name in judge.SHARES if tree.counts_accesses(name)])
