# SPDX-License-Identifier: GPL-2.0-only
"""Bugs of bugs/kernel/, planted into a copy of a file of a kernel tree.

A patch would hold the kernel's text, and fit one version of it. An edit script names the function
and the words of the statement that goes away or is another one:

    what: the free pages of a clipped pageblock stay on their old list
    commit: 2dd482ba627d
    target: alloc
    file: mm/page_alloc.c

    in prep_move_freepages_block
    change body of if zone_spans_pfn start
        start = pfn;
    in __move_freepages_block
    drop statement VM_WARN_ON

* `statement` is a simple one, up to its semicolon; `if`, `while`, `for` is one whose condition has
  these words. Where several fit, "#2" at the end is the second of them.
* `drop` leaves nothing of it, `change` puts the code of the indented lines in its place,
  `change body of` in the place of what is run when the condition holds, `change condition of` in
  the place of what stands between its parentheses.
* `add before` and `add after` leave it, and put the code beside it.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

from spb.ctext.csource import TOKEN, Token
from spb.status import Usage

HEAD = ("what", "commit", "target", "file")
ACTIONS = ("drop", "change body of", "change condition of", "change", "add before", "add after")
KINDS = ("statement", "if", "while", "for")
CONDITIONAL = ("if", "while", "for", "switch")


class DoesNotFit(Usage):
    """The tree has no such function, or no such statement in it."""


# ---- scripts ----------------------------------------------------------------

@dataclass
class Edit:
    line: int
    function: str
    action: str
    kind: str
    words: set[str]
    number: int  # of those that fit, from 1; 0: there is one
    code: str = ""

    def __str__(self) -> str:
        number = f" #{self.number}" if self.number else ""
        return f"{self.kind} {' '.join(sorted(self.words))}{number} in {self.function}()"


@dataclass
class Script:
    path: str
    head: dict[str, str] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)

    @property
    def name(self) -> str:
        return Path(self.path).stem

    @property
    def file(self) -> str:
        return self.head["file"]

    @property
    def folder(self) -> str:
        return f"bugs/{self.name}"

    def text(self, source: str) -> str:
        return apply(self, source)


def _edit(script: Script, line: int, function: str, text: str) -> Edit:
    for action in ACTIONS:
        match = re.fullmatch(rf"{action} ({'|'.join(KINDS)}) ([\w ]+?)(?: #(\d+))?", text)
        if match and function:
            return Edit(line, function, action, match[1], set(match[2].split()),
                        int(match[3] or 0))
    raise Usage(f"{script.path}:{line}: '{text}' is no edit" + ("" if function else
                ", or stands before the first \"in FUNCTION\""))


def read(path: str | Path) -> Script:
    script, function = Script(str(path)), ""
    for number, line in enumerate(Path(path).read_text().splitlines(), 1):
        text = line.strip()
        key, colon, value = text.partition(":")
        if not text or line.startswith("#"):
            continue
        if line[0].isspace() and script.edits:
            script.edits[-1].code = f"{script.edits[-1].code} {text}".strip()
        elif colon and key in HEAD and not function:
            script.head[key] = value.strip()
        elif re.fullmatch(r"in \w+", text):
            function = text[3:]
        else:
            script.edits.append(_edit(script, number, function, text))
    missing = [key for key in HEAD if key not in script.head]
    if missing or not script.edits:
        raise Usage(f"{script.path}: no {': line, no '.join(missing)}: line" if missing
                    else f"{script.path}: it edits nothing")
    for edit in script.edits:
        if bool(edit.code) == (edit.action == "drop"):
            raise Usage(f"{script.path}:{edit.line}: " + ("drop takes no code" if edit.code else
                        "the code is missing: indented lines below"))
    return script


# ---- statements -------------------------------------------------------------

@dataclass
class Statement:
    """Tokens first to last; of an if or a loop, those of the condition, and its body."""
    kind: str
    first: int
    last: int
    condition: tuple[int, int] | None = None
    inner: list["Statement"] = field(default_factory=list)

    def all(self) -> Iterator["Statement"]:
        yield self
        for statement in self.inner:
            yield from statement.all()


class Body:
    """The statements of a function, as far as braces, parentheses and keywords tell."""

    def __init__(self, tokens: list[Token], first: int, last: int) -> None:
        self.tokens, self.at, self.last = tokens, first, last
        self.statements: list[Statement] = []
        while self.at < last:
            self.statements.append(self._statement())

    def _text(self, at: int) -> str:
        return self.tokens[at].text if at < len(self.tokens) else ""

    def _closing(self, at: int) -> int:
        """Of the bracket there."""
        depth = 0
        for end in range(at, self.last):
            depth += (self._text(end) in "({[") - (self._text(end) in ")}]")
            if not depth:
                return end
        raise DoesNotFit("a bracket is not closed")

    def _statement(self) -> Statement:
        while self._is_label():
            self.at += 2
        first, text = self.at, self._text(self.at)
        if text == "{":
            return self._block(first)
        if text == "do":
            return self._do(first)
        if text == "case" or text == "default":
            while self._text(self.at) != ":":
                self.at += 1
            self.at += 1
            return Statement("label", first, self.at - 1)
        if self._text(self.at + 1) == "(" and self.tokens[self.at].kind == "word":
            end = self._closing(self.at + 1)
            # What is called and followed by a statement is a loop made of a macro.
            loop = self._text(end + 1) == "{" or text in CONDITIONAL
            if loop:
                return self._conditional(first, end)
        return self._simple(first)

    def _is_label(self) -> bool:
        return (self.tokens[self.at].kind == "word" and self._text(self.at + 1) == ":"
                and self._text(self.at) != "default")

    def _block(self, first: int) -> Statement:
        end = self._closing(self.at)
        block = Statement("block", first, end)
        self.at += 1
        while self.at < end:
            block.inner.append(self._statement())
        self.at = end + 1
        return block

    def _do(self, first: int) -> Statement:
        self.at += 1
        body = self._statement()
        condition = (self.at + 2, self._closing(self.at + 1))
        self.at = condition[1] + 2
        return Statement("while", first, self.at - 1, condition, [body])

    def _conditional(self, first: int, end: int) -> Statement:
        text = self._text(self.at)
        kind = text if text in CONDITIONAL else "for"
        condition = (self.at + 2, end)
        self.at = end + 1
        inner = [self._statement()]
        if kind == "if" and self._text(self.at) == "else":
            self.at += 1
            inner.append(self._statement())
        return Statement(kind, first, self.at - 1, condition, inner)

    def _simple(self, first: int) -> Statement:
        while self._text(self.at) != ";":
            if self._text(self.at) in ("(", "{", "["):
                self.at = self._closing(self.at)
            self.at += 1
            if self.at >= self.last:
                raise DoesNotFit("a statement without an end")
        self.at += 1
        return Statement("statement", first, self.at - 1)

    def find(self, edit: Edit) -> Statement:
        def words(statement: Statement) -> set[str]:
            first, last = statement.condition or (statement.first, statement.last)
            return {token.text for token in self.tokens[first:last] if token.kind == "word"}

        fit = [inner for statement in self.statements for inner in statement.all()
               if inner.kind == edit.kind and edit.words <= words(inner)]
        if edit.number > len(fit) or len(fit) != 1 and not edit.number:
            raise DoesNotFit(f"{len(fit)} fit: {edit}")
        return fit[edit.number - 1]


def body_of(tokens: list[Token], function: str) -> Body:
    depth = 0
    for at, token in enumerate(tokens[:-1]):
        if token.text in ("{", "}"):
            depth += 1 if token.text == "{" else -1
        if depth or token.text != function or tokens[at + 1].text != "(":
            continue
        end = _matching(tokens, at + 1)
        if end + 1 < len(tokens) and tokens[end + 1].text == "{":
            return Body(tokens, end + 2, _matching(tokens, end + 1))
    raise DoesNotFit(f"no function {function}()")


def _matching(tokens: list[Token], at: int) -> int:
    depth = 0
    for end in range(at, len(tokens)):
        depth += (tokens[end].text in ("(", "{")) - (tokens[end].text in (")", "}"))
        if not depth:
            return end
    return len(tokens)


# ---- planting ---------------------------------------------------------------

def _place(edit: Edit, body: Body) -> tuple[int, int, str]:
    """From and to which offset of the file goes what."""
    statement, tokens = body.find(edit), body.tokens
    first, last, code = statement.first, statement.last, edit.code
    if edit.action == "change condition of":
        assert statement.condition
        first, last = statement.condition[0], statement.condition[1] - 1
        return tokens[first].start, tokens[last].end, code
    if edit.action == "change body of":
        first, last = statement.inner[0].first, statement.inner[0].last
    if edit.action == "add before":
        return tokens[first].start, tokens[first].start, f"{code} "
    if edit.action == "add after":
        return tokens[last].end, tokens[last].end, f" {code}"
    return tokens[first].start, tokens[last].end, f"{{ {code} }}" if code else "{ }"


def apply(script: Script, text: str) -> str:
    """The file with the bug. All lines keep their numbers."""
    tokens = [Token(match.lastgroup or "", match[0], match.start(), match.end())
              for match in TOKEN.finditer(text)
              if match.lastgroup not in ("comment", "directive")]
    places = []
    for edit in script.edits:
        try:
            places.append(_place(edit, body_of(tokens, edit.function)))
        except DoesNotFit as why:
            raise DoesNotFit(f"{script.path}:{edit.line}: it does not fit {script.head['file']} of "
                             f"this tree: {why}") from None
    places.sort(reverse=True)
    for (start, _, _), (_, end, _) in zip(places, places[1:]):
        if end > start:
            raise Usage(f"{script.path}: two edits of the same statement")
    for start, end, code in places:
        text = text[:start] + code + "\n" * text.count("\n", start, end) + text[end:]
    return text
