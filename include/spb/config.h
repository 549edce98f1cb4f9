/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Geometry, constants and tunables of an allocator. All of it is data: the same
 * core serves a fuzz zone of a few hundred pages and 2 MiB pageblocks in 1 GiB
 * superpageblocks.
 */
#ifndef SPB_CONFIG_H
#define SPB_CONFIG_H

#include "shim/types.h"

#define MAX_NUMNODES 4
#define SPB_MAX_CPUS 4
#define SPB_MAX_RANGES 16

enum zone_type {
	ZONE_DMA32,
	ZONE_NORMAL,
	ZONE_MOVABLE,
	MAX_NR_ZONES,
};

/**
 * struct spb_zone_config - one zone of one node
 * @start_pfn: first page; need not be aligned to anything
 * @nr_pages: 0 when the node has no such zone; a partial last pageblock is allowed,
 *            but no two zones share a pageblock
 */
struct spb_zone_config {
	u32 start_pfn;
	u32 nr_pages;
};

enum spb_range_kind {
	SPB_RANGE_HOLE,     /* no memory there */
	SPB_RANGE_RESERVED, /* memory that never comes to the allocator */
	SPB_RANGE_CMA,      /* whole pageblocks labelled MIGRATE_CMA at start */
};

struct spb_range {
	u32 start_pfn;
	u32 nr_pages;
	u8 kind; /* enum spb_range_kind */
};

/*
 * Policy switches, changeable while the allocator runs.
 * X(name, default, meaning)
 */
#define SPB_TUNABLES(X)                                                                           \
	X(defrag, 0, "vm.defrag_mode: NOFRAGMENT until reclaim and compaction failed")       \
	X(relax_all_zones, 0, "the refusal in the relax sequence asks every eligible zone")       \
	X(lower_order_refusal, 1, "refuse best-effort high orders that a smaller retry can get")  \
	X(optional_any_order, 0, "ALLOC_HIGHORDER_OPTIONAL for order 0 too")                      \
	X(kvmalloc_noretry, 0, "kmalloc_gfp_adjust() adds NORETRY and keeps DIRECT_RECLAIM")      \
	X(reserve_min, 4, "least tainted reserve, in pageblocks")                                 \
	X(reserve_divisor, 32, "tainted reserve as a share of the superpageblock")                \
	X(aggressive_threshold, 8, "above as many superpageblocks, relabel below pageblock size") \
	X(refusal_keeps_promise, 0, "refuse for what is free as it is: 1 a page, 2 all of it")

enum spb_tunable {
#define X(name, value, text) SPB_TUNABLE_##name,
	SPB_TUNABLES(X)
#undef X
	NR_SPB_TUNABLES,
};

struct spb_tunables {
#define X(name, value, text) u16 name;
	SPB_TUNABLES(X)
#undef X
};

/* An initialiser of struct spb_tunables. */
#define SPB_TUNABLE_AT_FIRST(name, value, text) .name = (value),
#define SPB_DEFAULT_TUNABLES                        \
	{                                           \
		SPB_TUNABLES(SPB_TUNABLE_AT_FIRST)  \
	}

/* How a superpageblock is chosen where several would do; fixed for an allocator. */
enum spb_chooser {
	SPB_CHOOSER_WALK,    /* walk their lists, as posted */
	SPB_CHOOSER_BITMAPS, /* look into a summary of them: see spb/summary.h */
};

/**
 * struct spb_config - what spb_core_init() builds
 * @block_order: log2 of the pages of a pageblock, at least 1
 * @max_order: largest buddy, at least @block_order, at most MAX_PAGE_ORDER
 * @pageblocks_per_spb: pageblocks per superpageblock, at least 1
 * @nr_nodes: 1 to MAX_NUMNODES
 * @nr_cpus: 1 to SPB_MAX_CPUS
 * @nr_ranges: entries of @ranges
 * @chooser: enum spb_chooser
 * @pcp_batch: pages that a per-CPU list takes from the zone at a time; 0 = lists off
 * @pcp_high: pages on a CPU's lists from which it gives back a batch
 * @wmark_divisor: min watermark = managed pages / this, low = min * 5 / 4 + 1,
 *                 high = min * 3 / 2 + 2; 0 = all three are 0
 * @lowmem_divisor: a zone keeps (managed pages of the zones above it in the same
 *                  node) / this from requests that could use those; 0 = nothing
 * @zones: by node and type
 * @tunables: starting values
 */
struct spb_config {
	u8 block_order;
	u8 max_order;
	u16 pageblocks_per_spb;
	u8 nr_nodes;
	u8 nr_cpus;
	u8 nr_ranges;
	u8 chooser;
	u16 pcp_batch;
	u16 pcp_high;
	u16 wmark_divisor;
	u16 lowmem_divisor;
	struct spb_zone_config zones[MAX_NUMNODES][MAX_NR_ZONES];
	struct spb_range ranges[SPB_MAX_RANGES];
	struct spb_tunables tunables;
};

#endif
