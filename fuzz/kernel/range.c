// SPDX-License-Identifier: GPL-2.0-only
/* Contiguous ranges and pages of CMA areas: what is asked for, and that nothing is left of it. */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/kernel/adapter.h"
#include "spb/event.h"

/* One of each slot, and those that CPUs are about to get or to give back. */
#define MAX_HELD (PROGRAM_SLOTS + PROGRAM_CPUS)

/**
 * struct held - a range that a contiguous request took
 * @pages: 0 = no entry
 */
struct held {
	uint32_t pfn, pages;
	bool cma;
};

static PROGRAM_STATE struct held held[MAX_HELD];
/* Contiguous requests so far: each asks for something else. */
static PROGRAM_STATE uint32_t nr_contigs;

void kernel_ranges_begin(void)
{
	memset(held, 0, sizeof(held));
	nr_contigs = 0;
}

uint32_t kernel_held_at(uint32_t pfn)
{
	for (unsigned int i = 0; i < MAX_HELD; i++)
		if (held[i].pages && held[i].pfn == pfn)
			return held[i].pages;
	return 0;
}

static bool is_held(uint32_t pfn)
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

static void remember(const struct held *range)
{
	for (unsigned int i = 0; i < MAX_HELD; i++) {
		if (held[i].pages)
			continue;
		held[i] = *range;
		return;
	}
	finding("harness", "more than %d ranges are held", MAX_HELD);
}

static uint32_t isolated_blocks(void)
{
	uint32_t block = 1u << kernel_map->block_order, isolated = 0;
	struct kb_page page;

	for (uint32_t pfn = kernel_map->min; pfn < kernel_map->max; pfn += block)
		isolated += kb_page(pfn, &page) && page.isolated;
	return isolated;
}

/*
 * By turns a whole buddy of the largest order, an odd number of pages from anywhere, two
 * pageblocks; from a place that moves on by a third of the zone.
 */
static void choose_range(unsigned int zone, uint32_t n, struct held *range)
{
	uint32_t start = kernel_map->zones[zone].start, size = kernel_map->zones[zone].end - start;
	uint32_t block = 1u << kernel_map->block_order;
	const uint32_t sizes[] = { 1u << kernel_map->max_order, block + block / 2 + 3, 2 * block };

	range->pages = sizes[n % 3];
	range->pfn = start + (uint32_t)((uint64_t)n * size / 3 + n * 5) % size;
	if (n % 3 != 1)
		range->pfn &= ~(range->pages - 1);
	if (range->pfn < start)
		range->pfn = start;
	if (range->pages > kernel_map->zones[zone].end - range->pfn)
		range->pages = kernel_map->zones[zone].end - range->pfn;
}

/* Isolation looks at the first page of a pageblock, whether there is memory or not. */
bool kernel_may_isolate(uint32_t pfn)
{
	struct kb_page page;

	return kb_page(pfn & ~((1u << kernel_map->block_order) - 1), &page) &&
	       (page.zone != KB_NO_PFN || page.reserved);
}

/*
 * Isolated pageblocks that are free merge, and the first of them to be released takes the others
 * along (docs/kernel.md): who isolates keeps away from what somebody else has isolated by a whole
 * buddy of the largest order.
 */
bool kernel_is_apart(uint32_t pfn, uint32_t pages)
{
	uint32_t block = 1u << kernel_map->block_order, most = 1u << kernel_map->max_order;
	struct kb_page page;

	for (uint32_t at = ALIGN_DOWN(pfn, most); at < ALIGN_UP(pfn + pages, most); at += block)
		if (kb_page(at, &page) && page.isolated)
			return false;
	return true;
}

static bool may_take(const struct held *range)
{
	for (uint32_t i = 0; i < range->pages; i++)
		if (!kernel_may_isolate(range->pfn + i))
			return false;
	return kernel_is_apart(range->pfn, range->pages);
}

