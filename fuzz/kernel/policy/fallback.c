// SPDX-License-Identifier: GPL-2.0-only
/*
 * A request that finds no page of its type takes one of another, at the moment that it does:
 *
 *   claim   a pageblock that is free or alike for half becomes one of its type
 *   steal   one page, and nothing is relabelled; when nothing else is left
 *
 * The lock of the zone is held: what its lists and labels say was true when the kernel decided, but
 * for the page itself, whoever runs beside. Which pages of a pageblock can be moved is not
 * protected by it.
 */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/policy/policy.h"
#include "shim/shim.h"
#include "spb/gfp.h"

/**
 * struct fallback - one
 * @from: order of the buddy that was found
 * @label: of the pageblock of the page, now
 * @taken: the page is on no list any more
 */
struct fallback {
	uint32_t pfn, order, from, wanted, found, zone, label;
	bool taken;
};

/* Of each CPU, the last of its sections under the lock of a zone in which a page fell back: their
 * number. */
static PROGRAM_STATE uint32_t last_section[PROGRAM_CPUS];

void policy_fallback_begin(void)
{
	memset(last_section, 0, sizeof(last_section));
}

/* Has the request that is judged fallen back, and nobody was beside it? */
static bool is_of_request(void)
{
	return policy_request.judged && policy_is_on();
}

static uint32_t mask_of(uint32_t first, uint32_t second)
{
	return 1u << first | 1u << second;
}

/* The other type of unmovable pages comes before movable ones, reclaimable before unmovable. */
static uint32_t first_choice(uint32_t wanted)
{
	uint32_t reclaimable = kernel_type("Reclaimable");

	return wanted == reclaimable ? kernel_type("Unmovable") : reclaimable;
}

static uint32_t second_choice(uint32_t wanted)
{
	uint32_t movable = kernel_type("Movable");

	return wanted == movable ? kernel_type("Unmovable") : movable;
}

static void check_choice(const struct fallback *at, const struct kb_look *look)
{
	uint32_t first = first_choice(at->wanted);

	looked(FALLBACK_CHOICE);
	if (at->found != first && at->found != second_choice(at->wanted))
		rule_broken(FALLBACK_CHOICE, "a request of type %s falls back to a page of type %s",
			    kernel_type_name(at->wanted), kernel_type_name(at->found));
	if (at->found != first && (look->filled[at->from] >> first & 1))
		rule_broken(FALLBACK_CHOICE,
			    "a request of type %s falls back to %s, a buddy of order %u of type "
			    "%s is free",
			    kernel_type_name(at->wanted), kernel_type_name(at->found), at->from,
			    kernel_type_name(first));
}

/* All of a buddy that is larger than a pageblock changes its type. */
static void check_large_claim(const struct fallback *at)
{
	uint32_t start = at->pfn & ~((1u << at->from) - 1), block = 1u << kernel_map->block_order;
	struct kb_page page;

	for (uint32_t pfn = start; pfn < start + (1u << at->from); pfn += block)
		if (kb_page(pfn, &page) && page.type != at->wanted)
			rule_broken(CLAIM, "of %u pages at %u that were claimed, page %u stays %s",
				    1u << at->from, start, pfn, kernel_type_name(page.type));
}

/* A whole pageblock that is free is claimed before one that is not. */
static void check_largest(const struct fallback *at, const struct kb_look *look)
{
	uint32_t others = mask_of(first_choice(at->wanted), second_choice(at->wanted));

	if (at->from < kernel_map->block_order &&
	    policy_has_of(look, others, kernel_map->block_order))
		rule_broken(CLAIM,
			    "the pageblock of page %u, of which %u pages were free together, "
			    "becomes %s; a whole one is free",
			    at->pfn, 1u << at->from, kernel_type_name(at->wanted));
}

/* Of the pageblock, before the page was taken. */
static void count(const struct fallback *at, uint32_t *free, uint32_t *alike)
{
	uint32_t movable_type = kernel_type("Movable"), movable;

	kb_count_block(at->pfn, free, &movable);
	if (at->taken)
		*free += 1u << at->order;
	*alike = 0;
	if (at->wanted == movable_type)
		*alike = movable;
	else if (at->found == movable_type)
		*alike = (1u << kernel_map->block_order) - *free - movable;
}

static void check_claim(const struct fallback *at)
{
	uint32_t block = 1u << kernel_map->block_order, free, alike;

	looked(CLAIM);
	if (at->from >= kernel_map->block_order) {
		check_large_claim(at);
		return;
	}
	count(at, &free, &alike);
	if (free + alike < block / 2)
		rule_broken(CLAIM,
			    "the pageblock of page %u, type %s, becomes %s: %u of its %u pages are "
			    "free, %u alike", at->pfn, kernel_type_name(at->found),
			    kernel_type_name(at->wanted), free, block, alike);
}

