# SPDX-License-Identifier: GPL-2.0-only
"""DROPIN=, from the command line to the verdict. (tests/python/test_dropin.py has the rest.)

* Any function of core/ can be replaced. Each of them, cut out into a file of its own and put
  back, makes the same assembler text; all of a core file in one file give the same hashes.
* A drop-in that decides as ours does changes no trace hash; one that is wrong is found under
  the rule that it breaks. README.md tells the truth of one.
* Nothing is compiled for it but the core files that it changes, and these name its lines.
"""
from __future__ import annotations

import functools
import re
import shutil
from pathlib import Path

from spb import build, jobs, status, tree, variables
from spb.ctext import dropin
from spb.ctext.csource import Item, Source
from spb.lines import Lines

FUZZ_SECONDS = 300  # a busy machine, not the usual time
ALONE = 80  # one of so many functions is put back alone
LOCKLESS = "tests/data/dropin-lockless.c"
LOCKLESS_PROGRAM = "tests/data/lockless-walk.spbt"


def make(words: str, *goals: str) -> jobs.Result:
    """With these drop-ins."""
    return jobs.run(["make", "-s", "--no-print-directory", f"-j{variables.number('JOBS')}", *goals],
                    env=jobs.environment(DROPIN=words))


def built(lines: Lines, words: str, *names: str) -> str:
    """Makes programs of a drop-in build; its folder."""
    folder = dropin.prepare(words)
    with build.one_make():
        done = make(words, *(f"{folder}/{name}" for name in names))
    lines.result(not done.status, f"{words if len(words) < 100 else 'all of them'}: builds",
                 done.output)
    return folder


def only(source: Source, items: list[Item]) -> str:
    """The file with these functions alone, in the lines in which they stand."""
    text, at = "", 0
    for item in sorted(items, key=lambda item: item.start):
        text += dropin.blank(source.text[at:item.start]) + source.text[item.start:item.end]
        at = item.end
    return text + "\n"


# ---- any function -----------------------------------------------------------

@functools.lru_cache(maxsize=None)
def assembler(name: str, more: tuple[str, ...] = ()) -> str:
    """What gcc makes of a core file; without line numbers, which have the names of files."""
    words = [word for word in build.words("gcc").core_line if word not in ("-g", "-MMD", "-MP")]
    return jobs.run([*words, *more, "-S", "-o", "-", name]).output


def same_assembler(lines: Lines, core: dropin.Core, folder: Path, files: list[str],
                   text: str) -> None:
    """The core with these drop-ins, each one function of ours, is the core."""
    opened = dropin.open_files(" ".join(files))
    notes = dropin.match(core, opened)
    copies = dropin.Copies(core, opened, str(folder))
    copies.write(notes)
    flags = re.search("dropin_flags := (.*)", copies.texts["dropin.mk"])[1].replace("'", "").split()
    names = [name for name in sorted(copies.texts) if re.fullmatch(r"core/\w+\.c", name)]
    pairs = dict(jobs.each(names, lambda name: (
        assembler(name), assembler(f"{folder}/{name}", tuple(flags)))))
    other = [name for name, (ours, theirs) in pairs.items() if ours != theirs or "error:" in ours]
    errors = [line for name in other for line in pairs[name][1].split("\n") if "error:" in line]
    lines.result(not other and bool(pairs), text, [f"{name} differs" for name in other] + errors)


def every_function(lines: Lines, scratch: Path) -> None:
    core = dropin.Core()
    files = []
    for name, several in sorted(core.functions.items()):
        for ours in several:
            files.append(str(scratch / f"each/{Path(ours.file).stem}-{name}.c"))
            text = only(core.sources[ours.file], [ours.item])
            jobs.write_whole(files[-1], text.encode("latin-1"))
    same_assembler(lines, core, scratch / "every", files, f"each of the {len(files)} functions of "
                   "core/, put back where it was, makes the same assembler text")
    for name in files[::ALONE]:
        same_assembler(lines, core, scratch / f"alone/{Path(name).stem}", [name],
                       f"{Path(name).stem} alone, too")


def every_file(lines: Lines, scratch: Path) -> None:
    """What moves together to the place of the last makes other code, and decides the same."""
    files = []
    for name, source in dropin.Core().sources.items():
        files.append(str(scratch / "whole" / Path(name).name))
        jobs.write_whole(files[-1], only(source, source.functions()).encode("latin-1"))
    folder = built(lines, " ".join(files), "gcc/spbfuzz")
    same_hashes(lines, f"{folder}/gcc/spbfuzz",
                "all functions of core/, a file for each of its files")


def same_hashes(lines: Lines, tool: str, what: str) -> None:
    for target in tree.fuzz_targets():
        ours, theirs = (jobs.run([name, "run", "--target", target, "--hash", *tree.inputs(target)])
                        for name in ("build/gcc/spbfuzz", tool))
        lines.result(not ours.status and bool(ours.output) and ours.output == theirs.output,
                     f"{target}: {what}: the same hashes", theirs.output)


# ---- one that is right, and wrong ones --------------------------------------

