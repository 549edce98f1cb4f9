// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which zones a request may use, and how far down it may take them.
 *
 *   free pages of a zone
 *   ├─ what the request cannot use: CMA, the highatomic reserve, all but one of its order
 *   ├─ min, low or high of the zone, and its boost; a right to a part of min
 *   ├─ what lower zones keep for requests that can use no other one
 *   └─ must be left
 */
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/policy/policy.h"
#include "spb/gfp.h"

/* Of requests that may have added to the highatomic reserve. */
static PROGRAM_STATE unsigned int largest_order;

void policy_zones_begin(void)
{
	largest_order = 0;
}

void policy_zones_asked(const struct kernel_request *asked)
{
	if (policy_may_make_reserve(asked) && asked->order > largest_order)
		largest_order = asked->order;
}

bool kernel_watch_reserved(void)
{
	return largest_order;
}

static enum kb_zone_kind highest_kind(uint32_t gfp)
{
	if (gfp & __GFP_DMA32)
		return KB_DMA32;
	if (gfp & __GFP_DMA)
		return KB_NORMAL; /* no tree here has a DMA zone */
	return (gfp & __GFP_HIGHMEM) && (gfp & __GFP_MOVABLE) ? KB_MOVABLE : KB_NORMAL;
}

static void add_node(struct zonelist *to, uint32_t nid)
{
	for (uint32_t i = kernel_map->nr_zones; i-- > 0;)
		if (kernel_map->zones[i].nid == nid && kernel_map->zones[i].kind <= to->kind)
			to->zone[to->nr++] = (uint8_t)i;
}

/* Of a policy that names none of the nodes that tasks may use nothing is left. */
static uint32_t nodes_of(uint32_t nodemask)
{
	return nodemask & kernel_nodes() ? nodemask & kernel_nodes() : kernel_nodes();
}

/* Its own node from the highest zone down, then the other one. */
void policy_zonelist(const struct kernel_request *asked, uint32_t nodemask, struct zonelist *out)
{
	uint32_t nodes = nodes_of(nodemask);

	*out = (struct zonelist){ .kind = highest_kind(asked->gfp) };
	for (uint32_t n = 0; n < KB_MAX_NODES; n++) {
		uint32_t nid = (asked->nid + n) % KB_MAX_NODES;

		if ((n && (asked->gfp & __GFP_THISNODE)) || !(nodes >> nid & 1))
			continue;
		add_node(out, nid);
	}
}

uint32_t policy_type(uint32_t gfp)
{
	return kernel_type(gfp & __GFP_MOVABLE     ? "Movable" :
			   gfp & __GFP_RECLAIMABLE ? "Reclaimable" :
						     "Unmovable");
}

bool policy_uses_cma(uint32_t gfp)
{
	return gfp & __GFP_MOVABLE;
}

/* Who cannot wait may go deeper, unless it says that it will not. */
static bool is_urgent(uint32_t gfp)
{
	return !(gfp & (__GFP_DIRECT_RECLAIM | __GFP_NOMEMALLOC));
}

bool policy_may_use_reserve(const struct kernel_request *asked)
{
	return is_urgent(asked->gfp);
}

bool policy_may_make_reserve(const struct kernel_request *asked)
{
	return is_urgent(asked->gfp) && (asked->gfp & __GFP_HIGH) && asked->order;
}

/* One percent in whole pageblocks; nothing where that is less than one. */
uint32_t policy_reserve_limit(uint32_t managed)
{
	uint32_t block = 1u << kernel_map->block_order, percent = managed / 100;

	return percent < block ? 0 : (percent + block - 1) & ~(block - 1);
}

static uint32_t not_for_it(const struct kb_look *zone, const struct kernel_request *asked,
			   enum right right)
{
	bool reserves = right == RIGHT_LEAST &&
			((asked->gfp & __GFP_HIGH) || is_urgent(asked->gfp));
	uint32_t pages = (1u << asked->order) - 1;

	if (!policy_uses_cma(asked->gfp))
		pages += zone->free_cma;
	if (!reserves)
		pages += zone->free_highatomic == KB_NO_PFN ? zone->reserve :
							       zone->free_highatomic;
	return pages;
}

static uint32_t mark_for(const struct kb_look *zone, const struct kernel_request *asked,
			 enum right right)
{
	uint32_t mark = zone->watermark[right == RIGHT_LOW] + zone->boost;

	if (right == RIGHT_LOW || !(asked->gfp & __GFP_HIGH))
		return mark;
	/* Of a single page the boost is forgotten. */
	if (right == RIGHT_LEAST && !asked->order)
		mark = zone->watermark[0];
	mark -= mark / 2;
	return right == RIGHT_LEAST && is_urgent(asked->gfp) ? mark - mark / 4 : mark;
}

bool policy_is_above(const struct kb_look *zone, const struct kernel_request *asked,
		     enum kb_zone_kind kind, enum right right, uint32_t more)
{
	uint64_t least;

	if (right != RIGHT_LOW && kernel_ignores_watermarks(asked->gfp))
		return true;
	least = (uint64_t)mark_for(zone, asked, right) + more + zone->lowmem_reserve[kind] +
		not_for_it(zone, asked, right);
	return zone->free > least;
}

bool policy_has_of(const struct kb_look *zone, uint32_t types, unsigned int order)
{
	for (; order <= kernel_map->max_order; order++)
		if (zone->filled[order] & types)
			return true;
	return false;
}

uint32_t policy_fallback_types(void)
{
	return 1u << kernel_type("Unmovable") | 1u << kernel_type("Movable") |
	       1u << kernel_type("Reclaimable");
}

