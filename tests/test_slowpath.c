// SPDX-License-Identifier: GPL-2.0-only
/*
 * The slow path: who may use which reserve, what is tried in which order, and how each kind
 * of request ends when nothing helps.
 */
#include "tests/fixture.h"

#define FULL "UUUU UUUU UUUU UUUU"
#define SLEEPING (__GFP_DIRECT_RECLAIM | __GFP_IO)

/* Both superpageblocks hold nothing that can be reclaimed or moved. */
static void draw_full(void)
{
	fx_small(2);
	fx_draw(0, FULL);
	fx_draw(1, FULL);
}

/* --- watermarks and reserves --- */

/* 32 pages, watermarks 8, 11 and 14, and @free pages free, all of them UNMOVABLE. */
static void draw_free(unsigned int free)
{
	struct spb_config config = fx_config(2);

	config.wmark_divisor = 4;
	fx_start(&config);
	assert_int_equal(wmark_pages(fx_zone(), WMARK_MIN), 8);
	assert_int_equal(wmark_pages(fx_zone(), WMARK_LOW), 11);
	assert_int_equal(wmark_pages(fx_zone(), WMARK_HIGH), 14);
	fx_draw(0, FULL);
	fx_draw(1, FULL);
	for (unsigned int i = 0; i < free; i++)
		fx_free(FX_PFN(1, i));
}

static bool served_with(unsigned int free, gfp_t gfp)
{
	draw_free(free);
	return fx_alloc(gfp, 0) != NO_PFN;
}

TEST(everybody_stays_above_the_min_watermark)
{
	assert_true(served_with(12, __GFP_NORETRY));
	assert_int_equal(fx_refused(SPB_REFUSAL_WATERMARK), 0);
	/* At the low watermark the slow path begins, at the min watermark it ends. */
	assert_true(served_with(11, __GFP_NORETRY));
	assert_int_equal(fx_refused(SPB_REFUSAL_WATERMARK), 1);
	assert_true(served_with(9, __GFP_NORETRY));
	assert_false(served_with(8, __GFP_NORETRY));
	assert_false(served_with(8, SLEEPING | __GFP_NORETRY));
	assert_int_equal(fx_refused(SPB_REFUSAL_NORETRY), 1);
	fx_finish();
}

TEST(high_may_use_half)
{
	assert_true(served_with(5, SLEEPING | __GFP_NORETRY | __GFP_HIGH));
	assert_false(served_with(4, SLEEPING | __GFP_NORETRY | __GFP_HIGH));
}

TEST(atomic_may_use_more)
{
	assert_true(served_with(4, GFP_ATOMIC | __GFP_NORETRY));
	assert_false(served_with(3, GFP_ATOMIC | __GFP_NORETRY));
	/* Without HIGH, not being able to sleep gives no right. */
	assert_false(served_with(8, GFP_NOWAIT));
	assert_int_equal(fx_refused(SPB_REFUSAL_NO_RECLAIM), 1);
	/* Neither does it for whoever said that it will not touch the reserves. */
	assert_false(served_with(4, GFP_ATOMIC | __GFP_NOMEMALLOC));
	assert_true(served_with(5, GFP_ATOMIC | __GFP_NOMEMALLOC));
}

TEST(memalloc_may_use_everything)
{
	assert_true(served_with(1, SLEEPING | __GFP_MEMALLOC));
	assert_false(served_with(1, SLEEPING | __GFP_MEMALLOC | __GFP_NOMEMALLOC |
						__GFP_NORETRY));
	assert_false(served_with(0, SLEEPING | __GFP_MEMALLOC));
	assert_int_equal(fx_refused(SPB_REFUSAL_MEMALLOC), 1);
	fx_finish();
}

