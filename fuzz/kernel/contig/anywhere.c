// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests for so many pages that a page of a gigabyte would be alike: the allocator looks for a
 * place itself, aligned to the size, through the zones of a node from the highest that it may use.
 */
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/contig/contig.h"
#include "shim/shim.h"

#define PLACES 8 /* of a zone at most, each of which costs a drain and may cost moves */

static uint32_t pages_for(unsigned int zone)
{
	uint32_t size = kernel_map->zones[zone].end - kernel_map->zones[zone].start;
	uint32_t pages = 1u << kernel_map->block_order;

	while (pages * PLACES < size)
		pages *= 2;
	return pages;
}

/* Zones that a request for memory of @zone looks through. */
static bool is_searched(unsigned int at, unsigned int zone)
{
	return kernel_map->zones[at].nid == kernel_map->zones[zone].nid &&
	       kernel_map->zones[at].kind <= kernel_map->zones[zone].kind;
}

/* Nothing moves on the way there: a move would go to a place that is free so far. */
static uint32_t free_place(unsigned int zone, uint32_t pages)
{
	uint32_t place = NO_PFN;

	for (unsigned int at = 0; at < kernel_map->nr_zones; at++) {
		const struct contig area = {
			.pfn = kernel_map->zones[at].start,
			.pages = kernel_map->zones[at].end - kernel_map->zones[at].start,
		};

		if (!is_searched(at, zone))
			continue;
		if (!contig_moves_nothing(&area))
			return NO_PFN;
		if (place == NO_PFN)
			place = contig_place_in(&area, pages, pages);
	}
	return place;
}

static void check_place(const struct contig *range, unsigned int zone)
{
	int got = allocator.queries->zone_of(range->pfn);

	looked(WRONG_ZONE);
	if (got < 0 || !is_searched((unsigned int)got, zone))
		finding("wrong-zone", "%u pages for zone %u are at page %u, of zone %d",
			range->pages, zone, range->pfn, got);
	looked(MISALIGNED);
	if (range->pfn & (range->pages - 1))
		rule_broken(MISALIGNED, "%u pages from anywhere begin at page %u", range->pages,
			    range->pfn);
}

bool contig_take_anywhere(struct contig *range, unsigned int zone)
{
	const struct contig all = {
		.pfn = kernel_map->min, .pages = kernel_map->max - kernel_map->min,
	};
	bool alone = !this_run->concurrent;
	uint32_t isolated, place;
	struct kernel_call before;

	if (!kernel_isolation_begins(all.pfn, all.pages, false))
		return false;
	range->pages = pages_for(zone);
	place = alone ? free_place(zone, range->pages) : NO_PFN;
	isolated = contig_isolated_blocks();
	before = kernel_enter(true, false);
	range->pfn = kb_contig_pages(range->pages, kernel_map->zones[zone].nid,
				     kernel_map->zones[zone].kind);
	kernel_leave(before);
	kernel_isolation_ends();
	alone = alone && !this_run->concurrent;
	if (alone) {
		contig_check_isolated(&all, isolated);
		looked(RANGE_REFUSED);
		if (place != NO_PFN && range->pfn == KB_NO_PFN)
			rule_broken(RANGE_REFUSED,
				    "%u pages from anywhere are refused; nobody has pages of the "
				    "pageblocks at %u", range->pages, place);
	}
	if (range->pfn == KB_NO_PFN)
		return false;
	check_place(range, zone);
	return true;
}
