// SPDX-License-Identifier: GPL-2.0-only
/* Contiguous ranges and pages of CMA areas: what is asked for, and that nothing is left of it. */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/kernel/adapter.h"
#include "fuzz/kernel/watch.h"
#include "shim/shim.h"
#include "spb/event.h"
#include "spb/gfp.h"

/* One of each slot, and those that CPUs are about to get or to give back. */
#define MAX_HELD (PROGRAM_SLOTS + PROGRAM_CPUS)
#define LEAST_BLOCK 8 /* pages of the smallest pageblock */

/**
 * struct held - a range that a contiguous request took
 * @pages: 0 = no entry
 * @gfp: what was asked for
 */
struct held {
	uint32_t pfn, pages, gfp;
	bool cma;
};

static PROGRAM_STATE struct held held[MAX_HELD];
/* What each CPU is in the midst of isolating: labels need not show it yet. */
static PROGRAM_STATE struct held isolating[PROGRAM_CPUS];
/* Contiguous requests so far: each asks for something else. */
static PROGRAM_STATE uint32_t nr_contigs;
/* Labels of the pageblocks of a request, before it. */
static PROGRAM_STATE uint8_t labels[OWNER_MAX_PAGES / LEAST_BLOCK];

void kernel_ranges_begin(void)
{
	memset(held, 0, sizeof(held));
	memset(isolating, 0, sizeof(isolating));
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

	return kb_page(ALIGN_DOWN(pfn, 1u << kernel_map->block_order), &page) &&
	       (page.zone != KB_NO_PFN || page.reserved);
}

/* Of what is no movable zone, each page could be moved. A CMA area is isolated by its owner. */
void kernel_check_isolated(uint32_t pfn)
{
	uint32_t block = 1u << kernel_map->block_order, start = ALIGN_DOWN(pfn, block);
	struct kb_page page;

	looked(ISOLATE_UNMOVABLE);
	for (uint32_t at = start; at < start + block && !this_run->concurrent; at++) {
		if (!kb_page(at, &page))
			continue;
		if (page.reserved)
			rule_broken(ISOLATE_UNMOVABLE, "page %u, which is reserved, is in a "
						       "pageblock that was isolated", at);
		else if (page.zone != KB_NO_PFN && owner_in_use(at) && page.refcount &&
			 kernel_map->zones[page.zone].kind != KB_MOVABLE &&
			 !(kernel_noted(at) & NOTE_MOVABLE))
			rule_broken(ISOLATE_UNMOVABLE, "page %u, which is not movable, is in a "
						       "pageblock that was isolated", at);
	}
}

/*
 * Isolated pageblocks that are free merge, and the first of them to be released takes the others
 * along; a contiguous request that finds a pageblock isolated releases it (docs/kernel.md). Who
 * isolates keeps away from what somebody else has isolated by a whole buddy of the largest order,
 * and so does who releases from what somebody else is about to isolate.
 */
bool kernel_isolates_beside(uint32_t pfn, uint32_t pages, bool cma)
{
	uint32_t most = 1u << kernel_map->max_order;
	uint32_t start = ALIGN_DOWN(pfn, most), end = ALIGN_UP(pfn + pages, most);

	for (unsigned int cpu = 0; cpu < PROGRAM_CPUS; cpu++) {
		const struct held *other = &isolating[cpu];

		/* The kernel keeps requests for CMA pages apart by itself. */
		if (other->pages && !(cma && other->cma) && other->pfn < end &&
		    other->pfn + other->pages > start)
			return true;
	}
	return false;
}

bool kernel_isolation_begins(uint32_t pfn, uint32_t pages, bool cma)
{
	uint32_t block = 1u << kernel_map->block_order, most = 1u << kernel_map->max_order;
	struct kb_page page;

	if (kernel_isolates_beside(pfn, pages, cma))
		return false;
	for (uint32_t at = ALIGN_DOWN(pfn, most); at < ALIGN_UP(pfn + pages, most); at += block)
		if (kb_page(at, &page) && page.isolated)
			return false;
	isolating[shim_this->cpu] = (struct held){ .pfn = pfn, .pages = pages, .cma = cma };
	return true;
}

void kernel_isolation_ends(void)
{
	isolating[shim_this->cpu].pages = 0;
}

/* Where a request may be made; it is under way then. */
static bool begins(const struct held *range)
{
	for (uint32_t i = 0; i < range->pages; i++)
		if (!kernel_may_isolate(range->pfn + i))
			return false;
	return kernel_isolation_begins(range->pfn, range->pages, false);
}