TEST(high_orders_need_a_buddy_above_the_watermark)
{
	draw_free(16);
	assert_true(zone_watermark_ok(fx_zone(), 2, 8, ZONE_NORMAL, 0));
	assert_true(zone_watermark_ok(fx_zone(), 2, 12, ZONE_NORMAL, 0));
	assert_false(zone_watermark_ok(fx_zone(), 2, 13, ZONE_NORMAL, 0));
	draw_full();
	for (unsigned int i = 0; i < FX_SPB; i += 2)
		fx_free(FX_PFN(1, i));
	assert_true(zone_watermark_ok(fx_zone(), 0, 0, ZONE_NORMAL, 0));
	assert_false(zone_watermark_ok(fx_zone(), 1, 0, ZONE_NORMAL, 0));
}

TEST(lower_zones_keep_a_reserve_from_higher_requests)
{
	struct spb_config config = fx_config(0);

	config.lowmem_divisor = 4;
	config.zones[0][ZONE_DMA32] = (struct spb_zone_config){ 64, 32 };
	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 96, 32 };
	fx_start(&config);
	fx_draw(2, FULL);
	fx_draw(3, FULL);
	/* Eight pages of DMA32 are kept from requests that could use NORMAL. */
	for (unsigned int i = 0; i < 24; i++)
		assert_true(fx_alloc(__GFP_MOVABLE | __GFP_NORETRY, 0) < 96);
	assert_failed(fx_alloc(__GFP_MOVABLE | __GFP_NORETRY, 0));
	assert_true(fx_refused(SPB_REFUSAL_WATERMARK) > 0);
	assert_true(fx_alloc(__GFP_MOVABLE | __GFP_NORETRY | __GFP_DMA32, 0) < 96);
	fx_finish();
}

/* --- reclaim and compaction --- */

