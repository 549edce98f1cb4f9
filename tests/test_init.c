// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a configuration to a fresh allocator: which configurations are refused, where
 * everything lies, and what each part says before the first request.
 */
#include "tests/fixture.h"

#include <string.h>

#define Z(start, nr) ((struct spb_zone_config){ (start), (nr) })

static void assert_refused(const struct spb_config *config, const char *why)
{
	struct spb_core core;

	assert_non_null(spb_config_check(config));
	assert_string_equal(spb_config_check(config), why);
	assert_int_equal(spb_arena_size(config), 0);
	assert_int_equal(spb_core_init(&core, config), -EINVAL);
}

static void assert_accepted(const struct spb_config *config)
{
	const char *why = spb_config_check(config);

	if (why)
		fail_msg("refused: %s", why);
	assert_true(spb_arena_size(config) > 0);
}

/* --- what is refused --- */

TEST(orders_have_limits)
{
	struct spb_config config = fx_config(2);

	config.block_order = 0;
	assert_refused(&config, "block_order is not between 1 and max_order");
	config.block_order = 1;
	assert_accepted(&config);
	config.block_order = 5;
	assert_refused(&config, "block_order is not between 1 and max_order");
	config.block_order = config.max_order = 4;
	assert_accepted(&config);
	config.max_order = MAX_PAGE_ORDER;
	assert_accepted(&config);
	config.max_order = MAX_PAGE_ORDER + 1;
	assert_refused(&config, "max_order is above MAX_PAGE_ORDER");
}

TEST(counts_have_limits)
{
	struct spb_config config = fx_config(2);

	config.pageblocks_per_spb = 0;
	assert_refused(&config, "a superpageblock has no pageblock");
	config.pageblocks_per_spb = 1;
	assert_accepted(&config);

	config = fx_config(2);
	config.nr_nodes = 0;
	assert_refused(&config, "nr_nodes is not between 1 and MAX_NUMNODES");
	config.nr_nodes = MAX_NUMNODES;
	assert_accepted(&config);
	config.nr_nodes = MAX_NUMNODES + 1;
	assert_refused(&config, "nr_nodes is not between 1 and MAX_NUMNODES");

	config = fx_config(2);
	config.nr_cpus = 0;
	assert_refused(&config, "nr_cpus is not between 1 and SPB_MAX_CPUS");
	config.nr_cpus = SPB_MAX_CPUS;
	assert_accepted(&config);
	config.nr_cpus = SPB_MAX_CPUS + 1;
	assert_refused(&config, "nr_cpus is not between 1 and SPB_MAX_CPUS");

	config = fx_config(2);
	config.nr_ranges = SPB_MAX_RANGES;
	assert_accepted(&config);
	config.nr_ranges = SPB_MAX_RANGES + 1;
	assert_refused(&config, "nr_ranges is above SPB_MAX_RANGES");

	config = fx_config(2);
	config.tunables.reserve_divisor = 0;
	assert_refused(&config, "reserve_divisor is 0");
}

TEST(an_index_must_name_every_superpageblock)
{
	struct spb_config config = fx_config(2);

	config.pageblocks_per_spb = 1;
	config.zones[0][ZONE_NORMAL] = Z(0, (SPB_NO_SPB - 1) * FX_BLOCK);
	assert_accepted(&config);
	config.zones[0][ZONE_NORMAL].nr_pages += 1;
	assert_refused(&config, "more superpageblocks than an index can name");
}

