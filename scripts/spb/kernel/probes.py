# SPDX-License-Identifier: GPL-2.0-only
"""Where versions differ: each probe asks the tree, and the glue gets KB_HAS_<name> as 0 or 1. No
probe asks for the number of the version."""
from __future__ import annotations

from spb.kernel.linux import Linux

# name, what is looked for (a pattern), and where
PROBES = (
    ("DEFRAG_MODE", r"\bdefrag_mode\b", ("mm/page_alloc.c",)),
)


def found(tree: Linux) -> dict[str, bool]:
    return {name: tree.has(pattern, *files) for name, pattern, files in PROBES}


def words(tree: Linux) -> list[str]:
    return [f"-DKB_HAS_{name}={int(there)}" for name, there in found(tree).items()] + \
        [f'-DKB_VERSION="{tree.version}"']
