# SPDX-License-Identifier: GPL-2.0-only
"""make campaign TIME=8h: fuzzes for hours what make fuzz fuzzes for a minute.

It goes round by round: a target with one engine, the one that still brings most; the other engine
in its next round; now and then a planted bug, which has to be found. Working corpora that have
grown are distilled. After each round build/campaign/ has

  index.html, index.txt   what was executed, reached and found, by target and engine, over time
  rounds.jsonl            the same for machines, and for the next command
  log/                    what the last rounds said

TIME is that of all rounds. A campaign that was ended, by Ctrl-C or by kill -9, goes on when the
same command is given again, until its time is up; one of other sources, or with other variables,
begins anew (the old one is build/campaign.old/). Crashes are in crashes/, as those of make fuzz.
"""
from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

from spb import build, findings, jobs, status, tree, variables
from spb.disk import alone, origin, proof
from spb.campaign import choice, page, rounds
from spb.campaign.rounds import CANARY, FOLDER, Finding, Log, Round
from spb.fuzzing.engine import count_files
from spb.status import Inconclusive, Usage

ROUNDS_AT_LEAST = 20  # of a campaign, so that each target has its turns
SHORTEST, LONGEST = 10, 300  # seconds of a round
CANARY_SECONDS = 60
MOST_FAILED = 5  # rounds without a verdict, one after another
LOGS = 50  # that are kept
MOST_INPUTS = 4000  # of a working corpus, before it is distilled
PROGRESS = re.compile(r"^ *\d+ s +\S+ +(\d+) exec .*edges +(\d+) ", re.MULTILINE)


