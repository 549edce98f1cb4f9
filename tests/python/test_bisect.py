# SPDX-License-Identifier: GPL-2.0-only
"""make bisect: the search, and a repository whose replayers are scripts."""
import itertools
import os
import subprocess
from pathlib import Path
from unittest import mock

from fixture import Case, FolderCase
from spb import status, tree
from spb.continuous import bisect
from spb.status import Usage

# The replayer shows what the file "shows" says; a revision without that file does not build.
MAKEFILE = """build/asan/spbfuzz build/race-asan/spbfuzz: shows
	mkdir -p $(@D)
	cat shows >$@ && chmod +x $@
"""
REPLAYER = """#!/bin/sh
case $1 in
triage) echo '{{"groups": [{groups}]}}'; [ -z '{groups}' ] ;;
around) exit {around} ;;
esac
"""
GROUP = '{"signature": "a/b"}'


def program(shows, around=0):
    return REPLAYER.format(groups=GROUP if shows else "", around=around)


class Search(Case):
    def test_all(self):
        """Of each length, each first bad one, and each revision that is left out."""
        for length in range(1, 8):
            commits = [str(number) for number in range(length)]
            for first, skip in itertools.product(range(length), range(-1, length - 1)):
                asked = []

                def judge(commit):
                    asked.append(commit)
                    if int(commit) == skip:
                        return bisect.UNSAID
                    return bisect.HAS if int(commit) >= first else bisect.HAS_NOT

                found, skipped = bisect.search(commits, judge)
                self.assertEqual(len(asked), len(set(asked)))
                self.assertIn(str(first), found)
                if skip < 0:
                    self.assertEqual(found, [str(first)])
                    self.assertLessEqual(len(asked), 3)
                else:
                    self.assertLessEqual(set(found), {str(first), str(skip), str(skip + 1)})
                    self.assertLessEqual(set(skipped), {str(skip)})

    def test_nothing_is_asked_of_one(self):
        self.assertEqual(bisect.search(["a"], self.fail), (["a"], []))


class Command(FolderCase):
    def git(self, *words):
        done = subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
                              cwd=self.dir / "tree", check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def commit(self, name, text):
        """Return: its hash. Without text it does not build."""
        shows = self.dir / "tree/shows"
        shows.write_text(text) if text else shows.unlink(missing_ok=True)
        (self.dir / "tree/name").write_text(name)
        self.git("add", "-A")
        self.git("commit", "-qm", name)
        return self.git("rev-parse", "HEAD")

    def setUp(self):
        super().setUp()
        os.makedirs("tree/fuzz")
        os.makedirs("alloc")
        os.makedirs("race")
        for target in ("alloc", "race"):
            Path(target, "crash").write_text("x")
        Path("tree/fuzz/targets.def").write_text("TARGET(alloc)\nTARGET(race, accesses)\n")
        Path("tree/Makefile").write_text(MAKEFILE)
        Path("tree/.gitignore").write_text("/build/\n")
        tree._targets.cache_clear()
        self.addCleanup(tree._targets.cache_clear)
        self.git("init", "-q")

    def bisect(self, good, bad, target="alloc"):
        os.environ.update(GOOD=good, BAD=bad, CRASH=str(self.dir / target / "crash"))
        root, before = self.dir / "tree", os.getcwd()
        commit = bisect.revision.commit
        os.chdir(root)
        try:
            with mock.patch.object(tree, "ROOT", root), self.printed() as text, \
                    mock.patch.object(bisect.revision, "commit", lambda name: commit(name, root)):
                how = bisect.run([])
        finally:
            os.chdir(before)
        return how, text.getvalue()

    def test_the_commit(self):
        commits = [self.commit(f"number {number}", program(number >= 3)) for number in range(6)]
        how, said = self.bisect(commits[0], commits[5])
        self.assertEqual(how, status.PASS)
        self.assertIn("number 3\nbrought a/b\n", said)
        # One checkout for all of them.
        self.assertEqual(os.listdir("tree/build/bisect"), ["tree"])

    def test_what_does_not_build(self):
        texts = [program(False), program(False), "", program(True)]
        commits = [self.commit(f"number {number}", text) for number, text in enumerate(texts)]
        how, said = self.bisect(commits[0], commits[3])
        self.assertEqual(how, status.INCONCLUSIVE)
        self.assertIn("left out: ", said)
        self.assertIn("nobody can say which:\n", said)
        for number in (2, 3):
            self.assertIn(f" number {number}", said.partition("which:")[2])
        self.assertNotIn(" number 1", said.partition("which:")[2])

    def test_a_schedule_near_it(self):
        """Where accesses are counted, a revision that shows it nearby has it."""
        texts = [program(False), program(False, around=1), program(True)]
        commits = [self.commit(f"number {number}", text) for number, text in enumerate(texts)]
        self.assertIn("number 1\nbrought", self.bisect(commits[0], commits[2], "race")[1])
        self.assertIn("number 2\nbrought", self.bisect(commits[0], commits[2], "alloc")[1])

    def test_what_makes_no_sense(self):
        commits = [self.commit(f"number {number}", program(number == 1)) for number in range(3)]
        for good, bad in ((commits[0], commits[2]), (commits[1], commits[1]),
                          (commits[2], commits[1])):
            with self.assertRaises(Usage):
                self.bisect(good, bad)
        with self.assertRaises(Usage):
            self.bisect("nonsense", commits[1])
        both = [self.commit(f"bad {number}", program(True)) for number in range(2)]
        with self.assertRaises(Usage) as why:
            self.bisect(both[0], both[1])
        self.assertIn("GOOD= shows it too", str(why.exception))
