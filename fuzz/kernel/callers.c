// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests as callers with a fallback make them: many pages, few of them contiguous. What they
 * ask for is in our own words; the order of the attempts is the kernel's.
 */
#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/adapter.h"
#include "fuzz/kernel/watch.h"
#include "spb/gfp.h"

#define MOST_BULK 32

static void put(struct extent_list *out, uint32_t pfn, unsigned int order)
{
	out->pfn[out->nr] = pfn;
	out->order[out->nr++] = (uint8_t)order;
}

static bool fail(struct extent_list *out)
{
	while (out->nr) {
		out->nr--;
		kernel_free(out->pfn[out->nr], out->order[out->nr]);
	}
	return false;
}

static unsigned int order_for(uint32_t nr_pages)
{
	unsigned int order = 0;

	while (1u << order < nr_pages)
		order++;
	return order;
}

/* First in one go, and what is missing page by page. */
static bool vmalloc(uint32_t nr_pages, uint32_t gfp, struct extent_list *out)
{
	while (out->nr < nr_pages) {
		uint32_t pfn = kernel_alloc(gfp | __GFP_NOWARN, 0, 0, 0);

		if (pfn == NO_PFN)
			return fail(out);
		put(out, pfn, 0);
	}
	return true;
}

/* One contiguous attempt that does not try hard, if the size is worth one. */
static bool kvmalloc(uint32_t nr_pages, uint32_t gfp, struct extent_list *out)
{
	unsigned int order = order_for(nr_pages);
	uint32_t easy = gfp | __GFP_COMP, pfn;

	if (order) {
		easy = (easy | __GFP_NOWARN) & ~__GFP_NOFAIL;
		if (!(easy & __GFP_RETRY_MAYFAIL))
			easy |= __GFP_NORETRY;
	}
	pfn = order <= kernel_map->max_order ? kernel_alloc(easy, order, 0, 0) : NO_PFN;
	if (pfn != NO_PFN) {
		put(out, pfn, order);
		return true;
	}
	return order && vmalloc(nr_pages, gfp, out);
}

/* The largest fragments that can be had without effort; single pages with all that it takes. */
static bool skb(uint32_t nr_pages, unsigned int order, uint32_t gfp, struct extent_list *out)
{
	while (nr_pages) {
		uint32_t pfn = NO_PFN;

		while (order && nr_pages < 1u << order)
			order--;
		for (; order && pfn == NO_PFN; order -= pfn == NO_PFN)
			pfn = kernel_alloc((gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL)) |
						   __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY,
					   order, 0, 0);
		if (pfn == NO_PFN)
			pfn = kernel_alloc(gfp, 0, 0, 0);
		if (pfn == NO_PFN)
			return fail(out);
		put(out, pfn, order);
		nr_pages -= 1u << order;
	}
	return true;
}

bool kernel_caller(enum caller_kind kind, uint32_t nr_pages, unsigned int order, uint32_t gfp,
		   struct extent_list *out)
{
	out->nr = 0;
	switch (kind) {
	case CALLER_KVMALLOC:
		return kvmalloc(nr_pages, gfp, out);
	case CALLER_VMALLOC:
		return vmalloc(nr_pages, gfp, out);
	default:
		return skb(nr_pages, order, gfp, out);
	}
}

/* --- arrays that have some pages already --- */

/* Every third length has pages at its start, in it and at its end, one is full. A request that
 * must not fail begins with nothing. */
static bool is_filled(uint32_t gfp, unsigned int nr, unsigned int at)
{
	if (gfp & __GFP_NOFAIL)
		return false;
	return nr == 7 || (nr % 3 == 2 && (!at || at == nr / 2 || at == nr - 1));
}

static void check_array(uint32_t gfp, const uint32_t *array, unsigned int nr, unsigned int said)
{
	uint32_t there = kernel_map->min;
	unsigned int last = 0;

	looked(BULK_ARRAY);
	for (unsigned int i = 0; i < nr; i++) {
		if (is_filled(gfp, nr, i) && array[i] != there)
			rule_broken(BULK_ARRAY, "element %u had a page, and has another one", i);
		if (i < said && array[i] == KB_NO_PFN)
			rule_broken(BULK_ARRAY, "%u elements are said to be full, number %u is not",
				    said, i);
		if (!is_filled(gfp, nr, i) && array[i] != KB_NO_PFN)
			last = i + 1;
	}
	/* What is full from the first element on counts. */
	if (said > nr || said < last || (!said && is_filled(gfp, nr, 0)))
		rule_broken(BULK_ARRAY, "of %u elements %u are said to be full, there are "
					"%u", nr, said,
			    last);
}

unsigned int kernel_alloc_bulk(uint32_t gfp, unsigned int nid, unsigned int nr, uint32_t *pfns)
{
	struct kernel_request asked = { .gfp = gfp, .nid = nid, .nr = nr };
	uint32_t array[MOST_BULK];
	struct kernel_call before;
	unsigned int said, got = 0;

	if (nr > MOST_BULK)
		finding("harness", "a bulk request for %u pages", nr);
	for (unsigned int i = 0; i < nr; i++) {
		array[i] = is_filled(gfp, nr, i) ? kernel_map->min : KB_NO_PFN;
		asked.filled += is_filled(gfp, nr, i);
	}
	kernel_watch_begins(&asked);
	before = kernel_enter(gfp & __GFP_DIRECT_RECLAIM, gfp & __GFP_NOFAIL);
	said = kb_alloc_bulk(gfp, nid, nr, array);
	kernel_leave(before);
	for (unsigned int i = 0; i < nr; i++)
		if (!is_filled(gfp, nr, i) && array[i] != KB_NO_PFN)
			pfns[got++] = array[i];
	check_array(gfp, array, nr, said);
	kernel_watch_ends(&asked, pfns, got);
	return got;
}
