# SPDX-License-Identifier: GPL-2.0-only
"""The set-up: after the arguments were looked at, and without trying compilers again and again."""
import os
import shutil
import subprocess
import unittest
from pathlib import Path
from unittest import mock

from fixture import FolderCase
from spb import commands, tree
from spb.status import Inconclusive, Usage


class Order(FolderCase):
    def run_it(self, *words, how=0):
        """What was set up before which command ran."""
        done = []

        def run(argv, env, check):
            done.append((argv[0], env.get("AFL"), env.get("THREADS")))
            return subprocess.CompletedProcess(argv, how)

        with mock.patch.object(commands.subprocess, "run", run), \
                mock.patch.object(commands.Command, "run", lambda *_: done.append("command")), \
                mock.patch.object(commands.tree, "enter"), \
                mock.patch.dict(os.environ, SET_UP="1"):
            try:
                commands._run(words[0], list(words[1:]))
            except (Inconclusive, Usage) as why:
                done.append(type(why))
            self.assertNotIn("SET_UP", os.environ)
        return done

    def test_what_makes_no_sense_comes_first(self):
        for words in (["fuzz", "TIME=abc"], ["fuzz", "TIME=99999999999999999999"], ["fuzzz"]):
            with self.subTest(words):
                with mock.patch.dict(os.environ, SET_UP="1"), self.assertRaises(Usage), \
                        mock.patch.object(commands.subprocess, "run", self.fail):
                    commands._run(words[0], words[1:])

    def test_what_is_needed(self):
        self.assertEqual(self.run_it("fuzz"), [("scripts/setup.sh", None, None), "command"])
        self.assertEqual(self.run_it("afl")[0], ("scripts/setup.sh", "1", None))
        self.assertEqual(self.run_it("threads")[0], ("scripts/setup.sh", None, "1"))

    def test_what_is_missing(self):
        self.assertEqual(self.run_it("fuzz", how=1)[1:], [Inconclusive])


@unittest.skipUnless(os.path.exists("/var/lib/dpkg/status"), "nobody tells when packages change")
class Remembered(FolderCase):
    def test_compilers_are_tried_once(self):
        Path("scripts").mkdir()
        shutil.copy(tree.ROOT / "scripts/setup.sh", "scripts")
        self.script("cc", f"#!/bin/sh\necho >>{os.getcwd()}/tried\nexec gcc \"$@\"\n")

        def tried(cc):
            Path("tried").write_text("")
            done = subprocess.run(["scripts/setup.sh"], env={**os.environ, "CC": cc}, check=False,
                                  capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
            return len(Path("tried").read_text())

        here = os.path.abspath("cc")
        self.assertEqual(tried(here), 3)
        self.assertEqual(tried(here), 0)
        self.script("cc", Path("cc").read_text() + "# another one\n")
        self.assertEqual(tried(here), 3)


class Installing(FolderCase):
    """Packages can take a minute to come: whoever waits is told."""

    def test_somebody_who_waits(self):
        Path("scripts").mkdir()
        shutil.copy(tree.ROOT / "scripts/setup.sh", "scripts")
        # apt brings the compiler that is missing.
        self.script("sudo", "#!/bin/sh\nshift\nexec \"$@\"\n")
        self.script("apt-get", """#!/bin/sh
case "$*" in *install*)
    echo Unpacking one
    sleep 3.5
    printf '#!/bin/sh\\nexec gcc "$@"\\n' >missing-cc
    chmod +x missing-cc;;
esac
""")
        here = os.getcwd()
        done = subprocess.run(["scripts/setup.sh"], check=False, capture_output=True, text=True,
                              env={**os.environ, "PATH": f"{here}:{os.environ['PATH']}",
                                   "CC": "missing-cc", "TELL_SECONDS": "1"}, timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, "^setup: installing [^\n]*gcc")
        self.assertIn("\nsetup: 2 s: Unpacking one\n", done.stdout)
        self.assertRegex(done.stdout, "\nsetup: installed [^\n]*gcc[^\n]*\n$")
