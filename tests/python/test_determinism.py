# SPDX-License-Identifier: GPL-2.0-only
import os
from unittest import mock

from fixture import Case
from spb import jobs, status, tree
from spb.disk import proof
from spb.determinism import command, hashes, reports
from spb.lines import Lines

# spbfuzz as it should be; {wrong} and {before} are what is wrong with it. An input that is
# named "crash" is one.
TOOL = """#!/usr/bin/env python3
import json, os, sys
command, files = sys.argv[1], [word for word in sys.argv[2:] if "/" in word]
scrambled = "SPBFUZZ_SCRAMBLE" in os.environ
with open(os.path.dirname(sys.argv[0]) + "/processes", "a") as log:
    log.write(command + "\\n")
def report(number, file):
    words = "one two"
    {wrong}
    return "FINDING rule op\\n  " + words + "\\nSIGNATURE rule/place"
{before}
for number, file in enumerate(files):
    crash = file.endswith("crash")
    if command == "run" and "--hash" in sys.argv:
        print("finding:rule" if crash else "%016x" % len(file), "", file)
    elif command == "run" and crash:
        sys.stderr.write(report(number, file) + "\\nFILE " + file + "\\n")
if command == "triage":
    groups = {{}}
    for number, file in enumerate(files):
        file.endswith("crash") and groups.setdefault(report(number, file), []).append(file)
    print(json.dumps({{"groups": [{{"signature": name, "files": files}}
                                for name, files in groups.items()]}}))
"""
DIES = 'command == "run" and os._exit(1)'


class Fake(Case):
    def setUp(self):
        super().setUp()
        self.crash = str(self.dir / "crash")
        with open(self.crash, "w") as file:
            file.write("x")
        for patch in (mock.patch("spb.tree.build_folder", lambda: str(self.dir)),
                      mock.patch("spb.tree.inputs", lambda *_, **__: ["corpus/a", "corpus/bb"])):
            patch.start()
            self.addCleanup(patch.stop)

    def tool(self, wrong="pass", name="spbfuzz", before="pass"):
        path = self.dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(TOOL.format(wrong=wrong, before=before))
        path.chmod(0o755)
        return str(path)

    def processes(self):
        return (self.dir / "processes").read_text().splitlines()


class Reports(Fake):
    def replay(self, wrong="pass", remember=False):
        return reports.replay(self.tool(wrong), "alloc", self.crash, 30, remember)

    def test_alike(self):
        verdict = self.replay()
        self.assertTrue(verdict.good, verdict.text)
        self.assertIn("reports of 36, 6 of them after garbage, and 5 fresh replays", verdict.text)
        # One process for all replays, the fresh ones, two for garbage, and one for the fillers.
        self.assertLessEqual(len(self.processes()), 9)

    def test_the_first_of_a_process_differs(self):
        verdict = self.replay("if number == 0: words = 'one'")
        self.assertFalse(verdict.good)
        self.assertRegex(verdict.text, "41 reports of 41 replays, 8 like the first")

    def test_one_in_the_middle_differs(self):
        self.assertFalse(self.replay("if number == 17: words = 'one'").good)

    def test_garbage_shows(self):
        self.assertFalse(self.replay("if scrambled: words = 'three'").good)

    def test_reports_that_are_missing(self):
        self.assertFalse(self.replay("if number == 20: os._exit(1)").good)

    def test_what_ends_its_process(self):
        verdict = self.replay(DIES)
        self.assertTrue(verdict.good, verdict.text)
        self.assertIn("signatures of 30 and 5 fresh", verdict.text)
        verdict = self.replay(DIES + "\n    if number == 20: words = 'three'")
        self.assertFalse(verdict.good)
        self.assertIn("35 signatures of 35 replays, 34 like the first", verdict.text)

    def test_no_crash_at_all(self):
        with open(self.crash + "-not", "w"):
            pass
        verdict = reports.replay(self.tool(), "alloc", self.crash + "-not", 30, False)
        self.assertFalse(verdict.good)

    def test_what_was_equal_is_not_replayed_again(self):
        self.replay(remember=True)
        before = self.processes()
        self.assertIn("the same before", self.replay(remember=True).text)
        self.assertEqual(self.processes(), before)
        self.replay("number", remember=True)  # another build
        self.assertGreater(self.processes(), before)

    def test_schedule(self):
        files = reports.schedule("c", 20, ["a", "b"])
        self.assertEqual((files.count("c"), files[10], files[21]), (20, "b", "a"))


