# SPDX-License-Identifier: GPL-2.0-only
"""make coverage KERNEL=: what it reads of an engine."""
import os
from collections import defaultdict

from fixture import Case
from spb.kernel import coverage
from test_kernel import plant_tree

SAID = """INFO: seed corpus: files: 3
COVERED_FUNC: hits: 5 edges: 2/8 rmqueue /t/mm/page_alloc.c:10
  UNCOVERED_PC: /t/mm/page_alloc.c:12
COVERED_FUNC: hits: 1 edges: 1/1 compact_zone /t/mm/compaction.c:10
UNCOVERED_FUNC: hits: 0 edges: 0/3 warn_alloc /t/mm/page_alloc.c:90
COVERED_FUNC: hits: 9 edges: 1/1 run_program fuzz/harness/run/executor.c:10
"""
MORE = "COVERED_FUNC: hits: 1 edges: 6/8 rmqueue /t/mm/page_alloc.c:10\n"


class Coverage(Case):
    def test_report(self):
        files = defaultdict(dict)
        coverage.parse(SAID, "/t", files)
        coverage.parse(MORE, "/t", files)
        self.assertEqual(sorted(files), ["mm/compaction.c", "mm/page_alloc.c"])
        text = coverage.report(files)
        self.assertRegex(text, r"mm/page_alloc.c +1 of +2 +6 of +11\n")
        self.assertTrue(text.endswith("mm/page_alloc.c: 1 functions that nothing reaches\n"
                                      "  warn_alloc\n"))

    def test_a_line_for_the_end_of_a_session(self):
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        os.environ["KERNEL"] = plant_tree(self.dir, (6, 12, 7))
        engine = self.dir / "engine"
        said = SAID.replace("/t/", os.path.realpath(os.environ["KERNEL"]) + "/")
        engine.write_text(f"#!/bin/sh\ncat >&2 <<'EOF'\n{said}EOF\n")
        engine.chmod(0o755)
        self.assertEqual(coverage.summary(str(engine), []),
                         "  mm/page_alloc.c: 1 of 2 functions\n")
        engine.write_text("#!/bin/sh\nexit 1\n")
        self.assertEqual(coverage.summary(str(engine), []), "")
