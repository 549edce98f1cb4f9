// SPDX-License-Identifier: GPL-2.0-only
/*
 * What follows from a request: its allocation flags, which zones and free pages count for it,
 * which reserve it may use, and how bulk requests differ.
 */
#include "tests/fixture.h"

#define FULL "UUUU UUUU UUUU UUUU"
#define U MIGRATE_UNMOVABLE
#define SLEEPING (__GFP_DIRECT_RECLAIM | __GFP_IO)

/* --- flags --- */

TEST(nofragment_is_for_normal_zones)
{
	struct spb_config config = fx_config(2);
	struct zone *dma32;

	config.zones[0][ZONE_DMA32] = (struct spb_zone_config){ 48, 16 };
	fx_start(&config);
	dma32 = &NODE_DATA(0)->node_zones[ZONE_DMA32];
	assert_int_equal(alloc_flags_nofragment(fx_zone(), GFP_KERNEL),
			 ALLOC_KSWAPD | ALLOC_NOFRAGMENT);
	assert_int_equal(alloc_flags_nofragment(fx_zone(), 0), ALLOC_NOFRAGMENT);
	assert_int_equal(alloc_flags_nofragment(dma32, GFP_KERNEL), ALLOC_KSWAPD);
	assert_int_equal(alloc_flags_nofragment(dma32, 0), 0);
	assert_int_equal(alloc_flags_nofragment(NULL, GFP_KERNEL), ALLOC_KSWAPD);
	assert_int_equal(alloc_flags_nofragment(NULL, 0), 0);
	spb_set_tunable(SPB_TUNABLE_defrag, 1);
	assert_int_equal(alloc_flags_nofragment(dma32, GFP_KERNEL),
			 ALLOC_KSWAPD | ALLOC_NOFRAGMENT);
	fx_finish();
}

/* With several nodes, a node without DMA32 has nothing cheaper to fragment. */
TEST(nofragment_wants_a_dma32_zone_where_there_are_nodes)
{
	struct spb_config config = fx_config(2);

	config.nr_nodes = 2;
	config.zones[1][ZONE_NORMAL] = (struct spb_zone_config){ 96, 16 };
	config.zones[1][ZONE_DMA32] = (struct spb_zone_config){ 48, 16 };
	fx_start(&config);
	assert_int_equal(alloc_flags_nofragment(fx_zone(), GFP_KERNEL), ALLOC_KSWAPD);
	assert_int_equal(alloc_flags_nofragment(fx_zone(), 0), 0);
	assert_int_equal(alloc_flags_nofragment(&NODE_DATA(1)->node_zones[ZONE_NORMAL], 0),
			 ALLOC_NOFRAGMENT);
	fx_finish();
}

TEST(who_is_optional)
{
	static const struct {
		gfp_t gfp;
		unsigned int order;
		bool optional;
	} requests[] = {
		{ GFP_KERNEL, 2, false },
		{ GFP_KERNEL | __GFP_NORETRY, 2, true },
		{ GFP_KERNEL | __GFP_NORETRY, 0, false },
		{ GFP_KERNEL | __GFP_NORETRY | __GFP_RETRY_MAYFAIL, 2, false },
		{ GFP_KERNEL | __GFP_NORETRY | __GFP_MEMALLOC, 2, false },
		{ GFP_KERNEL | __GFP_NORETRY | __GFP_NOFAIL, 1, false },
		{ GFP_ATOMIC, 1, true },
		{ GFP_ATOMIC, 0, false },
		{ GFP_ATOMIC | __GFP_NOMEMALLOC, 1, false },
		{ GFP_ATOMIC | __GFP_MEMALLOC, 1, false },
	};

	fx_small(2);
	for (unsigned int i = 0; i < ARRAY_SIZE(requests); i++) {
		unsigned int flags =
			alloc_flags_policy(fx_zone(), requests[i].gfp, requests[i].order);

		assert_int_equal(!!(flags & ALLOC_HIGHORDER_OPTIONAL), requests[i].optional);
		assert_int_equal(!!(flags & ALLOC_NOFRAG_TAINTED_OK),
				 !!(requests[i].gfp & __GFP_DIRECT_RECLAIM));
	}
	spb_set_tunable(SPB_TUNABLE_optional_any_order, 1);
	assert_true(alloc_flags_policy(fx_zone(), GFP_ATOMIC, 0) & ALLOC_HIGHORDER_OPTIONAL);
	fx_finish();
}