TEST(zones_end_below_2_to_the_30)
{
	struct spb_config config = fx_config(2);

	config.zones[0][ZONE_NORMAL] = Z((1u << 30) - 16, 16);
	assert_accepted(&config);
	config.zones[0][ZONE_NORMAL].nr_pages = 17;
	assert_refused(&config, "a zone ends beyond pfn 2^30");
	/* The first zone is one like the others. */
	config = fx_config(2);
	config.zones[0][ZONE_DMA32] = Z((1u << 30) - 16, 17);
	assert_refused(&config, "a zone ends beyond pfn 2^30");
	config.zones[0][ZONE_DMA32] = Z(0, 16);
	config.zones[0][ZONE_NORMAL] = Z(0, 0);
	assert_accepted(&config);
	config = fx_config(2);
	config.zones[0][ZONE_NORMAL] = Z(0xfffffff0u, 32);
	assert_refused(&config, "a zone ends beyond pfn 2^30");
	config.zones[0][ZONE_NORMAL].nr_pages = 0;
	config.zones[0][ZONE_NORMAL].start_pfn = 0;
	assert_refused(&config, "no zone has memory");
}

/*
 *   block 2  |    |    |    |
 *   zones    DDDDDNNN             in one pageblock: refused, whichever comes first
 */
TEST(zones_share_no_pageblock)
{
	struct spb_config config = fx_config(2);
	const char *why = "two zones overlap or share a pageblock";

	config.zones[0][ZONE_DMA32] = Z(60, 4);
	assert_accepted(&config);
	config.zones[0][ZONE_DMA32] = Z(60, 5);
	assert_refused(&config, why);
	config.zones[0][ZONE_DMA32] = Z(96, 4);
	assert_accepted(&config);
	config.zones[0][ZONE_DMA32] = Z(95, 4);
	assert_refused(&config, why);
	/* Neither ends at a border. */
	config.zones[0][ZONE_NORMAL] = Z(64, 5);
	config.zones[0][ZONE_DMA32] = Z(70, 2);
	assert_refused(&config, why);
	config.zones[0][ZONE_DMA32] = Z(73, 2);
	assert_accepted(&config);
	config.zones[0][ZONE_NORMAL] = Z(75, 5);
	assert_refused(&config, why);
	config.zones[0][ZONE_NORMAL] = Z(77, 5);
	assert_accepted(&config);
	/* Another node is no other memory; a zone without pages is nowhere. */
	config = fx_config(2);
	config.nr_nodes = 2;
	config.zones[1][ZONE_MOVABLE] = Z(80, 4);
	assert_refused(&config, why);
	config.zones[1][ZONE_MOVABLE] = Z(80, 0);
	assert_accepted(&config);
	/* What the configuration does not count does not matter. */
	config.zones[1][ZONE_MOVABLE] = Z(80, 4);
	config.nr_nodes = 1;
	assert_accepted(&config);
}

TEST(ranges_are_of_a_kind_and_below_2_to_the_30)
{
	struct spb_config config = fx_config(2);

	config.nr_ranges = 1;
	config.ranges[0] = (struct spb_range){ (1u << 30) - 8, 8, SPB_RANGE_CMA };
	assert_accepted(&config);
	config.ranges[0].nr_pages = 9;
	assert_refused(&config, "a range ends beyond pfn 2^30");
	config.ranges[0].start_pfn = 0xfffffff0u;
	config.ranges[0].nr_pages = 32;
	assert_refused(&config, "a range ends beyond pfn 2^30");
	config.ranges[0] = (struct spb_range){ 0, 8, SPB_RANGE_CMA + 1 };
	assert_refused(&config, "a range is of a kind that does not exist");
	/* Beyond those that count, anything may stand. */
	config.nr_ranges = 0;
	assert_accepted(&config);
}

TEST(a_zone_without_pages_is_none)
{
	struct spb_config config = fx_config(2);

	config.zones[0][ZONE_DMA32] = Z(0xffffffffu, 0);
	assert_accepted(&config);
}

/* --- where everything lies --- */

/* Where the next part begins: behind a gap. */
static size_t part_end(size_t size)
{
	return (size + SHIM_LINE - 1) / SHIM_LINE * SHIM_LINE + SHIM_GAP;
}

