/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the structures of the superpageblock allocator, for observers: no list is followed. */
#ifndef HARNESS_SPB_VIEW_H
#define HARNESS_SPB_VIEW_H

#include "spb/mmzone.h"

/* Below this many superpageblocks a zone follows no policy. */
#define POLICY_MIN_SPBS 2

/**
 * struct spb_span - where a superpageblock lies
 * @start: first page inside the zone
 * @end: one past the last
 * @blocks: its pageblocks
 * @nr_blocks: partial ones too
 */
struct spb_span {
	u32 start, end;
	const struct pageblock_data *blocks;
	u32 nr_blocks;
};

struct spb_span spb_span_of(const struct superpageblock *sb);

/* Lines of the arena that a superpageblock takes, its lists too. */
#define SPB_LINES ((u32)(sizeof(struct superpageblock) / SHIM_LINE))

/* The line of the arena in which something begins. */
static inline u32 arena_line_of(const void *object)
{
	return (u32)(((shim_uptr)object - (shim_uptr)this_core()) >> SHIM_LINE_SHIFT);
}

static inline bool policy_on(const struct zone *zone)
{
	return zone->nr_superpageblocks >= POLICY_MIN_SPBS;
}

static inline struct zone *zone_by_index(unsigned int index)
{
	return &NODE_DATA(index / MAX_NR_ZONES)->node_zones[index % MAX_NR_ZONES];
}

#define for_each_zone_index(index) \
	for (unsigned int index = 0; index < nr_online_nodes * MAX_NR_ZONES; index++)

/* The list that a pageblock's free pages are on. */
static inline int block_list_type(const struct pageblock_data *pb)
{
	return pb->flags & PB_migrate_isolate ? MIGRATE_ISOLATE : (int)(pb->flags & PB_LABEL_MASK);
}

static inline const struct pageblock_data *block_of(u32 pfn)
{
	return &this_core()->pageblock_map[(pfn - this_core()->min_pfn) >> pageblock_order];
}

/* PB_has_* of the type of an allocation: the reserve counts as unmovable, CMA as movable. */
static inline u16 content_bit_of(unsigned int type)
{
	if (type == MIGRATE_MOVABLE || type == MIGRATE_CMA)
		return PB_has_movable;
	return type == MIGRATE_RECLAIMABLE ? PB_has_reclaimable : PB_has_unmovable;
}

#endif
