# SPDX-License-Identifier: GPL-2.0-only
"""What holds for the whole tree, a line each.

  objects   the linked core calls the hooks of include/shim only, and has no state
  sources   length of functions, files and lines; includes; licence; no leftovers
  files     dictionaries are current, the corpus is small and of this version

Not here: warnings (the build stops at them), behaviour (the tests and replays)."""
from __future__ import annotations

import ast
import os
import re
from collections import Counter
from pathlib import Path
from typing import Callable, Iterable

from spb import build, jobs, tree
from spb.lines import Lines

MAX_FUNCTION, MAX_FILE, MAX_TARGET, MAX_COLUMNS = 69, 499, 60, 100
MAX_FOLDER = 16
MAX_CORPUS_FILES, MAX_CORPUS_BYTES = 1000, 1 << 20
SHOWN = 20
LICENCE = "SPDX-License-Identifier: GPL-2.0-only"
C = (".c", ".h")
# Division of what a 32-bit machine cannot divide itself.
COMPILER_HELPERS = re.compile(r"__u?(div|mod|divmod)[dt]i[34]|_GLOBAL_OFFSET_TABLE_")
# The patterns are spelt so that this file does not match itself.
LEFTOVERS = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")
MACHINE_PATHS = re.compile(r"(^|[^\w.-])/(wor[k]|hom[e]|roo[t])/|\.\./share[d]|/\.librar[y]")

Complaints = Iterable[str]


class Sources:
    """The text files that git knows or would take, each read once."""

    def __init__(self) -> None:
        self.text: dict[str, str] = {}
        self.binary: set[str] = set()
        for name in tree.git_files(untracked=True):
            if name.startswith("corpus/") or tree.is_input(name) and name.startswith("crashes/"):
                continue
            data = Path(name).read_bytes()
            try:
                self.text[name] = data.decode()
            except UnicodeDecodeError:
                self.binary.add(name)

    def matching(self, *endings: str, below: str = "") -> Iterable[tuple[str, str]]:
        for name, text in self.text.items():
            if name.startswith(below) and name.endswith(endings or ("",)):
                yield name, text


def _lines_matching(pattern: re.Pattern, sources: Iterable[tuple[str, str]]) -> Complaints:
    for name, text in sources:
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                yield f"{name}:{number}: {line.strip()}"


# ---- objects ----------------------------------------------------------------

def _symbols(*words: str) -> list[list[str]]:
    return [line.split() for line in jobs.run(["nm", *words]).output.splitlines()]


def hooks() -> set[str]:
    """Functions and objects that the shim's headers declare for the host to define."""
    found = set()
    for path in Path("include/shim").glob("*.h"):
        for line in path.read_text().splitlines():
            match = (re.match(r"(?!static)[a-z_].*[ *]([a-z_]+)\(.*\);$", line) or
                     re.match(r"extern .*[ *]([a-z_]*);$", line))
            if match:
                found.add(match[1])
    return found


def undefined_symbols(compiler: str) -> Complaints:
    known = hooks()
    for words in _symbols("-u", f"{tree.build_folder()}/{compiler}/core.o"):
        if words[-1] not in known and not COMPILER_HELPERS.fullmatch(words[-1]):
            yield words[-1]


def state_sections(compiler: str) -> Complaints:
    """Sections for constants, and those for pointers to constants, are no state."""
    listed = jobs.run(["size", "-A", f"{tree.build_folder()}/{compiler}/core.o"]).output
    for name, size in re.findall(r"^(\.\S+)\s+(\d+)", listed, re.M):
        if (re.match(r"\.(data|bss|tdata|tbss|lbss|ldata|common)", name) and int(size) and
                not name.startswith(".data.rel.ro")):
            yield f"{name} {size} bytes"


def missing_hooks(name: str) -> Complaints:
    """The flags can be dropped without a word: by a compiler's wrapper, or without a kind of
    edge."""
    undefined = {words[-1] for words in _symbols("-u", name)}
    for hook in ("load", "store"):
        for size in (1, 2, 4, 8):
            if f"__sanitizer_cov_{hook}{size}" not in undefined:
                yield f"{name}: no __sanitizer_cov_{hook}{size}"
    for symbol in sorted(undefined):
        if re.search("__(asan|tsan)_|_cov_trace_pc", symbol):
            yield f"{name}: {symbol}"