TEST(reclaim_makes_room_in_the_tainted_pool)
{
	fx_small(2);
	fx_draw(0, "UUUU MMMM UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
	assert_step(fx_alloc(GFP_KERNEL, 0), "claim-whole");
	assert_spb(0, "UUUU U... UUUU UUUU");
	assert_int_equal(fx_event(SPB_EV_RECLAIM, 0)->arg, 20);
	assert_int_equal(fx_count(SPB_EV_TAINT), 0);
	fx_finish();
}

TEST(reclaimed_pages_come_back_from_the_cpu_lists)
{
	struct spb_config config = fx_config(2);

	config.pcp_batch = 4;
	config.pcp_high = 32;
	fx_start(&config);
	fx_draw(0, "UUUU MMMM UUUU UUUU");
	fx_draw(1, FULL);
	/* The four pages go to a list of movable ones; drained, they are a pageblock. */
	assert_true(fx_alloc(GFP_KERNEL, 0) != NO_PFN);
	assert_int_equal(fx_event(SPB_EV_ALLOC, 0)->step, SPB_STEP_CLAIM_WHOLE);
	assert_true(fx_count(SPB_EV_PCP_DRAIN) > 0);
	fx_finish();
}

TEST(compaction_is_for_high_orders_only)
{
	draw_full();
	assert_failed(fx_alloc(SLEEPING | __GFP_NORETRY, 0));
	assert_int_equal(fx_count(SPB_EV_COMPACT), 0);
	assert_failed(fx_alloc(SLEEPING | __GFP_NORETRY, 1));
	assert_int_equal(fx_count(SPB_EV_COMPACT), 1);
	fx_finish();
}

/* --- giving up --- */

TEST(noretry_gives_up_after_one_round)
{
	draw_full();
	assert_failed(fx_alloc(GFP_KERNEL | __GFP_NORETRY, 0));
	assert_int_equal(fx_refused(SPB_REFUSAL_NORETRY), 1);
	assert_int_equal(fx_count(SPB_EV_RECLAIM), 1);
	assert_int_equal(fx_count(SPB_EV_OOM), 0);
	fx_finish();
}

TEST(costly_orders_give_up_after_one_round)
{
	draw_full();
	assert_failed(fx_alloc(GFP_KERNEL, PAGE_ALLOC_COSTLY_ORDER + 1));
	assert_int_equal(fx_refused(SPB_REFUSAL_COSTLY), 1);
	assert_int_equal(fx_count(SPB_EV_OOM), 0);
	fx_finish();
}

TEST(retry_mayfail_tries_longer_and_kills_nobody)
{
	draw_full();
	assert_failed(fx_alloc(GFP_KERNEL | __GFP_RETRY_MAYFAIL, PAGE_ALLOC_COSTLY_ORDER + 1));
	assert_int_equal(fx_refused(SPB_REFUSAL_COSTLY), 0);
	assert_int_equal(fx_refused(SPB_REFUSAL_NO_OOM), 1);
	assert_int_equal(fx_refused(SPB_REFUSAL_EXHAUSTED), 1);
	assert_true(fx_count(SPB_EV_RECLAIM) > 1);
	fx_finish();
}

TEST(who_may_not_enter_filesystems_kills_nobody)
{
	draw_full();
	assert_failed(fx_alloc(SLEEPING, 0));
	assert_int_equal(fx_refused(SPB_REFUSAL_NO_OOM), 1);
	draw_full();
	assert_failed(fx_alloc(GFP_KERNEL | __GFP_THISNODE, 0));
	assert_int_equal(fx_refused(SPB_REFUSAL_NO_OOM), 1);
	fx_finish();
}

/* --- killing, blocking --- */

TEST(ordinary_requests_kill_an_owner)
{
	draw_full();
	assert_true(fx_alloc(GFP_KERNEL, 0) != NO_PFN);
	assert_int_equal(fx_count(SPB_EV_OOM), 1);
	assert_true(fx_event(SPB_EV_OOM, 0)->arg > 0);
	fx_finish();
}

/* Pages that nobody gives up: taken without an owner. */
static void fill_for_ever(gfp_t gfp)
{
	while (allocator.ops->alloc(gfp, 0, 0, 0) != NO_PFN)
		;
	fx_forget();
}

TEST(with_nobody_to_kill_a_request_fails)
{
	fx_small(2);
	fill_for_ever(GFP_ATOMIC);
	assert_failed(fx_alloc(GFP_KERNEL, 0));
	assert_int_equal(fx_event(SPB_EV_OOM, 0)->arg, 0);
	assert_int_equal(fx_refused(SPB_REFUSAL_EXHAUSTED), 1);
}

TEST(nofail_is_blocked_with_nothing_left)
{
	fx_small(2);
	fill_for_ever(GFP_ATOMIC);
	assert_failed(fx_alloc(GFP_KERNEL | __GFP_NOFAIL, 1));
	assert_int_equal(fx_count(SPB_EV_BLOCKED), 1);
	assert_int_equal(fx_refused(SPB_REFUSAL_EXHAUSTED), 0);
}

TEST(nofail_uses_the_reserves_last)
{
	struct spb_config config = fx_config(2);

	config.wmark_divisor = 4;
	fx_start(&config);
	fill_for_ever(GFP_KERNEL & ~__GFP_DIRECT_RECLAIM);
	assert_true(fx_zone()->nr_free_pages > 0);
	assert_true(fx_alloc(GFP_KERNEL | __GFP_NOFAIL, 0) != NO_PFN);
	assert_int_equal(fx_count(SPB_EV_BLOCKED), 0);
	assert_int_equal(fx_count(SPB_EV_OOM), 1);
}

TEST(nofail_kills_whoever_noretry_spares)
{
	draw_full();
	assert_true(fx_alloc(SLEEPING | __GFP_NOFAIL | __GFP_NORETRY, 0) != NO_PFN);
	assert_int_equal(fx_count(SPB_EV_OOM), 1);
	fx_finish();
}

TEST(no_zone_at_all)
{
	struct spb_config config = fx_config(0);

	config.nr_nodes = 2;
	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 64, 32 };
	config.zones[1][ZONE_MOVABLE] = (struct spb_zone_config){ 96, 32 };
	fx_start(&config);
	assert_failed(fx_alloc_on(GFP_KERNEL | __GFP_THISNODE, 0, 1, 0));
	assert_int_equal(fx_count(SPB_EV_BLOCKED), 0);
	assert_failed(fx_alloc_on(GFP_KERNEL | __GFP_NOFAIL, 0, 1, 2));
	assert_int_equal(fx_count(SPB_EV_BLOCKED), 1);
	/* Nobody is killed for it, nothing is moved. */
	assert_int_equal(fx_count(SPB_EV_OOM), 0);
	assert_int_equal(fx_count(SPB_EV_EVACUATE_DONE), 0);
	assert_true(fx_alloc_on(GFP_HIGHUSER_MOVABLE, 0, 1, 2) >= 96);
	fx_finish();
}

