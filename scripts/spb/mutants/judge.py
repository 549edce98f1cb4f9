# SPDX-License-Identifier: GPL-2.0-only
"""What becomes of a mutant.

First all are compiled. What a mutant is, is its assembly: equal to the original's, or to that of
a mutant before it, it is the same code. Then each code goes through these until one fails:

  corpus   the corpus and the accepted crashes of every target, model and oracles on
  seeds    what the heads of seeds/ say is reached
  tests    the unit tests
  fuzzing  every target from its corpus, executions and seed fixed

What is known of a mutant or of a code is a part of a proof, so a run that was ended goes on.
"""
from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import threading
from pathlib import Path
from typing import Callable, Iterator

from spb import build, jobs, tree, variables
from spb.mutants import programs
from spb.disk.proof import Proof
from spb.status import Inconclusive

FUZZ = 24  # thousand executions
# How the executions are shared: the first target has the whole alphabet.
SHARES = {"alloc": 6, "relax": 2, "callers": 2, "boot": 2}
# The whole corpus takes 1 CPU second, all tests 1: what takes longer hangs.
CPU_SECONDS, WALL_SECONDS = 5, 600
MAX_LEN = 4096
CANNOT_RUN = (125, 126, 127)


def fuzz_thousands() -> int:
    text = variables.get("FUZZ")
    return int(text) if text else FUZZ


class Killed(Exception):
    """Something failed: the words that say what, "killed corpus endless" for example."""


