# SPDX-License-Identifier: GPL-2.0-only
"""From a kernel tree to an object: scripts/spb/kernel/."""
import os
import shutil
import subprocess
import unittest
from pathlib import Path
from unittest import mock

from fixture import Case
from spb import tree
from spb.kernel.object import kbuild, link, linux, objects, probes, source
from spb.status import Inconclusive, Usage

LINE = ("savedcmd_mm/page_alloc.o := clang-14 -Wp,-MMD,mm/.page_alloc.o.d -nostdinc -I./include "
        "-include /t/kconfig.h -D__KERNEL__ -mcmodel=large -O2 -Werror "
        "-DKBUILD_MODFILE='\"mm/page-alloc\"' -c -o mm/page_alloc.o /t/mm/page_alloc.c; touch x\n\n"
        "source_mm/page_alloc.o := /t/mm/page_alloc.c\n")
READELF = """
  [ 1] .text             PROGBITS        00000000 000040 008a13 00  AX  0   0 16
  [13] .data..percpu     PROGBITS        00000000 020000 000428 00  WA  0   0 64
  [16] .data..once       PROGBITS        0000 020760 00036c 00  WA  0   0 16
  [17] .rela.data        RELA            00000000 0885f8 000240 18   I 61  16  8
  [19] .bss              NOBITS          00000000 024c80 00dc61 00  WA  0   0 64
  [20] .init.data        PROGBITS        00000000 024c80 000021 00  WA  0   0  1
  [21] .init_array       INIT_ARRAY      00000000 024c80 000021 00  WA  0   0  1
  [22] kb_kept           PROGBITS        00000000 024c80 000021 00  WA  0   0  1
"""
RELOCATIONS = """
0000000000000010  0000000500000004 R_X86_64_PLT32 0000000000000000 called - 4
0000000000000020  0000000600000004 R_X86_64_PLT32 0000000000000000 both - 4
0000000000000030  000000060000000b R_X86_64_32S   0000000000000000 both + 0
0000000000000040  0000000700000002 R_X86_64_PC32  0000000000000000 data - 4
"""


class Lines(Case):
    def test_command_of(self):
        words = kbuild.command_of(LINE)
        self.assertEqual(words[0], "clang-14")
        self.assertEqual(words[-1], "/t/mm/page_alloc.c")
        self.assertIn('-DKBUILD_MODFILE="mm/page-alloc"', words)

    def test_changed_line(self):
        words = objects.changed_line(kbuild.command_of(LINE), ["-fsanitize=address"], "/o/x.c",
                                     "/b/x.o")
        self.assertNotIn("-mcmodel=large", words)
        self.assertNotIn("-Werror", words)
        self.assertFalse([word for word in words if word.startswith("-Wp,-MMD")])
        self.assertEqual(words.count("-c"), 1)
        self.assertEqual(words[-4:], ["-c", "-o", "/b/x.o", "/o/x.c"])
        # Ours come after Kbuild's, and win.
        self.assertGreater(words.index("-fsanitize=address"), words.index("-O2"))
        self.assertEqual([word for word in words if "page_alloc.o" in word], [])

    def test_dependencies(self):
        self.assertEqual(objects.dependencies("x.o: a.c \\\n b.h c.h\n"), ["a.c", "b.h", "c.h"])

    def test_an_object_is_made_once(self):
        made = []
        build = objects.Build(linux.Linux(self.dir, "1.2.3"), self.dir, self.dir,
                              objects.VARIANTS["plain"], {}, [])
        output = self.dir / "x.o"
        (self.dir / "a.c").write_text("1")

        def run(line, cwd):
            made.append(line)
            output.write_text("object")
            Path(f"{output}.d").write_text("x.o: a.c\n")
            return mock.Mock(status=0)

        with mock.patch("spb.jobs.run", run):
            for line in (["cc"], ["cc"], ["cc", "-O3"], ["cc", "-O3"]):
                for job in build._stale([(line, output)]):
                    self.assertEqual(build._compile(job), "")
            self.assertEqual(made, [["cc"], ["cc", "-O3"]])
            (self.dir / "a.c").write_text("other")
            self.assertEqual(len(build._stale([(["cc", "-O3"], output)])), 1)
            (self.dir / "a.c").unlink()
            self.assertEqual(len(build._stale([(["cc", "-O3"], output)])), 1)

    def test_who_is_to_blame(self):
        said = "CC mm/x.o\n/t/mm/x.c:4:2: error: use of undeclared identifier 'y'\n"
        wrong = kbuild.failed("compiling", said)
        self.assertIsInstance(wrong, Usage)
        self.assertIn("/t/mm/x.c:4:2: error", str(wrong))
        self.assertIsInstance(kbuild.failed("x", "make: *** [x] Error 2\n"), Inconclusive)
        full = kbuild.failed("x", "ld.lld: error: cannot write: No space left on device\n")
        self.assertIn("no space left", str(full))

    def test_llvm(self):
        for name, words in (("clang", "LLVM=1"), ("/usr/bin/clang-19", "LLVM=-19")):
            with mock.patch.dict(os.environ, CLANG=name):
                self.assertEqual(kbuild.llvm_words(), words)
        with mock.patch.dict(os.environ, CLANG="gcc"), self.assertRaises(Usage):
            kbuild.llvm_words()


