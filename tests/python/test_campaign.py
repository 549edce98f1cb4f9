# SPDX-License-Identifier: GPL-2.0-only
"""make campaign: what comes next, what a kill leaves, the page."""
import contextlib
import hashlib
import os
import re
from pathlib import Path
from unittest import mock

from fixture import FolderCase
from spb import jobs
from spb.campaign import choice, command, page, rounds
from spb.campaign.rounds import AFL, CANARY, LIBFUZZER, Log, Round
from spb.fuzzing import afl
from spb.status import Inconclusive

TARGETS = ["alloc", "race"]
SAID = "   5 s  alloc        3584 exec     702/s  edges  1289  corpus 451+325  crashes 0\nPASS\n"


def log(*done):
    return Log("key", [], [Round(engine, target, seconds, 0, brought=brought)
                           for engine, target, seconds, brought in done])


def input_named(folder, data, kind="crash"):
    path = Path(folder, f"{kind}-{hashlib.sha1(data).hexdigest()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


class Choice(FolderCase):
    def test_each_target_has_a_turn_and_a_bug_is_planted(self):
        done = log()
        self.assertEqual(choice.choose(done, TARGETS), (LIBFUZZER, "alloc"))
        done = log((LIBFUZZER, "alloc", 10, 5))
        self.assertEqual(choice.choose(done, TARGETS), (CANARY, choice.CANARIES[0]))
        done = log((LIBFUZZER, "alloc", 10, 5), (CANARY, "free-twice", 3, 0))
        self.assertEqual(choice.choose(done, TARGETS), (LIBFUZZER, "race"))

    def test_what_brings_most_with_the_other_engine(self):
        done = log((LIBFUZZER, "alloc", 10, 5), (CANARY, "x", 3, 0), (LIBFUZZER, "race", 10, 90))
        self.assertEqual(choice.choose(done, TARGETS), (AFL, "race"))
        done.rounds.append(Round(AFL, "race", 10, 0, brought=80))
        self.assertEqual(choice.choose(done, TARGETS), (LIBFUZZER, "race"))

    def test_what_fails_at_once_is_worth_nothing(self):
        done = log((LIBFUZZER, "alloc", 1, 0), (LIBFUZZER, "race", 300, 30))
        done.rounds[0].status = 3
        chosen = []
        for _ in range(40):
            engine, target = choice.choose(done, TARGETS)
            chosen.append(target)
            failed = target == "alloc"
            done.rounds.append(Round(engine, target, 1 if failed else 300, 3 * failed,
                                     brought=0 if failed else 30))
        self.assertLess(chosen.count("alloc"), 12)

    def test_nobody_waits_for_ever(self):
        done = log((LIBFUZZER, "alloc", 10, 1), (LIBFUZZER, "race", 10, 20))
        chosen = []
        for _ in range(80):
            engine, target = choice.choose(done, TARGETS)
            chosen.append(target)
            done.rounds.append(Round(engine, target, 10, 0, brought=20 * (target == "race")))
        self.assertIn("alloc", chosen)
        self.assertGreater(chosen.count("race"), chosen.count("alloc"))
        self.assertGreaterEqual(sum(one.engine == CANARY for one in done.rounds), 7)


class Kept(FolderCase):
    def test_a_line_that_was_not_written_whole(self):
        path = Path("rounds.jsonl")
        began = rounds.begin("key", ["old"], path)
        rounds.add(began, Round(LIBFUZZER, "alloc", 10, 0, runs=7), path)
        whole = path.read_bytes()
        rounds.add(began, Round(AFL, "alloc", 10, 0), path)
        path.write_bytes(path.read_bytes()[:-9])  # killed there
        again = rounds.read(path)
        self.assertEqual((again.key, again.before, again.rounds),
                         ("key", ["old"], began.rounds[:1]))
        rounds.add(again, Round(CANARY, "x", 3, 0), path)
        self.assertEqual(rounds.read(path).rounds, again.rounds)
        self.assertTrue(path.read_bytes().startswith(whole))

    def test_queues_of_a_session_that_was_killed(self):
        engine = afl.Afl.__new__(afl.Afl)
        engine.out, engine.work = Path("afl-out"), Path("work")
        for name, data in (("main/queue/id:1", b"new"), ("main/crashes/id:0", b"bad"),
                           ("main/queue/id:0,orig:seed", b"seed")):
            Path(engine.out, name).parent.mkdir(parents=True, exist_ok=True)
            Path(engine.out, name).write_bytes(data)
        engine.take_over()
        self.assertEqual(sorted(path.read_bytes() for path in engine.work.iterdir()),
                         [b"bad", b"new"])
        Path(engine.out, afl.JUDGED).touch()
        Path(engine.out, "main/queue/id:2").write_bytes(b"judged")
        engine.take_over()
        self.assertEqual(len(list(engine.work.iterdir())), 2)


class Campaign(FolderCase):
    """The commands are played: what they say, and the crashes that they leave."""

    def setUp(self):
        super().setUp()
        self.crashes = {}  # by the number of the round
        self.missed = ()   # planted bugs
        self.bad = {}      # what rounds say, and their statuses
        self.killed = None  # before the round of this number ends
        self.asked = []
        os.environ.update(TARGET="alloc race", TIME="200", JOBS="1")

    def play(self, argv, **_):
        if argv[0] != "scripts/run":  # a replay
            name = Path(argv[-1]).read_bytes().decode().split("#")[0]
            return jobs.Result(1, f"SIGNATURE {name}\n", 0, 0, False)
        number = len(self.asked) + 1
        self.asked.append(argv[1:])
        for target, data in self.crashes.get(number, ()):
            input_named(f"crashes/{target}", data)
        if number == self.killed:
            raise KeyboardInterrupt
        text, how = SAID, 0
        if number in self.bad:
            text, how = self.bad[number]
        if argv[1] == "bugs":
            how = any(f"BUG={bug}" in argv for bug in self.missed)
        Path(_["output"]).write_text(text)
        return jobs.Result(int(how), "", 0, 12, False)

    def run_it(self):
        with contextlib.ExitStack() as held, self.printed() as said:
            held.enter_context(mock.patch.object(jobs, "run", self.play))
            held.enter_context(mock.patch.object(command.build, "make"))
            held.enter_context(mock.patch.object(command, "key", lambda: "key"))
            held.enter_context(mock.patch.object(command, "bundle", lambda _: ""))
            held.enter_context(mock.patch.object(command.tree, "chosen_targets", lambda: TARGETS))
            try:
                how = command.run([])
            except KeyboardInterrupt:
                how = "killed"
        return how, said.getvalue()

    def test_clean(self):
        how, said = self.run_it()
        self.assertEqual(how, 0, said)
        self.assertTrue(said.endswith("\nPASS\n"))
        self.assertEqual({words[0] for words in self.asked}, {"fuzz", "afl", "bugs"})
        self.assertIn("53,760 programs", Path("build/campaign/index.txt").read_text())
        self.assertNotRegex(Path("build/campaign/index.html").read_text(), "https?://")
        self.assertEqual(page.left_rows(rounds.read(), TARGETS)[-1][:2],
                         ["logs of its rounds", "build/campaign/log/"])

    def test_a_planted_bug_that_is_not_found(self):
        self.missed = ("free-twice",)
        how, said = self.run_it()
        self.assertEqual(how, 3)
        self.assertIn("INCONCLUSIVE: the planted bug free-twice was not found", said)

    def test_findings(self):
        input_named("crashes/alloc", b"old/f")
        self.crashes = {3: [("race", b"rule<b>/f")]}
        how, said = self.run_it()
        self.assertEqual(how, 1)
        self.assertIn("FAIL: distinct crashes: 1", said)
        self.assertIn("rule&lt;b&gt;/f", Path("build/campaign/index.html").read_text())
        [row] = page.finding_rows(rounds.read())[1:]
        self.assertEqual((row[0], row[1], row[2], row[5]), ("rule<b>/f", "race", "0:00:36", "yes"))
        input_named("build/work/race", b"an input")
        left = page.left_rows(rounds.read(), TARGETS)
        self.assertIn(["1 inputs", "build/work/race/", "make distil TARGET=race"], left)
        self.assertIn(["a crash", row[6], f"make repro CRASH={row[6]}"], left)

    def test_a_crash_that_was_there_before(self):
        input_named("crashes/alloc", b"old/f")
        said = "CRASH old/f (target race, seen 1 times)\n\nFAIL: distinct crashes: 1\n"
        self.bad = {3: (said, 1)}
        how, said = self.run_it()
        self.assertEqual(how, 1)
        self.assertIn("rounds met some that were in crashes/ before", said)

    def test_nothing_runs(self):
        self.bad = {number: ("INCONCLUSIVE: alloc: it does not run\n", 3) for number in range(99)}
        with self.assertRaisesRegex(Inconclusive, "5 rounds in a row had no verdict.*does not run"):
            self.run_it()

    def test_the_smaller_input_of_a_signature_stays(self):
        self.crashes = {3: [("race", b"same/f")], 4: [("race", b"same/f#longer")]}
        self.run_it()
        [one] = rounds.read().findings.values()
        self.assertEqual([str(path) for path in Path("crashes/race").iterdir()], [one.input])
        self.assertEqual(Path(one.input).read_bytes(), b"same/f")

    def test_killed_and_gone_on(self):
        """Wherever it is killed, rounds and crashes of before are there."""
        self.crashes = {1: [("alloc", b"one/f")], 4: [("race", b"four/f")]}
        for self.killed in (4, 6):
            self.assertEqual(self.run_it()[0], "killed")
        self.killed = None
        how, said = self.run_it()
        self.assertEqual(how, 1)
        self.assertIn("the campaign goes on after", said)
        self.assertEqual(sorted(one.signature for one in rounds.read().findings.values()),
                         ["four/f", "one/f"])
        # Two rounds that were killed count for nothing.
        self.assertEqual(len(rounds.read().rounds), len(self.asked) - 2)

    def test_other_sources_begin_anew(self):
        self.run_it()
        with mock.patch.object(command, "key", lambda: "other"), self.printed(), \
                mock.patch.object(jobs, "run", self.play):
            self.assertEqual(command.start(TARGETS).rounds, [])
        self.assertTrue(Path("build/campaign.old/index.html").is_file())

    def test_a_round_that_is_refused(self):
        with mock.patch.object(self, "play", lambda argv, **values: (
                Path(values["output"]).write_text("make fuzz: no such thing\n"),
                jobs.Result(2, "", 0, 1, False))[1]), self.assertRaises(Inconclusive):
            self.run_it()

    def test_lengths(self):
        self.assertEqual([command.slice_of(seconds) for seconds in (20, 1200, 28800)],
                         [10, 60, 300])

    def test_clock(self):
        self.assertEqual(page.clock(3671), "1:01:11")
        self.assertTrue(re.match(r"0:00:00 of", page.headline(Log(), 5)))
