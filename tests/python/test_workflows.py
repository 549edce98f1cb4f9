# SPDX-License-Identifier: GPL-2.0-only
""".github/workflows/: they call commands of scripts/commands.def with variables of
scripts/variables.def and nothing else, and may do no more than they need.

The standard library reads no YAML. What is read here is the part of it that these files keep to:
mappings, lists, words, texts after "|", comments; anything else is refused."""
import re
from pathlib import Path

from fixture import Case
from spb import commands, tree, variables

ACTIONS = {"actions/checkout": {"fetch-depth", "persist-credentials"},
           "actions/cache/restore": {"path", "key", "restore-keys"},
           "actions/cache/save": {"path", "key"},
           "actions/upload-artifact": {"name", "path"},
           "github/codeql-action/upload-sarif": {"sarif_file"}}
STEP = {"uses", "run", "with", "env", "if"}
JOB = {"runs-on", "timeout-minutes", "permissions", "steps"}
TOP = {"name", "on", "permissions", "concurrency", "jobs"}
MAY = {"pull-request.yml": {"contents": "read", "security-events": "write"}}
KEY = re.compile(r"([A-Za-z][A-Za-z_-]*):(?: (.*))?$")


class Wrong(Exception):
    pass


class Reader:
    def __init__(self, text):
        self.lines = []
        for number, line in enumerate(text.splitlines(), 1):
            strange = re.search(r"[&*!]\w|: [{>]|^---", line)
            if "\t" in line or line != line.rstrip() or \
                    strange and "cron" not in line and "if:" not in line:
                raise Wrong(f"line {number}: {line!r}")
            if line and not line.lstrip().startswith("#"):
                self.lines.append((len(line) - len(line.lstrip()), line.lstrip()))
        self.at = 0

    def next(self):
        return self.lines[self.at] if self.at < len(self.lines) else (-1, "")

    def block(self, indent):
        """A mapping or a list, of that indentation."""
        return self.list(indent) if self.next()[1].startswith("- ") else self.mapping(indent)

    def list(self, indent):
        found = []
        while self.next()[0] == indent and self.next()[1].startswith("- "):
            text = self.next()[1][2:]
            if KEY.match(text):
                self.lines[self.at] = (indent + 2, text)
                found.append(self.mapping(indent + 2))
            else:
                found.append(self.scalar(text))
                self.at += 1
        return found

    def mapping(self, indent):
        found = {}
        while self.next()[0] == indent:
            match = KEY.match(self.next()[1])
            if not match or match[1] in found:
                raise Wrong(f"not a new key: {self.next()[1]!r}")
            self.at += 1
            deeper = self.next()[0]
            if match[2] == "|":
                words = []
                while self.next()[0] > indent:
                    words.append(self.next()[1])
                    self.at += 1
                found[match[1]] = words
            elif match[2]:
                found[match[1]] = self.scalar(match[2])
            else:
                found[match[1]] = self.block(deeper) if deeper > indent else None
        if self.next()[0] > indent:
            raise Wrong(f"indentation: {self.next()[1]!r}")
        return found

    def scalar(self, text):
        if text[0] in "[{&*!|>'%@`":
            raise Wrong(f"no plain word: {text!r}")
        return text.strip('"')


def read(text):
    reader = Reader(text)
    found = reader.mapping(0)
    if reader.at != len(reader.lines):
        raise Wrong(f"left: {reader.next()[1]!r}")
    return found


def complaints_of_run(line, env):
    words = line.split()
    if not re.fullmatch(r"[\w./=-]+( [\w./=-]+)*", line):
        return [f"no plain command: {line}"]
    if line == "make setup":
        return []
    if words[0] != "scripts/run" or words[1] not in commands.listed():
        return [f"not a command: {line}"]
    wrong = []
    for word in words[2:]:
        name, equals, value = word.partition("=")
        try:
            variables.listed()[name].check(value)
        except Exception as why:
            wrong.append(f"{word}: {why!r}")
        if not equals:
            wrong.append(f"no variable: {word}")
    return wrong + [f"no variable: {name}" for name in env if name not in variables.listed()]


