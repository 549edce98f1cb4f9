# SPDX-License-Identifier: GPL-2.0-only
"""Programs of planted bugs are programs of the present format, and silent on the clean core."""
from fixture import Case
from spb import build, jobs, plant, tree


class Programs(Case):
    def test_all_run(self):
        tool = f"{tree.build_folder()}/race/spbfuzz"
        build.make(tool)
        by_target: dict[str, list[str]] = {}
        for bug in plant.named("*"):
            if bug.program.exists():
                by_target.setdefault(bug.target, []).append(str(bug.program))
        for target, programs in sorted(by_target.items()):
            with self.subTest(target=target):
                ran = jobs.run([tool, "run", "--target", target, *programs])
                self.assertEqual((ran.status, ran.output), (0, ""))
