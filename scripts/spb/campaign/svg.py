# SPDX-License-Identifier: GPL-2.0-only
"""Small plots inside a page: lines over time."""
from __future__ import annotations

import html

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 470, 230, 62, 40, 24
# Told apart on white and on black, and by those who see no red or green.
COLOURS = ("#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#a6761d", "#4aa3df")
Points = list  # of (seconds, value)


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.3g}M"
    return f"{value / 1e3:.3g}k" if value >= 1e4 else f"{value:,.0f}"


def _time(seconds: float) -> str:
    if seconds >= 7200:
        return f"{seconds / 3600:.3g} h"
    return f"{seconds / 60:.3g} min" if seconds >= 120 else f"{seconds:.3g} s"


def plot(head: str, lines: dict[str, Points], seconds: float) -> str:
    """An svg element. A line begins where its target has its first round."""
    values = [value for points in lines.values() for _, value in points]
    least = min(values, default=0) if head.startswith("edges") else 0
    most, end = max(values, default=0), max(seconds, 1)
    span = max(most - least, 1)

    def x(at: float) -> float:
        return round(LEFT + at / end * (WIDTH - LEFT - 10), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - least) / span * (HEIGHT - BOTTOM - TOP), 1)

    parts = [f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
             f"<title>{html.escape(head)}</title>",
             f'<text x="{LEFT}" y="14" font-weight="600">{html.escape(head)}</text>']
    for share in (0, 0.5, 1):
        level = least + share * span
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{y(level)}" y2="{y(level)}" '
                     'stroke="#8886" stroke-width="1"/>'
                     f'<text x="{LEFT - 6}" y="{y(level) + 4}" text-anchor="end">'
                     f"{_short(level)}</text>")
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - BOTTOM + 14}">0</text>'
                 f'<text x="{WIDTH - 10}" y="{HEIGHT - BOTTOM + 14}" text-anchor="end">'
                 f"{_time(end)}</text>")
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        drawn = " ".join(f"{x(at)},{y(value)}" for at, value in points)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" '
                     'stroke-width="2"/>')
        parts += [f'<circle cx="{x(at)}" cy="{y(value)}" r="2.5" fill="{colour}"/>'
                  for at, value in points]
        parts.append(f'<text x="{LEFT + number * 78}" y="{HEIGHT - 6}" style="fill: {colour}">'
                     f"{html.escape(name)}</text>")
    return "".join([*parts, "</svg>"])
