# SPDX-License-Identifier: GPL-2.0-only
"""make triage DIR=folders: which of the crashes there are the same, and which are new. Without
DIR, those of crashes/ that came from what runs here: those of another drop-in, planted bug or
kernel tree are named, and how to look at them. BASELINE=file names the known ones; BUG=name runs
them on the core with that bug of bugs/ planted. KERNEL=tree BASE=tree says which of them the second
tree shows, too.

  build/triage/smallest/    the smallest of each signature
  build/triage/junit.xml    build/triage/triage.sarif

Under GitHub's CI the table is followed by annotations.
"""
from __future__ import annotations

import glob
import json
import os
import shutil
from collections import Counter
from pathlib import Path

from spb import build, jobs, plant, status, tree, variables
from spb.disk import origin
from spb.kernel import base, harness
from spb.status import Inconclusive, Usage


def _default_files() -> list[str]:
    """The crashes of crashes/, but for those that came from something else. Where all of a folder
    are left, it is the folder."""
    place = Path(harness.folder() if harness.wanted() else ".", "crashes")
    chosen: list[str] = []
    others: Counter[str] = Counter()
    for target in tree.fuzz_targets():
        paths = sorted(path for path in (place / target).glob("*")
                       if path.is_file() and not path.name.startswith("."))
        sources = [origin.of(path).get("from", origin.source()) for path in paths]
        own = [str(path) for path, source in zip(paths, sources) if source == origin.source()]
        others.update(source for source in sources if source != origin.source())
        chosen += [str(place / target)] if own and len(own) == len(paths) else own
    for source, number in sorted(others.items()):
        print(f"{number} of crashes/ came from the {source}, and do not run here: "
              f"make triage{origin.replay_words(source)}")
    return chosen


def _folders() -> list[str]:
    """Of DIR=: names of files and folders, and patterns of them. A folder stands for those in it
    as well, but for the notes of crashes."""
    found: list[str] = []
    for word in variables.words("DIR"):
        for name in sorted(glob.glob(word)) or [word]:
            found += _with_files(name) if os.path.isdir(name) else [name]
    if variables.words("DIR") and not found:
        raise Usage(f"DIR={variables.get('DIR')} has no file in it")
    return found


def _with_files(folder: str) -> list[str]:
    """It and the folders below it that have a file, in an order that does not depend on the
    disk."""
    found = []
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders
                            if name != origin.ABOUT and not name.startswith("."))
        if any(not name.startswith(".") for name in files):
            found.append(path)
    return found


def _tool(folders: list[str]) -> str:
    """The replayer that sees what the programs of these folders do."""
    if variables.get("BUG"):
        return plant.one(variables.get("BUG")).tool()
    known = tree.fuzz_targets()
    inside = [f"{name}/program" if os.path.basename(name.rstrip("/")) in known else name
              for name in folders]
    targets = map(tree.target_of, inside)
    tool = build.replayer(next(filter(tree.counts_accesses, targets), "alloc"))
    build.make(tool)
    return tool


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    folders = _folders() or _default_files()
    if not folders:
        print("no crashes in crashes/")
        return status.PASS
    out = Path(harness.folder() if harness.wanted() else tree.build_folder()) / "triage"
    argv = [_tool(folders), "triage"]
    if variables.get("BASELINE"):
        argv += ["--baseline", variables.get("BASELINE")]
    if variables.get("TARGET") != "all":
        argv += ["--target", variables.get("TARGET")]
    shutil.rmtree(out / "smallest", ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    how = jobs.show([*argv, "--keep", f"{out}/smallest", "--junit", f"{out}/junit.xml", "--sarif",
                     f"{out}/triage.sarif", *folders])
    if how not in (status.PASS, status.FINDING):
        raise Inconclusive("not all of it could be run, or written")
    print(f"the smallest of each: {out}/smallest; reports: {out}/junit.xml {out}/triage.sarif")
    if os.environ.get("GITHUB_ACTIONS"):
        jobs.show([*argv, "--github", *folders])
    return _by_base(argv, folders) if base.wanted() and how else how


def _by_base(argv: list[str], folders: list[str]) -> int:
    """What BASE= says of the smallest of each signature that is not known."""
    said = jobs.run([*argv, "--json", *folders], errors=False)
    judgements = []
    for group in json.loads(said.output)["groups"]:
        if not group["known"]:
            judgements.append(base.judge(group["smallest"], group["target"]))
            print(f"{group['signature']}: {judgements[-1]}")
    how, words = base.summary(judgements)
    print(words)
    return how