/* --- the order of things --- */

/* Reclaim, evacuation, then tainting; nobody is killed. */
TEST(nofragment_is_dropped_after_evacuation)
{
	fx_small(2);
	fx_draw(0, FULL);
	fx_draw(1, "M... .... .... ....");
	fx_pin(FX_PFN(1, 0));
	assert_step(fx_alloc(GFP_KERNEL, 0), "claim");
	assert_int_equal(fx_count(SPB_EV_EVACUATE_DONE), 1);
	assert_true(fx_event(SPB_EV_RECLAIM, 0) < fx_event(SPB_EV_EVACUATE_DONE, 0));
	assert_true(fx_event(SPB_EV_EVACUATE_DONE, 0) < fx_event(SPB_EV_TAINT, 0));
	assert_int_equal(fx_count(SPB_EV_OOM), 0);
	assert_int_equal(fx_spb(1)->category, SB_TAINTED);
	fx_finish();
}

TEST(defrag_mode_drops_nofragment_in_the_slow_path_only)
{
	fx_small(2);
	fx_draw(0, FULL);
	fx_draw(1, "M... .... .... ....");
	fx_pin(FX_PFN(1, 0));
	spb_set_tunable(SPB_TUNABLE_defrag, 1);
	assert_failed(fx_alloc(GFP_ATOMIC, 0));
	assert_step(fx_alloc(GFP_KERNEL, 0), "claim");
	fx_finish();
}

/* --- kswapd --- */

TEST(kswapd_is_woken_once_per_node)
{
	struct spb_config config = fx_config(2);

	config.wmark_divisor = 4;
	fx_start(&config);
	fx_draw(0, FULL);
	fx_draw(1, "MMMM MM.. .... ....");
	assert_true(fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0) != NO_PFN);
	assert_int_equal(fx_count(SPB_EV_KSWAPD_WAKE), 1);
	assert_true(fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0) != NO_PFN);
	assert_int_equal(fx_count(SPB_EV_KSWAPD_WAKE), 0);
	fx_forget();
	assert_int_equal(spb_run_work(1), 1);
	assert_true(fx_zone()->nr_free_pages > wmark_pages(fx_zone(), WMARK_HIGH));
	assert_true(fx_count(SPB_EV_RECLAIM) > 0);
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(everybody_stays_above_the_min_watermark),
		T(high_may_use_half),
		T(atomic_may_use_more),
		T(memalloc_may_use_everything),
		T(high_orders_need_a_buddy_above_the_watermark),
		T(lower_zones_keep_a_reserve_from_higher_requests),
		T(reclaim_makes_room_in_the_tainted_pool),
		T(reclaimed_pages_come_back_from_the_cpu_lists),
		T(compaction_is_for_high_orders_only),
		T(noretry_gives_up_after_one_round),
		T(costly_orders_give_up_after_one_round),
		T(retry_mayfail_tries_longer_and_kills_nobody),
		T(who_may_not_enter_filesystems_kills_nobody),
		T(ordinary_requests_kill_an_owner),
		T(with_nobody_to_kill_a_request_fails),
		T(nofail_is_blocked_with_nothing_left),
		T(nofail_uses_the_reserves_last),
		T(nofail_kills_whoever_noretry_spares),
		T(no_zone_at_all),
		T(nofragment_is_dropped_after_evacuation),
		T(defrag_mode_drops_nofragment_in_the_slow_path_only),
		T(kswapd_is_woken_once_per_node),
	};

	return RUN(tests);
}
