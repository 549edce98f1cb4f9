# SPDX-License-Identifier: GPL-2.0-only
"""Triage and distil on folders: what is lost (nothing), what a second run changes (nothing), and
what happens to folders when something goes wrong."""
from __future__ import annotations

import filecmp
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

from spb import build, jobs, plant, tree
from spb.lines import Lines

BUG, MAKE_BUG = "alloc-nr-free-twice", "kvmalloc-nofail"
SECONDS = 300


def same(one: Path, other: Path) -> bool:
    """Two folders of the same files, without folders in them."""
    names = sorted(os.listdir(one)) if one.is_dir() else None
    return (names is not None and other.is_dir() and names == sorted(os.listdir(other)) and
            not any(filecmp.cmpfiles(one, other, names, shallow=False)[1:]))


class Folders:
    def __init__(self, lines: Lines, scratch: Path) -> None:
        self.lines, self.scratch = lines, scratch
        self.corpus = [Path(name) for name in tree.inputs("alloc")]
        self.walk = [name for name in tree.inputs("walk")]
        self.new, self.copy = scratch / "new", scratch / "copy"
        self.said = ""

    def expect(self, status: int, words: str, name: str, *command, **more) -> None:
        """Words in what it prints, "" = any."""
        ended = jobs.run([str(word) for word in command], wall=SECONDS, **more)
        self.said = ended.output
        self.lines.result(ended.status == status and words in ended.output,
                          f"{name} (status {ended.status})", ended.output)

    def holds(self, passed: bool, name: str) -> None:
        self.lines.result(bool(passed), name, self.said)

    def one_in(self, share: int, folder: str) -> Path:
        """One program in so many of the corpus: all would say the same."""
        to = self.scratch / folder
        to.mkdir()
        for path in self.corpus[::share]:
            shutil.copy(path, to)
        return to

    # ---- distil --------------------------------------------------------------

    def distil(self, *words) -> list:
        return [build.tool("plain"), "distil", "--target", "alloc", *words]

    def features(self) -> str:
        found = re.search(r'"edge_features.*(?=, "lost")', self.said)
        return found[0] if found else ""

    def distil_twice(self) -> None:
        new, many = self.new, self.one_in(4, "many")
        self.expect(0, "", "distil: a folder", *self.distil("--json", "-o", new, many))
        all_features = self.features()
        shutil.copytree(new, self.copy)
        self.expect(0, "", "distil: what it chose, once more",
                    *self.distil("--json", "-o", new, new))
        self.holds(all_features and self.features() == all_features,
                   f"distil: no feature is lost: {all_features}")
        self.holds(same(new, self.copy), "distil: a second run changes nothing")
        self.holds(len(os.listdir(new)) < len(os.listdir(many)), "distil: there are fewer")
        self.expect(0, "", "distil: copies under the same names",
                    *self.distil("-o", self.scratch / "third", many, new))
        self.holds(same(new, self.scratch / "third"), "distil: they are one file")

    def distil_limits(self) -> None:
        new, ten, must = self.new, self.scratch / "ten", self.scratch / "must"
        self.expect(2, "holds what is not read", "distil: a folder of something else is left alone",
                    *self.distil("-o", new, *self.walk))
        self.expect(1, "the limits cost", "distil: limits that cost coverage",
                    *self.distil("-f", "10", "-o", new, new))
        self.holds(same(new, self.copy), "distil: neither has changed the folder")
        self.expect(0, "10 of", "distil: limits that may",
                    *self.distil("-f", "10", "--lossy", "-o", ten, new))
        self.holds(len(os.listdir(ten)) == 10, "distil: the limit holds")
        kept = self.walk[0]
        self.expect(0, "10 of", "distil: one that must be",
                    *self.distil("-f", "10", "--lossy", "--must", kept, "-o", must, new))
        self.holds((must / Path(kept).name).is_file(), "distil: it is there")

    def distil_in_place(self) -> None:
        new = self.new

        def no_room() -> None:
            """No file may grow; what it says goes through a pipe."""
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        ended = subprocess.run([str(word) for word in self.distil("-o", new, new)],
                               preexec_fn=no_room, env=jobs.environment(), text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.said = ended.stdout
        self.holds(ended.returncode == 2 and "nothing was changed" in ended.stdout,
                   f"distil: no room to write (status {ended.returncode})")
        (new / "below").mkdir()
        self.expect(2, "there are folders in it", "distil: a folder with a folder in it",
                    *self.distil("-o", new, new))
        (new / "below").rmdir()
        (new / ".keep").write_text("hidden\n")
        self.expect(0, "", "distil: in place", *self.distil("-o", new, new))
        self.holds((new / ".keep").is_file(), "distil: hidden files stay")
        (new / ".keep").unlink()

    def distil_killed(self) -> None:
        words = [str(word) for word in self.distil("-o", self.new, self.new, self.scratch / "many")]
        process = jobs.start(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.02)
        jobs.kill_group(process.pid, signal.SIGKILL)
        process.wait()
        jobs.ended(process)
        self.holds(same(self.new, self.copy), "distil: killed in the middle, the folder is whole")

    def distil_no_programs(self) -> None:
        engine = self.scratch / "engine"
        engine.mkdir()
        shutil.copy(self.walk[0], engine)
        (engine / "unknown").write_bytes(b"\xd5rest")
        (engine / "text").write_text("x")
        self.expect(2, "neither an operation", "distil: what an engine keeps may be no program",
                    *self.distil(engine))
        self.expect(0, "1 of 1 programs", "distil: which can be left out",
                    *self.distil("--skip", engine))
        self.holds("2 files are no programs" in self.said, "distil: and is counted")

    # ---- make distil ---------------------------------------------------------

    def make_distil(self) -> None:
        shows, made = self.scratch / "shows", self.scratch / "made"
        forgetful = self.scratch / "forgetful"
        # A choice without what shows the bug: nothing may be written then.
        tool = Path(build.tool("plain")).absolute()
        forgetful.write_text(
            f'#!/bin/bash\n"{tool}" "$@"\nstatus=$?\n'
            'while [ "$1" != -o ]; do shift; done\n'
            'find "$2" -type f ! -name single-page -delete\nexit $status\n')
        forgetful.chmod(0o755)
        shows.mkdir()
        program = plant.one(MAKE_BUG).patch.with_suffix(".spbt")
        jobs.run([build.tool("gcc"), "asm", "-o", str(shows / "shows"),
                  str(program)])
        words = ["scripts/run", "distil", f"BUG={MAKE_BUG}", f"FROM={shows}", f"OUT={made}"]
        self.expect(2, "there are: alloc", "make distil: no such target", "scripts/run", "distil",
                    "TARGET=nope")
        self.expect(0, "bugs shown: 1", "make distil: a bug is still shown", *words,
                    "TARGET=callers")
        self.holds((made / "callers").is_dir() and os.listdir(made / "callers"),
                   "make distil: programs are written")
        shutil.copytree(made, self.scratch / "made.old")
        self.expect(1, f"these bugs would be lost: {MAKE_BUG}", "make distil: a bug would be lost",
                    *words, "TARGET=callers", env=jobs.environment(COUNTER=str(forgetful)))
        self.holds(same(made / "callers", self.scratch / "made.old/callers"),
                   "make distil: nothing is written then")

    # ---- triage --------------------------------------------------------------

    def triage(self, *words) -> list:
        return [self.tool, "triage", "--target", "alloc", *words]

    def groups(self) -> int:
        found = re.search(r"groups: (\d+)", self.said)
        return int(found[1]) if found else -1

    def triage_reports(self, few: Path) -> None:
        scratch = self.scratch
        self.expect(1, "groups: ", "triage: crashes", *self.triage(
            "-w", scratch / "base", "-J", scratch / "junit.xml", "-S", scratch / "sarif", "--keep",
            scratch / "smallest", few))
        groups, base = self.groups(), (scratch / "base").read_text().splitlines()
        counts = [sum(not line.startswith("#") for line in base),
                  len(os.listdir(scratch / "smallest")),
                  (scratch / "sarif").read_text().count('"ruleId"')]
        cases = (scratch / "junit.xml").read_text().count("<testcase")
        self.holds(counts == [groups] * 3 and cases == len(os.listdir(few)),
                   f"triage: baseline, reports and kept files have all {groups} groups: {counts}")

    def triage_baseline(self, few: Path) -> None:
        scratch, base = self.scratch, self.scratch / "base"
        before = sorted(base.read_text().splitlines())
        self.expect(0, "of which 0 new", "triage: all known",
                    *self.triage("-b", base, "-w", base, scratch / "smallest"))
        self.holds(sorted(base.read_text().splitlines()) == before,
                   "triage: a baseline keeps what is not seen again")
        base.write_text("".join(base.read_text().splitlines(True)[:-1]))
        self.expect(1, "of which 1 new", "triage: one is new", *self.triage("-b", base, few))
        self.expect(1, f"::error file={few}/", "triage: annotations",
                    *self.triage("--github", few))
        self.expect(2, "No such file", "triage: no baseline",
                    *self.triage("-b", scratch / "nothing", few))

    def triage_shrunk(self) -> None:
        scratch, groups = self.scratch, len(os.listdir(self.scratch / "smallest"))
        self.expect(1, "groups: ", "triage: crashes shrunk first", *self.triage(
            "--minimize", "--keep", scratch / "least", scratch / "smallest"))
        sizes = [sum(path.stat().st_size for path in (scratch / name).iterdir())
                 for name in ("least", "smallest")]
        self.holds(self.groups() <= groups and sizes[0] < sizes[1],
                   f"triage: there are not more groups then, and smaller programs: {sizes}")

    def triage_all(self) -> None:
        few = self.one_in(8, "few")
        self.tool = build.tool("asan")
        self.expect(0, f"{len(self.walk)} run to their end", "triage: nothing crashes",
                    *self.triage(*self.walk))
        self.tool = plant.one(BUG).tool()
        self.triage_reports(few)
        self.triage_baseline(few)
        self.triage_shrunk()
        (self.scratch / "smallest/newer").write_bytes(b"\x82rest")
        self.expect(2, "1 cannot be read", "triage: a file that is no program",
                    *self.triage(self.scratch / "smallest"))
        self.expect(2, "/dev/full", "triage: a report that cannot be written",
                    *self.triage("-S", "/dev/full", few))
        self.expect(1, "SIGNATURE", "bench: nothing is measured of a crash", self.tool, "bench",
                    "-m", "1", *self.corpus)
        self.holds("runs/s" not in self.said, "bench: no figure is printed then")
        self.expect(1, "programs crash", "distil: crashes are not distilled", self.tool, "distil",
                    "--states", "--target", "alloc", "-o", self.scratch / "none", *self.corpus)
        self.holds(not (self.scratch / "none").exists(), "distil: nothing is written then")


def run(lines: Lines, scratch: Path) -> None:
    folders = Folders(lines, scratch)
    folders.distil_twice()
    folders.distil_limits()
    folders.distil_in_place()
    folders.distil_killed()
    folders.distil_no_programs()
    folders.make_distil()
    folders.triage_all()
