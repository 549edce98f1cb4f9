# SPDX-License-Identifier: GPL-2.0-only
"""make same BASE=<revision>: does this tree behave as another revision did?

scripts/run same [PART...] BASE=<revision> records what both do (recording.py says what; the parts
are hashes, reports and mutants, without a name all of them) and prints what differs, in groups of
the same change. What only this tree has is no difference: inputs and bugs may be added.

Recordings stay in build/same/<commit>/; that of a tree with changes, in build/same/changed/, is
made anew each time. BASE is checked out and built in build/same/<commit>/tree, which may be
deleted.

tests/data/same-accepted lists the differences that are wanted: of which BASE, where (wildcards),
the lines that go away (-) or come (+) as regular expressions, and the reason:

  48cabb8 report/race-* report/one
  	- its old line .*
  	+ its new line .*
  	The reason, in as many lines as it takes.

A line that differs and that no entry explains is a failure; so is an entry of this BASE and of the
parts that were compared that explains nothing.
"""
from __future__ import annotations

import collections
import difflib
import fnmatch
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from spb import build, jobs, tree, variables
from spb.same import recording, revision
from spb.same.revision import Revision
from spb.status import FINDING, PASS, Usage

ACCEPTED = Path("tests/data/same-accepted")
FOLDER = Path("build/same")
SHOWN_LINES, SHOWN_NAMES = 20, 30

# What differs, and how: "- old line" and "+ new line" by "hash/...", "report/...", "mutant/...".
Changes = dict[str, list[str]]


# ---- what is accepted -------------------------------------------------------

@dataclass
class Accepted:
    base: str
    what: list[str]
    lines: list[str] = field(default_factory=list)
    reason: str = ""
    used: set[str] = field(default_factory=set)

    def explains(self, key: str, line: str) -> bool:
        if not any(fnmatch.fnmatchcase(key, what) for what in self.what):
            return False
        for pattern in self.lines:
            if pattern[0] == line[0] and re.fullmatch(pattern[2:], line[2:]):
                self.used.add(pattern)
                return True
        return False


def read_accepted(text: str) -> list[Accepted]:
    entries: list[Accepted] = []
    for line in text.splitlines():
        words = line.strip()
        if not words or line.startswith("#"):
            continue
        if not line[0].isspace():
            base, *what = words.split()
            entries.append(Accepted(base, what))
        elif words[:2] in ("- ", "+ ") or words in "-+":
            entries[-1].lines.append(words.ljust(2))
        else:
            entries[-1].reason = f"{entries[-1].reason} {words}".strip()
    for entry in entries:
        if not entry.reason or not entry.lines:
            raise Usage(f"{ACCEPTED}: {entry.base} {' '.join(entry.what)} has no lines, or no "
                        "reason")
    return entries


# ---- comparing --------------------------------------------------------------

def read_values(path: Path, kind: str, keys: int) -> dict[str, list[str]]:
    """Lines of which the first words are the key."""
    found = {}
    for line in path.read_text().splitlines():
        words = line.split(maxsplit=keys)
        found["/".join([kind, *words[:keys]])] = [words[keys]]
    return found


def read_reports(folder: Path) -> dict[str, list[str]]:
    return {f"report/{path.name}": path.read_text().splitlines() for path in folder.iterdir()}


READ = {"hashes": lambda folder: read_values(folder / "hashes", "hash", 3),
        "reports": lambda folder: read_reports(folder / "reports"),
        "mutants": lambda folder: read_values(folder / "mutants", "mutant", 1)}


def reference(part: str, folder: Path) -> dict[str, list[str]]:
    """What is expected of the other one. A report depends on its program alone: among others it
    is expected to be what a process of its own says, whatever BASE says there."""
    found = READ[part](folder)
    for key in found:
        if key.endswith(".many"):
            found[key] = found[key.removesuffix(".many")]
    return found


def compare(old: dict[str, list[str]], new: dict[str, list[str]]) -> Changes:
    changes = {}
    for key, lines in old.items():
        now = new.get(key, ["(is gone)"])
        if lines != now:
            changes[key] = [line for line in difflib.ndiff(lines, now) if line[0] in "-+"]
    return changes


def unexplained(changes: Changes, accepted: list[Accepted]) -> Changes:
    left = {key: [line for line in lines
                  if not any(entry.explains(key, line) for entry in accepted)]
            for key, lines in changes.items()}
    return {key: lines for key, lines in left.items() if lines}