TEST(parts_follow_each_other)
{
	struct spb_config config = fx_config(3);
	const struct spb_core *core;
	size_t spbs = part_end(sizeof(*core)), blocks, pages;

	config.nr_nodes = 2;
	/* 62 to 63 is half a pageblock: the map begins at 60, in the fourth superpageblock. */
	config.zones[0][ZONE_DMA32] = Z(62, 2);
	config.zones[1][ZONE_NORMAL] = Z(1600, 33);
	fx_start(&config);
	core = this_core();
	assert_int_equal(core->min_pfn, 60);
	assert_int_equal(core->max_pfn, 1636);
	assert_int_equal(core->nr_spbs, 1 + 3 + 3);
	assert_int_equal(core->now, INITIAL_JIFFIES);
	blocks = part_end(spbs + core->nr_spbs * sizeof(struct superpageblock));
	pages = part_end(blocks + 1576 / FX_BLOCK * sizeof(struct pageblock_data));
	assert_int_equal((const char *)core->spbs - (const char *)core, spbs);
	assert_int_equal((const char *)core->pageblock_map - (const char *)core, blocks);
	assert_int_equal((const char *)core->mem_map - (const char *)core, pages);
	assert_int_equal(spb_arena_size(&config), part_end(pages + 1576 * sizeof(struct page)));
	fx_finish();
}

TEST(superpageblocks_are_counted_at_borders)
{
	struct spb_config config = fx_config(2);
	const struct zone *zone;

	config.zones[0][ZONE_NORMAL] = Z(79, 18);
	fx_start(&config);
	zone = fx_zone();
	assert_int_equal(zone->nr_superpageblocks, 3);
	assert_int_equal(zone->superpageblock_base_pfn, 64);
	assert_int_equal(zone->superpageblocks[0].total_pageblocks, 1);
	assert_int_equal(zone->superpageblocks[1].total_pageblocks, 4);
	assert_int_equal(zone->superpageblocks[2].total_pageblocks, 1);
	assert_int_equal(zone->superpageblocks[2].start_pfn, 96);
	assert_int_equal(zone->managed_pages, 18);
	assert_int_equal(zone->nr_free_pages, 18);
	assert_int_equal(zone->reclaim_pfn, 79);
	assert_int_equal(zone->compact_migrate_pfn, 79);
	fx_finish();
}

/* --- what each part says --- */

static unsigned int block_flags(uint32_t pfn)
{
	return pfn_to_pageblock(pfn)->flags;
}

TEST(pageblocks_say_what_they_lack)
{
	struct spb_config config = fx_config(2);

	config.zones[0][ZONE_DMA32] = Z(48, 6);
	config.nr_ranges = 4;
	config.ranges[0] = (struct spb_range){ 64, 3, SPB_RANGE_HOLE };
	config.ranges[1] = (struct spb_range){ 68, 4, SPB_RANGE_RESERVED };
	config.ranges[2] = (struct spb_range){ 72, 8, SPB_RANGE_CMA };
	config.ranges[3] = (struct spb_range){ 78, 1, SPB_RANGE_HOLE };
	fx_start(&config);
	assert_int_equal(block_flags(48), MIGRATE_MOVABLE | PB_all_free);
	assert_int_equal(block_flags(52), MIGRATE_MOVABLE | PB_partial);
	/* Between the zones, and a reserved one. */
	assert_int_equal(block_flags(56), PB_reserved);
	assert_int_equal(block_flags(60), PB_reserved);
	assert_int_equal(block_flags(64), MIGRATE_MOVABLE | PB_partial);
	assert_int_equal(block_flags(68), MIGRATE_MOVABLE | PB_reserved | PB_partial);
	/* CMA is for whole pageblocks. */
	assert_int_equal(block_flags(72), MIGRATE_CMA | PB_all_free);
	assert_int_equal(block_flags(76), MIGRATE_MOVABLE | PB_partial);
	assert_int_equal(block_flags(80), MIGRATE_MOVABLE | PB_all_free);
	for (uint32_t pfn = 54; pfn < 64; pfn++)
		assert_int_equal(pfn_to_page(pfn)->flags, PG_reserved);
	assert_int_equal(pfn_to_page(66)->flags, PG_reserved);
	assert_int_not_equal(pfn_to_page(67)->flags, PG_reserved);
	assert_int_equal(pfn_to_page(78)->flags, PG_reserved);
	assert_int_equal(fx_spb(1)->nr_reserved, 1);
	assert_int_equal(fx_spb(1)->total_pageblocks, 4);
	assert_int_equal(fx_spb(1)->nr_free, 1);
	fx_finish();
}

