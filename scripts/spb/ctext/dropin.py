# SPDX-License-Identifier: GPL-2.0-only
"""DROPIN: functions of a file of the user's in place of those of the core.

make calls this with the words of DROPIN=, and gets the build folder in return. In it are

  core/        copies of the core files that change: a replaced definition is cut out, and the
               user's file is included in its place
  dropin/      copies of the user's files, where they cannot be included as they are
  dropin.mk    for make: which core files these are, and how they are compiled
  afl-counted  what AFL++ counts: the core, and the user's functions

Where a file replaces several functions of a core file, it is included where the last of them
stood, so that it sees all that any of them saw; where the others stood, a prototype is left.
Lines keep their numbers in all copies. docs/dropin.md is for those who use it.
"""
from __future__ import annotations

import difflib
import hashlib
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable

from spb import jobs, status
from spb.disk import builds
from spb.ctext import csource
from spb.ctext.csource import Item, Source
from spb.status import Usage

ROOT = Path(__file__).resolve().parents[3]
# Words of a function of the core that chooses by bitmaps as well, or that keeps their summary.
ASKS_SUMMARY = {"spb_summary", "spb_pick", "spb_next"}
KEEPS_SUMMARY = {"spb_summary_list", "spb_summary_file"}
NEAR = 5  # names that are shown in place of one that does not exist


def listed(names: Iterable[str]) -> str:
    """a, b and c"""
    *some, last = names
    return f"{', '.join(some)} and {last}" if some else last


@dataclass
class Ours:
    """A function of the core."""
    file: str  # core/relax.c
    item: Item


class Core:
    """What the core and the headers around it define."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.sources = {name: csource.read(root / name, name) for name in self.names("core/*.[ch]")}
        headers = [csource.read(root / name, name) for name in self.names("include/*/*.h")]
        self.functions: dict[str, list[Ours]] = {}
        for name, source in self.sources.items():
            for item in source.functions():
                self.functions.setdefault(item.name, []).append(Ours(name, item))
        self.around = {item.name: source.name for source in headers for item in source.functions()}
        self.macros = {macro: source.name for source in [*headers, *self.sources.values()]
                       for macro in source.macros}
        self.typedefs = csource.typedefs_of(headers + list(self.sources.values()))

    def names(self, pattern: str) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in self.root.glob(pattern))

    def signature(self, item: Item) -> csource.Signature:
        return csource.signature(item, self.typedefs)

    def who_includes(self, header: str) -> list[str]:
        """The files of the core that are compiled otherwise when this header changes."""
        found = {header}
        while True:
            more = {name for name, source in self.sources.items()
                    if any(f'"{one}"' in source.text for one in found)}
            if more <= found:
                return sorted(name for name in found if name.endswith(".c"))
            found |= more


@dataclass
class Posted:
    """A function of the user's that takes the place of one of ours."""
    item: Item
    ours: Ours


@dataclass
class DropIn:
    """A file of the user's."""
    name: str  # as DROPIN= has it
    path: Path
    source: Source
    replaces: list[Posted] = field(default_factory=list)

    def owners(self) -> list[str]:
        return sorted({posted.ours.file for posted in self.replaces})

    def of(self, owner: str) -> list[Posted]:
        """In the order in which they stand in the core."""
        return sorted((posted for posted in self.replaces if posted.ours.file == owner),
                      key=lambda posted: posted.ours.item.start)

    def refuse(self, why: str) -> Usage:
        return Usage(f"{self.name}: {why}")

    def at(self, item: Item) -> str:
        return f"{self.name}:{self.source.line(item.start)}"


# ---- the words of DROPIN= ---------------------------------------------------

def open_files(words: str) -> list[DropIn]:
    names = words.split()
    if not names:
        raise Usage("no file is named")
    if len(names) > 1 and os.path.exists(words.strip()):
        raise Usage(f"'{words.strip()}': names with spaces cannot be used, since DROPIN='a.c b.c' "
                    "is two files: give it another name")
    files: list[DropIn] = []
    for name in names:
        path = Path(name).absolute()
        if not re.fullmatch(r"[\w./+,@~=-]+", name) or re.search(r"[\"\\\n$#]", str(path)):
            raise Usage(f"{name}: make and compilers trip over such a name: use letters, digits "
                        "and ._-+,@~=")
        if any(path.resolve() == other.path.resolve() for other in files):
            raise Usage(f"{name}: is named twice")
        try:
            files.append(DropIn(name, path, csource.read(path, name)))
        except OSError as error:
            raise Usage(f"{name}: cannot be read: {error.strerror}") from error
    return files


# ---- which function is which of ours ----------------------------------------