/*
 * Whoever steals a page has tried to claim its pageblock; for movable pages that is not done where
 * little of it is free together. A pageblock that its zone does not have all of is never claimed,
 * and who takes many pages at once need not try again after one that was stolen.
 */
static void check_not_claimed(const struct fallback *at)
{
	uint32_t block = 1u << kernel_map->block_order, start = at->pfn & ~(block - 1);
	uint32_t free, alike;

	if (at->from >= kernel_map->block_order || start < kernel_map->zones[at->zone].start ||
	    start + block > kernel_map->zones[at->zone].end ||
	    (at->wanted == kernel_type("Movable") && at->from < kernel_map->block_order / 2))
		return;
	looked(CLAIM);
	count(at, &free, &alike);
	if (free + alike >= block / 2)
		rule_broken(CLAIM,
			    "a request of type %s steals page %u, whose pageblock, of type %s, it "
			    "could have: %u of its %u pages are free, %u alike",
			    kernel_type_name(at->wanted), at->pfn, kernel_type_name(at->found),
			    free, block, alike);
}

static void check_steal(const struct fallback *at, const struct kb_look *look)
{
	uint32_t others = mask_of(first_choice(at->wanted), second_choice(at->wanted));
	uint32_t own = 1u << at->wanted;

	looked(STEAL);
	if (at->label != at->found)
		rule_broken(STEAL, "page %u was found on list %s, its pageblock is %s now", at->pfn,
			    kernel_type_name(at->found), kernel_type_name(at->label));
	if (at->from >= kernel_map->block_order ||
	    policy_has_of(look, others, kernel_map->block_order))
		rule_broken(STEAL,
			    "a request of type %s steals page %u of type %s, a whole pageblock "
			    "could be claimed", kernel_type_name(at->wanted), at->pfn,
			    kernel_type_name(at->found));
	/* The last attempts, after reclaim, do without CMA areas. */
	if (at->wanted == kernel_type("Movable") && is_of_request() && policy_request.alone &&
	    !policy_request.asked.nr)
		own |= 1u << kernel_type("CMA");
	if (at->taken && policy_has_of(look, own, at->order))
		rule_broken(STEAL, "a request of type %s steals page %u, there are free ones of "
				   "its own",
			    kernel_type_name(at->wanted), at->pfn);
}

/* Where it begins in NORMAL, DMA32 of the same node is asked before pageblocks are mixed. */
static void check_mixing(const struct fallback *at)
{
	const struct request *now = &policy_request;
	struct zonelist list;

	if (at->from >= kernel_map->block_order || !now->alone || now->asked.nr)
		return;
	policy_zonelist(&now->asked, now->asked.nodemask, &list);
	if (!list.nr || kernel_map->zones[list.zone[0]].kind != KB_NORMAL ||
	    list.zone[0] != at->zone)
		return;
	looked(NEEDLESS_MIX);
	for (uint32_t i = 1; i < list.nr; i++) {
		uint32_t zone = list.zone[i];

		if (kernel_map->zones[zone].nid != kernel_map->zones[at->zone].nid ||
		    !policy_is_above(&now->before[zone], &now->asked, list.kind, RIGHT_LOW, 0) ||
		    !policy_has(&now->before[zone], now->asked.gfp, now->asked.order))
			continue;
		rule_broken(NEEDLESS_MIX,
			    "order %u, gfp %#x, mixes types in zone %u, at page %u; zone %u has "
			    "pages of its type above low",
			    now->asked.order, now->asked.gfp, at->zone,
			    at->pfn, zone);
	}
}

void kernel_watch_falls_back(uint32_t pfn, uint32_t order, uint32_t from_order, uint32_t wanted,
			     uint32_t found)
{
	struct fallback at = {
		.pfn = pfn, .order = order, .from = from_order, .wanted = wanted, .found = found,
	};
	bool first = last_section[shim_this->cpu] != kernel_zone_locks();
	struct kb_look zones[KB_MAX_ZONES];
	struct kb_page page;

	last_section[shim_this->cpu] = kernel_zone_locks();
	/* What compaction frees may be caught by the request that waits for it. */
	if (!policy_looks() || policy_is_compacting() || !kb_page(pfn, &page) ||
	    page.zone == KB_NO_PFN || wanted >= kb_build()->nr_types ||
	    found >= kb_build()->nr_types)
		return;
	at.zone = page.zone;
	at.label = page.type;
	at.taken = page.state != KB_PAGE_BUDDY;
	kb_look(zones);
	check_choice(&at, &zones[at.zone]);
	if (at.label != wanted)
		check_steal(&at, &zones[at.zone]);
	else
		check_largest(&at, &zones[at.zone]);
	if (at.label == wanted && policy_is_on())
		check_claim(&at);
	if (at.label == found && wanted != found && policy_is_on() && first)
		check_not_claimed(&at);
	if (is_of_request()) {
		policy_request.claims += at.label == wanted;
		check_mixing(&at);
	}
}
