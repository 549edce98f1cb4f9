# SPDX-License-Identifier: GPL-2.0-only
"""What stands at the top level of a C file: functions, declarations, macros.

This is no compiler: it knows comments, strings, directives and braces, and how a head of a
function looks in kernel style. What it cannot read raises Unreadable with the line.
"""
from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field
from pathlib import Path

from spb.status import Usage

TOKEN = re.compile(r"""
    (?P<comment>/\*(?s:.*?)\*/|//(?:\\\r?\n|[^\n])*)
  | (?P<open>/\*)
  | (?P<directive>^[ \t]*\#(?:"(?:\\.|[^"\\\n])*"|/\*(?s:.*?)\*/|\\\r?\n|[^\n])*)
  | (?P<string>"(?:\\(?s:.)|[^"\\\n])*"|'(?:\\(?s:.)|[^'\\\n])*')
  | (?P<word>[A-Za-z_]\w*)
  | (?P<number>\.?[0-9][\w.]*)
  | (?P<mark>[^\s\\])
""", re.VERBOSE | re.MULTILINE)

# Words of a head that say nothing about the type.
STORAGE = {"static", "extern", "inline", "__inline", "__inline__", "__always_inline", "noinline",
           "notrace", "asmlinkage", "noinstr", "register"}
TYPE_WORDS = {"void", "char", "short", "int", "long", "float", "double", "signed", "unsigned",
              "_Bool", "bool", "struct", "union", "enum", "const", "volatile", "restrict"}
KEYWORDS = TYPE_WORDS | {"if", "while", "for", "switch", "return", "sizeof", "typeof", "__typeof__",
                         "_Alignas", "_Alignof", "_Static_assert", "static_assert", "asm"}
ATTRIBUTE_LIKE_TYPES = re.compile(r"__(u|s|le|be)[0-9]+|__typeof__|__U?INT\w+_TYPE__|__SIZE_TYPE__")
# As the compilers of this project say them on 64-bit Linux.
COMPILER_TYPES = {
    "_Bool": "bool", "__UINT8_TYPE__": "unsigned char", "__UINT16_TYPE__": "unsigned short",
    "__UINT32_TYPE__": "unsigned int", "__UINT64_TYPE__": "unsigned long", "__INT32_TYPE__": "int",
    "__INT64_TYPE__": "long", "__SIZE_TYPE__": "unsigned long", "__UINTPTR_TYPE__": "unsigned long",
}


class Unreadable(Usage):
    """The file is no C that can be taken apart."""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass
class Item:
    """Something at the top level."""
    kind: str  # "function", "prototype" or "other"
    name: str
    tokens: list[Token]  # without comments and directives
    head: int  # how many of them are the head of a function
    conditional: bool  # in a branch of an #if

    @property
    def start(self) -> int:
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end

    @property
    def static(self) -> bool:
        return any(token.text == "static" for token in self.tokens[:self.head])

    def words(self) -> set[str]:
        return {token.text for token in self.tokens if token.kind == "word"}

    def prototype(self) -> str:
        """The head on one line."""
        text = " ".join(token.text for token in self.tokens[:self.head])
        return re.sub(r" ?([(\[]) ?| (?=[)\],])", r"\1", text).replace("* ", "*")


@dataclass
class Source:
    """A file, taken apart."""
    name: str
    text: str
    items: list[Item] = field(default_factory=list)
    macros: dict[str, int] = field(default_factory=dict)  # that stay, and where they are defined
    directive_words: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._lines = [0] + [match.end() for match in re.finditer("\n", self.text)]
        _Reader(self).read()

    def line(self, offset: int) -> int:
        return bisect.bisect_right(self._lines, offset)

    def functions(self) -> list[Item]:
        return [item for item in self.items if item.kind == "function"]

    def unreadable(self, offset: int, why: str) -> Unreadable:
        return Unreadable(f"{self.name}:{self.line(offset)}: {why}")


def read(path: str | Path, name: str = "") -> Source:
    """Bytes are kept as they are, whatever the encoding."""
    return Source(name or str(path), Path(path).read_bytes().decode("latin-1"))