class Link(Case):
    def test_sections(self):
        self.assertEqual(link.section_names(READELF, "kb_own_"),
                         {".data..percpu": "kb_percpu", ".data..once": "kb_own_data",
                          ".bss": "kb_own_bss", ".init.data": "kb_own_data"})

    def test_undefined(self):
        listed = "         U memcpy\n         U zap\n         w __asan_poison_memory_region\n" \
                 "         U __start_kb_bss\n         U kb_stub_names\n"
        self.assertEqual(link.undefined(listed), ["zap"])

    def test_stubs(self):
        names = ["both", "called", "data"]
        called = link.only_called(RELOCATIONS, names)
        self.assertEqual(called, {"called"})
        text = link.stubs(names, called)
        self.assertIn("\t.set both, 0x4000\n", text)
        self.assertIn("\t.set data, 0x4010\n", text)
        self.assertIn("called:\n\tmovl $s_called, %edi\n\tjmp kb_stub_called", text)
        self.assertEqual(text.count("\t.quad s_"), 2)
        with self.assertRaises(Inconclusive):
            link.stubs([f"n{number}" for number in range(4000)], set())

    def test_the_glue_knows_where_stubs_are(self):
        text = (tree.ROOT / "fuzz/kernel/glue/print.c").read_text()
        self.assertIn(f"#define FIRST_STUB {link.FIRST_STUB:#x}UL", text)
        self.assertIn(f"#define STUB_BYTES {link.STUB_BYTES}", text)


def plant_tree(path, version=(6, 12, 3)):
    for name in linux.NEEDED:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("")
    keys = ("VERSION", "PATCHLEVEL", "SUBLEVEL")
    (path / "Makefile").write_text("".join(f"{key} = {n}\n" for key, n in zip(keys, version)))
    return str(path)


class Trees(Case):
    def wrong(self, words):
        with self.assertRaises(Usage) as caught:
            linux.opened(words)
        return str(caught.exception)

    def test_a_tree(self):
        self.assertEqual(linux.opened(plant_tree(self.dir)).version, "6.12.3")

    def test_no_tree(self):
        self.assertIn("is no folder", self.wrong(str(self.dir / "none")))
        self.assertIn("is not a kernel tree: it has no Makefile", self.wrong(str(self.dir)))
        words = plant_tree(self.dir)
        (self.dir / "Makefile").write_text("all:\n")
        self.assertIn("names no version", self.wrong(words))

    def test_too_old(self):
        self.assertIn("is too old: it is 5.10.7", self.wrong(plant_tree(self.dir, (5, 10, 7))))

    def test_configured_in_the_tree(self):
        words = plant_tree(self.dir)
        (self.dir / ".config").write_text("")
        self.assertIn("was configured in the tree (.config is there)", self.wrong(words))

    def test_key(self):
        found = linux.opened(plant_tree(self.dir))
        first = kbuild.key(found, "clang 1")
        self.assertEqual(kbuild.key(found, "clang 1"), first)
        self.assertNotEqual(kbuild.key(found, "clang 2"), first)
        (self.dir / "mm/page_alloc.c").write_text("a patch")
        self.assertEqual(kbuild.key(found, "clang 1"), first)
        (self.dir / "mm/Kconfig").write_text("config X")
        self.assertNotEqual(kbuild.key(found, "clang 1"), first)

    def test_stamp(self):
        plant_tree(self.dir)
        first = linux.stamp(self.dir, "mm")
        os.utime(self.dir / "mm/page_alloc.c", ns=(1, 1))
        self.assertNotEqual(linux.stamp(self.dir, "mm"), first)

    def test_probes(self):
        found = linux.opened(plant_tree(self.dir))
        self.assertFalse(probes.found(found)["DEFRAG_MODE"])
        (self.dir / "mm/page_alloc.c").write_text("static int defrag_mode;\n")
        self.assertTrue(probes.found(found)["DEFRAG_MODE"])
        self.assertIn("-DKB_HAS_DEFRAG_MODE=1", probes.words(found))