def is_hooked(name: str) -> bool:
    return any("__sanitizer_cov_load" in words[-1] for words in _symbols("-u", name))


def unhooked_files() -> Complaints:
    """A file of the core that reports nothing: all of them touch the arena."""
    for source in Path("core").glob("*.c"):
        name = f"{tree.build_folder()}/hooked/{source.with_suffix('.o')}"
        if not is_hooked(name):
            yield name


def _refuses_to_start(*words: str) -> Complaints:
    ended = jobs.run(list(words))
    if ended.status != 2 or "the core of this build reports no memory access" not in ended.output:
        yield f"{words[0]} starts though its core has no hooks"


def unnoticed_loss(scratch: Path) -> Complaints:
    """The above must notice, and so must whoever starts: core/ as other flags compile it."""
    folder = tree.build_folder()
    if not list(missing_hooks(f"{folder}/clang/core.o")):
        yield "a core without hooks passes for one with"
    yield from _refuses_to_start(f"{folder}/race-unhooked/spbfuzz", "--version")
    yield from _refuses_to_start(f"{folder}/race-unhooked/race", "-runs=1")
    # Loads and stores without a kind of edge: nothing is instrumented, and nobody says so.
    line = [word.replace("inline-8bit-counters,pc-table", "trace-loads,trace-stores")
            for word in build.words("hooked").core_line]
    compiled = str(scratch / "free.o")
    if jobs.run([*line, "-MF", os.devnull, "-c", "-o", compiled, "core/free.c"]).status:
        yield "core/free.c does not compile without edges"
    elif is_hooked(compiled):
        yield "edges are no longer needed for hooks: see core_hooked"


# ---- sources ----------------------------------------------------------------

def foreign_includes(sources: Sources) -> Complaints:
    allowed = {"include/": r'"(shim|spb)/[a-z_]+\.(h|def)"',
               "core/": r'"(shim|spb|core)/[a-z_]+\.(h|def)"'}
    for below, pattern in allowed.items():
        for name, text in sources.matching(*C, ".def", below=below):
            for match in re.finditer(r"^[ \t]*#[ \t]*include[ \t]+(.*)$", text, re.M):
                if not re.fullmatch(pattern, match[1].split("/*")[0].strip()):
                    yield f"{name}: {match[0]}"


