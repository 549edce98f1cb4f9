# SPDX-License-Identifier: GPL-2.0-only
"""Where things are: the root, the build folder, targets, inputs."""
from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
from pathlib import Path

from spb import variables
from spb.status import Inconclusive, Usage

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_TARGET = "alloc"


def enter() -> None:
    """All paths that commands print and pass on are relative to the root."""
    os.chdir(ROOT)


@functools.lru_cache(maxsize=None)
def build_folder() -> str:
    """B: "build", or what make says where DROPIN= is set."""
    if os.environ.get("B"):
        return os.environ["B"]
    if not variables.get("DROPIN"):
        return "build"
    made = subprocess.run(["make", "-s", "--no-print-directory", "build-dir"], cwd=ROOT,
                          env=variables.environment(), stdout=subprocess.PIPE, text=True)
    if made.returncode:
        raise Usage(f"DROPIN={variables.get('DROPIN')} cannot be used; docs/dropin.md says how")
    return made.stdout.strip()


@functools.lru_cache(maxsize=None)
def _targets() -> dict[str, set[str]]:
    """The flags of each target, in the order of fuzz/targets.def."""
    text = (ROOT / "fuzz/targets.def").read_text()
    found = re.findall(r"^TARGET\((\w+)((?:, *\w+)*)\)$", text, re.MULTILINE)
    return {name: set(flags.replace(",", " ").split()) for name, flags in found}


def fuzz_targets() -> list[str]:
    """All but the one that does nothing."""
    return [name for name in _targets() if name != "empty"]


def race_targets() -> list[str]:
    return [name for name in _targets() if counts_accesses(name)]


def counts_accesses(target: str) -> bool:
    """Schedules of some targets count memory accesses: those get the core with access hooks."""
    return "accesses" in _targets()[target]


def chosen_targets(among: list[str] | None = None) -> list[str]:
    """Those of TARGET=, or all of them."""
    among = fuzz_targets() if among is None else among
    names = variables.get("TARGET").split()
    if names == ["all"]:
        return among
    for name in names:
        if name not in among:
            raise Usage(f"no target {name}; there are: {' '.join(among)} all")
    return names


def target_of(path: str) -> str:
    """The target that an input belongs to: the folder it lies in, else TARGET, else alloc."""
    folder = Path(path).absolute().parent.name
    if folder in fuzz_targets():
        return folder
    name = variables.get("TARGET")
    if name == "all":
        return DEFAULT_TARGET
    if name not in fuzz_targets():
        raise Usage(f"TARGET={name} is not one target; there are: {' '.join(fuzz_targets())}")
    return name


def git_files(*patterns: str, untracked: bool = False) -> list[str]:
    """Files that git knows (or, with untracked, would take) and that are there, sorted."""
    more = ["--cached", "--others", "--exclude-standard"] if untracked else []
    listed = subprocess.run(["git", "ls-files", "-z", *more, "--", *patterns], cwd=ROOT,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if listed.returncode:
        raise Inconclusive(f"git ls-files: {listed.stderr.strip()}")
    names = set(listed.stdout.split("\0")) - {""}
    return sorted(name for name in names if (ROOT / name).is_file())


def is_input(path: str) -> bool:
    name = os.path.basename(path)
    return not name.startswith(".") and not name.endswith(".md")


def seeds(target: str, untracked: bool = True) -> list[str]:
    """What the text programs of seeds/<target>/ are assembled to: build.make() sees to it."""
    return [f"build/programs/{target}/{Path(name).stem}"
            for name in git_files(f"seeds/{target}/*.spbt", untracked=untracked)]


def corpus_folders(target: str) -> list[str]:
    """Where the programs are that engines start from."""
    return [f"corpus/{target}", f"build/programs/{target}"]


def inputs(target: str, untracked: bool = True) -> list[str]:
    """Inputs of a target: its corpus, its seeds, and the crashes that were accepted."""
    named = git_files(f"corpus/{target}", f"crashes/{target}", untracked=untracked)
    return sorted([name for name in named if is_input(name)] + seeds(target, untracked))


def hash_of_files(*paths: str) -> str:
    """One hash of names and contents."""
    total = hashlib.sha1()
    for path in sorted(paths):
        total.update(path.encode() + b"\0" + hashlib.sha1((ROOT / path).read_bytes()).digest())
    return total.hexdigest()[:16]


def hash_of_sources() -> str:
    """Of everything that decides what a program does and what is said of it: results that are
    kept from one day to the next are of one value of this."""
    return hash_of_files(*git_files("core", "include", "fuzz", "dict", "bugs/canary.c", "Makefile",
                                    "make", untracked=True))
