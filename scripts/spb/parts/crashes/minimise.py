# SPDX-License-Identifier: GPL-2.0-only
"""The minimiser on a planted bug: the signature stays, the result is the same each time,
whatever ends it leaves a whole file, and make minimize prints what it should."""
from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import time
from pathlib import Path

from spb import build, jobs, plant, tree
from spb.lines import Lines

BUG, NR_RECORDS = "alloc-nr-free-twice", 203
SECONDS = 300
HEAD = "spbt 1\ngeometry holes\ncpus 4\npcp large\nswitches defrag\n\n"
# What shows it, and after it more that cannot.
TAIL = "vmalloc s9 gfp=GFP_KERNEL|__GFP_NOWARN arg=3 cpu=2 pre=7>1\nfree s9\nwork\n"


class Min:
    def __init__(self, lines: Lines, scratch: Path) -> None:
        self.lines, self.scratch = lines, scratch
        self.tool = plant.one(BUG).tool()
        self.crash = scratch / "crash.spbt"
        self.crash.write_text(HEAD + "".join(f"time arg={i} cpu={i % 4}\nfree s{i}\n"
                                             for i in range(100)) + TAIL)
        self.before = self.signature(self.crash)

    def run_tool(self, *words, **more) -> jobs.Result:
        return jobs.run([self.tool, *(str(word) for word in words)], wall=SECONDS, **more)

    def signature(self, path: Path) -> str:
        found = re.search("^SIGNATURE (.*)$", self.run_tool("run", "--close", path).output, re.M)
        return found[1] if found else ""

    def smaller(self) -> None:
        small, again = self.scratch / "small", self.scratch / "again"
        ended = self.run_tool("min", "-o", small, self.crash)
        self.lines.result(ended.status == 0, f"a crash of {NR_RECORDS} operations becomes smaller",
                          ended.output)
        self.lines.result(bool(self.before) and self.signature(small) == self.before,
                          f"the signature stays: {self.before}")
        shown = self.run_tool("show", small).output
        self.lines.result(shown.split("\n\n", 1)[-1].strip() == "vmalloc s0",
                          "one operation is left, its values are zero", shown)
        text = self.run_tool("min", "-q", self.crash, errors=False).output
        (self.scratch / "again.spbt").write_text(text)
        self.run_tool("asm", "-o", again, self.scratch / "again.spbt")
        self.lines.result(again.is_file() and again.read_bytes() == small.read_bytes(),
                          "text on the standard output is the same program", text)

    def forms(self) -> None:
        said = self.run_tool("min", "--json", "-", input=self.crash.read_text()).output
        wanted = f'"signature": "{self.before}".*"records_before": {NR_RECORDS}, "records": 1,'
        self.lines.result(bool(re.search(wanted, said)), "JSON, from the standard input", said)
        out = self.scratch / "rule.spbt"
        self.run_tool("min", "--keep", "rule", "-o", out, self.crash)
        said = self.run_tool("run", out).output
        found = re.search("^FINDING ([a-z-]*) ", said, re.M)
        self.lines.result(bool(found) and found[1] == self.before.split("/")[0],
                          "one that keeps the rule alone", said)
        out = self.scratch / "early"
        ended = self.run_tool("min", "--tries", "3", "-o", out, self.crash)
        self.lines.result(ended.status == 1 and self.signature(out) == self.before,
                          "too few tries: what there is, and status 1", ended.output)

    def interrupted(self, number: signal.Signals) -> None:
        """Ended in the middle, it keeps the best so far, whole."""
        out = self.scratch / number.name
        process = jobs.start([self.tool, "min", "-q", "-o", str(out), str(self.crash)],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not (out.exists() and out.stat().st_size):
            time.sleep(0.001)
        jobs.kill_group(process.pid, number)
        process.wait()
        jobs.ended(process)
        self.lines.result(out.is_file() and self.signature(out) == self.before,
                          f"{number.name} leaves a program that shows the same")

    def errors(self) -> None:
        ended = self.run_tool("min", "-o", "/dev/full", self.crash)
        self.lines.result(ended.status == 2 and stat.S_ISCHR(os.stat("/dev/full").st_mode) and
                          "/dev/full: No space" in ended.output,
                          "an output that cannot be written is an error", ended.output)
        good = tree.inputs("alloc")[0]
        ended = jobs.run([build.tool("asan"), "min", good])
        self.lines.result(ended.status == 2 and "nothing to shrink" in ended.output,
                          "a program without a finding is an input error", ended.output)

    def command(self) -> None:
        made = Path(tree.build_folder()) / "min/alloc/crash.spbt"
        made.unlink(missing_ok=True)
        ended = jobs.run(["scripts/run", "minimize", f"CRASH={self.crash}", f"BUG={BUG}"])
        shown = len(re.findall("^vmalloc s", ended.output, re.M))
        self.lines.result(ended.status == 0 and shown == 2 and made.is_file(), "make minimize "
                          "prints the program before and after, and writes it", ended.output)
        ended = jobs.run(["scripts/run", "minimize", "CRASH=nothing"])
        self.lines.result(ended.status == 2, "make minimize without a crash is a usage error",
                          ended.output)


def run(lines: Lines, scratch: Path) -> None:
    check = Min(lines, scratch)
    check.smaller()
    check.forms()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        check.interrupted(number)
    check.errors()
    check.command()
