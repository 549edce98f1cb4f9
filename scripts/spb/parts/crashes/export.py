# SPDX-License-Identifier: GPL-2.0-only
"""Programs in C out of findings, and bundles: the C file of a planted bug fails on the core with
the bug and passes on ours; a KUnit test compiles; a bundle replays with one command in a fresh
clone."""
from __future__ import annotations

import json
import os
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
# As much of a kernel as the test asks for.
STUBS = {
    "kunit/test.h": "struct kunit { int failed; }; struct kunit_case { void (*f)(struct kunit *); "
                    "};\nstruct kunit_suite { const char *name; struct kunit_case *test_cases; };\n"
                    "#define KUNIT_CASE(f) { f }\n#define kunit_test_suite(s) "
                    "void *suite_##s = &s\n#define KUNIT_EXPECT_EQ(t, a, b) "
                    "((t)->failed |= (a) != (b))\n#define MODULE_DESCRIPTION(x) "
                    "struct unused1\n#define MODULE_LICENSE(x) struct unused2\n"
                    "#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))\n"
                    "#define NULL ((void *)0)\n",
    "linux/gfp.h": '#include "spb/gfp.h"\nstruct page;\nstruct page *alloc_pages_node(int nid, '
                   "unsigned int gfp, unsigned int order);\nvoid __free_pages(struct page *page, "
                   "unsigned int order);\nvoid drain_all_pages(void *zone);\n",
    "linux/mm.h": "unsigned long page_to_pfn(const struct page *page);\n",
}


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
    for path, text in STUBS.items():
        (scratch / path).parent.mkdir(exist_ok=True)
        (scratch / path).write_text(text)
    source = scratch / "calls_kunit.c"
    made = _export(plant.one(BUGS[2]), "--kunit", source)
    built = jobs.run([variables.get("CC"), "-std=gnu11", "-Wall", "-Werror", "-fsyntax-only",
                      f"-I{scratch}", "-Iinclude", str(source)])
    lines.result(not made.status and not built.status and
                 "__free_pages(page[" in source.read_text(), "export: a KUnit test compiles",
                 made.output + built.output)


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
