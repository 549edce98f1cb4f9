# SPDX-License-Identifier: GPL-2.0-only
"""The tables of make lab."""
from __future__ import annotations

from spb import build, variables
from spb.disk import proof
from spb.lab.figures import Policy, Runs, last, number, rows_of, said_of

HEAD = """<!-- SPDX-License-Identifier: GPL-2.0-only -->
# What policies keep and cost at real size

`make lab{words}` at {commit}; {machine}

Copies of a trace of a small machine, and memory that nobody traced, on one zone. Each figure is
the median of {seeds} seeds, in brackets the least and the most where they differ. The same trace,
seed and policy give the same figures on any machine. [lab.md](../lab.md) says how this is done and
what of it is measured; ends of runs are in [{name}.csv]({name}.csv), samples in
[{name}-time.csv]({name}-time.csv).

![gigabytes without anything that stays, over time, a line for each policy]({name}-time.svg)

![gigabytes that are got against requests that fail, a point for each policy]({name}-cost.svg)
"""
# Heading, column of the reports, what it is.
COLUMNS = (
    ("could", "would", "gigabytes in which nothing stays: moving alone could make them free"),
    ("tainted", "tainted", "superpageblocks (with steering off: gigabytes) with unmovable or "
                           "reclaimable content by their bits"),
    ("got", "gets", "gigabytes that contiguous requests got at the end, one after the other, "
                    "on a copy of the process"),
    ("got with room", "gets-more", "the same, with page cache given up for more room"),
    ("failed", "failed", "first tries of traced requests that got nothing, of all kinds and "
                         "orders"),
    ("lost", "lost", "requests that got nothing in the end"),
    ("kept", "kept", "refusals for a smaller retry after which the caller got all that it wanted "
                     "in smaller pieces, and nothing was tainted for it"),
    ("broken", "broken", "the others"),
    ("moved", "moved", "pages that were migrated"),
    ("hold 99.9 %", "hold-999", "list steps under zone->lock that 999 of 1,000 sections do not "
                                "exceed"),
    ("longest", "hold-longest", "steps of the longest section"),
)
BESIDE = """## Beside the figures of the series' author

The cover letter of the first posting has a machine of 256 GB that runs syzkaller with its memory
full. Beside it a run of the same number of superpageblocks, trace `fs`, seed 1:

| | author | here |
|---|---:|---:|
| superpageblocks | 238 | 238 |
| of these tainted | fewer than 20 | {tainted} |
| gigabytes in which nothing stays | | {could} |
| gigabytes got under load | 50 | {got}; {more} with page cache given up |

What differs: the load (system calls at random there, file work here: {recl} GiB of this memory is
unmovable or reclaimable), {use} percent of memory in use, what is pinned, swap (here anonymous
memory cannot be given up), and the code: a kernel there, the core of this repository here.
"""


def table(runs: Runs, policies: list[Policy], trace: str) -> str:
    lines = [f"| policy | {' | '.join(heading for heading, _, _ in COLUMNS)} |",
             "|---|" + "---:|" * len(COLUMNS)]
    for policy in policies:
        cells = [str(last(runs, policy.name, trace, column)) for _, column, _ in COLUMNS]
        lines.append(f"| {policy.name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def tables(runs: Runs, policies: list[Policy], traces: list[str]) -> str:
    return "\n".join(f"{trace}\n\n{table(runs, policies, trace)}" for trace in traces)


def _failures(runs: Runs, policies: list[Policy], trace: str) -> str:
    """Which orders and kinds, where any failed."""
    names = [name for name in runs[policies[0].name, trace][0][-1] if name.startswith("failed-")]
    spreads = {name: [last(runs, policy.name, trace, name) for policy in policies]
               for name in names}
    shown = {name: cells for name, cells in spreads.items() if any(one.most for one in cells)}
    if not shown:
        return "No first try failed.\n"
    lines = [f"| order, kind | {' | '.join(policy.name for policy in policies)} |",
             "|---|" + "---:|" * len(policies)]
    for name, cells in shown.items():
        _, kind, order = name.split("-")
        lines.append(f"| {order}, {kind} | {' | '.join(number(one.median) for one in cells)} |")
    return "\n".join(lines) + "\n"


def _beside(report: str) -> str:
    end = rows_of(report)[-1]
    pages = int(end["pages-unmovable"]) + int(end["pages-reclaimable"])
    use = said_of(report, "assumed")[0].split()[0]
    return BESIDE.format(tainted=end["tainted"], could=end["would"], got=end["gets"],
                         more=end["gets-more"], recl=round(pages / (1 << 18)), use=use)


def text(runs: Runs, reports: dict[str, str], policies: list[Policy], beside: str | None,
         name: str) -> str:
    first = next(iter(reports.values()))
    parts = [HEAD.format(commit=proof.commit(), machine=build.machine(), name=name,
                         words=variables.assignments(variables.changed("run")),
                         seeds=len(next(iter(runs.values())))),
             "| policy | what it is |\n|---|---|\n" +
             "".join(f"| {policy.name} | {policy.sentence} |\n" for policy in policies),
             "| column | what it is |\n|---|---|\n" +
             "".join(f"| {heading} | {what} |\n" for heading, _, what in COLUMNS),
             "Assumed, not measured:\n\n" +
             "".join(f"* {line}\n" for line in said_of(first, "assumed"))]
    for trace, report in reports.items():
        parts.append(f"## {trace}\n\n{said_of(report, 'zone')[0]}; "
                     f"{said_of(report, 'measured')[0]}.\n\n{table(runs, policies, trace)}\n"
                     f"First tries that failed, medians:\n\n{_failures(runs, policies, trace)}")
    if beside:
        parts.append(_beside(beside))
    return "\n".join(parts)
