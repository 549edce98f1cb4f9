# SPDX-License-Identifier: GPL-2.0-only
"""Whatever is done to them, commands say what is wrong, in a sentence and with the right status,
and lose nothing: wrong arguments, full disks under real engines, kill -9 at any moment, a tree that
is another user's or may only be read.

Here are the commands that fuzz; writers.py has those that write one result, campaigns.py a campaign
of several sessions. What spbfuzz itself writes is tried at each file operation in the part files.
"""
from __future__ import annotations

import os
import random
import re
import shutil
import time
from pathlib import Path
from typing import Callable

from spb import findings, jobs, lines, plant, status
from spb.lines import Lines
from spb.parts.abuses import campaigns, writers

BUG, TARGET = "split-remainder-lost", "alloc"
CRASHES = Path("crashes", TARGET)
SECONDS, WALL = 8, 240
SEED, KILLS = 7, 3
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
# Refused before anything is built or run.
REFUSED = """fuzz TIME=abc
fuzz TIME=-1
fuzz TIME=8d
fuzz TIME=99999999999999999999
fuzz TARGET=none
fuzz JOBS=0
fuzz more
fuzz RULES=none
fuzz DROPIN=nothing.c
fuzz KERNEL=nothing
fuzz BUG=none
campaign BUG=free-twice
campaign TIME=1.5h
repro
repro CRASH=nothing
minimize
minimize CRASH=nothing
minimize CRASH=crashes
bugs BUG=none
bugs LEAST=most
overhead SPBS=1
overhead STATE=none
overhead OUT=table.txt
lab POLICY=best
lab TRACE=none
lab OUT=table.txt
exhaustive DEPTH=0
schedules BOUND=-1
threads CRASH=nothing
mutants SAMPLE=few
kernel-source VERSION=latest
nothing"""


