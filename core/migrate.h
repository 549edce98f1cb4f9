/* SPDX-License-Identifier: GPL-2.0-only */
/* Walking allocations and moving them: shared by evacuation, compaction, reclaim, contig. */
#ifndef CORE_MIGRATE_H
#define CORE_MIGRATE_H

#include "core/internal.h"

/* Sets of migratetypes, for next_allocation(). */
#define TYPES_MOVABLE BIT(MIGRATE_MOVABLE)
#define TYPES_RECLAIMABLE BIT(MIGRATE_RECLAIMABLE)

/* Why a pageblock is evacuated, as the event says it. */
enum evacuation_reason {
	EVACUATE_DEFRAG,
	EVACUATE_STRANGERS, /* pass 1 of spb_evacuate_for_order() */
	EVACUATE_WHOLE,     /* pass 2 */
	EVACUATE_CONTIG,
};

/**
 * struct migration - one pass over a range of sources
 * @zone: of sources and targets
 * @pfn: where to look on
 * @end: where to stop
 * @target: locked; takes free pages for a source with take_target(), or returns NULL
 */
struct migration {
	struct zone *zone;
	u32 pfn, end;
	struct page *(*target)(struct migration *m, u32 src_pfn, unsigned int order);
};

/* Move what can be moved out of the range. Return: pages moved. May sleep. */
unsigned long migrate_range(struct migration *m);

/**
 * next_allocation - find an allocation that its owner may be asked about
 * @pfn: where to begin, and then where to go on
 * @types: migratetypes, BIT() each
 *
 * Context: locked. Return: head page with one reference more, or NULL at @end. The caller
 *          drops it after the lock: the last put frees.
 */
struct page *next_allocation(struct zone *zone, u32 *pfn, u32 end, u32 types);

/* Before the reference was taken, the page may have become another allocation by way of a
 * per-CPU list. Now that it is held, is it still of these types? */
bool may_still_ask(const struct page *page, u32 types);

/* Locked. Take a free movable @page as target: one reference for the owner to come, one
 * for the migration. */
struct page *take_target(struct zone *zone, struct page *page, unsigned int order);

/* After the owner let go: nobody may free the pages once more, both references go. */
void release_pages(struct page *page);

/* Pages of the buddy, per-CPU page or allocation that begins at @page; 1 elsewhere. */
u32 run_pages(const struct page *page);

/* Whether a pageblock is wanted; locked. */
typedef bool (*block_test)(const struct superpageblock *sb, u32 pfn, int arg);

/* Advance @pfn to the next pageblock of @sb that passes. Return: false at the end.
 * Takes zone->lock. */
bool spb_next_block(struct superpageblock *sb, u32 *pfn, block_test wanted, int arg);

/* The pages of a superpageblock that its zone has, from pageblock border to zone end. */
static inline u32 spb_first_block(const struct superpageblock *sb)
{
	return pageblock_start_pfn(max(sb->start_pfn, sb->zone->zone_start_pfn));
}

static inline u32 spb_end_pfn(const struct superpageblock *sb)
{
	return min(sb->start_pfn + SUPERPAGEBLOCK_NR_PAGES, zone_end_pfn(sb->zone));
}

#endif
