// SPDX-License-Identifier: GPL-2.0-only
/* Prediction of refused calls: see predict.h. */
#include "fuzz/harness/owner/predict.h"

#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "spb/gfp.h"

/* Pageblocks of the largest memory map, at one page each. */
static PROGRAM_STATE uint8_t isolated[OWNER_MAX_PAGES];

static void begin(struct run *run)
{
	uint32_t pages = run->queries->max_pfn() - run->queries->min_pfn();

	memset(isolated, 0, ((pages - 1) >> run->config.block_order) + 1);
}

static uint32_t block_of(const struct run *run, uint32_t pfn)
{
	return (pfn - run->queries->min_pfn()) >> run->config.block_order;
}

static void on_event(struct run *run, const struct spb_event *event)
{
	preempt_touch(&isolated[block_of(run, event->pfn)], 1, true);
	isolated[block_of(run, event->pfn)] = event->type == SPB_EV_ISOLATE;
}

const struct observer predict_observer = {
	.name = "predict",
	.events = EVENT_BIT(ISOLATE) | EVENT_BIT(UNISOLATE),
	.in_dry_runs = true,
	.begin = begin,
	.event = on_event,
};

static bool in_map(const struct run *run, uint32_t pfn)
{
	return pfn >= run->queries->min_pfn() && pfn < run->queries->max_pfn();
}

static const struct spb_zone_config *zone_at(const struct run *run, uint32_t pfn,
					     unsigned int *node, unsigned int *type)
{
	for (*node = 0; *node < run->config.nr_nodes; ++*node)
		for (*type = 0; *type < MAX_NR_ZONES; ++*type) {
			const struct spb_zone_config *zone = &run->config.zones[*node][*type];

			if (pfn - zone->start_pfn < zone->nr_pages)
				return zone;
		}
	return NULL;
}

static bool page_exists(const struct run *run, uint32_t pfn)
{
	unsigned int node, type;

	if (!zone_at(run, pfn, &node, &type))
		return false;
	for (unsigned int i = 0; i < run->config.nr_ranges; i++) {
		const struct spb_range *range = &run->config.ranges[i];

		if (range->kind != SPB_RANGE_CMA && pfn - range->start_pfn < range->nr_pages)
			return false;
	}
	return true;
}

/* --- allocation --- */

static bool several_zone_bits(uint32_t gfp)
{
	return !!(gfp & __GFP_DMA) + !!(gfp & __GFP_HIGHMEM) + !!(gfp & __GFP_DMA32) > 1;
}

static bool node_is_bad(const struct run *run, unsigned int nid, uint32_t nodemask)
{
	uint32_t online = (1u << run->config.nr_nodes) - 1;

	return nid >= run->config.nr_nodes || (nodemask && !(nodemask & online));
}

enum spb_rule predict_alloc(const struct run *run, uint32_t gfp, unsigned int order,
			    unsigned int nid, uint32_t nodemask)
{
	if (order > run->config.max_order)
		return SPB_RULE_ALLOC_ORDER;
	if (several_zone_bits(gfp))
		return SPB_RULE_ALLOC_ZONE_BITS;
	if ((gfp & __GFP_MOVABLE) && (gfp & __GFP_RECLAIMABLE))
		return SPB_RULE_ALLOC_MOBILITY_BITS;
	if ((gfp & __GFP_NOFAIL) && order > 1)
		return SPB_RULE_ALLOC_NOFAIL_ORDER;
	if ((gfp & __GFP_NOFAIL) && !(gfp & __GFP_DIRECT_RECLAIM))
		return SPB_RULE_ALLOC_NOFAIL_ATOMIC;
	if ((gfp & __GFP_NOFAIL) && (gfp & __GFP_MEMALLOC))
		return SPB_RULE_ALLOC_NOFAIL_MEMALLOC;
	if (node_is_bad(run, nid, nodemask))
		return SPB_RULE_ALLOC_NODE;
	return SPB_RULE_NONE;
}

static unsigned int highest_zone_type(uint32_t gfp)
{
	if (gfp & __GFP_DMA32)
		return ZONE_DMA32;
	return (gfp & __GFP_HIGHMEM) && (gfp & __GFP_MOVABLE) ? ZONE_MOVABLE : ZONE_NORMAL;
}

bool predict_zone_allowed(const struct run *run, uint32_t pfn, uint32_t gfp, unsigned int nid,
			  uint32_t nodemask)
{
	unsigned int node, type;

	if (!zone_at(run, pfn, &node, &type) || type > highest_zone_type(gfp))
		return false;
	if ((gfp & __GFP_THISNODE) && node != nid)
		return false;
	return !nodemask || (nodemask >> node & 1);
}

enum spb_rule predict_caller(const struct run *run, enum caller_kind kind, uint32_t nr_pages,
			     unsigned int order, uint32_t gfp)
{
	(void)kind;
	(void)order;
	if (!nr_pages || nr_pages > 64)
		return SPB_RULE_CALLER_SIZE;
	return predict_alloc(run, gfp, 0, 0, 0);
}

/* --- free, split --- */

enum spb_rule predict_free(const struct run *run, uint32_t pfn, unsigned int order)
{
	unsigned int real_order;
	uint32_t owner;

	if (!in_map(run, pfn))
		return SPB_RULE_FREE_PFN;
	if (!page_exists(run, pfn))
		return SPB_RULE_FREE_RESERVED;
	if (!owner_in_use(pfn))
		return SPB_RULE_FREE_FREE;
	if (!owner_expects(pfn, &real_order, &owner))
		return SPB_RULE_FREE_TAIL;
	return order != real_order ? SPB_RULE_FREE_ORDER : SPB_RULE_NONE;
}

enum spb_rule predict_split(const struct run *run, uint32_t pfn, unsigned int order,
			    unsigned int new_order)
{
	enum spb_rule rule = predict_free(run, pfn, order);

	if (rule != SPB_RULE_NONE)
		return rule;
	return new_order >= order ? SPB_RULE_SPLIT_ORDER : SPB_RULE_NONE;
}

/* --- pageblocks and superpageblocks --- */

static bool block_has_page(const struct run *run, uint32_t pfn)
{
	uint32_t pages = 1u << run->config.block_order;
	uint32_t start = pfn & ~(pages - 1);

	for (uint32_t i = 0; i < pages; i++)
		if (page_exists(run, start + i))
			return true;
	return false;
}

enum spb_rule predict_isolate(const struct run *run, uint32_t pfn, bool on)
{
	bool exists = in_map(run, pfn) && block_has_page(run, pfn);

	if (exists)
		preempt_touch(&isolated[block_of(run, pfn)], 1, false);
	/* In the order of the rules: what does not exist is not isolated either. */
	if (exists && isolated[block_of(run, pfn)] == on)
		return SPB_RULE_ISOLATE_TWICE;
	return exists ? SPB_RULE_NONE : SPB_RULE_ISOLATE_RESERVED;
}

enum spb_rule predict_contig_free(const struct run *run, uint32_t pfn)
{
	(void)run;
	return owner_holds_at(pfn) ? SPB_RULE_NONE : SPB_RULE_FREE_CONTIG;
}
