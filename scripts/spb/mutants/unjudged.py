# SPDX-License-Identifier: GPL-2.0-only
"""make unjudged: what changes and nobody judges. Of the mutants of make mutants those that no
rule sees in any committed program, while the trace hash of some of these is another one: events,
results or the end state differ. Those that change most come first: rules that are missing.

  SAMPLE=n      how many mutants (default 200), or all;  SEED=n  another sample (default 1)
  MUTANT='id id'  these alone (with wildcards)
  JOBS=n        processes

A unit test may notice a mutant of this list, and a few mutants are choices that may be made one
way or the other: it is a list to look at, and no verdict. What is known of a mutant is kept below
build/proofs/mutants/, so a run that was interrupted goes on.
"""
from __future__ import annotations

from pathlib import Path

from spb import jobs, status
from spb.disk import proof
from spb.mutants import command, programs, verdicts
from spb.mutants.judge import CPU_SECONDS, WALL_SECONDS, Judge
from spb.mutants.summary import Mutant, changes
from spb.status import Inconclusive, Usage

SHOWN = 2  # programs that differ, of each mutant


class Comparer(Judge):
    """Runs all committed programs, and compares their hashes with those of the core as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.original: dict[str, str] = {}

    def take_original(self) -> None:
        self.original = self._hashes(programs.folder() / "gcc")
        wrong = [name for name, trace in self.original.items() if trace.startswith("finding")]
        if wrong or not self.original:
            raise Inconclusive(f"the core as it is has no clean programs: {wrong[:1]}")

    def _hashes(self, work: Path) -> dict[str, str]:
        """Of each "target file" the hash, or "finding:RULE"; nothing where a run was ended."""
        found = {}
        for target in programs.targets():
            files = [*self.inputs[target], *self.made(target)]
            done = jobs.run([self.tool, "run", "--target", target, "--hash", *files],
                            cpu=2 * CPU_SECONDS, wall=WALL_SECONDS, errors=False,
                            env=jobs.environment(LD_LIBRARY_PATH=str(work)))
            if done.status not in (0, 1):
                return {}
            for line in done.output.splitlines():
                trace, gap, name = line.partition("  ")
                if gap and name in files:
                    found[f"{target} {name}"] = trace
        return found

    @staticmethod
    def made(target: str) -> list[str]:
        """Of the seeds, as bytes."""
        return sorted(map(str, (programs.folder().parent / "programs" / target).glob("*")))

    def known(self, code: str) -> list[str]:
        return (self.proof.get(f"hashes-{code}") or "").split("\n")[0].split()

    def compare(self, mutant: str) -> str:
        code = self.code_of(mutant)
        with self.work() as work:
            words = self._compare(mutant, code, work)
        self.proof.note(f"hashes-{code}", words)
        return words

    def _compare(self, mutant: str, code: str, work: Path) -> str:
        name, library = mutant.split(".c:")[0], str(work / "libcore.so")
        if not self._object(code).exists():
            self._compile(mutant, work)
        made = jobs.run(programs.library_line("gcc", library, name, str(self._object(code))))
        if made.status:
            return "judged loader"
        found = self._hashes(work)
        if not found:
            return "judged ended"
        rules = sorted({trace for trace in found.values() if trace.startswith("finding:")})
        if rules:
            return f"judged {rules[0].partition(':')[2]}"
        other = [name for name, trace in self.original.items() if found.get(name) != trace]
        shown = " ".join(name.replace(" ", ":") for name in other[:SHOWN])
        return f"differs {len(other)} {shown}" if other else "alike"


def _codes(comparer: Comparer, chosen: list[Mutant]) -> dict[str, Mutant]:
    """Of each code the first mutant that has it; compiles what is not."""
    missing = [mutant.name for mutant in chosen if comparer.code_of(mutant.name) is None]
    for _ in jobs.each(missing, comparer.compile):
        pass
    found: dict[str, Mutant] = {}
    for mutant in chosen:
        code = comparer.code_of(mutant.name)
        if code not in ("same", "uncompiled", None):
            found.setdefault(code, mutant)
    return found


def _report(comparer: Comparer, codes: dict[str, Mutant], chosen: int) -> None:
    equivalent, _ = verdicts.equivalent()
    known = {mutant: comparer.known(code) for code, mutant in codes.items()}
    differ = {mutant: words for mutant, words in known.items() if words[:1] == ["differs"]}
    count = {name: sum(words[:1] == [name] for words in known.values())
             for name in ("judged", "alike", "differs")}
    print(f"make unjudged SAMPLE={command.sample()} SEED={command.seed()} at {proof.commit()}\n"
          f"{chosen} mutants, {len(codes)} of a code of their own; of {len(comparer.original)} "
          f"committed programs\n"
          f"a rule sees {count['judged']}, nothing changes in {count['alike']}, "
          f"something changes and no rule sees it in {count['differs']}")
    for mutant, words in sorted(differ.items(), key=lambda item: (-int(item[1][1]), item[0].name)):
        kept = ", judged equivalent" if mutant.name in equivalent else ""
        print(f"\n{mutant.name} (line {mutant.line}): {words[1]} programs{kept}\n  "
              + "\n  ".join(word.replace(":", " ", 1) for word in words[2:]))
        print("\n".join(changes(mutant.name)))


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no command {' '.join(arguments)}")
    command.sample()
    programs.make(False)
    comparer = Comparer()
    chosen = command.choose(command.listed())
    comparer.take_original()
    stopped = False
    codes: dict[str, Mutant] = {}
    try:
        codes = _codes(comparer, chosen)
        missing = [mutant.name for code, mutant in codes.items() if not comparer.known(code)]
        for _ in jobs.each(missing, comparer.compare):
            pass
    except jobs.Stopped:
        stopped = True
        jobs.go_on()  # the report needs programs
    _report(comparer, codes, len(chosen))
    if stopped:
        print("stopped; the same command goes on from here")
        return status.INCONCLUSIVE
    return status.PASS
