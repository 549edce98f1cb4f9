// SPDX-License-Identifier: GPL-2.0-only
/* What the counters, the memory map and the lists say. Nothing here takes a lock. */
#include <linux/mm_inline.h>
#include <linux/page-isolation.h>
#include <linux/utsname.h>

#include "fuzz/kernel/glue/glue.h"

static const struct kb_build build = {
	.version = KB_VERSION,
	.most_order = KB_MOST_ORDERS - 1,
	.nr_types = MIGRATE_TYPES,
	.has_cma = IS_ENABLED(CONFIG_CMA),
	.has_compaction = IS_ENABLED(CONFIG_COMPACTION),
	.has_defrag_mode = KB_HAS_DEFRAG_MODE,
};

const struct kb_build *kb_build(void)
{
	static struct kb_build whole KB_KEPT;
	unsigned int type;

	if (!whole.version) {
		whole = build;
		for (type = 0; type < MIGRATE_TYPES; type++)
			whole.types[type] = migratetype_names[type];
	}
	return &whole;
}

uint32_t kb_min_pfn(void)
{
	return kb_first_pfn;
}

uint32_t kb_max_pfn(void)
{
	return kb_end_pfn;
}

/* Of the booted kernel. The numbers are one too large, so that 0 becomes KB_NO_PFN. */
static struct zone *zones[MAX_NUMNODES * MAX_NR_ZONES];
static uint32_t nr_zones;
static uint8_t numbers[MAX_NUMNODES][MAX_NR_ZONES];

void kb_count_zones(void)
{
	uint32_t nid, kind;

	for (nid = 0; nid < MAX_NUMNODES && NODE_DATA(nid); nid++)
		for (kind = 0; kind < MAX_NR_ZONES; kind++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[kind];

			if (!populated_zone(zone))
				continue;
			zones[nr_zones++] = zone;
			numbers[nid][kind] = nr_zones;
		}
}

/* Without calls into the tree: what is asked is no merit of a program. */
struct zone *kb_zone_at(uint32_t n)
{
	return n < nr_zones ? zones[n] : NULL;
}

uint32_t kb_zone_number(const struct zone *zone)
{
	return numbers[zone_to_nid(zone)][zone_idx(zone)] - 1;
}

uint32_t kb_nr_zones(void)
{
	return nr_zones;
}

static enum kb_zone_kind kind_of(const struct zone *zone)
{
	switch (zone_idx(zone)) {
	case ZONE_DMA32:
		return KB_DMA32;
	case ZONE_MOVABLE:
		return KB_MOVABLE;
	default:
		return KB_NORMAL;
	}
}

static uint32_t pcp_count(struct zone *zone)
{
	unsigned int cpu;
	uint32_t sum = 0;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(zone->per_cpu_pageset, cpu)->count;
	return sum;
}

bool kb_zone(uint32_t n, struct kb_zone *out)
{
	struct zone *zone = kb_zone_at(n);
	unsigned int i;

	if (!zone)
		return false;
	*out = (struct kb_zone){
		.name = zone->name,
		.kind = kind_of(zone),
		.nid = zone_to_nid(zone),
		.start = zone->zone_start_pfn,
		.end = zone_end_pfn(zone),
		.managed = zone_managed_pages(zone),
		.boost = zone->watermark_boost,
	};
	out->counted.free = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	out->counted.free_cma = zone_page_state_snapshot(zone, NR_FREE_CMA_PAGES);
	out->counted.isolated = zone->nr_isolate_pageblock;
	out->counted.pcp = pcp_count(zone);
	out->counted.highatomic_reserve = zone->nr_reserved_highatomic;
#if KB_HAS_FREE_HIGHATOMIC
	out->counted.free_highatomic = zone->nr_free_highatomic;
#else
	out->counted.free_highatomic = KB_NO_PFN;
#endif
	for (i = 0; i <= kb_max_order && i < KB_MAX_ORDERS; i++)
		out->nr_free[i] = zone->free_area[i].nr_free;
	for (i = 0; i < NR_WMARK && i < 4; i++)
		out->watermark[i] = zone->_watermark[i];
	return true;
}

void kb_zone_pages(uint32_t n, uint32_t *free, uint32_t *pcp)
{
	struct zone *zone = kb_zone_at(n);
	unsigned int order;

	*free = 0;
	for (order = 0; order <= kb_max_order; order++)
		*free += (uint32_t)zone->free_area[order].nr_free << order;
	*pcp = pcp_count(zone);
}

KB_PLAIN uint32_t kb_lru_isolated(uint32_t nid)
{
	struct pglist_data *node = NODE_DATA(nid);
	long sum = atomic_long_read(&node->vm_stat[NR_ISOLATED_ANON]) +
		   atomic_long_read(&node->vm_stat[NR_ISOLATED_FILE]);
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		s8 *diff = per_cpu_ptr(node->per_cpu_nodestats, cpu)->vm_node_stat_diff;

		sum += diff[NR_ISOLATED_ANON] + diff[NR_ISOLATED_FILE];
	}
	return sum;
}

