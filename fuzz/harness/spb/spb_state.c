// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page about a finding shows of superpageblocks, zones and pageblocks: see struct allocator.
 * Follows no list: what is shown may be what is broken.
 */
#include <stdio.h>

#include "fuzz/harness/spb/spb_state.h"
#include "fuzz/harness/spb/spb_view.h"

/* Longer than any value below. */
#define ROOM 1024

static size_t numbers(char *to, size_t used, const u32 *from, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		used += (size_t)snprintf(to + used, ROOM - used, "%s%u", i ? "," : "", from[i]);
	return used;
}

/* [zone, first block, blocks, category, fullness, counters, [buddies by order]] */
static void tell_spb(const struct superpageblock *sb, tell_state tell)
{
	struct spb_span span = spb_span_of(sb);
	const u32 head[] = {
		sb->zone->index, (u32)(span.blocks - this_core()->pageblock_map), span.nr_blocks,
		sb->category, sb->fullness, sb->nr_free, sb->nr_unmovable, sb->nr_reclaimable,
		sb->nr_movable, sb->nr_reserved, sb->nr_free_pages, sb->contig_allocated,
		sb->defrag_active,
	};
	char text[ROOM] = "[";
	u32 buddies[NR_PAGE_ORDERS];
	size_t used;

	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		buddies[order] = sb->free_area[order].nr_free;
	used = numbers(text, 1, head, ARRAY_SIZE(head));
	used += (size_t)snprintf(text + used, ROOM - used, ",[");
	used = numbers(text, used, buddies, max_page_order + 1);
	snprintf(text + used, ROOM - used, "]]");
	tell('s', (unsigned int)(sb - this_core()->spbs), text);
}

/* [counters, marks, [per-CPU pages], [[buddies by type] by order]] */
static void tell_zone(const struct zone *zone, tell_state tell)
{
	const u32 head[] = {
		zone->zone_start_pfn, zone->spanned_pages, zone->nr_free_pages, zone->nr_free_cma,
		zone->nr_free_highatomic, zone->nr_reserved_highatomic, zone->nr_isolate_pageblock,
		zone->nr_tainted, zone->_watermark[WMARK_MIN], zone->_watermark[WMARK_LOW],
		zone->_watermark[WMARK_HIGH],
	};
	char text[ROOM] = "[";
	u32 pcp[SPB_MAX_CPUS];
	size_t used;

	for (unsigned int cpu = 0; cpu < SPB_MAX_CPUS; cpu++)
		pcp[cpu] = zone->per_cpu_pageset[cpu].count;
	used = numbers(text, 1, head, ARRAY_SIZE(head));
	used += (size_t)snprintf(text + used, ROOM - used, ",[");
	used = numbers(text, used, pcp, SPB_MAX_CPUS);
	used += (size_t)snprintf(text + used, ROOM - used, "],[");
	for (unsigned int order = 0; order <= max_page_order; order++) {
		used += (size_t)snprintf(text + used, ROOM - used, order ? ",[" : "[");
		used = numbers(text, used, zone->area[order].nr_list, MIGRATE_TYPES);
		used += (size_t)snprintf(text + used, ROOM - used, "]");
	}
	snprintf(text + used, ROOM - used, "]]");
	tell('z', zone->index, text);
}

void spb_tell_state(tell_state tell)
{
	u32 blocks = (this_core()->max_pfn - this_core()->min_pfn + pageblock_nr_pages - 1) >>
		     pageblock_order;
	char text[16];

	for (u32 i = 0; i < this_core()->nr_spbs; i++)
		tell_spb(&this_core()->spbs[i], tell);
	for_each_zone_index(index)
		if (populated_zone(zone_by_index(index)))
			tell_zone(zone_by_index(index), tell);
	for (u32 i = 0; i < blocks; i++) {
		snprintf(text, sizeof(text), "%u", this_core()->pageblock_map[i].flags);
		tell('l', i, text);
	}
}