class Source(Case):
    def setUp(self):
        super().setUp()
        before = os.getcwd()
        os.chdir(self.dir)
        self.addCleanup(os.chdir, before)

    def test_versions(self):
        for version in ("6", "six", "6.12;id", "../6.12"):
            with self.assertRaises(Usage):
                source.fetch(version)

    def test_once(self):
        source.folder("6.12").mkdir(parents=True)
        with mock.patch("spb.jobs.run", side_effect=AssertionError):
            self.assertEqual(source.fetch("6.12"), source.folder("6.12"))

    def test_no_space(self):
        with mock.patch("shutil.disk_usage", return_value=mock.Mock(free=1 << 20)), \
                self.assertRaises(Inconclusive) as caught:
            source.fetch("6.12")
        self.assertIn("no space: 500 MB are needed, 1 are there", str(caught.exception))

    def test_sentences(self):
        said = "E: Unable to locate package linux-source-9.9"
        self.assertIn("has no package", source.why_not(said, "linux-source-9.9"))
        said = "Err:1 http://deb  Temporary failure resolving 'deb'"
        self.assertIn("no network", source.why_not(said, "x"))

    def test_without_network(self):
        """Lists of packages of our own are tried, and the first complaint is not forgotten."""
        said = {"download": "E: Failed to fetch http://x  Could not connect to deb",
                "update": "W: x"}
        asked = []

        def run(words, cwd):
            asked.append([word for word in words if word in said][0])
            first = asked.count("download") == 1
            return mock.Mock(status=100, output=said[asked[-1]] if first else
                             "E: Unable to locate package linux-source-6.12")

        with mock.patch("spb.jobs.run", run), self.printed(), \
                mock.patch("shutil.which", return_value="/usr/bin/apt-get"), \
                self.assertRaises(Inconclusive) as caught:
            source.fetch("6.12")
        self.assertEqual(str(caught.exception), "linux-source-6.12 cannot be fetched: no network")
        self.assertEqual(asked, ["download", "update", "download"])
        self.assertEqual(list(source.FOLDER.iterdir()), [])

    def package(self, files):
        """A package like Debian's, with a tree of these files."""
        top = self.dir / "make/linux-source-6.12"
        for name in files:
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text("")
        plant_tree(top)
        inner = self.dir / "deb/usr/src"
        inner.mkdir(parents=True)
        (self.dir / "deb/DEBIAN").mkdir()
        (self.dir / "deb/DEBIAN/control").write_text(
            "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n")
        subprocess.run(["tar", "-cJf", inner / "linux-source-6.12.tar.xz", "-C", top.parent,
                        top.name], check=True)
        source.FOLDER.mkdir(parents=True, exist_ok=True)
        path = source.FOLDER / "linux-source-6.12_1_all.deb"
        subprocess.run(["dpkg-deb", "-b", self.dir / "deb", path], check=True,
                       stdout=subprocess.DEVNULL)
        return path

    @unittest.skipUnless(shutil.which("dpkg-deb"), "no dpkg-deb")
    def test_what_is_unpacked(self):
        files = ("COPYING", "drivers/net/Kconfig", "drivers/net/x.c", "fs/Makefile", "net/Kbuild")
        with mock.patch.object(source, "_download", lambda package: self.package(files)), \
                self.printed():
            path = source.fetch("6.12")
        there = {str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()}
        self.assertLessEqual({"COPYING", "drivers/net/Kconfig", "fs/Makefile", "net/Kbuild",
                              "mm/page_alloc.c"}, there)
        self.assertNotIn("drivers/net/x.c", there)
        self.assertEqual([entry.name for entry in source.FOLDER.iterdir()], ["6.12"])

    @unittest.skipUnless(shutil.which("dpkg-deb"), "no dpkg-deb")
    def test_whole_or_not_at_all(self):
        def broken(_):
            path = self.package(("COPYING",))
            path.write_bytes(path.read_bytes()[:-2000])
            return path

        with mock.patch.object(source, "_download", broken), self.printed(), \
                self.assertRaises(Inconclusive):
            source.fetch("6.12")
        self.assertEqual(list(source.FOLDER.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
