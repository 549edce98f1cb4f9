// SPDX-License-Identifier: GPL-2.0-only
/* What the program asks of the kernel. */
#include <linux/cma.h>
#include <linux/compaction.h>
#include <linux/page-isolation.h>
#include <linux/slab.h>

#include "fuzz/kernel/glue/glue.h"

extern struct cma *kb_cma;

gfp_t kb_gfp_in(uint32_t gfp)
{
	gfp_t to = 0;

#define KB_GFP(name, bit) to |= gfp & (1U << bit) ? __GFP_##name : 0;
#include "fuzz/kernel/gfp.def"
	return to;
}

uint32_t kb_gfp_out(gfp_t gfp)
{
	uint32_t to = 0;

#define KB_GFP(name, bit) to |= gfp & __GFP_##name ? 1U << bit : 0;
#include "fuzz/kernel/gfp.def"
	return to;
}

static uint32_t pfn_of(struct page *page)
{
	return page ? page_to_pfn(page) : KB_NO_PFN;
}

static int node_of(uint32_t nid)
{
	return nid < kb_booted.nr_nodes ? nid : numa_mem_id();
}

static nodemask_t mask_of(uint32_t mask)
{
	nodemask_t nodes = NODE_MASK_NONE;
	unsigned int nid;

	for (nid = 0; nid < KB_MAX_NODES; nid++)
		if (mask & (1U << nid))
			node_set(nid, nodes);
	return nodes;
}

/* Before others can find it on the LRU. */
static void got(struct page *page, uint32_t order, uint32_t gfp)
{
	if (kb_host.got)
		kb_host.got(page_to_pfn(page), order, gfp);
}

uint32_t kb_alloc(uint32_t gfp, uint32_t order, uint32_t nid, uint32_t nodemask)
{
	nodemask_t nodes = mask_of(nodemask);
	gfp_t mask = kb_gfp_in(gfp);
	struct page *page;

	page = __alloc_pages(mask, order, node_of(nid), nodemask ? &nodes : NULL);
	if (!page)
		return KB_NO_PFN;
	got(page, order, gfp);
	kb_own(page, order, mask);
	return pfn_of(page);
}

/* What the mempolicy of a task without one does. */
#if !KB_HAS_NOPROF
#define alloc_pages_noprof alloc_pages
#endif
struct page *alloc_pages_noprof(gfp_t gfp, unsigned int order)
{
	return __alloc_pages(gfp, order, numa_mem_id(), NULL);
}

#define BULK 64

/* Behind the array are somebody else's pages: who looks there goes on to the end of them, and who
 * writes there has filled more than there is. */
uint32_t kb_alloc_bulk(uint32_t gfp, uint32_t nid, uint32_t nr, uint32_t *pfns)
{
	struct page *pages[BULK + 1] = {}, *behind = vmemmap + kb_first_pfn;
	gfp_t mask = kb_gfp_in(gfp);
	unsigned long nr_got, i;

	nr = min(nr, (uint32_t)BULK);
	for (i = 0; i < nr; i++)
		pages[i] = pfns[i] == KB_NO_PFN ? NULL : vmemmap + pfns[i];
	for (i = nr; i < BULK; i++)
		pages[i] = behind;
	nr_got = __alloc_pages_bulk(mask, node_of(nid), NULL, nr, NULL, pages);
	for (i = 0; i < nr; i++)
		if (pages[i] && pfns[i] == KB_NO_PFN)
			got(pages[i], 0, gfp);
	for (i = 0; i < nr; i++) {
		if (pages[i] && pfns[i] == KB_NO_PFN)
			kb_own(pages[i], 0, mask);
		pfns[i] = pages[i] ? pages[i] - vmemmap : KB_NO_PFN;
	}
	for (i = nr; i < BULK; i++)
		if (pages[i] != behind)
			return BULK + 1;
	return nr_got;
}

void kb_free(uint32_t pfn, uint32_t order)
{
	struct page *page = pfn_to_page(pfn);

	kb_disown(page);
	__free_pages(page, order);
}

