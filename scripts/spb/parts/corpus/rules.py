# SPDX-License-Identifier: GPL-2.0-only
"""Each rule is put to the test by the corpus: one that nothing tests says nothing by staying
quiet."""
from __future__ import annotations

import re
from pathlib import Path

from spb import build, jobs, tree
from spb.lines import Lines

# Counted nowhere: a kernel says for itself when it warns; broken promises are findings under
# STRICT=1 alone, and counted by "spbfuzz reach"; each access is looked at in a build with hooks,
# which is too often to count, and the processor looks at stacks.
UNCOUNTED = re.compile("kernel-(warn|bug|retries)|promise-.*|undefined|wild-access|stack-overflow|"
                       "data-race|lockset")
LEAST_RULES = 80
# The double of a kernel neither claims pageblocks nor compacts: its planted faults alone do. That a
# tree puts them to the test is a line of make check KERNEL=.
ON_A_TREE = ("claim", "compact-io", "compact-target", "compact-upwards", "fallback-choice",
             "needless-mix", "steal")

# On the double of a kernel: what the rules about kernels are put to the test by.
FAKE = "kernel/fake"


def counts(said: str) -> list[tuple[str, str]]:
    """How often, and which rule, of what --rules prints."""
    return re.findall(r"^ *(\d+|-) ([a-z-]+)$", said, re.M)


def _count(lines: Lines, target: str, variant: str, sums: dict[str, int | None]) -> None:
    ended = jobs.run([build.tool(variant), "run", "--target", target,
                      "--rules", *tree.inputs(target)], errors=False)
    if ended.status:
        lines.not_ok(f"{target}: replay, status {ended.status}", ended.output)
    for times, rule in counts(ended.output):
        sums[rule] = None if times == "-" else (sums.get(rule) or 0) + int(times)


def run(lines: Lines, scratch: Path) -> None:
    sums: dict[str, int | None] = {}
    for target in tree.fuzz_targets():
        _count(lines, target, build.bare(target), sums)
    _count(lines, tree.DEFAULT_TARGET, FAKE, sums)
    lines.result(len(sums) >= LEAST_RULES, f"{len(sums)} rules are counted, at least {LEAST_RULES}")
    for rule, times in sums.items():
        if times is None:
            lines.result(bool(UNCOUNTED.fullmatch(rule)), f"{rule}: not counted, as is known")
        elif rule not in ON_A_TREE:
            lines.result(times > 0, f"{rule} was put to the test {times} times")
