# SPDX-License-Identifier: GPL-2.0-only
"""What a campaign shows: the same as a page of its own, without a network, and as text."""
from __future__ import annotations

import html
import os
from pathlib import Path

from spb import jobs
from spb.disk import origin
from spb.campaign import svg
from spb.campaign.rounds import AFL, CANARY, FOLDER, LIBFUZZER, Log, Round

STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right }
th:first-child, td:first-child, td.text { text-align: left }
code { font-size: 90%; overflow-wrap: anywhere }
.bad { color: #c0392b; font-weight: 600 } .good { color: #1b8a5a; font-weight: 600 }
.plots { display: flex; flex-wrap: wrap; gap: 1rem }
svg text { fill: currentColor; font: 11px system-ui, sans-serif }
"""
Rows = list  # of lists of cells


def clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def engine_rows(log: Log, targets: list[str]) -> Rows:
    rows = [["target", "engine", "rounds", "time", "programs", "per s", "edges", "inputs brought",
             "lost to start-up"]]
    for target in targets:
        for engine in (LIBFUZZER, AFL):
            done = log.of(target, engine)
            if not done:
                continue
            seconds = sum(one.seconds for one in done)
            runs = sum(one.runs for one in done)
            rows.append([target, {LIBFUZZER: "libFuzzer", AFL: "AFL++"}[engine], f"{len(done)}",
                         clock(seconds), f"{runs:,}", f"{runs / max(seconds, 1):,.0f}",
                         f"{max(one.edges for one in done)}", f"{sum(o.brought for o in done)}",
                         _share(sum(one.startup for one in done), seconds)])
    return rows


def finding_rows(log: Log) -> Rows:
    rows = [["signature", "target", "first seen", "last seen", "rounds", "replays", "input",
             "bundle"]]
    for one in log.findings.values():
        rows.append([one.signature, one.target, clock(one.first), clock(one.last), str(one.times),
                     one.replays, one.input, one.bundle or "-"])
    return rows


def canary_rows(log: Log) -> Rows:
    rows, at = [["at", "planted bug", "found"]], 0.0
    for one in log.rounds:
        at += one.seconds
        if one.engine == CANARY:
            rows.append([clock(at), one.target,
                         "NO" if one.status else f"yes, in {one.seconds:.0f} s with its build"])
    return rows


def trouble_rows(log: Log) -> Rows:
    rows = [["round", "target", "engine", "no verdict, because"]]
    for number, one in enumerate(log.rounds, 1):
        if one.said and one.engine != CANARY:
            rows.append([str(number), one.target, one.engine, one.said])
    return rows


def left_rows(log: Log, targets: list[str]) -> Rows:
    """Where what it has found is, and which command goes on with that."""
    rows = [["what", "where", "next"]]
    for target in targets:
        work = Path("build/work", target)
        if work.is_dir():
            number = sum(1 for entry in os.scandir(work) if entry.is_file())
            rows.append([f"{number} inputs", f"{work}/", f"make distil TARGET={target}"])
    rows += [["a crash", one.input, f"make repro CRASH={one.input}"]
             for one in log.findings.values()]
    rows.append(["logs of its rounds", f"{FOLDER}/log/", "the same command goes on"])
    return rows


def sections(log: Log, targets: list[str]) -> list[tuple[str, Rows]]:
    found = [("Findings", finding_rows(log)), ("Targets and engines", engine_rows(log, targets)),
             ("Planted bugs", canary_rows(log)), ("Rounds without a verdict", trouble_rows(log)),
             ("What it left", left_rows(log, targets))]
    return [(head, rows) for head, rows in found if len(rows) > 1 or head == "Findings"]


def headline(log: Log, seconds: int) -> str:
    return (f"{clock(log.seconds())} of {clock(seconds)}, {len(log.rounds)} rounds, "
            f"{sum(one.runs for one in log.rounds):,} programs, "
            f"{len(log.findings)} distinct crashes; {log.key.strip()}, {origin.source()}")


def text(log: Log, targets: list[str], seconds: int) -> str:
    lines = [headline(log, seconds)]
    for head, rows in sections(log, targets):
        lines += ["", f"{head}: none" if len(rows) == 1 else head]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        for row in rows if len(rows) > 1 else ():
            lines.append("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip())
    return "\n".join(lines) + "\n"


def _table(rows: Rows) -> str:
    def cells(row: list[str], kind: str) -> str:
        marked = {"NO": "bad", "no": "bad", "yes": "good"}
        return "".join(f'<{kind} class="{marked.get(c.split(",")[0], "")}">{html.escape(c)}'
                       f"</{kind}>" for c in row)

    body = "\n".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows[1:])
    return f"<table><tr>{cells(rows[0], 'th')}</tr>\n{body}</table>"


def _lines(log: Log, targets: list[str], value, start: list) -> dict[str, list]:
    """Of each target: points in time. Value: of the rounds of that target up to then. Start: the
    first points."""
    lines = {target: list(start) for target in targets}
    at, done = 0.0, {target: [] for target in targets}
    for one in log.rounds:
        at += one.seconds
        if one.target in done and one.engine != CANARY:
            done[one.target].append(one)
            lines[one.target].append((at, value(done[one.target])))
    return lines


def plots(log: Log, targets: list[str]) -> str:
    def total(name: str):
        return lambda done: sum(getattr(one, name) for one in done)

    def most_edges(done: list[Round]) -> float:
        return max(one.edges for one in done if one.engine == done[0].engine)

    drawn = (("edges that libFuzzer counts", most_edges),
             ("programs executed", total("runs")), ("inputs brought", total("brought")),
             ("seconds lost to start-up", total("startup")))
    return "\n".join(svg.plot(head, _lines(log, targets, value,
                                           [] if value is most_edges else [(0.0, 0.0)]),
                              log.seconds()) for head, value in drawn)


def page(log: Log, targets: list[str], seconds: int) -> str:
    parts = ["<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">',
             "<title>spbfuzz: campaign</title>", f"<style>{STYLE}</style></head><body>",
             "<h1>Campaign</h1>", f"<p>{html.escape(headline(log, seconds))}</p>"]
    for number, (head, rows) in enumerate(sections(log, targets)):
        parts += [f"<h2>{html.escape(head)}</h2>",
                  _table(rows) if len(rows) > 1 else '<p class="good">none</p>']
        if not number:
            parts += ["<h2>Over time</h2>", f'<div class="plots">{plots(log, targets)}</div>']
    return "\n".join([*parts, "</body></html>", ""])


def write(log: Log, targets: list[str], seconds: int) -> None:
    jobs.write_whole(FOLDER / "index.txt", text(log, targets, seconds))
    jobs.write_whole(FOLDER / "index.html", page(log, targets, seconds))