class Hashes(Fake):
    def test_parse(self):
        said = "junk\n0000000000000001\n0000000000000002\nfinding:x\n"
        self.assertEqual(hashes.parse_engine(said, ["a", "b"]),
                         {"a": "0000000000000002", "b": "finding:x"})
        self.assertEqual(hashes.parse_engine("0000000000000001\n", ["a", "b"]), {})
        self.assertEqual(hashes.parse_tool("needs-access-hooks  a b\n12  c\n"),
                         {"a b": "needs-access-hooks", "c": "12"})

    def compare(self, wrong_variant="", wrong="pass"):
        for variant in hashes.COMPILED:
            self.tool("pass", f"{variant}/spbfuzz", wrong if variant == wrong_variant else "pass")
        for variant in ("fuzz", "plain"):
            path = self.dir / variant / "alloc"
            path.parent.mkdir(exist_ok=True)
            path.write_text("#!/bin/sh\necho 0000000000000000\n"
                            "for file; do printf '%016x\\n' ${#file}; done\n")
            path.chmod(0o755)
        lines = Lines("determinism")
        with mock.patch("spb.tree.fuzz_targets", lambda: ["alloc"]), self.printed() as text, \
                mock.patch.object(proof, "hash_of", lambda path: str(path)):
            hashes.compare(lines, 0, False)
        return lines.failed, text.getvalue()

    def test_compare(self):
        failed, text = self.compare()
        self.assertEqual(failed, 0, text)
        self.assertIn("ok determinism: alloc: libFuzzer, shuffled\n", text)
        self.assertIn("ok determinism: alloc: gcc, garbage 2 before each program\n", text)
        self.assertIn("alloc: 2 inputs were compared before", self.compare()[1])

    def test_a_build_that_differs(self):
        failed, text = self.compare("gcc-O0", 'files = [file for file in files if "b" not in file]')
        self.assertEqual(failed, 1)
        self.assertIn("not ok determinism: alloc: gcc-O0 differs from gcc\n"
                      "  corpus/bb: nothing, not 0000000000000009\n", text)

    def test_garbage_shows(self):
        failed, text = self.compare("gcc", "if scrambled: files = files[1:]")
        self.assertEqual(failed, 2)
        self.assertIn("garbage 1 before each program differs", text)


class Command(Fake):
    def test_samples_are_of_no_day(self):
        os.environ["SAMPLE"] = "8"
        names = [bug.name for bug in command._bugs()]
        self.assertEqual(len(names), 8)
        for day in ("2026-01-01", "2027-07-07"):
            with mock.patch("time.time", lambda: hash(day)):
                self.assertEqual([bug.name for bug in command._bugs()], names)
        os.environ["BUG"] = "*"
        self.assertGreater(len(command._bugs()), 160)

    def test_crashes_that_end_the_process(self):
        files = [str(self.dir / name) for name in ("good", "crash", "end", "z-crash")]
        end = str(self.dir / "end")
        self.tool("pass", "asan/spbfuzz", f"files = files[:(files + ['{end}']).index('{end}')]")
        with mock.patch("spb.tree.git_files", lambda *_: files), \
                mock.patch("spb.tree.fuzz_targets", lambda: ["alloc"]):
            found = command._crashes()
        self.assertEqual([os.path.basename(name) for name, _ in found], ["crash", "end", "z-crash"])

    def test_usage_and_stop(self):
        os.environ["SAMPLE"] = "some"
        self.assertEqual(status.main("determinism", lambda: command.run([])), status.USAGE)
        with mock.patch.object(command, "_all", side_effect=jobs.Stopped):
            self.assertEqual(command.run([]), status.INCONCLUSIVE)


class Proofs(Fake):
    def test_of_its_files_and_settings(self):
        one = proof.Proof("p", [self.crash], replays=3)
        self.assertIsNone(one.get("part"))
        one.note("part", "result")
        self.assertEqual(proof.Proof("p", [self.crash], replays=3).parts(), {"part": "result\n"})
        self.assertIsNone(proof.Proof("p", [self.crash], replays=4).get("part"))
        with open(self.crash, "w") as file:
            file.write("another build")
        self.assertIsNone(proof.Proof("p", [self.crash], replays=3).get("part"))

    def test_says_what_it_is_of(self):
        one = proof.Proof("p", [self.crash], replays=3)
        one.note("part")
        about = one._cache.path(proof.OF).read_text()
        self.assertIn(f"p replays=3 of build {one.key}\n", about)
        self.assertIn(f"  {self.crash}\n", about)
        self.assertIn(tree.ROOT.name and proof.commit(), about)