class Matcher:
    """Finds the functions of ours that a file replaces; what is left are helpers of it."""

    def __init__(self, core: Core, file: DropIn) -> None:
        self.core = core
        self.file = file
        self.functions: dict[str, Item] = {}
        self.notes: list[str] = []

    def match(self) -> None:
        self.collect()
        for name, item in self.functions.items():
            if name not in self.core.functions:
                self.check_helper(item)
        replaced = self.replaced()
        for name, owner in replaced.items():
            self.check(self.functions[name], owner)
            self.file.replaces.append(Posted(self.functions[name], owner))
        if not replaced:
            raise self.file.refuse("defines no function of core/, so nothing would change")
        self.check_headers()

    def collect(self) -> None:
        for macro in self.file.source.macros:
            if macro in self.core.macros:
                raise self.file.refuse(f"{macro} is a macro of {self.core.macros[macro]}: a "
                                       "drop-in replaces functions alone; edit the header, or use "
                                       "another name")
        for item in self.file.source.functions():
            if item.name in self.core.macros:
                raise self.file.refuse(f"{item.name}() is a macro of {self.core.macros[item.name]} "
                                       "here: a drop-in replaces functions alone")
            if item.conditional and item.name in self.core.functions:
                raise self.file.refuse(f"{item.name}() stands in a branch of an #if: leave only "
                                       "the definition that is meant")
            if item.name in self.functions and not item.conditional:
                raise self.file.refuse(f"{item.name}() is defined twice")
            self.functions[item.name] = item

    def check_helper(self, item: Item) -> None:
        if item.name in self.core.around:
            raise self.file.refuse(f"{item.name}() is a function of {self.core.around[item.name]}, "
                                   "which the harness uses as well: a drop-in replaces functions "
                                   "of core/ alone")
        if item.static and self.is_used(item):
            return
        near = difflib.get_close_matches(item.name, self.core.functions, NEAR, 0.5)
        hint = f"; names like it: {' '.join(near)}" if near else ""
        why = "nothing in the file calls it" if item.static else "a helper must be static"
        raise self.file.refuse(f"{item.name}() is no function of core/, and {why}{hint}")

    def is_used(self, function: Item) -> bool:
        source = self.file.source
        return function.name in source.directive_words or any(
            function.name in item.words() for item in source.items
            if item is not function and item.kind != "prototype")

    def replaced(self) -> dict[str, Ours]:
        """A static function that the file itself calls may be a helper that has the name of a
        static function of another core file. It is one, unless the file replaces something
        else of that core file: there it could not stand beside ours."""
        names = [name for name in self.functions if name in self.core.functions]
        sure = [name for name in names if not self.may_be_helper(name)] or names
        chosen: dict[str, Ours] = {}
        while len(chosen) < len(sure):
            chosen = {name: self.choose(name, chosen) for name in sure}
            owners = {owner.file for owner in chosen.values()}
            sure = [name for name in names if name in chosen or
                    owners & {one.file for one in self.core.functions[name]}]
        for name in names:
            if name not in chosen:
                files = listed(one.file for one in self.core.functions[name])
                self.notes.append(f"{self.file.name}: {name}() is taken for a helper, and that of "
                                  f"{files} stays")
        return chosen

    def may_be_helper(self, name: str) -> bool:
        """Not beside what all files of the core see."""
        return (self.functions[name].static and self.is_used(self.functions[name]) and
                all(one.item.static and one.file.endswith(".c")
                    for one in self.core.functions[name]))

    def choose(self, name: str, chosen: dict[str, Ours]) -> Ours:
        """Of several with this name, the one with these parameters, or beside the others."""
        candidates = self.core.functions[name]
        if len(candidates) > 1:
            posted = self.core.signature(self.functions[name])
            alike = [one for one in candidates
                     if self.core.signature(one.item).parameters == posted.parameters]
            candidates = alike or candidates
        if len(candidates) > 1:
            files = {owner.file for other, owner in chosen.items() if other != name}
            candidates = [one for one in candidates if one.file in files] or candidates
        if len(candidates) > 1:
            raise self.file.refuse(f"{name}() is a function of "
                                   f"{listed(one.file for one in candidates)}: which one is meant "
                                   "shows by its parameters, or by another function of that file "
                                   "beside it: " +
                                   "; ".join(one.item.prototype() for one in candidates))
        return candidates[0]

    def check(self, item: Item, ours: Ours) -> None:
        if ours.item.conditional:
            raise self.file.refuse(f"{item.name}() stands in a branch of an #if in {ours.file}, "
                                   "where it cannot be cut out")
        posted, own = self.core.signature(item), self.core.signature(ours.item)
        if posted != own:
            text = (f"{self.file.at(item)}: {item.name}() is not declared as ours:\n"
                    f"  yours: {item.prototype()}\n  {ours.file}: {ours.item.prototype()}")
            if not ours.item.static or len(posted.parameters) != len(own.parameters):
                raise Usage(text + "\n  its callers in core/ need it as it is there")
            self.notes.append(text)
        if ours.item.static and not item.static:
            text = f"{self.file.at(item)}: {item.name}() is not static, ours in {ours.file} is"
            if ours.file.endswith(".h"):
                raise Usage(f"{text}: each file of core/ gets it, so write static inline")
            self.notes.append(text)

    def check_headers(self) -> None:
        owners = self.file.owners()
        headers = [name for name in owners if name.endswith(".h")]
        if headers and len(owners) > 1:
            where = listed(f"{posted.item.name}() in {posted.ours.file}"
                           for posted in (self.file.of(owner)[0] for owner in owners))
            raise self.file.refuse(f"replaces {where}: what stands in a header needs a file of its "
                                   "own, DROPIN='a.c b.c'")


