// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic oracle: pages are conserved and belong to whom the program thinks.
 *
 * After each operation the counts are compared: free + per-CPU + held is what the fresh
 * allocator had. At the end of a program, and every options.full_every operations, the
 * whole memory map is walked:
 *
 *   |buddy   |buddy |alloc |pcp|hole|alloc           |buddy     |
 *   each run starts where the last ended, lies in one zone, and an allocation is known to
 *   its owner; as many pages as owners hold are found, so no two allocations overlap.
 */
#include "fuzz/harness/check/oracle.h"

#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"

/**
 * struct walk - of the whole memory map
 * @pages: by zone and state
 * @held: by the program, in all zones
 * @zone: of the current page, or -1
 * @zone_end: where to ask again
 */
struct walk {
	uint32_t pages[ORACLE_MAX_ZONES][PAGE_HELD + 1];
	uint32_t held;
	int zone;
	uint32_t zone_end;
};

static const char *const state_names[] = {
	[PAGE_NONE] = "no memory",     [PAGE_BUDDY] = "free", [PAGE_PCP] = "on a per-CPU list",
	[PAGE_ALLOCATED] = "allocated", [PAGE_HELD] = "held",
};

PROGRAM_STATE struct oracle_state oracle_state;

static void begin(struct run *run)
{
	const struct allocator_queries *q = run->queries;
	unsigned int zones = q->nr_zones();

	oracle_state.usable_sum = 0;
	if (zones > ORACLE_MAX_ZONES)
		finding("harness", "%u zones", zones);
	for (unsigned int zone = 0; zone < zones; zone++) {
		oracle_state.usable[zone] = q->free_pages(zone) + q->pcp_pages(zone);
		oracle_state.usable_sum += oracle_state.usable[zone];
	}
}

static void check_counts(struct run *run)
{
	const struct allocator_queries *q = run->queries;
	uint32_t held = owner_count_pages();
	uint32_t free = 0, pcp = 0;

	for (unsigned int zone = 0; zone < q->nr_zones(); zone++) {
		free += q->free_pages(zone);
		pcp += q->pcp_pages(zone);
	}
	looked(PAGES_CONSERVED);
	if (unlikely(free + pcp + held != oracle_state.usable_sum))
		rule_broken(PAGES_CONSERVED,
			    "%u free + %u on per-CPU lists + %u held are %u pages, there are %u",
			    free, pcp, held, free + pcp + held, oracle_state.usable_sum);
}

/* A finding about the pages at @pfn. */
#define owner_differs(pfn, ...)                            \
	do {                                               \
		finding_page(pfn);                         \
		rule_broken(OWNER_MISMATCH, __VA_ARGS__);  \
	} while (0)

static void check_owner(const struct page_run *page)
{
	unsigned int order = 0;
	uint32_t owner = 0;

	looked(OWNER_MISMATCH);
	if (page->state == PAGE_HELD) {
		if (!owner_holds_at(page->pfn))
			owner_differs(page->pfn, "page %u is held as a whole, by nobody",
				      page->pfn);
		return;
	}
	if (!owner_expects(page->pfn, &order, &owner)) {
		owner_differs(page->pfn, "%u pages at %u are allocated, the program has none",
			      page->pages, page->pfn);
		return;
	}
	if (order != page->order)
		owner_differs(page->pfn, "the allocation at %u has order %u, the program's has %u",
			      page->pfn, page->order, order);
	if (page->owner != owner)
		owner_differs(page->pfn, "the allocation at %u says owner %u, the program says %u",
			      page->pfn, page->owner, owner);
}