/* --- zones --- */

TEST(only_highmem_and_movable_together_mean_the_movable_zone)
{
	struct spb_config config = fx_config(2);

	config.zones[0][ZONE_MOVABLE] = (struct spb_zone_config){ 96, 16 };
	fx_start(&config);
	assert_true(fx_alloc(GFP_HIGHUSER_MOVABLE, 0) >= 96);
	assert_true(fx_alloc(GFP_HIGHUSER, 0) < 96);
	assert_true(fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0) < 96);
	assert_true(fx_alloc(GFP_KERNEL | __GFP_HIGHMEM | __GFP_RECLAIMABLE, 0) < 96);
	fx_finish();
}

/* --- what counts as free --- */

/* 32 pages, of which 4 are CMA: they count for whoever may use them. */
TEST(cma_pages_count_for_movable_requests)
{
	struct spb_config config = fx_config(2);

	config.nr_ranges = 1;
	config.ranges[0] = (struct spb_range){ FX_PFN(1, 12), 4, SPB_RANGE_CMA };
	fx_start(&config);
	assert_true(zone_watermark_ok(fx_zone(), 0, 27, ZONE_NORMAL, 0));
	assert_false(zone_watermark_ok(fx_zone(), 0, 28, ZONE_NORMAL, 0));
	assert_true(zone_watermark_ok(fx_zone(), 0, 31, ZONE_NORMAL, ALLOC_CMA));
	assert_false(zone_watermark_ok(fx_zone(), 0, 32, ZONE_NORMAL, ALLOC_CMA));
	fx_finish();
}

/* The only pair that is free is of the atomic reserve. */
TEST(a_reserved_buddy_is_one_for_atomic_requests)
{
	fx_small(2);
	fx_draw(0, FULL);
	fx_draw(1, "UUUU UUUU U.U. H:UU..");
	assert_true(zone_watermark_ok(fx_zone(), 1, 0, ZONE_NORMAL, ALLOC_HIGHATOMIC));
	assert_false(zone_watermark_ok(fx_zone(), 1, 0, ZONE_NORMAL, ALLOC_NON_BLOCK));
	assert_false(zone_watermark_ok(fx_zone(), 2, 0, ZONE_NORMAL, ALLOC_HIGHATOMIC));
	fx_finish();
	fx_small(2);
	fx_draw(0, FULL);
	fx_draw(1, "UUUU UUUU U.U. UUUU");
	assert_false(zone_watermark_ok(fx_zone(), 1, 0, ZONE_NORMAL, ALLOC_HIGHATOMIC));
	fx_finish();
}

/* --- the atomic reserve --- */

TEST(the_reserve_is_the_last_resort_of_who_cannot_sleep)
{
	fx_small(2);
	fx_draw(0, FULL);
	fx_draw(1, "UUUU UUUU UUUU H:UU..");
	assert_failed(fx_alloc(SLEEPING | __GFP_HIGH | __GFP_NORETRY, 0));
	assert_step(fx_alloc(GFP_NOWAIT, 0), "highatomic");
	fx_finish();
}

/* Sixteen superpageblocks, so that there may be a reserve: who sleeps makes none. */
TEST(who_can_sleep_reserves_nothing)
{
	struct spb_config config = fx_config(16);

	config.wmark_divisor = 64;
	fx_start(&config);
	for (unsigned int i = 0; i < 15; i++)
		fx_draw(i, FULL);
	fx_draw(15, "UUUU UUUU UU.. U:....");
	assert_step(fx_alloc(SLEEPING | __GFP_HIGH | __GFP_NORETRY, 1), "own");
	assert_int_equal(fx_count(SPB_EV_HIGHATOMIC), 0);
	fx_finish();
}

/* --- bulk --- */

