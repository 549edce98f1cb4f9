# SPDX-License-Identifier: GPL-2.0-only
"""The spbfuzz command: exit statuses, what it says about bad input, its manual page."""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from spb import build, jobs
from spb.lines import Lines

SECONDS = 60
GOOD = "spbt 1\nreaches: event:alloc\nalloc s1 gfp=GFP_KERNEL\nfree s1\n"
RESULT_OF_TRIAGE = ("1 files: 0 crash, 1 run to their end, 0 cannot be read; groups: 0\n")

# Status, words of what it says, name of the check, arguments.
EXPECTED: list[tuple[int, str, str, str]] = [
    (2, "usage:", "no command", ""),
    (0, "import", "help", "--help"),
    (0, "0x81", "version", "--version"),
    (2, "'walk' is no command", "unknown command", "walk"),
    (0, "", "run text", "run good.spbt"),
    (0, "good.spbt", "hash", "run --hash good.spbt"),
    (0, "alloc s1", "told step by step", "run -v good.spbt"),
    (2, "No such file", "missing file", "run nothing"),
    (2, "empty", "empty file", "show empty"),
    (2, "1 MiB", "huge file", "show huge"),
    (2, "version 0x82", "unknown version", "run newer"),
    (2, "no file in this", "empty directory", "run none"),
    (2, "alloc", "unknown target", "run -t nothing good.spbt"),
    (2, "typo.spbt:3: 'GFP_KERNELL'", "error with its line", "asm -o out typo.spbt"),
    (0, "events", "reach", "reach good.spbt"),
    (0, "refusal-off", "compare", "compare good.spbt"),
    (2, "usage:", "compare without a file", "compare"),
    (2, "version 0x82", "compare of an unknown version", "compare newer"),
    (1, "does not reach step:contig", "reaches too little", "reach -q missed.spbt"),
    (0, "", "assemble", "asm -o out good.spbt"),
    (2, "No such file", "a folder that is not there", "asm -o none/none/out good.spbt"),
    (0, "", "several files into a folder", "show -o shown good.spbt missed.spbt"),
    (2, "not a folder", "several files into none", "show -o out good.spbt missed.spbt"),
    (2, "not a folder", "several files on the standard output", "show good.spbt missed.spbt"),
    (2, "4.18", "unknown gfp layout", "import -l 2.6 -o programs cut.xz"),
    (2, "two-nodes", "unknown geometry", "import -g mars -o programs cut.xz"),
    (2, "is it the text of a tracer?", "no trace", "import -o programs good.spbt"),
    (0, "ends too early", "cut trace", "import -m 3 -o programs cut.xz"),
    (0, '"status": "good", "hash"', "run --json", "run --json good.spbt"),
    (2, '"status": "error"', "run --json of what is no program", "run --json good.spbt newer"),
    (2, "neither --hash", "run --json --hash", "run --json --hash good.spbt"),
    (0, "dropped-list-busy", "what a dropped lock explains",
     "run --counts -t walk {root}/corpus/walk {root}/build/programs/walk"),
    (0, "a dropped lock explains nothing", "who is alone needs no explanation",
     "run --counts -t alloc good.spbt"),
    (0, '"pcp-get": 1', "reach --json", "reach --json good.spbt"),
    (0, "<!DOCTYPE html>", "export", "export good.spbt"),
    (0, '"format":1', "export --json", "export --json good.spbt"),
    (0, "KUNIT_CASE(spbfuzz_calls)", "export --kunit", "export --kunit good.spbt"),
    (2, "no C file: it breaks no rule", "export --c of a good program", "export --c good.spbt"),
    (2, "usage: spbfuzz export", "export of two kinds", "export --c --html good.spbt"),
    (2, "does not see", "export of a schedule that counts accesses",
     "export -t race {root}/bench/race.spbt"),
    (2, "version 0x82", "export of an unknown version", "export newer"),
    (0, "model-runs/s", "bench", "bench -m 1 good.spbt"),
    (0, '"programs": 2,', "bench --json", "bench -j -m 1 good.spbt missed.spbt"),
    (0, "bare-runs/s", "bench --level", "bench -l bare -m 1 good.spbt"),
    (2, "fast is no level", "bench of an unknown level", "bench -l fast -m 1 good.spbt"),
    (2, "'0': a number", "bench for no time", "bench -m 0 good.spbt"),
    (2, "version 0x82", "bench of an unknown version", "bench -m 1 good.spbt newer"),
    (2, "does not see", "bench of a schedule that counts accesses",
     "bench -t race -m 1 {root}/bench/race.spbt"),
    (2, "Is a directory", "a folder is no program", "show none"),
    (2, "'x': a number", "no number", "min -n x good.spbt"),
    (2, "nothing to shrink", "min of a good program", "min good.spbt"),
    (2, "cannot be kept", "min keeps something else", "min --keep all good.spbt"),
    (0, "none/such: does not show after 1 programs", "around a good program",
     "around --signature none/such good.spbt"),
    (2, "usage: spbfuzz around", "around no signature", "around good.spbt"),
    (2, "huge: larger than 1 MiB", "triage of a huge file", "triage huge"),
    (2, "empty: empty", "triage of an empty file", "triage empty"),
    (2, "holds what is not read", "distil into something else",
     "distil --states -o {root}/corpus/alloc good.spbt"),
    (2, "newer: version 0x82", "distil of an unknown version",
     "distil --states -o distilled good.spbt newer"),
    (2, "counts no edges: states alone are covered; build/plain/spbfuzz counts them; nothing was "
        "written", "distil by a build without edges", "distil -o distilled good.spbt"),
    (2, "baseline: is no text", "a baseline of bytes", "triage -b baseline good.spbt"),
    (2, "is there already, with another program; nothing was written",
     "import over other programs", "import -m 4 -g spb9 -n cut -o programs cut.xz"),
    (0, "", "import of the same programs", "import -q -m 3 -o programs cut.xz"),
    (2, r"the first is: \x1b[2J", "a trace with control characters", "import -o programs bell"),
    (2, r"bell.spbt:1: '\x1b[2J' is", "a program with control characters", "run bell.spbt"),
    (0, r"  a\x1bb", "a name with control characters", "run --hash a\x1bb"),
]