static void check_run(const struct run *run, const struct page_run *page, uint32_t pfn,
		      const struct walk *walk)
{
	bool sized = page->state == PAGE_BUDDY || page->state == PAGE_PCP ||
		     page->state == PAGE_ALLOCATED;

	if (page->pfn != pfn || !page->pages || page->pages > run->queries->max_pfn() - pfn)
		finding("page-run", "the run at %u is said to be %u pages at %u", pfn, page->pages,
			page->pfn);
	if (page->state != PAGE_NONE && (walk->zone < 0 || pfn + page->pages > walk->zone_end))
		rule_broken(PAGE_RUN, "%u pages at %u, %s, are not in one zone", page->pages, pfn,
			    state_names[page->state]);
	if (sized && page->pages != 1u << page->order)
		rule_broken(PAGE_RUN, "%u pages at %u have order %u", page->pages, pfn,
			    page->order);
}

/* Zones need not follow each other: there may be pages of none in between. */
static void enter_zone(const struct run *run, struct walk *walk, uint32_t pfn)
{
	uint32_t start;

	walk->zone = run->queries->zone_of(pfn);
	walk->zone_end = pfn + 1;
	if (walk->zone >= 0)
		run->queries->zone_span((unsigned int)walk->zone, &start, &walk->zone_end);
}

static void walk_map(struct run *run, struct walk *walk)
{
	const struct allocator_queries *q = run->queries;
	uint32_t end = q->max_pfn();
	struct page_run page;

	for (uint32_t pfn = q->min_pfn(); pfn < end; pfn += page.pages) {
		if (pfn >= walk->zone_end)
			enter_zone(run, walk, pfn);
		q->run_at(pfn, &page);
		check_run(run, &page, pfn, walk);
		if (page.state == PAGE_ALLOCATED || page.state == PAGE_HELD) {
			check_owner(&page);
			walk->held += page.pages;
		}
		if (walk->zone >= 0)
			walk->pages[walk->zone][page.state] += page.pages;
		observe_page(run, &page);
	}
}

static void check_zone(const struct run *run, const struct walk *walk, unsigned int zone)
{
	const struct allocator_queries *q = run->queries;
	const uint32_t *pages = walk->pages[zone];
	uint32_t used = pages[PAGE_ALLOCATED] + pages[PAGE_HELD];
	uint32_t start = 0, end = 0;

	looked(PAGE_RUN);
	if (pages[PAGE_BUDDY] != q->free_pages(zone))
		rule_broken(ZONE_COUNT, "zone %u counts %u free pages, the map has %u", zone,
			    q->free_pages(zone), pages[PAGE_BUDDY]);
	if (pages[PAGE_PCP] != q->pcp_pages(zone))
		rule_broken(ZONE_COUNT, "zone %u counts %u pages on per-CPU lists, the map has %u",
			    zone, q->pcp_pages(zone), pages[PAGE_PCP]);
	if (pages[PAGE_BUDDY] + pages[PAGE_PCP] + used != oracle_state.usable[zone])
		rule_broken(PAGES_CONSERVED, "zone %u: %u free + %u per-CPU + %u used, of %u", zone,
			    pages[PAGE_BUDDY], pages[PAGE_PCP], used, oracle_state.usable[zone]);
	q->zone_span(zone, &start, &end);
	if (oracle_state.usable[zone] + pages[PAGE_NONE] != end - start)
		rule_broken(PAGES_CONSERVED,
			    "zone %u: %u usable + %u unusable pages in a span of %u", zone,
			    oracle_state.usable[zone], pages[PAGE_NONE], end - start);
}

static void check_map(struct run *run)
{
	struct walk walk;

	memset(&walk, 0, sizeof(walk));
	walk_map(run, &walk);
	for (unsigned int zone = 0; zone < run->queries->nr_zones(); zone++)
		check_zone(run, &walk, zone);
	if (walk.held != owner_count_pages())
		rule_broken(OWNER_MISMATCH, "%u pages are allocated, the program holds %u",
			    walk.held, owner_count_pages());
}

static bool look(struct run *run, unsigned int n)
{
	if (!n)
		check_map(run);
	return !n;
}

/*
 * Pages on the way from one holder to the next are nobody's, so conservation waits for the end
 * of the operation.
 */
const struct observer oracle_observer = {
	.name = "oracle",
	.rests = oracles_rest,
	.begin = begin,
	.after_op = check_counts,
	.full = check_map,
	.look = look,
};
