# SPDX-License-Identifier: GPL-2.0-only
"""What the base runner of OSS-Fuzz wants to know of a target before it is fuzzed: each function
returns what is wrong, or nothing. The targets run in a folder that is not the one that they were
made for, in an environment that says nothing."""
from __future__ import annotations

import json
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Callable

from spb import jobs, tree
from spb.ossfuzz.builds import Combination, bare

RUNS = 4
LEAST_EDGES = 100
# Calls in the disassembly: at least in a build for a sanitizer, at most in one for another.
LEAST_ASAN, MOST_ASAN = 1000, 0
LEAST_UBSAN, MOST_UBSAN = 168, 200
SECONDS = 120
AFL_SECONDS = 35
SYSTEM = re.compile(r"(lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+)\.so|ld-linux)")
NAME = re.compile(r"[A-Za-z0-9_-]+")
# The smallest program: AFL++ does not start from nothing.
ONE_BYTE = b"\x81"

Complaint = str


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-12:])


def options(target: Path) -> list[str]:
    """The words that run_fuzzer makes of the .options file."""
    text = target.with_name(target.name + ".options").read_text()
    return [f"-{name}={value}" for name, value in re.findall(r"^(\w+) *= *(.*)$", text, re.M)]


def seeds(target: Path, to: Path) -> list[str]:
    """Unpack them. A folder in the archive would be none for ClusterFuzz."""
    with zipfile.ZipFile(target.with_name(target.name + "_seed_corpus.zip")) as archive:
        archive.extractall(to)
        return sorted({str(to / name) for name in archive.namelist()})


def _run(target: Path, *words: str, **more: str) -> jobs.Result:
    return jobs.run([f"./{target.name}", *words], cwd=target.parent, env={**bare(), **more},
                    wall=SECONDS)


def is_a_target(_: Combination, target: Path) -> Complaint:
    data = target.read_bytes()
    if not data.startswith(b"\x7fELF") or b"LLVMFuzzerTestOneInput" not in data:
        return "no ELF file with LLVMFuzzerTestOneInput"
    if not NAME.fullmatch(target.name):
        return "ClusterFuzz takes no such name"
    needed = re.findall(r"NEEDED.*\[(.*)\]", jobs.run(["readelf", "-d", str(target)]).output)
    foreign = [name for name in needed if not SYSTEM.match(name)]
    return f"not linked statically: {' '.join(foreign)}" if foreign else ""


def calls(target: Path) -> dict[str, int]:
    """Of the sanitizers, by the instructions."""
    with tempfile.NamedTemporaryFile() as said:
        jobs.run(["objdump", "-d", str(target)], output=said.name)
        text = Path(said.name).read_text(errors="replace")
    return {name: len(re.findall(rf"\s(?:callq?|bl)\s+[0-9a-f]+ <__{name}", text))
            for name in ("asan", "ubsan")}


def instrumentation(built: Combination, target: Path) -> Complaint:
    found = calls(target)
    wrong = []
    if built.sanitizer == "address":
        wrong += [found["asan"] < LEAST_ASAN, found["ubsan"] > MOST_UBSAN]
    if built.sanitizer == "undefined":
        wrong += [found["asan"] > MOST_ASAN, found["ubsan"] < LEAST_UBSAN]
    if built.sanitizer == "coverage":
        wrong += [found["asan"] > MOST_ASAN, found["ubsan"] > MOST_UBSAN]
    return f"calls of sanitizers: {found}" if any(wrong) else ""


def without_seeds(built: Combination, target: Path) -> Complaint:
    """It starts, and has edges."""
    if built.engine != "libfuzzer":
        return ""
    said = _run(target, "-seed=1337", f"-runs={RUNS}", *options(target)).output
    if f"Done {RUNS} runs" not in said:
        return f"it does not start:\n{_tail(said)}"
    edges = re.search(r"Loaded \d+ modules .*\): (\d+) ", said)
    if built.sanitizer != "coverage" and (not edges or int(edges[1]) < LEAST_EDGES):
        return f"{edges[1] if edges else 'no'} edges"
    return "" if re.search(r"Dictionary: \d+ entries", said) else "it does not read its dictionary"