/* Whole pageblocks of one zone, in which nobody has a page, and that are none of the CMA area. */
static bool is_nobodys(const struct held *range)
{
	uint32_t block = 1u << kernel_map->block_order;
	uint32_t start = range->pfn & ~(block - 1);
	uint32_t end = (range->pfn + range->pages + block - 1) & ~(block - 1);
	struct kb_page first, page;

	if (!kb_page(start, &first) || first.zone == KB_NO_PFN ||
	    end > kernel_map->zones[first.zone].end)
		return false;
	for (uint32_t pfn = start; pfn < end; pfn++)
		if (!kb_page(pfn, &page) || page.zone != first.zone || page.isolated ||
		    page.type == kernel_type("CMA") || is_held(pfn) || owner_in_use(pfn))
			return false;
	return true;
}

static bool take_range(struct held *range)
{
	bool may = may_take(range), must = may && !this_run->concurrent && is_nobodys(range);
	uint32_t isolated = isolated_blocks();
	struct kernel_call before = kernel_enter(true, false);
	int error = !may ? -1 : kb_contig(range->pfn, range->pages, false);

	kernel_leave(before);
	/* Others may have begun since. */
	if (must && !this_run->concurrent) {
		looked(RANGE_REFUSED);
		if (error)
			rule_broken(RANGE_REFUSED,
				    "%u pages at %u, in pageblocks that nobody has pages of, are "
				    "refused: %d", range->pages, range->pfn, error);
	}
	looked(RANGE_RESTORED);
	if (isolated_blocks() != isolated && !this_run->concurrent)
		rule_broken(RANGE_RESTORED,
			    "%u pageblocks are isolated after a request for %u pages at %u, "
			    "%u before", isolated_blocks(), range->pages, range->pfn, isolated);
	return !error;
}

static bool take_cma(uint32_t n, struct held *range)
{
	uint32_t align = n / 4 % 4; /* every fourth request is one of these */
	uint32_t start, pages, taken;
	struct kernel_call before;

	if (!kb_cma_area(&start, &pages, &taken) || !kernel_is_apart(start, pages))
		return false;
	before = kernel_enter(true, false);
	range->pages = 1 + n * 7 % (1u << kernel_map->block_order);
	range->pfn = kb_cma_alloc(range->pages, align);
	range->cma = true;
	kernel_leave(before);
	looked(MISALIGNED);
	if (range->pfn != KB_NO_PFN && (range->pfn & ((1u << align) - 1)))
		rule_broken(MISALIGNED, "%u pages of the CMA area, aligned to order %u, begin at "
					"%u",
			    range->pages, align, range->pfn);
	return range->pfn != KB_NO_PFN;
}

static void check_held(uint32_t pfn)
{
	struct kb_page page;

	if (!kb_page(pfn, &page) || page.state != KB_PAGE_OTHER)
		rule_broken(HANDOUT_STATE, "page %u of a range that was taken is free", pfn);
	else if (page.refcount != 1 || page.compound_head || page.compound_tail || page.private)
		rule_broken(HANDOUT_STATE,
			    "page %u of a range that was taken has %d references, %s, %s", pfn,
			    page.refcount, page.private ? "something in private" : "an empty "
										   "private",
			    page.compound_head || page.compound_tail ? "and is compound" :
								       "and is no compound page");
	if (owner_in_use(pfn))
		finding("double-handout", "page %u of a range that was taken is in use", pfn);
}

static void hold(const struct held *range)
{
	remember(range);
	kernel_page_release(range->pfn);
	looked(HANDOUT_STATE);
	for (uint32_t i = 0; i < range->pages && !this_run->concurrent; i++)
		check_held(range->pfn + i);
	kernel_tell(SPB_EV_CONTIG, range->pfn, 0, 1);
}

/* Every fourth request is one for the CMA area, whatever the zone. */
uint32_t kernel_take_range(unsigned int zone)
{
	bool cma = kernel_type("CMA") < KB_MAX_TYPES && nr_contigs % 4 == 3;
	uint32_t n = ++nr_contigs;
	struct held range = { 0 };

	kernel_has_isolated = true;
	kernel_fold();
	if (!cma)
		choose_range(zone, n, &range);
	if (cma ? !take_cma(n, &range) : !take_range(&range))
		return NO_PFN;
	hold(&range);
	return range.pfn;
}

void kernel_give_range(uint32_t pfn)
{
	struct kernel_call before;

	if (kernel_is_refused())
		return;
	for (unsigned int i = 0; i < MAX_HELD; i++) {
		struct held range = held[i];

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
		kernel_tell(SPB_EV_CONTIG, pfn, 0, 0);
		return;
	}
}
