# SPDX-License-Identifier: GPL-2.0-only
"""make mutants KERNEL=<tree>: changes the tree's allocation, free, per-CPU lists, fallback,
isolation and compaction mechanically, one place at a time (fuzz/mutants/mutate.c), and sees
whether anything here notices.

  SAMPLE=n      how many (default 150), or all;  SEED=n  another sample (default 1)
  MUTANT='id id'  these alone (with wildcards), however large the sample
  FUZZ=n        CPU seconds of fuzzing after the replay of the corpus (default 20), or 0
  LEAST=n       status 1 unless n percent of those that are not equivalent were killed
  JOBS=n        so many at a time

A mutant is one file compiled again, in a copy. Its code is the assembly without sanitizers: equal
to the original's, or to that of a mutant before it, it is the same. Then the engine of target alloc
replays corpus/alloc, and fuzzes from it. What became of each is kept below build/proofs/, so a run
that was ended goes on. bugs/kernel/mutants.equivalent lists those that nothing can tell apart.
"""
from __future__ import annotations

import fnmatch
import hashlib
import re
import shutil
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from spb import build as ours, findings, jobs, status, tree, variables
from spb.disk import proof
from spb.bugs.trials import MAX_LEN, crash_of
from spb.fuzzing.fuzz import ENGINE_FLAGS
from spb.kernel import harness
from spb.kernel.object import build, objects
from spb.mutants import programs
from spb.status import Inconclusive, Usage

TARGET = "alloc"
SAMPLE, SEED, FUZZ = "150", "1", 20
FILES = ("mm/page_alloc.c", "mm/compaction.c", "mm/page_isolation.c")
# Of functions of these files: which the operations of programs are about, and among them those
# that only configure, print, or serve what a program has no operation for.
ABOUT = re.compile(r"alloc|free|rmqueue|pcp|drain|fallback|claim|steal|highatomic|watermark|"
                   r"nofragment|expand|prep_|post_|compound|buddy|migratetype|_list|isolat|range|"
                   r"split|contig|bulk|retry|reclaim|kswapd|boost|compact|scan|skip|merge|order|"
                   r"freelist|migrat|pageblock|unmovable")
BESIDE = re.compile(r"zonelist|sysctl|show|meminfo|exact|frag_cache|frag_alloc|frag_free|accept|"
                    r"hwpoison|take_page_off|put_page_back|break_down|__init|cpuhp|cpu_dead|"
                    r"cpu_online|kasan|proactive|fragmentation_score|kcompactd|_store|"
                    r"compact_nodes|offline|reserved|warn|bad|dump|numa|register_node|"
                    r"per_cpu_pages|calculate_|adjust_managed|free_zone_pages|free_buffer_pages|"
                    r"fs_reclaim|"
                    r"zone_pcp|setup_|unaccepted|deferred_grow|deferred_pages|node_states|"
                    r"pageset_init|cacheinfo|get_free_pages|get_zeroed|lowmem_reserve_ratio")
EQUIVALENT = "bugs/kernel/mutants.equivalent"
# The replay, and twice as long for a mutant that only is slow.
REPLAY_CPU_SECONDS, WALL_SECONDS = 60, 1200
RESULTS = (("uncompiled", "does not build"), ("same", "equivalent: the same code"),
           ("equivalent", "judged equivalent"), ("error", "could not be run"))


@dataclass(frozen=True)
class Mutant:
    """One, as a plant that build.py can build. Of: the tree."""
    id: str  # mm/page_alloc.c:function:operator:ordinal
    line: str
    of: Path

    @property
    def name(self) -> str:
        return self.id

    @property
    def file(self) -> str:
        return self.id.split(":")[0]

    @property
    def folder(self) -> str:
        return f"mutants/{re.sub('[^a-zA-Z0-9]', '-', self.id)}"

    def text(self, source: str) -> str:
        return mutate(self.of, "make", self.id)


def mutate(kernel: Path, *words: str) -> str:
    """Files are named as the tree names them."""
    done = jobs.run([str(programs.mutator().absolute()), *words], cwd=kernel, errors=False)
    if done.status:
        raise Inconclusive(f"mutate {' '.join(words[:2])} ends with status {done.status}")
    return done.output


def is_about(function: str) -> bool:
    return bool(ABOUT.search(function)) and not BESIDE.search(function)


def listed(kernel: Path, seed: str) -> list[Mutant]:
    """All there are, those with the lowest hash first."""
    files = [name for name in FILES if (kernel / name).is_file()]
    found = []
    for line in sorted(mutate(kernel, "list", seed, *files).splitlines()):
        _, name, number = line.split()[:3]
        if is_about(name.split(":")[1]):
            found.append(Mutant(name, number, kernel))
    return found


def chosen_of(every: list[Mutant]) -> list[Mutant]:
    patterns, sample = variables.words("MUTANT"), variables.get("SAMPLE") or SAMPLE
    if patterns:
        chosen = [mutant for mutant in every
                  if any(fnmatch.fnmatchcase(mutant.id, pattern) for pattern in patterns)]
        if every and not chosen:
            raise Usage(f"there is no mutant {variables.get('MUTANT')}")
        return chosen
    if sample != "all" and not re.fullmatch(r"[1-9][0-9]*", sample):
        raise Usage(f"SAMPLE={sample} is not a number, nor all")
    return every if sample == "all" else every[:int(sample)]


