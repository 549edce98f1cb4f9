# SPDX-License-Identifier: GPL-2.0-only
"""make afl and make clean-runs, with engines and tools that are shell scripts."""
import os
from pathlib import Path
from unittest import mock

from fixture import FolderCase
from spb import status, variables
from spb.fuzzing import afl, clean_runs
from spb.fuzzing.session import Limit, Session

TOOL = """#!/bin/sh
case "$1 $2" in
"reach -q") echo "12 steps 1/15" ;;
"reach --shared") printf 'programs: 12\\nschedules: 345 points\\n' ;;
*)
	shift 3
	[ "$1" = --hash ] && shift && hash=1
	[ -d "$1" ] && set -- "$1"/*
	for file; do
		rule=
		read rule <"$file"
		case $rule in
		bad*)
			[ "$hash" ] && echo "finding:$rule  $file" && continue
			echo "SIGNATURE $rule/f"
			exit 1 ;;
		*) [ -z "$hash" ] || echo "0123456789abcdef  $file" ;;
		esac
	done ;;
esac
"""

# $out is the folder of the process.
AFL = """#!/bin/sh
trap 'exit 0' INT
echo $$ >>pids
while [ "$1" != -- ]; do
	case $1 in -o) out=$2 ;; -M | -S) name=$2 ;; esac
	shift
done
out=$out/$name
mkdir -p $out/queue $out/crashes
echo "stability : 100.00%" >$out/fuzzer_stats
echo "5, 0, 1, 3, 0, 0, 1%, 0, 0, 1, 9.1, 45, 77" >$out/plot_data
echo >"$SPBFUZZ_REACH"
echo "Entering queue cycle 1"
{}
sleep 60 & wait
"""


class Afl(FolderCase):
    def setUp(self):
        super().setUp()
        self.script("tool", TOOL)
        self.script("afl-whatsup", "#!/bin/sh\necho 'Total x : 1'\n")
        os.environ["PATH"] = f"{self.dir}:{os.environ['PATH']}"

    def session(self, more="", jobs=1, limit=0.5):
        self.script("afl-fuzz", AFL.format(more))
        session = Session("afl", "state", ["alloc"], None, lambda target: "./tool")
        session.nr_jobs, session.seeds_seconds = jobs, 5
        with self.printed() as text:
            session.fuzz_all(lambda target: afl.Afl(session, target, "./engine", {}), Limit(limit))
            how = session.finish()
        self.assert_nothing_left()
        return how, text.getvalue(), session.engines[0]

    def test_pass(self):
        how, said, engine = self.session('echo new >$out/queue/id:1\n'
                                         'echo o >$out/queue/id:0,orig:x')
        self.assertEqual(how, status.PASS, said)
        self.assertIn("alloc: afl-whatsup\n  Total x : 1\n  stability : 100.00%\n", said)
        self.assertEqual([path.read_text() for path in engine.work.iterdir()], ["new\n"])
        self.assertEqual((engine.executed(), engine.edges(), engine.seeds_executed()), (45, 77, 2))

    def test_crash(self):
        how, said, engine = self.session("echo bad-rule >$out/crashes/id:0; sleep 1")
        self.assertEqual(how, status.FINDING)
        self.assertIn("CRASH bad-rule/f (target alloc, seen 1 times)\n", said)
        self.assertEqual(len(os.listdir("crashes/alloc")), 1)

    def test_crash_that_is_none_when_replayed(self):
        how, said, engine = self.session("echo good >$out/crashes/id:0; sleep 1")
        self.assertEqual(how, status.FINDING)
        self.assertIn("CRASH not seen when replayed: ", said)

    def test_new_input_breaks_a_rule_under_sanitizers(self):
        how, said, engine = self.session("echo bad-queue >$out/queue/id:1")
        self.assertEqual(how, status.FINDING)
        self.assertEqual(list(engine.work.iterdir()), [])

    def test_seed_that_crashes(self):
        """It is a crash, and AFL++ starts without it and without the empty one."""
        Path("corpus/alloc/one").write_text("bad-seed")
        Path("corpus/alloc/empty").write_text("")
        how, said, engine = self.session()
        self.assertEqual(how, status.FINDING)
        self.assertEqual(os.listdir(engine.seeds), ["two"])

    def test_process_that_ends(self):
        for how in (0, 1):
            with self.subTest(how):
                got, said, engine = self.session(f"echo broken; exit {how}", limit=5)
                self.assertEqual(got, status.INCONCLUSIVE)
                self.assertIn(f"afl: a process of alloc ended with status {how}:\n", said)
                self.assertIn("INCONCLUSIVE: alloc: the engine does not run", said)

    def test_unstable(self):
        how, said, engine = self.session('echo "stability : 91.00%" >$out/fuzzer_stats')
        self.assertTrue(engine.unstable)


class CleanRuns(FolderCase):
    """Counts go on from one command to the next, of the same build."""

    ENGINE = """#!/bin/sh
trap 'exit 72' INT
echo $$ >>pids
echo >"$SPBFUZZ_REACH"
printf '#3\\tINITED cov: 7 ft: 9 corp: 2\\n'
printf '#9\\tREDUCE cov: 7 ft: 9 corp: 2\\n'
sleep 60 & wait
"""

    def runs(self, runs, counted, changes=""):
        """The session, where the tool says that so many were counted in all."""
        self.script("engine", self.ENGINE + changes)
        self.script("tool", TOOL.replace("12 steps", f"{counted} steps"))
        session = Session("clean-runs", "state", ["alloc"], None, lambda target: "./tool")
        session.nr_jobs, session.seeds_seconds = 1, 5
        with mock.patch("spb.fuzzing.session.PROGRESS_SECONDS", 1), self.printed() as text:
            if counted < runs:
                self.stop_soon(session)
            session.fuzz_all(lambda target: clean_runs.Counted(session, target, "./engine"),
                             Limit(runs=runs))
            how = session.finish()
        self.assert_nothing_left()
        self.row = session.engines[0].row()
        return how, session.engines[0].sentence(), text.getvalue()

    def test_goes_on(self):
        how, sentence, said = self.runs(100, 60)
        self.assertEqual(how, status.INCONCLUSIVE)
        self.assertIn("INCONCLUSIVE: alloc: 60 of 100 programs executed; the same command goes on",
                      said)
        self.assertRegex(self.row, r"^\| alloc \| 60 \| \d+ \| 345 \| none \| \w{12} \|\n$")
        self.assertTrue(clean_runs.document("make clean-runs", [self.row]).endswith(
            f"|---|---:|---:|---:|---|---|\n{self.row}"))
        self.assertRegex(sentence, r"^alloc: 60 runs in \d+ s, 345 preemption points "
                                   r"\(accesses and locks\), distinct findings: 0; of build "
                                   r"[0-9a-f]{12}$")
        how, sentence, said = self.runs(100, 100)
        self.assertEqual(how, status.PASS, said)
        self.assertRegex(sentence, r"^alloc: 100 runs .*, 100 of them before$")

    def test_another_build_begins_anew(self):
        self.runs(100, 60)
        how, sentence, said = self.runs(100, 60, "# another")
        self.assertNotIn("before", sentence)
        self.assertEqual(len(list(Path("state/proofs").glob("*.reach"))), 2)

    def test_key(self):
        self.script("engine", "x")
        key = clean_runs.key_of("./engine")
        os.environ["RACES"] = "0"
        self.assertNotEqual(clean_runs.key_of("./engine"), key)
        os.environ["RACES"] = "1"
        self.assertEqual(clean_runs.key_of("./engine"), key)
        self.assertEqual(variables.key(), "")
