// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a configuration to an allocator with all memory free.
 *
 *   arena:  | spb_core (nodes, zones) | superpageblocks | pageblocks | pages | summaries |
 *
 * Specified in S15.1 and S7.5 of docs/specification.md.
 */
#include "core/internal.h"
#include "core/summary.h"

/* --- the configuration --- */

struct layout {
	u32 min_pfn, max_pfn; /* at pageblock borders */
	u32 nr_spbs;
	shim_size spbs, pageblocks, pages, summaries, size; /* offsets, and the end */
};

static const struct spb_zone_config *config_zone(const struct spb_config *config,
						 unsigned int index)
{
	return &config->zones[index / MAX_NR_ZONES][index % MAX_NR_ZONES];
}

static u32 config_zone_end(const struct spb_zone_config *zone)
{
	return zone->start_pfn + zone->nr_pages;
}

static u32 config_zone_spbs(const struct spb_config *config, const struct spb_zone_config *zone)
{
	u32 pages = (u32)config->pageblocks_per_spb << config->block_order;

	if (!zone->nr_pages)
		return 0;
	return DIV_ROUND_UP(config_zone_end(zone), pages) - zone->start_pfn / pages;
}

/* Where the next part of an arena begins, after one that ends at @end, and a gap. */
static shim_size part_end(shim_size end)
{
	return ALIGN_UP(end, SHIM_LINE) + SHIM_GAP;
}

/* Bytes of the summary of a zone, if it has one. */
static shim_size config_summary_size(const struct spb_config *config, unsigned int index)
{
	u32 spbs = config_zone_spbs(config, config_zone(config, index));

	return config->chooser == SPB_CHOOSER_BITMAPS && spbs ? spb_summary_size(spbs) : 0;
}

static void config_layout(const struct spb_config *config, struct layout *l)
{
	u32 block = BIT(config->block_order);

	l->min_pfn = ~0U;
	l->max_pfn = 0;
	l->nr_spbs = 0;
	for (unsigned int i = 0; i < config->nr_nodes * MAX_NR_ZONES; i++) {
		const struct spb_zone_config *zone = config_zone(config, i);

		if (!zone->nr_pages)
			continue;
		l->min_pfn = min(l->min_pfn, ALIGN_DOWN(zone->start_pfn, block));
		l->max_pfn = max(l->max_pfn, ALIGN_UP(config_zone_end(zone), block));
		l->nr_spbs += config_zone_spbs(config, zone);
	}
	l->spbs = part_end(sizeof(struct spb_core));
	l->pageblocks = part_end(l->spbs + l->nr_spbs * sizeof(struct superpageblock));
	l->pages = part_end(l->pageblocks + ((l->max_pfn - l->min_pfn) >> config->block_order) *
						    sizeof(struct pageblock_data));
	l->summaries = part_end(l->pages + (l->max_pfn - l->min_pfn) * sizeof(struct page));
	l->size = l->summaries;
	for (unsigned int i = 0; i < config->nr_nodes * MAX_NR_ZONES; i++)
		l->size += config_summary_size(config, i);
	if (l->size != l->summaries)
		l->size = part_end(l->size);
}

/* Zones may not overlap, nor meet inside a pageblock. */
static bool zones_share_block(const struct spb_config *config, unsigned int a, unsigned int b)
{
	const struct spb_zone_config *za = config_zone(config, a), *zb = config_zone(config, b);
	u32 block = BIT(config->block_order);

	if (!za->nr_pages || !zb->nr_pages)
		return false;
	return ALIGN_DOWN(za->start_pfn, block) < ALIGN_UP(config_zone_end(zb), block) &&
	       ALIGN_DOWN(zb->start_pfn, block) < ALIGN_UP(config_zone_end(za), block);
}

static bool ends_too_far(u32 start_pfn, u32 nr_pages)
{
	return start_pfn > BIT(30) || nr_pages > BIT(30) - start_pfn;
}

static const char *check_ranges(const struct spb_config *config)
{
	for (unsigned int i = 0; i < config->nr_ranges; i++) {
		const struct spb_range *range = &config->ranges[i];

		if (range->kind > SPB_RANGE_CMA)
			return "a range is of a kind that does not exist";
		if (ends_too_far(range->start_pfn, range->nr_pages))
			return "a range ends beyond pfn 2^30";
	}
	return NULL;
}

