# SPDX-License-Identifier: GPL-2.0-only
"""Reports of crashes: what they say, and the smallest input of each signature."""
from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from spb import jobs, variables
from spb.disk import origin

SANITIZER_LINES = 40  # of a report that is not ours


def _first(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text, re.MULTILINE)
    return match[1] if match else None


def signature(text: str) -> str:
    """The name under which a crash counts: the report's, else what the sanitizer sums up."""
    name = _first(r"^SIGNATURE (.*)$", text) or _first(r"^SUMMARY: (.*)$", text) or "unknown"
    return name[:-4] if name.endswith(" in ") else name


def rule(text: str) -> str:
    """The rule that was broken, or <sanitizer>:<kind of error>."""
    name = _first(r"^FINDING ([a-z-]*) ", text)
    if name:
        return name
    match = re.search(r"^SUMMARY: ([A-Za-z]*): ([a-z-]*)", text, re.MULTILINE)
    return f"{match[1]}:{match[2]}" if match else "unknown"


def report(text: str) -> str:
    """The report without what the engine says around it."""
    own = re.search(r"^(?:EVENTS [^\n]*\n(?:  [^\n]*\n)*)?FINDING.*?^SIGNATURE [^\n]*$", text,
                    re.MULTILINE | re.DOTALL)
    if own:
        return own[0]
    other = re.search(r"^[^\n]*(?:ERROR: |runtime error:).*?(?:^SUMMARY[^\n]*$|\Z)", text,
                      re.MULTILINE | re.DOTALL)
    return "\n".join(other[0].splitlines()[:SANITIZER_LINES]) if other else text[-2000:]


def read(path: str | Path) -> str:
    """A log, which may have any bytes, or may not be there."""
    try:
        return Path(path).read_text(errors="replace")
    except FileNotFoundError:
        return ""


def hash_of_data(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def hash_of(path: str | Path) -> str:
    return hash_of_data(Path(path).read_bytes())


def is_whole(path: str | Path) -> bool:
    """Has an engine written all of the input? Its name is the hash, and a full disk leaves
    less of it."""
    name = os.path.basename(path)
    match = re.fullmatch(r"[a-z-]+-([0-9a-f]{40})", name)
    return not match or hash_of(path) == match[1]


@dataclass
class Crash:
    target: str
    signature: str
    input: str  # nothing: it could not be written
    report: str
    times: int = 1
    judgement: object = ""  # what BASE= says of it


@dataclass
class Crashes:
    """The crashes of a session, in the order in which they were met."""
    found_by: str
    folder: Path = Path("crashes")  # a folder for each target below it
    found: dict[tuple[str, str], Crash] = field(default_factory=dict)

    def keep(self, target: str, text: str, path: str) -> None:
        """An input that crashed, and what was said of it: the smaller one of two with the same
        signature stays, the other file goes."""
        name = signature(text)
        old = self.found.get((target, name))
        if not old:
            self.found[target, name] = Crash(target, name, path, text)
        else:
            old.times += 1
            if old.input == path:
                return
            if old.input and os.path.getsize(path) >= os.path.getsize(old.input):
                os.unlink(path)
                return
            if old.input:
                origin.forget(old.input)
                os.unlink(old.input)
            old.input, old.report = path, text
        origin.write(path, origin.note(target, self.found_by, text))

    def keep_data(self, target: str, text: str, data: bytes) -> None:
        """The same of an input that lies somewhere else."""
        copy = self.folder / target / f"crash-{hashlib.sha1(data).hexdigest()}"
        if not copy.is_file() or copy.read_bytes() != data:
            jobs.write_whole(copy, data)
        self.keep(target, text, str(copy))

    def lost(self, target: str, text: str) -> bool:
        """An input that could not be written. Return: is it the first of its signature?"""
        name = signature(text)
        if (target, name) in self.found:
            self.found[target, name].times += 1
            return False
        self.found[target, name] = Crash(target, name, "", text)
        return True

    def print(self) -> None:
        for crash in self.found.values():
            print(f"\nCRASH {crash.signature} (target {crash.target}, seen {crash.times} times)")
            if crash.judgement:
                print(crash.judgement)
            print(report(crash.report))
            if crash.input:
                print(f"replay: make repro CRASH={crash.input}{variables.replay_words()}")
            else:
                print("the program could not be written; its text is above")


def what_was_reached(text: str) -> str:
    """Of what "spbfuzz reach" says: totals, and what was never reached."""
    lines, group = [], ""
    for line in text.splitlines():
        words = line.split()
        if re.match(r"[a-z].*: [0-9]+ of [0-9]+$", line):
            group = line
            lines.append("  " + line)
        elif line.endswith("never") and not group.startswith("events"):
            lines.append("    never: " + words[0])
        elif re.match(r"  (promise|dropped)-", line):
            lines.append(f"    {words[0]} {words[1]}")
        elif re.match(r"promises: |a dropped lock |schedules: |programs: |ended early|known: ",
                      line):
            lines.append("  " + line)
    return "\n".join(lines)
