# SPDX-License-Identifier: GPL-2.0-only
"""Builds for ClusterFuzzLite and OSS-Fuzz: what build.sh refuses, and what the questions notice.
That the real ones pass is what scripts/run oss-fuzz is for."""
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from unittest import mock

from fixture import Case, FolderCase
from spb import commands, lines, tree
from spb.fuzzing import engine
from spb.ossfuzz import builds, command, questions
from spb.ossfuzz.builds import Combination
from spb.status import Usage

ADDRESS = Combination("libfuzzer", "address", "clang")


class Script(FolderCase):
    def build(self, **more):
        for name in ("src", "out", "work"):
            os.makedirs(name, exist_ok=True)
        (Path("src/spbfuzz")).unlink(missing_ok=True)
        Path("src/spbfuzz").symlink_to(tree.ROOT)
        own = {name: str(self.dir / name.lower()) for name in ("SRC", "OUT", "WORK")}
        done = subprocess.run(["bash", str(tree.ROOT / ".clusterfuzzlite/build.sh")], check=False,
                              env={"PATH": os.environ["PATH"], **own, **more}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def refused(self, **more):
        how, said = self.build(**more)
        self.assertEqual(how, 1, said)
        self.assertEqual(os.listdir("out"), [])
        return said

    def test_what_there_is_not(self):
        self.assertIn("OUT= names no folder", self.refused(OUT="/nowhere"))
        self.assertIn("64 bits", self.refused(ARCHITECTURE="i386"))
        self.assertIn("there are libfuzzer, afl and none", self.refused(FUZZING_ENGINE="honggfuzz"))
        self.assertIn("there are address,", self.refused(SANITIZER="memory"))

    def test_a_compiler_that_drops_the_hooks(self):
        self.script("clang-99", "#!/bin/sh\n"
                    "[ \"$1\" = --version ] && echo 'clang version 99' && exit\n"
                    "while [ \"$1\" != -o ]; do shift; done\necho nothing >\"$2\"\n")
        said = self.refused(RACE_CLANG=str(self.dir / "clang-99"))
        self.assertIn("clang-99 (clang version 99) does not report memory accesses", said)
        self.assertIn("RACE_CLANG= names one", said)

    def test_one_length_of_inputs(self):
        text = (tree.ROOT / ".clusterfuzzlite/build.sh").read_text()
        self.assertEqual(re.findall(r"max_len = (\d+)", text), [str(engine.MAX_LEN)])

    def test_no_flags_of_ours(self):
        text = (tree.ROOT / ".clusterfuzzlite/build.sh").read_text()
        lines_with = [line for line in text.splitlines() if "-fsanitize=" in line]
        self.assertEqual(lines_with, [': "${LIB_FUZZING_ENGINE=-fsanitize=fuzzer}"'])

    def test_project(self):
        """Of the engines and sanitizers that build.sh has."""
        text = (tree.ROOT / ".clusterfuzzlite/project.yaml").read_text()
        for one in command.combinations():
            if one.sanitizer != "coverage" and one.engine != "none":
                self.assertIn(f"  - {one.engine}\n", text)
                self.assertIn(f"  - {one.sanitizer}\n", text)


class Environment(Case):
    def test_flags(self):
        flags = ADDRESS.environment(self.dir)
        self.assertIn("-fsanitize=fuzzer-no-link", flags["CFLAGS"])
        self.assertEqual(flags["CXX"], "clang++")
        self.assertEqual(Combination("none", "address", "/x/clang-19").environment(self.dir)["CXX"],
                         "/x/clang++-19")
        afl = Combination("afl", "address", "clang", "afl-clang-fast").environment(self.dir)
        self.assertEqual((afl["CXX"], afl["RACE_CLANG"]), ("afl-clang-fast++", "clang"))
        self.assertNotIn("fuzzer-no-link", afl["CFLAGS"])

    def test_nothing_of_ours(self):
        with mock.patch.dict(os.environ, ASAN_OPTIONS="x", SPBFUZZ_STRICT="1", CCACHE_DIR="y"):
            self.assertEqual(builds.bare()["CCACHE_DIR"], "y")
            self.assertNotIn("ASAN_OPTIONS", builds.bare())
            self.assertNotIn("SPBFUZZ_STRICT", builds.bare())


class Questions(FolderCase):
    """Each notices what it is there for."""

    def target(self, text, name="alloc", seeds=("one", "two"), options="max_len = 4096\n"):
        self.script(name, text)
        Path(f"{name}.options").write_text("[libfuzzer]\n" + options)
        with zipfile.ZipFile(f"{name}_seed_corpus.zip", "w") as archive:
            for seed in seeds:
                archive.writestr(seed, seed)
        return self.dir / name

    def test_a_target(self):
        shutil.copy("/bin/true", "true")
        self.assertIn("no ELF file", questions.is_a_target(ADDRESS, self.dir / "true"))
        with open("true", "ab") as file:
            file.write(b"LLVMFuzzerTestOneInput")
        self.assertEqual(questions.is_a_target(ADDRESS, self.dir / "true"), "")
        shutil.copy("true", "a.b")
        self.assertIn("no such name", questions.is_a_target(ADDRESS, self.dir / "a.b"))
        needed = mock.Mock(output=" 0x1 (NEEDED) Shared library: [libc.so.6]\n"
                                  " 0x1 (NEEDED) Shared library: [liblzma.so.5]\n")
        with mock.patch.object(questions.jobs, "run", lambda *_, **__: needed):
            self.assertEqual(questions.is_a_target(ADDRESS, self.dir / "true"),
                             "not linked statically: liblzma.so.5")

    def test_instrumentation(self):
        undefined = Combination("libfuzzer", "undefined", "clang")
        for built, asan, ubsan, good in ((ADDRESS, 1000, 200, True), (ADDRESS, 999, 0, False),
                                         (ADDRESS, 5000, 201, False), (undefined, 0, 168, True),
                                         (undefined, 0, 167, False), (undefined, 1, 500, False)):
            with mock.patch.object(questions, "calls",
                                   lambda _, found={"asan": asan, "ubsan": ubsan}: found):
                said = questions.instrumentation(built, self.dir / "alloc")
            self.assertEqual(said == "", good, (built, asan, ubsan))

    def test_without_seeds(self):
        said = 'echo "INFO: Loaded 1 modules   (200 inline 8-bit counters): {} [" >&2\n' \
               'echo "Dictionary: 5 entries"; echo "Done 4 runs in 0 second(s)"\n'
        ask = questions.without_seeds
        self.assertEqual(ask(ADDRESS, self.target("#!/bin/sh\n" + said.format(200))), "")
        self.assertEqual(ask(ADDRESS, self.target("#!/bin/sh\n" + said.format(99))), "99 edges")
        self.assertIn("does not start", ask(ADDRESS, self.target("#!/bin/sh\nexit 1\n")))
        without = said.replace("Dictionary", "No dictionary")
        self.assertIn("does not read its dictionary",
                      ask(ADDRESS, self.target("#!/bin/sh\n" + without.format(200))))

    def test_with_seeds(self):
        counts = "#!/bin/sh\nfor last; do :; done\necho Done $(($(ls $last | wc -l) + {})) runs\n"
        ask = questions.with_seeds
        self.assertEqual(ask(ADDRESS, self.target(counts.format(1))), "")
        self.assertIn("2 seeds", ask(ADDRESS, self.target(counts.format(0))))
        self.assertIn("0 seeds", ask(ADDRESS, self.target(counts.format(1), seeds=())))
        fakes = counts.format(1) + '[ -z "$ASAN_OPTIONS" ]\n'
        self.assertIn("use_after_return", ask(ADDRESS, self.target(fakes, "race")))
        self.assertEqual(ask(ADDRESS, self.target(fakes)), "")

    def test_under_afl(self):
        built = Combination("afl", "address", "clang", "afl-clang-fast")
        for said, good in (("[+] All set and ready to roll!", True), ("[-] PROGRAM ABORT", False)):
            with mock.patch.object(questions.jobs, "run",
                                   lambda *_, said=said, **__: mock.Mock(output=said)):
                self.assertEqual(questions.under_afl(built, self.dir / "alloc") == "", good)

    def test_a_finding(self):
        told = ("#!/bin/sh\ncat <<'END'\nASSERTION FAILED: FuzzerHash=promise-{}/x\n"
                "    #0 0x55 in {} broken.c:19\nSUMMARY: AddressSanitizer: ILL b.c:19 in {}\nEND\n")
        ask = questions.a_finding
        good = ("no-fallback", "broken_PROMISE_NO_FALLBACK", "broken_PROMISE_NO_FALLBACK")
        self.assertEqual(ask(ADDRESS, self.target(told.format(*good), "relax")), "")
        for wrong in (("no-fallback", "abort", good[2]), ("no-fallback", good[1], "abort"),
                      ("cma", good[1], good[2])):
            self.assertIn("told otherwise", ask(ADDRESS, self.target(told.format(*wrong), "relax")))


class Command(FolderCase):
    def test_combinations(self):
        with self.assertRaises(Usage):
            command.chosen(["libfuzzer-memory"])
        self.assertEqual({one.engine for one in command.chosen(["afl-address"])}, {"afl"})

    def test_what_is_not_built(self):
        said = lines.Lines()
        with self.printed() as text:
            command.ask(said, ADDRESS, self.dir)
        self.assertIn("not built: alloc", text.getvalue())
        self.assertEqual(said.failed, 1)

    def test_other_hashes(self):
        said = lines.Lines()
        with self.printed() as text, mock.patch.object(
                command.questions, "hashes", lambda path: [path.parent.name]):
            command.compare(said, [Path("a"), Path("b")])
        self.assertIn("2 hashes differ", text.getvalue())
        self.assertEqual(said.passed, 0)

    def test_it_runs_in_ci(self):
        self.assertIn("scripts/run oss-fuzz\n", (tree.ROOT / ".ci/run").read_text())
        self.assertIn("tsan", commands.listed()["oss-fuzz"].needs)
