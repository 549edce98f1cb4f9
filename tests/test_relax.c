// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request that may not sleep gives up when nothing was found: the sequence of patch
 * 35, each decision in a state where it is the one to make. A drawn clean superpageblock
 * (index 1) is what a refusal protects.
 */
#include "tests/fixture.h"

/* Best effort: no direct reclaim, no warning. NOMEMALLOC keeps it from being optional. */
#define BEST_EFFORT (__GFP_NOWARN | __GFP_NOMEMALLOC)
#define ATOMIC_SHAPE __GFP_NOMEMALLOC

static void draw(const char *tainted)
{
	fx_small(2);
	fx_draw(0, tainted);
	fx_draw(1, "M... .... .... ....");
}

/* --- the four outcomes --- */

TEST(noretry_fails_at_once)
{
	draw("UUUU UUUU UUUU UUUU");
	assert_failed(fx_alloc(__GFP_NORETRY, 0));
	/* The slow path walks the zones once more, and comes to the same end. */
	assert_string_equal(fx_relaxes(), "fail-noretry fail-noretry");
	assert_int_equal(fx_refused(SPB_REFUSAL_NORETRY), 2);
	assert_int_equal(fx_spb(1)->category, SB_CLEAN);
	fx_finish();
}

TEST(best_effort_fails_when_a_smaller_one_can)
{
	draw("UUU. UUUU UUUU UUUU");
	assert_failed(fx_alloc(BEST_EFFORT, 1));
	assert_string_equal(fx_relaxes(), "fail-smaller fail-smaller");
	assert_int_equal(fx_refused(SPB_REFUSAL_SMALLER), 2);
	assert_int_equal(fx_refused(SPB_REFUSAL_NO_RECLAIM), 1);
	assert_int_equal(fx_spb(1)->category, SB_CLEAN);
	assert_step(fx_alloc(BEST_EFFORT, 0), "own");
	fx_finish();
}

TEST(tainted_ok_is_enough_when_a_pageblock_can_be_relabelled)
{
	draw("UUUU .... UUUU UUUU");
	assert_step(fx_alloc(BEST_EFFORT, 1), "claim-whole");
	assert_string_equal(fx_relaxes(), "tainted-ok");
	assert_spb(0, "UUUU U-.. UUUU UUUU");
	fx_finish();
}

TEST(nofragment_is_dropped_last)
{
	draw("UUUU UUUU UUUU UUUU");
	assert_step(fx_alloc(BEST_EFFORT, 1), "claim");
	assert_string_equal(fx_relaxes(), "tainted-ok drop");
	assert_int_equal(fx_event(SPB_EV_RELAX, 0)->arg2 & ALLOC_NOFRAG_TAINTED_OK, 0);
	assert_true(fx_event(SPB_EV_RELAX, 1)->arg2 & ALLOC_NOFRAG_TAINTED_OK);
	assert_int_equal(fx_spb(1)->category, SB_TAINTED);
	fx_finish();
}

/* --- who is best effort --- */

TEST(single_pages_are_never_refused_for_smaller)
{
	draw("UUUU MMMM UUUU UUUU");
	assert_step(fx_alloc(BEST_EFFORT, 0), "claim");
	assert_string_equal(fx_relaxes(), "tainted-ok drop");
	fx_finish();
}

TEST(whoever_wants_a_warning_is_not_best_effort)
{
	draw("UUU. UUUU UUUU UUUU");
	assert_step(fx_alloc(ATOMIC_SHAPE, 1), "claim");
	assert_string_equal(fx_relaxes(), "tainted-ok drop");
	fx_finish();
}

TEST(who_may_sleep_does_not_relax_here)
{
	draw("UUU. UUUU UUUU UUUU");
	fx_alloc(GFP_NOIO | __GFP_NOWARN, 1);
	assert_string_equal(fx_relaxes(), "");
	fx_finish();
}

TEST(noretry_comes_before_smaller)
{
	draw("UUU. UUUU UUUU UUUU");
	assert_failed(fx_alloc(BEST_EFFORT | __GFP_NORETRY, 1));
	assert_string_equal(fx_relaxes(), "fail-noretry fail-noretry");
	fx_finish();
}

TEST(the_refusal_is_a_tunable)
{
	draw("UUU. UUUU UUUU UUUU");
	spb_set_tunable(SPB_TUNABLE_lower_order_refusal, 0);
	assert_step(fx_alloc(BEST_EFFORT, 1), "claim");
	assert_string_equal(fx_relaxes(), "tainted-ok drop");
	fx_finish();
}

/* --- what a smaller retry can be served from --- */

static bool can_serve(const char *tainted, unsigned int order, int migratetype)
{
	draw(tainted);
	return spb_can_serve_smaller(fx_zone(), order, migratetype);
}