def match(core: Core, files: list[DropIn]) -> list[str]:
    """Fills what each file replaces. Return: notes for the user."""
    notes: list[str] = []
    taken: dict[tuple[str, str], str] = {}
    for file in files:
        matcher = Matcher(core, file)
        matcher.match()
        notes += matcher.notes
        for posted in file.replaces:
            key = posted.ours.file, posted.item.name
            if key in taken:
                raise file.refuse(f"{posted.item.name}() is replaced by {taken[key]} already")
            taken[key] = file.name
            notes += past_the_chooser(posted)
    return notes


def past_the_chooser(posted: Posted) -> list[str]:
    """Our function asks the summary, or keeps it, and the one in its place does not."""
    ours, yours = ({token.text for token in item.tokens}
                   for item in (posted.ours.item, posted.item))
    for words, what in ((KEEPS_SUMMARY, "their summary is not kept, which is then found"),
                        (ASKS_SUMMARY, "it walks as you wrote it")):
        if words & ours and not words & yours:
            return [f"{posted.item.name}() goes past the chooser: in programs with bitmaps {what}"]
    return []


# ---- the copies -------------------------------------------------------------

def blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def with_line(text: str, name: str) -> str:
    """A #line in place of the first line, where that says nothing; else before it."""
    first, newline, rest = text.partition("\n")
    if not first.strip() or re.fullmatch(r"\s*(//.*[^\\]|/\*((?!\*/).)*\*/)\s*", first):
        return f'#line 2 "{name}"{newline}{rest}'
    return f'#line 1 "{name}"\n{text}'


def cut(source: Source, pieces: list[tuple[Item, str]]) -> str:
    """The text with one line in place of each of these functions."""
    text = source.text
    for item, line in sorted(pieces, key=lambda piece: piece[0].start, reverse=True):
        before = text[text.rfind("\n", 0, item.start) + 1:item.start]
        after = text[item.end:].split("\n", 1)[0]
        if before.strip() or after.strip():
            raise source.unreadable(item.start, f"{item.name}() shares a line with something else, "
                                    "and cannot be cut out")
        hole = "\n" * text.count("\n", item.start, item.end)
        text = text[:item.start] + line + hole + text[item.end:]
    return text


def global_words(file: DropIn) -> list[csource.Token]:
    """Those that must go: other files of the core call the function."""
    names = {posted.item.name for posted in file.replaces if not posted.ours.item.static}
    words = {"static", "inline", "__inline", "__inline__", "__always_inline"}
    return [token for item in file.source.items if item.name in names
            for token in item.tokens[:item.head] if token.text in words]


def kept(core: Core, file: DropIn, owner: str) -> list[Item]:
    """What is included into this core file: its own functions, and what they use. What they
    use of another core file's static functions stays with them as a helper."""
    functions = {item.name: item for item in file.source.functions()}
    keep = {posted.item.name for posted in file.of(owner)}
    own = {item.name for item in core.sources[owner].functions()}
    elsewhere = {posted.item.name for posted in file.replaces if posted.ours.file != owner and
                 (not posted.ours.item.static or posted.item.name in own)}
    words = set(file.source.directive_words)
    for item in file.source.items:
        if item.kind == "other" or item.name in keep:
            words |= item.words()
    while True:
        more = {name for name in words & set(functions) if name not in keep | elsewhere}
        if not more:
            return [functions[name] for name in keep]
        keep |= more
        for name in more:
            words |= functions[name].words()