/* Those of which somebody else has a reference are freed with that. */
void kb_free_batch(const uint32_t *pfns, uint32_t nr)
{
	struct page *last[KB_BATCH];
	uint32_t i, nr_last = 0;

	for (i = 0; i < nr; i++) {
		struct page *page = pfn_to_page(pfns[i]);

		kb_disown(page);
		if (put_page_testzero(page))
			last[nr_last++] = page;
	}
	kb_inside_free_batch(last, nr_last);
}

void kb_hold(uint32_t pfn)
{
	get_page(pfn_to_page(pfn));
}

/* Of what is no compound page only the first one is left. */
void kb_unhold(uint32_t pfn)
{
	struct page *page = pfn_to_page(pfn);

	__free_pages(page, compound_order(page));
}

void kb_split(uint32_t pfn, uint32_t order)
{
	split_page(pfn_to_page(pfn), order);
}

void kb_drain(uint32_t cpu)
{
	kb_inside_drain(cpu);
}

void kb_drain_all(void)
{
	drain_all_pages(NULL);
}

void kb_compact(uint32_t zone, uint32_t order)
{
	kb_inside_compact(kb_zone_at(zone), order ? (int)order : -1);
}

int kb_isolate(uint32_t pfn, bool on)
{
	unsigned long start = pageblock_start_pfn(pfn);
	unsigned long end = start + pageblock_nr_pages;

	if (on)
		return start_isolate_page_range(start, end, MIGRATE_MOVABLE, 0, GFP_KERNEL);
	undo_isolate_page_range(start, end, MIGRATE_MOVABLE);
	return 0;
}

int kb_contig(uint32_t start, uint32_t pages, bool cma, uint32_t gfp)
{
	const gfp_t may = __GFP_COMP | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;

	return alloc_contig_range(start, start + pages, cma ? MIGRATE_CMA : MIGRATE_MOVABLE,
				  GFP_KERNEL | (kb_gfp_in(gfp) & may));
}

uint32_t kb_contig_pages(uint32_t pages, uint32_t nid, enum kb_zone_kind kind)
{
	const gfp_t zones[KB_NR_ZONE_KINDS] = {
		[KB_DMA] = GFP_DMA, [KB_DMA32] = GFP_DMA32,
		[KB_MOVABLE] = __GFP_MOVABLE | __GFP_HIGHMEM,
	};
	nodemask_t nodes = mask_of(1U << nid);

	return pfn_of(alloc_contig_pages(pages, GFP_KERNEL | zones[kind], nid, &nodes));
}

void kb_contig_free(uint32_t start, uint32_t pages)
{
	free_contig_range(start, pages);
}

uint32_t kb_cma_alloc(uint32_t pages, uint32_t align_order)
{
	return kb_cma ? pfn_of(cma_alloc(kb_cma, pages, align_order, true)) : KB_NO_PFN;
}

bool kb_cma_release(uint32_t pfn, uint32_t pages)
{
	return kb_cma && cma_release(kb_cma, pfn_to_page(pfn), pages);
}

/* The work of each second, on the CPU that runs. */
void kb_advance_time(uint32_t ticks)
{
	jiffies += ticks;
	kb_inside_fold();
}

void kb_kswapd_sleeps(uint32_t nid, uint32_t order)
{
	struct pglist_data *node = NODE_DATA(nid);
	struct zone *zone;

	for (zone = node->node_zones; zone < node->node_zones + MAX_NR_ZONES; zone++) {
		unsigned long flags;

		if (!populated_zone(zone))
			continue;
		spin_lock_irqsave(&zone->lock, flags);
		zone->watermark_boost = 0;
		spin_unlock_irqrestore(&zone->lock, flags);
	}
	reset_isolation_suitable(node);
	if (order)
		kb_inside_kcompactd(node, order);
}

void kb_kcompactd(uint32_t nid, uint32_t order)
{
	kb_inside_kcompactd(NODE_DATA(nid), order);
}

bool kb_set_tunable(enum kb_tunable tunable, uint32_t value)
{
	return kb_inside_tunable(tunable, value);
}
