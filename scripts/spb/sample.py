# SPDX-License-Identifier: GPL-2.0-only
"""Samples that are the same on every day and every machine.

Each item has a place that depends on its name and on the seed alone, so a sample changes little
when the whole does. What is sampled somewhere is run as a whole somewhere else: docs/budgets.md.
"""
from __future__ import annotations

import hashlib
from typing import Callable, Iterable, TypeVar

SEED = "1"  # of all samples; another one takes other samples, from now on

Item = TypeVar("Item")


def shuffled(items: Iterable[Item], seed: str = SEED,
             name: Callable[[Item], str] = str) -> list[Item]:
    """In an order that says nothing about the items."""
    return sorted(items, key=lambda item: hashlib.sha1(f"{seed} {name(item)}".encode()).digest())


def of(items: Iterable[Item], number: int, seed: str = SEED,
       name: Callable[[Item], str] = str) -> list[Item]:
    """So many of them, in the order that they have; all of them when number is 0."""
    items = list(items)
    if not number or number >= len(items):
        return items
    chosen = set(map(name, shuffled(items, seed, name)[:number]))
    return [item for item in items if name(item) in chosen]