class Tool:
    """The command, in a folder with files of each kind."""

    def __init__(self, lines: Lines, scratch: Path) -> None:
        self.lines, self.scratch, self.root = lines, scratch, Path.cwd()
        self.path = os.environ.get("TOOL") or build.tool("gcc")
        self.path = str(Path(self.path).resolve())
        self.page = (self.root / "docs/spbfuzz.1").read_text()

    def files(self) -> None:
        texts = {"good.spbt": GOOD, "missed.spbt": "reaches: step:contig\nalloc s1\n",
                 "typo.spbt": "alloc s1\n\nalloc s1 gfp=GFP_KERNELL\n", "empty": ""}
        for name, text in texts.items():
            (self.scratch / name).write_text(text)
        (self.scratch / "newer").write_bytes(b"\x82rest")
        (self.scratch / "baseline").write_bytes(b"lockset/alloc\n\0")
        for name in ("bell", "bell.spbt"):
            (self.scratch / name).write_text("\x1b[2J\n")
        (self.scratch / "a\x1bb").write_text(GOOD)
        (self.scratch / "huge").write_bytes(bytes((1 << 20) + 1))
        for name in ("none", "shown"):
            (self.scratch / name).mkdir()
        trace = (self.root / "tests/data/fs-cut.trace.xz").read_bytes()
        (self.scratch / "cut.xz").write_bytes(trace[:50000])

    def ask(self, *words: str, **more) -> jobs.Result:
        return jobs.run([self.path, *words], cwd=self.scratch, wall=SECONDS, **more)

    def expect(self, status: int, words: str, name: str, *arguments: str) -> None:
        ended = self.ask(*arguments)
        self.lines.result(ended.status == status and words in ended.output,
                          f"{name}: status {status}, '{words}' (status {ended.status})",
                          ended.output)

    def expected(self) -> None:
        for status, words, name, arguments in EXPECTED:
            self.expect(status, words, name, *arguments.format(root=self.root).split())
        self.lines.result(not (self.scratch / "distilled").exists(), "nothing is distilled then")
        self.lines.result(sorted(os.listdir(self.scratch / "shown")) ==
                          ["good.spbt", "missed.spbt"], "each of several files is in the folder")
        ended = self.ask("triage", "-", input=GOOD)
        self.lines.result(ended.output == RESULT_OF_TRIAGE, "triage of the standard input",
                          ended.output)
        self.closed_folder()

    def closed_folder(self) -> None:
        """Nothing is closed to root: a name that is no folder any more says the same way."""
        name = "a folder that cannot be read"
        if os.getuid():
            (self.scratch / "closed").mkdir(0)
            self.expect(2, "Permission denied", name, "triage", "closed")
        else:
            self.expect(2, "Not a directory", name, "triage", "good.spbt/below")

    def promises(self) -> None:
        for text in sorted(self.root.glob("seeds/alloc/promise-*.spbt")):
            kind = text.stem
            self.expect(0, "promises: ", f"{kind} is counted", "run", "-v", str(text))
            if kind != "promise-kept":
                self.expect(1, f"FINDING {kind} ", f"{kind} is a finding", "run", "--strict",
                            str(text))

    def options_of(self, command: str) -> set[str]:
        """Long and short ones of its --help."""
        listed = re.findall(r"^ +(-.*)$", self.ask(command, "--help").output, re.M)
        text = "\n".join(re.sub(r"--\[no-\](\w+)", r"--\1 --no-\1", line) for line in listed)
        text = re.sub(r" {3,}.*|  [A-Za-z0-9(].*", "", text)
        return set(re.findall(r"--?[a-zA-Z0-9-]+", text)) - {"-h", "--help"}

    def documented(self, command: str) -> set[str]:
        section = re.search(rf"^\.SS {command}\b.*\n((?:(?!\.S[SH] ).*\n)*)", self.page, re.M)
        lines = re.findall(r"^\.BR? .*$|^\.BI .*$", section[1] if section else "", re.M)
        text = " ".join(line.split(" ", 1)[1].replace("\\-", "-") for line in lines
                        if line.split(" ", 1)[1].startswith("\\-"))
        return set(re.findall(r"--?[a-zA-Z0-9-]+", text)) - {"-h", "--help"}

    def manual(self) -> None:
        for command in re.findall(r"^  ([a-z]+)  +", self.ask("--help").output, re.M):
            said, written = self.options_of(command), self.documented(command)
            self.lines.result(f".SS {command}" in self.page and said == written,
                              f"the manual page has the options of {command}",
                              [f"differ: {' '.join(sorted(said ^ written))}"])

    def pipes(self) -> None:
        """show reads what asm writes; and a disk that is full is an error."""
        made = subprocess.run([self.path, "asm", "-"], input=GOOD.encode(), cwd=self.scratch,
                              stdout=subprocess.PIPE, check=False).stdout
        shown = subprocess.run([self.path, "show", "-"], input=made, cwd=self.scratch,
                               stdout=subprocess.PIPE, check=False).stdout.decode()
        self.lines.result(shown.endswith("\nalloc s1 gfp=GFP_KERNEL\nfree s1\n"), "pipes", shown)
        self.lines.result(len(os.listdir(self.scratch / "programs")) == 3,
                          "import writes as many programs as it was asked for")
        with open("/dev/full", "w") as full:
            ended = subprocess.run([self.path, "show", "good.spbt"], cwd=self.scratch, stdout=full,
                                   stderr=subprocess.DEVNULL, check=False)
        self.lines.result(ended.returncode == 2, f"full disk (status {ended.returncode})")
        left = [name for name in os.listdir(self.scratch) if re.match(r"\..*\.[0-9]", name)]
        self.lines.result(not left, "nothing left behind", left)


def run(lines: Lines, scratch: Path) -> None:
    tool = Tool(lines, scratch)
    tool.files()
    tool.expected()
    tool.promises()
    tool.manual()
    tool.pipes()
