# SPDX-License-Identifier: GPL-2.0-only
"""Programs in C out of findings, and bundles: the C file of a planted bug fails on the core with
the bug and passes on ours; a KUnit test compiles; a bundle replays with one command in a fresh
clone."""
from __future__ import annotations

import json
import os
import re
import shutil
import tarfile
from pathlib import Path

from spb import build, jobs, plant, tree, variables
from spb.lines import Lines
from spb.programs import bundle

# Seen after a call, at an event, after some hundred calls, by the books alone.
BUGS = ("alloc-nr-free-twice", "borrow-opposite-never", "claim-quarter", "split-remainder-lost")
PREEMPTED = "race-stale-clear"
BUNDLED = "alloc-nr-free-twice"
SECONDS = 900
# As much of a kernel as a KUnit test asks for, which is a program in one file: tests/data/kunit.c.
STUBS = ("kunit/test.h", "linux/gfp.h", "linux/mm.h")
# Splits an order 4 and an order 5 into halves, over and over; a planted bug's program.
KUNIT = {"splits": "seeds/alloc/split.spbt", "aged": "seeds/alloc/geometry-wide160.spbt"}


def _export(bug: plant.Bug, kind: str, to: Path) -> jobs.Result:
    tool = bug.tool(build.bare(bug.target))
    return jobs.run([tool, "export", kind, "-t", bug.target, "-o", str(to), str(bug.program)])


def _comes_to(source: Path, core: str, to: Path) -> jobs.Result:
    """What the C file says, linked with a core alone."""
    files = sorted(str(path) for path in Path(core, "core").glob("*.c"))
    built = jobs.run([variables.get("CC"), "-std=gnu11", "-O1", "-Wall", "-Werror", f"-I{core}",
                      "-Iinclude", "-I.", "-o", str(to), str(source), *files])
    return built if built.status else jobs.run([str(to)], wall=60)


def _c_files(lines: Lines, scratch: Path) -> None:
    for name in BUGS:
        bug, source = plant.one(name), scratch / f"{name}.c"
        made = _export(bug, "--c", source)
        if not lines.result(not made.status, f"export: a C file of {name}", made.output):
            continue
        broken = _comes_to(source, str(bug.dir), scratch / "broken")
        lines.result(broken.status == 1 and broken.output.startswith("FAIL "),
                     f"export: {name} fails on the core with the bug", broken.output)
        sound = _comes_to(source, ".", scratch / "sound")
        lines.result(sound.status == 0 and sound.output.startswith("PASS: "),
                     f"export: {name} passes on ours", sound.output)
    made = _export(plant.one(PREEMPTED), "--c", scratch / "race.c")
    lines.result(made.status == 2 and "are preempted" in made.output and
                 not (scratch / "race.c").exists(), "export: no C file of a race", made.output)


def _kunit(lines: Lines, scratch: Path) -> None:
    """It runs, on a kernel that only counts references: what was handed out is given back."""
    for path in STUBS:
        (scratch / path).parent.mkdir(exist_ok=True)
        (scratch / path).write_text("")
    programs = {name: (tree.DEFAULT_TARGET, path) for name, path in KUNIT.items()}
    programs["bug"] = plant.one(BUGS[2]).target, str(plant.one(BUGS[2]).program)
    for name, (target, path) in programs.items():
        source, made = scratch / f"{name}_kunit.c", scratch / f"{name}_kunit"
        wrote = jobs.run([build.tool(build.bare(target)), "export", "--kunit", "-t", target,
                          "-o", str(source), path])
        built = jobs.run([variables.get("CC"), "-std=gnu11", "-Wall", "-Wextra", "-Werror",
                          f"-I{scratch}", "-Iinclude", "-I.", "-include", "tests/data/kunit.c",
                          "-o", str(made), str(source)])
        if not lines.result(not wrote.status and not built.status,
                            f"export: a KUnit test of {name} compiles",
                            wrote.output + built.output):
            continue
        ran = jobs.run([str(made)], wall=60)
        lines.result(not ran.status and re.search("[1-9][0-9]* pages", ran.output) is not None,
                     f"export: it gives back what it got ({ran.output.strip()})", ran.output)
        if name == "splits":
            lines.result(source.read_text().count("\tsplit(") >= 4 and
                         "left out" not in source.read_text(), "export: it splits what it holds")


def _bundles(lines: Lines, scratch: Path) -> None:
    os.environ["BUG"] = BUNDLED
    bug, folder = plant.one(BUNDLED), scratch.resolve() / "bundle"
    signature = bundle.make(str(bug.program), bug.target, folder)
    names = {path.name for path in folder.iterdir()}
    wanted = {"input", "program.spbt", "report.txt", "about.txt", "page.html", "calls.c",
              "bug.patch", bundle.FILE}
    lines.result(wanted <= names, "export: a bundle is whole", f"not there: {wanted - names}")
    del os.environ["BUG"]
    packed = scratch.resolve() / "bundle.tar"
    with tarfile.open(packed, "w") as tar:
        tar.add(folder, folder.name)
    clone = scratch.resolve() / "clone"
    jobs.run(["git", "clone", "-q", "--shared", str(tree.ROOT), str(clone)])
    env = {name: value for name, value in variables.environment().items()
           if name not in variables.listed() and name not in ("B", "PYTHONPATH")}
    said = jobs.run(["scripts/run", "repro", f"BUNDLE={packed}"], cwd=clone, env=env, wall=SECONDS)
    lines.result(said.status == 1 and f"the same signature as in the bundle: {signature}" in
                 said.output, "export: a bundle replays in a fresh clone", said.output[-2000:])
    told = json.loads((folder / bundle.FILE).read_text())
    (folder / bundle.FILE).write_text(json.dumps({**told, "input": "0"}))
    said = jobs.run(["scripts/run", "repro", f"BUNDLE={folder}"], wall=SECONDS)
    lines.result(said.status == 2 and "not the one" in said.output,
                 "export: a bundle with another input is refused", said.output)
    shutil.rmtree(clone, ignore_errors=True)


def run(lines: Lines, scratch: Path) -> None:
    _c_files(lines, scratch)
    _kunit(lines, scratch)
    _bundles(lines, scratch)
