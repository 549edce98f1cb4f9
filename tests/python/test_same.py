# SPDX-License-Identifier: GPL-2.0-only
import os
import subprocess
from pathlib import Path
from unittest import mock

from fixture import Case
from spb.same import command as same, recording, revision
from spb.status import FINDING, PASS, Usage

REPORT = ("FINDING endless op=alloc step=1 cpu=0\n  it runs\nSIGNATURE endless/-\nFILE a.spbt\n"
          "STATUS 1\n")
ACCEPTED = """# comment
48cabb8 report/none report/one*
\t-   it runs
\t+   it .*
\tThe sentence was wrong,
\tand is no more.
"""


class Compare(Case):
    def setUp(self):
        super().setUp()
        self.old, self.new = self.dir / "old", self.dir / "new"
        for folder in (self.old, self.new):
            self.write(folder, "hashes", "gcc alloc 11 aa\ngcc alloc 22 bb\n")
            self.write(folder, "mutants",
                       "a.c:f:drop:1 killed corpus endless\nb.c:f:drop:1 survived 0\n")
            for name in ("one", "one.close", "one.many"):
                self.write(folder, f"reports/{name}", REPORT)

    def write(self, folder, name, text):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    def compare(self, part, accepted=""):
        """Is it the same, and what is said."""
        self.accepted = same.read_accepted(accepted)
        with self.printed() as text:
            equal = same.compare_part(part, self.old, self.new, self.accepted)
        return equal, text.getvalue()

    def differs(self, part, *words):
        equal, text = self.compare(part)
        self.assertFalse(equal)
        for word in words:
            self.assertIn(word, text)

    def test_same(self):
        for part in recording.PARTS:
            self.assertTrue(self.compare(part)[0], part)

    def test_hash(self):
        self.write(self.new, "hashes", "gcc alloc 11 aa\ngcc alloc 22 cc\n")
        self.differs("hashes", "2 compared, 0 are new, 1 differ, 1 of them", "hash/gcc/alloc/22")

    def test_hashes_are_one_group(self):
        one, two, three = ("0123456789abcde" + end for end in "123")
        self.write(self.old, "hashes", f"gcc alloc 11 {one}\ngcc alloc 22 {two}\n")
        self.write(self.new, "hashes", f"gcc alloc 11 {two}\ngcc alloc 22 {three}\n")
        self.differs("hashes", "hash: 2 with this difference", "- (a hash)\n    + (a hash)")

    def test_lost_input(self):
        self.write(self.new, "hashes", "gcc alloc 11 aa\ngcc alloc 33 bb\n")
        self.differs("hashes", "1 are new, 1 differ", "hash/gcc/alloc/22")

    def test_report(self):
        self.write(self.new, "reports/one", REPORT.replace("it runs", "it walks"))
        self.differs("reports", "  report/one\n", "-   it runs", "+   it walks")

    def test_lost_bug(self):
        (self.new / "reports/one").unlink()
        self.differs("reports", "report/one\n", "+ (is gone)")

    def test_same_difference_is_one_group(self):
        self.write(self.new, "reports/one", REPORT.replace("it runs", "it walks"))
        self.write(self.new, "reports/one.close", REPORT.replace("it runs", "it walks"))
        self.differs("reports", "report: 2 with this difference:")

    def test_among_others_is_like_fresh(self):
        """Whatever BASE says among others."""
        self.write(self.old, "reports/one.many", REPORT + REPORT.replace("it runs", "it walks"))
        self.assertTrue(self.compare("reports")[0])
        self.write(self.new, "reports/one.many", REPORT + REPORT.replace("it runs", "it walks"))
        self.differs("reports", "report/one.many", "+   it walks")

    def test_verdict(self):
        self.write(self.new, "mutants", "a.c:f:drop:1 survived 0\nb.c:f:drop:1 survived 0\n")
        self.differs("mutants", "mutant/a.c:f:drop:1", "- killed corpus endless", "+ survived 0")

    def test_accepted(self):
        self.write(self.new, "reports/one", REPORT.replace("it runs", "it walks"))
        equal, text = self.compare("reports", ACCEPTED)
        self.assertTrue(equal)
        self.assertIn("1 differ, 0 of them", text)
        self.assertEqual(same.obsolete(self.accepted, ["reports"]), [])

    def test_accepted_are_lines(self):
        self.write(self.new, "reports/one",
                   REPORT.replace("it runs", "it walks").replace("/-", "/f"))
        equal, text = self.compare("reports", ACCEPTED)
        self.assertFalse(equal)
        self.assertIn("+ SIGNATURE endless/f", text)
        self.assertNotIn("it walks", text)

    def test_obsolete(self):
        self.compare("reports", ACCEPTED)
        self.assertEqual(len(same.obsolete(self.accepted, ["reports"])), 2)
        self.assertEqual(same.obsolete(self.accepted, ["hashes"]), [])

    def test_no_reason(self):
        with self.assertRaisesRegex(Usage, "no reason"):
            same.read_accepted("48cabb8 report/one\n\t- x\n")

    def test_committed_list(self):
        same.read_accepted(same.ACCEPTED.read_text())