def fuzz_seconds() -> int:
    text = variables.get("FUZZ")
    return int(text) if text else FUZZ


def equivalent(version: str, text: str) -> set[str]:
    """Those of a list with lines "version id | reason", of this version."""
    found = set()
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            words, bar, reason = line.partition("|")
            if not bar or not reason.strip() or len(words.split()) != 2:
                raise Usage(f"{EQUIVALENT}: '{line}' is not 'version id | reason'")
            of, name = words.split()
            found |= {name} if version.split(".")[:2] == of.split(".") else set()
    return found


# ---- judging ------------------------------------------------------------------------------------

class Judge:
    """Of mutants of one tree. Kept: what its code is ("uncompiled", "same", or a hash), by the name
    of the mutant, and what became of it, by its code."""

    def __init__(self, whole: objects.Build, compiled: list[Path], plain: objects.Build) -> None:
        self.whole, self.compiled, self.plain = whole, compiled, plain
        self.engine = harness.linked(build.made(str(whole.tree.path), harness.VARIANT), TARGET)[0]
        inputs = tree.hash_of_files(*tree.inputs(TARGET))
        self.proof = proof.Proof("kernel-mutants", [self.engine], inputs=inputs,
                                 known=variables.get("KNOWN"))
        self.replay_seconds = 0.0
        self._original: dict[str, str] = {}
        self._lock = threading.Lock()

    def _part(self, mutant: Mutant) -> str:
        return mutant.id.replace("/", "_")

    def code_of(self, mutant: Mutant) -> str:
        return (self.proof.get(self._part(mutant)) or "").strip()

    def verdict_of(self, code: str) -> str:
        return (self.proof.get(f"code-{code}") or "").strip()

    def is_judged(self, code: str) -> bool:
        words = (self.verdict_of(code) or "error").split()
        if words[0] == "survived":
            return int(words[1]) >= fuzz_seconds()
        return words[0] != "error"

    def _original_of(self, name: str) -> str:
        with self._lock:
            if name not in self._original:
                # In a place of its own: the objects of the tree lie in that of the build.
                self._original[name] = self.plain.assembly(name)
            return self._original[name]

    def look(self, mutant: Mutant) -> None:
        """Note what its code is."""
        copy, name = build.with_copy(self.plain, mutant)
        text, code = copy.assembly(name), "uncompiled"
        if text:
            code = hashlib.sha1(text.encode()).hexdigest()[:20]
            if text == self._original_of(name):
                code = "same"
        shutil.rmtree(copy.folder.parent, ignore_errors=True)
        self.proof.note(self._part(mutant), code)

    def judge(self, mutant: Mutant) -> str:
        folder = self.whole.folder.parent / mutant.folder
        try:
            whole = build.planted(self.whole, self.compiled, mutant)
            verdict, _ = self.run(harness.linked(whole, TARGET)[0], folder, fuzz_seconds())
        except Usage:
            verdict = "uncompiled"  # with sanitizers
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.proof.note(f"code-{self.code_of(mutant)}", verdict)
        return verdict

    def check_original(self) -> None:
        """What is found without a mutation would kill all of them. Notes how long the replay is."""
        if not self.proof.get("original"):
            folder = self.whole.folder.parent / "mutants/original"
            verdict, cpu = self.run(self.engine, folder, fuzz=0)
            if not verdict.startswith("survived"):
                raise Inconclusive(f"the tree as it is: {verdict}; see {folder}/log")
            self.proof.note("original", f"{cpu:.1f}")
        self.replay_seconds = float(self.proof.get("original"))

    def run(self, engine: str, folder: Path, fuzz: int) -> tuple[str, float]:
        """Replay, then so many CPU seconds of fuzzing. Return: "killed corpus <rule>", "killed
        fuzzing <rule>", "killed self-test", "timeout <when>", "survived <seconds>" or "error
        <status>"; and the CPU seconds."""
        for name in ("new", "crash"):
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).mkdir(parents=True)
        done = jobs.run([engine, f"-artifact_prefix={folder}/crash/", f"-dict=dict/{TARGET}.dict",
                         f"-max_len={MAX_LEN}", "-seed=1", "-len_control=0", *ENGINE_FLAGS,
                         *([] if fuzz else ["-runs=0"]), str(folder / "new"),
                         *tree.corpus_folders(TARGET)],
                        output=folder / "log", cpu=REPLAY_CPU_SECONDS + fuzz, wall=WALL_SECONDS,
                        interrupt=fuzz + self.replay_seconds if fuzz else None)
        return verdict_in((folder / "log").read_text(errors="replace"), done, fuzz), \
            done.cpu_seconds


