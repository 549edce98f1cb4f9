# SPDX-License-Identifier: GPL-2.0-only
"""make ci BASE=revision: what a pull request is asked, within six minutes on two cores.

  build     what is fuzzed and replayed
  replay    corpus, seeds and accepted crashes, with sanitizers
  fuzzing   TIME seconds from the stored corpus; targets whose corpus reaches lines of core/ that
            have changed since BASE come first, and get more of the time
  judging   what crashes is new, known or undecided: BASE is built, too, and asked. A schedule that
            counts memory accesses is another one there, so a race is new when none of the
            schedules near it shows the same signature

The verdict is printed, and is in build/ci/: summary.md (also for $GITHUB_STEP_SUMMARY),
junit.xml, ci.sarif, replayed/ and crashes/ (what was met when), smallest/, and pages/ for a
browser. On GitHub, lines are shown at the code. Status: 1 for what
is new, 3 when something is undecided or was not executed, 0 else.
"""
from __future__ import annotations

import json
import os
import re
import shutil
import time
from contextlib import contextmanager
from dataclasses import replace as with_other
from pathlib import Path
from typing import Iterator

from spb import build, findings, jobs, status, tree, variables
from spb.disk import alone
from spb.continuous import changed, place, report, revisions
from spb.continuous.report import Found, Outcome
from spb.fuzzing import fuzz
from spb.fuzzing.engine import MAX_LEN
from spb.fuzzing.session import Limit, Session, session
from spb.kernel import base
from spb.disk.origin import revision
from spb.programs import export
from spb.status import Stop, Usage

FOLDER = Path("build/ci")
MINIMISE_SECONDS = 20  # of CPU time, of each crash
MOST_MINIMISED = 6


@contextmanager
def timed(outcome: Outcome, name: str) -> Iterator[None]:
    print(f"ci: {name}")
    began = time.monotonic()
    yield
    outcome.seconds[name] = time.monotonic() - began


def replay(outcome: Outcome, targets: list[str], crashes: findings.Crashes) -> None:
    """All that is committed, with the replayer that has sanitizers everywhere."""
    for target in targets:
        files, tool = tree.inputs(target), build.replayer(target)
        ended = jobs.run([tool, "run", "--target", target, "--hash", *files], errors=False)
        told = asked = re.findall(r"^finding:\S+ +(.*)$", ended.output, re.M)
        if ended.status not in (status.PASS, status.FINDING) or (ended.status and not told):
            # A sanitizer, or something else, has ended the process: one by one.
            asked = files
        bad = 0
        for path in asked:
            ran = jobs.run([tool, "run", "--target", target, path])
            if ran.status or path in told:
                crashes.keep_data(target, ran.output, Path(path).read_bytes())
                bad += 1
        if not files or (ended.status and not bad):
            outcome.open.append(f"{target}: replay of {len(files)} programs, status {ended.status}")
        outcome.replayed[target] = f"{len(files)} programs, {bad} crash"


def fuzzing(outcome: Outcome, weights: dict[str, int]) -> Session:
    one, program = session("fuzz", "fuzz")
    one.targets = list(weights)
    one.weights = {target: changed.WEIGHT if lines else 1 for target, lines in weights.items()}
    one.crashes.folder = FOLDER / "crashes"
    one.fuzz_all(lambda target: fuzz.LibFuzzer(one, target, program(target), MAX_LEN),
                 Limit(variables.number("TIME")))
    for engine in one.engines:
        lines = weights[engine.target]
        outcome.fuzzed[engine.target] = (f"{engine.executed()} programs, {engine.edges()} edges" +
                                         (f", reaches {lines} changed lines" if lines else ""))
    outcome.open += one.open + ([one.trouble] if one.trouble else [])
    if one.stopping:
        outcome.open.append("stopped before the time was up")
    jobs.take_signals()  # those of the session are for its end
    return one


def shown(tool: str, target: str, path: str) -> tuple[str, str]:
    """Signature and message, by a close look; nothing where it does not show again."""
    said = jobs.run([tool, "triage", "--json", "--target", target, path], errors=False)
    groups = json.loads(said.output)["groups"] if said.status in (0, 1) else []
    return (groups[0]["signature"], groups[0]["message"]) if groups else ("", "")


def smaller(tool: str, target: str, path: str) -> str:
    """The smallest program, as far as some seconds lead."""
    small = FOLDER / "smallest" / target / os.path.basename(path)
    small.parent.mkdir(parents=True, exist_ok=True)
    jobs.run([tool, "min", "--target", target, "-o", str(small), path],
             interrupt=MINIMISE_SECONDS, wall=10 * MINIMISE_SECONDS)
    return str(small) if small.is_file() else path


