// SPDX-License-Identifier: GPL-2.0-only
/* Contiguous ranges at a place that the program names, and what it asks for by turns. */
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/contig/contig.h"
#include "shim/shim.h"
#include "spb/gfp.h"

/* Contiguous requests so far: each asks for something else. */
static PROGRAM_STATE uint32_t nr_contigs;

void kernel_ranges_begin(void)
{
	contig_held_begin();
	contig_isolate_begin();
	nr_contigs = 0;
}

/*
 * By turns a whole buddy of the largest order, an odd number of pages from anywhere, two
 * pageblocks; from a place that moves on by a third of the zone.
 */
static void choose_range(unsigned int zone, uint32_t n, struct contig *range)
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

/* Where a request may be made; it is under way then. */
static bool begins(const struct contig *range)
{
	for (uint32_t i = 0; i < range->pages; i++)
		if (!kernel_may_isolate(range->pfn + i))
			return false;
	return kernel_isolation_begins(range->pfn, range->pages, false);
}

/* Single pages, so that room for each of them is room for all. */
static bool would_move(uint32_t pfn)
{
	unsigned int order;
	uint32_t owner;

	return owner_expects(pfn, &order, &owner) && !order && owner_would_move(pfn) &&
	       (kernel_noted(pfn) & (NOTE_MOVABLE | NOTE_SPLIT)) == NOTE_MOVABLE &&
	       !kernel_is_looked_at(pfn);
}

bool contig_is_to_be_had(const struct contig *range, bool moves)
{
	uint32_t start = contig_first_block(range);
	uint32_t end = ALIGN_UP(range->pfn + range->pages, 1u << kernel_map->block_order);
	struct kb_page first, page;

	if (!kb_page(start, &first) || first.zone == KB_NO_PFN ||
	    end > kernel_map->zones[first.zone].end || kernel_left_in(start, end))
		return false;
	for (uint32_t pfn = start; pfn < end; pfn++)
		if (!kb_page(pfn, &page) || page.zone != first.zone || page.isolated ||
		    (page.type == kernel_type("CMA")) != range->cma || contig_is_held(pfn) ||
		    (owner_in_use(pfn) && !(moves && would_move(pfn))))
			return false;
	return !moves || kernel_watch_has_room(first.zone, end - start);
}

bool contig_moves_nothing(const struct contig *area)
{
	for (uint32_t pfn = area->pfn; pfn < area->pfn + area->pages; pfn++)
		if (owner_would_move(pfn))
			return false;
	return true;
}

uint32_t contig_place_in(const struct contig *area, uint32_t pages, uint32_t step)
{
	struct contig place = { .pages = pages, .cma = area->cma };
	uint32_t end = area->pfn + area->pages;

	for (place.pfn = ALIGN_UP(area->pfn, step); place.pfn < end && pages <= end - place.pfn;
	     place.pfn += step)
		if (contig_is_to_be_had(&place, false))
			return place.pfn;
	return NO_PFN;
}

static void check_refusal(const struct contig *range, int error)
{
	looked(RANGE_REFUSED);
	if (error)
		rule_broken(RANGE_REFUSED,
			    "%u pages at %u, of pageblocks that are free or movable, are refused: "
			    "%d", range->pages, range->pfn, error);
}

static bool take_range(struct contig *range)
{
	bool alone = !this_run->concurrent;
	/* Where nothing is in the way room to move is not needed. */
	bool must = alone && (contig_is_to_be_had(range, false) ||
			      contig_is_to_be_had(range, true));
	uint32_t isolated = contig_isolated_blocks();
	struct kernel_call before;
	int error;

	if (!begins(range))
		return false;
	contig_note_labels(range);
	before = kernel_enter(true, false);
	error = kb_contig(range->pfn, range->pages, false, range->gfp);
	kernel_leave(before);
	kernel_isolation_ends();
	/* Others may have begun since. */
	alone = alone && !this_run->concurrent;
	if (must && alone)
		check_refusal(range, error);
	if (alone) {
		contig_check_isolated(range, isolated);
		contig_check_labels(range);
	}
	return !error;
}

void contig_begin(void)
{
	kernel_has_isolated = true;
	kernel_fold();
}

static bool take(struct contig *range, unsigned int zone, uint32_t n)
{
	if (n % 4 == 0 && kernel_type("CMA") < KB_MAX_TYPES) {
		range->pages = 1 + n * 7 % (1u << kernel_map->block_order);
		return contig_take_cma(range, n / 4 % 4);
	}
	if (n % 4 == 2)
		return contig_take_anywhere(range, zone);
	choose_range(zone, n, range);
	return take_range(range);
}

/* Every fourth request is one for the CMA area, whatever the zone, and another fourth leaves it to
 * the allocator where its pages are. */
uint32_t kernel_take_range(unsigned int zone)
{
	struct contig range = { 0 };

	contig_begin();
	return take(&range, zone, ++nr_contigs) ? contig_hold(&range) : NO_PFN;
}

/* As far as the zone goes; a compound page is a buddy's size, and whole pageblocks. */
uint32_t kernel_take_pages(uint32_t pfn, uint32_t pages, uint32_t gfp)
{
	struct contig range = { .pfn = pfn, .pages = pages, .gfp = gfp };
	int zone = allocator.queries->zone_of(pfn);

	if (zone < 0)
		return NO_PFN;
	contig_begin();
	if (range.pages > kernel_map->zones[zone].end - pfn)
		range.pages = kernel_map->zones[zone].end - pfn;
	if (range.pages & (range.pages - 1) || pfn & (range.pages - 1) ||
	    range.pages < 1u << kernel_map->block_order ||
	    range.pages > 1u << kernel_map->max_order)
		range.gfp &= ~__GFP_COMP;
	return take_range(&range) ? contig_hold(&range) : NO_PFN;
}