static const char *check_zones(const struct spb_config *config)
{
	unsigned int nr = config->nr_nodes * MAX_NR_ZONES;
	bool any = false;

	for (unsigned int a = 0; a < nr; a++) {
		const struct spb_zone_config *zone = config_zone(config, a);

		if (!zone->nr_pages)
			continue;
		any = true;
		if (ends_too_far(zone->start_pfn, zone->nr_pages))
			return "a zone ends beyond pfn 2^30";
		for (unsigned int b = 0; b < a; b++)
			if (zones_share_block(config, a, b))
				return "two zones overlap or share a pageblock";
	}
	return any ? NULL : "no zone has memory";
}

const char *spb_config_check(const struct spb_config *config)
{
	struct layout l;
	const char *why;

	if (!config->block_order || config->block_order > config->max_order)
		return "block_order is not between 1 and max_order";
	if (config->max_order > MAX_PAGE_ORDER)
		return "max_order is above MAX_PAGE_ORDER";
	if (!config->pageblocks_per_spb)
		return "a superpageblock has no pageblock";
	if (!config->nr_nodes || config->nr_nodes > MAX_NUMNODES)
		return "nr_nodes is not between 1 and MAX_NUMNODES";
	if (!config->nr_cpus || config->nr_cpus > SPB_MAX_CPUS)
		return "nr_cpus is not between 1 and SPB_MAX_CPUS";
	if (config->nr_ranges > SPB_MAX_RANGES)
		return "nr_ranges is above SPB_MAX_RANGES";
	if (!config->tunables.reserve_divisor)
		return "reserve_divisor is 0";
	if (config->chooser > SPB_CHOOSER_BITMAPS)
		return "chooser is none";
	why = check_zones(config);
	if (!why)
		why = check_ranges(config);
	if (why)
		return why;
	config_layout(config, &l);
	return l.nr_spbs >= SPB_NO_SPB ? "more superpageblocks than an index can name" : NULL;
}

shim_size spb_arena_size(const struct spb_config *config)
{
	struct layout l;

	if (spb_config_check(config))
		return 0;
	config_layout(config, &l);
	return l.size;
}

/* --- building --- */

static bool in_range(const struct spb_config *config, u32 pfn, u32 kinds)
{
	for (unsigned int i = 0; i < config->nr_ranges; i++) {
		const struct spb_range *range = &config->ranges[i];

		if ((kinds & BIT(range->kind)) && pfn - range->start_pfn < range->nr_pages)
			return true;
	}
	return false;
}

static void init_work(struct work_struct *work, enum spb_work_kind kind)
{
	INIT_LIST_HEAD(&work->entry);
	work->kind = (u8)kind;
}

static void init_spb(struct zone *zone, struct superpageblock *sb, u32 start_pfn)
{
	sb->zone = zone;
	sb->start_pfn = start_pfn;
	init_work(&sb->defrag_work, SPB_WORK_DEFRAG);
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		for (int mt = 0; mt < MIGRATE_TYPES; mt++)
			INIT_LIST_HEAD(&sb->free_area[order].free_list[mt]);
	/* Nothing is in use yet; lowest pfn first. */
	sb->category = SB_EMPTY;
	list_add_tail(&sb->list, &zone->spb_empty);
}

static void init_zone_lists(struct zone *zone)
{
	spin_lock_init(&zone->lock, LOCK_ZONE);
	for (int cat = 0; cat < __NR_SB_CATEGORIES; cat++)
		for (int full = 0; full < __NR_SB_FULLNESS; full++)
			INIT_LIST_HEAD(&zone->spb_lists[cat][full]);
	INIT_LIST_HEAD(&zone->spb_empty);
	INIT_LIST_HEAD(&zone->spb_isolated);
	for (unsigned int cpu = 0; cpu < SPB_MAX_CPUS; cpu++) {
		struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];

		spin_lock_init(&pcp->lock, LOCK_PCP);
		for (unsigned int i = 0; i < NR_PCP_LISTS; i++)
			INIT_LIST_HEAD(&pcp->lists[i]);
	}
}

static u32 init_zone(struct spb_core *core, unsigned int index, u32 first_spb)
{
	const struct spb_zone_config *zc = config_zone(&core->config, index);
	struct zone *zone = &NODE_DATA(index / MAX_NR_ZONES)->node_zones[index % MAX_NR_ZONES];

	zone->index = (u8)index;
	zone->node = (u8)(index / MAX_NR_ZONES);
	zone->type = (u8)(index % MAX_NR_ZONES);
	zone->zone_start_pfn = zc->start_pfn;
	zone->spanned_pages = zc->nr_pages;
	zone->reclaim_pfn = zc->start_pfn;
	zone->compact_migrate_pfn = zc->start_pfn;
	zone->superpageblocks = &core->spbs[first_spb];
	zone->superpageblock_base_pfn = ALIGN_DOWN(zc->start_pfn, SUPERPAGEBLOCK_NR_PAGES);
	init_zone_lists(zone);
	zone->nr_superpageblocks = config_zone_spbs(&core->config, zc);
	for (u32 i = 0; i < zone->nr_superpageblocks; i++)
		init_spb(zone, &zone->superpageblocks[i],
			 zone->superpageblock_base_pfn + i * SUPERPAGEBLOCK_NR_PAGES);
	return zone->nr_superpageblocks;
}