/* managed / divisor; * 5 / 4 + 1; * 3 / 2 + 2 */
TEST(watermarks_follow_from_the_size)
{
	struct spb_config config = fx_config(4);
	const struct zone *zone;

	fx_start(&config);
	zone = fx_zone();
	assert_int_equal(zone->_watermark[WMARK_HIGH], 0);
	config.wmark_divisor = 5;
	fx_start(&config);
	zone = fx_zone();
	assert_int_equal(zone->_watermark[WMARK_MIN], 12);
	assert_int_equal(zone->_watermark[WMARK_LOW], 16);
	assert_int_equal(zone->_watermark[WMARK_HIGH], 20);
	fx_finish();
}

/* A zone keeps a share of what is above it in its node from those who could go there. */
TEST(lowmem_is_kept_from_those_above)
{
	struct spb_config config = fx_config(4);
	const pg_data_t *node;

	config.nr_nodes = 2;
	config.lowmem_divisor = 4;
	config.zones[0][ZONE_DMA32] = Z(32, 16);
	config.zones[0][ZONE_MOVABLE] = Z(128, 32);
	config.zones[1][ZONE_MOVABLE] = Z(160, 64);
	fx_start(&config);
	node = NODE_DATA(0);
	assert_int_equal(node->node_zones[ZONE_DMA32].lowmem_reserve[ZONE_DMA32], 0);
	assert_int_equal(node->node_zones[ZONE_DMA32].lowmem_reserve[ZONE_NORMAL], 64 / 4);
	assert_int_equal(node->node_zones[ZONE_DMA32].lowmem_reserve[ZONE_MOVABLE], 96 / 4);
	assert_int_equal(node->node_zones[ZONE_NORMAL].lowmem_reserve[ZONE_NORMAL], 0);
	assert_int_equal(node->node_zones[ZONE_NORMAL].lowmem_reserve[ZONE_MOVABLE], 32 / 4);
	assert_int_equal(node->node_zones[ZONE_MOVABLE].lowmem_reserve[ZONE_MOVABLE], 0);
	fx_finish();
}

static void assert_zonelist(const struct zonelist *list, const char *want)
{
	char text[64] = "";

	for (const struct zoneref *ref = list->_zonerefs; ref->zone; ref++) {
		size_t at = strlen(text);

		assert_int_equal(ref->zone_idx, ref->zone->type);
		snprintf(text + at, sizeof(text) - at, "%u%c ", ref->zone->node,
			 "DNM"[ref->zone->type]);
	}
	assert_string_equal(text, want);
}

TEST(zonelists_are_rings_of_nodes)
{
	struct spb_config config = fx_config(1);

	config.nr_nodes = 3;
	config.zones[0][ZONE_DMA32] = Z(48, 16);
	config.zones[1][ZONE_MOVABLE] = Z(80, 16);
	config.zones[2][ZONE_NORMAL] = Z(96, 16);
	config.zones[2][ZONE_MOVABLE] = Z(112, 16);
	fx_start(&config);
	assert_zonelist(&NODE_DATA(0)->node_zonelists[ZONELIST_FALLBACK], "0N 0D 1M 2M 2N ");
	assert_zonelist(&NODE_DATA(1)->node_zonelists[ZONELIST_FALLBACK], "1M 2M 2N 0N 0D ");
	assert_zonelist(&NODE_DATA(2)->node_zonelists[ZONELIST_FALLBACK], "2M 2N 0N 0D 1M ");
	assert_zonelist(&NODE_DATA(0)->node_zonelists[ZONELIST_NOFALLBACK], "0N 0D ");
	assert_zonelist(&NODE_DATA(2)->node_zonelists[ZONELIST_NOFALLBACK], "2M 2N ");
	fx_finish();
}