class _Reader:
    """Cuts the tokens of a file into items."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens: list[Token] = []  # of the item that is being read
        self.braces: list[Token] = []
        self.parens = 0
        self.head = 0
        self.name = ""
        # Of each open #if: the braces and parentheses that were open before it.
        self.conditions: list[tuple[list[Token], int]] = []
        self.guarded = self.is_guarded()
        self.conditional = False

    def is_guarded(self) -> bool:
        """The #if that keeps a header from being read twice is no condition."""
        text = self.source.text
        begins = re.match(r"(?:\s|/\*(?s:.*?)\*/|//[^\n]*)*#ifndef (\w+)\n#define \1\n", text)
        return bool(begins) and text.rstrip().endswith("#endif")

    def in_branch(self) -> bool:
        return len(self.conditions) > self.guarded

    def read(self) -> None:
        source = self.source
        for match in TOKEN.finditer(source.text):
            token = Token(match.lastgroup or "", match[0], match.start(), match.end())
            if token.kind == "open":
                raise source.unreadable(token.start, "a comment without an end")
            if token.kind == "directive":
                self.directive(token)
            elif token.kind != "comment":
                self.code(token)
        if self.braces:
            raise source.unreadable(self.braces[0].start, "this brace is never closed; or does an "
                                    "#if hold half of a block?")
        if self.conditions:
            raise source.unreadable(len(source.text), "an #if without an #endif")
        if self.tokens:
            self.finish("other")

    def directive(self, token: Token) -> None:
        text = re.sub(r"\\\r?\n|/\*(?s:.*?)\*/", " ", token.text)
        match = re.match(r"\s*#\s*(\w*)\s*(\w*)", text)
        word, name = (match[1], match[2]) if match else ("", "")
        self.source.directive_words.update(re.findall(r"[A-Za-z_]\w*", text))
        if word == "define":
            self.source.macros[name] = token.start
        elif word == "undef":
            self.source.macros.pop(name, None)
        elif word in ("if", "ifdef", "ifndef"):
            self.conditions.append((list(self.braces), self.parens))
        elif word in ("else", "elif", "endif", "elifdef", "elifndef"):
            if not self.conditions:
                raise self.source.unreadable(token.start, f"#{word} without an #if")
            if word == "endif":
                self.conditions.pop()
            else:
                # Each branch begins where the first one began.
                self.braces, self.parens = list(self.conditions[-1][0]), self.conditions[-1][1]

    def code(self, token: Token) -> None:
        if token.text == ";" and not self.tokens:
            return
        if not self.tokens:
            self.conditional = self.in_branch()
        self.tokens.append(token)
        if token.text in "()" and token.kind == "mark":
            self.parens += 1 if token.text == "(" else -1
        elif token.text == "{" and token.kind == "mark":
            self.open(token)
        elif token.text == "}" and token.kind == "mark":
            self.close(token)
        elif token.text == ";" and not self.braces and self.parens <= 0:
            self.end_of_declaration()

    def open(self, token: Token) -> None:
        if not self.braces and not self.head and not self.parens:
            texts = [token.text for token in self.tokens]
            self.name = name_of(self.tokens[:-1])
            if self.name:
                self.head = len(self.tokens) - 1
            elif not {"=", "struct", "union", "enum"} & set(texts):
                raise self.source.unreadable(self.tokens[0].start, "no head of a function that can "
                                             "be read; is it a macro?")
        self.braces.append(token)

    def close(self, token: Token) -> None:
        if not self.braces:
            raise self.source.unreadable(token.start, "a closing brace too many")
        self.braces.pop()
        if not self.braces and self.head:
            self.finish("function")

    def end_of_declaration(self) -> None:
        self.name = name_of(self.tokens[:-1])
        self.head = len(self.tokens) - 1 if self.name else 0
        self.finish("prototype" if self.name else "other")

    def finish(self, kind: str) -> None:
        conditional = self.conditional or self.in_branch()
        self.source.items.append(Item(kind, self.name, self.tokens, self.head, conditional))
        self.tokens, self.head, self.name, self.parens = [], 0, "", 0


# ---- heads of functions -----------------------------------------------------

def group_end(tokens: list[Token], at: int) -> int:
    """The index behind the parentheses, brackets or braces that open at @at."""
    depth = 0
    for index in range(at, len(tokens)):
        if tokens[index].kind == "mark" and tokens[index].text in "([{":
            depth += 1
        elif tokens[index].kind == "mark" and tokens[index].text in ")]}":
            depth -= 1
            if not depth:
                return index + 1
    return len(tokens)


