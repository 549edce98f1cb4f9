# SPDX-License-Identifier: GPL-2.0-only
import contextlib
import io
import os
import threading
import time
from unittest import mock

from fixture import Case
from spb import build, jobs, plant, sample, status, tree
from spb.documents import document
from spb.bugs import check, command, refind, table, trials
from spb.status import Usage

# An engine: "crash" finds something, "loop" runs until it is asked to end, "die" is broken.
ENGINE = """#!/bin/sh
for word; do
    case $word in -artifact_prefix=*) dir=${word#*=} ;; -seed=*) seed=${word#*=} ;; esac
done
set -- %s
eval "what=\\$$seed"
case $what in
crash) echo data >${dir}crash-1; echo "FINDING reserve op=alloc"
    echo "artifact_prefix='$dir'; Test unit written to ${dir}crash-1"
    echo 'stat::number_of_executed_units: 7'; exit 77 ;;
slow) echo data >${dir}slow-unit-1; echo "Test unit written to ${dir}slow-unit-1" ;;
die) exit 5 ;;
esac
trap "echo 'stat::number_of_executed_units: 4711'; exit 72" INT
while :; do :; done
"""


class Refind(Case):
    PROGRAM = "spbt 1\ncpus 2\n\nalloc s0 pre=5>1 pre2=9>0\nfree s0\nfree s1 cpu=1 pre=1>0\n"

    def test_a_point_moves_and_keeps_its_cpu(self):
        self.assertIn("pre=5>1 pre2=12>0", refind.moved(self.PROGRAM, {1: 3}))
        self.assertIn("cpu=1 pre=2>0", refind.moved(self.PROGRAM, {2: 1}))
        self.assertIsNone(refind.moved(self.PROGRAM, {2: -1}))

    def test_near_programs_come_first_and_each_once(self):
        programs = list(refind.neighbours(self.PROGRAM))
        self.assertIn("pre=4>1 pre2=9>0", programs[0])
        self.assertEqual(len(programs), len(set(programs)))
        self.assertIn(refind.moved(self.PROGRAM, {0: 2, 2: 3}), programs)

    def test_the_rule_of_each_file(self):
        said = "FINDING reserve op=a\n x\nFILE 1\nFINDING endless op=b\nFILE 2\n"
        self.assertEqual(refind.findings_of(said), {"1": "reserve", "2": "endless"})


class Trials(Case):
    def setUp(self):
        super().setUp()
        os.environ.update(TIME="1", JOBS="2")
        for patch in (mock.patch("spb.tree.build_folder", lambda: str(self.dir)),
                      mock.patch.object(trials, "is_clean", lambda *_: True)):
            patch.start()
            self.addCleanup(patch.stop)
        self.bug = plant.one("reserve-off-by-one")

    def engine(self, *what):
        path = self.dir / "engine"
        path.write_text(ENGINE % " ".join(what))
        path.chmod(0o755)
        return str(path)

    def test_a_finding(self):
        trial = trials.run_trial(self.bug, 1, self.engine("crash"))
        self.assertEqual((trial.detected, trial.rule, trial.clean, trial.executions),
                         (1, "reserve", "yes", 7))
        self.assertTrue(trial.input.endswith("/1/crash-1"))
        self.assertEqual(trials.result_of(self.bug, 1), trial)

    def test_a_limit_keeps_the_executions(self):
        trial = trials.run_trial(self.bug, 1, self.engine("loop"))
        self.assertEqual((trial.detected, trial.executions), (0, 4711))
        self.assertGreaterEqual(trial.cpu, 0.9)

    def test_no_crash_file_of_the_trial_before(self):
        engine = self.engine("crash", "loop", "slow")
        made = [trials.run_trial(self.bug, number, engine) for number in (1, 2, 3)]
        self.assertEqual([trial.detected for trial in made], [1, 0, 0])
        self.assertEqual([trial.input for trial in made[1:]], ["-", "-"])

    def test_a_broken_engine_has_no_result(self):
        with self.assertRaises(trials.DoesNotRun):
            trials.run_trial(self.bug, 1, self.engine("die"))
        self.assertIsNone(trials.result_of(self.bug, 1))

    def test_a_longer_limit_is_another_trial(self):
        trials.run_trial(self.bug, 1, self.engine("loop"))
        self.assertTrue(trials.is_done(trials.result_of(self.bug, 1)))
        os.environ["TIME"] = "2"
        self.assertFalse(trials.is_done(trials.result_of(self.bug, 1)))

    def test_the_key_has_what_changes_verdict_and_search(self):
        keys = {trials.key_of(self.bug)}
        for name, value in (("RACES", "0"), ("STRICT", "1"), ("MUTATOR", "0"), ("CFLAGS", "-O1")):
            with mock.patch.dict(os.environ, {name: value}):
                keys.add(trials.key_of(self.bug))
        self.assertEqual(len(keys), 5)
        for name, value in (("BUG", "reserve-*"), ("TIME", "7"), ("V", "1")):
            with mock.patch.dict(os.environ, {name: value}):
                self.assertIn(trials.key_of(self.bug), keys)


