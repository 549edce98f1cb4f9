# SPDX-License-Identifier: GPL-2.0-only
"""make ci: what is new, which targets come first, where a finding is shown, and what is written."""
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

from fixture import Case, FolderCase
from spb import findings, status, tree, variables
from spb.continuous import changed, ci, place, report, revisions
from spb.continuous.report import Found, Outcome
from spb.fuzzing.session import Limit, Session
from spb.kernel.base import KNOWN, NEW, UNDECIDED, Judgement
from spb.status import Inconclusive, Usage

DIFF = """diff --git a/core/free.c b/core/free.c
--- a/core/free.c
+++ b/core/free.c
@@ -10,2 +12,3 @@ void f(void)
-old
+new
@@ -30,4 +34,0 @@ void g(void)
-gone
--- a/core/gone.c
+++ /dev/null
@@ -1,9 +0,0 @@
"""
LCOV = "SF:/x/core/free.c\nDA:12,3\nDA:13,0\nDA:35,1\nSF:/x/fuzz/a.c\nDA:12,9\nend_of_record\n"


def found(word=NEW, signature="counter/rmqueue.high", small="alloc s0\n", text="FINDING ```\n",
          target="alloc"):
    return Found(target, signature, "one too many <&>\x1b[1m", text, "build/ci/crashes/alloc/x",
                 small, "make repro CRASH=x", "core/free.c", 7, "fuzzing",
                 Judgement(word, "BASE= runs it to its end"))


class Changed(Case):
    def test_lines(self):
        self.assertEqual(changed.lines_of(DIFF), {"core/free.c": {12, 13, 14, 34, 35}})

    def test_executed(self):
        self.assertEqual(changed.executed(LCOV), {"core/free.c": {12, 35}})

    def test_order(self):
        numbers = {"alloc": 1, "relax": 0, "race": 5}
        with mock.patch.object(changed, "since", lambda _: {"core/free.c": {1}}), \
                mock.patch.object(changed.build, "make"), \
                mock.patch.object(changed, "reached", lambda target, *_: numbers[target]):
            found_order = changed.order(list(numbers), "HEAD", self.dir)
        self.assertEqual(list(found_order), ["race", "alloc", "relax"])

    def test_nothing_changed(self):
        with mock.patch.object(changed, "since", lambda _: {}), \
                mock.patch.object(changed.build, "make", self.fail):
            self.assertEqual(changed.order(["alloc"], "HEAD", self.dir), {"alloc": 0})

    def test_more_of_the_time(self):
        one = Session("fuzz", "build", ["race", "alloc", "walk"])
        one.weights = {"race": changed.WEIGHT}
        shares = [one.share(Limit(50), one.targets[number:]).seconds for number in range(3)]
        for seconds, expected in zip(shares, (30, 25, 50)):
            self.assertAlmostEqual(seconds, expected, delta=1)


class Place(Case):
    def of(self, signature, text=""):
        return place.of(signature, text)

    def test_function(self):
        file, line = self.of("lockset/shim_none", "")
        self.assertIn(file, place.TABLES)
        for name in ("spb_update_list", "__free_one_page"):
            file, line = self.of(f"counter/{name}.high")
            self.assertTrue(file.startswith("core/"), name)
            self.assertIn(f"{name}(", "".join(Path(file).read_text().splitlines(True)
                                              [line - 1:line + 1]))

    def test_rule(self):
        for rule in ("lock-order", "promise-no-fallback"):
            file, line = self.of(f"{rule}/-")
            self.assertIn(file, place.TABLES)
            shown = Path(file).read_text().splitlines()[line - 1]
            self.assertIn(rule.removeprefix("promise-"), shown)

    def test_frame(self):
        self.assertEqual(self.of("AddressSanitizer:use-after-poison/alloc",
                                 "    #1 0x1 in f /x/y/core/free.c:12:3\n"), ("core/free.c", 12))
        self.assertEqual(self.of("SIGSEGV/alloc"), ("core/page_alloc.c", 1))