class Reports(Case):
    def test_of_many(self):
        other = REPORT.replace("a.spbt", "b.spbt").replace("STATUS 1\n", "")
        mine = REPORT.replace("STATUS 1\n", "")
        self.assertEqual(recording.reports_of(mine + other + mine, "a.spbt"), [mine, mine])

    def test_end_of_the_process(self):
        mine = REPORT.replace("STATUS 1\n", "")
        died = recording.reports_of(mine + "a.c:1: runtime error: no\n", "a.spbt")
        self.assertEqual(died, [mine, "a.c:1: runtime error: no\n"])

    def test_sanitizer(self):
        text = ("==12==ERROR: AddressSanitizer: x on address 0x603000000040\n"
                "    #0 0x55d0c0de in f /tmp/x/build/bugs/b/core/claim.c:186:36\n"
                "    #1 0x55d0c0df in main /tmp/x/fuzz/tool/main.c:3:1\n"
                "Shadow bytes around the buggy address:\n  0x0c\n")
        self.assertEqual(recording.canonical(text),
                         "ERROR: AddressSanitizer: x on address 0x\n  in f core/claim.c:186:36\n")
        self.assertEqual(recording.canonical(REPORT), REPORT)

    def test_mutants_of_the_same_code(self):
        lines = recording.mutant_lines("a 1 killed corpus endless\nb 2 same a\nc 3 same -\n"
                                       "d 4 same z\n")
        self.assertEqual(lines, "a killed corpus endless\nb killed corpus endless\nc same -\n"
                                "d same z\n")


TOOL = """#!/bin/sh
for word; do case $word in --hash) hash=1;;
*/corpus/*) [ $hash ] && echo "0123456789abcdef  $word";;
*.spbt) echo "FINDING endless in $word" >&2; echo "FILE $word" >&2; status=1;; esac; done
exit ${status:-0}
"""
MAKEFILE = "build/%:\n\tmkdir -p $(@D) && cp tool $@\n"
BUGS = "#!/bin/sh\nfor b in $BUG; do mkdir -p build/bugs/$b; cp tool build/bugs/$b/spbfuzz; " \
       "echo build/bugs/$b/spbfuzz; done\n"
MUTANTS = "#!/bin/sh\nmkdir -p build/mutants; " \
          "echo \"a.c:f:drop:1 7 survived $SAMPLE $FUZZ\" >build/mutants/outcomes\n"
RUN = "#!/bin/sh\nif [ $1 = bugs-tool ]; then\n" + BUGS + "else\n" + MUTANTS + "fi\n"

FILES = {"fuzz/targets.def": "TARGET(alloc)\nTARGET(race, accesses)\nTARGET(empty)\n", "tool": TOOL,
         "Makefile": MAKEFILE, "corpus/alloc/one": "1", "corpus/race/two": "2"}
OLD = {**FILES, "fuzz/targets.def": "TARGET(alloc)\nTARGET(race)\nTARGET(empty)\n",
       "bugs/late.patch": "target: race\n", "bugs/late.spbt": "x",
       "scripts/bugs.sh": BUGS, "scripts/mutants.sh": MUTANTS}
NEW = {**FILES, "bugs/area/late.patch": "target: race\n", "bugs/area/late.spbt": "x",
       "scripts/run": RUN}


class Record(Case):
    """A tree of each layout, with a tool that finds something in each text."""

    def tree(self, files):
        root = self.dir / "tree"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        subprocess.run("git init -q && git add -A", shell=True, cwd=root, check=True)
        return revision.Revision(root)

    def record(self, files):
        folder = self.dir / "recording"
        for part in recording.PARTS:
            recording.RECORD[part](self.tree(files), folder)
        kept = ("hashes", "mutants", "reports/late", "reports/late.close", "reports/late.many")
        return {name: (folder / name).read_text() for name in kept}

    def check(self, files):
        made = self.record(files)
        one, two = (recording.content_of(self.dir / "tree" / f"corpus/{name}")
                    for name in ("alloc/one", "race/two"))
        wanted = {f"{variant} alloc {one} 0123456789abcdef" for variant in ("gcc", "asan")}
        wanted |= {f"{variant} race {two} 0123456789abcdef" for variant in recording.VARIANTS}
        self.assertEqual(set(made["hashes"].splitlines()), wanted)
        self.assertEqual(made["mutants"], f"a.c:f:drop:1 survived {recording.MUTANTS} 0\n")
        for name in ("late", "late.close", "late.many"):
            self.assertEqual(made[f"reports/{name}"],
                             "FINDING endless in late.spbt\nFILE late.spbt\nSTATUS 1\n")

    def test_bash_layout(self):
        self.check(OLD)

    def test_layout(self):
        self.check(NEW)

    def test_variables_of_this_tree_stay_here(self):
        os.environ.update(B="elsewhere", TARGET="walk", SPBFUZZ_STRICT="1", CFLAGS="-O1")
        env = revision.Revision(Path(".")).env
        self.assertEqual({"B", "TARGET", "SPBFUZZ_STRICT"} & {*env}, set())
        self.assertEqual(env["CFLAGS"], "-O1")


class Command(Case):
    def run_with(self, this):
        def record(asked, folder, parts):
            text = "gcc alloc 11 aa\n" if asked == "base" else this
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "hashes").write_text(text)
        os.environ["BASE"] = "HEAD"
        with mock.patch.object(same, "FOLDER", self.dir), \
                mock.patch.object(same, "record", record), \
                mock.patch.object(revision, "check_out", lambda *_: "base"), \
                mock.patch.object(revision, "is_clean", lambda: False), self.printed():
            return same.run(["hashes"])

    def test_status(self):
        self.assertEqual(self.run_with("gcc alloc 11 aa\n"), PASS)
        self.assertEqual(self.run_with("gcc alloc 11 bb\n"), FINDING)

    def test_usage(self):
        with self.assertRaisesRegex(Usage, "BASE"):
            same.run(["hashes"])
        with self.assertRaisesRegex(Usage, "no part"):
            same.run(["all"])
