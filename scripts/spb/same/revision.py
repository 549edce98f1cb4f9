# SPDX-License-Identifier: GPL-2.0-only
"""A revision of this project in a folder: what it has, and how it is asked.

Here stands all that same.py must know of layouts: how a tree of 48cabb8 (commands in bash, planted
bugs in one folder) is asked, and how one of today.
"""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from spb import jobs, tree, variables
from spb.status import Inconclusive

# What decides how a tree is built stays; everything else that make and people set is of this tree.
COMPILERS = ("CC", "CLANG", "RACE_CLANG", "CFLAGS", "LDFLAGS", "WERROR")
OF_THIS_TREE = ("B", "FUZZ_TARGETS", "RACE_TARGETS", "THREADS")


def _environment() -> dict[str, str]:
    of_this = {*variables.listed(), *OF_THIS_TREE} - {*COMPILERS}
    return {name: value for name, value in jobs.environment().items()
            if name not in of_this and not name.startswith("SPBFUZZ_")}


@dataclass(frozen=True)
class Bug:
    program: Path  # the text that shows it
    target: str


class Revision:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.env = _environment()

    def run(self, argv: list[str], **more) -> jobs.Result:
        return jobs.run(argv, env={**self.env, **more}, cwd=self.root)

    def command(self, argv: list[str], **more) -> str:
        """What a command prints that must end well."""
        done = self.run(argv, **more)
        if done.status:
            raise Inconclusive(f"{self.root}: {' '.join(argv)}: status {done.status}\n"
                               f"{done.output}")
        return done.output

    def has(self, path: str) -> bool:
        return (self.root / path).exists()

    def build(self, *variants: str) -> None:
        self.command(["make", f"-j{variables.get('JOBS')}",
                      *(f"build/{variant}/spbfuzz" for variant in variants)])

    def tool(self, variant: str) -> str:
        return str(self.root / f"build/{variant}/spbfuzz")

    def targets(self) -> list[str]:
        text = (self.root / "fuzz/targets.def").read_text()
        return [name for name in re.findall(r"^TARGET\((\w+)", text, re.M) if name != "empty"]

    def counts_accesses(self, target: str) -> bool:
        text = (self.root / "fuzz/targets.def").read_text()
        if "accesses" in text:
            return bool(re.search(rf"^TARGET\({target},.*\baccesses\b", text, re.M))
        return target in ("race", "walk")  # 48cabb8 has their names in its Makefile

    def files(self, *patterns: str) -> list[Path]:
        """Those that git knows."""
        listed = subprocess.run(["git", "ls-files", "-z", "--", *patterns], cwd=self.root,
                                stdout=subprocess.PIPE, text=True, check=True).stdout
        return [self.root / name for name in listed.split("\0") if (self.root / name).is_file()]

    def inputs(self, target: str, scratch: Path) -> list[Path]:
        """Committed programs as bytes: corpus, accepted crashes, and what seeds are made into."""
        found = [path for path in self.files(f"corpus/{target}", f"crashes/{target}")
                 if not path.name.startswith(".") and path.suffix != ".md"]
        there = {path.name for path in found}
        for text in self.files(f"seeds/{target}/*.spbt"):
            if text.stem not in there:  # 48cabb8 keeps what is made of its seeds in corpus/
                made = scratch / target / text.stem
                made.parent.mkdir(parents=True, exist_ok=True)
                self.command([self.tool("gcc"), "asm", "-o", str(made), str(text)])
                found.append(made)
        return found

    def bugs(self) -> dict[str, Bug]:
        """The planted bugs that have a program, by name, whatever the folders below bugs/."""
        found = {}
        for patch in self.root.glob("bugs/**/*.patch"):
            program = patch.with_suffix(".spbt")
            target = re.search(r"^target: *(\w+)", patch.read_text(), re.M)
            if program.exists() and target:
                found[patch.stem] = Bug(program, target[1])
        return found

    def tools_with_bugs(self, names: list[str]) -> dict[str, str]:
        """Build the replayer with sanitizers with each of these bugs, and say where it is."""
        self.build("asan", "race-asan")
        words = ["scripts/bugs.sh"] if self.has("scripts/bugs.sh") else ["scripts/run", "bugs-tool"]
        printed = self.command([*words, "tool"], BUG=" ".join(names), JOBS=variables.get("JOBS"))
        paths = {Path(line).parent.name: line for line in printed.split()}
        missing = {*names} - paths.keys()
        if missing:
            raise Inconclusive(f"{self.root}: not built: {', '.join(sorted(missing))}")
        return {name: str(self.root / paths[name]) for name in names}

    def mutants(self, sample: int, seed: int) -> str:
        """Lines "id line result how rule" of a run without fuzzing."""
        bash = "scripts/mutants.sh"
        run = [bash] if self.has(bash) else ["scripts/run", "mutants"]
        self.command(run, SAMPLE=str(sample), SEED=str(seed), FUZZ="0", JOBS=variables.get("JOBS"))
        return (self.root / "build/mutants/outcomes").read_text()


def commit(name: str, root: Path = tree.ROOT) -> str:
    """The whole hash of a commit, or nothing."""
    words = ["git", "rev-parse", "--verify", "--quiet", name + "^{commit}"]
    found = subprocess.run(words, cwd=root,
                           stdout=subprocess.PIPE, text=True)
    return found.stdout.strip()


def is_clean() -> bool:
    said = subprocess.run(["git", "status", "--porcelain"], cwd=tree.ROOT, stdout=subprocess.PIPE,
                          text=True)
    return said.returncode == 0 and not said.stdout


def check_out(name: str, folder: Path) -> Revision:
    """A copy of a commit of its own, with the history that its commands ask."""
    if not (folder / ".git").exists():
        # Whole, or not there: whoever is killed in between leaves the other name.
        new = folder.with_name(folder.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        clone = ["git", "clone", "-q", "--shared", "--no-checkout"]
        for argv in ([*clone, str(tree.ROOT), str(new)],
                     ["git", "-C", str(new), "checkout", "-q", "--detach", name]):
            done = jobs.run(argv)
            if done.status:
                raise Inconclusive(f"{' '.join(argv)}: {done.output.strip()}")
        os.replace(new, folder)
    return Revision(folder)
