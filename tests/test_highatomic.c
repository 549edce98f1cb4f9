// SPDX-License-Identifier: GPL-2.0-only
/* The reserve for atomic high orders: when it grows, where, who may use it, when it goes. */
#include "tests/fixture.h"

#define FULL "UUUU UUUU UUUU UUUU"

/*
 * Sixteen superpageblocks, so that the reserve may be one pageblock; all full but the last,
 * which is drawn. Watermarks 4, 6 and 8: an atomic request comes here through the slow path.
 */
static void start(const char *last)
{
	struct spb_config config = fx_config(16);

	config.wmark_divisor = 64;
	fx_start(&config);
	for (unsigned int i = 0; i < 15; i++)
		fx_draw(i, FULL);
	fx_draw(15, last);
}

TEST(an_atomic_high_order_reserves_its_pageblock)
{
	start("UUUU UUUU UU.. U:....");
	assert_step(fx_alloc(GFP_ATOMIC, 1), "own");
	assert_int_equal(fx_count(SPB_EV_HIGHATOMIC), 1);
	assert_int_equal(fx_event(SPB_EV_HIGHATOMIC, 0)->arg, 1);
	assert_spb(15, "UUUU UUUU UU.. H:U-..");
	assert_int_equal(fx_zone()->nr_reserved_highatomic, 4);
	assert_int_equal(fx_zone()->nr_free_highatomic, 2);
	fx_finish();
}

TEST(only_so_much_is_reserved)
{
	start("UUUU UUUU H:UU.. U:....");
	/* The reserve serves first, and one pageblock is all that there may be. */
	assert_step(fx_alloc(GFP_ATOMIC, 1), "highatomic");
	assert_int_equal(fx_count(SPB_EV_HIGHATOMIC), 0);
	assert_spb(15, "UUUU UUUU H:UUU- U:....");
	fx_finish();
}

TEST(single_pages_and_pageblocks_reserve_nothing)
{
	start("UUUU UUUU UU.. U:....");
	assert_true(fx_alloc(GFP_ATOMIC, 0) != NO_PFN);
	assert_int_equal(fx_count(SPB_EV_HIGHATOMIC), 0);
	start("UUUU UUUU .... ....");
	assert_true(fx_alloc(GFP_ATOMIC, 2) != NO_PFN);
	assert_int_equal(fx_count(SPB_EV_HIGHATOMIC), 0);
	fx_finish();
}

/* Reserved pages count as unmovable content: a clean superpageblock is spared. */
TEST(clean_superpageblocks_are_not_reserved_from)
{
	start("MMMM MMMM MM.. M...");
	assert_true(fx_alloc(GFP_ATOMIC | __GFP_MOVABLE, 1) != NO_PFN);
	assert_int_equal(fx_count(SPB_EV_HIGHATOMIC), 0);
	assert_int_equal(fx_spb(15)->category, SB_CLEAN);
	fx_finish();
}

TEST(small_zones_have_no_reserve)
{
	struct spb_config config = fx_config(2);

	config.wmark_divisor = 8;
	fx_start(&config);
	fx_draw(0, FULL);
	fx_draw(1, "UUUU UUUU UU.. U:....");
	assert_true(fx_alloc(GFP_ATOMIC, 1) != NO_PFN);
	assert_int_equal(fx_count(SPB_EV_HIGHATOMIC), 0);
	fx_finish();
}

TEST(others_do_not_count_on_the_reserve)
{
	start("UUUU UUUU H:U... H:U...");
	/* Six pages are free, all of them reserved. */
	assert_failed(fx_alloc(__GFP_DIRECT_RECLAIM | __GFP_NORETRY, 0));
	assert_true(fx_refused(SPB_REFUSAL_WATERMARK) > 0);
	assert_step(fx_alloc(GFP_ATOMIC, 0), "highatomic");
	fx_finish();
}

TEST(the_reserve_serves_any_type)
{
	start("UUUU UUUU H:U... H:U...");
	assert_step(fx_alloc(GFP_ATOMIC | __GFP_RECLAIMABLE, 0), "highatomic");
	assert_int_equal(fx_spb(15)->nr_reclaimable, 1);
	fx_finish();
}

/* Reclaim made progress and still nothing fits: the reserve is given back. */
TEST(reclaim_gives_the_reserve_back)
{
	start("UUUU MMMM H:.... UUUU");
	assert_step(fx_alloc(__GFP_DIRECT_RECLAIM, 2), "own");
	assert_int_equal(fx_event(SPB_EV_HIGHATOMIC, 0)->arg, 0);
	assert_int_equal(fx_zone()->nr_reserved_highatomic, 0);
	assert_spb(15, "UUUU .... U--- UUUU");
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_atomic_high_order_reserves_its_pageblock),
		T(only_so_much_is_reserved),
		T(single_pages_and_pageblocks_reserve_nothing),
		T(clean_superpageblocks_are_not_reserved_from),
		T(small_zones_have_no_reserve),
		T(others_do_not_count_on_the_reserve),
		T(the_reserve_serves_any_type),
		T(reclaim_gives_the_reserve_back),
	};

	return RUN(tests);
}