class Abuses:
    def __init__(self, said: Lines, scratch: Path) -> None:
        self.said, self.scratch = said, scratch
        self.bug = plant.one(BUG)
        self.before = set(CRASHES.glob("*"))

    def new_crashes(self) -> set[Path]:
        return set(CRASHES.glob("*")) - self.before

    def tidy(self) -> None:
        for path in self.new_crashes():
            path.unlink()
        for name in ("work", "afl-out"):
            shutil.rmtree(self.bug.dir / name, ignore_errors=True)

    def told(self, ran: jobs.Result, how: int, words: str, text: str) -> bool:
        """It ended with that status, and said that; and no stack of Python's."""
        return self.said.result(ran.status == how and "Traceback" not in ran.output and
                                re.search(words, ran.output) is not None,
                                f"{text}: status {ran.status}", ran.output.splitlines()[-12:])

    # ---- arguments ----

    def arguments(self) -> None:
        for line in REFUSED.splitlines():
            # (As if typed: make check has told its parts where the build is.)
            ran = jobs.run(["scripts/run", *line.split()], wall=WALL, env=jobs.environment(B=""))
            short = len(ran.output.strip().splitlines()) <= 8
            self.said.result(ran.status == status.USAGE and short and "Traceback" not in ran.output
                             and ran.output.strip() != "",
                             f"refused: {line} (status {ran.status})", ran.output)

    # ---- disks ----

    def on_small_disks(self, folders: list[Path], words: list[str], full: bool) -> jobs.Result:
        """In a namespace of its own, with a disk of one page at each of the folders."""
        script = ["set -e"]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            script.append(f"mount -t tmpfs -o size=4k none {folder}")
            if full:
                script.append(f"head -c 4096 /dev/zero >{folder}/filler")
        script.append('exec "$@"')
        return jobs.run(["unshare", "-m", "sh", "-c", "\n".join(script), "sh", *words], wall=WALL)

    def fuzz(self, engine: str = "fuzz") -> list[str]:
        return ["scripts/run", engine, f"BUG={BUG}", f"TIME={SECONDS}", "JOBS=1"]

    def disks(self) -> None:
        """Nothing is gone on with there. What the engine met in the first moment is a crash all the
        same, and its text is printed where it could not be written."""
        for engine in ("fuzz", "afl"):
            for what, folder in (("crashes", CRASHES), ("inputs", self.bug.dir / "work" / TARGET),
                                 ("logs", self.bug.dir / "log")):
                ran = self.on_small_disks([folder], self.fuzz(engine), True)
                early = ran.status == status.FINDING and \
                    ("\nspbt 1\n" in ran.output or folder != CRASHES)
                self.told(ran, status.FINDING if early else status.INCONCLUSIVE,
                          "No space left on device", f"{engine}: no room for {what}")
                self.tidy()

    # ---- kill -9 ----

    def killed(self, words: list[str], ready: Callable[[str], bool], seconds: float,
               log: Path) -> str:
        """So many seconds after it is ready, by what it has said. Return: what that was in the
        end."""
        with open(log, "wb") as said:
            process = jobs.start(words, stdout=said, stderr=said)
        began = time.monotonic()
        while not ready(findings.read(log)) and process.poll() is None and \
                time.monotonic() - began < WALL:
            time.sleep(0.1)
        time.sleep(seconds)
        process.kill()  # (if it has not ended by itself)
        process.wait()
        jobs.ended(process)
        time.sleep(2)  # for the guardian of what it had started
        return findings.read(log)

    def kills(self) -> None:
        chance = random.Random(SEED)
        for number in range(KILLS):
            said = self.killed(self.fuzz(), lambda text: " exec " in text,
                               chance.uniform(0, SECONDS / 2), self.scratch / f"kill-{number}.log")
            torn = [path for path in self.new_crashes() if not findings.is_whole(path)]
            lost = [path for path in re.findall(r"CRASH=(\S+)", said) if not Path(path).is_file()]
            self.said.result(" exec " in said and not torn and not lost,
                             f"fuzz, kill -9 number {number}: no crash is torn or lost",
                             map(str, torn + lost))
        ran = jobs.run(self.fuzz(), wall=WALL)
        self.told(ran, status.FINDING, r"replay: make repro CRASH=", "fuzz after it")

    # ---- others ----

    def by_nobody(self, words: list[str]) -> jobs.Result:
        return jobs.run([*NOBODY, *words], wall=WALL)

    def read_only(self, words: list[str]) -> jobs.Result:
        """In a namespace of its own, where nothing of this tree can be written."""
        return jobs.run(["unshare", "-m", "sh", "-c", "mount --bind . . && "
                         'mount -o remount,ro,bind . && cd "$PWD" && exec "$@"', "sh", *words],
                        wall=WALL)

    def others(self, commands: dict[str, list[str]]) -> None:
        if jobs.run([*NOBODY, "test", "-r", os.path.abspath("scripts/run")]).status:
            lines.skip("abuses", "another user cannot read this folder")
        else:
            for name, words in commands.items():
                self.told(self.by_nobody(words), status.INCONCLUSIVE,
                          r"[Pp]ermission denied|not writable|cannot", f"{name} by another user")
        for name, words in commands.items():
            self.told(self.read_only(words), status.INCONCLUSIVE, "[Rr]ead-only file system",
                      f"{name} in a tree that may only be read")


def run(said: Lines, scratch: Path) -> None:
    said.before = "abuses: "
    abuses = Abuses(said, scratch)
    abuses.arguments()
    if jobs.run(["unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt"]).status:
        lines.skip("abuses", "no mounts here: run it as root")
        return
    os.environ.update(BUG="", TARGET="all")
    try:
        abuses.kills()
        crashes, commands = sorted(abuses.new_crashes()), []
        if said.result(bool(crashes), "there is a crash to look at"):
            crash = Path(shutil.copy(crashes[0], scratch / crashes[0].name))
            commands = writers.commands(crash, scratch / "out")
            writers.disks(abuses, commands)
            writers.kills(abuses, commands, crash)
        abuses.tidy()
        campaigns.kills(abuses)
        abuses.disks()
        abuses.others({"fuzz": abuses.fuzz(), **{command.name: command.words
                                                 for command in commands}})
    finally:
        abuses.tidy()
