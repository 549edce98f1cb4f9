// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lists that a request was served from: the per-CPU list of its order and type, which is
 * filled from free lists when it is empty, those of the CMA area among them.
 */
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/policy/policy.h"
#include "shim/shim.h"
#include "spb/gfp.h"

/* Before the request. */
static PROGRAM_STATE struct kb_lists lists_before[KB_MAX_ZONES];

void policy_supply_begins(void)
{
	kb_lists(shim_this->cpu, lists_before);
}

static bool is_list_of(const struct request *now, uint32_t order, uint32_t type)
{
	return order == now->asked.order && type == policy_type(now->asked.gfp);
}

static void check_others(const struct request *now, const struct kb_lists *after)
{
	looked(PCP_LIST);
	for (uint32_t zone = 0; zone < now->nr_zones; zone++)
		for (uint32_t i = 0; i < KB_PCP_ORDERS * KB_PCP_TYPES; i++) {
			uint32_t order = i / KB_PCP_TYPES, type = i % KB_PCP_TYPES;
			uint32_t was = lists_before[zone].first[order][type];

			if (is_list_of(now, order, type) || after[zone].first[order][type] == was)
				continue;
			rule_broken(PCP_LIST,
				    "order %u, gfp %#x, changes the per-CPU list of zone %u for "
				    "order %u, type %s",
				    now->asked.order, now->asked.gfp, zone, order,
				    kernel_type_name(type));
		}
}

/* It was filled for this request: its list was empty, or it has none. */
static bool is_fresh(const struct request *now, uint32_t zone)
{
	return now->asked.order >= KB_PCP_ORDERS ||
	       lists_before[zone].first[now->asked.order][policy_type(now->asked.gfp)] == KB_NO_PFN;
}

/* Not above its high mark, but by a batch where it is there already. */
static void check_refill(const struct request *now, uint32_t zone, const struct kb_pcp *after)
{
	uint32_t before = lists_before[zone].pcp.count, least = 2u << now->asked.order;
	uint32_t batch = after->batch > least ? after->batch : least, most = before + batch;

	if (now->asked.order >= KB_PCP_ORDERS)
		return;
	if (after->high > after->batch && most < after->high - after->batch)
		most = after->high - after->batch;
	looked(PCP_REFILL);
	if (after->count > most)
		rule_broken(PCP_REFILL,
			    "the per-CPU lists of zone %u, batch %u, high %u, had %u pages and are "
			    "filled to %u",
			    zone, after->batch, after->high, before, after->count);
}

/* Where more than half of what is free is in the area movable requests go there first. */
static void check_cma(const struct request *now, uint32_t zone, uint32_t pfn)
{
	const struct kb_look *look = &now->before[zone];
	bool first = look->free_cma > look->free / 2;
	uint32_t cma = 1u << kernel_type("CMA"), own = 1u << kernel_type("Movable");
	struct kb_page page;

	if (!policy_uses_cma(now->asked.gfp) || !kb_page(pfn, &page) ||
	    page.type == kernel_type("HighAtomic"))
		return;
	looked(CMA_BALANCE);
	if (page.type != kernel_type("CMA") ? !first || !policy_has_of(look, cma, now->asked.order)
					    : first || !policy_has_of(look, own, now->asked.order))
		return;
	rule_broken(CMA_BALANCE,
		    "gfp %#x got page %u, of type %s; of %u free pages of zone %u %u are in the "
		    "CMA area",
		    now->asked.gfp, pfn, kernel_type_name(page.type), look->free, zone,
		    look->free_cma);
}

void policy_supply_ends(const struct request *now, uint32_t pfn)
{
	struct kb_lists after[KB_MAX_ZONES];
	struct kb_page page;

	kb_lists(shim_this->cpu, after);
	check_others(now, after);
	if (now->asked.nr || !kb_page(pfn, &page) || page.zone == KB_NO_PFN ||
	    !is_fresh(now, page.zone))
		return;
	check_refill(now, page.zone, &after[page.zone].pcp);
	check_cma(now, page.zone, pfn);
}