def alike(lines: Lines) -> None:
    words = "tests/data/dropin-same.c tests/data/dropin-reserve.c tests/data/dropin-several.c"
    folder = built(lines, words, "gcc/spbfuzz")
    same_hashes(lines, f"{folder}/gcc/spbfuzz", "drop-ins that decide as ours do")
    objects = sorted(str(path.relative_to(folder)) for path in Path(folder, "gcc").rglob("*.o"))
    changed = ("free", "highatomic", "pcp", "relax", "spb")
    lines.result(objects == [f"gcc/core/{name}.o" for name in changed],
                 "nothing but the core files that it changes is compiled", objects)
    right_lines(lines, folder, "gcc/core/spb.o", ("dropin-reserve.c", 10),
                ("spb.c", last_line("spb")))
    if shutil.which(variables.get("AFL_CLANG")):
        folder = built(lines, words, "afl/core/spb.o")
        code = jobs.run(["objdump", "-dr", "--disassemble=spb_tainted_reserve",
                         f"{folder}/afl/core/spb.o"]).output
        lines.result("__afl_area_ptr" in code, "AFL++ counts the edges of a drop-in", code)


def right_lines(lines: Lines, folder: str, name: str, *places: tuple[str, int]) -> None:
    """What the symbolizer and coverage read."""
    shown = jobs.run(["readelf", "--debug-dump=decodedline", f"{folder}/{name}"]).output
    for file, line in places:
        lines.result(bool(re.search(rf"^{re.escape(file)} +{line} ", shown, re.M)),
                     f"{name} names line {line} of {file}")
    lines.result(bool(shown) and folder not in shown, f"{name} names no copy", shown)


def last_line(name: str) -> int:
    """Of the last function that has code."""
    source = dropin.Core().sources[f"core/{name}.c"]
    return source.line(source.functions()[-1].end - 1)


def wrong(lines: Lines, name: str) -> None:
    folder = built(lines, name, "gcc/spbfuzz")
    run = [f"{folder}/gcc/spbfuzz", "run", "--target", "relax"]
    found = jobs.run([*run, *tree.inputs("relax")]).output
    lines.result(bool(re.search("^FINDING relax-model ", found, re.M)),
                 f"{name} is found: relax-model", found)
    # A finding ends a program anywhere: the next one must not notice.
    forwards, backwards = (
        sorted(jobs.run([*run, "--hash", *more, *tree.inputs("relax")],
                        errors=False).output.split("\n"))
        for more in ([], ["--reverse"]))
    lines.result(forwards == backwards and len(forwards) > 1,
                 f"{name} gives the same verdicts backwards")


# ---- the walk without its lock, as README.md tells it -----------------------

def readme_report() -> str:
    block = re.search(r"^    (# \S*lockless-walk\.spbt as target .*\n(?:(?:    .*)?\n)*)",
                      Path("README.md").read_text(), re.M)
    return re.sub(r"^    ", "", block[1], flags=re.M).strip() + "\n" if block else ""


def begins_as(told: str, report: str) -> bool:
    """A line of three points stands for any number of lines."""
    parts = map(re.escape, report.split("...\n"))
    return re.match("(?:.*\n)*?".join(parts), told) is not None


def lockless(lines: Lines, scratch: Path) -> None:
    """Found by what is not held, or, without the race detector, by what it comes to."""
    folder = built(lines, LOCKLESS, "race-asan/spbfuzz", "plain/walk")
    right_lines(lines, folder, "hooked/core/relax.o", (Path(LOCKLESS).name, 35),
                ("relax.c", last_line("relax")))
    tool = f"{folder}/race-asan/spbfuzz"
    run = ["run", "--target", "walk", LOCKLESS_PROGRAM]
    clean = jobs.run(["build/race-asan/spbfuzz", *run])
    lines.result(not clean.status, f"{LOCKLESS_PROGRAM} is clean on the clean core", clean.output)
    found = jobs.run([tool, *run]).output
    lines.result(bool(re.search("^SIGNATURE lockset/spb_tainted_can_serve_smaller$", found, re.M)),
                 f"{LOCKLESS} is found: lockset", found)
    told = make(LOCKLESS, "repro", "TARGET=walk", "RACES=0", f"CRASH={LOCKLESS_PROGRAM}").output
    report = readme_report()
    lines.result(report.count("\n") > 20 and begins_as(told, report),
                 "README.md tells what make repro does", told)
    least = scratch / "min.spbt"
    quiet = jobs.environment(SPBFUZZ_RACES="0")
    jobs.run([tool, "min", "--quiet", "--target", "walk", "-o", str(least), LOCKLESS_PROGRAM],
             env=quiet)
    lines.result(least.is_file() and least.read_bytes() == Path(LOCKLESS_PROGRAM).read_bytes(),
                 f"{LOCKLESS_PROGRAM} is minimal and shows endless")
    fuzzed = jobs.run([f"{folder}/plain/walk", "-dict=dict/walk.dict",
                       f"-artifact_prefix={scratch}/", "-max_len=4096", "-len_control=0",
                       "-seed=1", "-runs=20000"], env=quiet, wall=FUZZ_SECONDS).output
    lines.result(bool(re.search("^SIGNATURE (endless|walk-answer)/", fuzzed, re.M)),
                 "fuzzing without the race detector finds what it comes to", fuzzed[-2000:])


def refused(lines: Lines) -> None:
    unknown = make("tests/data/dropin-unknown.c", "build-dir")
    lines.result(unknown.status == status.USAGE and
                 "spb_no_such_function() is no function of core/" in unknown.output,
                 "a function that does not exist is refused", unknown.output)
    both = make("tests/data/dropin-same.c", "build-dir", "BUG=any")
    lines.result(both.status == status.USAGE and "DROPIN and BUG exclude each other" in both.output,
                 "a planted bug beside it is refused", both.output)


def run(lines: Lines, scratch: Path) -> None:
    lines.before = "dropin: "
    refused(lines)
    every_function(lines, scratch)
    every_file(lines, scratch)
    alike(lines)
    wrong(lines, "tests/data/dropin-wrong.c")
    wrong(lines, "tests/data/dropin-decide.c")
    lockless(lines, scratch)
