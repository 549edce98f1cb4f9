# SPDX-License-Identifier: GPL-2.0-only
import os
from unittest import mock

from fixture import Case
from spb import build, plant
from spb.status import Usage

DIFF = """title: t
rule: one, two
target: {target}

--- a/{file}
+++ b/{file}
@@ -1,2 +1,3 @@
 {first}
+/* changed */
 {second}
"""


class Plant(Case):
    def bug(self, file, target="alloc"):
        os.environ["B"] = str(self.dir)
        patch = self.dir / "sample.patch"
        with open(file) as source:
            first, second = (source.readline().rstrip("\n") for _ in range(2))
        patch.write_text(DIFF.format(file=file, first=first, second=second, target=target))
        with mock.patch.object(plant, "patches", lambda: {"sample": patch}), \
                mock.patch("spb.tree.build_folder", lambda: str(self.dir)):
            return plant.one("sample")

    def test_not_into_a_dropin(self):
        os.environ["DROPIN"] = "mine.c"
        with self.assertRaisesRegex(Usage, "DROPIN and planted bugs exclude each other"):
            plant.named("*")

    def test_head(self):
        bug = self.bug("core/free.c", "walk")
        self.assertEqual((bug.target, bug.counts_accesses), ("walk", True))
        self.assertEqual(bug.rules, ["one", "two"])
        self.assertTrue(bug.code.startswith("--- a/core/free.c\n+++"))

    def test_changed_files(self):
        bug = self.bug("core/free.c")
        bug.plant()
        self.assertEqual(bug.changed_files(), ["core/free"])
        unchanged = bug.dir / "core/init.c"
        before = unchanged.stat().st_mtime_ns
        bug.plant()
        self.assertEqual(unchanged.stat().st_mtime_ns, before)

    def test_header_changes_all(self):
        header = next(name for name in sorted(os.listdir("core")) if name.endswith(".h"))
        bug = self.bug(f"core/{header}")
        bug.plant()
        self.assertEqual(bug.changed_files(), sorted(build.words("asan").core_files))

    def test_does_not_apply(self):
        bug = self.bug("core/free.c")
        bug.patch.write_text(bug.patch.read_text().replace("\n /", "\n no such line /", 1))
        with self.assertRaisesRegex(plant.DoesNotBuild, "does not apply"):
            bug.plant()

    def test_names(self):
        self.assertGreaterEqual(len(plant.named("")), 171)
        self.assertEqual([bug.name for bug in plant.named("free-twice race-walk-e*")],
                         ["free-twice", "race-walk-endless"])
        for pattern in ("no-such-bug", "free-twice no-*"):
            with self.assertRaises(Usage):
                plant.named(pattern)
        with self.assertRaises(Usage):
            plant.one("race-*")