class Command(Case):
    """All of make bugs, with engines that are scripts."""

    def setUp(self):
        super().setUp()
        os.environ.update(TIME="1", JOBS="2", TRIALS="2", BUG="reserve-off-by-one pcp-no-unlock")
        self.made = []
        script = Trials.engine(self, "crash", "crash")
        for patch in (mock.patch("spb.tree.build_folder", lambda: str(self.dir)),
                      mock.patch.object(trials, "is_clean", lambda *_: True),
                      mock.patch.object(build, "make", lambda *goals: self.made.extend(goals)),
                      mock.patch.object(plant.Bug, "engine", lambda bug, variant: script)):
            patch.start()
            self.addCleanup(patch.stop)

    def run_it(self):
        with self.printed() as text, contextlib.redirect_stderr(io.StringIO()):
            got = command.run([])
        return got, text.getvalue()

    def test_builds_what_it_needs(self):
        self.run_it()
        self.assertEqual(sorted(self.made), [f"{self.dir}/asan/spbfuzz", f"{self.dir}/plain/alloc"])
        sanitizer = plant.one("order-loop-too-far")
        self.assertIn(f"{self.dir}/fuzz/alloc", command._goals([sanitizer]))
        race = plant.one("race-walk-endless")
        self.assertIn(f"{self.dir}/race-asan/spbfuzz", command._goals([race]))

    def test_passes_and_goes_on(self):
        got, text = self.run_it()
        self.assertEqual(got, status.PASS)
        self.assertRegex(text, r"reserve-off-by-one +0 +0 +2 +2 +0\.\d +7  yes +reserve\n")
        self.assertIn("2 bugs, 4 trials: reached 0, triggered 0, detected 4; "
                      "found in every trial: 2", text)
        with mock.patch.object(trials, "run_trial", side_effect=AssertionError):
            self.assertEqual(self.run_it(), (got, text))

    def test_what_does_not_build_is_told(self):
        def engine(bug, variant):
            if bug.name == "pcp-no-unlock":
                raise plant.DoesNotBuild("no such luck")
            return Trials.engine(self, "crash", "crash")

        with mock.patch.object(plant.Bug, "engine", engine):
            got, text = self.run_it()
        self.assertEqual(got, status.INCONCLUSIVE)
        self.assertIn("NOT TRIED pcp-no-unlock: no such luck\n", text)
        self.assertIn("reserve-off-by-one", text)

    def test_a_broken_engine_is_told(self):
        with mock.patch.object(plant.Bug, "engine",
                               lambda *_: Trials.engine(self, "die", "crash")):
            got, text = self.run_it()
        self.assertEqual(got, status.INCONCLUSIVE)
        self.assertRegex(text, "NOT TRIED reserve-off-by-one: .* status 5")

    def test_least(self):
        os.environ["LEAST"] = "100"
        engine = Trials.engine(self, "crash", "loop")
        with mock.patch.object(plant.Bug, "engine", lambda *_: engine):
            got, text = self.run_it()
        self.assertEqual(got, status.FINDING)
        self.assertIn("not in every trial: pcp-no-unlock reserve-off-by-one\n", text)

    def test_jobs(self):
        running, most, lock = 0, 0, threading.Lock()

        def trial(bug, number, engine):
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.05)
            with lock:
                running -= 1
            raise trials.DoesNotRun("never")

        for width in ("1", "3"):
            most = 0
            with mock.patch.dict(os.environ, JOBS=width), \
                    mock.patch.object(trials, "run_trial", trial):
                self.run_it()
            self.assertEqual(most, int(width))

    def test_stop(self):
        with mock.patch.object(trials, "run_trial", side_effect=jobs.Stopped), \
                mock.patch.object(jobs, "stop"):
            got, text = self.run_it()
        self.assertEqual(got, status.INCONCLUSIVE)
        self.assertIn("stopped; the same command goes on from here\n", text)

    def test_usage(self):
        for arguments in (["no-such"], ["check", "again"]):
            with self.assertRaises(Usage):
                command.run(arguments)