static void init_summaries(struct spb_core *core, char *memory)
{
	for (unsigned int i = 0; i < nr_online_nodes * MAX_NR_ZONES; i++) {
		struct zone *zone = &NODE_DATA(i / MAX_NR_ZONES)->node_zones[i % MAX_NR_ZONES];
		shim_size size = config_summary_size(&core->config, i);

		if (size)
			spb_summary_init(zone, memory);
		memory += size;
	}
}

/* Label and file one pageblock, and tell which of its pages come to the allocator. */
static void init_pageblock(struct spb_core *core, struct zone *zone, u32 start)
{
	struct pageblock_data *pb = pfn_to_pageblock(start);
	u32 unusable = BIT(SPB_RANGE_HOLE) | BIT(SPB_RANGE_RESERVED);
	u32 usable = 0;
	struct superpageblock *sb =
		&zone->superpageblocks[(start - zone->superpageblock_base_pfn) /
				       SUPERPAGEBLOCK_NR_PAGES];

	for (u32 pfn = start; pfn < start + pageblock_nr_pages; pfn++) {
		if (pfn < zone->zone_start_pfn || pfn >= zone_end_pfn(zone) ||
		    in_range(&core->config, pfn, unusable))
			continue;
		pfn_to_page(pfn)->flags = (u32)zone->index << PG_ZONE_SHIFT;
		usable++;
	}
	pb->spb = spb_index(sb);
	pb->flags = MIGRATE_MOVABLE;
	if (usable == pageblock_nr_pages && in_range(&core->config, start, BIT(SPB_RANGE_CMA)))
		pb->flags = MIGRATE_CMA;
	if (!usable)
		pb->flags |= PB_reserved;
	if (usable < pageblock_nr_pages)
		pb->flags |= PB_partial;
	sb->total_pageblocks++;
	sb->nr_reserved = (u16)(sb->nr_reserved + !usable);
	zone->managed_pages += usable;
}

static void free_pageblock(struct zone *zone, u32 start)
{
	if (!(pfn_to_pageblock(start)->flags & PB_partial)) {
		__free_one_page(pfn_to_page(start), start, zone, pageblock_order);
		return;
	}
	for (u32 pfn = start; pfn < start + pageblock_nr_pages; pfn++)
		if (!(pfn_to_page(pfn)->flags & PG_reserved))
			__free_one_page(pfn_to_page(pfn), pfn, zone, 0);
}

static void init_zone_memory(struct spb_core *core, struct zone *zone)
{
	u32 start = pageblock_start_pfn(zone->zone_start_pfn), end = zone_end_pfn(zone);
	unsigned long flags;

	if (!zone->spanned_pages)
		return;
	for (u32 pfn = start; pfn < end; pfn += pageblock_nr_pages)
		init_pageblock(core, zone, pfn);
	spin_lock_irqsave(&zone->lock, flags);
	for (u32 pfn = start; pfn < end; pfn += pageblock_nr_pages)
		free_pageblock(zone, pfn);
	for (u32 i = 0; i < zone->nr_superpageblocks; i++)
		spb_update_list(&zone->superpageblocks[i]);
	spin_unlock_irqrestore(&zone->lock, flags);
}

static void init_watermarks(const struct spb_config *config, struct zone *zone)
{
	u32 above = 0;

	if (config->wmark_divisor) {
		u32 least = zone->managed_pages / config->wmark_divisor;

		zone->_watermark[WMARK_MIN] = least;
		zone->_watermark[WMARK_LOW] = least * 5 / 4 + 1;
		zone->_watermark[WMARK_HIGH] = least * 3 / 2 + 2;
	}
	for (unsigned int type = zone_idx(zone) + 1; type < MAX_NR_ZONES; type++) {
		above += NODE_DATA(zone->node)->node_zones[type].managed_pages;
		if (config->lowmem_divisor)
			zone->lowmem_reserve[type] = above / config->lowmem_divisor;
	}
}

