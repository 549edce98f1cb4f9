# SPDX-License-Identifier: GPL-2.0-only
"""What a variable of the harness may remember: fuzz/harness/program/state.h.

Every one is in the section of its kind, and no result changes when all that is state of a
program has been garbage when it began. make determinism compares all inputs that way.
"""
import glob
import os
import re
import resource
import shutil
import subprocess

from fixture import Case
from spb import build, jobs, sample, tree

KINDS = {".bss.program_state", ".bss.process_state", ".data.process_state", ".tdata.thread_state"}
# Written by the loader alone; by an engine and what the compiler counts with.
FOREIGN = re.compile(r"\.data\.rel\.ro|\.init_array|\.fini_array|__libfuzzer_|__sancov_|__llvm_")
SECTION = re.compile(r"^ *\d+ (\S+) +([0-9a-f]+) .*\n +(.*)$", re.MULTILINE)
SYMBOL = re.compile(r"^[0-9a-f]+ .{7} (\S+)\t[0-9a-f]+ +(\S+)$", re.MULTILINE)

PROGRAMS = 40  # of each target
SEED = "7"


def undeclared(*objects: str) -> list[str]:
    """Variables that can be written and are in no section of the kinds."""
    listed = subprocess.run(["objdump", "-h", "-t", *objects], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    found = []
    for part in listed.split("file format ")[1:]:
        writable = {name for name, size, flags in SECTION.findall(part)
                    if int(size, 16) and "ALLOC" in flags and "READONLY" not in flags}
        wrong = {name for name in writable - KINDS if not FOREIGN.match(name)} | {"*COM*"}
        found += [f"{name} in {section}" for section, name in SYMBOL.findall(part)
                  if section in wrong and name != section]
    return found


def hashes(tool: str, target: str, inputs: list[str], scramble: str = "0") -> str:
    ran = subprocess.run([tool, "run", "--target", target, "--hash", *inputs],
                         env={**os.environ, "SPBFUZZ_SCRAMBLE": scramble},
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return ran.stdout


class State(Case):
    def setUp(self):
        super().setUp()
        self.folder = tree.build_folder()

    def test_every_variable_has_a_kind(self):
        engine = f"{self.folder}/gcc/engine-alloc.o"
        sources = sorted(glob.glob("fuzz/threads/*.c"))
        objects = {*build.words("gcc").host_objects, *build.words("threads").host_objects,
                   *build.objects("threads", *sources), engine}
        build.make(*sorted(objects))
        self.assertEqual(undeclared(*sorted(objects)), [])

    def test_others_are_found(self):
        source, compiled = self.dir / "sample.c", self.dir / "sample.o"
        source.write_text('#include "fuzz/harness/program/state.h"\n'
                          "static int zero, one = 1; int common; static _Thread_local int mine;\n"
                          "static PROGRAM_STATE int good; static PROCESS_DATA int fine = 1;\n"
                          "static const char *const names[] = { \"a\", \"b\" };\n"
                          "int use(int i); int use(int i)\n"
                          "{ static int last; last += i; one += zero++; mine += good++; fine++;"
                          " return names[i & 1][0] + last + one + mine + fine + common++; }\n")
        jobs.run(["gcc", "-I.", "-fPIC", "-fcommon", "-O1", "-c", "-o", str(compiled), str(source)])
        found = {re.sub(r"\.\d+", "", line.split()[0]) for line in undeclared(str(compiled))}
        self.assertEqual(found, {"zero", "one", "common", "mine", "last"})

    def compare(self, variant, targets):
        tool = f"{self.folder}/{variant}/spbfuzz"
        build.make(tool)
        for target in targets:
            inputs = sample.of(tree.inputs(target, untracked=False), PROGRAMS)
            expected = hashes(tool, target, inputs)
            self.assertEqual(expected.count("\n"), len(inputs), f"{variant}, {target}")
            self.assertEqual(hashes(tool, target, inputs, SEED), expected, f"{variant}, {target}")

    def test_garbage_changes_no_hash(self):
        """With sanitizers, which see a bool that is none."""
        self.compare("asan", [name for name in tree.fuzz_targets() if name not in
                              tree.race_targets()])

    def test_garbage_changes_no_hash_with_races(self):
        self.compare("race-asan", tree.race_targets())


class Surroundings(Case):
    """Addresses, limits and the environment decide nothing. Broken promises are findings here,
    so that there are reports to compare."""

    def setUp(self):
        super().setUp()
        self.tool = f"{tree.build_folder()}/gcc/spbfuzz"
        build.make(self.tool)
        self.inputs = tree.inputs("relax", untracked=False)

    def reports(self, before=(), inputs=None, **more):
        ran = subprocess.run([*before, self.tool, "run", "--target", "relax", "--strict",
                              *(inputs or self.inputs)], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True,
                             env={**os.environ, **more.pop("env", {})}, **more)
        return ran.stdout

    def test_reports(self):
        expected = self.reports()
        crashes = re.findall(r"^FILE (.*)$", expected, re.MULTILINE)
        self.assertGreater(len(crashes), 10)
        with self.subTest("a process for each"):
            self.assertEqual("".join(self.reports(inputs=[name]) for name in crashes), expected)
        with self.subTest("garbage"):
            self.assertEqual(self.reports(env={"SPBFUZZ_SCRAMBLE": SEED}), expected)
        with self.subTest("environment"):
            env = {"LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Tokyo", "PADDING": "x" * 60000}
            self.assertEqual(self.reports(env=env), expected)
        hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
        for limit in (256 << 10, hard):
            with self.subTest("stack", limit=limit):
                self.assertEqual(self.reports(preexec_fn=lambda: resource.setrlimit(
                    resource.RLIMIT_STACK, (limit, hard))), expected)
        if shutil.which("setarch") and not jobs.run(["setarch", "-R", "true"]).status:
            with self.subTest("addresses"):
                self.assertEqual(self.reports(["setarch", "-R"]), expected)
