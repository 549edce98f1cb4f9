# SPDX-License-Identifier: GPL-2.0-only
"""What make ci has found, for people and for machines: Markdown, JUnit XML, SARIF, and lines that
GitHub shows at the code."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from spb.kernel.base import KNOWN, NEW, UNDECIDED, Judgement

MOST_SUMMARY = 1000000  # bytes that GitHub takes
LEVEL = {NEW: "error", UNDECIDED: "warning", KNOWN: "note"}
ANNOTATION = {NEW: "error", UNDECIDED: "warning", KNOWN: "notice"}
BASELINE = {NEW: "new", KNOWN: "unchanged"}
NO_TEXT = re.compile("[^\t\n\x20-\x7e\x80-\ud7ff\ue000-\ufffd]")


@dataclass(frozen=True)
class Found:
    """A distinct crash. Input: the smallest program with its signature, and small its text."""
    target: str
    signature: str
    message: str
    report: str
    input: str
    small: str
    replay: str
    file: str
    line: int
    by: str  # "replay" or "fuzzing"
    judgement: Judgement
    page: str = ""

    @property
    def rule(self) -> str:
        return self.signature.rpartition("/")[0] or self.signature


@dataclass
class Outcome:
    """Of the whole job. Ran: what was done with a target, a sentence each."""
    base: str
    revision: str
    verdict: str = ""
    found: list[Found] = field(default_factory=list)
    replayed: dict[str, str] = field(default_factory=dict)
    fuzzed: dict[str, str] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def clean(text: str) -> str:
    """Without what neither XML nor a page may have."""
    return NO_TEXT.sub("?", text)


def _fenced(text: str) -> list[str]:
    """A block that no line of it ends."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, clean(text).rstrip("\n"), fence]


def _cell(text: str) -> str:
    """In one cell of a table, or one line, whatever it is."""
    line = " ".join(clean(text).split())
    return escape(line).replace("|", "\\|").replace("`", "'")


def markdown(outcome: Outcome) -> str:
    lines = [f"## spbfuzz: {outcome.verdict}", "",
             f"`{_cell(outcome.revision)}` against `{_cell(outcome.base)}`", ""]
    if outcome.found:
        lines += ["| | signature | target | where | |", "|---|---|---|---|---|"]
        lines += [f"| {one.judgement.word} | `{_cell(one.signature)}` | {one.target} | "
                  f"{_cell(one.file)}:{one.line} | {_cell(one.judgement.reason)} |"
                  for one in outcome.found]
        lines.append("")
    for one in outcome.found:
        title = escape(clean(f"{one.judgement.word}: {one.signature}"))
        lines += [f"<details><summary>{title}</summary>", "", *_fenced(one.report), "",
                  *_fenced(one.small), "", *_fenced(one.replay), ""]
        lines += ([f"page: {one.page}", ""] if one.page else []) + ["</details>", ""]
    lines += [f"* not decided: {_cell(sentence)}" for sentence in outcome.open]
    lines += ["", "| target | corpus and accepted crashes | fuzzing |", "|---|---|---|"]
    lines += [f"| {target} | {said} | {outcome.fuzzed.get(target, 'not started')} |"
              for target, said in outcome.replayed.items()]
    took = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in outcome.seconds.items())
    text = "\n".join([*lines, "", took, ""])
    data = text.encode()
    return text if len(data) < MOST_SUMMARY else \
        data[:MOST_SUMMARY].decode(errors="ignore") + "\n...\n"


def _case(suite: str, name: str, inside: str = "") -> str:
    names = f"classname={quoteattr(suite)} name={quoteattr(clean(name))}"
    return f"<testcase {names}>{inside}</testcase>"


def _crash(one: Found) -> str:
    text = clean(f"{one.report}\n\n{one.small}\n{one.replay}\n")
    kind = "skipped" if one.judgement.word == KNOWN else \
        "error" if one.judgement.word == UNDECIDED else "failure"
    return (f"<{kind} message={quoteattr(clean(f'{one.signature}: {one.judgement}'))}>"
            f"{escape(clean(one.message))}</{kind}><system-out>{escape(text)}</system-out>")


def junit(outcome: Outcome) -> str:
    cases = [_case(f"replay.{target}", f"{target}: {said}")
             for target, said in outcome.replayed.items()]
    cases += [_case(f"fuzz.{target}", target) for target in outcome.fuzzed]
    cases += [_case(f"{one.by}.{one.target}", one.signature, _crash(one)) for one in outcome.found]
    cases += [_case("ci", "verdict", f"<error message={quoteattr(clean(sentence))}/>")
              for sentence in outcome.open]
    words = [one.judgement.word for one in outcome.found]
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
            f'<testsuite name="spbfuzz ci" tests="{len(cases)}" failures="{words.count(NEW)}" '
            f'errors="{words.count(UNDECIDED) + len(outcome.open)}" '
            f'skipped="{words.count(KNOWN)}">\n' + "\n".join(cases) + "\n</testsuite>\n"
            "</testsuites>\n")


def _result(one: Found) -> dict:
    place = {"artifactLocation": {"uri": one.file}, "region": {"startLine": one.line}}
    word = one.judgement.word
    state = {"baselineState": BASELINE[word]} if word in BASELINE else {}
    return {"ruleId": one.rule, "level": LEVEL[word], **state,
            "message": {"text": clean(f"{one.signature}: {one.message} ({one.judgement})\n"
                                      f"{one.replay}")},
            "locations": [{"physicalLocation": place}],
            "partialFingerprints": {"signature": f"{one.target}/{one.signature}"}}


def sarif(outcome: Outcome) -> str:
    rules = [{"id": rule} for rule in dict.fromkeys(one.rule for one in outcome.found)]
    run = {"tool": {"driver": {"name": "spbfuzz", "rules": rules}},
           "results": [_result(one) for one in outcome.found]}
    return json.dumps({"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
                       "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def annotation(one: Found) -> str:
    return (f"::{ANNOTATION[one.judgement.word]} file={_property(one.file)},line={one.line},"
            f"title={_property(f'{one.judgement.word}: {one.signature}')}::"
            f"{_data(f'{one.message}. {one.judgement}. {one.replay}')}")
