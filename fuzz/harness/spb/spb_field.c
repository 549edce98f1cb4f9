// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fields by address: see spb_field.h. The tables say what the head of include/spb/mmzone.h
 * says in words; what a table leaves out has no name of its own and no lock.
 */
#include "fuzz/harness/spb/spb_field.h"

#include <stdio.h>
#include <string.h>

#include "fuzz/harness/spb/spb_view.h"
#include "spb/alloc.h"
#include "spb/summary.h"

enum guard { GUARD_NONE, GUARD_ZONE, GUARD_PCP, GUARD_WORK };

struct field {
	const char *name;
	unsigned int start, size;
	enum guard guard;
};

#define F(type, field, guard)                                                              \
	{ #field, offsetof(type, field), sizeof(((type *)0)->field), GUARD_##guard }

/* A worker's kind never changes. */
#define WORK(type, work)                                                                   \
	F(type, work.entry, WORK), F(type, work.pending, WORK), F(type, work.running, WORK)

static const struct field spb_fields[] = {
	F(struct superpageblock, list, ZONE),
	F(struct superpageblock, nr_free_pages, ZONE),
	F(struct superpageblock, nr_reserved, NONE),
	F(struct superpageblock, nr_free, ZONE),
	F(struct superpageblock, nr_unmovable, ZONE),
	F(struct superpageblock, nr_reclaimable, ZONE),
	F(struct superpageblock, nr_movable, ZONE),
	F(struct superpageblock, contig_allocated, ZONE),
	F(struct superpageblock, category, ZONE),
	F(struct superpageblock, fullness, ZONE),
	F(struct superpageblock, defrag_active, ZONE),
	F(struct superpageblock, rows, ZONE),
	F(struct superpageblock, bucket, ZONE),
	F(struct superpageblock, below_reserve, ZONE),
	F(struct superpageblock, defrag_last_no_progress_jiffies, ZONE),
	WORK(struct superpageblock, defrag_work),
	F(struct superpageblock, free_area, ZONE),
};

static const struct field zone_fields[] = {
	F(struct zone, nr_free_pages, ZONE),
	F(struct zone, nr_free_cma, ZONE),
	F(struct zone, nr_free_highatomic, ZONE),
	F(struct zone, nr_reserved_highatomic, ZONE),
	F(struct zone, nr_isolate_pageblock, ZONE),
	F(struct zone, area, ZONE),
	F(struct zone, spb_lists, ZONE),
	F(struct zone, spb_empty, ZONE),
	F(struct zone, spb_isolated, ZONE),
	F(struct zone, nr_tainted, ZONE),
	F(struct zone, reclaim_pfn, NONE),
	F(struct zone, compact_migrate_pfn, NONE),
};

static const struct field pcp_fields[] = {
	F(struct per_cpu_pages, count, PCP),
	F(struct per_cpu_pages, lists, PCP),
};

static const struct field node_fields[] = {
	WORK(struct pglist_data, kswapd_work),
	WORK(struct pglist_data, shrink_work),
	WORK(struct pglist_data, evacuate_work),
	F(struct pglist_data, kswapd_order, NONE),
	F(struct pglist_data, evacuate_order, NONE),
	F(struct pglist_data, evacuate_migratetype, NONE),
};

static const struct field core_fields[] = {
	F(struct spb_core, tunables, NONE),
	F(struct spb_core, now, NONE),
	F(struct spb_core, work_list, WORK),
};

static const struct field page_fields[] = {
	F(struct page, flags, NONE),
	F(struct page, refcount, NONE),
	F(struct page, buddy_list, NONE),
	F(struct page, private, NONE),
	F(struct page, owner, NONE),
};

static const struct field block_fields[] = {
	F(struct pageblock_data, flags, ZONE),
};

/**
 * struct place - where in the arena an address is
 * @kind: of the structure; @index: which one; @pcp: of a per-CPU list, the CPU
 * @field: NULL for what no table names
 * @zone: that it belongs to, or NULL
 */
struct place {
	const char *kind;
	u32 index;
	unsigned int pcp;
	const struct field *field;
	const struct zone *zone;
};

#define NO_PCP (~0u)

static const struct field *find(const struct field *fields, size_t nr, size_t offset)
{
	for (size_t i = 0; i < nr; i++)
		if (offset - fields[i].start < fields[i].size)
			return &fields[i];
	return NULL;
}

#define FIND(fields, offset) find(fields, ARRAY_SIZE(fields), offset)

static struct place in_spb(size_t offset)
{
	u32 index = (u32)(offset / sizeof(struct superpageblock));

	return (struct place){
		.kind = "spb", .index = index, .pcp = NO_PCP,
		.field = FIND(spb_fields, offset % sizeof(struct superpageblock)),
		.zone = this_core()->spbs[index].zone,
	};
}

static struct place in_zone(const struct zone *zone, size_t offset)
{
	struct place place = { .kind = "zone", .index = zone->index, .pcp = NO_PCP, .zone = zone };
	size_t pcps = offsetof(struct zone, per_cpu_pageset);

	if (offset < pcps) {
		place.field = FIND(zone_fields, offset);
		return place;
	}
	place.pcp = (unsigned int)((offset - pcps) / sizeof(struct per_cpu_pages));
	place.field = FIND(pcp_fields, (offset - pcps) % sizeof(struct per_cpu_pages));
	return place;
}

static struct place in_core(size_t offset)
{
	size_t in_nodes = offset - offsetof(struct spb_core, nodes);
	size_t in_node = in_nodes % sizeof(pg_data_t);
	const pg_data_t *node;

	if (in_nodes >= sizeof(this_core()->nodes))
		return (struct place){ .kind = "core", .pcp = NO_PCP,
				       .field = FIND(core_fields, offset) };
	node = &this_core()->nodes[in_nodes / sizeof(pg_data_t)];
	if (in_node < sizeof(node->node_zones))
		return in_zone(&node->node_zones[in_node / sizeof(struct zone)],
			       in_node % sizeof(struct zone));
	return (struct place){ .kind = "node", .index = node->node_id, .pcp = NO_PCP,
			       .field = FIND(node_fields, in_node) };
}

/* The head of a summary, or its maps. */
static const struct field summary_fields[] = {
	F(struct spb_summary, rows, ZONE),
	F(struct spb_summary, nr_below_reserve, ZONE),
	F(struct spb_summary, reserve_min, ZONE),
	F(struct spb_summary, reserve_divisor, ZONE),
};

static const struct field summary_map = { "map", 0, ~0u, GUARD_ZONE };

/* Summaries lie behind the pages, in the order of their zones. */
static struct place in_summary(shim_uptr at)
{
	struct place place = { .kind = "summary", .pcp = NO_PCP };
	shim_uptr start = 0;

	for_each_zone_index(index) {
		const struct zone *zone = zone_by_index(index);

		if ((shim_uptr)zone->summary > at || !zone->summary)
			continue;
		place.zone = zone;
		place.index = index;
		start = (shim_uptr)zone->summary;
	}
	place.field = at - start < sizeof(struct spb_summary) ?
			      FIND(summary_fields, at - start) : &summary_map;
	return place;
}

static struct place place_of(size_t offset)
{
	const struct spb_core *core = this_core();
	shim_uptr at = (shim_uptr)core + offset;
	u32 pages = core->max_pfn - core->min_pfn;
	size_t spb = at - (shim_uptr)core->spbs, page = at - (shim_uptr)core->mem_map;
	size_t block = at - (shim_uptr)core->pageblock_map;

	if (at >= (shim_uptr)(core->mem_map + pages) && core->config.chooser)
		return in_summary(at);
	if (block >= DIV_ROUND_UP(pages, pageblock_nr_pages) * sizeof(struct pageblock_data))
		block = 0;
	if (offset < sizeof(*core))
		return in_core(offset);
	if (spb < core->nr_spbs * sizeof(struct superpageblock))
		return in_spb(spb);
	if (page < pages * sizeof(struct page))
		return (struct place){ .kind = "page", .pcp = NO_PCP,
				       .index = core->min_pfn + (u32)(page / sizeof(struct page)),
				       .field = FIND(page_fields, page % sizeof(struct page)) };
	return (struct place){
		.kind = "pageblock", .index = (u32)(block / sizeof(struct pageblock_data)),
		.pcp = NO_PCP,
		.field = FIND(block_fields, block % sizeof(struct pageblock_data)),
		.zone = core->spbs[core->pageblock_map[block / sizeof(struct pageblock_data)].spb]
				.zone,
	};
}

const char *spb_field_name(size_t offset, char *to, size_t room)
{
	struct place place = place_of(offset);
	const char *field = place.field ? place.field->name : "?";

	if (place.pcp != NO_PCP)
		snprintf(to, room, "%s %u pcp of CPU %u %s", place.kind, place.index, place.pcp,
			 field);
	else
		snprintf(to, room, "%s %u %s", place.kind, place.index, field);
	return to;
}

const spinlock_t *spb_field_lock(size_t offset)
{
	struct place place = place_of(offset);

	switch (place.field ? place.field->guard : GUARD_NONE) {
	case GUARD_ZONE:
		return &place.zone->lock;
	case GUARD_PCP:
		return &place.zone->per_cpu_pageset[place.pcp].lock;
	case GUARD_WORK:
		return &this_core()->work_lock;
	case GUARD_NONE:
		break;
	}
	return NULL;
}

bool spb_field_is_head(size_t offset)
{
	static const char *const heads[] = {
		"free_area", "spb_lists", "spb_empty", "spb_isolated", "lists", "work_list",
	};
	const struct field *field = place_of(offset).field;

	for (unsigned int i = 0; field && i < ARRAY_SIZE(heads); i++)
		if (!strcmp(field->name, heads[i]))
			return true;
	return false;
}
