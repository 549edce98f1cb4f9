# SPDX-License-Identifier: GPL-2.0-only
"""The driver of engines, with an engine that is a shell script."""
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

from fixture import Case, FolderCase
from spb import findings, status, tree
from spb.fuzzing import fuzz
from spb.fuzzing.session import Limit, Session

REPORT = """==1== libFuzzer: deadly signal
FINDING counter op=alloc step=3 cpu=0
  what was wrong
SIGNATURE {}
SUMMARY: libFuzzer: deadly signal
"""

# $crashes and $log are folders; what each test adds comes after the start.
ENGINE = """#!/bin/sh
trap 'exit 72' INT
crashes=crashes/alloc log=state/log/alloc
echo $$ >>pids
echo >"$SPBFUZZ_REACH"
seeded() {{ printf '#%s\\tINITED cov: 7 ft: 9 corp: 2\\n#9\\tNEW cov: 8\\n' $1; }}
wait_long() {{ sleep 60 & wait; }}
{}
"""


def crash(data, signature="counter/alloc"):
    """Lines of the engine that meet a crash."""
    name = hashlib.sha1(data.encode()).hexdigest()
    return f"""printf %s '{data}' >$crashes/crash-{name}
cat <<'END'
{REPORT.format(signature)}
artifact_prefix='crashes/alloc/'; Test unit written to crashes/alloc/crash-{name}
END
exit 77
"""


# A session in a process of its own, for signals.
COMMAND = """
import os, sys
sys.path.insert(0, {scripts!r})
from spb import jobs, status
from spb.fuzzing import fuzz
from spb.fuzzing.session import Limit, Session
def run():
    jobs.begin()
    session = Session("fuzz", "state", ["alloc"], None, lambda target: "./tool")
    session.nr_jobs = 2
    session.fuzz_all(lambda target: fuzz.LibFuzzer(session, target, "./engine", 4096), Limit(60))
    return session.finish()
sys.exit(status.main("fuzz", run))
"""


