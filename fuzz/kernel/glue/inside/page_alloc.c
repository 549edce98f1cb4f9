// SPDX-License-Identifier: GPL-2.0-only
/* The tree's mm/page_alloc.c, and what needs its static functions. */
#include <linux/compaction.h>
#include <linux/mm.h>
#include <trace/events/kmem.h>
#include <trace/events/oom.h>

#include "fuzz/kernel/glue/glue.h"

static void tell_fallback(struct page *page, int order, int from, int wanted, int found)
{
	if (kb_host.fallback)
		kb_host.fallback(page_to_pfn(page), order, from, wanted, found);
}

static void tell_retry(int order, int priority, int result, int retries, int most, bool again)
{
	if (again && kb_host.compacts_again)
		kb_host.compacts_again(order, priority, result == COMPACT_SUCCESS);
}

static void tell_reclaims_again(void)
{
	if (kb_host.reclaims_again)
		kb_host.reclaims_again();
}

/* Its trace points are off; of these the host is told. */
#define trace_mm_page_alloc_extfrag tell_fallback
#define trace_compact_retry tell_retry
#define trace_reclaim_retry_zone(...) tell_reclaims_again()

#include KB_SOURCE

KB_PLAIN void kb_inside_drain(unsigned int cpu)
{
	drain_pages(cpu);
}

/* Nobody has a reference to them. */
#if KB_HAS_FREE_FOLIOS
void kb_inside_free_batch(struct page **pages, unsigned int nr)
{
	struct folio_batch folios;
	unsigned int i;

	folio_batch_init(&folios);
	for (i = 0; i < nr; i++)
		folio_batch_add(&folios, page_folio(pages[i]));
	free_unref_folios(&folios);
}
#else
void kb_inside_free_batch(struct page **pages, unsigned int nr)
{
	LIST_HEAD(singles);
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (PageCompound(pages[i]))
			free_the_page(pages[i], compound_order(pages[i]));
		else
			list_add(&pages[i]->lru, &singles);
	free_unref_page_list(&singles);
}
#endif

#if KB_HAS_PCP_HIGH_MIN
static void set_zone_pcp(struct zone *zone, unsigned long high, unsigned long batch)
{
	zone->pageset_high_min = zone->pageset_high_max = high;
	__zone_set_pageset_high_and_batch(zone, high, high, batch);
}
#else
static void set_zone_pcp(struct zone *zone, unsigned long high, unsigned long batch)
{
	zone->pageset_high = high;
	__zone_set_pageset_high_and_batch(zone, high, batch);
}
#endif

static unsigned long pcp_high, pcp_batch;

/* High and batch of every list; high 0 = a page goes back at once. */
KB_PLAIN void kb_inside_pcp(unsigned long high, unsigned long batch)
{
	struct zone *zone;
	unsigned int cpu;

	batch = high && batch ? batch : 1;
	pcp_high = high;
	pcp_batch = batch;
	for_each_populated_zone(zone) {
		zone->pageset_batch = batch;
		set_zone_pcp(zone, high, batch);
		for_each_possible_cpu(cpu)
			per_cpu_ptr(zone->per_cpu_pageset, cpu)->high = high;
	}
}

KB_PLAIN bool kb_inside_tunable(enum kb_tunable tunable, uint32_t value)
{
	switch (tunable) {
	case KB_WATERMARK_SCALE:
		watermark_scale_factor = clamp(value, 1U, 3000U);
		setup_per_zone_wmarks();
		return true;
	case KB_MIN_FREE:
		min_free_kbytes = value;
		setup_per_zone_wmarks();
		return true;
	case KB_BOOST:
		watermark_boost_factor = value;
		return true;
	case KB_PCP_HIGH:
		kb_inside_pcp(value, pcp_batch);
		return true;
	case KB_PCP_BATCH:
		kb_inside_pcp(pcp_high, value);
		return true;
	default:
		return false;
	}
}

KB_PLAIN uint32_t kb_boost_factor(void)
{
	return watermark_boost_factor;
}

KB_PLAIN void kb_lists(uint32_t cpu, struct kb_lists *to)
{
	struct zone *zone;
	unsigned int i, n;

	for (n = 0; n < KB_MAX_ZONES && (zone = kb_zone_at(n)); n++) {
		struct per_cpu_pages *pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);

		kb_pcp(n, cpu, &to[n].pcp);
		for (i = 0; i < KB_PCP_ORDERS * MIGRATE_PCPTYPES; i++)
			to[n].first[i / MIGRATE_PCPTYPES][i % MIGRATE_PCPTYPES] =
				list_empty(&pcp->lists[i]) ? KB_NO_PFN :
				list_first_entry(&pcp->lists[i], struct page, pcp_list) - vmemmap;
	}
}

/* Which list of a CPU this is: orders and types of struct per_cpu_pages. */
KB_PLAIN static const char *walk_list(struct per_cpu_pages *pcp, unsigned int index, uint32_t cpu,
				      bool (*visit)(void *, uint32_t, uint32_t, uint32_t, uint32_t),
				      void *data)
{
	struct list_head *head = &pcp->lists[index], *at, *before = head;
	unsigned long left = KB_MAX_PAGES;

	for (at = head->next; at != head; before = at, at = at->next) {
		struct page *page = list_entry(at, struct page, pcp_list);

		if (page < vmemmap + kb_first_pfn || page >= vmemmap + kb_end_pfn)
			return "an entry of a per-CPU list is no page";
		if (at->prev != before || !left--)
			return "links of a per-CPU list are broken";
		if (!visit(data, cpu, page_to_pfn(page), index / MIGRATE_PCPTYPES,
			   index % MIGRATE_PCPTYPES))
			return NULL;
	}
	return NULL;
}

KB_PLAIN const char *kb_walk_pcp(uint32_t zone,
				 bool (*visit)(void *, uint32_t, uint32_t, uint32_t, uint32_t),
				 void *data)
{
	struct zone *z = kb_zone_at(zone);
	unsigned int cpu, index;
	const char *why = NULL;

	for_each_possible_cpu(cpu)
		for (index = 0; index < NR_PCP_LISTS && !why; index++)
			why = walk_list(per_cpu_ptr(z->per_cpu_pageset, cpu), index, cpu, visit,
					data);
	return why;
}
