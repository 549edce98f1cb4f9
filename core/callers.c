// SPDX-License-Identifier: GPL-2.0-only
/*
 * The callers that prefer high orders but do not need them, as patch 35 names them:
 *
 *   kvmalloc              one block ──▶ else vmalloc
 *   vmalloc               the largest order that fits, one less on NULL, then single pages
 *   alloc_skb_with_frags  the same for each fragment, single pages one by one
 *
 * An extent has at least one of the pages asked for, so SPB_MAX_EXTENTS of them suffice.
 *
 * Specified in S5.15 of docs/specification.md.
 */
#include "core/internal.h"

static bool caller_is_bad(u32 nr_pages, gfp_t gfp)
{
	struct alloc_context ac;
	unsigned int alloc_flags;

	if (bad_call(!nr_pages || nr_pages > SPB_MAX_EXTENTS, SPB_RULE_CALLER_SIZE))
		return true;
	/* The flags are judged as given; what is derived from them keeps the rules. */
	return !prepare_alloc_pages(gfp, 0, 0, 0, &ac, &alloc_flags);
}

static void add_extent(struct spb_extents *out, struct page *page, unsigned int order)
{
	BUG_ON(out->nr == SPB_MAX_EXTENTS);
	out->page[out->nr] = page;
	out->order[out->nr++] = (u8)order;
}

/* Failure: nothing is held. */
static bool free_extents(struct spb_extents *out)
{
	while (out->nr) {
		out->nr--;
		__free_pages(out->page[out->nr], out->order[out->nr]);
	}
	return false;
}

/* The largest order that does not exceed @nr_pages, nor @limit, nor the allocator. */
static unsigned int order_within(u32 nr_pages, unsigned int limit)
{
	unsigned int order = 0;

	while (BIT(order + 1) <= nr_pages && order < min(limit, max_page_order))
		order++;
	return order;
}

/* The smallest order that holds @nr_pages. */
static unsigned int order_for(u32 nr_pages)
{
	unsigned int order = 0;

	while (BIT(order) < nr_pages)
		order++;
	return order;
}

/* A try that costs little when it fails: no reclaim, no warning, no promise. */
static gfp_t best_effort(gfp_t gfp)
{
	return (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL)) | __GFP_NOWARN;
}

/*
 * The one block of kvmalloc. Its caller may want it enough to reclaim (RETRY_MAYFAIL);
 * never failing is up to the fallback.
 */
static gfp_t kmalloc_gfp_adjust(gfp_t gfp, unsigned int order)
{
	if (!order)
		return gfp;
	gfp |= __GFP_NOWARN;
	gfp &= ~__GFP_NOFAIL;
	if (gfp & __GFP_RETRY_MAYFAIL)
		return gfp;
	if (spb_tunable(kvmalloc_noretry))
		return gfp | __GFP_NORETRY;
	return gfp & ~__GFP_DIRECT_RECLAIM;
}

/* High orders while they come. Return: pages left. */
static u32 alloc_large_extents(u32 nr_pages, gfp_t gfp, struct spb_extents *out)
{
	unsigned int order = order_within(nr_pages, MAX_PAGE_ORDER);

	while (order) {
		struct page *page = alloc_pages(best_effort(gfp), order);

		shim_step();
		if (!page) {
			order--;
			continue;
		}
		add_extent(out, page, order);
		nr_pages -= BIT(order);
		order = order_within(nr_pages, order);
	}
	return nr_pages;
}

/* Single pages: a batch, and one at a time when that falls short. */
static bool alloc_single_extents(u32 nr_pages, gfp_t gfp, struct spb_extents *out)
{
	while (nr_pages) {
		struct page *pages[SPB_MAX_EXTENTS];
		unsigned int nr = alloc_pages_bulk(gfp & ~__GFP_NOFAIL, 0, nr_pages, pages);

		shim_step();
		if (!nr) {
			pages[0] = alloc_pages(gfp, 0);
			nr = pages[0] ? 1 : 0;
		}
		if (!nr)
			return false;
		nr_pages -= nr;
		for (unsigned int i = 0; i < nr; i++)
			add_extent(out, pages[i], 0);
	}
	return true;
}

static bool vmalloc_extents(u32 nr_pages, gfp_t gfp, struct spb_extents *out)
{
	nr_pages = alloc_large_extents(nr_pages, gfp, out);
	return alloc_single_extents(nr_pages, gfp, out) || free_extents(out);
}

bool vmalloc(u32 nr_pages, gfp_t gfp, struct spb_extents *out)
{
	out->nr = 0;
	return !caller_is_bad(nr_pages, gfp) && vmalloc_extents(nr_pages, gfp, out);
}

bool kvmalloc(u32 nr_pages, gfp_t gfp, struct spb_extents *out)
{
	unsigned int order;
	struct page *page = NULL;

	out->nr = 0;
	if (caller_is_bad(nr_pages, gfp))
		return false;
	order = order_for(nr_pages);
	if (order <= max_page_order)
		page = alloc_pages(kmalloc_gfp_adjust(gfp, order), order);
	if (page) {
		add_extent(out, page, order);
		return true;
	}
	/* Mapping pages may sleep, so requests that may not have no fallback; and a single
	 * page has been tried. */
	if (!order || !(gfp & __GFP_DIRECT_RECLAIM))
		return false;
	return vmalloc_extents(nr_pages, gfp, out);
}

bool alloc_skb_with_frags(u32 nr_pages, unsigned int max_frag_order, gfp_t gfp,
			  struct spb_extents *out)
{
	unsigned int order = max_frag_order;

	out->nr = 0;
	if (caller_is_bad(nr_pages, gfp))
		return false;
	while (nr_pages) {
		struct page *page;

		shim_step();
		order = order_within(nr_pages, order);
		page = alloc_pages(order ? best_effort(gfp) : gfp, order);
		if (page) {
			add_extent(out, page, order);
			nr_pages -= BIT(order);
		} else if (!order--) {
			return free_extents(out);
		}
	}
	return true;
}