bool policy_has(const struct kb_look *zone, uint32_t gfp, unsigned int order)
{
	uint32_t types = 1u << policy_type(gfp);

	if (policy_uses_cma(gfp))
		types |= 1u << kernel_type("CMA");
	return policy_has_of(zone, types, order);
}

/* --- boosts --- */

/* A pageblock at least, in zones that have some; what a factor says is of the high watermark. */
uint32_t policy_boost_limit(const struct kb_look *zone)
{
	uint32_t block = 1u << kernel_map->block_order;
	uint32_t most = (uint32_t)((uint64_t)zone->watermark[2] * kb_boost_factor() / 10000);

	if (!most || zone->managed < 4 * block)
		return 0;
	return most > block ? most : block;
}

void kernel_watch_marks(void)
{
	struct kb_look zones[KB_MAX_ZONES];
	uint32_t n;

	if (!policy_is_on())
		return;
	n = kb_look(zones);
	for (uint32_t i = 0; i < n; i++) {
		looked(BOOST_LIMIT);
		if (zones[i].boost)
			rule_broken(BOOST_LIMIT, "watermarks are new, those of zone %u are still "
						 "raised by %u pages", i, zones[i].boost);
	}
}

/* --- at the end of a program --- */

/* Zones for movable pages alone keep little, where the tree does not treat them as all others. */
static bool keeps_little(uint32_t number, const struct kb_look *zone)
{
	uint32_t min = zone->managed / 1024;

	min = min < 32 ? 32 : min > 128 ? 128 : min;
	return kernel_map->zones[number].kind == KB_MOVABLE && zone->watermark[0] == min;
}

/* Of min_free_kbytes each zone keeps a share by its size. */
static void check_shares(uint32_t number, const struct kb_look *zones)
{
	const struct kb_look *zone = &zones[number];

	for (uint32_t i = 0; i < number && !keeps_little(number, zone); i++) {
		uint64_t here = (uint64_t)zone->watermark[0] * zones[i].managed;
		uint64_t there = (uint64_t)zones[i].watermark[0] * zone->managed;
		uint64_t most = zone->managed > zones[i].managed ? zone->managed : zones[i].managed;

		if (kernel_map->zones[i].kind != KB_MOVABLE &&
		    (here > there ? here - there : there - here) > most)
			rule_broken(ZONE_MARKS,
				    "zone %u keeps min %u of %u pages, zone %u %u of %u", number,
				    zone->watermark[0], zone->managed, i, zones[i].watermark[0],
				    zones[i].managed);
	}
}

static void check_kept(uint32_t number, const struct kb_look *zones)
{
	static const uint32_t ratio[KB_NR_ZONE_KINDS] = { 256, 256, 32, 0 };
	const struct kb_look *zone = &zones[number];
	uint32_t kind = kernel_map->zones[number].kind, upper = 0;

	looked(ZONE_MARKS);
	if (zone->watermark[1] - zone->watermark[0] != zone->watermark[2] - zone->watermark[1])
		rule_broken(ZONE_MARKS, "zone %u: min %u, low %u, high %u are not at one distance",
			    number, zone->watermark[0], zone->watermark[1], zone->watermark[2]);
	for (uint32_t above = kind + 1; above < KB_NR_ZONE_KINDS; above++) {
		for (uint32_t i = 0; i < kernel_map->nr_zones; i++)
			if (kernel_map->zones[i].kind == above &&
			    kernel_map->zones[i].nid == kernel_map->zones[number].nid)
				upper += zones[i].managed;
		if (ratio[kind] && zone->lowmem_reserve[above] != upper / ratio[kind])
			rule_broken(ZONE_MARKS,
				    "zone %u keeps %u pages from requests that may use %u pages of "
				    "higher zones", number, zone->lowmem_reserve[above], upper);
	}
}

static void check_area(void)
{
	uint32_t start, pages, taken;

	if (!kb_cma_area(&start, &pages, &taken))
		return;
	looked(CMA_TAKEN);
	if (taken != kernel_held_of_cma())
		rule_broken(CMA_TAKEN,
			    "of the %u pages of the CMA area at %u its bitmap has %u as taken, %u "
			    "are held",
			    pages, start, taken, kernel_held_of_cma());
	looked(CMA_LABEL);
	for (uint32_t pfn = start; pfn < start + pages; pfn += 1u << kernel_map->block_order) {
		uint32_t label = kb_label(pfn);

		if (label != kernel_type("CMA") && label != kernel_type("Isolate"))
			rule_broken(CMA_LABEL, "page %u of the CMA area at %u is of type %s", pfn,
				    start, kernel_type_name(label));
	}
}

/* The last request that added to it saw less than the limit, whoever asked beside it. */
static void check_whole_reserve(uint32_t number, const struct kb_look *zone)
{
	uint32_t limit = policy_reserve_limit(zone->managed), block = 1u << kernel_map->block_order;
	uint32_t most = limit && 1u << largest_order > block ?
				limit - block + (1u << largest_order) : limit;

	looked(RESERVE_LIMIT);
	if (zone->reserve > most)
		rule_broken(RESERVE_LIMIT,
			    "the highatomic reserve of zone %u is %u pages in the end, one percent "
			    "of %u in pageblocks is %u",
			    number, zone->reserve, zone->managed, limit);
}

void policy_check_zones(void)
{
	struct kb_look zones[KB_MAX_ZONES];
	uint32_t n = kb_look(zones);

	for (uint32_t i = 0; i < n; i++) {
		check_whole_reserve(i, &zones[i]);
		check_kept(i, zones);
		check_shares(i, zones);
	}
	if (n)
		check_area();
}