KB_PLAIN static void look_at(struct zone *zone, struct kb_look *to)
{
	unsigned int i, type;

	to->managed = zone_managed_pages(zone);
	to->free = zone_page_state(zone, NR_FREE_PAGES);
	to->free_cma = zone_page_state(zone, NR_FREE_CMA_PAGES);
	to->reserve = zone->nr_reserved_highatomic;
#if KB_HAS_FREE_HIGHATOMIC
	to->free_highatomic = zone->nr_free_highatomic;
#else
	to->free_highatomic = KB_NO_PFN;
#endif
	to->boost = zone->watermark_boost;
	for (i = 0; i < 4; i++)
		to->watermark[i] = i < NR_WMARK ? zone->_watermark[i] : 0;
	to->lowmem_reserve[KB_DMA] = to->lowmem_reserve[KB_NORMAL] =
		zone->lowmem_reserve[ZONE_NORMAL];
	to->lowmem_reserve[KB_DMA32] = zone->lowmem_reserve[ZONE_DMA32];
	to->lowmem_reserve[KB_MOVABLE] = zone->lowmem_reserve[ZONE_MOVABLE];
	for (i = 0; i <= kb_max_order; i++) {
		const struct list_head *lists = zone->free_area[i].free_list;
		unsigned int filled = 0;

		for (type = 0; type < MIGRATE_TYPES; type++)
			filled |= (lists[type].next != &lists[type]) << type;
		to->filled[i] = filled;
	}
}

KB_PLAIN uint32_t kb_look(struct kb_look to[KB_MAX_ZONES])
{
	struct zone *zone;
	uint32_t n = 0;

	for (; n < KB_MAX_ZONES && (zone = kb_zone_at(n)); n++)
		look_at(zone, &to[n]);
	return n;
}

KB_PLAIN size_t kb_labels(uint32_t zone, const uint8_t **at)
{
	struct zone *z = kb_zone_at(zone);
	unsigned long start = pageblock_start_pfn(z->zone_start_pfn);

	if (NR_PAGEBLOCK_BITS != 4)
		return 0;
	*at = (const uint8_t *)z->pageblock_flags;
	return (DIV_ROUND_UP(zone_end_pfn(z) - start, pageblock_nr_pages) + 1) / 2;
}

KB_PLAIN void kb_count_block(uint32_t pfn, uint32_t *free, uint32_t *movable)
{
	unsigned long start = pageblock_start_pfn(pfn), end = start + pageblock_nr_pages, at;

	*free = *movable = 0;
	for (at = start; at < end; at++) {
		struct page *page = vmemmap + at;

		if (!kb_pfn_valid(at))
			continue;
		if (PageBuddy(page)) {
			unsigned long next = at + (1UL << buddy_order(page));

			*free += min(next, end) - at;
			at = next - 1;
		} else if (PageLRU(page) || __PageMovable(page)) {
			(*movable)++;
		}
	}
}

KB_PLAIN void kb_pcp(uint32_t zone, uint32_t cpu, struct kb_pcp *out)
{
	struct per_cpu_pages *pcp = per_cpu_ptr(kb_zone_at(zone)->per_cpu_pageset, cpu);

	*out = (struct kb_pcp){
		.count = pcp->count, .high = pcp->high, .batch = pcp->batch,
		.mark = KB_NO_PFN,
	};
#if KB_HAS_PCP_HIGH_MIN
	/* Where the low watermark is large the lower bound is above the upper one, and holds. */
	out->high = max(clamp(pcp->high, pcp->high_min, pcp->high_max), pcp->high_min);
	out->mark = pcp->high;
	out->least = pcp->high_min;
#endif
}

KB_PLAIN bool kb_is_of_reserves(uint32_t pfn)
{
	return page_is_pfmemalloc(vmemmap + pfn);
}

KB_PLAIN void kb_events(struct kb_events *out)
{
	unsigned int cpu, type;

	*out = (struct kb_events){ 0 };
	for_each_possible_cpu(cpu) {
		const unsigned long *event = per_cpu(vm_event_states, cpu).event;

		for (type = 0; type < MAX_NR_ZONES; type++)
			out->allocated += event[PGALLOC_NORMAL - ZONE_NORMAL + type];
		out->freed += event[PGFREE];
	}
}

/* The buddy that a page is in, or NULL. */
static struct page *buddy_of(struct page *page)
{
	unsigned long pfn = page_to_pfn(page);
	unsigned int order;

	for (order = 0; order <= kb_max_order; order++) {
		unsigned long start = pfn & ~((1UL << order) - 1);

		if (kb_pfn_valid(start) && PageBuddy(vmemmap + start) &&
		    vmemmap[start].private >= order)
			return vmemmap + start;
	}
	return NULL;
}

static const char *dirty_field(const struct page *page)
{
	if (page->flags & PAGE_FLAGS_CHECK_AT_PREP)
		return "flags";
	if (atomic_read(&page->_refcount))
		return "_refcount";
	return page->mapping ? "mapping" : NULL;
}

