# SPDX-License-Identifier: GPL-2.0-only
"""make bundle CRASH=file [OUT=folder]: all that somebody else needs of a finding, in one folder and
in a tar beside it:

    input, program.spbt           the program as bytes and as text
    small, small.spbt             the smallest one with the same signature, where that was found
    report.txt                    what the replay says; where the program came from is in about.txt
    page.html, calls.c            make export of the smaller one; no C file where operations are
                                  preempted
    dropin/, bug.patch            what was in place of our core, or planted into it
    bundle.json                   target, signature, variables, revision, hash of the hooked core

make repro BUNDLE=folder (or the tar) replays it in another clone: it sets those variables, and says
whether the signature is the same. KERNEL= has to be given there, where the tree lies elsewhere.
"""
from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from pathlib import Path

from spb import findings, jobs, plant, tree, variables
from spb.disk import origin
from spb.programs import export
from spb.programs.repro import crash, tool_for
from spb.status import PASS, Inconclusive, Usage

FORMAT = 1
FILE = "bundle.json"
SECONDS = 300  # of making it smaller
MOST = 64 << 20  # bytes of a file that a tar may have


def _text(tool: str, path: Path, to: Path) -> None:
    if jobs.run([tool, "show", "-o", str(to), str(path)]).status:
        raise Usage(f"{path} is no program")


def _smaller(tool: str, target: str, folder: Path) -> Path:
    """What the page is about: the smallest program, or the input where none was found."""
    small = folder / "small"
    made = jobs.run([tool, "min", "--target", target, "-o", str(small), str(folder / "input")],
                    wall=SECONDS)
    if not small.is_file():
        print(f"no smaller program: {made.output.strip().splitlines()[-1:]}")
        return folder / "input"
    _text(tool, small, folder / "small.spbt")
    return small


def _sources(folder: Path) -> dict[str, str]:
    """What was in place of our core, copied; and the variables, with the copies' names."""
    values = variables.changed("build", "verdict")
    for name in ("CC", "CLANG", "AFL_CLANG", "RACE_CLANG", "TSAN_CLANG", "WERROR", "KNOWN"):
        values.pop(name, None)
    copies = []
    for number, name in enumerate(variables.words("DROPIN")):
        copy = folder / "dropin" / f"{number}-{os.path.basename(name)}"
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(name, copy)
        copies.append(f"dropin/{copy.name}")
    if copies:
        values["DROPIN"] = " ".join(copies)
    if variables.get("BUG"):
        shutil.copy(plant.one(variables.get("BUG")).patch, folder / "bug.patch")
    return values


def _pages(folder: Path, target: str, path: Path) -> None:
    export.write(str(path), target, str(folder / "page.html"))
    try:
        export.write(str(path), target, str(folder / "calls.c"))
    except Inconclusive as why:
        print(str(why).splitlines()[0])