def verdict_in(said: str, done: jobs.Result, fuzz: int) -> str:
    when = "fuzzing" if "\tINITED " in said else "corpus"
    if "the self-test fails" in said:
        return "killed self-test"
    if crash_of(said):
        return f"killed {when} {findings.rule(said)}"
    if done.timed_out or done.status in (-24, -9):  # SIGXCPU and SIGKILL are the limits'
        return f"timeout {when}"
    if done.interrupted or not done.status:
        return f"survived {fuzz}"
    return f"error {done.status}"


# ---- what it came to ----------------------------------------------------------------------------

def outcomes(judge: Judge, chosen: list[Mutant], known: set[str]) -> list[tuple[Mutant, str]]:
    """Each that was run, and its verdict."""
    found, first = [], {}
    for mutant in chosen:
        code = judge.code_of(mutant)
        verdict = code if code in ("", "same", "uncompiled") else judge.verdict_of(code)
        if code not in ("", "same", "uncompiled") and first.setdefault(code, mutant) != mutant:
            verdict = "same"
        if mutant.id in known and verdict.startswith("survived"):
            verdict = "equivalent"
        if verdict:
            found.append((mutant, verdict))
    return found


def killed_share(found: list[tuple[Mutant, str]]) -> float:
    """Percent of those that are not equivalent."""
    seen = Counter(verdict.split()[0] for _, verdict in found)
    killed = seen["killed"] + seen["timeout"]
    return 100 * killed / (killed + seen["survived"] or 1) if killed or seen["survived"] else 100.0


def report(found: list[tuple[Mutant, str]], chosen: int, every: int, kernel: Path) -> str:
    seen = Counter(verdict.split()[0] for _, verdict in found)
    how = Counter(" ".join(verdict.split()[:2]) for _, verdict in found)
    alive = seen["killed"] + seen["timeout"] + seen["survived"]
    lines = [f"{chosen} mutants of {every}; {len(found)} have been run"]
    lines += [f"{text:<28} {seen[name]:6d}" for name, text in RESULTS if seen[name]]
    lines.append(f"of the other {alive}:")
    lines += [f"{name:<28} {number:6d}" for name, number in sorted(how.items())
              if name.split()[0] in ("killed", "timeout")]
    lines.append(f"{'survived':<28} {seen['survived']:6d}")
    lines.append(f"{'killed, all together':<28} {alive - seen['survived']:6d}  "
                 f"{killed_share(found):5.1f} %")
    for mutant, verdict in sorted(found, key=lambda one: one[0].id):
        if verdict.startswith("survived"):
            lines += ["", f"{mutant.id} (line {mutant.line})"]
            lines += [f"  {line[0]} {line[1:].strip()}" for line in
                      mutate(kernel, "show", mutant.id).splitlines() if re.match("[-+]", line)]
    return "\n".join(lines) + "\n"


def run() -> int:
    kernel = variables.get("KERNEL")
    chosen_of([])  # SAMPLE= is a number
    programs.make_mutator()
    harness.folder()
    harness.know()
    with build.compiled_as(kernel, "plain") as (plain, _):
        pass
    with build.compiled_as(kernel, harness.VARIANT) as (whole, compiled):
        pass
    judge = Judge(whole, compiled, plain)
    judge.check_original()
    every = listed(whole.tree.path, variables.get("SEED") or SEED)
    chosen = chosen_of(every)
    stopped = False
    try:
        _run(judge, chosen)
    except jobs.Stopped:
        stopped = True
        jobs.go_on()  # the report needs a program
    known = equivalent(whole.tree.version, (tree.ROOT / EQUIVALENT).read_text())
    found = outcomes(judge, chosen, known)
    text = (f"make mutants KERNEL={whole.tree.version} SAMPLE={variables.get('SAMPLE') or SAMPLE} "
            f"SEED={variables.get('SEED') or SEED} FUZZ={fuzz_seconds()} at {proof.commit()}\n"
            f"{ours.machine()}\n\n{report(found, len(chosen), len(every), whole.tree.path)}")
    jobs.write_whole(Path(harness.folder()) / "mutants", text)
    print(text, end="")
    if stopped:
        print("stopped; the same command goes on from here")
        return status.INCONCLUSIVE
    return verdict_of(found)


def verdict_of(found: list[tuple[Mutant, str]]) -> int:
    if killed_share(found) < variables.number("LEAST"):
        print(f"fewer than {variables.get('LEAST')} % were killed")
        return status.FINDING
    if any(verdict.startswith("error") for _, verdict in found):
        print("some could not be run")
        return status.INCONCLUSIVE
    return status.PASS


def _run(judge: Judge, chosen: list[Mutant]) -> None:
    for _ in jobs.each([mutant for mutant in chosen if not judge.code_of(mutant)], judge.look):
        pass
    codes: dict[str, Mutant] = {}
    for mutant in chosen:
        codes.setdefault(judge.code_of(mutant), mutant)
    left = [mutant for code, mutant in codes.items()
            if code not in ("same", "uncompiled") and not judge.is_judged(code)]
    for number, (mutant, verdict) in enumerate(jobs.each(left, judge.judge), 1):
        print(f"{number:4d}/{len(left)} {mutant.id} line {mutant.line}: {verdict}")