def posted_text(core: Core, file: DropIn, owner: str) -> str:
    """What this core file includes; the text of the user's file, if that will do."""
    text = file.source.text
    keep = kept(core, file, owner) if len(file.owners()) > 1 else file.source.functions()
    spans = [(item.start, item.end) for item in file.source.functions()
             if not any(item is one for one in keep)]
    spans += [(token.start, token.end) for token in global_words(file)]
    for start, end in spans:
        text = text[:start] + blank(text[start:end]) + text[end:]
    return text


def prototype(posted: Posted) -> str:
    text = posted.item.prototype()
    if not posted.ours.item.static:
        text = re.sub(r"\b(static|inline|__inline|__inline__|__always_inline) ", "", text)
    return text + ";"


class Copies:
    """The files of a build folder."""

    def __init__(self, core: Core, files: list[DropIn], folder: str) -> None:
        self.core = core
        self.files = files
        self.folder = folder
        self.texts: dict[str, str] = {}
        self.copied: dict[str, Path] = {}  # copies of the user's files, and of which
        owners = sorted({owner for file in files for owner in file.owners()})
        for owner in owners:
            self.add_core(owner)
        affected = {name for owner in owners for name in
                    (core.who_includes(owner) if owner.endswith(".h") else [owner])}
        for name in affected - set(owners):
            self.texts[name] = with_line(core.sources[name].text, name)
        self.add_words(sorted(affected))

    def add_core(self, owner: str) -> None:
        pieces = []
        for file in self.files:
            replaced = file.of(owner)
            pieces += [(posted.ours.item, prototype(posted)) for posted in replaced[:-1]]
            if replaced:
                pieces.append((replaced[-1].ours.item, f'#include "{self.included(file, owner)}"'))
        self.texts[owner] = with_line(cut(self.core.sources[owner], pieces), owner)

    def included(self, file: DropIn, owner: str) -> str:
        text = posted_text(self.core, file, owner)
        if text == file.source.text:
            return str(file.path)
        stem = Path(owner).name.replace(".", "-")
        name = f"dropin/{self.files.index(file)}-{stem}-{Path(file.name).name}"
        self.texts[name] = with_line(text, str(file.path))
        self.copied[name] = file.path
        return name

    def add_words(self, affected: list[str]) -> None:
        """A copy is found before the original, and named like it by what the compiler writes
        down. Posted code keeps its own habits: its warnings are shown, not fatal."""
        flags = [f"-iquote {self.folder}", f"-ffile-prefix-map={self.folder}/core/=core/"]
        flags += [f"-ffile-prefix-map={self.folder}/{copy}={path}"
                  for copy, path in self.copied.items()]
        flags += [f"-iquote '{folder}'"
                  for folder in sorted({str(file.path.parent) for file in self.files})]
        flags += ["-Wno-error", "-Wno-sign-compare", "-Wno-unused-function"]
        stems = " ".join(Path(name).stem for name in affected)
        self.texts["dropin.mk"] = f"dropin_core := {stems}\ndropin_flags := {' '.join(flags)}\n"
        counted = (self.core.root / "scripts/afl-counted").read_text()
        # By name: clang has some part of the path as that of an included file.
        names = sorted({item.name for file in self.files for item in file.source.functions()})
        self.texts["afl-counted"] = counted + "".join(f"fun: {name}\n" for name in names)

    def write(self, notes: list[str]) -> bool:
        """Leaves alone what is as it was. Return: whether the notes are new."""
        base = self.core.root / self.folder
        self.texts["notes"] = "".join(f"{note}\n" for note in notes)
        for old in [*base.glob("core/*.[ch]"), *base.glob("dropin/*")]:
            if str(old.relative_to(base)) not in self.texts:
                old.unlink()
        new = False
        for name, text in self.texts.items():
            path, data = base / name, text.encode("latin-1")
            if path.is_file() and path.read_bytes() == data:
                continue
            new |= name == "notes"
            jobs.write_whole(path, data)
        return new


def prepare(words: str, root: Path = ROOT) -> str:
    """The build folder for these files, with all that make needs in it."""
    files = open_files(words)
    core = Core(root)
    notes = match(core, files)
    total = hashlib.sha1(" ".join(words.split()).encode())
    for file in files:
        total.update(b"\0" + file.source.text.encode("latin-1"))
    folder = f"build/dropin-{total.hexdigest()[:12]}"
    if Copies(core, files, folder).write(notes):
        for note in notes:
            print(f"DROPIN: note: {note}", file=sys.stderr)
    builds.used(root / folder)
    return folder


def main() -> int:
    print(prepare(" ".join(sys.argv[1:])))
    return status.PASS


if __name__ == "__main__":
    sys.exit(status.main("DROPIN", main))
