// SPDX-License-Identifier: GPL-2.0-only
/* Whole superpageblocks: an empty one, an emptied one, and everything as it was on failure. */
#include "tests/fixture.h"

#define M MIGRATE_MOVABLE
#define HOLDER 1 /* who holds it, for the oracle */

/* Return: first page of a superpageblock that is held now, or SPB_NO_PFN. */
static uint32_t take(void)
{
	uint32_t pfn = spb_alloc_contig(fx_zone());

	if (pfn != SPB_NO_PFN)
		owner_hold(HOLDER, pfn, FX_SPB);
	return pfn;
}

static void give_back(void)
{
	spb_free_contig(owner_release(HOLDER));
}

TEST(an_empty_one_is_taken_first)
{
	uint32_t pfn;

	fx_small(3);
	fx_draw(0, "M... .... .... ....");
	pfn = take();
	assert_int_equal(pfn, FX_PFN(1, 0));
	assert_spb(1, "#### #### #### ####");
	assert_int_equal(fx_spb(1)->category, SB_ISOLATED);
	assert_int_equal(fx_spb(1)->nr_free_pages, 0);
	assert_int_equal(fx_zone()->nr_free_pages, 31);
	assert_int_equal(fx_count(SPB_EV_CONTIG), 1);
	assert_int_equal(fx_event(SPB_EV_CONTIG, 0)->arg, 1);
	give_back();
	assert_spb(1, ".... .... .... ....");
	assert_int_equal(fx_spb(1)->category, SB_EMPTY);
	assert_int_equal(fx_zone()->nr_free_pages, 47);
	fx_finish();
}

TEST(nothing_is_served_from_a_held_one)
{
	uint32_t pfn;

	fx_small(2);
	pfn = take();
	for (unsigned int i = 0; i < FX_SPB; i++)
		assert_true(fx_search(0, M, 0) - pfn >= FX_SPB);
	assert_failed(fx_search(0, M, 0));
	give_back();
	assert_step(fx_search(0, M, 0), "empty");
	fx_finish();
}

/* The emptiest clean superpageblock; its content moves to the others. */
TEST(a_clean_one_is_emptied)
{
	uint32_t pfn;

	fx_small(3);
	fx_draw(0, "UUUU .... .... ....");
	fx_draw(1, "MM.. MM.. MM.. ....");
	fx_draw(2, "M... .... M-.. ....");
	pfn = take();
	assert_int_equal(pfn, FX_PFN(2, 0));
	assert_spb(2, "#### #### #### ####");
	assert_int_equal(fx_count(SPB_EV_MIGRATE), 2);
	assert_int_equal(fx_zone()->nr_isolate_pageblock, 0);
	assert_int_equal(fx_spb(1)->nr_free_pages, 7);
	fx_finish();
}

/* A page without an owner stays: the other one is emptied, although it has more to move. */
TEST(what_nobody_owns_is_not_tried)
{
	uint32_t owner;

	fx_small(3);
	fx_draw(0, "UUUU .... .... ....");
	fx_draw(1, "M... .... .... ....");
	fx_draw(2, "M... M... M... ....");
	owner = pfn_to_page(FX_PFN(1, 0))->owner;
	pfn_to_page(FX_PFN(1, 0))->owner = 0;
	assert_int_equal(take(), FX_PFN(2, 0));
	for (unsigned int i = 0; i < fx_count(SPB_EV_ISOLATE); i++)
		assert_int_equal(fx_event(SPB_EV_ISOLATE, i)->spb, 2);
	pfn_to_page(FX_PFN(1, 0))->owner = owner;
	fx_finish();
}

