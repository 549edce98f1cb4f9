# SPDX-License-Identifier: GPL-2.0-only
"""make overhead: what calls of the allocator cost, by how many superpageblocks a zone has and by
its state: with the lists walked, chosen by bitmaps, and with one flat set of lists, where nothing
is steered.

  SPBS="n ..."   how many superpageblocks (default 10 100 1000 4000 16384)
  STATE="s ..."  which states (default: all; fuzz/overhead/states.h says what they are)
  OUT=file.md    write tables there, and beside it all figures as .csv and a plot as .svg

Each state is built once, by calls of the allocator alone, and measured three times: instructions
by callgrind, accesses of the arena and superpageblocks by the core with access hooks, and time.
Instructions and accesses are the same at each run. DROPIN= and BUG= measure other functions.
"""
from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import time
from pathlib import Path

from spb import build, jobs, status, tree, variables
from spb.overhead import document, plot, shares
from spb.overhead.figures import CALLS, CHOOSERS, FLAT, SIZES, STATES, Figures, Key
from spb.status import Inconclusive, Usage

MAX_FLAT = 4095  # superpageblocks' worth of memory whose pageblocks 16 bits can count
SECONDS = 1200  # of one step, when it hangs
CALLGRIND = "callgrind"  # the folder of its dumps, beside what is measured


def sizes() -> list[int]:
    words = variables.words("SPBS")
    if not all(re.fullmatch("[1-9][0-9]{0,5}", word) and 2 <= int(word) <= max(SIZES)
               for word in words):
        raise Usage(f"SPBS={variables.get('SPBS')}: numbers from 2 to {max(SIZES)} are needed")
    return sorted({int(word) for word in words}) or list(SIZES)


def states() -> list[str]:
    words = variables.words("STATE")
    wrong = [word for word in words if word not in STATES]
    if wrong:
        raise Usage(f"no state {wrong[0]}; there are: {' '.join(STATES)}")
    return words or list(STATES)


def _ran(argv: list[str], what: str) -> str:
    ended = jobs.run(argv, wall=SECONDS)
    if ended.status:
        raise Inconclusive(f"{what} ended with status {ended.status}: {ended.output.strip()}")
    return ended.output


def _told(tool: str, image: Path) -> Figures:
    """The lines of JSON of a measurement, by call."""
    lines = _ran([tool, "measure", str(image)], tool).splitlines()
    return {row.pop("call"): row for row in map(json.loads, lines)}


def dumped(texts: list[str]) -> dict[str, int]:
    """Instructions by the name of a dump of callgrind."""
    found = {}
    for text in texts:
        name = re.search(r"^desc: Trigger: Client Request: (\S+)", text, re.MULTILINE)
        total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
        if name and total:
            found[name[1]] = int(total[1])
    return found


def instructions(tool: str, image: Path) -> dict[str, int]:
    """Of all calls of a kind in a round, by callgrind."""
    folder = image.with_name(CALLGRIND)
    folder.mkdir()
    _ran(["valgrind", "-q", "--tool=callgrind", "--collect-atstart=no",
          f"--callgrind-out-file={folder}/out", tool, "measure", str(image)], "callgrind")
    return dumped([path.read_text() for path in folder.iterdir()])


def measured(folder: Path, state: str, nr: int, chooser: str) -> Figures:
    """Of each call: all that is known of it."""
    native, hooked = (f"{tree.build_folder()}/overhead/{name}" for name in ("native", "hooked"))
    image = folder / "image"
    _ran([native, "build", state, str(nr), chooser, str(image)], f"building {state}")
    figures = _told(native, image)
    for call, row in _told(hooked, image).items():
        for name in ("accesses", "spbs", "hold-accesses-median", "hold-accesses-longest"):
            figures[call][name] = row[name]
    for call, total in instructions(native, image).items():
        figures[call]["instructions"] = round(total / figures[call]["calls"], 1)
    lost = [call for call in CALLS if "instructions" not in figures.get(call, {})]
    if lost:
        raise Inconclusive(f"callgrind counted nothing of {lost[0]}")
    return figures


def everything(folder: Path, numbers: list[int],
               names: list[str]) -> tuple[dict[Key, dict[str, float]], shares.Shares]:
    found: dict[Key, dict[str, float]] = {}
    parts: shares.Shares = {}
    cases = [(nr, chooser, state) for nr in numbers for chooser in CHOOSERS
             for state in names]
    began = time.monotonic()
    for i, (nr, chooser, state) in enumerate(cases):
        print(f"{i + 1} of {len(cases)}: {nr} superpageblocks, {chooser}, {state} "
              f"({time.monotonic() - began:.0f} s)", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        rows = measured(folder, state, min(nr, MAX_FLAT) if chooser == FLAT else nr, chooser)
        found.update({(call, state, chooser, nr): row for call, row in rows.items()})
        if nr == numbers[0] and chooser != FLAT:
            of = shares.read(folder / CALLGRIND, "native", rows)
            parts.update({(call, state, chooser): row for call, row in of.items()})
    shutil.rmtree(folder, ignore_errors=True)
    return found, parts


def as_csv(found: dict[Key, dict[str, float]]) -> str:
    names = sorted({name for row in found.values() for name in row})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["call", "state", "lists", "superpageblocks", *names])
    for key, row in found.items():
        writer.writerow([*key, *(row.get(name, "") for name in names)])
    return text.getvalue()


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    out = Path(variables.get("OUT") or "build/overhead/overhead.md")
    if out.suffix != ".md":
        raise Usage(f"OUT={out}: a name that ends in .md")
    numbers, names = sizes(), states()
    for tool in ("valgrind", "gnuplot"):
        if not shutil.which(tool):
            raise Inconclusive(f"no {tool}: make setup MEASURE=1 installs it")
    build.make(*(f"{tree.build_folder()}/overhead/{name}" for name in ("native", "hooked")))
    found, parts = everything(Path(f"build/work/overhead.{os.getpid()}"), numbers, names)
    text = document.text(found, parts, numbers, names, out.stem)
    jobs.write_whole(out, text)
    jobs.write_whole(out.with_suffix(".csv"), as_csv(found))
    plot.write(found, numbers, names, out.with_suffix(".svg"))
    print(document.table(found, "instructions", numbers, names), end="")
    print(f"{out}, {out.with_suffix('.csv')}, {out.with_suffix('.svg')}")
    return status.PASS