def slice_of(seconds: int) -> int:
    return max(SHORTEST, min(LONGEST, seconds // ROUNDS_AT_LEAST))


def key() -> str:
    """What must be the same for a campaign to go on."""
    return f"{proof.commit()} {variables.key()} {' '.join(tree.chosen_targets())}"


# ---- crashes ----

def crash_files(targets: list[str]) -> list[str]:
    return sorted(str(path) for target in targets
                  for kind in ("crash", "timeout", "oom", "leak")
                  for path in Path("crashes", target).glob(f"{kind}-*") if findings.is_whole(path))


def signature_of(path: str, target: str) -> str:
    """By the note on the crash; a round that was killed has left none."""
    about = origin.place(path)
    if about.is_file():
        return findings.signature(about.read_text(errors="replace"))
    ran = jobs.run([build.replayer(target), "run", "--target", target, path])
    if ran.status == status.PASS:
        return ""
    origin.write(path, origin.note(target, "campaign", ran.output))
    return findings.signature(ran.output)


def replays(finding: Finding) -> str:
    ran = jobs.run([build.replayer(finding.target), "run", "--target", finding.target,
                    finding.input])
    return "yes" if findings.signature(ran.output) == finding.signature else "no"


def bundle(finding: Finding) -> str:
    out = FOLDER / "bundles" / Path(finding.input).name
    made = jobs.run(["scripts/run", "bundle", f"CRASH={finding.input}", f"OUT={out}"])
    return str(out) if made.status == status.PASS else ""


def smaller_stays(old: Finding, path: str) -> None:
    """Each round keeps an input of its own for a signature."""
    worse = path
    if not os.path.exists(old.input) or os.path.getsize(path) < os.path.getsize(old.input):
        old.input, worse = path, old.input
    if os.path.exists(worse):
        origin.forget(worse)
        os.unlink(worse)


def take_findings(log: Log, targets: list[str], seen: set[str]) -> None:
    """Crashes that the last round left. Seen: signatures that it printed, as target and name."""
    before = set(log.before)
    for path in crash_files(targets):
        target = Path(path).parent.name
        name = "" if path in before else signature_of(path, target)
        if not name:
            continue
        old = log.findings.get(f"{target} {name}")
        if not old:
            new = Finding(target, name, path, log.seconds(), log.seconds())
            new.replays = replays(new)
            new.bundle = bundle(new)
            rounds.note(log, new)
            continue
        if path != old.input:
            smaller_stays(old, path)
        if f"{target} {name}" in seen:
            seen.remove(f"{target} {name}")
            old.last, old.times = log.seconds(), old.times + 1
            rounds.note(log, old)


# ---- rounds ----

def _count(target: str) -> int:
    return count_files(Path(tree.build_folder(), "work", target))


def _log_of(number: int) -> Path:
    (FOLDER / "log").mkdir(parents=True, exist_ok=True)
    for old in sorted((FOLDER / "log").glob("*.log"))[:-LOGS]:
        old.unlink()
    return FOLDER / "log" / f"{number:05}.log"


def _ran(number: int, words: list[str], **values: str) -> tuple[jobs.Result, str]:
    log = _log_of(number)
    environment = jobs.environment(**values)
    ended = jobs.run(["scripts/run", *words], env=environment, output=log)
    return ended, log.read_text(errors="replace")


def _startup(engine: str, target: str, began: float) -> float:
    prefix = "afl-" if engine == rounds.AFL else ""
    path = Path(tree.build_folder(), "log", prefix + target, "seeded")
    return path.stat().st_mtime - began if path.is_file() else time.time() - began


def one_round(log: Log, targets: list[str], seconds: int) -> None:
    engine, target = choice.choose(log, targets)
    number, began, before = len(log.rounds) + 1, time.time(), _count(target)
    print(f"round {number}: {'planted bug ' if engine == CANARY else engine + ' '}{target} "
          f"({log.seconds():.0f} s)", flush=True)
    if engine == CANARY:
        ended, said = _ran(number, ["bugs", f"BUG={target}", "TRIALS=1", "LEAST=100", "JOBS=1",
                                    f"TIME={CANARY_SECONDS}"], DROPIN="")
        found = ended.status == status.PASS
        rounds.add(log, Round(CANARY, target, round(ended.seconds, 1), ended.status,
                              said="" if found else "not found"))
        return
    ended, said = _ran(number, [engine, f"TARGET={target}", f"TIME={seconds}"])
    told, inputs = PROGRESS.findall(said), _count(target)
    open_ends = re.findall(r"^INCONCLUSIVE: (.*)$", said, re.MULTILINE)
    rounds.add(log, Round(engine, target, round(ended.seconds, 1), ended.status,
                          round(min(ended.seconds, _startup(engine, target, began)), 1),
                          int(told[-1][0]) if told else 0, int(told[-1][1]) if told else 0,
                          inputs, max(0, inputs - before),
                          open_ends[0] if open_ends else ""))
    seen = set(re.findall(r"^CRASH (.+?) \(target (\S+), ", said, re.MULTILINE))
    take_findings(log, targets, {f"{where} {name}" for name, where in seen})
    if ended.status == status.USAGE:
        raise Inconclusive(f"make {engine} refuses: {said.strip().splitlines()[-1]}")


def distil(target: str) -> None:
    """The working corpus without what covers nothing more. What is left out goes file by file,
    so whenever this ends, all that is covered still is."""
    work = Path(tree.build_folder(), "work", target)
    if _count(target) <= MOST_INPUTS:
        return
    chosen = Path(tree.build_folder(), "work", f"{target}.distilled")
    shutil.rmtree(chosen, ignore_errors=True)
    tool = build.counter(target)
    build.make(tool)
    listed = [entry.name for entry in os.scandir(work) if entry.is_file()]
    made = jobs.run([tool, "distil", "--skip", "--target", target, "--max-files",
                     str(MOST_INPUTS), "--max-bytes", str(64 << 20), "-o", str(chosen), str(work)])
    if made.status == status.PASS:
        kept = {entry.name for entry in os.scandir(chosen)}
        for name in listed:
            if name not in kept:
                (work / name).unlink(missing_ok=True)
        print(f"{target}: {len(listed)} inputs distilled to {_count(target)}", flush=True)
    shutil.rmtree(chosen, ignore_errors=True)


# ---- the whole ----

def start(targets: list[str]) -> Log:
    log = rounds.read()
    if log.key == key():
        print(f"the campaign goes on after {len(log.rounds)} rounds, {log.seconds():.0f} s")
        return log
    if FOLDER.is_dir():
        old = FOLDER.with_suffix(".old")
        shutil.rmtree(old, ignore_errors=True)
        os.replace(FOLDER, old)
    return rounds.begin(key(), crash_files(targets))


def failing(log: Log) -> bool:
    """Nothing runs here: hours of that would say nothing."""
    last = log.rounds[-MOST_FAILED:]
    return len(last) == MOST_FAILED and all(one.status == status.INCONCLUSIVE for one in last)


def verdict(log: Log, targets: list[str]) -> tuple[int, list[str]]:
    """The exit status, and the last words."""
    canaries = [one for one in log.rounds if one.engine == CANARY]
    said = [f"INCONCLUSIVE: the planted bug {one.target} was not found" for one in canaries
            if one.status]
    if not canaries:
        said.append("INCONCLUSIVE: no planted bug was looked for: give it more TIME")
    for target in targets:
        done = log.of(target)
        if not any(one.status in (status.PASS, status.FINDING) for one in done):
            why = done[-1].said if done else "it had no turn; give it more TIME"
            said.append(f"INCONCLUSIVE: {target}: {why}")
    old = any(one.status == status.FINDING and one.engine != CANARY for one in log.rounds)
    if log.findings or old:
        return status.FINDING, [*said, f"FAIL: distinct crashes: {len(log.findings)}" + (
            "" if log.findings else "; rounds met some that were in crashes/ before")]
    return (status.INCONCLUSIVE, said) if said else (status.PASS, ["PASS"])


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    if variables.get("BUG"):
        raise Usage("BUG=: a campaign is of the core or of DROPIN=, and plants bugs itself")
    with alone.in_this_tree("campaign"):
        return _run(tree.chosen_targets(), variables.number("TIME"))


def _run(targets: list[str], seconds: int) -> int:
    # Before the time begins: what rounds run.
    folder = tree.build_folder()
    engines = [f"{folder}/{variant}/{target}" for target in targets for variant in ("fuzz", "afl")]
    build.make(*engines, f"{folder}/afl/mutator.so",
               *sorted({build.replayer(target) for target in targets}))
    log = start(targets)
    try:
        take_findings(log, targets, set())  # of a round that was killed
        while log.seconds() < seconds:
            if failing(log):
                raise Inconclusive(f"{MOST_FAILED} rounds in a row had no verdict; the last: "
                                   f"{log.rounds[-1].said or FOLDER / 'log'}")
            one_round(log, targets, min(slice_of(seconds),
                                        max(SHORTEST, round(seconds - log.seconds()))))
            page.write(log, targets, seconds)
            for target in targets:
                distil(target)
    except jobs.Stopped:
        page.write(log, targets, seconds)
        print("stopped; the same command goes on from here")
        return status.FINDING if log.findings else status.INCONCLUSIVE
    page.write(log, targets, seconds)
    print(page.text(log, targets, seconds), end="")
    how, words = verdict(log, targets)
    print("\n".join(["", *words]))
    return how
