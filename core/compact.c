// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compaction: two scanners that move towards each other. One collects movable allocations
 * from the zone's start, the other looks for free pages from the last superpageblock down.
 *
 *   before  | M.M. | .M.. | M... | ..M. |
 *   after   | .... | .... | M... | MMMM |
 *             ─▶ sources         targets ◀─
 *
 * Nothing becomes tainted by it, and nothing empty is broken into.
 *
 * Specified in S10.4 and S10.5 of docs/specification.md.
 */
#include "core/migrate.h"

/* Entries of one list that are looked at for a page further up in the same superpageblock. */
#define SPB_SCAN_LIMIT 8

struct compaction {
	struct migration m;
	unsigned int order;
	u32 top; /* no superpageblock above this one has room; index within the zone */
};

/* Locked. A buddy of @order that is free to somebody. */
static bool zone_has_order(const struct zone *zone, unsigned int order)
{
	for (; order <= max_page_order; order++)
		for (int mt = MIGRATE_UNMOVABLE; mt < MIGRATE_PCPTYPES; mt++)
			if (zone->area[order].nr_list[mt])
				return true;
	return false;
}

static bool is_finished(const struct compaction *c)
{
	struct zone *zone = c->m.zone;
	unsigned long flags;
	bool done;

	spin_lock_irqsave(&zone->lock, flags);
	done = zone_has_order(zone, c->order);
	spin_unlock_irqrestore(&zone->lock, flags);
	return done;
}

/* --- targets --- */

static bool has_movable_room(const struct superpageblock *sb)
{
	for (unsigned int order = 0; order <= max_page_order; order++)
		if (get_page_from_free_area(&sb->free_area[order], MIGRATE_MOVABLE))
			return true;
	return false;
}

static bool may_hold_more(const struct superpageblock *sb, unsigned int order, bool tainted)
{
	if (!spb_policy_on(sb->zone))
		return true;
	if (tainted)
		return spb_is_tainted(sb) && spb_movable_may_take(sb, order);
	return sb->category == SB_CLEAN;
}

/* The first entry of a list at @floor or above; the whole list is above if it may be. */
static struct page *entry_above(const struct free_area *area, u32 floor)
{
	unsigned int scanned = 0;
	struct page *page;

	list_for_each_entry(page, &area->free_list[MIGRATE_MOVABLE], buddy_list) {
		if (page_to_pfn(page) >= floor)
			return page;
		if (++scanned == SPB_SCAN_LIMIT)
			break;
	}
	return NULL;
}

static struct page *room_above(const struct superpageblock *sb, u32 floor, unsigned int order)
{
	struct page *page = NULL;

	for (; order <= max_page_order && !page; order++)
		page = entry_above(&sb->free_area[order], floor);
	return page;
}

static struct page *highest_room(const struct compaction *c, u32 floor, u32 lowest,
				 unsigned int order, bool tainted)
{
	const struct superpageblock *spbs = c->m.zone->superpageblocks;
	struct page *page = NULL;

	for (u32 i = c->top + 1; i-- > lowest && !page;)
		if (may_hold_more(&spbs[i], order, tainted))
			page = room_above(&spbs[i], floor, order);
	return page;
}

static struct page *compaction_target(struct migration *m, u32 src_pfn, unsigned int order)
{
	struct compaction *c = container_of(m, struct compaction, m);
	const struct superpageblock *spbs = m->zone->superpageblocks;
	u32 floor = pageblock_start_pfn(src_pfn) + max(pageblock_nr_pages, BIT(order));
	u32 lowest = (u32)(pfn_to_superpageblock(m->zone, src_pfn) - spbs);
	struct page *page;

	/* Moving it would use up as much as it frees. */
	if (order >= c->order)
		return NULL;
	while (c->top > lowest && !has_movable_room(&spbs[c->top]))
		c->top--;
	page = highest_room(c, floor, lowest, order, false);
	if (!page && spb_policy_on(m->zone))
		page = highest_room(c, floor, lowest, order, true);
	return page ? take_target(m->zone, page, order) : NULL;
}

/* --- sources --- */

/* Nothing in it can move: held as a whole, or tainted without any movable content. */
static bool spb_is_barren(const struct superpageblock *sb)
{
	return sb->contig_allocated || !sb->nr_movable;
}

static bool has_sources(u32 pfn)
{
	return pageblock_has_type(pfn, MIGRATE_MOVABLE) &&
	       !is_migrate_isolate(get_pfnblock_migratetype(pfn));
}

/* The next pageblock to empty, as the range of @c. Return: false when the scanners met. */
static bool next_source_block(struct compaction *c, u32 *cursor)
{
	struct zone *zone = c->m.zone;
	u32 pfn = *cursor, end = zone_end_pfn(zone);
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&zone->lock, flags);
	while (pfn < end && !found) {
		const struct superpageblock *sb = pfn_to_superpageblock(zone, pfn);

		if (sb - zone->superpageblocks > c->top)
			break;
		if (spb_is_barren(sb)) {
			pfn = spb_end_pfn(sb);
			continue;
		}
		found = has_sources(pfn);
		c->m.pfn = pfn;
		pfn = pageblock_start_pfn(pfn) + pageblock_nr_pages;
		c->m.end = min(pfn, end);
	}
	*cursor = pfn;
	/* Where the next compaction goes on; from the start again after a full round. */
	WRITE_ONCE(zone->compact_migrate_pfn, found ? pfn : zone->zone_start_pfn);
	spin_unlock_irqrestore(&zone->lock, flags);
	return found;
}

static u32 first_source(struct zone *zone)
{
	u32 pfn = READ_ONCE(zone->compact_migrate_pfn);

	return pfn >= zone->zone_start_pfn && pfn < zone_end_pfn(zone) ? pfn : zone->zone_start_pfn;
}

unsigned long compact_zone(struct zone *zone, unsigned int order)
{
	struct compaction c = {
		.m = { .zone = zone, .target = compaction_target },
		.order = order,
		.top = zone->nr_superpageblocks - 1,
	};
	u32 cursor = first_source(zone);
	unsigned long moved = 0;

	might_sleep();
	if (order > max_page_order)
		return 0;
	while (!is_finished(&c) && next_source_block(&c, &cursor)) {
		shim_step();
		moved += migrate_range(&c.m);
		/* Only in the zone do the pages merge. */
		drain_zone_pages(zone, smp_processor_id());
	}
	spb_event_zone(SPB_EV_COMPACT, zone, order, MIGRATE_MOVABLE, (u32)moved, 0);
	return moved;
}

void try_to_compact_pages(const struct alloc_context *ac, unsigned int order)
{
	struct zoneref *z;
	struct zone *zone;

	for_each_zone_allowed(zone, z, ac)
		compact_zone(zone, order);
}