def page(path: str, target: str) -> str:
    """What a browser shows of it; nothing where that cannot be made."""
    out = FOLDER / "pages" / f"{target}-{os.path.basename(path)}.html"
    try:
        export.write(path, target, str(out))
    except jobs.Stopped:
        raise
    except Stop as why:
        print(f"ci: no page of {path}: {why}")
        return ""
    return str(out)


def describe(crash: findings.Crash, by: str, commit: str, minimise: bool) -> Found:
    tool = build.replayer(crash.target)
    judgement = revisions.judge(crash.input, crash.target, tool, commit, FOLDER)
    signature, message = shown(tool, crash.target, crash.input)
    signature = signature or crash.signature
    text = findings.report(jobs.run([tool, "run", "--close", "--target", crash.target,
                                     crash.input]).output)
    small = smaller(tool, crash.target, crash.input) if minimise else crash.input
    small_text = jobs.run([tool, "show", small], errors=False).output
    file, line = place.of(signature, text)
    return Found(crash.target, signature, message, text, small, small_text,
                 f"make repro CRASH={crash.input}{variables.replay_words()}", file, line, by,
                 judgement)


def with_pages(found: list[Found]) -> list[Found]:
    return [with_other(one, page=page(one.input, one.target)) if number < MOST_MINIMISED else one
            for number, one in enumerate(found)]


def distinct(found: list[Found]) -> list[Found]:
    """A close look makes one of what an engine saw as two. The worst of what is said counts."""
    worst = [base.NEW, base.UNDECIDED, base.KNOWN]
    best: dict[tuple[str, str], Found] = {}
    for one in sorted(found, key=lambda one: worst.index(one.judgement.word)):
        best.setdefault((one.target, one.signature), one)
    return list(best.values())


def verdict(outcome: Outcome) -> int:
    how, words = base.summary(one.judgement for one in outcome.found) if outcome.found else \
        (status.PASS, "PASS")
    if how == status.PASS and outcome.open:
        how, words = status.INCONCLUSIVE, "INCONCLUSIVE: not all of it was executed"
    outcome.verdict = words
    return how


def write(outcome: Outcome) -> None:
    summary = report.markdown(outcome)
    jobs.write_whole(FOLDER / "summary.md", summary)
    jobs.write_whole(FOLDER / "junit.xml", report.junit(outcome))
    jobs.write_whole(FOLDER / "ci.sarif", report.sarif(outcome))
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(os.environ["GITHUB_STEP_SUMMARY"], "a") as file:
            file.write(summary)
    if os.environ.get("GITHUB_ACTIONS"):
        for one in outcome.found:
            print(report.annotation(one))


def tell(outcome: Outcome) -> None:
    for one in outcome.found:
        print(f"\nCRASH {one.signature} (target {one.target}, {one.by}, {one.file}:{one.line})\n"
              f"{one.judgement}\n{one.report}\nreplay: {one.replay}" +
              (f"\npage: {one.page}" if one.page else ""))
    print()
    for sentence in outcome.open:
        print(f"INCONCLUSIVE: {sentence}")
    print(", ".join(f"{name} {seconds:.0f} s" for name, seconds in outcome.seconds.items()))
    print(f"{FOLDER}/summary.md {FOLDER}/junit.xml {FOLDER}/ci.sarif\n{outcome.verdict}")


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    revisions.refuse_other_cores()
    commit = revisions.named("BASE")
    with alone.in_this_tree("ci"):
        return _run(commit)


def _run(commit: str) -> int:
    for name in ("summary.md", "junit.xml", "ci.sarif"):
        (FOLDER / name).unlink(missing_ok=True)  # of the last run
    targets = tree.chosen_targets()
    outcome = Outcome(revisions.subject(commit), revision())
    for name in ("crashes", "replayed", "smallest", "pages", "coverage"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    # (Of two with one signature the larger file goes: what fuzzing keeps has a place of its own.)
    replayed = findings.Crashes("ci", FOLDER / "replayed")
    with timed(outcome, "build"):
        build.make(*(f"build/fuzz/{target}" for target in targets),
                   *sorted({build.replayer(target) for target in targets}))
    with timed(outcome, "replay"):
        replay(outcome, targets, replayed)
    with timed(outcome, "what has changed"):
        weights = changed.order(targets, commit, FOLDER / "coverage")
    with timed(outcome, "fuzzing"):
        one = fuzzing(outcome, weights)
    with timed(outcome, "judging"):
        met = [(crash, "replay") for crash in replayed.found.values()]
        met += [(crash, "fuzzing") for crash in one.crashes.found.values() if crash.input]
        outcome.found = with_pages(distinct([
            describe(crash, by, commit, number < MOST_MINIMISED)
            for number, (crash, by) in enumerate(met)]))
    how = verdict(outcome)
    write(outcome)
    tell(outcome)
    return how