def long_functions(sources: Sources) -> Complaints:
    """Kernel style puts the braces of a function, and of nothing else, into the first column."""
    for name, text in sources.matching(*C):
        head = first = 0
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(r"[A-Za-z_].*[^;]$", line) and not re.match("[a-z_]+:$", line):
                head = head or number
            elif not first and (not line or line[0] in "#/" or line.startswith(" *") or
                                line.endswith(";")):
                head = 0
            if line.startswith("{"):
                first = head or number
            elif line.startswith("}"):
                if first and number - first + 1 > MAX_FUNCTION:
                    yield f"{name}:{first}: {number - first + 1} lines"
                head = first = 0
    for name, text in sources.matching(".py"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.lineno + 1
                if length > MAX_FUNCTION:
                    yield f"{name}:{node.lineno}: {length} lines: {node.name}"


def long_files(sources: Sources) -> Complaints:
    for name, text in sources.matching(*C, ".sh", ".py", ".def", ".mk", "Makefile"):
        nr = text.count("\n")
        if nr > MAX_FILE:
            yield f"{name}: {nr} lines"
        if re.fullmatch(r"fuzz/[^/]*\.c", name) and nr > MAX_TARGET:
            yield f"{name}: {nr} lines, a target has {MAX_TARGET}"


def full_folders() -> Complaints:
    """Of the harness and of the scripts: what a reader takes in at once, beside the head."""
    names = map(Path, tree.git_files("fuzz", "scripts", "make", untracked=True))
    inside = Counter(str(name.parent) for name in names
                     if name.name not in ("README.md", "__init__.py"))
    for folder, nr in sorted(inside.items()):
        if nr > MAX_FOLDER:
            yield f"{folder}: {nr} files"


def long_lines(sources: Sources) -> Complaints:
    for name, text in sources.matching(*C, ".py"):
        for number, line in enumerate(text.splitlines(), 1):
            columns = len(line.expandtabs(8))
            if columns > MAX_COLUMNS:
                yield f"{name}:{number}: {columns} columns"


def without_licence(sources: Sources) -> Complaints:
    for name, text in sources.matching():
        wanted = (name.endswith((*C, ".sh", ".def", ".py", ".mk", ".dict")) or
                  name in ("Makefile", "scripts/run") or name.startswith(".ci/"))
        if wanted and LICENCE not in "\n".join(text.split("\n", 3)[:2]):
            yield name


def dead_links(sources: Sources) -> Complaints:
    """Of documents: a link to a file of the project leads to one."""
    for name, text in sources.matching(".md"):
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
            if not (Path(name).parent / target).exists():
                yield f"{name}: {target}"


# ---- files ------------------------------------------------------------------

def corpus_sizes() -> Complaints:
    for target in tree.fuzz_targets():
        files = tree.git_files(f"corpus/{target}/", untracked=True)
        size = sum(os.path.getsize(name) for name in files)
        if not files:
            yield f"corpus/{target}: empty"
        if len(files) > MAX_CORPUS_FILES or size > MAX_CORPUS_BYTES:
            yield f"corpus/{target}: {len(files)} files, {size} bytes"
        yield from (name for name in files if name.endswith(".spbt"))


def other_versions() -> Complaints:
    text = Path("fuzz/harness/program/program.h").read_text()
    version = int(re.search(r"^#define PROGRAM_VERSION (0x\w+)", text, re.M)[1], 16)
    for target in tree.fuzz_targets():
        for name in tree.inputs(target):
            with open(name, "rb") as file:
                if file.read(1) != bytes([version]):
                    yield name


def stale_dictionaries() -> Complaints:
    ended = jobs.run(["scripts/run", "dicts", "--check"])
    return ended.output.splitlines()


def run(lines: Lines, scratch: Path) -> None:
    sources = Sources()
    hooked = f"{tree.build_folder()}/hooked/core.o"
    gates: list[tuple[str, Callable[[], Complaints]]] = [
        ("who drops the hooks is stopped: the object, the replayer, the engine",
         lambda: unnoticed_loss(scratch)),
        ("the core of race builds has its access hooks, and no sanitizer's",
         lambda: missing_hooks(hooked)),
        ("each file of it has", unhooked_files),
        ("core calls only the hooks of the shim (gcc)", lambda: undefined_symbols("gcc")),
        ("core calls only the hooks of the shim (clang)", lambda: undefined_symbols("clang")),
        ("core has no .data and no .bss (gcc)", lambda: state_sections("gcc")),
        ("core has no .data and no .bss (clang)", lambda: state_sections("clang")),
        # A list of hooks that came out empty would hide a change of the header's style.
        ("hooks are found", lambda: [] if len(hooks()) >= 10 else [f"only {hooks()}"]),
        ("core and include use only include", lambda: foreign_includes(sources)),
        (f"functions have at most {MAX_FUNCTION} lines", lambda: long_functions(sources)),
        (f"files have at most {MAX_FILE} lines, targets {MAX_TARGET}",
         lambda: long_files(sources)),
        (f"folders have at most {MAX_FOLDER} files", full_folders),
        (f"lines have at most {MAX_COLUMNS} columns", lambda: long_lines(sources)),
        ("sources name their licence", lambda: without_licence(sources)),
        ("nothing is left to do", lambda: _lines_matching(LEFTOVERS, sources.matching(
            *C, ".sh", ".md", ".py", ".def", ".mk", "Makefile", ".ci/run"))),
        ("no path of one machine", lambda: _lines_matching(
            MACHINE_PATHS, ((n, t) for n, t in sources.matching() if n != "LICENSE"))),
        ("links of documents lead somewhere", lambda: dead_links(sources)),
        ("the corpus is there, and small", corpus_sizes),
        ("corpus and crashes are of this version", other_versions),
        ("dictionaries are current", stale_dictionaries),
    ]
    for name, gate in gates:
        complaints = list(gate())
        lines.result(not complaints, f"gate: {name}", complaints[:SHOWN])