# ---- recording --------------------------------------------------------------

def about() -> str:
    """What both recordings must have been made with."""
    return (f"{build.compiler_version('CC')}\n{build.compiler_version('CLANG')}\n"
            f"{variables.assignments(variables.changed('build'))}\n")


def forget(folder: Path) -> None:
    for part in ("reports", "reports.part"):
        shutil.rmtree(folder / part, ignore_errors=True)
    for part in ("hashes", "mutants"):
        (folder / part).unlink(missing_ok=True)


def record(asked: Revision, folder: Path, parts: list[str]) -> None:
    note = folder / "about"
    if not note.exists() or note.read_text() != about():
        forget(folder)
        jobs.write_whole(note, about())
    for part in parts:
        if not (folder / part).exists():
            recording.RECORD[part](asked, folder)


def record_base(name: str, parts: list[str]) -> Path:
    folder = FOLDER / name
    whole = all((folder / part).exists() for part in parts) and (folder / "about").exists()
    if not whole or (folder / "about").read_text() != about():
        print(f"recording {name[:12]}")
        record(revision.check_out(name, tree.ROOT / folder / "tree"), folder, parts)
    return folder


def record_this(parts: list[str]) -> Path:
    clean = revision.is_clean()
    folder = FOLDER / (revision.commit("HEAD") if clean else "changed")
    if not clean:
        forget(folder)
    print("recording this tree")
    record(Revision(tree.ROOT), folder, parts)
    return folder


# ---- the command ------------------------------------------------------------

def print_groups(changes: Changes) -> None:
    groups = collections.defaultdict(list)
    for key, lines in changes.items():
        kind = key.split("/")[0]
        groups[kind, *(re.sub(" [0-9a-f]{16}$", " (a hash)", line) for line in lines)].append(key)
    for (kind, *lines), keys in sorted(groups.items(), key=lambda group: -len(group[1])):
        print(f"{kind}: {len(keys)} with this difference:")
        for key in keys[:SHOWN_NAMES]:
            print(f"  {key}")
        if len(keys) > SHOWN_NAMES:
            print(f"  ... {len(keys) - SHOWN_NAMES} more")
        for line in lines[:SHOWN_LINES]:
            print(f"    {line}")
        if len(lines) > SHOWN_LINES:
            print(f"    ... {len(lines) - SHOWN_LINES} more lines")


def compare_part(part: str, base: Path, this: Path, accepted: list[Accepted]) -> bool:
    old, new = reference(part, base), READ[part](this)
    changes = compare(old, new)
    left = unexplained(changes, accepted)
    print(f"{part}: {len(old)} compared, {len(new.keys() - old.keys())} are new, "
          f"{len(changes)} differ, {len(left)} of them without a reason")
    print_groups(left)
    return not left


def obsolete(accepted: list[Accepted], parts: list[str]) -> list[str]:
    """Lines of the list that explain nothing."""
    kinds = [part.removesuffix("es" if part == "hashes" else "s") for part in parts]
    return [f"{entry.base} {' '.join(entry.what)}: {line}" for entry in accepted
            if any(what.split("/")[0] in kinds for what in entry.what)
            for line in entry.lines if line not in entry.used]


def run(arguments: list[str]) -> int:
    parts = arguments or [*recording.PARTS]
    for part in parts:
        if part not in recording.PARTS:
            raise Usage(f"there is no part {part}; there are: {' '.join(recording.PARTS)}")
    if variables.get("DROPIN") or variables.get("BUG"):
        raise Usage("two cores are compared as they are: neither DROPIN= nor BUG= goes with it")
    base = revision.commit(variables.get("BASE") or "-")
    if not base:
        raise Usage("BASE= names no revision to compare with")
    accepted = [entry for entry in read_accepted((tree.ROOT / ACCEPTED).read_text())
                if base.startswith(entry.base)]
    folders = record_base(base, parts), record_this(parts)
    equal = [compare_part(part, *folders, accepted) for part in parts]
    unused = obsolete(accepted, parts)
    for line in unused:
        print(f"{ACCEPTED}: no such difference any more: {line}")
    print("the same" if all(equal) and not unused else "not the same")
    return PASS if all(equal) and not unused else FINDING
