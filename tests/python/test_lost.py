# SPDX-License-Identifier: GPL-2.0-only
"""What make fuzz must not lose: crashes on a full disk, reports, what another one works on."""
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

from fixture import FolderCase
from spb import findings, status, tree
from spb.disk import origin
from spb.fuzzing import engine, fuzz, running
from spb.fuzzing.session import Limit, Session
from spb.status import Inconclusive
from test_fuzz import COMMAND, ENGINE, REPORT

# What runs is in memory; of the crash one byte comes to the disk.
TORN = """seeded 3
mkdir once 2>/dev/null || wait_long
printf '\\2\\0\\0\\0xy' >/proc/self/fd/$SPBFUZZ_RUNNING
printf {part} >$crashes/crash-{name}
cat <<'END'
{report}
artifact_prefix='crashes/alloc/'; Test unit written to crashes/alloc/crash-{name}
END
exit 77
"""
XY = hashlib.sha1(b"xy").hexdigest()
# Says what it shows: the program.
TOOL = """#!/bin/sh
[ "$1" = show ] && printf 'the program ' && cat "$2" && echo
exit 0
"""


class Lost(FolderCase):
    def setUp(self):
        super().setUp()
        self.script("tool", TOOL)

    def engine(self, text):
        self.script("engine", ENGINE.format(text))

    def torn(self, part="x", report=REPORT.format("counter/alloc"), before=""):
        self.engine(before + TORN.format(part=part, name=XY, report=report))

    def session(self, limit=0.5, targets=("alloc",)):
        one = Session("fuzz", "state", list(targets), None, lambda target: "./tool")
        one.nr_jobs = 1
        with self.printed() as text:
            one.fuzz_all(lambda target: fuzz.LibFuzzer(one, target, "./engine", 4096),
                         Limit(limit))
            how = one.finish()
        self.assert_nothing_left()
        return how, text.getvalue()

    def test_crash_that_was_not_written_whole(self):
        """Neither one byte of it nor none is kept: it is, whole, from memory."""
        for part in ("x", "''"):
            with self.subTest(part):
                subprocess.run(["rm", "-rf", "once", "crashes", "state"], check=True)
                self.torn(part)
                how, said = self.session(2)
                self.assertEqual(how, status.FINDING, said)
                self.assertEqual(os.listdir("crashes/alloc"), [f"crash-{XY}"])
                self.assertEqual(Path("crashes/alloc", f"crash-{XY}").read_text(), "xy")

    def test_report_that_was_not_written_whole(self):
        """The program that ran last is asked again."""
        self.script("tool", TOOL.replace("exit 0", "[ $1 = run ] || exit 0; cat report; exit 1"))
        Path("report").write_text(REPORT.format("other/free"))
        self.engine("seeded 3\nmkdir once 2>/dev/null || wait_long\n"
                    "printf '\\2\\0\\0\\0xy' >/proc/self/fd/$SPBFUZZ_RUNNING; exit 77")
        how, said = self.session(2)
        self.assertEqual(how, status.FINDING, said)
        self.assertIn("CRASH other/free", said)

    def last_of(self, tool):
        """An engine is in one program when its time is up; what the tool does with that."""
        self.script("tool", TOOL.replace("exit 0", f"[ $1 = run ] || exit 0; {tool}"))
        Path("report").write_text(REPORT.format("endless/rmqueue"))
        self.engine("seeded 3\nprintf '\\2\\0\\0\\0xy' >/proc/self/fd/$SPBFUZZ_RUNNING\n"
                    "wait_long")
        with mock.patch.object(running, "STILL_SECONDS", 0.6), \
                mock.patch.object(engine, "REPLAY_SECONDS", 1):
            return self.session(2)

    def test_program_that_has_no_end(self):
        """The time of the session may be up before its engine can say so."""
        how, said = self.last_of("cat report; exit 1")
        self.assertEqual(how, status.FINDING, said)
        self.assertIn("CRASH endless/rmqueue", said)
        self.assertEqual(Path("crashes/alloc", f"crash-{XY}").read_text(), "xy")

    def test_program_that_was_not_over(self):
        self.assertEqual(self.last_of("exit 0")[0], status.PASS)

    def test_program_that_nothing_ends(self):
        how, said = self.last_of("exec sleep 60")
        self.assertEqual(how, status.FINDING, said)
        self.assertIn("CRASH endless/-", said)

    def test_input_that_was_not_written_whole(self):
        self.engine(f"seeded 3; printf x >state/work/alloc/{XY}; wait_long")
        how, said = self.session()
        self.assertEqual(how, status.INCONCLUSIVE, said)
        self.assertIn("INCONCLUSIVE: state/work/alloc: 1 inputs could not be written\n", said)
        self.assertEqual(os.listdir("state/work/alloc"), [])

    def on_small_disk(self, full):
        """Run the session with a folder on a disk of its own, of a few pages, that the engine
        fills. Return: its status, and what it said."""
        self.torn(before=f"head -c 99999 /dev/zero >{full}/filler 2>/dev/null\n")
        source = COMMAND.format(scripts=str(tree.ROOT / "scripts")).replace("nr_jobs = 2",
                                                                            "nr_jobs = 1")
        Path("command.py").write_text(source)
        os.makedirs(full)
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", full]
        if subprocess.run(["unshare", "-rm", *mount], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no mounts here")
        done = subprocess.run(["unshare", "-rm", "sh", "-c",
                               " ".join(mount) + f" && exec {sys.executable} command.py"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=60)
        return done.returncode, done.stdout

    def test_no_room_for_crashes(self):
        """The program is told as text; and nothing else is a crash."""
        how, said = self.on_small_disk("crashes/alloc")
        self.assertEqual(how, status.FINDING, said)
        self.assertIn("a crash could not be written: No space left on device", said)
        self.assertIn("\nthe program xy\n", said)
        self.assertIn("CRASH counter/alloc (target alloc, seen 1 times)", said)
        self.assertNotIn("replay:", said)

    def test_no_room_for_inputs(self):
        began = time.monotonic()
        how, said = self.on_small_disk("state/work")
        self.assertLess(time.monotonic() - began, 30)  # of 60 s
        self.assertIn("INCONCLUSIVE: No space left on device: state/work/alloc\n", said)
        self.assertEqual(how, status.FINDING, said)

    def test_report_outlives_the_next_start(self):
        self.torn()
        with mock.patch.dict(os.environ, RACES="0"):
            self.session(2)
        self.engine("seeded 3; wait_long")
        self.session()
        path = f"crashes/alloc/crash-{XY}"
        about = origin.place(path).read_text()
        self.assertIn("SIGNATURE counter/alloc", about)
        said = origin.of(path)
        self.assertEqual((said["from"], said["found by"], said["flags"]),
                         ("core", "fuzz", "RACES=0"))
        os.rename(path, "crashes/alloc/a-name")
        self.assertEqual(origin.of("crashes/alloc/a-name"), said)

    def test_only_the_smaller_one_has_a_note(self):
        crashes = findings.Crashes("fuzz")
        for data in (b"xyz", b"x"):
            crashes.keep_data("alloc", REPORT.format("counter/alloc"), data)
        self.assertEqual(len(os.listdir("crashes/about/alloc")), 1)
        self.assertEqual(len(os.listdir("crashes/alloc")), 1)

    def test_two_in_one_tree(self):
        """The second one says who is there, and touches nothing."""
        first = Session("fuzz", "state", ["alloc"])
        locks = list(first.lock(""))
        self.engine("seeded 3; wait_long")
        Path("state/log/alloc").mkdir()
        Path("state/log/alloc/1.log").write_text("mine")
        with self.assertRaisesRegex(Inconclusive, rf"make fuzz \(process {os.getpid()}\) works on "
                                                  "alloc in this tree"):
            self.session()
        self.assertEqual(Path("state/log/alloc/1.log").read_text(), "mine")
        for file in locks:
            file.close()
        Path("pids").touch()
        self.assertEqual(self.session()[0], status.PASS)

    def test_time_is_that_of_all_targets(self):
        """What the seeds of one take, the others have not."""
        os.makedirs("corpus/relax")
        self.engine("case $* in *alloc*) sleep 3;; esac; echo x; seeded 3; wait_long")
        given, share = [], Session.share

        def noted(*arguments):
            given.append(share(*arguments))
            return given[-1]
        with mock.patch("spb.fuzzing.session.TICK_SECONDS", 0.1), \
                mock.patch.object(Session, "share", noted):
            how, said = self.session(4, ("alloc", "relax"))
        self.assertEqual(how, status.PASS, said)
        self.assertEqual([limit.seconds <= most for limit, most in zip(given, (2, 1))],
                         [True, True], given)
