# SPDX-License-Identifier: GPL-2.0-only
"""Bad input and bad luck, for every subcommand of spbfuzz: what cannot be read is told and has
status 2; and whichever file operation is the one after which the disk is full, or the process
gone, results are whole or not there, and what was there before is whole."""
from __future__ import annotations

import hashlib
import lzma
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

from spb import build, jobs, plant, variables
from spb.lines import Lines

BUG = "alloc-nr-free-twice"
READERS = "run show asm import compare reach min triage distil bench".split()
# What a command needs beside its files.
OPTIONS = {"import": ["-o", "programs"], "distil": ["--states", "-o", "distilled"],
           "bench": ["-m", "1"], "asm": ["-o", "out"], "show": ["-o", "out"], "min": ["-o", "out"]}
TAKES_ONE = ("asm", "show", "min")
SECONDS = 20
MOST_OPERATIONS = 400
LEAST_OPERATIONS = 3
ANOTHER_DAY = "# another day\n"


@dataclass
class Command:
    """One that writes below now/. Well: its status when all is well."""
    name: str
    well: int
    words: list[str]
    bad: list[str] = field(default_factory=list)


class Files:
    def __init__(self, lines: Lines, scratch: Path) -> None:
        self.lines, self.root = lines, Path.cwd()
        self.scratch = (scratch / "files").resolve()
        self.scratch.mkdir(parents=True)
        self.signature = ""

    # ---- what is needed ------------------------------------------------------

    def build(self) -> bool:
        self.tool = str(Path(plant.one(BUG).tool()).resolve())
        self.failing = str(self.scratch / "failing.so")
        made = jobs.run([variables.get("CC"), "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-o",
                         self.failing, "tests/files/failing.c", "-ldl"])
        # Somebody else must be able to run it.
        self.plain = str(shutil.copy(build.tool("gcc"), self.scratch / "spbfuzz"))
        return self.lines.result(made.status == 0, "tests/files/failing.c is built", made.output)

    def inputs(self) -> None:
        texts = {"newer.spbt": "spbt 2\nalloc s1\n", "empty": ""}
        for name, text in texts.items():
            (self.scratch / name).write_text(text)
        (self.scratch / "newer").write_bytes(b"\x82rest")
        (self.scratch / "huge").write_bytes(bytes((1 << 20) + 1))
        for name in "none closed there link pipe crashes good".split():
            (self.scratch / name).mkdir()
        os.symlink("nothing", self.scratch / "dangling")
        os.symlink("../nothing", self.scratch / "link/dangling")
        os.mkfifo(self.scratch / "pipe/pipe")
        (self.scratch / "link/good.spbt").write_text("alloc s1\n")
        shutil.copy(self.scratch / "newer", self.scratch / "closed")
        trace = lzma.open(self.root / "tests/data/fs-cut.trace.xz", "rt").read()
        (self.scratch / "trace").write_text("\n".join(trace.split("\n")[:3000]) + "\n")
        crash = plant.one(BUG).patch.with_suffix(".spbt").read_text()
        (self.scratch / "crashes/one.spbt").write_text(crash)
        (self.scratch / "crashes/two.spbt").write_text(crash + "alloc s2\n")
        for path in self.root.glob("seeds/relax/geometry-spb[1-9]*"):
            shutil.copy(path, self.scratch / "good")
        self.old = self.scratch / "old"
        jobs.run([self.plain, "asm", "-o", str(self.old),
                  str(self.root / "seeds/walk/claim-during-walk.spbt")])
        for folder in (self.scratch, self.scratch.parent, self.scratch.parent.parent):
            folder.chmod(0o755)

    def say(self, words: list[str], **more) -> jobs.Result:
        return jobs.run(words, cwd=self.scratch, wall=SECONDS, **more)

    # ---- what cannot be read -------------------------------------------------

    def refused(self, said: str, name: str, words: list[str]) -> None:
        ended = self.say(words)
        self.lines.result(ended.status == 2 and said in ended.output,
                          f"{name} (status {ended.status})", ended.output)

    def cases_of(self, command: str) -> Iterator[tuple[str, str, list[str]]]:
        """What it says, what is wrong, arguments. (import reads something else.)"""
        yield "nothing: No such file", "a missing file", ["nothing"]
        yield "dangling: No such file", "a link to nowhere", ["dangling"]
        yield "spbfuzz: ", "an empty file", ["empty"]
        yield "huge", "a huge file", ["huge"]
        yield "spbfuzz: ", "an empty folder", ["none"]
        yield f"usage: spbfuzz {command}", "no file at all", []
        if command == "import":
            return
        yield "newer: version 0x82", "an unknown version", ["newer"]
        yield "newer.spbt:1: ", "an unknown version of the text", ["newer.spbt"]
        if command in TAKES_ONE:
            return
        yield "dangling: No such file", "a folder with a link to nowhere", ["link"]
        yield "pipe/pipe: neither a file nor a folder", "a folder with a pipe in it", ["pipe"]

    def unreadable(self) -> None:
        for command in READERS:
            for said, name, arguments in self.cases_of(command):
                words = [self.plain, command, *OPTIONS.get(command, []), *arguments]
                self.refused(said, f"{command}: {name}", words)
        made = [name for name in ("out", "programs", "distilled") if (self.scratch / name).exists()]
        self.lines.result(not made, "none of them has made a file", made)

    def forbidden(self) -> None:
        """Nothing is closed to root, so somebody else has to look."""
        somebody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        (self.scratch / "closed").chmod(0)
        for command in "run compare reach triage distil bench".split():
            self.refused("closed: Permission denied", f"{command}: a folder that may not be read",
                         [*(somebody if os.getuid() == 0 else []), self.plain, command, "closed"])
        self.refused("Permission denied", "asm: a folder that may not be written",
                     [*(somebody if os.getuid() == 0 else []), self.plain, "asm", "-o",
                      "closed/out", "link/good.spbt"])
        (self.scratch / "closed").chmod(0o755)

    # ---- bad luck ------------------------------------------------------------

    def before(self) -> None:
        """What each command begins with: results of another day under the same names."""
        now = self.scratch / "now"
        shutil.rmtree(now, ignore_errors=True)
        for name in ("folder", "keep"):
            (now / name).mkdir(parents=True)
        shutil.copy(self.old, now / "folder/old")
        for name in "out.spbt out base junit sarif".split():
            (now / name).write_text(ANOTHER_DAY)

    def contents(self) -> dict[str, str]:
        """Hash of each file by its name. Temporary ones begin with a dot or have a number.
        Times do not count."""
        found = {}
        for folder, folders, names in os.walk(self.scratch / "now"):
            folders[:] = [name for name in folders if ".new." not in name]
            for name in names:
                if not name.startswith(".") and ".new." not in name:
                    path = Path(folder) / name
                    text = re.sub(rb' time="[^"]*"', b"", path.read_bytes())
                    found[str(path.relative_to(self.scratch))] = hashlib.sha1(text).hexdigest()
        return found

    def torn(self, command: Command, old: dict, new: dict) -> str:
        """A file that is neither as it was nor as it shall be, or that is gone. min may leave
        any program that shows the same; what distil's choice replaces may be gone, and its
        folder is all or nothing."""
        is_now = self.contents()
        if command.name == "min" and self.crash_of("now/out") == self.signature:
            return ""
        for name, value in is_now.items():
            if value not in (old.get(name), new.get(name)):
                return f"torn {name}"
        for name in old:
            if name not in is_now and not (command.name == "distil" and name == "now/folder/old"):
                return f"gone {name}"
        if command.name == "distil" and is_now not in (old, new):
            return "the folder is neither the old nor the new one"
        return ""

    def crash_of(self, name: str) -> str:
        said = self.say([self.tool, "run", "--close", name]).output
        found = re.search("^SIGNATURE .*$", said, re.M)
        return found[0] if found else ""

    def left_behind(self) -> list[str]:
        return [name for folder, folders, names in os.walk(self.scratch) for name in names + folders
                if re.match(r"\..*\.[0-9]", name) or re.search(r"\.new\.[0-9]", name)]

    def unlucky_once(self, command: Command, how: str, at: int, old: dict, new: dict) -> bool:
        """Bad luck at one file operation. Return: there was one."""
        self.before()
        mark = self.scratch / "mark"
        mark.unlink(missing_ok=True)
        ended = self.say(command.words, env=jobs.environment(
            LD_PRELOAD=self.failing, FAIL_AT=str(at), FAIL_HOW=how, FAIL_MARK=str(mark)))
        if not mark.exists():
            return False
        torn = self.torn(command, old, new)
        if torn:
            command.bad.append(f"{at}: {torn}")
        if how == "full":
            # What comes after the last rename cannot be undone, nor has it to be.
            if ended.status != 2 and self.contents() != new:
                command.bad.append(f"{at}: status {ended.status}")
            if ended.status == 2 and not re.search("^spbfuzz: .*No space left", ended.output, re.M):
                command.bad.append(f"{at}: says nothing")
            command.bad += [f"{at}: leaves {name}" for name in self.left_behind()]
        return True

    def unlucky(self, command: Command) -> None:
        self.before()
        old = self.contents()
        ended = self.say(command.words)
        new = self.contents()
        self.lines.result(ended.status == command.well and old != new,
                          f"{command.name} writes (status {ended.status})", ended.output)
        for how in ("kill", "full"):
            command.bad, places = [], 0
            while (places < MOST_OPERATIONS and
                   self.unlucky_once(command, how, places + 1, old, new)):
                places += 1
            for name in self.scratch.glob("*.new.*"):
                shutil.rmtree(name) if name.is_dir() else name.unlink()
            self.lines.result(LEAST_OPERATIONS <= places < MOST_OPERATIONS and not command.bad,
                              f"{command.name}: {how} at each of {places} file operations",
                              command.bad)

    def bad_luck(self) -> None:
        self.signature = self.crash_of("crashes/one.spbt")
        self.lines.result(bool(self.signature), f"the crash shows: {self.signature}")
        tool, plain = self.tool, self.plain
        for name, well, words in (
                ("show", 0, [plain, "show", "-o", "now/out.spbt", "link/good.spbt"]),
                ("asm", 0, [plain, "asm", "-o", "now/out", "link/good.spbt"]),
                ("min", 0, [tool, "min", "-q", "-o", "now/out", "crashes/one.spbt"]),
                ("import", 0, [plain, "import", "-q", "-m", "2", "-o", "now/folder", "trace"]),
                ("triage", 1, [tool, "triage", "-w", "now/base", "-J", "now/junit", "-S",
                               "now/sarif", "--keep", "now/keep", "crashes"]),
                ("distil", 0, [plain, "distil", "--states", "-t", "relax", "-o", "now/folder",
                               "now/folder", "good"])):
            self.unlucky(Command(name, well, words))


def run(lines: Lines, scratch: Path) -> None:
    files = Files(lines, scratch)
    if not files.build():
        return
    files.inputs()
    files.unreadable()
    files.forbidden()
    files.bad_luck()