def make(path: str, target: str, folder: Path) -> str:
    """Make the folder, which is there when all is in it. Return: the signature."""
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        signature = _fill(path, target, new, folder.name)
        os.rename(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return signature


def pack(folder: Path) -> str:
    """Return: the tar of it, whole."""
    name = f"{folder}.tar"
    with tarfile.open(f"{name}.new", "w") as tar:
        tar.add(folder, folder.name)
    os.replace(f"{name}.new", name)
    return name


def _fill(path: str, target: str, folder: Path, name: str) -> str:
    """Return: the signature."""
    tool = tool_for(target)
    folder.mkdir(parents=True)
    data = Path(path).read_bytes()
    (folder / "input").write_bytes(data)
    _text(tool, folder / "input", folder / "program.spbt")
    said = jobs.run([tool, "run", "--target", target, str(folder / "input")])
    if not said.status:
        raise Usage(f"{path} runs to its end with target {target} (TARGET= says as which target)")
    signature = findings.signature(said.output)
    jobs.write_whole(folder / "report.txt", said.output)
    values = _sources(folder)
    _pages(folder, target, _smaller(tool, target, folder))
    found_by = origin.of(path).get("found by", "make bundle")
    about = origin.note(target, found_by, findings.report(said.output))
    jobs.write_whole(folder / "about.txt", about)
    head = dict(line.partition(": ")[::2] for line in about.partition("\n\n")[0].splitlines())
    jobs.write_whole(folder / FILE, json.dumps({
        "format": FORMAT, "target": target, "signature": signature, "variables": values,
        "revision": origin.revision(), "hooked": head.get("hooked core", ""),
        "input": hashlib.sha1(data).hexdigest(),
        "replay": f"make repro BUNDLE={name}"}, indent=1) + "\n")
    return signature


def _unpacked(path: Path) -> Path:
    """The folder of a tar: files alone, none outside of it."""
    place = Path("build/bundles/opened") / path.name.removesuffix(".tar")
    shutil.rmtree(place, ignore_errors=True)
    with tarfile.open(path) as tar:
        for member in tar.getmembers():
            parts = Path(member.name).parts[1:]
            if not member.isfile() or not parts or ".." in parts or member.size > MOST:
                continue
            to = place.joinpath(*parts)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(tar.extractfile(member).read())
    return place


def _taken() -> set[str]:
    """What a bundle may set: what runs, and how it is judged; no compiler, and no option of one,
    which are commands."""
    return {"DROPIN", "KERNEL", "BUG"} | {name for name, variable in variables.listed().items()
                                          if variable.changes == "verdict"}


def _is_told(told: object) -> bool:
    """Has it all that is asked for, and of the right kind?"""
    return isinstance(told, dict) and isinstance(told.get("variables"), dict) and \
        all(isinstance(value, str) for value in told["variables"].values()) and \
        all(isinstance(told.get(name), str) for name in ("signature", "revision", "input")) and \
        told.get("target") in tree.fuzz_targets()


def opened(name: str) -> tuple[Path, dict]:
    """The folder of a bundle, and what its bundle.json says."""
    path = Path(name)
    try:
        folder = _unpacked(path) if path.is_file() else path
        told = json.loads((folder / FILE).read_text())
        if not _is_told(told):
            raise Usage(f"{name}: {FILE} does not say what was found")
        if told["format"] != FORMAT:
            raise Usage(f"{name}: format {told['format']} is of another version")
        if hashlib.sha1((folder / "input").read_bytes()).hexdigest() != told["input"]:
            raise Usage(f"{name}: its input is not the one that it was made of")
    except (OSError, ValueError, KeyError, tarfile.TarError) as why:
        raise Usage(f"{name} is no bundle: {why}") from None
    return folder, told


def take(name: str) -> tuple[str, str, str]:
    """Put the bundle's variables into the environment, but for those that are set. Return: its
    input, target and signature."""
    folder, told = opened(name)
    for variable, value in told["variables"].items():
        if variable not in _taken() or os.environ.get(variable):
            continue
        if variable == "DROPIN":
            value = " ".join(str(folder / word) for word in value.split())
        if variable == "KERNEL" and not Path(value).is_dir():
            raise Usage(f"{name} is about a kernel tree: KERNEL= says where it is ({value} there)")
        os.environ[variable] = value
    variables.check()
    if told["revision"] != origin.revision():
        print(f"made at {told['revision']}, this is {origin.revision()}")
    return str(folder / "input"), told["target"], told["signature"]


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    path = crash("bundle")
    target = tree.target_of(path)
    name = f"{target}-{os.path.basename(path).removesuffix('.spbt')}"
    folder = Path(variables.get("OUT") or f"build/bundles/{name}")
    if variables.get("OUT") and folder.exists():
        raise Usage(f"OUT={folder} is there already")
    shutil.rmtree(folder, ignore_errors=True)
    signature = make(path, target, folder)
    tar = pack(folder)
    print(f"{signature}: {folder}, {tar}\nreplay: make repro BUNDLE={tar}")
    return PASS
