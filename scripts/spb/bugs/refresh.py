# SPDX-License-Identifier: GPL-2.0-only
"""make bugs-refresh: patches that apply with an offset or with fuzz are made anew; the others
need a hand."""
from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

from spb import jobs, plant, tree


def refresh(bug: plant.Bug) -> str:
    """What there is to say of it, or nothing."""
    folder = Path(tree.build_folder()) / "bugs/refresh" / bug.name
    shutil.rmtree(folder, ignore_errors=True)
    for side in ("a", "b"):
        shutil.copytree("core", folder / side / "core")
    old = bug.patch.read_text()
    patched = jobs.run(["patch", "-s", "-p1", "-F3", "--no-backup-if-mismatch", "-d",
                        str(folder / "b")], input=old)
    if patched.status:
        return f"needs a hand: {bug.patch}\n" + textwrap.indent(patched.output.rstrip(), "  ")
    head = old[:old.index("\n--- ") + 1]
    new = head + _diff(folder)
    if new == old:
        return ""
    jobs.write_whole(bug.patch, new)
    return f"rebased: {bug.patch}"


def _diff(folder: Path) -> str:
    """One line of context, no dates."""
    text = jobs.run(["diff", "-U1", "-r", "a", "b"], cwd=folder).output
    lines = [line for line in text.splitlines() if not line.startswith("diff ")]
    return "".join(re.sub(r"^(---|\+\+\+) ([^\t]*)\t.*", r"\1 \2", line) + "\n" for line in lines)


def run(bugs: list[plant.Bug]) -> bool:
    """Return: whether none needs a hand."""
    said = {bug.name: text for bug, text in jobs.each(bugs, refresh)}
    for bug in bugs:
        if said[bug.name]:
            print(said[bug.name])
    return not any(text.startswith("needs") for text in said.values())