static void describe(struct page *page, struct kb_page *out)
{
	struct page *buddy = buddy_of(page);

	out->state = KB_PAGE_OTHER;
	out->head = page_to_pfn(buddy ?: compound_head(page));
	if (buddy) {
		out->state = KB_PAGE_BUDDY;
		out->order = vmemmap[out->head].private;
		out->dirty = dirty_field(page);
		return;
	}
	out->compound_head = PageHead(page);
	out->compound_tail = PageTail(page);
	if (PageCompound(page))
		out->compound_order = compound_order(compound_head(page));
}

/* As get_pageblock_migratetype(), which is the tree's. */
static uint32_t label_of(const struct page *page, unsigned long pfn)
{
	const struct zone *zone = page_zone(page);
	unsigned long bit;

	if (NR_PAGEBLOCK_BITS != 4)
		return get_pageblock_migratetype(page);
	bit = ((pfn - pageblock_start_pfn(zone->zone_start_pfn)) >> pageblock_order) * 4;
	return zone->pageblock_flags[bit / BITS_PER_LONG] >> bit % BITS_PER_LONG & 7;
}

uint32_t kb_label(uint32_t pfn)
{
	struct page *page = vmemmap + pfn;

	if (!kb_pfn_valid(pfn))
		return KB_NO_PFN;
	return zone_spans_pfn(page_zone(page), pfn) ? label_of(page, pfn) : 0;
}

uint32_t kb_buddy_at(uint32_t pfn)
{
	return kb_pfn_valid(pfn) && PageBuddy(vmemmap + pfn) ? vmemmap[pfn].private : KB_NO_PFN;
}

static bool is_fresh(const struct page *page, const struct page *head, bool compound)
{
	return !PageBuddy(page) && !page->private && !PageReserved(page) &&
	       atomic_read(&page->_refcount) == (page == head) &&
	       !!PageHead(page) == (compound && page == head) &&
	       !!PageTail(page) == (compound && page != head) &&
	       page_zone(page) == page_zone(head);
}

bool kb_is_fresh(uint32_t pfn, uint32_t order, bool compound)
{
	struct page *head = vmemmap + pfn;
	uint32_t end = pfn + (1U << order), i;

	if (pfn % (1U << order) || !kb_pfn_valid(pfn) || !kb_pfn_valid(end - 1) ||
	    !zone_spans_pfn(page_zone(head), pfn) || !zone_spans_pfn(page_zone(head), end - 1) ||
	    PageTail(head) || (compound && compound_order(head) != order))
		return false;
	for (i = 0; i < 1U << order; i++)
		if (!is_fresh(head + i, head, compound))
			return false;
	/* Nor are they in a buddy that is larger. */
	return !buddy_of(head);
}

bool kb_page(uint32_t pfn, struct kb_page *out)
{
	struct page *page = vmemmap + pfn;

	*out = (struct kb_page){ .zone = KB_NO_PFN, .head = pfn };
	if (!kb_pfn_valid(pfn))
		return false;
	out->flags = page->flags & ((1UL << NR_PAGEFLAGS) - 1);
	out->private = page->private;
	out->refcount = atomic_read(&page->_refcount);
	out->mapcount = atomic_read(&page->_mapcount);
	out->reserved = PageReserved(page);
	out->in_zone = zone_spans_pfn(page_zone(page), pfn);
	if (!out->in_zone)
		return true;
	out->type = label_of(page, pfn);
	out->isolated = out->type == MIGRATE_ISOLATE;
	if (!out->reserved) {
		out->zone = kb_zone_number(page_zone(page));
		describe(page, out);
	}
	return true;
}

uint32_t kb_first_dirty(uint32_t pfn, uint32_t nr)
{
	for (; nr && kb_pfn_valid(pfn); pfn++, nr--)
		if (dirty_field(vmemmap + pfn))
			return pfn;
	return KB_NO_PFN;
}

static const char *walk_list(struct list_head *head, uint32_t order, uint32_t type,
			     bool (*visit)(void *, uint32_t, uint32_t, uint32_t), void *data)
{
	struct list_head *at, *before = head;
	unsigned long left = KB_MAX_PAGES;

	for (at = head->next; at != head; before = at, at = at->next) {
		struct page *page = list_entry(at, struct page, buddy_list);

		if (page < vmemmap + kb_first_pfn || page >= vmemmap + kb_end_pfn)
			return "an entry of a free list is no page";
		if (at->prev != before || !left--)
			return "links of a free list are broken";
		if (!visit(data, page_to_pfn(page), order, type))
			return NULL;
	}
	return NULL;
}

const char *kb_walk_free(uint32_t n, bool (*visit)(void *, uint32_t, uint32_t, uint32_t),
			 void *data)
{
	struct zone *zone = kb_zone_at(n);
	unsigned int order, type;
	const char *why = NULL;

	for (order = 0; order <= kb_max_order; order++)
		for (type = 0; type < MIGRATE_TYPES && !why; type++)
			why = walk_list(&zone->free_area[order].free_list[type], order, type, visit,
					data);
	return why;
}
