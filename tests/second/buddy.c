// SPDX-License-Identifier: GPL-2.0-only
/* Buddy lists and nothing else: see buddy.h. */
#include "tests/second/buddy.h"

#include "shim/bug.h"
#include "spb/event.h"
#include "spb/gfp.h"

static struct second_page *page_of(struct spb_core *core, u32 pfn)
{
	return &core->pages[pfn - core->min_pfn];
}

static struct second_zone *zone_of(struct spb_core *core, u32 pfn)
{
	for (unsigned int i = 0; i < SECOND_ZONES; i++)
		if (pfn - core->zones[i].start < core->zones[i].end - core->zones[i].start)
			return &core->zones[i];
	return NULL;
}

static void tell(struct spb_core *core, enum spb_event_type type, const struct second_zone *zone,
		 u32 pfn, unsigned int order)
{
	const struct spb_event event = {
		.type = (u8)type,
		.step = SPB_STEP_OWN,
		.zone = (u8)(zone - core->zones),
		.order = (u8)order,
		.spb = SPB_NO_SPB,
		.pfn = pfn,
	};

	shim_event(&event);
}

/* The first page gets a state, those after it that of its tail. */
static void mark(struct spb_core *core, u32 pfn, unsigned int order, enum second_state state)
{
	for (u32 i = 0; i < 1u << order; i++) {
		struct second_page *page = page_of(core, pfn + i);

		shim_touch(page);
		WRITE_ONCE(page->state, i ? state + 1u : state);
		WRITE_ONCE(page->order, order);
		page->owner = 0;
	}
}

static void put(struct spb_core *core, struct second_zone *zone, u32 pfn, unsigned int order)
{
	mark(core, pfn, order, SECOND_FREE);
	list_add(&page_of(core, pfn)->list, &zone->free[order]);
	zone->nr_free += 1u << order;
}

static void take(struct spb_core *core, struct second_zone *zone, u32 pfn, unsigned int order)
{
	list_del(&page_of(core, pfn)->list);
	zone->nr_free -= 1u << order;
}

static bool can_merge(struct spb_core *core, const struct second_zone *zone, u32 pfn,
		      unsigned int order)
{
	u32 buddy = pfn ^ 1u << order;

	return order < core->config.max_order && buddy >= zone->start &&
	       buddy + (1u << order) <= zone->end &&
	       page_of(core, buddy)->state == SECOND_FREE && page_of(core, buddy)->order == order;
}

static void give_back(struct spb_core *core, struct second_zone *zone, u32 pfn, unsigned int order)
{
	while (can_merge(core, zone, pfn, order)) {
		u32 buddy = pfn ^ 1u << order;

		take(core, zone, buddy, order);
		pfn &= ~(1u << order);
		order++;
	}
	put(core, zone, pfn, order);
}

/* --- set-up --- */

const char *second_check(const struct spb_config *config)
{
	return config->max_order < SECOND_ORDERS ? NULL : "orders above 10";
}

static void find_borders(const struct spb_config *config, u32 *min, u32 *max)
{
	*min = ~0u;
	*max = 0;
	for (unsigned int i = 0; i < SECOND_ZONES; i++) {
		const struct spb_zone_config *zone =
			&config->zones[i / MAX_NR_ZONES][i % MAX_NR_ZONES];

		if (!zone->nr_pages)
			continue;
		*min = min(*min, zone->start_pfn);
		*max = max(*max, zone->start_pfn + zone->nr_pages);
	}
	*min = ALIGN_DOWN(*min, 1u << config->max_order);
	*max = ALIGN_UP(*max, 1u << config->max_order);
}

shim_size second_size(const struct spb_config *config)
{
	u32 min, max;

	find_borders(config, &min, &max);
	return ALIGN_UP(sizeof(struct spb_core) + (max - min) * sizeof(struct second_page),
			SHIM_LINE);
}

static bool is_memory(const struct spb_config *config, u32 pfn)
{
	for (unsigned int i = 0; i < config->nr_ranges; i++) {
		const struct spb_range *range = &config->ranges[i];

		if (range->kind != SPB_RANGE_CMA && pfn - range->start_pfn < range->nr_pages)
			return false;
	}
	return true;
}

int second_init(void *memory, const struct spb_config *config)
{
	struct spb_core *core = memory;

	core->config = *config;
	find_borders(config, &core->min_pfn, &core->max_pfn);
	for (unsigned int i = 0; i < SECOND_ZONES; i++) {
		const struct spb_zone_config *from =
			&config->zones[i / MAX_NR_ZONES][i % MAX_NR_ZONES];
		struct second_zone *zone = &core->zones[i];

		spin_lock_init(&zone->lock, LOCK_ZONE);
		for (unsigned int order = 0; order < SECOND_ORDERS; order++)
			INIT_LIST_HEAD(&zone->free[order]);
		zone->start = from->start_pfn;
		zone->end = from->start_pfn + from->nr_pages;
		for (u32 pfn = zone->start; pfn < zone->end; pfn++)
			if (is_memory(config, pfn))
				give_back(core, zone, pfn, 0);
	}
	return 0;
}

/* --- allocation --- */

