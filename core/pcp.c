// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-CPU page lists, for orders 0 to 3 and pageblock order.
 *
 *   zone ── rmqueue_bulk: a batch ──▶ list of (type, order) ──▶ request
 *        ◀── above the high mark, or drained ──     ◀── free
 *
 * A CPU takes its own lock by trylock and falls back to the zone; a drain from another
 * CPU waits for it. Pages on a list keep their pageblock "used", and its content bits.
 *
 * Specified in S8 of docs/specification.md.
 */
#include "core/internal.h"

static bool pcp_enabled(void)
{
	return this_core()->config.pcp_batch;
}

/* More than a pageblock has more than one label, and a list is of one. */
bool pcp_allowed_order(unsigned int order)
{
	return order == pageblock_order ||
	       (order <= PAGE_ALLOC_COSTLY_ORDER && order < pageblock_order);
}

static unsigned int order_to_pindex(int migratetype, unsigned int order)
{
	return MIGRATE_PCPTYPES * min(order, (unsigned int)PCP_ORDERS) + (unsigned int)migratetype;
}

static unsigned int pindex_to_order(unsigned int pindex)
{
	unsigned int order = pindex / MIGRATE_PCPTYPES;

	return order < PCP_ORDERS ? order : pageblock_order;
}

/* Take up to @count entries under one hold of the lock. Return: entries taken. */
static u32 rmqueue_bulk(struct zone *zone, unsigned int order, u32 count, struct list_head *list,
			int migratetype, unsigned int alloc_flags)
{
	enum rmqueue_mode mode = RMQUEUE_NORMAL;
	unsigned long flags;
	u32 taken;

	spin_lock_irqsave(&zone->lock, flags);
	for (taken = 0; taken < count; taken++) {
		struct page *page = __rmqueue(zone, order, migratetype, alloc_flags, &mode);

		if (!page)
			break;
		set_page_state(page, PG_pcp, order, migratetype);
		list_add_tail(&page->pcp_list, list);
		spb_event_page(SPB_EV_PCP_PUT, page_to_pfn(page), order, migratetype,
			       smp_processor_id(), 1);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return taken;
}

static struct page *pop(struct per_cpu_pages *pcp, struct list_head *list, unsigned int order)
{
	struct page *page = list_first_entry_or_null(list, struct page, pcp_list);

	if (page) {
		list_del(&page->pcp_list);
		pcp->count -= BIT(order);
	}
	return page;
}

/*
 * A page came here under its pageblock's label. If the pageblock never held that type
 * (the page was borrowed), or does no more, using it would put the type there without
 * anybody noticing; if it was isolated meanwhile, the drain is on its way. Such a page
 * goes back to the zone.
 */
static bool may_hand_out(const struct page *page, int migratetype)
{
	u32 pfn = page_to_pfn(page);

	return pageblock_has_type(pfn, migratetype) &&
	       !is_migrate_isolate(get_pfnblock_migratetype(pfn));
}

static void return_to_zone(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long flags;
	u32 pfn = page_to_pfn(page);

	spin_lock_irqsave(&zone->lock, flags);
	clear_page_state(page);
	__free_one_page(page, pfn, zone, order);
	spb_event_page(SPB_EV_FREE, pfn, order, get_pfnblock_migratetype(pfn), 0, 0);
	spb_settle(pfn_to_superpageblock(zone, pfn));
	spin_unlock_irqrestore(&zone->lock, flags);
}

static struct page *take_from_pcp(struct zone *zone, struct per_cpu_pages *pcp, unsigned int order,
				  int migratetype, unsigned int alloc_flags)
{
	struct list_head *list = &pcp->lists[order_to_pindex(migratetype, order)];
	u32 batch = max(this_core()->config.pcp_batch >> order, 1);
	struct page *page;

	for (;;) {
		page = pop(pcp, list, order);
		if (!page)
			break;
		if (may_hand_out(page, migratetype))
			return page;
		return_to_zone(zone, page, order);
	}
	pcp->count += rmqueue_bulk(zone, order, batch, list, migratetype, alloc_flags) << order;
	return pop(pcp, list, order);
}

struct page *rmqueue_pcplist(struct zone *zone, unsigned int order, int migratetype,
			     unsigned int alloc_flags)
{
	struct per_cpu_pages *pcp = &zone->per_cpu_pageset[smp_processor_id()];
	struct page *page;

	if (!pcp_enabled() || !spin_trylock(&pcp->lock))
		return NULL;
	page = take_from_pcp(zone, pcp, order, migratetype, alloc_flags);
	if (page) {
		set_page_allocated(page, order, migratetype);
		spb_event_page(SPB_EV_PCP_GET, page_to_pfn(page), order, migratetype,
			       smp_processor_id(), 0);
	}
	spin_unlock(&pcp->lock);
	return page;
}

/* Give back @count pages, taking from the lists in turn, oldest first. */
static void free_pcppages_bulk(struct zone *zone, u32 count, struct per_cpu_pages *pcp)
{
	unsigned long flags;

	count = min(count, pcp->count);
	spin_lock_irqsave(&zone->lock, flags);
	for (unsigned int pindex = 0; count; pindex = (pindex + 1) % NR_PCP_LISTS) {
		unsigned int order = pindex_to_order(pindex);
		struct page *page;
		u32 pfn;

		shim_step();
		if (list_empty(&pcp->lists[pindex]))
			continue;
		page = list_last_entry(&pcp->lists[pindex], struct page, pcp_list);
		pfn = page_to_pfn(page);
		list_del(&page->pcp_list);
		pcp->count -= BIT(order);
		count -= min(count, BIT(order));
		clear_page_state(page);
		__free_one_page(page, pfn, zone, order);
		spb_event_page(SPB_EV_FREE, pfn, order, get_pfnblock_migratetype(pfn), 0, 0);
		spb_settle(pfn_to_superpageblock(zone, pfn));
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* The list for a page's label, or -1: reserved and isolated pageblocks keep their pages. */
static int pcp_migratetype(u32 pfn)
{
	int mt = get_pfnblock_migratetype(pfn);

	if (is_migrate_cma(mt))
		return MIGRATE_MOVABLE;
	return mt < MIGRATE_PCPTYPES ? mt : -1;
}

bool free_to_pcplist(struct zone *zone, struct page *page, u32 pfn, unsigned int order)
{
	struct per_cpu_pages *pcp = &zone->per_cpu_pageset[smp_processor_id()];
	int mt;

	if (!pcp_enabled() || !spin_trylock(&pcp->lock))
		return false;
	/* Under the lock: whoever isolates the pageblock from now on drains this list. */
	mt = pcp_migratetype(pfn);
	if (mt < 0) {
		spin_unlock(&pcp->lock);
		return false;
	}
	set_page_state(page, PG_pcp, order, mt);
	list_add(&page->pcp_list, &pcp->lists[order_to_pindex(mt, order)]);
	pcp->count += BIT(order);
	spb_event_page(SPB_EV_PCP_PUT, pfn, order, mt, smp_processor_id(), 0);
	if (pcp->count >= this_core()->config.pcp_high)
		free_pcppages_bulk(zone, this_core()->config.pcp_batch, pcp);
	spin_unlock(&pcp->lock);
	return true;
}

void drain_zone_pages(struct zone *zone, unsigned int cpu)
{
	struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];
	u32 count;

	spin_lock(&pcp->lock);
	count = pcp->count;
	if (count) {
		free_pcppages_bulk(zone, count, pcp);
		spb_event_zone(SPB_EV_PCP_DRAIN, zone, 0, 0, cpu, count);
	}
	spin_unlock(&pcp->lock);
}

void drain_pages(unsigned int cpu)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		drain_zone_pages(zone, cpu);
}

void drain_all_pages(void)
{
	for (unsigned int cpu = 0; cpu < this_core()->config.nr_cpus; cpu++)
		drain_pages(cpu);
}