TEST(a_pinned_page_rolls_everything_back)
{
	fx_small(3);
	fx_draw(0, "UUUU .... .... ....");
	fx_draw(1, "M... MM.. MMMM MMMM");
	fx_draw(2, "M... .... M--- ....");
	fx_pin(FX_PFN(2, 8));
	fx_pin(FX_PFN(1, 4));
	assert_int_equal(take(), SPB_NO_PFN);
	assert_int_equal(fx_zone()->nr_isolate_pageblock, 0);
	assert_int_equal(fx_spb(1)->category, SB_CLEAN);
	assert_int_equal(fx_spb(2)->category, SB_CLEAN);
	assert_int_equal(fx_count(SPB_EV_CONTIG), 0);
	assert_true(fx_count(SPB_EV_ISOLATE) > 0);
	assert_int_equal(fx_count(SPB_EV_ISOLATE), fx_count(SPB_EV_UNISOLATE));
	fx_finish();
}

TEST(tainted_ones_are_never_emptied)
{
	fx_small(2);
	fx_draw(0, "U... .... .... ....");
	fx_draw(1, "R... .... .... ....");
	assert_int_equal(take(), SPB_NO_PFN);
	assert_int_equal(fx_count(SPB_EV_ISOLATE), 0);
	fx_finish();
}

TEST(clipped_and_reserved_ones_are_never_taken)
{
	struct spb_config config = fx_config(4);

	config.zones[0][ZONE_NORMAL].start_pfn += 1;
	config.zones[0][ZONE_NORMAL].nr_pages -= 2;
	config.nr_ranges = 2;
	config.ranges[0] = (struct spb_range){ FX_PFN(1, 8), 4, SPB_RANGE_RESERVED };
	config.ranges[1] = (struct spb_range){ FX_PFN(2, 5), 1, SPB_RANGE_HOLE };
	fx_start(&config);
	assert_int_equal(take(), SPB_NO_PFN);
	fx_finish();
}

TEST(cma_and_isolated_ones_are_never_taken)
{
	struct spb_config config = fx_config(2);

	config.nr_ranges = 1;
	config.ranges[0] = (struct spb_range){ FX_PFN(0, 8), 4, SPB_RANGE_CMA };
	fx_start(&config);
	assert_int_equal(spb_isolate_pageblock(FX_PFN(1, 4)), 0);
	assert_int_equal(take(), SPB_NO_PFN);
	spb_unisolate_pageblock(FX_PFN(1, 4));
	assert_int_equal(take(), FX_PFN(1, 0));
	fx_finish();
}

/* The zone must stay above its minimum without it. */
TEST(the_zone_must_spare_it)
{
	struct spb_config config = fx_config(2);

	config.wmark_divisor = 4;
	fx_start(&config);
	fx_draw(0, "MMMM MMMM M... ....");
	assert_int_equal(take(), SPB_NO_PFN);
	fx_free(FX_PFN(0, 0));
	assert_int_equal(take(), FX_PFN(1, 0));
	fx_finish();
}

/* What per-CPU lists have is drained first. */
TEST(listed_pages_do_not_stand_in_the_way)
{
	struct spb_config config = fx_config(2);
	uint32_t pfn;

	config.pcp_batch = 4;
	config.pcp_high = 32;
	fx_start(&config);
	fx_cpu(1);
	pfn = fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	fx_free(pfn);
	fx_cpu(0);
	assert_spb(0, "m... m... m... m...");
	assert_int_equal(take(), FX_PFN(0, 0));
	fx_finish();
}

TEST(isolation_of_a_held_one_is_refused)
{
	uint32_t pfn;

	fx_small(2);
	pfn = take();
	assert_int_equal(spb_isolate_pageblock(pfn), -EBUSY);
	give_back();
	assert_int_equal(spb_isolate_pageblock(pfn), 0);
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_empty_one_is_taken_first),
		T(nothing_is_served_from_a_held_one),
		T(a_clean_one_is_emptied),
		T(what_nobody_owns_is_not_tried),
		T(a_pinned_page_rolls_everything_back),
		T(tainted_ones_are_never_emptied),
		T(clipped_and_reserved_ones_are_never_taken),
		T(cma_and_isolated_ones_are_never_taken),
		T(the_zone_must_spare_it),
		T(listed_pages_do_not_stand_in_the_way),
		T(isolation_of_a_held_one_is_refused),
	};

	return RUN(tests);
}
