# SPDX-License-Identifier: GPL-2.0-only
"""What a campaign has done: build/campaign/rounds.jsonl, a line for each round, added at its end.
A line that was not written whole is that of a round which did not end."""
from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

FOLDER = Path("build/campaign")
FILE = FOLDER / "rounds.jsonl"
LIBFUZZER, AFL, CANARY = "fuzz", "afl", "canary"  # the engines are commands of make


@dataclass
class Round:
    """Engine: or CANARY. Target: or the name of the bug that was planted. Brought: inputs of
    build/work/ that were not there before. Startup: seconds before anything new was executed.
    Status: of the command."""
    engine: str
    target: str
    seconds: float
    status: int
    startup: float = 0
    runs: int = 0
    edges: int = 0
    inputs: int = 0
    brought: int = 0
    said: str = ""  # why there is no verdict


@dataclass
class Finding:
    """First, last: the campaign's seconds at the end of the first and of the last round that had
    it. Times: rounds. Replays: it gives that signature again; or not tried."""
    target: str
    signature: str
    input: str
    first: float
    last: float
    times: int = 1
    replays: str = "not tried"
    bundle: str = ""


@dataclass
class Log:
    """Of a campaign. Before: crashes that were there when it began."""
    key: str = ""
    before: list[str] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)  # by target and signature

    def seconds(self) -> float:
        return sum(one.seconds for one in self.rounds)

    def of(self, target: str, engine: str = "") -> list[Round]:
        return [one for one in self.rounds if one.target == target and
                (one.engine == engine if engine else one.engine != CANARY)]


def _append(path: Path, line: dict) -> None:
    """One write, so that a line is there or is not; on the disk before the next round."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = (json.dumps(line) + "\n").encode()
    with open(path, "ab+") as file:
        torn = False
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            torn = file.read() != b"\n"
        file.write(b"\n" * torn + data)
        file.flush()
        os.fsync(file.fileno())


def add(log: Log, one: Round, path: Path = FILE) -> None:
    log.rounds.append(one)
    _append(path, {"round": asdict(one)})


def note(log: Log, finding: Finding, path: Path = FILE) -> None:
    """A finding, new or changed."""
    log.findings[f"{finding.target} {finding.signature}"] = finding
    _append(path, {"finding": asdict(finding)})


def begin(key: str, before: list[str], path: Path = FILE) -> Log:
    _append(path, {"key": key, "before": before})
    return Log(key, before)


def read(path: Path = FILE) -> Log:
    log = Log()
    for line in path.read_text(errors="replace").splitlines() if path.is_file() else ():
        try:
            found = json.loads(line)
        except ValueError:
            continue  # it was being written when the campaign was killed
        if "key" in found:
            log.key, log.before = found["key"], found["before"]
        elif "round" in found:
            log.rounds.append(Round(**found["round"]))
        else:
            finding = Finding(**found["finding"])
            log.findings[f"{finding.target} {finding.signature}"] = finding
    return log