static u32 take_from(struct spb_core *core, struct second_zone *zone, unsigned int order)
{
	u32 pfn = SECOND_NO_PFN;
	unsigned long flags;
	unsigned int from;

	spin_lock_irqsave(&zone->lock, flags);
	for (from = order; from <= core->config.max_order; from++)
		if (!list_empty(&zone->free[from]))
			break;
	if (from <= core->config.max_order) {
		const struct second_page *page =
			list_first_entry(&zone->free[from], struct second_page, list);

		pfn = core->min_pfn + (u32)(page - core->pages);
		take(core, zone, pfn, from);
		while (from > order) {
			from--;
			put(core, zone, pfn + (1u << from), from);
		}
		mark(core, pfn, order, SECOND_USED);
		tell(core, SPB_EV_ALLOC, zone, pfn, order);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return pfn;
}

static unsigned int highest_type(gfp_t gfp)
{
	if (gfp & __GFP_DMA32)
		return ZONE_DMA32;
	return (gfp & __GFP_HIGHMEM) && (gfp & __GFP_MOVABLE) ? ZONE_MOVABLE : ZONE_NORMAL;
}

static u32 take_anywhere(struct spb_core *core, gfp_t gfp, unsigned int order, unsigned int nid,
			 u32 nodemask)
{
	for (unsigned int n = 0; n < core->config.nr_nodes; n++) {
		unsigned int node = (nid + n) % core->config.nr_nodes;

		if ((n && (gfp & __GFP_THISNODE)) || (nodemask && !(nodemask >> node & 1)))
			continue;
		for (unsigned int type = highest_type(gfp) + 1; type-- > 0;) {
			u32 pfn = take_from(core, &core->zones[node * MAX_NR_ZONES + type], order);

			if (pfn != SECOND_NO_PFN)
				return pfn;
		}
	}
	return SECOND_NO_PFN;
}

static bool is_bad(const struct spb_core *core, gfp_t gfp, unsigned int order, unsigned int nid,
		   u32 nodemask)
{
	u32 online = (1u << core->config.nr_nodes) - 1;
	bool never = gfp & __GFP_NOFAIL;

	return bad_call(order > core->config.max_order, SPB_RULE_ALLOC_ORDER) ||
	       bad_call(!!(gfp & __GFP_DMA) + !!(gfp & __GFP_HIGHMEM) + !!(gfp & __GFP_DMA32) > 1,
			SPB_RULE_ALLOC_ZONE_BITS) ||
	       bad_call((gfp & __GFP_MOVABLE) && (gfp & __GFP_RECLAIMABLE),
			SPB_RULE_ALLOC_MOBILITY_BITS) ||
	       bad_call(never && order > 1, SPB_RULE_ALLOC_NOFAIL_ORDER) ||
	       bad_call(never && !(gfp & __GFP_DIRECT_RECLAIM), SPB_RULE_ALLOC_NOFAIL_ATOMIC) ||
	       bad_call(never && (gfp & __GFP_MEMALLOC), SPB_RULE_ALLOC_NOFAIL_MEMALLOC) ||
	       bad_call(nid >= core->config.nr_nodes || (nodemask && !(nodemask & online)),
			SPB_RULE_ALLOC_NODE);
}

u32 second_alloc(gfp_t gfp, unsigned int order, unsigned int nid, u32 nodemask)
{
	struct spb_core *core = shim_core();
	u32 pfn;

	if (is_bad(core, gfp, order, nid, nodemask))
		return SECOND_NO_PFN;
	pfn = take_anywhere(core, gfp, order, nid, nodemask);
	while (pfn == SECOND_NO_PFN && (gfp & __GFP_NOFAIL)) {
		if (!shim_out_of_memory()) {
			tell(core, SPB_EV_BLOCKED, &core->zones[0], SPB_NO_PFN, order);
			break;
		}
		pfn = take_anywhere(core, gfp, order, nid, nodemask);
	}
	return pfn;
}

/* --- what is held --- */

/* Before a lock is taken, and beside others who change it if it is a mistake. Return: it is. */
static bool is_not_held(struct spb_core *core, u32 pfn, unsigned int order)
{
	const struct second_page *page = page_of(core, pfn);
	u32 state = READ_ONCE(page->state);

	return bad_call(state == SECOND_NONE, SPB_RULE_FREE_RESERVED) ||
	       bad_call(state == SECOND_FREE || state == SECOND_FREE_TAIL, SPB_RULE_FREE_FREE) ||
	       bad_call(state == SECOND_USED_TAIL, SPB_RULE_FREE_TAIL) ||
	       bad_call(READ_ONCE(page->order) != order, SPB_RULE_FREE_ORDER);
}

/* Return: NULL after a refusal. */
static struct second_zone *zone_to_change(struct spb_core *core, u32 pfn)
{
	struct second_zone *zone;

	if (bad_call(pfn - core->min_pfn >= core->max_pfn - core->min_pfn, SPB_RULE_FREE_PFN))
		return NULL;
	zone = zone_of(core, pfn);
	return bad_call(!zone, SPB_RULE_FREE_RESERVED) ? NULL : zone;
}

void second_free(u32 pfn, unsigned int order)
{
	struct spb_core *core = shim_core();
	struct second_zone *zone = zone_to_change(core, pfn);
	unsigned long flags;

	if (!zone || is_not_held(core, pfn, order))
		return;
	spin_lock_irqsave(&zone->lock, flags);
	give_back(core, zone, pfn, order);
	tell(core, SPB_EV_FREE, zone, pfn, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

int second_split(u32 pfn, unsigned int order, unsigned int new_order)
{
	struct spb_core *core = shim_core();
	struct second_zone *zone = zone_to_change(core, pfn);
	unsigned long flags;

	if (!zone || is_not_held(core, pfn, order) ||
	    bad_call(new_order >= order, SPB_RULE_SPLIT_ORDER))
		return -EINVAL;
	spin_lock_irqsave(&zone->lock, flags);
	for (u32 i = 0; i < 1u << order; i += 1u << new_order)
		mark(core, pfn + i, new_order, SECOND_USED);
	spin_unlock_irqrestore(&zone->lock, flags);
	return 0;
}

void second_set_owner(u32 pfn, u32 owner)
{
	struct second_page *page = page_of(shim_core(), pfn);

	shim_touch(page);
	page->owner = owner;
}