class Written(FolderCase):
    def outcome(self, *crashes, **more):
        return Outcome("abc base", "def", "FAIL", list(crashes), {"alloc": "9 programs, 0 crash"},
                       {"alloc": "5 programs"}, seconds={"build": 2.0}, **more)

    def test_markdown(self):
        text = report.markdown(self.outcome(found(), open=["race: not started"]))
        self.assertIn("## spbfuzz: FAIL", text)
        self.assertIn("| new | `counter/rmqueue.high` | alloc | core/free.c:7 |", text)
        self.assertIn("````\nFINDING ```\n````", text)
        self.assertIn("* not decided: race: not started", text)
        self.assertNotIn("\x1b", text)

    def test_text_from_outside_stays_in_its_cell(self):
        one = found(UNDECIDED)
        one = replace(one, judgement=Judgement(UNDECIDED, "cannot run it:\n| <img src=x> `y`"))
        said = report.markdown(self.outcome(one, open=["race: a\n## b"]))
        [row] = [line for line in said.splitlines() if line.startswith("| undecided")]
        self.assertTrue(row.endswith("| cannot run it: \\| &lt;img src=x&gt; 'y' |"), row)
        self.assertNotIn("\n## b", said)

    def test_a_summary_has_a_limit(self):
        text = report.markdown(self.outcome(found(small="x" * 2 * report.MOST_SUMMARY)))
        self.assertLess(len(text.encode()), report.MOST_SUMMARY + 100)

    def test_junit(self):
        crashes = [found(word, f"a/{word}") for word in (NEW, UNDECIDED, KNOWN)]
        suite = ElementTree.fromstring(report.junit(self.outcome(*crashes, open=["x"])))[0]
        counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
        self.assertEqual(counts, {"tests": "6", "failures": "1", "errors": "2", "skipped": "1"})
        self.assertEqual(len(suite), 6)
        failure = suite.find(".//failure/..")
        said = failure.find("system-out").text
        for part in ("FINDING", "alloc s0", "make repro CRASH=x"):
            self.assertIn(part, said)

    def test_sarif(self):
        run = json.loads(report.sarif(self.outcome(found(), found(KNOWN))))["runs"][0]
        self.assertEqual(run["tool"]["driver"]["rules"], [{"id": "counter"}])
        first, second = run["results"]
        place_of = first["locations"][0]["physicalLocation"]
        self.assertEqual(place_of, {"artifactLocation": {"uri": "core/free.c"},
                                    "region": {"startLine": 7}})
        self.assertEqual((first["baselineState"], second["baselineState"]), ("new", "unchanged"))
        self.assertEqual((first["level"], second["level"]), ("error", "note"))

    def test_annotation(self):
        text = report.annotation(found(signature="a,b:c/d"))
        self.assertTrue(text.startswith("::error file=core/free.c,line=7,"
                                        "title=new%3A a%2Cb%3Ac/d::"), text)
        self.assertEqual(text.count("\n"), 0)

    def test_files(self):
        os.environ.update(GITHUB_STEP_SUMMARY="summary", GITHUB_ACTIONS="true")
        with self.printed() as text:
            ci.write(self.outcome(found()))
        self.assertEqual(Path("summary").read_text(), (ci.FOLDER / "summary.md").read_text())
        self.assertIn("::error file=core/free.c", text.getvalue())
        self.assertTrue((ci.FOLDER / "junit.xml").is_file())


class Pages(FolderCase):
    def test_a_page_that_cannot_be_made(self):
        with mock.patch.object(ci.export, "write", side_effect=Inconclusive("no room")), \
                self.printed() as text:
            self.assertEqual(ci.page("a/x", "alloc"), "")
        self.assertIn("no page of a/x: no room", text.getvalue())

    def test_pages(self):
        made = []
        with mock.patch.object(ci.export, "write", lambda *words: made.append(words)):
            one, other = ci.with_pages([found(), found(target="race")])
        self.assertEqual(one.page, "build/ci/pages/alloc-x.html")
        self.assertEqual(made[1][1:], ("race", "build/ci/pages/race-x.html"))
        text = report.markdown(Outcome("", "", found=[one]))
        self.assertIn(f"page: {one.page}", text)


class Verdict(Case):
    def how(self, *words, unsaid=()):
        outcome = Outcome("", "", found=[found(word) for word in words], open=list(unsaid))
        return ci.verdict(outcome)

    def test_statuses(self):
        self.assertEqual(self.how(), status.PASS)
        self.assertEqual(self.how(KNOWN), status.PASS)
        self.assertEqual(self.how(KNOWN, UNDECIDED), status.INCONCLUSIVE)
        self.assertEqual(self.how(UNDECIDED, NEW), status.FINDING)
        self.assertEqual(self.how(unsaid=["not started"]), status.INCONCLUSIVE)
        self.assertEqual(self.how(NEW, unsaid=["not started"]), status.FINDING)

    def test_one_of_two(self):
        two = [found(KNOWN), found(NEW), found(NEW, target="race")]
        self.assertEqual([one.judgement.word for one in ci.distinct(two)], [NEW, NEW])