class Table(Case):
    def row(self, *made):
        return table.Row(plant.one("reserve-off-by-one"), list(made))

    def test_verdicts(self):
        hit = trials.Trial(5, 2, 1, 0.1, 60, 30, "reserve", "yes", "x")
        other = trials.Trial(5, 2, 1, 0.3, 60, 10, "null-early", "yes", "x")
        dirty = trials.Trial(5, 2, 1, 0.3, 60, 10, "reserve", "no", "x")
        missed = trials.Trial(5, 0, 0, 60.0, 60, 999)
        self.assertEqual(self.row(hit, hit, missed).expected, "yes")
        self.assertEqual(self.row(hit, other, other).rules, ["null-early", "reserve"])
        self.assertEqual(self.row(hit, other).expected, "no")
        self.assertEqual(self.row(hit, dirty).expected, "clean-too")
        self.assertEqual(self.row(missed).expected, "-")
        self.assertEqual(str(self.row(hit, other, missed)),
                         "reserve-off-by-one            3         2        2  3     0.1      10  no"
                         "        reserve,null-early")

    def test_document(self):
        path = self.dir / "doc.md"
        path.write_text("a\n```\nold\n```\nb\n")
        document.replace_block(str(path), "new\n")
        self.assertEqual(path.read_text(), "a\n```\nnew\n```\nb\n")


class Patches(Case):
    def test_heads(self):
        bug = plant.one("reserve-off-by-one")
        self.assertEqual(check._wrong_head(bug), "")
        bug.head["rule"] = "reserve, no-such-rule"
        self.assertEqual(check._wrong_head(bug), "names no rule: no-such-rule")
        bug.head["depth"] = ""
        self.assertEqual(check._wrong_head(bug), "has no depth")
        bug = plant.one("reserve-off-by-one")
        bug.code = bug.code.replace("SPB_CANARY(", "(")
        self.assertEqual(check._wrong_head(bug), "has no canary")

    def test_areas(self):
        """bugs/<area>/, where an area is no target: the folder of a program names its target."""
        for path in plant.patches().values():
            self.assertEqual(len(path.parts), 3, path)
            self.assertNotIn(path.parts[1], tree.fuzz_targets())
        self.assertEqual(len(list(tree.ROOT.glob("bugs/**/*.patch"))), len(plant.patches()))


class Sample(Case):
    def test_the_same_every_day(self):
        names = [f"bug-{number}" for number in range(50)]
        self.assertEqual(sample.of(names, 3), sample.of(names, 3))
        self.assertEqual(sample.of(names, 3), ["bug-5", "bug-31", "bug-33"])
        self.assertEqual(sample.of(names, 0), names)
        self.assertNotEqual(sample.of(names, 3, "2"), sample.of(names, 3))

    def test_it_changes_little(self):
        names = [f"bug-{number}" for number in range(50)]
        more = sample.of(names + ["one-more"], 8)
        self.assertGreaterEqual(len(set(more) & set(sample.of(names, 8))), 7)
