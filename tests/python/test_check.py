# SPDX-License-Identifier: GPL-2.0-only
"""make check: what a part that fails, hangs, or says nothing comes to; and that gates notice."""
import os
import threading
import time
from pathlib import Path
from unittest import mock

from fixture import Case
from spb import jobs, tree
from spb.checks import check
from spb.parts import gates
from spb.status import Usage


class Report(Case):
    def add(self, said, status=0, timed_out=False):
        part = check.PARTS[0]
        with mock.patch("spb.tree.build_folder", lambda: str(self.dir)), self.printed() as text:
            jobs.write_whole(check.scratch_of(part).with_suffix(".log"), said)
            report = check.Report()
            report.add(part, jobs.Result(status, "", 0, 0, timed_out))
        return report.passed, report.failed, text.getvalue()

    def test_counts(self):
        self.assertEqual(self.add("ok a\nnot ok b\n  why\nok c\n", 1)[:2], (2, 1))
        self.assertIn("not ok b\n  why", self.add("ok a\nnot ok b\n  why\n", 1)[2])

    def test_says_nothing(self):
        self.assertEqual(self.add("")[:2], (0, 1))

    def test_dies_without_a_word(self):
        passed, failed, text = self.add("ok a\n", -11)
        self.assertEqual((passed, failed), (1, 1))
        self.assertIn("status -11", text)

    def test_hangs(self):
        self.assertEqual(self.add("ok a\n", -9, timed_out=True)[:2], (1, 1))

    def test_skip_is_no_failure(self):
        passed, failed, text = self.add("skip afl: not installed\n")
        self.assertEqual((passed, failed), (0, 0))
        self.assertIn("not installed", text)

    def test_unknown_part(self):
        with self.assertRaisesRegex(Usage, "no part gate; there are: .*gates"):
            check.part_of("gate")


class Turns(Case):
    def run_them(self, run_it, *uses):
        """Parts that use these, as many at a time as there are."""
        parts = [check.Part(f"part{n}", "", uses=name) for n, name in enumerate(uses)]
        with mock.patch("spb.tree.build_folder", lambda: str(self.dir)), \
                mock.patch.object(check, "_run_it", run_it):
            list(jobs.each(parts, check._run_one, len(parts)))

    def test_the_same_thing(self):
        running = threading.Semaphore(1)

        def run_it(_):
            self.assertTrue(running.acquire(blocking=False), "two at once")
            time.sleep(0.1)
            running.release()

        self.run_them(run_it, "crashes", "crashes", "crashes")

    def test_different_things(self):
        """None of them ends before all have begun."""
        begun = threading.Barrier(3)
        self.run_them(lambda _: begun.wait(60), "crashes", "", "")

    def test_who_empties_crashes(self):
        """A part that takes away what is new in crashes/ would take away what others look at."""
        for part in check.PARTS:
            if part.module in ("crashes.way", "abuses.real"):
                self.assertEqual(part.uses, "crashes", part.name)


class Gates(Case):
    def sources(self, **texts):
        made = gates.Sources.__new__(gates.Sources)
        made.text = {name.replace("__", "/").replace("_dot_", "."): text
                     for name, text in texts.items()}
        return made

    def complaints(self, gate, **texts):
        return list(gate(self.sources(**texts)))

    def test_long_function(self):
        body = "\tx++;\n" * gates.MAX_FUNCTION
        self.assertTrue(self.complaints(gates.long_functions,
                                        a_dot_c=f"int f(void)\n{{\n{body}}}\n"))
        self.assertTrue(self.complaints(
            gates.long_functions, a_dot_c=f"static int\nf(int a,\n  int b)\n{{\n{body}}}\n"))
        self.assertTrue(self.complaints(
            gates.long_functions, a_dot_py="def f():\n" + "    x = 1\n" * gates.MAX_FUNCTION))
        short = "\tx++;\n" * 10
        self.assertFalse(self.complaints(
            gates.long_functions, a_dot_c=f"int f(void)\n{{\n{short}}}\n" * 20))

    def test_long_file(self):
        self.assertTrue(self.complaints(gates.long_files, a_dot_c="x\n" * 500))
        self.assertFalse(self.complaints(gates.long_files, a_dot_c="x\n" * 499))
        self.assertTrue(self.complaints(gates.long_files, fuzz__a_dot_c="x\n" * 61))

    def test_long_line(self):
        self.assertTrue(self.complaints(gates.long_lines, a_dot_c="\t" + "x" * 93 + "\n"))
        self.assertFalse(self.complaints(gates.long_lines, a_dot_c="\t" + "─" * 92 + "\n"))

    def test_includes(self):
        self.assertTrue(self.complaints(gates.foreign_includes,
                                        core__a_dot_c="#include <string.h>\n"))
        self.assertTrue(self.complaints(gates.foreign_includes,
                                        include__spb__a_dot_h='#include "core/x.h"\n'))
        self.assertFalse(self.complaints(gates.foreign_includes,
                                         core__a_dot_c='#include "core/x.h"\n'))

    def test_licence(self):
        self.assertTrue(self.complaints(gates.without_licence, a_dot_c="int a;\n"))
        self.assertFalse(self.complaints(gates.without_licence, a_dot_c=f"// {gates.LICENCE}\n"))

    def test_dead_links(self):
        self.assertTrue(self.complaints(gates.dead_links, docs__a_dot_md="[x](no-such-file.c)\n"))
        self.assertFalse(self.complaints(
            gates.dead_links, docs__a_dot_md="[x](../Makefile#part) [y](https://x.org/a)\n"))

    def test_texts(self):
        for pattern, line in ((gates.LEFTOVERS, "/* " + "TO" + "DO */"),
                              (gates.MACHINE_PATHS, "in /ho" + "me/x")):
            self.assertTrue(list(gates._lines_matching(pattern, [("a", line)])))

    def test_hooks_are_missed(self):
        with mock.patch.object(gates, "_symbols", lambda *_: [["U", "__asan_report"]]):
            found = list(gates.missing_hooks("core.o"))
        self.assertEqual(len(found), 9)
        self.assertFalse(gates.is_hooked("/dev/null") and Path("core").is_dir())


class Left(Case):
    def run_it(self, *names, **variables):
        """The parts that ran, and what was said of the others."""
        ran = []
        with mock.patch.dict(os.environ, variables), self.printed() as said, \
                mock.patch.object(check.build, "make"), \
                mock.patch.object(check.jobs, "each", lambda parts, *_: ran.extend(parts) or []):
            check.run(list(names))
        return [part.name for part in ran], "left to" in said.getvalue()

    def test_what_comes_later(self):
        later = [part.name for part in check.PARTS if part.later]
        every = [part.name for part in check.PARTS]
        self.assertTrue(later)
        self.assertEqual(self.run_it(), ([name for name in every if name not in later], True))
        self.assertEqual(self.run_it(ALL="1"), (every, False))
        self.assertEqual(self.run_it(later[0]), ([later[0]], False))
        called = (tree.ROOT / ".ci/run").read_text()
        self.assertIn(f"run scripts/run check {' '.join(sorted(later))}\n", called)
