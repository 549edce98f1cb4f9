// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests as callers with a fallback make them: many pages, few of them contiguous. What they
 * ask for is in our own words; the order of the attempts is the kernel's.
 */
#include "fuzz/harness/base/allocator.h"
#include "fuzz/kernel/adapter.h"
#include "spb/gfp.h"

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