static uint32_t first_block(const struct held *range)
{
	return ALIGN_DOWN(range->pfn, 1u << kernel_map->block_order);
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

/* Whole pageblocks of one zone, all of the CMA area or none of it, in which nobody has a page; with
 * @moves, none that does not move. */
static bool is_to_be_had(const struct held *range, bool moves)
{
	uint32_t block = 1u << kernel_map->block_order;
	uint32_t start = first_block(range), end = ALIGN_UP(range->pfn + range->pages, block);
	struct kb_page first, page;

	if (!kb_page(start, &first) || first.zone == KB_NO_PFN ||
	    end > kernel_map->zones[first.zone].end || kernel_left_in(start, end))
		return false;
	for (uint32_t pfn = start; pfn < end; pfn++)
		if (!kb_page(pfn, &page) || page.zone != first.zone || page.isolated ||
		    (page.type == kernel_type("CMA")) != range->cma || is_held(pfn) ||
		    (owner_in_use(pfn) && !(moves && would_move(pfn))))
			return false;
	return !moves || kernel_watch_has_room(first.zone, end - start);
}

static void note_labels(const struct held *range)
{
	uint32_t block = 1u << kernel_map->block_order, n = 0;
	struct kb_page page;

	for (uint32_t pfn = first_block(range); pfn < range->pfn + range->pages; pfn += block)
		labels[n++] = kb_page(pfn, &page) ? (uint8_t)page.type : KB_MAX_TYPES;
}

/* Isolation ends with the label that the request names, also where it had another one. */
static void check_labels(const struct held *range)
{
	uint32_t block = 1u << kernel_map->block_order, n = 0, named;
	struct kb_page page;

	named = kernel_type(range->cma ? "CMA" : "Movable");
	looked(RANGE_LABELS);
	for (uint32_t pfn = first_block(range); pfn < range->pfn + range->pages; pfn += block, n++)
		if (kb_page(pfn, &page) && page.type != labels[n] &&
		    (page.type != named || labels[n] == kernel_type("CMA")))
			rule_broken(RANGE_LABELS,
				    "page %u is of type %s after a request for %u pages at %u, "
				    "%s before",
				    pfn, kernel_type_name(page.type), range->pages, range->pfn,
				    kernel_type_name(labels[n]));
}

static void check_isolated(const struct held *range, uint32_t before)
{
	looked(RANGE_RESTORED);
	if (isolated_blocks() != before)
		rule_broken(RANGE_RESTORED,
			    "%u pageblocks are isolated after a request for %u pages at %u, "
			    "%u before", isolated_blocks(), range->pages, range->pfn, before);
}

static void check_refusal(const struct held *range, int error)
{
	looked(RANGE_REFUSED);
	if (error)
		rule_broken(RANGE_REFUSED,
			    "%u pages at %u, of pageblocks that are free or movable, are refused: "
			    "%d", range->pages, range->pfn, error);
}

static bool take_range(struct held *range)
{
	bool alone = !this_run->concurrent;
	bool must = alone && (is_to_be_had(range, false) || is_to_be_had(range, true));
	uint32_t isolated = isolated_blocks();
	struct kernel_call before;
	int error;

	if (!begins(range))
		return false;
	note_labels(range);
	before = kernel_enter(true, false);
	error = kb_contig(range->pfn, range->pages, false, range->gfp);
	kernel_leave(before);
	kernel_isolation_ends();
	/* Others may have begun since. */
	alone = alone && !this_run->concurrent;
	if (must && alone)
		check_refusal(range, error);
	if (alone) {
		check_isolated(range, isolated);
		check_labels(range);
	}
	return !error;
}

/*
 * The first place for a request in pageblocks that nobody has pages of. What is in the way of
 * places before it must be such that it moves nowhere: a move can end for lack of memory, and the
 * request with it. Return: NO_PFN without one.
 */
static uint32_t free_place(const struct held *area, uint32_t pages, uint32_t align_order)
{
	struct held place = { .pages = pages, .cma = true };
	uint32_t end = area->pfn + area->pages;

	for (uint32_t pfn = area->pfn; pfn < end; pfn++)
		if (owner_would_move(pfn))
			return NO_PFN;
	place.pfn = ALIGN_UP(area->pfn, 1u << align_order);
	for (; place.pfn < end && pages <= end - place.pfn; place.pfn += 1u << align_order)
		if (is_to_be_had(&place, false))
			return place.pfn;
	return NO_PFN;
}

static void check_cma_refusal(const struct held *range, uint32_t align_order, uint32_t place)
{
	looked(RANGE_REFUSED);
	if (range->pfn == KB_NO_PFN)
		rule_broken(RANGE_REFUSED,
			    "%u pages of the CMA area, aligned to order %u, are refused; nobody "
			    "has pages of the pageblocks at %u", range->pages, align_order, place);
}

static bool take_cma(struct held *range, uint32_t align_order)
{
	struct held area = { .cma = true };
	struct kernel_call before;
	bool alone = !this_run->concurrent;
	uint32_t taken, isolated, place;

	if (!kb_cma_area(&area.pfn, &area.pages, &taken) ||
	    !kernel_isolation_begins(area.pfn, area.pages, true))
		return false;
	place = alone ? free_place(&area, range->pages, align_order) : NO_PFN;
	isolated = isolated_blocks();
	note_labels(&area);
	before = kernel_enter(true, false);
	range->pfn = kb_cma_alloc(range->pages, align_order);
	range->cma = true;
	kernel_leave(before);
	kernel_isolation_ends();
	alone = alone && !this_run->concurrent;
	if (place != NO_PFN && alone)
		check_cma_refusal(range, align_order, place);
	if (alone) {
		check_isolated(&area, isolated);
		check_labels(&area);
	}
	looked(MISALIGNED);
	if (range->pfn != KB_NO_PFN && (range->pfn & ((1u << align_order) - 1)))
		rule_broken(MISALIGNED,
			    "%u pages of the CMA area, aligned to order %u, begin at %u",
			    range->pages, align_order, range->pfn);
	return range->pfn != KB_NO_PFN;
}

/* @whole: it is one compound page, where a tree knows how */
static void check_held(const struct held *range, uint32_t pfn, bool whole)
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

static void check_taken(const struct held *range)
{
	struct kb_page first;
	bool whole = (range->gfp & __GFP_COMP) && kb_page(range->pfn, &first) &&
		     first.compound_head;

	looked(HANDOUT_STATE);
	for (uint32_t i = 0; i < range->pages && !this_run->concurrent; i++)
		check_held(range, range->pfn + i, whole);
}

/* What was given back is nobody's. */
static void check_freed(const struct held *range)
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

static uint32_t hold(const struct held *range)
{
	remember(range);
	kernel_page_release(range->pfn);
	check_taken(range);
	kernel_tell(SPB_EV_CONTIG, range->pfn, 0, 1);
	return range->pfn;
}

/* Every request isolates, or tries to. */
static void begin(void)
{
	kernel_has_isolated = true;
	kernel_fold();
}

/* Every fourth request is one for the CMA area, whatever the zone. */
uint32_t kernel_take_range(unsigned int zone)
{
	bool cma = kernel_type("CMA") < KB_MAX_TYPES && nr_contigs % 4 == 3;
	uint32_t n = ++nr_contigs;
	struct held range = { 0 };

	begin();
	range.pages = 1 + n * 7 % (1u << kernel_map->block_order);
	if (!cma)
		choose_range(zone, n, &range);
	if (cma ? !take_cma(&range, n / 4 % 4) : !take_range(&range))
		return NO_PFN;
	return hold(&range);
}

/* As far as the zone goes; a compound page is a buddy's size, and whole pageblocks. */
uint32_t kernel_take_pages(uint32_t pfn, uint32_t pages, uint32_t gfp)
{
	struct held range = { .pfn = pfn, .pages = pages, .gfp = gfp };
	int zone = allocator.queries->zone_of(pfn);

	if (zone < 0)
		return NO_PFN;
	begin();
	if (range.pages > kernel_map->zones[zone].end - pfn)
		range.pages = kernel_map->zones[zone].end - pfn;
	if (range.pages & (range.pages - 1) || pfn & (range.pages - 1) ||
	    range.pages < 1u << kernel_map->block_order ||
	    range.pages > 1u << kernel_map->max_order)
		range.gfp &= ~__GFP_COMP;
	return take_range(&range) ? hold(&range) : NO_PFN;
}

uint32_t kernel_take_cma(uint32_t pages, unsigned int align_order)
{
	struct held range = { .pages = pages };

	begin();
	return take_cma(&range, align_order) ? hold(&range) : NO_PFN;
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
		if (!this_run->concurrent)
			check_freed(&range);
		kernel_tell(SPB_EV_CONTIG, pfn, 0, 0);
		return;
	}
}
