# SPDX-License-Identifier: GPL-2.0-only
"""Which target a campaign fuzzes next, and with which engine: what still brings most, by what
the last rounds of each brought, but no target waits for ever; engines take turns on each. A
planted bug is looked for now and then: a campaign that does not find that would find nothing.
"""
from __future__ import annotations

from spb import status
from spb.campaign.rounds import AFL, CANARY, LIBFUZZER, Log

CANARY_EVERY = 10  # rounds; the second one is the first
# Found in a second or two from nothing: each by another oracle.
CANARIES = ("free-twice", "noretry-served", "merge-lost-top", "alloc-nr-free-twice",
            "borrow-whole")
LOOKED_AT = 2  # rounds of a target
SHORT_ROUND = 10  # seconds: one that ended sooner did not bring more by that
NEARLY_NOTHING = 0.01
PATIENCE = 0.25  # what a round of waiting adds, as a share of what the target brings


def next_engine(log: Log, target: str) -> str:
    done = log.of(target)
    return AFL if done and done[-1].engine == LIBFUZZER else LIBFUZZER


def worth(log: Log, target: str) -> float:
    """Inputs per second that another round may bring; what gave no verdict is nearly worth nothing,
    however soon it ended."""
    done = log.of(target)[-LOOKED_AT:]
    brought = sum(one.brought for one in done) + 1
    since = len(log.rounds) - 1 - max(i for i, one in enumerate(log.rounds) if one is done[-1])
    rate = brought / max(SHORT_ROUND * len(done), sum(one.seconds for one in done))
    if done[-1].status == status.INCONCLUSIVE:
        rate = min(rate, NEARLY_NOTHING)
    return rate * (1 + PATIENCE * since)


def canary_is_due(log: Log) -> bool:
    canaries = [i for i, one in enumerate(log.rounds) if one.engine == CANARY]
    return len(log.rounds) - 1 - canaries[-1] >= CANARY_EVERY if canaries else bool(log.rounds)


def choose(log: Log, targets: list[str]) -> tuple[str, str]:
    """Return: engine, or CANARY, and target, or bug."""
    if canary_is_due(log):
        tried = sum(one.engine == CANARY for one in log.rounds)
        return CANARY, CANARIES[tried % len(CANARIES)]
    for target in targets:
        if not log.of(target):
            return LIBFUZZER, target
    best = max(targets, key=lambda target: worth(log, target))
    return next_engine(log, best), best
