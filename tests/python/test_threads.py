# SPDX-License-Identifier: GPL-2.0-only
"""make threads, with a program that is a script."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

from fixture import FolderCase
from spb import status, tree
from spb.fuzzing import threads
from spb.status import Inconclusive, Usage

RACE = """WARNING: ThreadSanitizer: data race (pid=7)
  Write of size 8 at 0x7 by thread T1:
    #0 memset <null> (threads+0x4)
    #1 put_page_back core/free.c:12 (threads+0x5)
    #2 free_pages core/page_alloc.c:3 (threads+0x5)
  Previous read of size 8 at 0x7 by thread T2:
    #0 can_serve core/relax.c:9 (threads+0x6)
SUMMARY: ThreadSanitizer: data race core/free.c:12 in put_page_back
THREADS program corpus/race/one
"""
FINDING = """FINDING list-corrupt op=free step=1 cpu=0
SIGNATURE list-corrupt/free
THREADS program corpus/race/two
"""


class Reports(FolderCase):
    def test_race(self):
        self.assertEqual(threads.reports(RACE), [
            (threads.Report("data race", "can_serve", "put_page_back"), "corpus/race/one")])

    def test_others(self):
        text = FINDING + "==3==ERROR: ThreadSanitizer: SEGV on\n    #0 f core/x.c:1\n" \
            "THREADS hang in x\nTHREADS program corpus/race/one\n"
        self.assertEqual([(str(report), program) for report, program in threads.reports(text)], [
            ("finding: list-corrupt/free", "corpus/race/two"), ("SEGV: f", "?"),
            ("hang: ", "corpus/race/one")])


class Threads(FolderCase):
    def setUp(self):
        super().setUp()
        os.makedirs("corpus/race")
        Path("corpus/race/one").write_text("x")
        for name, got in (("compiler", "clang"), ("_symbolizer", "")):
            patch = mock.patch.object(threads, name, lambda got=got: got)
            patch.start()
            self.addCleanup(patch.stop)

    def run_threads(self, text, seconds=5, runs=""):
        self.script("program", "#!/bin/sh\n[ $1 = --help ] && exit\necho $* >>asked\n" + text)
        one = threads.Threads("./program")
        self.assertEqual(one.prepare(), "")
        with self.printed() as printed:
            how = one.summary(one.run(seconds, runs))
        return how, printed.getvalue()

    def test_pass(self):
        how, said = self.run_threads("echo THREADS runs 40; echo THREADS end")
        self.assertEqual(how, status.PASS)
        self.assertRegex(said, r"^40 runs in \d s, \d+ per second; 0 reports of 0 kinds\n$")
        self.assertRegex(Path("asked").read_text(), r"^-s [45] -r 0 -f 0 -t race corpus/race\n$")

    def test_reports(self):
        """A finding ends a process, the next one begins elsewhere; each kind is listed once."""
        Path("race").write_text(RACE)
        Path("finding").write_text(FINDING)
        os.environ.update(BUG="x", RACES="0")
        how, said = self.run_threads("""echo THREADS runs 5
case $6 in 0 | 7) cat finding; exit 1 ;; *) cat race; echo THREADS end ;; esac""")
        self.assertEqual(how, status.FINDING)
        self.assertIn("     1 x data race: can_serve and put_page_back, with corpus/race/one\n"
                      "     2 x finding: list-corrupt/free, with corpus/race/two\n15 runs in ",
                      said)
        self.assertIn("one program again: make threads BUG=x RACES=0 CRASH=<file>\n", said)

    def test_rules_are_refused(self):
        os.environ["RULES"] = "safety"
        with self.assertRaisesRegex(Usage, "RULES=safety: make threads takes none"):
            threads.run([])

    def test_nothing_was_run(self):
        with self.assertRaisesRegex(Inconclusive, "no program was executed"):
            self.run_threads("echo THREADS end")

    def test_dies_and_hangs(self):
        how, said = self.run_threads("[ $6 = 0 ] && exit 9; echo THREADS end")
        self.assertIn("1 x died: , with ?", said)
        with mock.patch.object(threads, "KILL_AFTER", 0):
            how, said = self.run_threads("sleep 60", seconds=1)
        self.assertIn("1 x hang: , with ?", said)
        self.assertEqual(how, status.FINDING)

    def test_does_not_run(self):
        self.script("program", "#!/bin/sh\necho memory is elsewhere; exit 1\n")
        self.assertEqual(threads.Threads("./program").prepare(),
                         "ThreadSanitizer does not run on this machine: memory is elsewhere")

    def test_signal(self):
        """The program is asked to end, and what it has run counts."""
        self.script("program", """#!/bin/sh
trap 'echo THREADS runs 3; echo THREADS end; exit 0' TERM
echo $$ >pids
while :; do sleep 0.1; done
""")
        source = f"""
import sys
sys.path.insert(0, {str(tree.ROOT / 'scripts')!r})
from spb import jobs, status
from spb.fuzzing import threads
threads.compiler, threads._symbolizer = (lambda: "clang"), (lambda: "")
def run():
    jobs.begin()
    one = threads.Threads("./program")
    return one.summary(one.run(60))
sys.exit(status.main("threads", run))
"""
        process = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE,
                                   text=True)
        while not Path("pids").exists():
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, status.PASS)
        self.assertTrue(said.startswith("3 runs in "), said)
        self.assert_nothing_left()
