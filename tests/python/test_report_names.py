# SPDX-License-Identifier: GPL-2.0-only
"""Reports of planted bugs lead to the cause: names in place of numbers, a picture, where to look,
what came before, and for races both places and who else is under way."""
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from fixture import Case
from spb import plant, tree

# One for each kind of sentence.
BUGS = ("alloc-nr-free-twice", "borrow-in-clean", "borrow-relabels", "category-reclaimable",
        "claim-cross-type", "cma-unmovable", "contig-no-roll-back", "empty-nofragment",
        "evacuate-no-settle", "free-bit-kept", "handout-stale-type", "highatomic-count",
        "isolate-lock-order", "isolate-pcp", "kswapd-order-smallest", "list-tail",
        "merge-wrong-list", "noretry-served", "optional-ignored", "own-fragments-first",
        "pcp-wrong-list", "relax-skips-step", "slowpath-nofragment", "walk-emptiest-first",
        "watermark-nonblock", "work-queued-twice")
RACES = ("race-contig-no-recheck", "race-has-bit-outside", "race-put-not-atomic",
         "race-worker-twice")
NUMBER = re.compile(r"\b(type|stage|category|reason|gfp|flags|bits|kind|class|byte|decided|"
                    r"labell?ed|label|list) (0x)?\d|(?<!\|)0x|\b429496\d{4}\b|\bof the arena\b")
PICTURE = re.compile(r"^ .*\|[A-Za-z.?#]+\|$|^    \w+ -> \w+: ", re.M)
PLACE = r"\w+\(\) at \w+/\w+\.[ch]:\d+"


def said_of(name, *options):
    bug = plant.one(name)
    tool = bug.tool("race" if bug.counts_accesses else "gcc")
    done = subprocess.run([tool, "run", "--target", bug.target, *options, bug.program],
                          cwd=tree.ROOT, capture_output=True, text=True, errors="replace",
                          timeout=100)
    return name, done.returncode, done.stderr


class Names(Case):
    def reports(self, names):
        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(said_of, names))
        for name, status, text in said:
            self.assertEqual(status, 1, f"{name}: {text}")
        return [(name, text) for name, _, text in said]

    def test_reports_of_planted_bugs(self):
        self.assertEqual(len(BUGS) + len(RACES), 30)
        for name, said in self.reports(BUGS + RACES):
            with self.subTest(name):
                self.assertIsNone(NUMBER.search(said), said)
                self.assertRegex(said, PICTURE)
                self.assertRegex(said, r"(?m)^  look at \w")
                self.assertRegex(said, r"(?m)^EVENTS before the finding, the newest last\n"
                                       r"(  CPU \d, \w+ of step \d+: .*\n)+FINDING ")

    def test_the_access_without_its_lock(self):
        _, _, said = said_of("race-plain-pending")
        self.assertRegex(said, rf"(?m)^  plain read on CPU 0: {PLACE}$")

    def test_operations_under_way(self):
        _, _, said = said_of("race-worker-twice")
        self.assertRegex(said, rf"(?m)^  under way on CPU 0: work of step 4\n    left in {PLACE}, "
                               rf"inlined in {PLACE}$")