class Judge:
    """Of mutants of the core as it is."""

    def __init__(self) -> None:
        self.inputs = {target: tree.inputs(target) for target in programs.targets()}
        self.seeds = {target: sorted(map(str, Path("seeds", target).glob("*.spbt")))
                      for target in programs.targets()}
        self.unit = str(programs.unit())
        self.tool = str(programs.folder() / "bin/spbfuzz")
        self.proof = self._proof()
        self._work: list[Path] = []  # folders that nobody uses now
        self._lock = threading.Lock()
        self._folders = 0

    def _proof(self) -> Proof:
        """Of everything but the mutant."""
        assembly = map(programs.assembly_of, build.words("gcc").core_files)
        data = [*(name for files in self.inputs.values() for name in files),
                *(name for files in self.seeds.values() for name in files),
                *tree.git_files("fuzz/mutants", "fuzz/mutator", "scripts/spb/mutants/judge.py",
                                untracked=True)]
        return Proof("mutants", [self.tool, self.unit, *assembly],
                     data=tree.hash_of_files(*data))

    # ---- parts of the proof ----

    @staticmethod
    def _part(mutant: str) -> str:
        return mutant.replace("/", "_")

    def code_of(self, mutant: str) -> str | None:
        """"uncompiled", "same" (as the original), or the hash of its assembly; None: unknown."""
        known = self.proof.get(self._part(mutant))
        return known.strip() if known else None

    def verdict_of(self, code: str) -> str | None:
        known = self.proof.get(f"code-{code}")
        return known.strip() if known else None

    def is_judged(self, code: str) -> bool:
        words = (self.verdict_of(code) or "error").split()
        if words[0] == "survived":
            return int(words[1]) >= fuzz_thousands()
        return words[0] != "error"

    # ---- compiling ----

    @contextlib.contextmanager
    def work(self) -> Iterator[Path]:
        """A folder of one's own."""
        with self._lock:
            if self._work:
                folder = self._work.pop()
            else:
                folder = programs.folder() / f"work.{self._folders}"
                self._folders += 1
                shutil.rmtree(folder, ignore_errors=True)
                (folder / "core").mkdir(parents=True)
        try:
            yield folder
        finally:
            with self._lock:
                self._work.append(folder)

    def _object(self, code: str) -> Path:
        return programs.folder() / "objects" / self.proof.key / f"{code}.o"

    def compile(self, mutant: str) -> None:
        """Note what its code is, and keep the object where it is another one."""
        with self.work() as work:
            self.proof.note(self._part(mutant), self._compile(mutant, work))

    def _compile(self, mutant: str, work: Path) -> str:
        name = mutant.split(".c:")[0]
        source, assembly = work / f"{name}.c", work / "gcc.s"
        self._mutate(mutant, source)
        if jobs.run(programs.compile_line("gcc", str(source), str(assembly))).status:
            return "uncompiled"
        text = assembly.read_bytes()
        if text == programs.assembly_of(name).read_bytes():
            return "same"
        code = hashlib.sha1(text).hexdigest()[:20]
        self._object(code).parent.mkdir(parents=True, exist_ok=True)
        made = work / "gcc.o"
        if jobs.run(programs.assemble_line("gcc", str(assembly), str(made))).status:
            return "uncompiled"
        made.replace(self._object(code))
        return code

    def _mutate(self, mutant: str, source: Path) -> None:
        text = programs.mutate("make", mutant)
        if not text:
            raise Inconclusive(f"there is no mutant {mutant}")
        source.write_text(text)

    # ---- judging ----

    def judge(self, mutant: str) -> str:
        """Through all of it, or only what an earlier run left out."""
        code = self.code_of(mutant)
        survived = (self.verdict_of(code) or "").startswith("survived")
        with self.work() as work:
            verdict = self._judge(mutant, code, work, survived)
        self.proof.note(f"code-{code}", verdict)
        self._object(code).unlink(missing_ok=True)
        return verdict

    def _judge(self, mutant: str, code: str, work: Path, survived: bool) -> str:
        name, library = mutant.split(".c:")[0], str(work / "libcore.so")
        try:
            if not survived:
                if not self._object(code).exists():  # judged once, and forgotten since
                    self._compile(mutant, work)
                line = programs.library_line("gcc", library, name, str(self._object(code)))
                # What calls a function that does not exist is found by the loader alone.
                if jobs.run(line).status:
                    return "uncompiled -"
                self._replay(work)
                self._test(work)
            if fuzz_thousands():
                self._fuzz(mutant, name, library, work)
        except Killed as words:
            return str(words)
        return f"survived {fuzz_thousands()}"

    def check_original(self) -> None:
        """What fails without a mutation would kill all of them."""
        self._check_once("original", programs.folder() / "gcc", self._replay, self._test)
        if fuzz_thousands():
            self._check_once("engines", programs.folder() / "plain", self._begin_engines)

    def _check_once(self, name: str, work: Path, *steps: Callable[[Path], None]) -> None:
        if self.proof.get(name):
            return
        try:
            for step in steps:
                step(work)
        except Killed as words:
            raise Inconclusive(f"the core as it is: {words}: {work}/log")
        self.proof.note(name, "passed")

    def _begin_engines(self, work: Path) -> None:
        for target in SHARES:
            self._run_engine(target, 1, work)

    @staticmethod
    def _step(how: str, seconds: int, work: Path, argv: list[str]) -> None:
        log = work / "log"
        done = jobs.run(argv, cpu=seconds, wall=WALL_SECONDS, output=log,
                        env=jobs.environment(LD_LIBRARY_PATH=str(work)))
        if done.status == 0:
            return
        if done.timed_out or done.status in (-24, -9):  # SIGXCPU and SIGKILL are the limits'
            raise Killed(f"timeout {how}")
        if done.status in CANNOT_RUN:
            raise Killed(f"error {how}")
        rule = re.search(r"^FINDING ([a-z-]*) ", log.read_text(errors="replace"), re.MULTILINE)
        raise Killed(f"killed {how} {rule[1] if rule else ''}".rstrip())

    def _replay(self, work: Path) -> None:
        for target, files in self.inputs.items():
            self._step("corpus", CPU_SECONDS, work,
                       [self.tool, "run", "--first", "--target", target, *files])
        for target, files in self.seeds.items():
            if files:
                self._step("seeds", CPU_SECONDS, work,
                           [self.tool, "reach", "--quiet", "--target", target, *files])

    def _test(self, work: Path) -> None:
        for name in programs.test_names():
            self._step("tests", CPU_SECONDS, work, [self.unit, name])

    def _fuzz(self, mutant: str, name: str, library: str, work: Path) -> None:
        source, assembly, made = work / f"{name}.c", work / "plain.s", work / "plain.o"
        self._mutate(mutant, source)
        for line in (programs.compile_line("plain", str(source), str(assembly)),
                     programs.assemble_line("plain", str(assembly), str(made)),
                     programs.library_line("plain", library, name, str(made))):
            if jobs.run(line).status:
                raise Killed("error compile")
        thousands = fuzz_thousands()
        for target, share in SHARES.items():
            new = work / "new"  # the first folder gets what is new
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir()
            runs = thousands * 1000 * share // sum(SHARES.values())
            self._run_engine(target, runs, work, str(new), *tree.corpus_folders(target))

    def _run_engine(self, target: str, runs: int, work: Path, *folders: str) -> None:
        self._step("fuzzing", 60 + fuzz_thousands(), work, [
            str(programs.folder() / "bin" / target), f"-dict=dict/{target}.dict", "-seed=1",
            f"-runs={runs}", f"-max_len={MAX_LEN}", "-timeout=25", f"-artifact_prefix={work}/",
            "-use_value_profile=0", *folders])
