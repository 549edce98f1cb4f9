# SPDX-License-Identifier: GPL-2.0-only
"""Inputs that are committed keep their meaning, and none gets lost.

Each program that make check replayed when tests/data/programs was written is still among the
inputs, whatever its name is now, and still decodes to the text that it had; and all of a target
still reach whatever they reached then (tests/data/reached).

    scripts/run part format --refresh   writes both anew: for more inputs, or after a change that
                                        was meant

A new version of the format comes with a converter: "show" of the old tool and "asm" of the new
one, as long as text keeps its meaning. Converted inputs change no line of either file but hashes
of bytes, and the first word of a text, which is its version."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path

from spb import build, jobs, tree
from spb.lines import Lines

PROGRAMS, REACHED = Path("tests/data/programs"), Path("tests/data/reached")
LEAST_REACHED = 100
DIGITS = 16


def _hash(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()[:DIGITS]


def decode(files: list[Path], folder: Path) -> dict[str, str]:
    """Hash of the text by hash of the bytes, of programs of any target."""
    tool = build.tool("gcc")
    contents = {_hash(path.read_bytes()): path for path in files}
    (folder / "bytes").mkdir(parents=True)
    (folder / "text").mkdir()
    for name, path in contents.items():
        (folder / "bytes" / name).write_bytes(path.read_bytes())
    jobs.run([tool, "show", "-o", str(folder / "text"),
              *(str(folder / "bytes" / name) for name in contents)])
    found = {}
    for name in contents:
        text = folder / "text" / f"{name}.spbt"
        found[name] = _hash(text.read_bytes()) if text.is_file() else "does-not-decode"
    return found


def reach_of(target: str) -> list[str]:
    """Names of what the corpus of a target reaches."""
    said = jobs.run([build.tool(build.bare(target)), "reach", "--json", "--target", target,
                     *tree.inputs(target)], errors=False).output
    names = []
    for value in json.loads(said or "{}").values():
        if isinstance(value, dict):
            names += [name for name, times in value.items() if times]
    return sorted(f"{target} {name}" for name in set(names))


def _programs() -> list[Path]:
    return [Path(name) for target in tree.fuzz_targets() for name in tree.inputs(target)]


def listed() -> dict[str, str]:
    return dict(line.split() for line in PROGRAMS.read_text().splitlines()
                if not line.startswith("#"))


def refresh(scratch: Path) -> None:
    """What was listed stays, as long as it is there: the list never shrinks by itself."""
    found = decode(_programs(), scratch / "refresh")
    lost = [name for name in (listed() if PROGRAMS.exists() else {}) if name not in found]
    for name in lost:
        print(f"format: {name} is no input any more; take its line out by hand if that is meant")
    head = ("# Programs that make check replays: hash of the bytes, hash of the text. "
            "scripts/run part format --refresh\n")
    kept = {name: text for name, text in (listed() if lost else {}).items() if name in lost}
    rows = sorted({**kept, **found}.items())
    jobs.write_whole(PROGRAMS, head + "".join(f"{name} {text}\n" for name, text in rows))
    reached = [line for target in tree.fuzz_targets() for line in reach_of(target)]
    jobs.write_whole(REACHED, "".join(f"{line}\n" for line in reached))


def would_be_noticed(lines: Lines, scratch: Path) -> None:
    """An operation, the version, a piece of the header that became another."""
    samples = [path for path in _programs() if path.stat().st_size > 20][:3]
    changed = []
    for path, at in zip(samples, (0, 1, 16)):
        data = bytearray(path.read_bytes())
        data[at] ^= 3
        changed.append(scratch / f"changed-{at}")
        changed[-1].write_bytes(data)
    before = list(decode(samples, scratch / "before").values())
    after = list(decode(changed, scratch / "after").values())
    lines.result(len(set(before) | set(after)) == 6, "another version, geometry or operation "
                 "in three of them is noticed", [*before, *after])


def run(lines: Lines, scratch: Path) -> None:
    known, found = listed(), decode(_programs(), scratch / "now")
    lost = [name for name in known if name not in found]
    lines.result(not lost, f"each of {len(known)} programs is still replayed", lost)
    other = [name for name in known if name in found and found[name] != known[name]]
    lines.result(not other, f"{len(known)} committed inputs decode as they did (else: scripts/run "
                 "part format --refresh, if that was meant)", other)
    lines.result(len(found) <= 2 * len(known), "most of the committed inputs are listed")
    reached = {line for target in tree.fuzz_targets() for line in reach_of(target)}
    before = REACHED.read_text().splitlines()
    missing = [line for line in before if line not in reached]
    lines.result(not missing and len(before) >= LEAST_REACHED,
                 f"the corpora still reach {len(before)} things (else: the same, if that was "
                 "meant)", missing)
    would_be_noticed(lines, scratch)