def complaints_of_step(step):
    wrong = [f"a step has {key}" for key in step.keys() - STEP]
    if ("run" in step) == ("uses" in step):
        return wrong + ["a step runs one thing"]
    if "run" in step:
        return wrong + (complaints_of_run(step["run"], step.get("env") or {})
                        if isinstance(step["run"], str) else ["a step runs one command"])
    name, _, tag = step["uses"].partition("@")
    given = step.get("with") or {}
    if name not in ACTIONS or not re.fullmatch(r"v[0-9]+", tag):
        wrong.append(f"unknown action {step['uses']}")
    elif given.keys() - ACTIONS[name]:
        wrong.append(f"{name} gets {given.keys() - ACTIONS[name]}")
    if name == "actions/checkout" and given.get("persist-credentials") != "false":
        wrong.append("a checkout leaves its credentials there")
    return wrong


def complaints(name, text):
    try:
        flow = read(text)
    except Wrong as why:
        return [str(why)]
    wrong = [f"there is {key}" for key in flow.keys() - TOP]
    if flow.get("permissions") != {"contents": "read"}:
        wrong.append("more permissions than to read")
    if "pull_request_target" in (flow.get("on") or {}):
        wrong.append("code of others would run with our rights")
    for job in flow["jobs"].values():
        wrong += [f"a job has {key}" for key in job.keys() - JOB]
        if not (job.get("permissions") or {"contents": "read"}).items() <= \
                MAY.get(name, {"contents": "read"}).items():
            wrong.append(f"a job may {job['permissions']}")
        if not re.fullmatch("[0-9]+", job.get("timeout-minutes") or ""):
            wrong.append("a job has no bound")
        for step in job["steps"]:
            wrong += complaints_of_step(step)
    return wrong


class Workflows(Case):
    def files(self):
        return sorted((tree.ROOT / ".github/workflows").iterdir())

    def test_the_tree(self):
        self.assertEqual({path.name for path in self.files()},
                         {"pull-request.yml", "batch.yml", "prune.yml", "coverage.yml"})
        for path in self.files():
            self.assertEqual(complaints(path.name, path.read_text()), [], path.name)

    def test_documented(self):
        text = (tree.ROOT / "docs/continuous.md").read_text()
        for path in self.files():
            self.assertIn(f"`{path.name}`", text)

    def test_what_is_read(self):
        self.assertEqual(read("a: b\nc:\n  - d: e\n    f: |\n      one\n      two\n  - g\nh:\n"),
                         {"a": "b", "c": [{"d": "e", "f": ["one", "two"]}, "g"], "h": None})
        for text in ("a: b\na: c\n", "a:\n\t- b\n", "a: {b: c}\n", "a: &x b\n", "a: b \n",
                     "a: b\n   c: d\n", "words\n"):
            with self.assertRaises(Wrong, msg=text):
                read(text)

    def test_each_is_noticed(self):
        path = tree.ROOT / ".github/workflows/batch.yml"
        text = path.read_text()
        for old, new, said in (
                ("scripts/run fuzz", "scripts/run fuzzz", "not a command"),
                ("scripts/run fuzz", "curl x", "not a command"),
                ("SYNC=build/shared\n", "SYNC=$(id)\n", "no plain command"),
                ("TIME=3000", "TIME=abc", "TIME=abc"),
                ("TIME=3000", "TIMES=3000", "TIMES=3000"),
                ("  contents: read", "  contents: write", "more permissions"),
                ("checkout@v4", "checkout@main", "unknown action"),
                ("actions/checkout", "somebody/checkout", "unknown action"),
                ("persist-credentials: false", "persist-credentials: true", "credentials"),
                ("    timeout-minutes: 90\n", "", "no bound"),
                ("    steps:", "    permissions:\n      issues: write\n    steps:", "a job may"),
                ("workflow_dispatch", "pull_request_target", "rights")):
            self.assertIn(old, text)
            self.assertIn(said, "\n".join(complaints(path.name, text.replace(old, new))), new)