TEST(movable_content_counts_at_any_order)
{
	assert_true(can_serve("UUUU MMMM UUUU UUUU", 1, MIGRATE_UNMOVABLE));
	assert_true(can_serve("UUUU M--- UUUU UUUU", 1, MIGRATE_UNMOVABLE));
	assert_true(can_serve("UUUU MMMM UUUU UUUU", 4, MIGRATE_MOVABLE));
	assert_false(can_serve("UUUU UUUU UUUU UUUU", 4, MIGRATE_UNMOVABLE));
}

TEST(own_and_opposite_lists_below_the_order_count)
{
	assert_true(can_serve("UUU. UUUU UUUU UUUU", 1, MIGRATE_UNMOVABLE));
	assert_true(can_serve("UUU. UUUU UUUU UUUU", 1, MIGRATE_RECLAIMABLE));
	assert_true(can_serve("RRR. UUUU UUUU UUUU", 1, MIGRATE_UNMOVABLE));
	/* Not at the order itself: there a walk just failed, or will serve. */
	assert_false(can_serve("U-.. UUUU UUUU UUUU", 1, MIGRATE_UNMOVABLE));
	assert_true(can_serve("U-.. UUUU UUUU UUUU", 2, MIGRATE_UNMOVABLE));
	/* Movable requests have no opposite, and free movable pages are nobody's own here. */
	assert_false(can_serve("UUU. UUUU UUUU UUUU", 1, MIGRATE_MOVABLE));
	assert_false(can_serve("UUUU M:UUU. UUUU UUUU", 1, MIGRATE_UNMOVABLE));
	assert_true(can_serve("UUUU M:UUU. UUUU UUUU", 1, MIGRATE_MOVABLE));
	assert_false(can_serve("UUU. UUUU UUUU UUUU", 0, MIGRATE_UNMOVABLE));
}

TEST(only_tainted_superpageblocks_count)
{
	fx_small(2);
	fx_draw(0, "M... .... .... ....");
	assert_false(spb_can_serve_smaller(fx_zone(), 3, MIGRATE_UNMOVABLE));
	assert_false(spb_tainted_pool_has_free(fx_zone()));
	fx_draw(1, "UUUU UUUU UUUU UUUU");
	assert_false(spb_tainted_pool_has_free(fx_zone()));
	fx_free(FX_PFN(1, 7));
	assert_true(spb_tainted_pool_has_free(fx_zone()));
	fx_finish();
}

/* --- zones --- */

/* DMA32 is superpageblocks 0 and 1, NORMAL is 2 and 3. */
static void start_two_zones(void)
{
	struct spb_config config = fx_config(0);

	config.zones[0][ZONE_DMA32] = (struct spb_zone_config){ 64, 32 };
	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 96, 32 };
	fx_start(&config);
	fx_draw(0, "UUU. UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
	fx_draw(2, "UUUU UUUU UUUU UUUU");
	fx_draw(3, "M... .... .... ....");
}

TEST(the_preferred_zone_decides)
{
	start_two_zones();
	assert_step(fx_alloc(BEST_EFFORT, 1), "claim");
	assert_string_equal(fx_relaxes(), "tainted-ok drop");
	fx_finish();
}

TEST(relax_all_zones_asks_every_zone)
{
	start_two_zones();
	spb_set_tunable(SPB_TUNABLE_relax_all_zones, 1);
	assert_failed(fx_alloc(BEST_EFFORT, 1));
	assert_string_equal(fx_relaxes(), "fail-smaller fail-smaller");
	assert_int_equal(fx_spb(3)->category, SB_CLEAN);
	fx_finish();
}

/* Node 0: DMA32 and NORMAL; node 1: NORMAL. Two superpageblocks each. */
static void start_two_nodes(bool with_dma32)
{
	struct spb_config config = fx_config(0);

	config.nr_nodes = 2;
	if (with_dma32)
		config.zones[0][ZONE_DMA32] = (struct spb_zone_config){ 64, 32 };
	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 96, 32 };
	config.zones[1][ZONE_NORMAL] = (struct spb_zone_config){ 128, 32 };
	fx_start(&config);
}

static void fill_node_0(void)
{
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
	fx_draw(2, "UUUU UUUU UUUU UUUU");
	fx_draw(3, "MMMM MMMM M... ....");
}