def with_seeds(built: Combination, target: Path) -> Complaint:
    if built.engine == "afl":
        return ""
    ways = [{}]
    if built.sanitizer == "address" and tree.counts_accesses(target.name):
        # Who compares accesses with the bounds of a stack has to know those that ASan makes, which
        # newer clang does where nobody says otherwise.
        ways.append({"ASAN_OPTIONS": "detect_stack_use_after_return=1"})
    with tempfile.TemporaryDirectory() as folder:
        files = seeds(target, Path(folder))
        words = [folder] if built.engine == "none" else ["-runs=0", *options(target), folder]
        done = rf"Done(:|) {len(files) if built.engine == 'none' else len(files) + 1} "
        for way in ways:
            ran = _run(target, *words, **way)
            if ran.status or not files or not re.search(done, ran.output):
                return f"{len(files)} seeds {way or ''}: status {ran.status}\n{_tail(ran.output)}"
    return ""


def under_afl(built: Combination, target: Path) -> Complaint:
    if built.engine != "afl":
        return ""
    with tempfile.TemporaryDirectory() as folder:
        start = Path(folder, "in")
        start.mkdir()
        (start / "seed").write_bytes(ONE_BYTE)
        quiet = {name: "1" for name in ("AFL_NO_UI", "AFL_SKIP_CPUFREQ", "AFL_NO_AFFINITY",
                                        "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES")}
        ran = jobs.run(["afl-fuzz", "-i", str(start), "-o", f"{folder}/out", "-m", "none",
                        "-V", "2", "-x", f"{target}.dict", "--", str(target)],
                       env={**bare(), **quiet, "AFL_FORKSRV_INIT_TMOUT": "30000"}, wall=AFL_SECONDS)
    return "" if "All set and ready to roll" in ran.output else _tail(ran.output)


def profile(built: Combination, target: Path) -> Complaint:
    """llvm-cov reads what the seeds leave behind, the core's lines among it."""
    if built.sanitizer != "coverage":
        return ""
    with tempfile.TemporaryDirectory() as folder:
        seeds(target, Path(folder, "seeds"))
        _run(target, "-runs=0", f"{folder}/seeds", LLVM_PROFILE_FILE=f"{folder}/raw")
        tools = {name: jobs.run([built.clang, f"-print-prog-name={name}"]).output.strip()
                 for name in ("llvm-profdata", "llvm-cov")}
        merged = jobs.run([tools["llvm-profdata"], "merge", "-o", f"{folder}/data",
                           f"{folder}/raw"])
        read = jobs.run([tools["llvm-cov"], "export", "-summary-only", str(target),
                         f"-instr-profile={folder}/data"], errors=False)
    if merged.status or read.status:
        return f"llvm-cov: {merged.output.strip()} status {read.status}"
    files = json.loads(read.output)["data"][0]["files"]
    core = {file["filename"]: file["summary"]["lines"]["covered"] for file in files
            if re.search(r"(^|/)core/[^/]*\.c$", file["filename"])}
    return "" if core and any(core.values()) else f"no line of core/ among {len(files)} files"


def a_finding(built: Combination, target: Path) -> Complaint:
    """It ends in a frame and a summary of its rule. (A promise that is broken is a finding where
    that is asked for, and the corpus has programs for each.)"""
    if built.engine != "libfuzzer" or built.sanitizer == "coverage" or target.name != "relax":
        return ""
    with tempfile.TemporaryDirectory() as folder:
        seeds(target, Path(folder))
        said = _run(target, "-runs=0", f"-artifact_prefix={folder}/", folder,
                    SPBFUZZ_STRICT="1").output
    rule = re.search(r"^ASSERTION FAILED: FuzzerHash=(promise-[a-z-]+)/", said, re.M)
    frame = "broken_" + rule[1].upper().replace("-", "_") if rule else "broken_"
    first = re.search(r"^ *#0 .* in (\w+)", said, re.M)
    if not rule or not first or first[1] != frame or \
            not re.search(rf"^SUMMARY: \w+: \w+ .*\bin {frame}$", said, re.M):
        return f"a broken promise is told otherwise:\n{_tail(said)}"
    return ""


QUESTIONS: dict[str, Callable[[Combination, Path], Complaint]] = {
    "is a target": is_a_target,
    "instrumentation": instrumentation,
    "without seeds": without_seeds,
    "with its seeds": with_seeds,
    "under afl-fuzz": under_afl,
    "coverage": profile,
    "a finding": a_finding,
}


def hashes(target: Path) -> list[str]:
    """Of each seed, in the order of their names: the trace hash. (Where more was allocated than
    freed, as at first, libFuzzer would execute a program once more to look for leaks.)"""
    with tempfile.TemporaryDirectory() as folder:
        files = seeds(target, Path(folder))
        words = [f"./{target.name}", "-detect_leaks=0", *files]
        ran = jobs.run(words, cwd=target.parent, errors=False, wall=SECONDS,
                       env={**bare(), "SPBFUZZ_HASH": "1"})
    return ran.output.split() if not ran.status else []
