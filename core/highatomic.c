// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reserve for atomic high orders: whole pageblocks labelled MIGRATE_HIGHATOMIC, about
 * one per cent of a zone. Their content counts as unmovable, so with a policy they are
 * kept inside superpageblocks that are tainted anyway.
 *
 * Specified in S9 of docs/specification.md.
 */
#include "core/internal.h"
#include "core/summary.h"

static u32 highatomic_limit(const struct zone *zone)
{
	u32 share = zone->managed_pages / 100;

	/* A reserve of less than a pageblock is none; of a part of one, a whole one. */
	return share < pageblock_nr_pages / 2 ? 0 : ALIGN_UP(share, pageblock_nr_pages);
}

static bool may_become_highatomic(const struct zone *zone, u32 pfn)
{
	const struct superpageblock *sb = pfn_to_superpageblock(zone, pfn);

	return migratetype_is_mergeable(get_pfnblock_migratetype(pfn)) &&
	       !(pfn_to_pageblock(pfn)->flags & PB_partial) &&
	       (!spb_policy_on(zone) || spb_is_tainted(sb));
}

void reserve_highatomic_pageblock(struct page *page, unsigned int order, struct zone *zone)
{
	u32 pfn = page_to_pfn(page);
	unsigned long flags;

	/* A hint; decided under the lock. A larger page is no small request's reserve. */
	if (order >= pageblock_order ||
	    READ_ONCE(zone->nr_reserved_highatomic) >= highatomic_limit(zone))
		return;
	spin_lock_irqsave(&zone->lock, flags);
	if (zone->nr_reserved_highatomic < highatomic_limit(zone) &&
	    may_become_highatomic(zone, pfn)) {
		struct superpageblock *sb = pfn_to_superpageblock(zone, pfn);

		move_freepages_block(zone, pfn, get_pfnblock_migratetype(pfn), MIGRATE_HIGHATOMIC);
		__spb_set_has_type(sb, pfn, MIGRATE_HIGHATOMIC);
		spb_update_list(sb);
		spb_event_page(SPB_EV_HIGHATOMIC, pageblock_start_pfn(pfn), order,
			       MIGRATE_HIGHATOMIC, 1, 0);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* The first pageblock of the zone's reserve that has a free page. */
static struct page *find_highatomic_page(const struct zone *zone)
{
	for (u32 i = 0; i < zone->nr_superpageblocks; i++) {
		for (unsigned int order = 0; order <= max_page_order; order++) {
			struct free_area *area = &zone->superpageblocks[i].free_area[order];
			struct page *page = get_page_from_free_area(area, MIGRATE_HIGHATOMIC);

			if (page)
				return page;
		}
	}
	return NULL;
}

static bool unreserve_in_zone(struct zone *zone, int migratetype)
{
	unsigned long flags;
	struct page *page;

	if (!READ_ONCE(zone->nr_reserved_highatomic))
		return false;
	spin_lock_irqsave(&zone->lock, flags);
	page = find_highatomic_page(zone);
	if (page) {
		u32 pfn = page_to_pfn(page);

		move_freepages_block(zone, pfn, MIGRATE_HIGHATOMIC, migratetype);
		spb_summary_follow(pfn_to_superpageblock(zone, pfn));
		spb_event_page(SPB_EV_HIGHATOMIC, pageblock_start_pfn(pfn), 0, migratetype, 0, 0);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

bool unreserve_highatomic_pageblock(const struct alloc_context *ac)
{
	struct zoneref *z;
	struct zone *zone;

	for_each_zone_allowed(zone, z, ac)
		if (unreserve_in_zone(zone, ac->migratetype))
			return true;
	return false;
}
