# SPDX-License-Identifier: GPL-2.0-only
"""SYNC=: two commands that share a folder, one of which is killed."""
import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

from fixture import FolderCase, alive
from spb import status, tree
from spb.continuous import prune
from spb.fuzzing import afl, fuzz, sync
from spb.fuzzing.session import Limit, Session
from spb.status import Usage
from test_fuzz import COMMAND, ENGINE, crash


def name_of(data):
    return hashlib.sha1(data.encode()).hexdigest()


def add(data):
    """Lines of the engine that add an input to its corpus."""
    return f"printf %s '{data}' >state/work/alloc/{name_of(data)}\n"


class Two(FolderCase):
    """Each in a tree of its own."""

    def tree(self, name, engine):
        folder = self.dir / name
        (folder / "corpus/alloc").mkdir(parents=True)
        (folder / "corpus/alloc/one").write_text("one")
        for script, text in (("engine", ENGINE.format(engine)),
                             ("tool", "#!/bin/sh\necho '12 steps 1/15'\n")):
            (folder / script).write_text(text)
            (folder / script).chmod(0o755)
        source = COMMAND.format(scripts=str(tree.ROOT / "scripts")).replace(
            "nr_jobs = 2", "nr_jobs = 1")
        source = source.replace("import fuzz\n",
                                "import fuzz, session\nsession.PROGRESS_SECONDS = 1\n")
        (folder / "command.py").write_text(source)
        return folder

    def start(self, folder):
        process = subprocess.Popen([sys.executable, "command.py"], cwd=folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env={**os.environ, "SYNC": str(self.dir / "shared")})
        self.addCleanup(process.stdout.close)
        return process

    def until(self, process, pattern):
        """Read lines up to one that matches."""
        for line in process.stdout:
            if re.search(pattern, line):
                return line
        self.fail(f"no line has {pattern}")

    def test_one_is_killed(self):
        shared = self.dir / "shared"
        first = self.tree("first", "seeded 3\n" + add("a") + add("b") +
                          "if mkdir once 2>/dev/null; then " + crash("crashing") + "fi\nwait_long")
        second = self.tree("second", "seeded 3\n" + add("c") +
                           f"while [ ! -e state/work/alloc/{name_of('a')} ]; do sleep 0.1; done\n"
                           "touch reloaded; wait_long")
        one, other = self.start(first), self.start(second)
        self.until(one, r"corpus 1\+[23]  crashes 1 ")
        os.kill(one.pid, signal.SIGKILL)
        one.wait()
        # What that line has counted is there, with its report.
        self.assertLessEqual({name_of("a"), name_of("b")}, {*os.listdir(shared / "corpus/alloc")})
        self.assertEqual(os.listdir(shared / "crashes/alloc"), ["crash-" + name_of("crashing")])
        about = shared / f"crashes/about/alloc/{name_of('crashing')}.txt"
        self.assertIn("SIGNATURE counter/alloc", about.read_text())
        # The other one takes it over, and goes on.
        deadline = time.monotonic() + 30
        while not (second / "reloaded").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertTrue((second / "reloaded").exists())
        other.send_signal(signal.SIGINT)
        said = other.stdout.read()
        self.assertEqual(other.wait(), status.PASS, said)
        whole = {name_of(text): text for text in "abc"}
        self.assertEqual({path.name: path.read_text()
                          for path in (shared / "corpus/alloc").iterdir()}, whole)
        self.assertFalse(alive(one.pid))


class Prune(FolderCase):
    def test_what_stays(self):
        """What the tool chooses and nobody has committed; a new program is written there."""
        self.script("tool", "#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\nmkdir -p $2\n"
                    "printf one >$2/x; printf a >$2/y; printf new >$2/z\n")
        os.makedirs("build/plain")
        os.rename("tool", "build/plain/spbfuzz")
        shared = self.dir / "shared/corpus/alloc"
        shared.mkdir(parents=True)
        for text in ("a", "b", "one"):
            (shared / name_of(text)).write_text(text)
        self.assertEqual(prune.prune("alloc", shared), "3 inputs became 2")
        self.assertEqual({*os.listdir(shared)}, {name_of("a"), name_of("new")})
        self.assertEqual(prune.prune("relax", self.dir / "shared/corpus/relax"), "nothing there")

    def test_no_folder(self):
        with self.assertRaises(Usage):
            prune.run([])


class Folder(FolderCase):
    def engine(self, kind=fuzz.LibFuzzer, last=4096):
        os.environ["SYNC"] = "shared"
        session = Session("fuzz", "state", ["alloc"], None, lambda target: "./tool")
        one = kind(session, "alloc", "./engine", last)
        for folder in (one.work, one.seeds, one.log):
            folder.mkdir(parents=True, exist_ok=True)
        return one

    def test_what_is_torn(self):
        one = self.engine()
        one.sync.prepare()
        for folder in ("shared/corpus/alloc", "state/work/alloc"):
            Path(folder, "0" * 40).write_text("half")
        Path("shared/corpus/alloc/.hidden").write_text("x")
        one.sync.exchange()
        self.assertEqual(Path("state/work/alloc", "0" * 40).read_text(), "half")
        self.assertEqual(sorted(os.listdir("shared/corpus/alloc")), [".hidden", "0" * 40])
        Path("state/work/alloc", "0" * 40).unlink()
        # Whole in the next round.
        Path("state/work/alloc", name_of("whole")).write_text("who")
        one.sync.exchange()
        Path("state/work/alloc", name_of("whole")).write_text("whole")
        one.sync.exchange()
        self.assertEqual(Path("shared/corpus/alloc", name_of("whole")).read_text(), "whole")

    def test_what_crashes_here_does_not_come_back(self):
        """An input of others that was taken out of the working corpus stays out."""
        one = self.engine()
        one.sync.prepare()
        Path("shared/corpus/alloc", name_of("x")).write_text("x")
        one.sync.exchange()
        (one.work / name_of("x")).unlink()
        one.sync.exchange()
        self.assertEqual(os.listdir(one.work), [])

    def test_queues_of_afl(self):
        one = self.engine(afl.Afl, {})
        for name in ("id:000001,src:000000", "id:000000,orig:one", "id:000002,sync:main"):
            path = one.out / "s1/queue" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        one.sync.prepare()
        self.assertEqual(os.listdir("shared/corpus/alloc"), [name_of("id:000001,src:000000")])

    def test_a_disk_that_is_full(self):
        """It ends the session, as a full disk elsewhere does."""
        self.script("tool", "#!/bin/sh\necho '12 steps 1/15'\n")
        self.script("engine", ENGINE.format("seeded 3\n" + add("a") + "wait_long"))
        self.engine()
        session = Session("fuzz", "state", ["alloc"], None, lambda target: "./tool")
        session.nr_jobs = 1
        error = OSError(28, "No space left on device", "shared/corpus")
        with self.printed() as text, mock.patch.object(sync, "_put", side_effect=error):
            session.fuzz_all(lambda target: fuzz.LibFuzzer(session, target, "./engine", 4096),
                             Limit(9))
            how = session.finish()
        self.assertEqual(how, status.INCONCLUSIVE)
        self.assertIn("INCONCLUSIVE: No space left on device: shared/corpus", text.getvalue())

    def test_what_makes_no_sense(self):
        Path("file").write_text("")
        for words in ({"SYNC": "file"}, {"SYNC": "new", "BUG": "free-twice"}):
            with mock.patch.dict(os.environ, words), self.assertRaises(Usage):
                sync.refuse()