def split(tokens: list[Token]) -> list[list[Token]]:
    """At the commas that are in no parentheses."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "mark" and token.text in "([{":
            depth += 1
        elif token.kind == "mark" and token.text in ")]}":
            depth -= 1
        if token.text == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _is_parameter(tokens: list[Token]) -> bool:
    texts = [token.text for token in tokens]
    if texts in ([], ["void"]) or texts == [".", ".", "."]:
        return True
    if any(token.kind in ("number", "string") for token in tokens if "[" not in texts):
        return False
    words = sum(token.kind == "word" for token in tokens)
    marks = {token.text for token in tokens if token.kind == "mark"}
    return (words > 1 or "*" in marks) and not marks & {"&", "-", ">", "+", "!", "<", "="}


def _callables(head: list[Token]) -> list[int]:
    """Where in a head a word is followed by parentheses, outside of others."""
    found, at = [], 0
    while at < len(head):
        if head[at].kind == "mark" and head[at].text in "([{":
            at = group_end(head, at)
            continue
        if (head[at].kind == "word" and head[at].text not in KEYWORDS and at + 1 < len(head) and
                head[at + 1].text == "("):
            found.append(at)
        at += 1
    return found


def name_at(head: list[Token]) -> int:
    """Which token of a head is the name of a function; -1 if it is the head of something else.

    Macros like __printf(1, 2) and __must_hold(&zone->lock) may stand before and after it: the
    name has a type before it, and parameters in its parentheses.
    """
    texts = [token.text for token in head]
    depth = 0
    for text in texts:
        depth += (text in "([{") - (text in ")]}")
        if text == "=" and not depth:
            return -1
    if "typedef" in texts:
        return -1
    for at in _callables(head):
        before = [text for text in texts[:at] if text not in STORAGE]
        if not before or before[-1] in ("struct", "union", "enum"):
            continue
        if texts[at].startswith("__attribute"):
            continue
        inside = head[at + 2:group_end(head, at + 1) - 1]
        if all(_is_parameter(part) for part in split(inside)):
            return at
    return -1


def name_of(head: list[Token]) -> str:
    at = name_at(head)
    return head[at].text if at >= 0 else ""


@dataclass(frozen=True)
class Signature:
    """Types alone: what a head says to its callers."""
    result: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.result} ({', '.join(self.parameters) or 'void'})"


def signature(item: Item, typedefs: dict[str, str]) -> Signature:
    head = item.tokens[:item.head]
    at = name_at(head)
    inside = head[at + 2:group_end(head, at + 1) - 1]
    parameters = [_type_of(part, typedefs, named=True) for part in split(inside)]
    if parameters in ([""], ["void"]):
        parameters = []
    return Signature(_type_of(head[:at], typedefs), tuple(parameters))


def _without_attributes(tokens: list[Token]) -> list[Token]:
    """Without storage classes, and without __words that are no types, with their arguments."""
    kept, at = [], 0
    while at < len(tokens):
        text = tokens[at].text
        attribute = text.startswith("__") and not ATTRIBUTE_LIKE_TYPES.fullmatch(text)
        if not attribute and text not in STORAGE:
            kept.append(tokens[at])
        elif attribute and at + 1 < len(tokens) and tokens[at + 1].text == "(":
            at = group_end(tokens, at + 1) - 1
        at += 1
    return kept


def _without_name(tokens: list[Token]) -> list[str]:
    """The type of a parameter: its name is the last word, where that cannot be the type."""
    words = [index for index, token in enumerate(tokens) if token.kind == "word"]
    texts = [token.text for token in tokens]
    pointer = texts.index("(") if "(" in texts else -1
    if pointer >= 0:  # of a function: type (*name)(...)
        words = [index for index in words if pointer < index < group_end(tokens, pointer)]
    elif len(words) < 2 or texts[words[-2]] in ("struct", "union", "enum"):
        words = []
    if words and texts[words[-1]] not in TYPE_WORDS:
        texts[words[-1]] = ""
    if "[" in texts:
        at = texts.index("[")
        texts[at:group_end(tokens, at)] = ["*"]
    return [text for text in texts if text]


def _type_of(tokens: list[Token], typedefs: dict[str, str], named: bool = False) -> str:
    tokens = _without_attributes(tokens)
    texts = _without_name(tokens) if named else [token.text for token in tokens]
    for _ in range(len(typedefs)):
        if not any(text in typedefs for text in texts):
            break
        texts = " ".join(typedefs.get(text, text) for text in texts).split()
    if "unsigned" in texts and not {"int", "long", "short", "char"} & set(texts):
        texts.insert(texts.index("unsigned") + 1, "int")
    if {"long", "short"} & set(texts) and "int" in texts:
        texts.remove("int")
    # const before or behind the word it belongs to
    if len(texts) > 1 and "const" in texts[1:] and "*" not in texts[:texts.index("const", 1)]:
        texts.remove("const")
        texts.insert(0, "const")
    return " ".join(texts).replace("* *", "**")


def typedefs_of(sources: list[Source]) -> dict[str, str]:
    """Names for plain types: typedef u32 gfp_t; typedef struct pglist_data { ... } pg_data_t;"""
    found = dict(COMPILER_TYPES)
    for source in sources:
        for item in source.items:
            texts = [token.text for token in item.tokens if token.text != ";"]
            if not texts or texts[0] != "typedef" or "(" in texts:
                continue
            if "{" in texts:
                texts = texts[:texts.index("{")] + texts[-1:]
            if len(texts) > 2:
                found[texts[-1]] = " ".join(texts[1:-1])
    return found