class Replay(FolderCase):
    def test_what_crashes_is_kept(self):
        self.script("tool", "#!/bin/sh\ncase $* in\n"
                    "*--hash*) echo 'finding:counter  corpus/alloc/two'\n"
                    "echo '0123  corpus/alloc/one' ;;\n"
                    "*) echo 'FINDING counter op=x'; echo 'SIGNATURE counter/a' ;; esac\n")
        crashes, outcome = findings.Crashes("ci", self.dir / "crashes"), Outcome("", "")
        with mock.patch.object(ci.build, "replayer", lambda _: "./tool"), \
                mock.patch.object(ci.tree, "inputs",
                                  lambda _: ["corpus/alloc/one", "corpus/alloc/two"]):
            ci.replay(outcome, ["alloc"], crashes)
        crash = crashes.found["alloc", "counter/a"]
        self.assertEqual(Path(crash.input).read_text(), "two")
        self.assertEqual(outcome.replayed["alloc"], "2 programs, 1 crash")


class Run(FolderCase):
    def test_what_replay_met_outlives_fuzzing(self):
        """Both meet the same input; fuzzing finds a smaller one, and drops it."""
        seen = []

        def fuzzing(outcome, weights):
            one = Session("fuzz", "build", ["alloc"])
            one.crashes.folder = ci.FOLDER / "crashes"
            for data in (b"larger", b"less"):
                one.crashes.keep_data("alloc", "SIGNATURE a/b\n", data)
            return one

        def replay(outcome, targets, crashes):
            crashes.keep_data("alloc", "SIGNATURE a/b\n", b"larger")

        def describe(crash, *_):
            seen.append(Path(crash.input).read_text())
            return found()

        os.environ["BASE"] = "HEAD"
        with mock.patch.multiple(ci, fuzzing=fuzzing, replay=replay, describe=describe,
                                 with_pages=lambda all_found: all_found), \
                mock.patch.object(revisions.revision, "commit", lambda _: "abc"), \
                mock.patch.object(ci.changed, "order", lambda *_: {}), \
                mock.patch.object(ci.build, "make"), self.printed() as text:
            self.assertEqual(ci.run([]), status.FINDING)
        self.assertEqual(seen, ["larger", "less"])
        self.assertIn("FAIL: distinct crashes: 1 new", text.getvalue())


class Base(FolderCase):
    def refused(self, **more):
        with mock.patch.dict(os.environ, more), self.assertRaises(Usage) as why:
            ci.run([])
        return str(why.exception)

    def test_revisions(self):
        self.assertIn("BASE= names no revision", self.refused())
        with mock.patch.object(revisions.revision, "commit", lambda _: ""):
            self.assertIn("BASE=nonsense is no revision", self.refused(BASE="nonsense"))
        self.assertIn("BUG= does not go with it", self.refused(BUG="x", BASE="HEAD"))

    def test_no_replayer_there(self):
        with mock.patch.object(revisions, "replayer", side_effect=Inconclusive("no such rule")):
            self.assertEqual(str(revisions.judge("file", "alloc", "own", "abc", self.dir)),
                             "undecided: BASE= cannot run it: no such rule")

    def test_a_checkout(self):
        """The replayer of a commit is built in a folder of its own, and there are few of these."""
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
        os.makedirs("tree/fuzz")
        Path("tree/fuzz/targets.def").write_text("TARGET(alloc)\nTARGET(race, accesses)\n")
        Path("tree/Makefile").write_text("build/%/spbfuzz:\n\tmkdir -p $(@D) && echo $* >$@\n")
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
            subprocess.run([*git, *words], cwd="tree", check=True)
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd="tree", text=True,
                                stdout=subprocess.PIPE, check=True).stdout.strip()
        revisions.replayer.cache_clear()
        with mock.patch.object(tree, "ROOT", self.dir / "tree"):
            tools = {target: revisions.replayer(commit, target, Path("build/ci"))
                     for target in ("alloc", "race")}
            with self.assertRaises(Inconclusive):
                revisions.replayer(commit, "walk", Path("build/ci"))
        self.assertEqual(Path(tools["alloc"]).read_text(), "asan\n")
        self.assertEqual(Path(tools["race"]).read_text(), "race-asan\n")
        self.assertIn(f"build/ci/tree-{commit[:12]}/tree/", tools["alloc"])
        self.assertTrue(Path(f"build/ci/tree-{commit[:12]}/.used").exists() or
                        (self.dir / f"tree/build/ci/tree-{commit[:12]}/.used").exists())

    def test_the_sentence(self):
        self.assertIn("ci", variables.listed()["BASE"].sentence)
