// SPDX-License-Identifier: GPL-2.0-only
/* What contiguous requests took, until it is given back. */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/contig/contig.h"
#include "shim/shim.h"
#include "spb/event.h"
#include "spb/gfp.h"

/* One of each slot, and those that CPUs are about to get or to give back. */
#define MAX_HELD (PROGRAM_SLOTS + PROGRAM_CPUS)

static PROGRAM_STATE struct contig held[MAX_HELD];

void contig_held_begin(void)
{
	memset(held, 0, sizeof(held));
}

uint32_t kernel_held_at(uint32_t pfn)
{
	for (unsigned int i = 0; i < MAX_HELD; i++)
		if (held[i].pages && held[i].pfn == pfn)
			return held[i].pages;
	return 0;
}

bool contig_is_held(uint32_t pfn)
{
	for (unsigned int i = 0; i < MAX_HELD; i++)
		if (pfn - held[i].pfn < held[i].pages)
			return true;
	return false;
}

uint32_t kernel_held_of_cma(void)
{
	uint32_t pages = 0;

	for (unsigned int i = 0; i < MAX_HELD; i++)
		pages += held[i].cma ? held[i].pages : 0;
	return pages;
}

static void remember(const struct contig *range)
{
	for (unsigned int i = 0; i < MAX_HELD; i++) {
		if (held[i].pages)
			continue;
		held[i] = *range;
		return;
	}
	finding("harness", "more than %d ranges are held", MAX_HELD);
}

/* @whole: it is one compound page, where a tree knows how */
static void check_held(const struct contig *range, uint32_t pfn, bool whole)
{
	bool tail = whole && pfn != range->pfn;
	struct kb_page page;

	if (!kb_page(pfn, &page) || page.state != KB_PAGE_OTHER)
		rule_broken(HANDOUT_STATE, "page %u of a range that was taken is free", pfn);
	else if (page.refcount != !tail || page.compound_head != (whole && !tail) ||
		 page.compound_tail != tail || (page.private && !whole) ||
		 (whole && 1u << page.compound_order != range->pages))
		rule_broken(HANDOUT_STATE,
			    "page %u of a range that was taken has %d references, %s, %s", pfn,
			    page.refcount, page.private ? "something in private" : "an empty "
										   "private",
			    page.compound_head || page.compound_tail ? "and is compound" :
								       "and is no compound page");
	if (owner_in_use(pfn))
		finding("double-handout", "page %u of a range that was taken is in use", pfn);
}

static void check_taken(const struct contig *range)
{
	struct kb_page first;
	bool whole = (range->gfp & __GFP_COMP) && kb_page(range->pfn, &first) &&
		     first.compound_head;

	looked(HANDOUT_STATE);
	for (uint32_t i = 0; i < range->pages && !this_run->concurrent; i++)
		check_held(range, range->pfn + i, whole);
}

/* What was given back is nobody's. */
static void check_freed(const struct contig *range)
{
	struct kb_page page;

	looked(RANGE_FREED);
	for (uint32_t pfn = range->pfn; pfn < range->pfn + range->pages; pfn++) {
		if (!kb_page(pfn, &page) || (page.state == KB_PAGE_OTHER && page.refcount))
			rule_broken(RANGE_FREED,
				    "page %u of a range of %u that was given back is not free",
				    pfn, range->pages);
		else if (range->cma && page.type != kernel_type("CMA"))
			rule_broken(RANGE_FREED, "page %u of the CMA area comes back as type %s",
				    pfn, kernel_type_name(page.type));
	}
}

uint32_t contig_hold(const struct contig *range)
{
	remember(range);
	kernel_page_release(range->pfn);
	check_taken(range);
	kernel_tell(SPB_EV_CONTIG, range->pfn, 0, 1);
	return range->pfn;
}

void kernel_give_range(uint32_t pfn)
{
	struct kernel_call before;

	if (kernel_is_refused())
		return;
	for (unsigned int i = 0; i < MAX_HELD; i++) {
		struct contig range = held[i];

		if (!range.pages || range.pfn != pfn)
			continue;
		held[i].pages = 0;
		kernel_page_acquire(pfn);
		before = kernel_enter(true, false);
		if (!range.cma)
			kb_contig_free(pfn, range.pages);
		else if (!kb_cma_release(pfn, range.pages))
			rule_broken(HANDOUT_STATE, "cma_release() does not know page %u", pfn);
		kernel_leave(before);
		if (!this_run->concurrent)
			check_freed(&range);
		kernel_tell(SPB_EV_CONTIG, pfn, 0, 0);
		return;
	}
}
