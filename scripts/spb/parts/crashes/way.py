# SPDX-License-Identifier: GPL-2.0-only
"""With the README's commands, a planted bug goes from an empty corpus to found, triaged and
minimised to a text program that shows it, under libFuzzer and under AFL++. And whoever ends
make fuzz, however, leaves no engine behind.
"""
from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable

from spb import findings, jobs, lines, plant, status, tree, variables
from spb.lines import Lines

BUG, TARGET, SECONDS = "split-remainder-lost", "alloc", 10
FEW_RECORDS = 8
GONE_SECONDS = 20


class Way:
    def __init__(self, said: Lines, scratch: Path, engine: str) -> None:
        self.said, self.engine, self.log = said, engine, scratch / f"{engine}.log"
        self.folder = Path(tree.build_folder())
        self.crashes: list[str] = []

    def run(self, name: str, **words: str) -> int:
        given = {"BUG": BUG, "TARGET": TARGET, "TIME": str(SECONDS), "JOBS": "1", **words}
        return jobs.run(["scripts/run", name, *(f"{key}={value}" for key, value in given.items())],
                        output=self.log).status

    def not_ok(self, text: str) -> None:
        self.said.not_ok(f"{self.engine}: {text}", findings.read(self.log).splitlines()[-10:])

    def go(self) -> None:
        shutil.rmtree(plant.one(BUG).dir / "work", ignore_errors=True)
        shutil.rmtree(self.folder / "triage/smallest", ignore_errors=True)
        try:
            self.found() and self.triaged()
        finally:
            for path in self.crashes:
                Path(path).unlink(missing_ok=True)

    def found(self) -> bool:
        how = self.run(self.engine)
        self.crashes = re.findall(rf"^replay: make repro CRASH=(\S+) BUG={BUG}$",
                                  findings.read(self.log), re.MULTILINE)
        if how != status.FINDING or not self.crashes:
            self.not_ok(f"finds nothing, status {how}")
            return False
        return self.said.ok(f"{self.engine} finds {len(self.crashes)} crashes from an empty corpus")

    def triaged(self) -> None:
        how = self.run("triage", DIR=" ".join(self.crashes))
        kept = sorted((self.folder / "triage/smallest").glob("*"),
                      key=lambda path: path.stat().st_size)
        if how != status.FINDING or not kept:
            self.not_ok(f"triage keeps nothing, status {how}")
            return
        self.said.ok(f"{self.engine}, triage keeps {len(kept)}")
        self.minimised(kept[0])

    def minimised(self, smallest: Path) -> None:
        text = self.folder / "min" / TARGET / (smallest.name + ".spbt")
        text.unlink(missing_ok=True)
        self.run("minimize", CRASH=str(smallest))
        records = [line for line in findings.read(text).partition("\n\n")[2].splitlines() if line]
        if 0 < len(records) <= FEW_RECORDS and self.shows(text, smallest.name):
            self.said.ok(f"{self.engine}, minimised to {len(records)} records")
        else:
            self.not_ok(f"{len(records)} records in {text}")

    def shows(self, text: Path, name: str) -> bool:
        """The program still has the signature (with dots in file names), on the planted core."""
        ran = jobs.run([plant.one(BUG).tool(), "run", "--close", "--target", TARGET, str(text)])
        return findings.signature(ran.output).replace("/", ".") == name


def engines() -> list[int]:
    """What is left of make fuzz in this tree, by the folder that it works in."""
    found, begin = [], f"{tree.build_folder()}/fuzz/{TARGET}\0".encode()
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            command = Path("/proc", name, "cmdline").read_bytes()
            if command.startswith(begin) and os.readlink(f"/proc/{name}/cwd") == os.getcwd():
                found.append(int(name))
        except OSError:
            continue  # it has ended
    return found


def close(process: subprocess.Popen) -> None:
    """As with a pager that is left, or a terminal that is gone."""
    process.stdout.close()


ENDS: dict[str, Callable[[subprocess.Popen], None]] = {
    "the reader of make fuzz": close,
    "a make fuzz that was killed": lambda process: process.kill(),
    "a make fuzz that was interrupted": lambda process: process.send_signal(signal.SIGINT),
}


def ended(said: Lines, what: str, end: Callable[[subprocess.Popen], None]) -> None:
    process = jobs.start(["scripts/run", "fuzz", f"TARGET={TARGET}", "TIME=60", "JOBS=1"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    process.stdout.readline()
    running = bool(engines())
    end(process)
    deadline = time.monotonic() + GONE_SECONDS
    while engines() and time.monotonic() < deadline:
        time.sleep(0.1)
    left = engines()
    said.result(running and not left, f"no engine outlives {what}",
                [f"{len(left)} are left" if running else "there was none"])
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    jobs.ended(process)


def run(said: Lines, scratch: Path) -> None:
    said.before = "way: "
    Way(said, scratch, "fuzz").go()
    if shutil.which("afl-fuzz") and shutil.which(variables.get("AFL_CLANG")):
        Way(said, scratch, "afl").go()
    else:
        lines.skip("way", "AFL++ is not installed (make setup AFL=1)")
    for what, end in ENDS.items():
        ended(said, what, end)
    gone = [name for target in tree.fuzz_targets() for name in tree.inputs(target)
            if not Path(name).is_file()]
    said.result(not gone, "sessions leave the programs that they start from alone", gone)
