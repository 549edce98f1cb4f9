# SPDX-License-Identifier: GPL-2.0-only
"""What make check does with bugs/.

scripts/run bugs check: patches apply and compile; programs (a sample; ALL=1: all of them) are
clean on the core, and show their bug where it is planted.
scripts/run bugs races: the program of each planted race (a sample, too) has one signature in
RACE_REPLAYS replays on the core with that race, in RACE_PROCESSES fresh processes, and keeps it
when spbfuzz min makes it smaller.
"""
from __future__ import annotations

import functools
import re
from collections import Counter

from spb import build, findings, jobs, plant, sample, variables
from spb.bugs import smallest, trials
from spb.lines import Lines

SAMPLE = 8
RACE_REPLAYS, RACE_PROCESSES, RACE_SAMPLE = 100, 5, 6
RACE_SECONDS = 120  # of one of these processes
FIELDS = ("title", "from", "rule", "depth", "target")


@functools.lru_cache(maxsize=None)
def _rules() -> set[str]:
    with open("docs/rules.md") as file:
        return set(re.findall(r"^\| `([a-z-]+)` \|", file.read(), re.MULTILINE))


def is_rule(name: str) -> bool:
    """Of docs/rules.md, or a sanitizer's; or none yet."""
    return ":" in name or name in ("none", "yet") or name in _rules()


def _wrong_head(bug: plant.Bug) -> str:
    missing = [f"has no {name}" for name in FIELDS if not bug.head.get(name)]
    unknown = [f"names no rule: {name}" for name in bug.rules if not is_rule(name)]
    canary = [] if re.search(r"^\+.*SPB_CANARY\(", bug.code, re.M) else ["has no canary"]
    return (missing + unknown + canary + [""])[0]


def wrong_patch(bug: plant.Bug) -> str:
    """What is wrong with the patch, or nothing. The copy of the core stays as others made it."""
    wrong = _wrong_head(bug) if bug.head.get("rule") else "has no rule"
    if wrong:
        return wrong
    try:
        changed = bug.planted()
    except plant.DoesNotBuild as why:
        return f"does not apply: {why}"
    if not changed:
        return "changes no file"
    line = build.words("asan").core_line
    for name in changed:
        done = jobs.run([*line, "-DSPB_BUG", f"-I{bug.dir}", "-O0", "-fsyntax-only", "-MF",
                         str(bug.dir / "syntax.d"), f"{bug.dir}/{name}.c"])
        if done.status:
            jobs.write_whole(bug.log, done.output)
            return f"does not compile: {bug.log}"
    return ""


def wrong_program(bug: plant.Bug) -> tuple[bool, str]:
    """Whether the committed program is right, and what there is to say."""
    if not trials.is_clean(bug, bug.program):
        return False, f"{bug.program} breaks a rule on the clean core"
    try:
        tool = bug.tool()
    except plant.DoesNotBuild as why:
        return False, str(why)
    rule = findings.rule(smallest.said_of(bug, tool, bug.program))
    if trials.is_expected(bug, rule):
        return True, f"{bug.program} shows {rule}"
    return False, f"{bug.program} shows {rule}, not {bug.head['rule']}"


def _sampled(bugs: list[plant.Bug], number: int) -> list[plant.Bug]:
    return sample.of(bugs, 0 if variables.flag("ALL") else number, name=lambda bug: bug.name)


def check(bugs: list[plant.Bug]) -> bool:
    lines = Lines("bugs")
    build.words("asan")
    wrong = {bug.name: text for bug, text in jobs.each(bugs, wrong_patch)}
    for name, text in sorted(wrong.items()):
        lines.result(not text, f"{name} {text or 'applies and compiles'}")
    programs = _sampled([bug for bug in bugs if bug.program.exists()], SAMPLE)
    build.make(*{build.replayer(bug.target) for bug in programs})
    for _, (good, text) in jobs.each(programs, wrong_program):
        lines.result(good, text)
    return not lines.failed


# ---- races ----------------------------------------------------------------------------------

def _signatures(said: str) -> list[str]:
    return re.findall(r"^SIGNATURE (.*)", said, re.MULTILINE)


def _replays(bug: plant.Bug, tool: str) -> Counter:
    """The signatures of all replays, with how often each was seen."""
    files = [str(bug.program)] * (RACE_REPLAYS // RACE_PROCESSES)
    seen: Counter = Counter()
    for _ in range(RACE_PROCESSES):
        done = jobs.run([tool, "run", "--target", bug.target, *files], wall=RACE_SECONDS)
        seen.update(_signatures(done.output))
    return seen


def _race(bug: plant.Bug) -> list[tuple[bool, str]]:
    try:
        tool = bug.tool()
    except plant.DoesNotBuild as why:
        return [(False, str(why))]
    seen = _replays(bug, tool)
    told = ", ".join(f"{number} x {name}" for name, number in seen.items()) or "nothing"
    if list(seen.values()) != [RACE_REPLAYS]:
        return [(False, f"{bug.program} is not the same {RACE_REPLAYS} times: {told}")]
    said = [(True, f"{bug.program} replays {RACE_REPLAYS} of {RACE_REPLAYS} times")]
    small = bug.dir / "race.spbt"
    small.unlink(missing_ok=True)
    jobs.run([tool, "min", "--quiet", "--target", bug.target, "-o", str(small), str(bug.program)],
             wall=RACE_SECONDS)
    kept = _signatures(smallest.said_of(bug, tool, small))
    if kept == list(seen):
        said.append((True, f"{bug.program} keeps {kept[0]} when it is minimised"))
    else:
        said.append((False, f"{bug.program} has {' '.join(kept) or 'nothing'} when it is "
                            f"minimised, not: {told}"))
    return said


def races(bugs: list[plant.Bug]) -> bool:
    lines = Lines("races")
    with_program = [bug for bug in bugs if bug.counts_accesses and bug.program.exists()]
    build.make(*{build.replayer(bug.target) for bug in with_program})
    for _, said in jobs.each(_sampled(with_program, RACE_SAMPLE), _race):
        for good, text in said:
            lines.result(good, text)
    return not lines.failed
