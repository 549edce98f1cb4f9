// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists, labels and counters of the kernel, counted again: at the end of a program, every
 * options.full_every operations, and for a report.
 *
 *   free lists     each entry is free, of the list's order, of its pageblock's label, aligned;
 *                  its buddy is not free as well; its pages have nothing of their former life
 *   per-CPU lists  each entry is a free page that is in no buddy, and has nothing either
 *   counters       what the lists have
 */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/adapter.h"
#include "fuzz/kernel/watch.h"

/* A counter that a tree does not have. */
#define NOT_COUNTED KB_NO_PFN

/**
 * struct count - what the lists of a zone have
 * @pages: of each type
 */
struct count {
	uint32_t zone;
	uint32_t entries[KB_MAX_ORDERS];
	uint32_t pages[KB_MAX_TYPES];
	uint32_t pcp;
};

/* --- one entry --- */

/* Of whole pageblocks those merge that fallbacks mix, and those of the CMA area. What is given back
 * of the highatomic reserve changes its label where it is. */
static bool do_merge(uint32_t type, uint32_t other)
{
	uint32_t most = kernel_type("Reclaimable");

	return !kernel_watch_reserved() &&
	       ((type <= most && other <= most) ||
		(type == other && type == kernel_type("CMA")));
}

static void check_buddy(const struct count *count, uint32_t pfn, uint32_t order, uint32_t type)
{
	uint32_t at = pfn ^ 1u << order;
	struct kb_page buddy;

	if (order >= kernel_map->max_order || kb_buddy_at(at) != order ||
	    (order >= kernel_map->block_order && !do_merge(type, kb_label(at))))
		return;
	if (kb_page(at, &buddy) && buddy.zone == count->zone && buddy.state == KB_PAGE_BUDDY &&
	    buddy.head == at && buddy.order == order)
		rule_broken(MERGE_LOST, "pages %u and %u are free and of order %u", pfn, at, order);
}

static void check_labels(uint32_t pfn, uint32_t order, uint32_t type)
{
	uint32_t block = 1u << kernel_map->block_order;

	for (uint32_t at = pfn; at < pfn + (1u << order); at += block) {
		uint32_t label = kb_label(at);

		if (label != KB_NO_PFN && label != type)
			rule_broken(ENTRY_TYPE, "page %u, order %u, is on list %s, its block is %s",
				    at, order, kernel_type_name(type), kernel_type_name(label));
	}
}

static void check_free_pages(uint32_t pfn, uint32_t nr)
{
	struct kb_page page;

	looked(FREE_PAGE_STATE);
	looked(PAGE_REFERENCES);
	pfn = kb_first_dirty(pfn, nr);
	if (pfn == KB_NO_PFN || !kb_page(pfn, &page))
		return;
	if (page.dirty)
		rule_broken(FREE_PAGE_STATE, "page %u is free and has %s of its former life", pfn,
			    page.dirty);
	if (page.refcount)
		rule_broken(PAGE_REFERENCES, "page %u is free and has %d references", pfn,
			    page.refcount);
}

static bool visit_free(void *data, uint32_t pfn, uint32_t order, uint32_t type)
{
	struct count *count = data;
	struct kb_page page;

	looked(ENTRY_STATE);
	if (order >= KB_MAX_ORDERS || type >= KB_MAX_TYPES)
		finding("harness", "a list of order %u, type %u", order, type);
	if (!kb_page(pfn, &page) || page.zone != count->zone || page.state != KB_PAGE_BUDDY ||
	    page.head != pfn)
		rule_broken(ENTRY_STATE, "page %u, on a list of order %u, is not free in zone %u",
			    pfn, order, count->zone);
	else if (page.order != order)
		rule_broken(ENTRY_ORDER, "page %u has order %u on a list of order %u", pfn,
			    page.order, order);
	else
		check_free_pages(pfn, 1u << order);
	if (pfn & ((1u << order) - 1))
		rule_broken(ENTRY_ALIGN, "page %u is free with order %u", pfn, order);
	check_labels(pfn, order, type);
	check_buddy(count, pfn, order, type);
	count->entries[order]++;
	count->pages[type] += 1u << order;
	return true;
}

static bool visit_pcp(void *data, uint32_t cpu, uint32_t pfn, uint32_t order, uint32_t type)
{
	struct count *count = data;
	struct kb_page page;

	looked(PCP_ENTRY);
	if (!kb_page(pfn, &page) || page.zone != count->zone || page.state != KB_PAGE_OTHER ||
	    pfn & ((1u << order) - 1))
		rule_broken(PCP_ENTRY, "page %u, on a list of CPU %u, order %u, %s, is not of it",
			    pfn, cpu, order, kernel_type_name(type));
	if (owner_in_use(pfn))
		rule_broken(PCP_ENTRY, "page %u, on a list of CPU %u, is in use", pfn, cpu);
	check_free_pages(pfn, 1u << order);
	count->pcp += 1u << order;
	return true;
}

