# SPDX-License-Identifier: GPL-2.0-only
"""Reports of a crash: the same, to the last character, in each of REPLAYS replays.

All replays go through one process, with other inputs in between, since what is carried over
from one program to the next is what could make a difference; a tenth of them once more with
garbage in place of what a program leaves behind. FRESH replays have a process to themselves:
addresses differ there.
"""
from __future__ import annotations

import json
from dataclasses import dataclass

from spb import jobs, sample, tree
from spb.determinism import hashes
from spb.disk.proof import Proof

FRESH, FILLERS, EACH = 5, 20, 10  # a filler comes after each EACH replays
SCRAMBLED = (1, 2)                # seeds of garbage
SECONDS = 1800                    # of one process with all replays


@dataclass(frozen=True)
class Verdict:
    good: bool
    text: str


def fillers(tool: str, target: str) -> list[str]:
    """Inputs of the target that this build runs to their end, whatever they find: the others
    end the process."""
    files = sample.of(tree.inputs(target, untracked=False), FILLERS, "fillers")
    said = jobs.run([tool, "run", "--target", target, "--hash", *files], errors=False,
                    wall=SECONDS).output
    return [file for file, seen in hashes.parse_tool(said).items()
            if not seen.startswith("finding:") and seen != hashes.NEEDS_HOOKS]


def schedule(crash: str, times: int, others: list[str]) -> list[str]:
    """The crash so many times, another input after each tenth."""
    files = []
    for number in range(1, times + 1):
        files.append(crash)
        if others and number % EACH == 0:
            files.append(others[number // EACH % len(others)])
    return files


def parse(said: str, crash: str) -> list[str]:
    """The reports of the crash: each ends with a line "FILE <name>"."""
    found, report = [], []
    for line in said.splitlines():
        if not line.startswith("FILE "):
            report.append(line)
            continue
        if line == f"FILE {crash}":
            found.append("\n".join(report))
        report = []
    return found


def _run(tool: str, target: str, files: list[str], crash: str, scramble: int = 0) -> list[str]:
    env = jobs.environment(**({"SPBFUZZ_SCRAMBLE": str(scramble)} if scramble else {}))
    done = jobs.run([tool, "run", "--target", target, *files], env=env, wall=SECONDS)
    return parse(done.output, crash)


def reports(tool: str, target: str, crash: str, replays: int) -> tuple[list[str], int]:
    """The reports that there are, and how many there should be. None at all when the crash
    ends its process, which is told at the first."""
    first = _run(tool, target, [crash], crash)
    wanted = replays + FRESH
    if not first:
        return [], wanted
    found = first + _run(tool, target, schedule(crash, replays, fillers(tool, target)), crash)
    for _ in range(FRESH - 1):
        found += _run(tool, target, [crash], crash)
    for seed in SCRAMBLED:
        times = max(replays // EACH, 1)
        wanted += times
        found += _run(tool, target, schedule(crash, times, []), crash, seed)
    return found, wanted


def deaths(tool: str, target: str, crash: str, replays: int) -> tuple[list[str], int]:
    """What ends the process has no report of ours: a child for each replay, and its signature."""
    wanted = replays + FRESH
    said = jobs.run([tool, "triage", "--target", target, "--json", *[crash] * wanted],
                    errors=False, wall=SECONDS).output
    try:
        groups = json.loads(said)["groups"]
    except (ValueError, KeyError):
        return [], wanted
    return [group["signature"] for group in groups for _ in group["files"]], wanted


def replay(tool: str, target: str, crash: str, replays: int, remember: bool) -> Verdict:
    """Whether all replays are alike. Remember: what was, once and for all of this build."""
    proof = Proof("determinism-reports", [tool, crash], target=target, replays=replays)
    if remember and proof.get("equal") is not None:
        return Verdict(True, f"{crash}: {replays} of {replays} replays were the same before")
    how, (found, wanted) = "reports", reports(tool, target, crash, replays)
    if not found:
        how, (found, wanted) = "signatures", deaths(tool, target, crash, replays)
    alike = found.count(found[0]) if found else 0
    if alike != wanted or len(found) != wanted:
        return Verdict(False, f"{crash}: {len(found)} {how} of {wanted} replays, "
                              f"{alike} like the first")
    proof.note("equal", f"{wanted} {how}")
    garbage = f", {wanted - replays - FRESH} of them after garbage," if how == "reports" else ""
    return Verdict(True, f"{crash}: {how} of {wanted - FRESH}{garbage} and {FRESH} fresh replays "
                         f"are the same")