class Fuzz(FolderCase):
    def setUp(self):
        super().setUp()
        self.script("tool", """#!/bin/sh
[ "$2" = -q ] && echo "12 steps 1/15" || echo "programs: 12"
""")

    def engine(self, text):
        self.script("engine", ENGINE.format(text))

    def session(self, limit=0.5, jobs=1, targets=("alloc",), seeds_seconds=30, stop=False):
        """Return: status, output, seconds, and the session."""
        session = Session("fuzz", "state", list(targets), None, lambda target: "./tool")
        session.nr_jobs, session.seeds_seconds = jobs, seeds_seconds
        began = time.monotonic()
        if stop:
            self.stop_soon(session)
        with self.printed() as text:
            session.fuzz_all(lambda target: fuzz.LibFuzzer(session, target, "./engine", 4096),
                             Limit(limit))
            how = session.finish()
        self.assert_nothing_left()
        return how, text.getvalue(), time.monotonic() - began, session

    def test_pass(self):
        self.engine("seeded 3; wait_long")
        how, said, _, _ = self.session()
        self.assertEqual(how, status.PASS, said)
        self.assertTrue(said.endswith("\nPASS\n"), said)
        self.assertIn("alloc: what was reached\n  programs: 12\n", said)
        self.assertEqual(sorted(os.listdir("state/seeds/alloc")), ["one", "two"])

    def test_time_starts_when_seeds_are_executed(self):
        self.engine("sleep 2; touch seeded-now; seeded 3; wait_long")
        how, said, _, _ = self.session(limit=1)
        self.assertEqual(how, status.PASS, said)
        self.assertGreater(time.time() - os.stat("seeded-now").st_mtime, 1)

    def test_not_all_seeds(self):
        self.engine("printf '#1\\tpulse cov: 7\\n'; wait_long")
        how, said, _, _ = self.session(seeds_seconds=1)
        self.assertEqual(how, status.INCONCLUSIVE)
        self.assertRegex(said, r"\nINCONCLUSIVE: alloc: 1 of 2 seeds and nothing else executed in "
                               r"\d+ s; give it a quieter machine or fewer JOBS\n$")
        self.assertNotIn("PASS", said)

    def test_one_process_of_two_has_not_all_seeds(self):
        self.engine("mkdir first 2>/dev/null && seeded 3; wait_long")
        how, said, _, _ = self.session(jobs=2, seeds_seconds=2)
        self.assertEqual(how, status.INCONCLUSIVE, said)

    def test_no_program(self):
        self.engine("printf '#3\\tINITED cov: 7\\n'; wait_long")
        how, said, _, _ = self.session()
        self.assertEqual(how, status.INCONCLUSIVE)
        self.assertIn("INCONCLUSIVE: alloc: its 2 seeds, and nothing else executed in ", said)

    def test_engine_that_does_not_run(self):
        self.engine("echo broken; exit 9")
        how, said, _, _ = self.session(targets=["alloc", "relax"])
        self.assertEqual(how, status.INCONCLUSIVE)
        self.assertEqual(said.count("fuzz: the engine of alloc ended with status 9:\nbroken\n"), 3)
        self.assertIn("INCONCLUSIVE: alloc: the engine does not run (state/log/alloc)\n"
                      "INCONCLUSIVE: relax: not started\n", said)

    def test_process_that_was_about_to_start(self):
        """It ends by our signal, and that is no failure of the engine."""
        self.engine("trap - INT; seeded 3; kill -STOP $$")
        with mock.patch("spb.fuzzing.engine.STOP_SECONDS", 0.5):
            how, said, _, _ = self.session()
        self.assertEqual(how, status.PASS, said)

    def test_crashes(self):
        """Of two with one signature the smaller one stays, and the engine goes on."""
        self.engine("seeded 3\nif mkdir a; then " + crash("larger") + "elif mkdir b; then " +
                    crash("small") + "elif mkdir c; then " + crash("x", "other/free") +
                    "fi 2>/dev/null; wait_long")
        os.environ.update(RACES="0", STRICT="1", TIME="7")
        how, said, _, _ = self.session(limit=3)
        self.assertEqual(how, status.FINDING)
        small = hashlib.sha1(b"small").hexdigest()
        self.assertIn(f"""
CRASH counter/alloc (target alloc, seen 2 times)
FINDING counter op=alloc step=3 cpu=0
  what was wrong
SIGNATURE counter/alloc
replay: make repro CRASH=crashes/alloc/crash-{small} RACES=0 STRICT=1
""", said)
        self.assertIn("CRASH other/free (target alloc, seen 1 times)", said)
        self.assertTrue(said.endswith("\nFAIL: distinct crashes: 2\n"), said)
        self.assertEqual(len(os.listdir("crashes/alloc")), 2)
        self.assertEqual(len(os.listdir("crashes/about/alloc")), 2)

    def test_seed_that_crashes(self):
        """It leaves the seeds and the working corpus, and the engine starts without it."""
        self.script("tool", "#!/bin/sh\n")
        os.makedirs("state/work/alloc")
        Path("state/work/alloc/other").write_text("two")
        self.engine("if [ -e state/seeds/alloc/two ]; then " + crash("two") +
                    "fi; seeded 3; wait_long")
        how, said, _, _ = self.session()
        self.assertEqual(how, status.FINDING, said)
        self.assertEqual(os.listdir("state/seeds/alloc"), ["one"])
        self.assertEqual(os.listdir("state/work/alloc"), [])

    def test_report_that_cannot_be_written(self):
        """What was found is told, and that."""
        self.engine("seeded 3; >crashes/about\n" + crash("x"))
        how, said, _, _ = self.session()
        self.assertEqual(how, status.FINDING)
        self.assertIn("CRASH counter/alloc (target alloc, seen 1 times)", said)
        self.assertRegex(said, r"INCONCLUSIVE: Not a directory: .*/crashes/about/alloc\n")

    def test_disk_that_becomes_full(self):
        """A folder of its own of 64 KiB, which the engine fills: the session notices and ends."""
        self.engine("seeded 3; head -c 99999 /dev/zero >filler 2>/dev/null; wait_long")
        names = "tool engine corpus"
        mount = f"mount -t tmpfs -o size=64k none {self.dir} && cp -r $old/* {self.dir}"
        source = COMMAND.format(scripts=str(tree.ROOT / "scripts"))
        (self.dir / "command.py").write_text(source)
        script = (f"old=$(mktemp -d) && cp -r {names} command.py $old && {mount} && rm -r $old && "
                  f"cd {self.dir} && exec {sys.executable} command.py")
        if subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", self.dir],
                          stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no mounts here")
        done = subprocess.run(["unshare", "-rm", "sh", "-c", script], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60)
        self.assertEqual(done.returncode, status.INCONCLUSIVE, done.stdout)
        self.assertIn("INCONCLUSIVE: No space left on device: state/work/alloc", done.stdout)

    def test_crash_that_was_not_written_whole(self):
        name = "crash-" + hashlib.sha1(b"xy").hexdigest()
        self.engine("seeded 3\n" + crash("xy").replace("printf %s 'xy'", "printf x"))
        how, said, _, _ = self.session()
        self.assertEqual(how, status.INCONCLUSIVE)
        self.assertIn(f"fuzz: crashes/alloc/{name} could not be written:", said)
        self.assertEqual(os.listdir("crashes/alloc"), [])

    def test_signal(self):
        """What was executed counts; what was not is said."""
        for seeds, expected in (("seeded 3", "\nPASS\n"),
                                ("", "seeds and nothing else executed in 1 s; it was stopped: let "
                                     "it run longer\n")):
            with self.subTest(seeds):
                self.engine(seeds + "\nwait_long")
                Path("pids").unlink(missing_ok=True)
                how, said, seconds, _ = self.session(limit=60, stop=True)
                self.assertLess(seconds, 30)
                self.assertIn("\nstopped before the time was up\n", said)
                self.assertTrue(said.endswith(expected), said)

    def start(self, started=2, **popen):
        """Return: the command, when so many engines were started."""
        Path("pids").unlink(missing_ok=True)
        source = COMMAND.format(scripts=str(tree.ROOT / "scripts"))
        process = subprocess.Popen([sys.executable, "-c", source], text=True, **popen)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if Path("pids").exists() and \
                    len(Path("pids").read_text().split()) >= started:
                return process
            time.sleep(0.05)
        self.fail("it did not start")

    def test_ends_from_outside(self):
        self.engine("seeded 3\nif mkdir a 2>/dev/null; then " + crash("x") + "fi\nwait_long")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number.name):
                subprocess.run(["rm", "-rf", "a", "state"], check=True)
                process = self.start(3, stdout=subprocess.PIPE)
                process.send_signal(number)
                said, _ = process.communicate(timeout=60)
                self.assertEqual(process.returncode, status.FINDING, said)
                self.assertTrue(said.endswith("\nFAIL: distinct crashes: 1\n"), said)
                self.assert_nothing_left()

    def test_killed(self):
        self.engine("seeded 3; wait_long")
        process = self.start(stdout=subprocess.DEVNULL)
        process.kill()
        process.wait()
        self.assert_nothing_left()

    def test_reader_goes_away(self):
        self.engine("seeded 3; wait_long")
        process = self.start(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        self.assertEqual(process.wait(60), status.PASS)
        self.assertEqual(process.stderr.read(), "")
        process.stderr.close()
        self.assert_nothing_left()


class Arguments(Case):
    def test_before_anything_else(self):
        """What is asked for wrongly is told before anything is built."""
        make = self.dir / "make"
        make.write_text(f"#!/bin/sh\ntouch {self.dir}/made\nexit 1\n")
        make.chmod(0o755)
        wrong = {
            "TIME=0": "TIME=0 is not a number of seconds",
            "JOBS=x": "JOBS=x is not a number of processes",
            "TARGET=no": "TARGET=no is not a target; there are: alloc relax callers boot walk race "
                         "all",
            "BUG=no": "BUG=no is not one bug: there is no no.patch in bugs/",
            "RACES=2": "RACES=2 is not 0 or 1",
            "TIEM=1": "there is no variable TIEM",
            "more": "no argument more"}
        environment = {**os.environ, "PATH": f"{self.dir}:{os.environ['PATH']}"}
        for word, message in wrong.items():
            with self.subTest(word):
                done = subprocess.run(["scripts/run", "fuzz", word], stderr=subprocess.PIPE,
                                      env=environment, text=True)
                self.assertEqual(done.returncode, status.USAGE)
                self.assertTrue(done.stderr.startswith(f"fuzz: {message}"), done.stderr)
        self.assertFalse((self.dir / "made").exists())


class Reports(Case):
    def test_names(self):
        ours = REPORT.format("counter/alloc")
        asan = ("x\n==1==ERROR: AddressSanitizer: heap-use-after-free on\n    #0 f\n"
                "SUMMARY: AddressSanitizer: heap-use-after-free core/x.c:1 in f\nmore\n")
        self.assertEqual(findings.signature(ours), "counter/alloc")
        self.assertEqual(findings.rule(ours), "counter")
        self.assertEqual(findings.signature(asan),
                         "AddressSanitizer: heap-use-after-free core/x.c:1 in f")
        self.assertEqual(findings.rule(asan), "AddressSanitizer:heap-use-after-free")
        self.assertEqual(findings.report(asan).splitlines()[0],
                         "==1==ERROR: AddressSanitizer: heap-use-after-free on")
        self.assertEqual(len(findings.report(asan).splitlines()), 3)
        self.assertEqual((findings.signature(""), findings.rule("")), ("unknown", "unknown"))
