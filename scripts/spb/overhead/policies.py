# SPDX-License-Identifier: GPL-2.0-only
"""make policies: the committed programs under changed policies, one table for each group
(docs/results/policies.md has those of a run).

The imported programs come from traces of real allocators; relax and callers make best-effort
requests of their allocations.
"""
from __future__ import annotations

from spb import build, jobs, status, tree


def run(arguments: list[str]) -> int:
    tool = build.tool("gcc")
    build.make(tool)
    imported = [name for name in tree.inputs("alloc") if "/imported-" in name]
    tables = [("traces as they are", "alloc", imported),
              ("traces, allocations as requests that may not sleep", "relax", imported),
              ("traces, allocations as callers with a fallback", "callers", imported)]
    tables += [(f"corpus of {target}", target, tree.inputs(target))
               for target in ("alloc", "relax", "callers")]
    worst = status.PASS
    for heading, target, files in tables:
        ended = jobs.run([tool, "compare", "--target", target, *files])
        print(f"\n{heading}\n{ended.output}", end="")
        worst = max(worst, status.FINDING if ended.status else status.PASS)
    return worst
