# SPDX-License-Identifier: GPL-2.0-only
"""With a kernel tree that make kernel-source has fetched: it is only read; what is broken is
refused in words; and the walk of docs/kernel.md says what it says there. Without one it is left
out.

Trees are built in a few minutes, so this is no part of what runs before each commit.
"""
from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
from pathlib import Path

from spb import jobs, lines, status, tree
from spb.kernel import edit
from spb.kernel.object import build, linux, objects, source
from spb.lines import Lines
from spb.status import Inconclusive

VERSION = "6.12"
DOCUMENT, WALK = "docs/kernel.md", "## A walk: "
BROKEN = Path("build/broken")  # of the walk
SECONDS = 900
SMALLEST = 2  # operations of its smallest program
UNCOUNTED = """what: free lists are not counted any more
commit: none
target: alloc
file: mm/page_alloc.c

in __del_page_from_free_list
drop statement nr_free
"""


def command(words: str, **env: str) -> jobs.Result:
    return jobs.run(["sh", "-c", words], wall=SECONDS,
                    env=jobs.environment(KERNEL="", BASE="", TARGET="all", **env))


# ---- the object ---------------------------------------------------------------------------------

def only_read(said: Lines, fetched: Path) -> None:
    before = linux.stamp(fetched, ".")
    made = command(f"scripts/run kernel-object plain KERNEL={fetched}")
    if not said.result(made.status == status.PASS, "an object of the tree", made.output):
        return
    said.result(linux.stamp(fetched, ".") == before, "the tree is only read")
    whole = made.output.splitlines()[-1]
    listed = jobs.run(["llvm-nm", "-g", "--defined-only", whole]).output.splitlines()
    names = {line.split()[-1] for line in listed if line}
    others = sorted(name for name in names if not name.startswith("kb_"))
    said.result(not others, "nothing but kb_* can be seen of it", others)
    declared = set(re.findall(r"\b(kb_\w+)\(", Path("fuzz/kernel/bridge.h").read_text()))
    said.result(declared <= names, "it has all of bridge.h", sorted(declared - names))


def refused(said: Lines, fetched: Path, scratch: Path) -> None:
    """The self-test of an object whose free lists are not counted any more."""
    path = scratch / "uncounted.edit"
    path.write_text(UNCOUNTED)
    with contextlib.redirect_stdout(io.StringIO()):
        made = build.made(str(fetched), "plain", edit.read(path))
        try:
            build.check(made, objects.VARIANTS["plain"])
            what = "nothing"
        except Inconclusive as why:
            what = str(why)
    said.result("entries of free lists are not those that are counted" in what,
                "the self-test refuses a broken tree", what)


# ---- the walk -----------------------------------------------------------------------------------

def section(text: str, head: str) -> str:
    """Of a document, up to the next heading of the same level."""
    rest = text.split(head, 1)[1]
    return re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def told(text: str) -> list[tuple[str, list[str]]]:
    """The commands of indented lines, and what each is told to say: the lines up to the next."""
    found: list[tuple[str, list[str]]] = []
    for line in re.findall(r"^    (\S.*)$", section(text, WALK), re.MULTILINE):
        if re.match(r"(make|cp|sed) ", line):
            found.append((line, []))
        elif found:
            found[-1][1].append(line)
    return found


def pattern(line: str) -> str:
    """The engine's seed decides on numbers and places, which operation came upon it first, and in
    which geometry."""
    found = re.sub(r"\\?[0-9]+", "[0-9]+", re.escape(line))
    found = re.sub(r"^geometry.*", "geometry \\\\S+$", found)
    return re.sub(r"op=[a-z]+", "op=[a-z-]+", re.sub(r"zone\\ [A-Z]\S+", r"zone\ \\S+", found))


def left(said: str) -> int:
    """How many operations of a program minimize left, 0 when it does not say."""
    found = re.search(r": ([0-9]+) of [0-9]+ records left", said)
    return int(found[1]) if found else 0


def missing(expected: list[str], said: str) -> list[str]:
    return [line for line in expected
            if not re.search(rf"^\s*{pattern(line)}", said, re.MULTILINE)]


def walk(said: Lines) -> None:
    """As a reader does it, with the crash that was found in place of the document's."""
    shutil.rmtree(BROKEN, ignore_errors=True)
    crash = ""
    for words, expected in told(Path(DOCUMENT).read_text()):
        if words.startswith("make "):
            words = re.sub(r"CRASH=\S+", f"CRASH={crash}", words)
            words = words.replace("make ", "scripts/run ", 1)
        ran = command(words)
        crashes = re.findall(r"^replay: make repro CRASH=(\S+)", ran.output, re.MULTILINE)
        crash = crashes[0] if crashes else crash
        wrong = missing(expected, ran.output)
        wanted = status.FINDING if crashes else status.PASS
        said.result(ran.status == wanted and not wrong, f"{DOCUMENT}: {words.split(' CRASH=')[0]}",
                    [f"status {ran.status}; not said: {wrong}", *ran.output.splitlines()[-8:]])
        if "minimize" in words:
            said.result(0 < left(ran.output) <= SMALLEST,
                        f"{DOCUMENT}: one or two operations are left", ran.output)


def afl(said: Lines, fetched: Path) -> None:
    """The same bytes do the same under AFL++, too."""
    if not shutil.which("afl-fuzz"):
        lines.skip("kernel", "AFL++ is not installed")
        return
    ran = command(f"scripts/run afl KERNEL={fetched} TARGET=alloc TIME=10 JOBS=1")
    stable = re.findall(r"stability : (\S+)", ran.output)
    said.result(ran.status == status.PASS and stable == ["100.00%"],
                f"make afl on a tree (stability {' '.join(stable)})", ran.output)


def own_mistake(said: Lines) -> None:
    """Words of the compiler about the user's own patch, and status 2."""
    file = BROKEN / "mm/page_isolation.c"
    if not file.is_file():
        return
    file.write_text(file.read_text() + "\nint unfinished(void) { return nowhere; }\n")
    ran = command(f"scripts/run fuzz KERNEL={BROKEN} TARGET=alloc TIME=1")
    said.result(ran.status == status.USAGE and "the tree does not compile" in ran.output and
                "page_isolation.c:" in ran.output and "'nowhere'" in ran.output,
                f"a patch that does not compile (status {ran.status})", ran.output)


def run(said: Lines, scratch: Path) -> None:
    said.before = "kernel: "
    fetched = source.folder(VERSION)
    if not fetched.is_dir():
        lines.skip("kernel", f"no {fetched}: scripts/run kernel-source")
        return
    os.environ["KERNEL"] = ""
    only_read(said, fetched)
    refused(said, fetched, scratch)
    afl(said, fetched)
    walk(said)
    own_mistake(said)
    shutil.rmtree(BROKEN, ignore_errors=True)
    gone = [name for name in tree.inputs("alloc") if not Path(name).is_file()]
    said.result(not gone, "the programs that it starts from are left alone", gone)
