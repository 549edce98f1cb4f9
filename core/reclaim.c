// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reclaim: owners of movable and reclaimable allocations are asked to let go of them.
 *
 *   direct reclaim (the request waits)   kswapd (up to the high watermark)
 *   shrinker (reclaimable content of tainted superpageblocks, one pass)
 *
 * Specified in S10.7, S11.7 to S11.9 of docs/specification.md.
 */
#include "core/migrate.h"

/* Owners are asked without the lock. Return: pages freed; 0 when the owner needs them. */
static u32 ask_owner(struct page *page, u32 types)
{
	u32 pages = BIT(page_order(page));

	shim_step();
	/* It may have been pinned since it was found. */
	if (!may_still_ask(page, types) || !READ_ONCE(page->owner) || !shim_give_up(page)) {
		put_page(page);
		return 0;
	}
	release_pages(page);
	return pages;
}

/* Ask in [@pfn, @end) until @nr pages are free; @pfn is where to go on. */
static unsigned long reclaim_range(struct zone *zone, u32 *pfn, u32 end, u32 types,
				   unsigned long nr)
{
	unsigned long freed = 0;

	while (freed < nr) {
		struct page *page;
		unsigned long flags;

		spin_lock_irqsave(&zone->lock, flags);
		page = next_allocation(zone, pfn, end, types);
		spin_unlock_irqrestore(&zone->lock, flags);
		if (!page)
			break;
		freed += ask_owner(page, types);
	}
	return freed;
}

unsigned long reclaim_zone(struct zone *zone, unsigned long nr)
{
	u32 types = TYPES_MOVABLE | TYPES_RECLAIMABLE;
	/* A hint between calls: another CPU may have moved it, which costs a round at most. */
	u32 start = READ_ONCE(zone->reclaim_pfn), pfn;
	unsigned long freed;

	might_sleep();
	if (start < zone->zone_start_pfn || start >= zone_end_pfn(zone))
		start = zone->zone_start_pfn;
	pfn = start;
	freed = reclaim_range(zone, &pfn, zone_end_pfn(zone), types, nr);
	if (freed < nr) {
		pfn = zone->zone_start_pfn;
		freed += reclaim_range(zone, &pfn, start, types, nr - freed);
	}
	WRITE_ONCE(zone->reclaim_pfn, pfn);
	spb_event_zone(SPB_EV_RECLAIM, zone, 0, MIGRATE_MOVABLE, (u32)freed, 0);
	return freed;
}

unsigned long try_to_free_pages(const struct alloc_context *ac, unsigned int order)
{
	unsigned long wanted = max(BIT(order), (u32)SWAP_CLUSTER_MAX), freed = 0;
	struct zoneref *z;
	struct zone *zone;

	for_each_zone_allowed(zone, z, ac) {
		freed += reclaim_zone(zone, wanted - freed);
		if (freed >= wanted)
			break;
	}
	return freed;
}

/* --- kswapd --- */

void wakeup_kswapd(struct zone *zone, unsigned int order)
{
	unsigned int nid = zone_to_nid(zone);
	pg_data_t *node = NODE_DATA(nid);
	u8 noted = READ_ONCE(node->kswapd_order);

	/* The largest of all that ask until it begins. */
	while (noted < order &&
	       !atomic_compare_exchange(&node->kswapd_order, &noted, (u8)order))
		;
	spb_event_kswapd(SPB_EV_KSWAPD_ASK, nid, order);
	if (queue_work(&node->kswapd_work))
		spb_event_zone(SPB_EV_KSWAPD_WAKE, zone, order, MIGRATE_MOVABLE, nid, 0);
}

static bool zone_is_balanced(struct zone *zone, unsigned int order)
{
	return zone_watermark_ok(zone, order, wmark_pages(zone, WMARK_HIGH),
				 (enum zone_type)zone_idx(zone), 0);
}

/* Reclaim works page by page, so it balances for single ones; compaction does the rest. */
static void balance_zone(struct zone *zone, unsigned int order)
{
	while (!zone_is_balanced(zone, 0)) {
		shim_step();
		if (!reclaim_zone(zone, SWAP_CLUSTER_MAX))
			break;
		/* What this CPU keeps does not count as free. */
		drain_zone_pages(zone, smp_processor_id());
	}
	if (order && !zone_is_balanced(zone, order))
		compact_zone(zone, order);
}

void kswapd_work(pg_data_t *node)
{
	unsigned int nid = node->node_id;
	/* In one step: an order that comes later is the next run's. */
	unsigned int order = atomic_exchange(&node->kswapd_order, 0);

	spb_event_kswapd(SPB_EV_KSWAPD_RUN, nid, order);
	might_sleep();
	for (unsigned int type = 0; type < MAX_NR_ZONES; type++)
		if (populated_zone(&node->node_zones[type]))
			balance_zone(&node->node_zones[type], order);
}

/* --- shrinker --- */

void queue_shrink(struct zone *zone)
{
	pg_data_t *node = NODE_DATA(zone_to_nid(zone));
	bool queued = queue_work(&node->shrink_work);

	spb_event_zone(SPB_EV_SHRINK_KICK, zone, 0, MIGRATE_RECLAIMABLE, node->node_id, !queued);
}

static bool has_reclaimable(const struct superpageblock *sb, u32 pfn, int arg)
{
	(void)arg;
	return spb_is_tainted(sb) && pageblock_has_type(pfn, MIGRATE_RECLAIMABLE);
}

static unsigned long shrink_spb(struct superpageblock *sb)
{
	struct zone *zone = sb->zone;
	u32 block = spb_first_block(sb);
	unsigned long freed = 0;

	while (spb_next_block(sb, &block, has_reclaimable, 0)) {
		u32 pfn = max(block, zone->zone_start_pfn);

		block += pageblock_nr_pages;
		freed += reclaim_range(zone, &pfn, min(block, zone_end_pfn(zone)),
				       TYPES_RECLAIMABLE, ~0UL);
	}
	return freed;
}

void shrink_work(pg_data_t *node)
{
	might_sleep();
	for (unsigned int type = 0; type < MAX_NR_ZONES; type++) {
		struct zone *zone = &node->node_zones[type];
		unsigned long freed = 0;

		if (!populated_zone(zone))
			continue;
		for (u32 i = 0; i < zone->nr_superpageblocks; i++)
			freed += shrink_spb(&zone->superpageblocks[i]);
		drain_zone_pages(zone, smp_processor_id());
		spb_event_zone(SPB_EV_RECLAIM, zone, 0, MIGRATE_RECLAIMABLE, (u32)freed, 0);
	}
}