TEST(work_knows_its_kind)
{
	struct spb_config config = fx_config(2);

	config.nr_nodes = 2;
	config.zones[1][ZONE_NORMAL] = Z(128, 16);
	fx_start(&config);
	for (unsigned int nid = 0; nid < 2; nid++) {
		assert_int_equal(NODE_DATA(nid)->node_id, nid);
		assert_int_equal(NODE_DATA(nid)->kswapd_work.kind, SPB_WORK_KSWAPD);
		assert_int_equal(NODE_DATA(nid)->shrink_work.kind, SPB_WORK_SHRINK);
		assert_int_equal(NODE_DATA(nid)->evacuate_work.kind, SPB_WORK_EVACUATE);
		assert_true(list_empty(&NODE_DATA(nid)->kswapd_work.entry));
	}
	for (unsigned int i = 0; i < this_core()->nr_spbs; i++) {
		assert_int_equal(this_core()->spbs[i].defrag_work.kind, SPB_WORK_DEFRAG);
		assert_true(list_empty(&this_core()->spbs[i].defrag_work.entry));
		assert_false(this_core()->spbs[i].defrag_work.pending);
	}
	fx_finish();
}

/* The ranges that a host restores as a whole: the core's head, nodes, superpageblocks, zones. */
TEST(ranges_to_restore_end_after_the_last_zone)
{
	struct spb_config config = fx_config(2);
	const struct spb_core *core;
	const void *start;
	shim_size size;

	config.nr_nodes = 2;
	config.zones[1][ZONE_MOVABLE] = Z(128, 16);
	fx_start(&config);
	core = this_core();
	for (unsigned int n = 0; n < 1 + 2 + 3 + 2; n++)
		assert_true(spb_restore_always(core, n, &start, &size));
	size = 0;
	assert_true(spb_restore_always(core, 0, &start, &size));
	assert_int_equal(size, offsetof(struct spb_core, nodes));
	size = 0;
	assert_true(spb_restore_always(core, 1, &start, &size));
	assert_int_equal(size, sizeof(pg_data_t) - offsetof(pg_data_t, node_zonelists));
	size = 0;
	assert_true(spb_restore_always(core, 3, &start, &size));
	assert_int_equal(size, offsetof(struct superpageblock, free_area));
	assert_true(spb_restore_always(core, 7, &start, &size));
	assert_ptr_equal(start, &core->nodes[1].node_zones[ZONE_MOVABLE]);
	assert_int_equal(size, sizeof(struct zone));
	assert_true(spb_restore_always(core, 6, &start, &size));
	assert_ptr_equal(start, &core->nodes[0].node_zones[ZONE_NORMAL]);
	assert_true(spb_restore_always(core, 3, &start, &size));
	assert_ptr_equal(start, &core->spbs[0]);
	assert_true(spb_restore_always(core, 2, &start, &size));
	assert_ptr_equal(start, &core->nodes[1].node_zonelists);
	assert_false(spb_restore_always(core, 8, &start, &size));
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(orders_have_limits),
		T(counts_have_limits),
		T(an_index_must_name_every_superpageblock),
		T(zones_end_below_2_to_the_30),
		T(zones_share_no_pageblock),
		T(ranges_are_of_a_kind_and_below_2_to_the_30),
		T(a_zone_without_pages_is_none),
		T(parts_follow_each_other),
		T(superpageblocks_are_counted_at_borders),
		T(pageblocks_say_what_they_lack),
		T(watermarks_follow_from_the_size),
		T(lowmem_is_kept_from_those_above),
		T(zonelists_are_rings_of_nodes),
		T(work_knows_its_kind),
		T(ranges_to_restore_end_after_the_last_zone),
	};

	return RUN(tests);
}
