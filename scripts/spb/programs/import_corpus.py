# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run import-corpus TRACE...: makes the imported part of corpus/alloc anew.

Each trace gives programs for several geometries, since what a zone looks like decides which
search steps a request gets to. Windows are spread evenly over the trace. The numbers keep three
traces at about 370 programs of 1 KiB.
"""
from __future__ import annotations

import os
from pathlib import Path

from spb import build, jobs
from spb.status import PASS, Inconclusive, Usage

# Programs, a part of the name, options.
SETS = [
    (40, "", ""),
    (12, "spb9", "--geometry spb9 --watermarks tight"),
    (12, "two-nodes", "--geometry two-nodes --watermarks tight"),
    (12, "holes", "--geometry holes --watermarks lowmem"),
    (8, "defrag", "--switch defrag --watermarks tight"),
    (8, "wide", "--geometry wide160"),
    (8, "large", "--geometry real-ish --watermarks tight"),
    (8, "clipped", "--geometry clipped --pcp off"),
    (6, "micro", "--geometry micro --watermarks none"),
    (6, "bigblock", "--geometry bigblock --watermarks tight"),
    (4, "spb2", "--geometry spb2"),
]


def run(arguments: list[str]) -> int:
    if not arguments:
        raise Usage("scripts/run import-corpus TRACE...")
    for trace in arguments:
        if not os.access(trace, os.R_OK):
            raise Usage(f"{trace} cannot be read")
    tool = build.tool("gcc")
    build.make(tool)
    corpus = Path("corpus/alloc")
    for path in corpus.glob("imported-*"):
        path.unlink()
    for trace in arguments:
        name = os.path.basename(trace).split(".")[0]
        for programs, part, options in SETS:
            done = jobs.run([tool, "import", "--quiet", "--output", str(corpus),
                             "--max", str(programs), "--name", name + (part and "-" + part),
                             *options.split(), trace])
            if done.status:
                raise Inconclusive(f"{trace}: {done.output.strip()}")
    made = list(corpus.glob("imported-*"))
    print(f"{len(made)} programs, {sum(path.stat().st_size for path in made)} bytes")
    return PASS
