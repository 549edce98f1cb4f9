# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory, in short: the same report twice, to the byte; a core that counts wrongly is
found by the books; what is asked for in vain is said; what was ended keeps what there is.
"""
from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from spb import jobs, tree
from spb.lab.command import tool
from spb.lab.figures import FOLDER, rows_of
from spb.lines import Lines, skip
from spb.parts import dropin

TRACE = f"{FOLDER}/build.trace.xz"
SMALL = ["--quiet", "--memory", "4", "--use", "60", "--pinned", "0", "--events", "60000",
         "--samples", "4"]
LOSES = "tests/data/dropin-loses.c"
FAILS = "tests/data/dropin-no-gigabyte.c"
SECONDS = 300
MUCH = 40 << 30  # bytes of memory


def reported(*words: str) -> str:
    """What it says, or nothing when it fails."""
    ended = jobs.run([tool(), *SMALL, *words[:-1], TRACE, words[-1]], wall=SECONDS)
    return "" if ended.status else ended.output


def same(lines: Lines) -> None:
    firsts = {policy: reported(policy) for policy in ("as-posted", "steering-off")}
    for policy, first in firsts.items():
        second = reported(policy)
        lines.result(bool(first) and first == second, f"{policy}: the same report twice", second)
    other = reported("--seed", "2", "as-posted")
    lines.result(bool(other) and other != firsts["as-posted"], "another seed, another report")
    rows = [rows_of(first) for first in firsts.values()]
    kept = [int(of_one[-1]["would"]) for of_one in rows if of_one]
    lines.result(len(kept) == 2 and kept[0] > kept[1],
                 f"steering keeps more gigabytes than none does: {kept}")


def wrong(lines: Lines) -> None:
    folder = dropin.built(lines, LOSES, "lab/lab")
    ended = jobs.run([f"{folder}/lab/lab", *SMALL, TRACE], wall=SECONDS)
    lines.result(ended.status == 1 and "the books do not agree" in ended.output,
                 f"{LOSES} is found by the books", ended.output)
    lines.result("# partial: ended after " in ended.output, "what was there before is kept",
                 ended.output)
    folder = dropin.built(lines, FAILS, "lab/lab")
    ended = jobs.run([f"{folder}/lab/lab", *SMALL, TRACE], wall=SECONDS)
    lines.result(ended.status == 1 and "the allocator went wrong" in ended.output,
                 f"{FAILS} is found where gigabytes are asked for", ended.output)


def refused(lines: Lines) -> None:
    for status, words, why in ((2, [TRACE, "best"], "best is no policy"),
                               (2, ["--memory", "1", TRACE], "--help"),
                               (2, ["--memory", "128", TRACE, "steering-off"], "127 GiB"),
                               (2, [], "no trace is named"),
                               (3, ["nothing"], "nothing: No such file"),
                               (3, ["README.md"], "no event of a page is in it"),
                               (3, ["--out", "/nowhere/report", *SMALL, TRACE], "/nowhere/report")):
        ended = jobs.run([f"{tree.build_folder()}/gcc/spbfuzz", "lab", *words], wall=SECONDS)
        lines.result(ended.status == status and why in ended.output, f"lab: {why}", ended.output)


def no_memory(lines: Lines) -> None:
    """A terabyte and 50,000 copies: refused before anything is taken, where that is not there."""
    if os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > MUCH:
        skip("lab", "this machine has memory for what should be refused")
        return
    ended = jobs.run([tool(), "--memory", "1024", "--copies", "50000", TRACE], wall=SECONDS)
    lines.result(ended.status == 3 and "1024 GiB want" in ended.output,
                 "lab: memory that is not there is refused", ended.output)


def ended_early(lines: Lines, scratch: Path) -> None:
    out = scratch / "partial.csv"
    out.unlink(missing_ok=True)
    running = jobs.start([tool(), *SMALL, "--events", "1000000000", "--out", str(out), TRACE])
    time.sleep(5)
    running.send_signal(signal.SIGINT)
    status = running.wait(SECONDS)
    jobs.ended(running)
    text = out.read_text() if out.exists() else ""
    lines.result(status == 3 and "# partial: ended after " in text and len(rows_of(text)) == 1,
                 "lab: Ctrl-C keeps what there is", text)


def out_special(lines: Lines, scratch: Path) -> None:
    """Into a pipe, as into /dev/null, a report is written: nothing takes its place."""
    pipe = scratch / "pipe"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    ended = jobs.run([tool(), *SMALL, "--out", str(pipe), TRACE], wall=SECONDS)
    text = os.read(end, 1 << 16).decode() if pipe.is_fifo() else ""
    os.close(end)
    lines.result(ended.status == 0 and bool(rows_of(text)), "lab: its report goes into a pipe",
                 ended.output)


def run(lines: Lines, scratch: Path) -> None:
    same(lines)
    wrong(lines)
    refused(lines)
    no_memory(lines)
    ended_early(lines, scratch)
    out_special(lines, scratch)
