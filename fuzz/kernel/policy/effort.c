// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a request tries, and what it must leave alone on its way: who may not begin I/O does not
 * compact, the last pageblock of the highatomic reserve stays until reclaim is given up.
 */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/policy/policy.h"
#include "spb/gfp.h"

/* Reclaim that is in vain is tried again so often. */
#define MOST_LOOPS 16u

/**
 * struct effort - of the request that is judged
 * @reclaims: times that it has reclaimed; @looked_at: that many, when it last looked at zones
 * @vain: of these in a row that did not count as progress
 * @helped: the last one does
 * @weighs: it has looked whether to go on
 */
static PROGRAM_STATE struct {
	uint32_t reclaims, looked_at, vain;
	bool helped, weighs;
} effort;

static bool is_judged(void)
{
	return policy_is_on() && policy_request.judged && policy_request.zones_known;
}

void policy_effort_begins(void)
{
	memset(&effort, 0, sizeof(effort));
}

void policy_effort_kills(void)
{
	effort.vain = 0;
}

/* Of a large order nobody knows whether pages that were freed help. */
void kernel_watch_reclaimed(unsigned long freed)
{
	effort.reclaims++;
	effort.helped = freed && policy_request.asked.order <= PAGE_ALLOC_COSTLY_ORDER;
}

/* Is told for each zone, and counts once. */
void kernel_watch_reclaims_again(void)
{
	effort.weighs = true;
	if (!is_judged() || effort.looked_at == effort.reclaims)
		return;
	effort.looked_at = effort.reclaims;
	effort.vain = effort.helped ? 0 : effort.vain + 1;
	looked(RECLAIM_RETRIES);
	if (effort.vain > MOST_LOOPS)
		rule_broken(RECLAIM_RETRIES,
			    "order %u, gfp %#x, reclaims for the %u. time, and %u times in a row "
			    "that was no progress", policy_request.asked.order,
			    policy_request.asked.gfp, effort.reclaims, effort.vain);
}

void policy_effort_compacts(void)
{
	if (!is_judged())
		return;
	looked(COMPACT_IO);
	if (!(policy_request.asked.gfp & __GFP_IO))
		rule_broken(COMPACT_IO, "order %u, gfp %#x, compacts and may not begin I/O",
			    policy_request.asked.order, policy_request.asked.gfp);
}

/* Before it has looked at zones, whether to go on, it has not given up. */
static void check_reserves(const struct request *now)
{
	uint32_t block = 1u << kernel_map->block_order;
	struct kb_look after[KB_MAX_ZONES];

	if (effort.weighs || (now->asked.gfp & __GFP_THISNODE))
		return;
	kb_look(after);
	for (uint32_t zone = 0; zone < now->nr_zones; zone++) {
		uint32_t was = now->before[zone].reserve;

		looked(RESERVE_LAST);
		if (was <= block && after[zone].reserve < was)
			rule_broken(RESERVE_LAST,
				    "order %u, gfp %#x, takes the last %u pages of the highatomic "
				    "reserve of zone %u, and has not given up yet",
				    now->asked.order, now->asked.gfp, was, zone);
	}
}

/* More than one page is of the first zone's node: another one is for the single request. */
static void check_bulk_node(const struct request *now, const struct zonelist *list,
			    const uint32_t *pfns, unsigned int got)
{
	struct kb_page page;

	if (!now->asked.nr || got < 2 || !list->nr)
		return;
	looked(BULK_NODE);
	for (unsigned int i = 0; i < got; i++)
		if (kb_page(pfns[i], &page) && page.zone != KB_NO_PFN &&
		    kernel_map->zones[page.zone].nid != kernel_map->zones[list->zone[0]].nid)
			rule_broken(BULK_NODE,
				    "a bulk request of node %u got %u pages, and page %u of node "
				    "%u", kernel_map->zones[list->zone[0]].nid, got, pfns[i],
				    kernel_map->zones[page.zone].nid);
}

void policy_effort_ends(const struct request *now, const struct zonelist *list,
			const uint32_t *pfns, unsigned int got)
{
	if (!policy_is_on() || !now->zones_known)
		return;
	check_reserves(now);
	check_bulk_node(now, list, pfns, got);
}

/* Who reclaims may take from the reserves, whatever it asks for; who must not fail, in the end. */
void kernel_watch_marked(uint32_t pfn, uint32_t gfp)
{
	bool right = kernel_ignores_watermarks(gfp) || (gfp & __GFP_NOFAIL);

	looked(RESERVE_MARK);
	if (!right && !(kb_task() & KB_TASK_MEMALLOC) && kb_is_of_reserves(pfn))
		rule_broken(RESERVE_MARK,
			    "page %u, gfp %#x, is marked as one of the reserves", pfn, gfp);
}

/* Above all marks, for single movable pages, without what is in a range of @pages itself. */
bool kernel_watch_has_room(uint32_t zone, uint32_t pages)
{
	struct kb_look looks[KB_MAX_ZONES], *look = &looks[zone];
	uint32_t kept = 2 * pages;

	if (!policy_is_on() || zone >= kb_look(looks) ||
	    !(kernel_nodes() >> kernel_map->zones[zone].nid & 1))
		return false;
	for (unsigned int kind = 0; kind < KB_NR_ZONE_KINDS; kind++)
		kept += look->lowmem_reserve[kind];
	kept += look->free_highatomic == KB_NO_PFN ? look->reserve : look->free_highatomic;
	return look->free > look->watermark[2] + look->boost + kept;
}
