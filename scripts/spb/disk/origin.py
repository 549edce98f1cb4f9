# SPDX-License-Identifier: GPL-2.0-only
"""Where a crash came from. crashes/about/<target>/<hash of the input>.txt says it: what ran,
the revision, the variables, the object in which accesses are counted, and below that the report.
The name is that of the content, so an input that is renamed keeps its note."""
from __future__ import annotations

import functools
import hashlib
import subprocess
from pathlib import Path

from spb import jobs, tree, variables

ABOUT = "about"
OWN = "core"


def source() -> str:
    """What runs in this command."""
    for name, words in (("BUG", "planted bug"), ("DROPIN", "drop-in"), ("KERNEL", "kernel")):
        if variables.get(name):
            return f"{words} {variables.get(name)}"
    return OWN


def replay_words(said: str) -> str:
    """The variable that brings a source back."""
    for name, words in (("BUG", "planted bug "), ("DROPIN", "drop-in "), ("KERNEL", "kernel ")):
        if said.startswith(words):
            return variables.assignments({name: said[len(words):]})
    return ""


@functools.lru_cache(maxsize=None)
def revision() -> str:
    asked = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"], cwd=tree.ROOT,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return asked.stdout.strip() or "none"


def _hooked(target: str) -> str:
    """The hash of the objects whose accesses a schedule counts: another one is another program."""
    if variables.get("KERNEL") or not tree.counts_accesses(target):
        return ""
    total = hashlib.sha1()
    for path in sorted(Path(tree.build_folder(), "hooked/core").glob("*.o")):
        total.update(path.read_bytes())
    return f"hooked core: {total.hexdigest()}\n"


def note(target: str, found_by: str, report: str) -> str:
    """The text about an input that this command has found."""
    flags = variables.assignments(variables.changed("build", "verdict")).strip()
    return (f"from: {source()}\nfound by: {found_by}\nrevision: {revision()}\nflags: {flags}\n"
            f"{_hooked(target)}\n{report}")


def place(path: str | Path) -> Path:
    """Of the note on an input in crashes/<target>/."""
    path = Path(path).absolute()
    name = hashlib.sha1(path.read_bytes()).hexdigest()
    return path.parent.parent / ABOUT / path.parent.name / f"{name}.txt"


def of(path: str | Path) -> dict[str, str]:
    """What the head of its note says; nothing where there is none."""
    about = place(path)
    if not about.is_file():
        return {}
    head, _, _ = about.read_text(errors="replace").partition("\n\n")
    pairs = (line.partition(": ") for line in head.splitlines())
    return {name: value for name, _, value in pairs}


def write(path: str | Path, text: str) -> None:
    jobs.write_whole(place(path), text)


def forget(path: str | Path) -> None:
    """Before the input goes."""
    place(path).unlink(missing_ok=True)