static void walk(uint32_t zone, struct count *count)
{
	const char *wrong;

	memset(count, 0, sizeof(*count));
	count->zone = zone;
	wrong = kb_walk_free(zone, visit_free, count);
	if (!wrong)
		wrong = kb_walk_pcp(zone, visit_pcp, count);
	if (wrong)
		rule_broken(LIST_CORRUPT, "zone %u: %s", zone, wrong);
}

/* --- counters --- */

static uint32_t of_type(const struct count *count, const char *name)
{
	uint32_t type = kernel_type(name);

	return type < KB_MAX_TYPES ? count->pages[type] : 0;
}

/* @blocks: receives how many pageblocks of the zone have each label, and nothing for none */
static void count_labels(const struct kb_zone *zone, uint32_t blocks[KB_MAX_TYPES + 1])
{
	uint32_t block = 1u << kernel_map->block_order;

	memset(blocks, 0, (KB_MAX_TYPES + 1) * sizeof(blocks[0]));
	for (uint32_t pfn = zone->start & ~(block - 1); pfn < zone->end; pfn += block) {
		uint32_t label = kb_label(pfn < zone->start ? zone->start : pfn);

		if (label < KB_MAX_TYPES)
			blocks[label]++;
	}
}

#define compare(id, zone, what, said, found)                                                   \
	do {                                                                                   \
		uint32_t _said = (said), _found = (found);                                     \
		looked(id);                                                                    \
		if (_said != NOT_COUNTED && _said != _found)                                   \
			rule_broken(id, "zone %s of node %u counts %u " what ", there are %u", \
				    (zone)->name, (zone)->nid, _said, _found);                 \
	} while (0)

static void check_counters(const struct kb_zone *zone, const struct count *count)
{
	uint32_t blocks[KB_MAX_TYPES + 1], free = 0, reserve;

	for (unsigned int order = 0; order < KB_MAX_ORDERS; order++) {
		looked(FREE_AREA_COUNT);
		if (zone->nr_free[order] != count->entries[order])
			rule_broken(FREE_AREA_COUNT,
				    "zone %s of node %u counts %u of order %u, there are %u",
				    zone->name, zone->nid, zone->nr_free[order], order,
				    count->entries[order]);
		free += count->entries[order] << order;
	}
	compare(ZONE_FREE_PAGES, zone, "free pages", zone->counted.free,
		free - of_type(count, "Isolate"));
	compare(ZONE_FREE_CMA, zone, "free CMA pages", zone->counted.free_cma,
		of_type(count, "CMA"));
	compare(ZONE_FREE_HIGHATOMIC, zone, "free highatomic pages", zone->counted.free_highatomic,
		of_type(count, "HighAtomic"));
	count_labels(zone, blocks);
	reserve = blocks[kernel_type("HighAtomic")] << kernel_map->block_order;
	/* Isolation takes the label and leaves the count: docs/kernel.md. */
	if (!kernel_has_isolated || zone->counted.highatomic_reserve < reserve)
		compare(ZONE_HIGHATOMIC, zone, "pages of the highatomic reserve",
			zone->counted.highatomic_reserve, reserve);
	compare(ZONE_ISOLATED, zone, "isolated pageblocks", zone->counted.isolated,
		blocks[kernel_type("Isolate")]);
	compare(PCP_COUNT, zone, "pages on per-CPU lists", zone->counted.pcp, count->pcp);
}

/* --- what others ask for --- */

struct search {
	uint32_t pfn;
	unsigned int order;
	bool found;
};

static bool visit_to_find(void *data, uint32_t cpu, uint32_t pfn, uint32_t order, uint32_t type)
{
	struct search *search = data;

	(void)cpu;
	(void)type;
	if (pfn == search->pfn) {
		search->found = true;
		search->order = order;
	}
	return !search->found;
}

bool kernel_is_on_pcp(uint32_t pfn, uint32_t zone, unsigned int *order)
{
	struct search search = { .pfn = pfn };

	if (kb_walk_pcp(zone, visit_to_find, &search) || !search.found)
		return false;
	*order = search.order;
	return true;
}

static void check_zone(uint32_t number)
{
	struct count count;
	struct kb_zone zone;

	if (!kb_zone(number, &zone))
		finding("harness", "zone %u is gone", number);
	walk(number, &count);
	check_counters(&zone, &count);
}

static void full(struct run *run)
{
	(void)run;
	for (uint32_t zone = 0; zone < kernel_map->nr_zones; zone++)
		check_zone(zone);
	kernel_refs_check();
}

static bool look(struct run *run, unsigned int n)
{
	(void)run;
	if (n < kernel_map->nr_zones)
		check_zone(n);
	return n < kernel_map->nr_zones;
}

static void draw(FILE *out, const struct run *run, const struct finding_info *info)
{
	(void)run;
	(void)info;
	kernel_print_log(out);
}

const struct observer kernel_observer = {
	.name = "kernel",
	.rests = oracles_rest,
	.full = full,
	.look = look,
	.picture = draw,
};
