# SPDX-License-Identifier: GPL-2.0-only
"""Which folder below fuzz/ may include which: their heads against the real #include lines.

The head of a folder is its README.md:

    # host

    What it is for, in a sentence or more.

    May include: base, include/shim, include/spb/event.h

    Begin with: [host.h](host.h)

Names are folders or files of the tree, those below fuzz/harness/ without that, with the
wildcards of a shell. What is not said is not allowed; what is said and not done is a mistake,
too, so that a head is what it says. "nothing" is a word for nothing.
"""
from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from pathlib import Path

MAX_FILES = 16
SOURCES = (".c", ".h", ".def")
BASES = ("", "include")  # where the compiler looks
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
FIELD = re.compile(r"^(May include|Begin with):((?:.*\n)(?:.+\n)*)", re.MULTILINE)
LINK = re.compile(r"\[[^]]*\]\(([^)#]+)\)")
HARNESS = "fuzz/harness/"


@dataclass
class Folder:
    path: str
    files: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)


def folder_of(path: str) -> str:
    return str(Path(path).parent)


def includes(root: Path, path: str) -> list[str]:
    """What a file includes of the tree, as paths from the root."""
    found = []
    for name in INCLUDE.findall((root / path).read_text(errors="replace")):
        for base in BASES:
            if (root / base / name).is_file():
                found.append(str(Path(base) / name))
                break
        else:
            found.append(name)
    return found


def read_head(root: Path, folder: Folder) -> list[str]:
    """Take what the head allows. Return: complaints."""
    path = root / folder.path / "README.md"
    if not path.is_file():
        return [f"{folder.path}: no README.md says what it is for"]
    text = path.read_text()
    fields = dict(FIELD.findall(text + "\n"))
    purpose = re.sub(r"<!--.*?-->|^#.*$", "", FIELD.sub("", text), flags=re.MULTILINE).strip()
    wrong = [] if purpose else [f"{folder.path}/README.md: it does not say what the folder is for"]
    wrong += [f'{folder.path}/README.md: no line "{name}: ..."'
              for name in ("May include", "Begin with") if not fields.get(name, "").strip()]
    names = fields.get("May include", "").replace("`", "").replace(",", " ").split()
    folder.allowed = [name for name in names if name != "nothing"]
    for link in LINK.findall(text):
        if "://" not in link and not (path.parent / link).exists():
            wrong.append(f"{folder.path}/README.md: {link} is not there")
    return wrong


def allows(root: Path, name: str, target: str) -> bool:
    """Does a name in a head mean that file?"""
    full = HARNESS + name if (root / HARNESS / name).exists() else name
    return fnmatch.fnmatch(target, full) or fnmatch.fnmatch(folder_of(target), full)


def check_folder(root: Path, folder: Folder, arrows: dict[str, list[str]]) -> list[str]:
    wrong = read_head(root, folder)
    if len(folder.files) > MAX_FILES:
        wrong.append(f"{folder.path}: {len(folder.files)} files, {MAX_FILES} are room for")
    used = set()
    for path in folder.files:
        for target in arrows[path]:
            if folder_of(target) == folder.path:
                continue
            names = [name for name in folder.allowed if allows(root, name, target)]
            used.update(names)
            if not names:
                wrong.append(f"{path}: the head of {folder.path} does not allow {target}")
    return wrong + [f"{folder.path}/README.md: it allows {name}, which nothing includes"
                    for name in folder.allowed if name not in used]


def circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle, or nothing."""
    done: set[str] = set()
    for start in sorted(graph):
        way: list[str] = []
        left = [(start, False)]
        while left:
            node, leave = left.pop()
            if leave:
                way.pop()
                done.add(node)
                continue
            if node in way:
                return way[way.index(node):] + [node]
            if node in done:
                continue
            way.append(node)
            left.append((node, True))
            left += [(to, False) for to in sorted(graph.get(node, ()))]
    return []


def complaints(root: Path, top: str = "fuzz") -> list[str]:
    """All that is wrong with the folders below @top."""
    folders: dict[str, Folder] = {}
    for path in sorted((root / top).rglob("*")):
        if path.suffix in SOURCES and path.is_file():
            name = str(path.relative_to(root))
            folders.setdefault(folder_of(name), Folder(folder_of(name))).files.append(name)
    arrows = {path: includes(root, path) for folder in folders.values() for path in folder.files}
    wrong = []
    for folder in folders.values():
        wrong += check_folder(root, folder, arrows)
    between: dict[str, set[str]] = {name: set() for name in folders}
    for path, targets in arrows.items():
        between[folder_of(path)] |= {folder_of(to) for to in targets} - {folder_of(path)}
    headers = {path: set(targets) for path, targets in arrows.items() if not path.endswith(".c")}
    for what, graph in (("folders", between), ("headers", headers)):
        found = circle(graph)
        if found:
            wrong.append(f"{what} in a circle: {' -> '.join(found)}")
    return wrong
