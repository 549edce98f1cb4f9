# SPDX-License-Identifier: GPL-2.0-only
"""Text programs: they survive show and asm, and reach what their heads name."""
from __future__ import annotations

from pathlib import Path

from spb import build, jobs, tree
from spb.lines import Lines

MIX = "bench/mix.spbt"


class Seeds:
    def __init__(self, lines: Lines, scratch: Path) -> None:
        self.lines, self.scratch = lines, scratch
        self.tool = build.tool("gcc")

    def convert(self, command: str, files: list[str], to: str) -> Path:
        folder = self.scratch / to
        folder.mkdir(parents=True)
        ended = jobs.run([self.tool, command, "-o", str(folder), *files])
        if ended.status:
            self.lines.not_ok(f"spbfuzz {command} of {len(files)} files", ended.output)
        return folder

    def round_trip(self, target: str, texts: list[str]) -> None:
        made = self.convert("asm", texts, f"{target}/bytes")
        names = [Path(text).stem for text in texts]
        shown = self.convert("show", [str(made / name) for name in names], f"{target}/text")
        again = self.convert("asm", [str(shown / f"{name}.spbt") for name in names],
                             f"{target}/again")
        for name in names:
            first, second = made / name, again / name
            self.lines.result(first.is_file() and second.is_file() and
                              first.read_bytes() == second.read_bytes(),
                              f"seeds/{target}/{name}.spbt survives show and asm")

    def reach(self, target: str, texts: list[str]) -> None:
        """Of all at once; who misses something is named."""
        ended = jobs.run([self.tool, "reach", "--target", target, "--quiet", *texts])
        for text in texts:
            missed = [line for line in ended.output.splitlines() if text in line]
            self.lines.result(not missed, f"{text} reaches what its head names", missed)
        self.lines.result(ended.status == 0, f"{target}: its seeds reach what they name",
                          ended.output)

    def run(self) -> None:
        ended = jobs.run([self.tool, "reach", "--quiet", MIX])
        self.lines.result(ended.status == 0, f"{MIX} reaches every search step", ended.output)
        for target in tree.fuzz_targets():
            texts = tree.git_files(f"seeds/{target}/*.spbt", untracked=True)
            if not texts:
                self.lines.not_ok(f"seeds/{target}: there is no text program")
                continue
            self.round_trip(target, texts)
            self.reach(target, texts)


def run(lines: Lines, scratch: Path) -> None:
    Seeds(lines, scratch).run()
