# SPDX-License-Identifier: GPL-2.0-only
"""Where versions differ: each probe asks the tree, and the glue gets KB_HAS_<name> as 0 or 1. No
probe asks for the number of the version."""
from __future__ import annotations

from spb.kernel.object.linux import Linux

# name, what is looked for (a pattern), and where
PROBES = (
    ("DEFRAG_MODE", r"\bdefrag_mode\b", ("mm/page_alloc.c",)),
    # high of a per-CPU list lies between two bounds, and moves
    ("PCP_HIGH_MIN", r"\bpageset_high_min\b", ("include/linux/mmzone.h",)),
    # struct zone counts the free pages of highatomic pageblocks
    ("FREE_HIGHATOMIC", r"\bnr_free_highatomic\b", ("include/linux/mmzone.h",)),
    # migration hands folios to its callbacks, not pages
    ("FOLIO_MIGRATION", r"\bnew_folio_t\b", ("include/linux/migrate.h",)),
    # whether a page that is not on the LRU could be isolated is said by a bool
    ("BOOL_ISOLATE", r"\bbool isolate_movable_page\b", ("include/linux/migrate.h",)),
    # pages whose last references are gone are freed together as folios, not as a list of pages
    ("FREE_FOLIOS", r"\bfree_unref_folios\b", ("mm/internal.h",)),
    # a large folio counts its mappings in one place
    ("LARGE_MAPCOUNT", r"\b_large_mapcount\b", ("include/linux/mm_types.h",)),
    # cpuset_node_allowed() is inline, and asks a function of another name
    ("CPUSET_INLINE", r"\b__cpuset_node_allowed\b", ("include/linux/cpuset.h",)),
    # allocating functions are profiled: the functions themselves end with _noprof
    ("NOPROF", r"\b__alloc_pages_noprof\b", ("include/linux/gfp.h",)),
)


def found(tree: Linux) -> dict[str, bool]:
    return {name: tree.has(pattern, *files) for name, pattern, files in PROBES}


def words(tree: Linux) -> list[str]:
    return [f"-DKB_HAS_{name}={int(there)}" for name, there in found(tree).items()] + \
        [f'-DKB_VERSION="{tree.version}"']