TEST(nofragment_needs_dma32_on_a_machine_of_nodes)
{
	start_two_nodes(true);
	assert_true(alloc_flags_nofragment(fx_zone(), 0) & ALLOC_NOFRAGMENT);
	start_two_nodes(false);
	assert_false(alloc_flags_nofragment(fx_zone(), 0) & ALLOC_NOFRAGMENT);
	assert_false(alloc_flags_nofragment(NULL, 0) & ALLOC_NOFRAGMENT);
	spb_set_tunable(SPB_TUNABLE_defrag, 1);
	assert_true(alloc_flags_nofragment(fx_zone(), 0) & ALLOC_NOFRAGMENT);
	fx_small(1);
	assert_true(alloc_flags_nofragment(fx_zone(), 0) & ALLOC_NOFRAGMENT);
	assert_true(alloc_flags_nofragment(fx_zone(), __GFP_KSWAPD_RECLAIM) & ALLOC_KSWAPD);
}

/* Fragmenting at home is better than going away: NOFRAGMENT goes before the node does. */
TEST(home_is_fragmented_before_the_next_node)
{
	start_two_nodes(true);
	fill_node_0();
	assert_int_equal(fx_alloc(ATOMIC_SHAPE, 0) & ~15u, 112);
	assert_string_equal(fx_step(), "claim");
	assert_string_equal(fx_relaxes(), "");
	fx_finish();
}

TEST(an_optional_request_relaxes_at_home_first)
{
	start_two_nodes(true);
	fill_node_0();
	fx_alloc(0, 1);
	assert_string_equal(fx_relaxes(), "tainted-ok drop");
	fx_finish();
}

TEST(noretry_optional_never_leaves_home)
{
	start_two_nodes(true);
	fill_node_0();
	assert_failed(fx_alloc(__GFP_NORETRY, 1));
	assert_string_equal(fx_relaxes(), "fail-noretry fail-noretry");
	fx_finish();
}

TEST(the_next_node_serves_when_home_is_full)
{
	start_two_nodes(true);
	fill_node_0();
	for (unsigned int i = 9; i < 16; i++)
		assert_true(fx_alloc(ATOMIC_SHAPE, 0) < 128);
	assert_true(fx_alloc(ATOMIC_SHAPE, 0) >= 128);
	assert_failed(fx_alloc(ATOMIC_SHAPE | __GFP_THISNODE, 0));
	assert_true(fx_alloc_on(ATOMIC_SHAPE, 0, 0, 2) >= 128);
	assert_failed(fx_alloc_on(ATOMIC_SHAPE, 0, 1, 1));
	fx_finish();
}

/* --- defrag_mode --- */

TEST(defrag_mode_does_not_relax)
{
	draw("UUUU .... UUUU UUUU");
	spb_set_tunable(SPB_TUNABLE_defrag, 1);
	assert_failed(fx_alloc(ATOMIC_SHAPE, 0));
	assert_string_equal(fx_relaxes(), "");
	assert_spb(0, "UUUU .... UUUU UUUU");
	fx_finish();
}

TEST(defrag_mode_goes_to_the_next_node_first)
{
	start_two_nodes(true);
	spb_set_tunable(SPB_TUNABLE_defrag, 1);
	fill_node_0();
	assert_true(fx_alloc(ATOMIC_SHAPE, 0) >= 128);
	fx_finish();
}

/* --- which zones have a preference --- */

TEST(requests_for_other_zones_fragment_freely)
{
	start_two_zones();
	/* Preferred zone DMA32: NOFRAGMENT is not set. */
	assert_step(fx_alloc(ATOMIC_SHAPE | __GFP_DMA32, 0), "own");
	assert_failed(fx_alloc(ATOMIC_SHAPE | __GFP_DMA32, 0));
	assert_string_equal(fx_relaxes(), "");
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(noretry_fails_at_once),
		T(best_effort_fails_when_a_smaller_one_can),
		T(tainted_ok_is_enough_when_a_pageblock_can_be_relabelled),
		T(nofragment_is_dropped_last),
		T(single_pages_are_never_refused_for_smaller),
		T(whoever_wants_a_warning_is_not_best_effort),
		T(who_may_sleep_does_not_relax_here),
		T(noretry_comes_before_smaller),
		T(the_refusal_is_a_tunable),
		T(movable_content_counts_at_any_order),
		T(own_and_opposite_lists_below_the_order_count),
		T(only_tainted_superpageblocks_count),
		T(the_preferred_zone_decides),
		T(relax_all_zones_asks_every_zone),
		T(nofragment_needs_dma32_on_a_machine_of_nodes),
		T(home_is_fragmented_before_the_next_node),
		T(an_optional_request_relaxes_at_home_first),
		T(noretry_optional_never_leaves_home),
		T(the_next_node_serves_when_home_is_full),
		T(defrag_mode_does_not_relax),
		T(defrag_mode_goes_to_the_next_node_first),
		T(requests_for_other_zones_fragment_freely),
	};

	return RUN(tests);
}
