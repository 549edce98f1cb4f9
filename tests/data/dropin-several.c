// SPDX-License-Identifier: GPL-2.0-only
/*
 * A drop-in with functions of three core files, two of them from one, and helpers that more
 * than one needs. It decides as ours does: every input must give the same trace hash.
 */
#define SHARE_PERCENT 1

static bool is_pageblock(unsigned int order)
{
	return order == pageblock_order;
}

static bool is_fragment(unsigned int order)
{
	return order < pageblock_order && !is_pageblock(order);
}

/* core/pcp.c */
static bool pcp_allowed_order(unsigned int order)
{
	if (is_pageblock(order))
		return true;
	return is_fragment(order) && order <= PAGE_ALLOC_COSTLY_ORDER;
}

/* core/highatomic.c */
static u32 highatomic_limit(const struct zone *zone)
{
	u32 share = zone->managed_pages * SHARE_PERCENT / 100;

	if (share < pageblock_nr_pages / 2)
		return 0;
	return ALIGN_UP(share, pageblock_nr_pages);
}

void reserve_highatomic_pageblock(struct page *page, unsigned int order, struct zone *zone)
{
	u32 limit = highatomic_limit(zone), pfn = page_to_pfn(page);
	unsigned long flags;

	if (!is_fragment(order) || READ_ONCE(zone->nr_reserved_highatomic) >= limit)
		return;
	spin_lock_irqsave(&zone->lock, flags);
	if (zone->nr_reserved_highatomic < limit && may_become_highatomic(zone, pfn)) {
		struct superpageblock *sb = pfn_to_superpageblock(zone, pfn);

		move_freepages_block(zone, pfn, get_pfnblock_migratetype(pfn), MIGRATE_HIGHATOMIC);
		__spb_set_has_type(sb, pfn, MIGRATE_HIGHATOMIC);
		spb_update_list(sb);
		spb_event_page(SPB_EV_HIGHATOMIC, pageblock_start_pfn(pfn), order,
			       MIGRATE_HIGHATOMIC, 1, 0);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* core/free.c */
static void release_owner(struct page *page)
{
	shim_touch(page);
	(void)atomic_fetch_or_u32(&page->flags, PG_released);
	put_page(page);
}
