# SPDX-License-Identifier: GPL-2.0-only
"""make distil: corpus/<target>/ becomes the fewest small programs of it and of build/work/<target>/
that cover, beside seeds/<target>/, what all of them do. Kept whatever it covers: for each planted
bug of bugs/ the smallest program that shows it, if one does. Afterwards every bug is tried again,
and nothing is written when coverage or a bug is lost.

  TARGET=name   one of them (default: all)
  BUG=names     which bugs (default: all; BUG=none leaves them out)
  FROM=folders  more to choose from
  OUT=folder    write OUT/<target>/ instead of corpus/<target>/
"""
from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from spb import build, findings, jobs, plant, status, tree, variables
from spb.disk import alone
from spb.status import Inconclusive, Stop, Usage


class Failed(Stop):
    """Nothing is written of this target: a program crashes, or a bug would be lost."""
    status = status.FINDING


def _tools() -> dict[plant.Bug, str]:
    """The command with each of the bugs planted."""
    if variables.get("BUG") == "none":
        return {}
    return dict(jobs.each(plant.named(variables.get("BUG")), lambda bug: bug.tool()))


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir()
                  if path.is_file() and not path.name.startswith(".")) if folder.is_dir() else []


class Target:
    """One of them. Its scratch is kept, to look at."""

    def __init__(self, name: str, tools: dict[plant.Bug, str]) -> None:
        self.name = name
        self.tools = {bug: tool for bug, tool in tools.items() if bug.target == name}
        self.scratch = Path(tree.build_folder(), "distil", name)
        self.seeds = files(Path("build/programs", name))
        self.out = Path(variables.get("OUT") or "corpus", name)

    def sources(self) -> list[str]:
        """Folders, with what there is to choose from in them."""
        folders = [Path("corpus", self.name), Path("build/programs", self.name),
                   Path(tree.build_folder(), "work", self.name),
                   *map(Path, variables.get("FROM").split())]
        return [str(folder) for folder in folders if files(folder)]

    def shown(self, *folders: str) -> dict[str, str]:
        """The planted bugs that show up on the programs of folders, with the smallest of these."""
        def smallest(bug: plant.Bug) -> str:
            ran = jobs.run([self.tools[bug], "triage", "--target", self.name, "--json", *folders],
                           errors=False)
            groups = json.loads(ran.output)["groups"] if ran.status in (
                status.PASS, status.FINDING) else []
            return min(((group["records"], group["smallest"]) for group in groups),
                       default=(0, ""))[1]
        found = jobs.each(list(self.tools), smallest)
        return {bug.name: path for bug, path in found if path}

    def choose(self, must: Path, to: Path, *folders: str) -> str:
        """Return: what was said of the choice."""
        options = ["--must", str(must)] if files(must) else []
        # (COUNTER: a test's.)
        tool = os.environ.get("COUNTER") or build.counter(self.name)
        made = jobs.run([tool, "distil", "--skip", "--target", self.name, *options, "-o", str(to),
                         *folders])
        if made.status:
            kind = Failed if made.status == status.FINDING else Inconclusive
            raise kind(f"{self.name}: {made.output.strip()}")
        return made.output.strip()

    def distil(self) -> str:
        """Return: what was done, in short."""
        folders = self.sources()
        if not folders:
            return "nothing there"
        shutil.rmtree(self.scratch, ignore_errors=True)
        must, new = self.scratch / "must", self.scratch / "new"
        must.mkdir(parents=True)
        before = self.shown(*folders)
        for path in [*self.seeds, *map(Path, before.values())]:
            keep(path, must)
        said = self.choose(must, new, *folders)
        lost = sorted(before.keys() - self.shown(str(new)))
        if lost:
            raise Failed(f"{self.name}: nothing is written, since these bugs would be lost: "
                         + " ".join(lost))
        self.write(new)
        return f"{said}; bugs shown: {len(before)}"

    def write(self, new: Path) -> None:
        """The new ones take the place of the old ones, which add nothing to them. Seeds have a
        folder of their own."""
        for seed in self.seeds:
            copy = new / seed.name
            if copy.is_file() and copy.read_bytes() == seed.read_bytes():
                copy.unlink()
        self.out.mkdir(parents=True, exist_ok=True)
        self.choose(new, self.out, str(new), *([str(self.out)] if files(self.out) else []))


def keep(path: Path, to: Path) -> None:
    """Another one of that name stays, too."""
    data, place = path.read_bytes(), to / path.name
    if place.exists() and place.read_bytes() != data:
        place = place.with_name(f"{path.name}-{findings.hash_of_data(data)[:8]}")
    jobs.write_whole(place, data)


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    targets = tree.chosen_targets()
    with alone.in_this_tree("distil"):
        build.make(*sorted({build.counter(target) for target in targets}))
        tools, worst = _tools(), status.PASS
        for target in targets:
            try:
                print(f"{target}: {Target(target, tools).distil()}")
            except (Failed, Inconclusive) as why:
                if isinstance(why, jobs.Stopped):
                    raise
                print(why)
                worst = max(worst, why.status)
    return worst