static unsigned int bulk(gfp_t gfp, unsigned int nid, unsigned int nr, uint32_t *pfns)
{
	unsigned int got = allocator.ops->alloc_bulk(gfp, nid, nr, pfns);

	for (unsigned int i = 0; i < got; i++)
		owner_take(0, pfns[i], 0);
	return got;
}

/* Watermarks 8 and 11: five pages need 16 free ones and one more. */
TEST(bulk_stays_above_the_low_watermark)
{
	struct spb_config config = fx_config(2);
	uint32_t pfns[5];

	config.wmark_divisor = 4;
	fx_start(&config);
	fx_draw(0, "MMMM MMMM MMMM MMM.");
	assert_int_equal(bulk(__GFP_MOVABLE, 0, 5, pfns), 5);
	fx_start(&config);
	fx_draw(0, "MMMM MMMM MMMM MMMM");
	assert_int_equal(bulk(__GFP_MOVABLE, 0, 5, pfns), 1);
	fx_finish();
}

TEST(bulk_is_served_on_the_node_that_was_named)
{
	struct spb_config config = fx_config(2);
	uint32_t pfns[4];

	config.nr_nodes = 2;
	config.zones[1][ZONE_NORMAL] = (struct spb_zone_config){ 96, 32 };
	fx_start(&config);
	assert_int_equal(bulk(__GFP_MOVABLE, 1, 4, pfns), 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_true(pfns[i] >= 96);
	fx_finish();
}

/* Single pages are not optional, whatever the caller said. */
TEST(bulk_asks_for_single_pages)
{
	uint32_t pfns[2];

	fx_small(2);
	assert_int_equal(bulk(GFP_NOWAIT, 0, 2, pfns), 2);
	assert_true(fx_count(SPB_EV_ALLOC) > 0);
	for (unsigned int i = 0; i < fx_count(SPB_EV_ALLOC); i++)
		assert_false(fx_event(SPB_EV_ALLOC, i)->arg & ALLOC_HIGHORDER_OPTIONAL);
	fx_finish();
}

/* --- the largest order --- */

/* Superpageblocks of two buddies of the largest order that there can be. */
TEST(the_largest_buddy_can_be_claimed)
{
	struct spb_config config = fx_config(2);

	config.max_order = MAX_PAGE_ORDER;
	config.pageblocks_per_spb = 512;
	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 2048, 4096 };
	fx_start(&config);
	assert_true(fx_search(0, U, 0) != NO_PFN);
	assert_step(fx_search(MAX_PAGE_ORDER, U, ALLOC_NOFRAGMENT | ALLOC_NOFRAG_TAINTED_OK),
		    "claim-whole");
	fx_finish();
}

/* --- isolation --- */

TEST(a_bad_isolation_is_invalid)
{
	int ret = 0;

	fx_small(1);
	expect_bad_call(SPB_RULE_ISOLATE_TWICE, ret = spb_unisolate_pageblock(FX_PFN(0, 0)));
	assert_int_equal(ret, -EINVAL);
	assert_int_equal(spb_isolate_pageblock(FX_PFN(0, 0)), 0);
	expect_bad_call(SPB_RULE_ISOLATE_TWICE, ret = spb_isolate_pageblock(FX_PFN(0, 0)));
	assert_int_equal(ret, -EINVAL);
	assert_int_equal(spb_unisolate_pageblock(FX_PFN(0, 0)), 0);
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nofragment_is_for_normal_zones),
		T(nofragment_wants_a_dma32_zone_where_there_are_nodes),
		T(who_is_optional),
		T(only_highmem_and_movable_together_mean_the_movable_zone),
		T(cma_pages_count_for_movable_requests),
		T(a_reserved_buddy_is_one_for_atomic_requests),
		T(the_reserve_is_the_last_resort_of_who_cannot_sleep),
		T(who_can_sleep_reserves_nothing),
		T(bulk_stays_above_the_low_watermark),
		T(bulk_is_served_on_the_node_that_was_named),
		T(bulk_asks_for_single_pages),
		T(the_largest_buddy_can_be_claimed),
		T(a_bad_isolation_is_invalid),
	};

	return RUN(tests);
}
