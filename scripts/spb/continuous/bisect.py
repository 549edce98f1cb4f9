# SPDX-License-Identifier: GPL-2.0-only
"""make bisect CRASH=file GOOD=revision BAD=revision: the commit that brought a crash.

The search of git bisect, along the first parents from GOOD to BAD, with the replayer of each
revision: one checkout in build/bisect/, in which only what differs is built anew. A revision has
the crash when it shows the signature that BAD shows; where schedules count memory accesses, also
when one of the schedules near that of the program does. A revision that does not build, or of which
nobody can say it, is left out, and said.

Status: 0 when it is one commit, 3 when it is one of several."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

from spb import jobs, status, tree
from spb.disk import alone
from spb.continuous import revisions
from spb.kernel import base
from spb.programs.repro import crash
from spb.same import revision
from spb.same.revision import Revision
from spb.status import Inconclusive, Stop, Usage

FOLDER = Path("build/bisect")
HAS, HAS_NOT, UNSAID = "bad", "good", "skip"


def between(good: str, bad: str) -> list[str]:
    """The commits after good up to bad, the oldest first."""
    said = jobs.run(["git", "rev-list", "--first-parent", "--reverse", f"{good}..{bad}"],
                    errors=False)
    commits = said.output.split()
    ancestor = jobs.run(["git", "merge-base", "--is-ancestor", good, bad])
    if said.status or ancestor.status or not commits:
        raise Usage("GOOD= is no ancestor of BAD=")
    return commits


def search(commits: list[str], judge: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """The last of the commits is bad, what is before the first is good. Return: those of which one
    is the first bad one, and those that were left out."""
    good, bad = -1, len(commits) - 1
    skipped: set[int] = set()
    while True:
        left = [at for at in range(good + 1, bad) if at not in skipped]
        if not left:
            break
        # The nearest to the middle that can be asked.
        at = min(left, key=lambda number: abs(2 * number - good - bad))
        how = judge(commits[at])
        if how == HAS:
            bad = at
        elif how == HAS_NOT:
            good = at
        else:
            skipped.add(at)
    return commits[good + 1:bad + 1], [commits[at] for at in sorted(skipped)]


class Bisection:
    def __init__(self, path: str, target: str) -> None:
        self.path, self.target = path, target
        self.place = tree.ROOT / FOLDER / "tree"
        self.wanted = ""

    def check_out(self, commit: str) -> Revision:
        asked = revision.check_out(commit, self.place)
        # What a commit brings may lie where nobody looked after another one.
        for words in (["checkout", "-q", "--force", "--detach", commit],
                      ["clean", "-q", "-fd", "-e", "build"]):
            done = jobs.run(["git", "-C", str(self.place), *words])
            if done.status:
                raise Inconclusive(f"git {words[0]}: {done.output.strip()}")
        return asked

    def signature(self, commit: str) -> tuple[str, str]:
        """The replayer of a commit, and what the program shows there."""
        tool = revisions.tool_in(self.check_out(commit), self.target)
        return tool, base.signature(tool, self.target, self.path)

    def judge(self, commit: str) -> str:
        try:
            tool, shown = self.signature(commit)
            how = HAS if shown == self.wanted else HAS_NOT
            if how == HAS_NOT and tree.counts_accesses(self.target):
                how = HAS if base.nearby(self.path, self.target, self.wanted, tool)[0] else HAS_NOT
            reason = shown or "it runs to its end"
        except (Stop, base.Unsaid) as why:
            how, reason = UNSAID, str(why).splitlines()[0] if str(why) else "it cannot be said"
            if isinstance(why, jobs.Stopped):
                raise
        print(f"{how:4}  {revisions.subject(commit)}: {reason}")
        return how


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    revisions.refuse_other_cores()
    path = os.path.abspath(crash("bisect"))
    target = tree.target_of(path)
    good, bad = revisions.named("GOOD"), revisions.named("BAD")
    with alone.in_this_tree("bisect"):
        return _run(path, target, good, bad)


def _run(path: str, target: str, good: str, bad: str) -> int:
    commits = between(good, bad)
    one = Bisection(path, target)
    try:
        one.wanted = one.signature(bad)[1]
    except base.Unsaid as why:
        raise Inconclusive(f"BAD= cannot run it: {why}") from None
    if not one.wanted:
        raise Usage(f"BAD= runs {path} to its end with target {target}")
    print(f"{HAS:4}  {revisions.subject(bad)}: {one.wanted}")
    of_good = one.judge(good)
    if of_good == UNSAID:
        raise Inconclusive("GOOD= cannot run it")
    if of_good == HAS:
        raise Usage("GOOD= shows it too")
    first, skipped = search(commits, one.judge)
    for commit in skipped:
        print(f"left out: {revisions.subject(commit)}")
    if len(first) > 1:
        print("one of these brought it, and nobody can say which:")
    for commit in first:
        print(revisions.subject(commit) if len(first) > 1 else
              f"{revisions.subject(commit)}\nbrought {one.wanted}")
    return status.PASS if len(first) == 1 else status.INCONCLUSIVE
