# SPDX-License-Identifier: GPL-2.0-only
"""make triage-truth: how well signatures tell bugs apart. Each planted bug of BUG= (default: all)
is tried on the corpus of its target, on that of alloc and on its own program; EACH of the files
that crash there are kept. All of them together are grouped by signature, as spbfuzz triage
does, and compared with the truth: the bug that was planted. Bugs in one line of bugs/classes
count as one. Prints B-cubed precision and recall (accuracy.py).

LEAST=percent: status 1 when one of them is below, as found or shrunk, with classes as one.
build/truth/<way>/table has one line per bug and signature. What was found of a bug is a proof of
its build (build/proofs/truth/), so a run that was ended goes on.
"""
from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from spb import build, jobs, plant, sample, status, tree, variables
from spb.disk.proof import Proof
from spb.status import Usage
from spb.triage.accuracy import Pairs, score, with_classes

EACH = 10
CLASSES = "bugs/classes"
WAYS = {"as-found": [], "minimized": ["--minimize"]}


def classes(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def groups(tool: str, target: str, files: list[str], *options: str) -> dict[str, list[str]]:
    """The files that crash, by signature."""
    said = jobs.run([tool, "triage", "--target", target, "--json", *options, *files],
                    errors=False).output
    try:
        return {group["signature"]: group["files"] for group in json.loads(said)["groups"]}
    except ValueError:
        return {}


def crashing(bug: plant.Bug, tool: str, each: int) -> list[str]:
    """So many files that crash, its own program first. The others come in an order that says
    nothing about them, so that no more need to be tried than it takes."""
    found = [str(bug.program)] if bug.program.exists() else []
    targets = sorted({bug.target, "alloc"})
    files = sample.shuffled(name for target in targets
                            for name in tree.inputs(target, untracked=False))
    while files and len(found) < each:
        some, files = files[:4 * each], files[4 * each:]
        crashed = {name for names in groups(tool, bug.target, some).values() for name in names}
        found += [name for name in some if name in crashed]
    return found[:each]


def measure(bug: plant.Bug) -> dict[str, dict[str, int]] | str:
    """Of each way how many of its files have which signature; or why there is nothing."""
    try:
        tool = bug.tool()
    except plant.DoesNotBuild as why:
        return str(why)
    each = variables.number("EACH", EACH)
    inputs = tree.hash_of_files(*tree.inputs(bug.target, untracked=False),
                                *tree.inputs("alloc", untracked=False))
    programs = [bug.program] if bug.program.exists() else []
    proof = Proof("truth", [tool, *programs], each=each, inputs=inputs)
    known = proof.get("signatures")
    if known:
        return json.loads(known)
    files = crashing(bug, tool, each)
    found = {way: {name: len(of_name) for name, of_name in
                   (groups(tool, bug.target, files, *options) if files else {}).items()}
             for way, options in WAYS.items()}
    proof.note("signatures", json.dumps(found))
    return found


def _write_table(way: str, pairs: Pairs) -> None:
    lines = sorted(f"{bug} {group} {files}\n" for (bug, group), files in pairs.items())
    jobs.write_whole(Path(tree.build_folder()) / "truth" / way / "table", "".join(lines))


def _print(ways: dict[str, Pairs], least: int) -> bool:
    """Return: whether precision and recall are enough."""
    with open(CLASSES) as file:
        as_one = classes(file.read())
    good = True
    for way, pairs in ways.items():
        _write_table(way, pairs)
        print(f"{way}, each bug for itself: {score(pairs)}")
        total = score(with_classes(pairs, as_one))
        print(f"{way}, classes as one: {total}")
        good = good and 100 * min(total.precision, total.recall) >= least
    return good


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    bugs = plant.named(variables.get("BUG"))
    build.make(*sorted({build.replayer(bug.target) for bug in bugs}))
    ways: dict[str, Pairs] = {way: Counter() for way in WAYS}
    failed = False
    for bug, found in jobs.each(bugs, measure):
        if isinstance(found, str):
            print(f"triage-truth: {found}", file=sys.stderr)
            failed = True
            continue
        for way, signatures in found.items():
            ways[way].update({(bug.name, name): files for name, files in signatures.items()})
        if variables.flag("V"):
            print(f"{bug.name} {found}")
    least = variables.number("LEAST")
    if not _print(ways, least):
        print(f"less than {least} %")
        return status.FINDING
    return status.INCONCLUSIVE if failed else status.PASS