/* This node first, then the following ones in a ring; within a node the highest type first. */
static void init_zonelist(struct zonelist *list, unsigned int nid, unsigned int nr_nodes)
{
	struct zoneref *ref = list->_zonerefs;

	for (unsigned int i = 0; i < nr_nodes; i++) {
		pg_data_t *node = NODE_DATA((nid + i) % nr_online_nodes);

		for (unsigned int type = MAX_NR_ZONES; type-- > 0;) {
			if (!populated_zone(&node->node_zones[type]))
				continue;
			ref->zone = &node->node_zones[type];
			ref->zone_idx = (u8)type;
			ref++;
		}
	}
}

static void init_node(unsigned int nid)
{
	pg_data_t *node = NODE_DATA(nid);

	node->node_id = (u8)nid;
	init_work(&node->kswapd_work, SPB_WORK_KSWAPD);
	init_work(&node->shrink_work, SPB_WORK_SHRINK);
	init_work(&node->evacuate_work, SPB_WORK_EVACUATE);
	init_zonelist(&node->node_zonelists[ZONELIST_FALLBACK], nid, nr_online_nodes);
	init_zonelist(&node->node_zonelists[ZONELIST_NOFALLBACK], nid, 1);
}

int spb_core_init(void *arena, const struct spb_config *config)
{
	struct spb_core *core = arena;
	struct layout l;
	u32 nr_spbs = 0;
	struct zone *zone;

	if (spb_config_check(config))
		return -EINVAL;
	config_layout(config, &l);
	arena_copy(&core->config, config, sizeof(*config));
	arena_copy(&core->tunables, &config->tunables, sizeof(config->tunables));
	core->now = INITIAL_JIFFIES;
	core->min_pfn = l.min_pfn;
	core->max_pfn = l.max_pfn;
	core->nr_spbs = l.nr_spbs;
	core->spbs = (void *)((char *)arena + l.spbs);
	core->pageblock_map = (void *)((char *)arena + l.pageblocks);
	core->mem_map = (void *)((char *)arena + l.pages);
	spin_lock_init(&core->work_lock, LOCK_WORK);
	INIT_LIST_HEAD(&core->work_list);

	for (u32 pfn = l.min_pfn; pfn < l.max_pfn; pfn++)
		pfn_to_page(pfn)->flags = PG_reserved;
	for (u32 pfn = l.min_pfn; pfn < l.max_pfn; pfn += pageblock_nr_pages)
		pfn_to_pageblock(pfn)->flags = PB_reserved;
	for (unsigned int i = 0; i < nr_online_nodes * MAX_NR_ZONES; i++)
		nr_spbs += init_zone(core, i, nr_spbs);
	init_summaries(core, (char *)arena + l.summaries);
	for (unsigned int i = 0; i < nr_online_nodes * MAX_NR_ZONES; i++)
		init_zone_memory(core, &NODE_DATA(i / MAX_NR_ZONES)->node_zones[i % MAX_NR_ZONES]);
	for_each_populated_zone(zone)
		init_watermarks(&core->config, zone);
	for (unsigned int nid = 0; nid < nr_online_nodes; nid++)
		init_node(nid);
	return 0;
}

/* --- reset --- */

/* The @n-th populated zone, or NULL with the number of them taken off @n. */
static struct zone *nth_zone(const struct spb_core *core, unsigned int *n)
{
	for (unsigned int i = 0; i < core->config.nr_nodes * MAX_NR_ZONES; i++) {
		const pg_data_t *node = &core->nodes[i / MAX_NR_ZONES];
		const struct zone *zone = &node->node_zones[i % MAX_NR_ZONES];

		if (populated_zone(zone) && !(*n)--)
			return (struct zone *)zone;
	}
	return NULL;
}

bool spb_restore_always(const struct spb_core *core, unsigned int n, const void **start,
			shim_size *size)
{
	const struct zone *zone;

	if (!n--) {
		*start = core;
		*size = offsetof(struct spb_core, nodes);
		return true;
	}
	if (n < core->config.nr_nodes) {
		*start = &core->nodes[n].node_zonelists;
		*size = sizeof(pg_data_t) - offsetof(pg_data_t, node_zonelists);
		return true;
	}
	n -= core->config.nr_nodes;
	if (n < core->nr_spbs) {
		*start = &core->spbs[n];
		*size = offsetof(struct superpageblock, free_area);
		return true;
	}
	n -= core->nr_spbs;
	zone = nth_zone(core, &n);
	*start = zone;
	*size = sizeof(*zone);
	return zone;
}
