// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a superpageblock is known to hold: content bits, category, fullness, the list it is
 * on, and what happens when the last non-movable content leaves. Isolation of pageblocks.
 */
#include "tests/fixture.h"

#define U MIGRATE_UNMOVABLE
#define M MIGRATE_MOVABLE
#define R MIGRATE_RECLAIMABLE

static bool is_on(struct superpageblock *sb, const struct list_head *head)
{
	const struct superpageblock *entry;

	list_for_each_entry(entry, head, list)
		if (entry == sb)
			return true;
	return false;
}

static void assert_filed(unsigned int spb, enum sb_category category, enum sb_fullness fullness)
{
	struct superpageblock *sb = fx_spb(spb);

	assert_int_equal(sb->category, category);
	assert_int_equal(sb->fullness, fullness);
	assert_int_equal(spb_get_category(sb), category);
	assert_true(is_on(sb, &fx_zone()->spb_lists[category][fullness]));
}

/* --- bits --- */

TEST(bits_are_set_by_the_type_of_the_request)
{
	fx_small(2);
	fx_draw(0, "UUUU M... MMMM MMMM");
	fx_search(0, R, ALLOC_NOFRAGMENT);
	assert_spb(0, "UUUU MR.. MMMM MMMM");
	assert_int_equal(fx_spb(0)->nr_unmovable, 1);
	assert_int_equal(fx_spb(0)->nr_reclaimable, 1);
	assert_int_equal(fx_spb(0)->nr_movable, 3);
	fx_finish();
}

TEST(bits_outlive_the_last_page)
{
	fx_small(2);
	fx_draw(0, "UUUU MU.. MMMM MMMM");
	fx_free(FX_PFN(0, 5));
	assert_spb(0, "UUUU M+U:M... MMMM MMMM");
	assert_int_equal(fx_count(SPB_EV_HAS_CLEAR), 0);
	fx_finish();
}

/* The first page of a clipped pageblock is in no zone: its events must not ask that page. */
TEST(events_of_a_clipped_pageblock_name_its_zone)
{
	struct spb_config config = fx_config(2);
	unsigned int named = 0;

	config.zones[0][ZONE_NORMAL].start_pfn++;
	config.zones[0][ZONE_NORMAL].nr_pages--;
	fx_start(&config);
	while (fx_alloc(__GFP_HIGHMEM | __GFP_MOVABLE, 0) != NO_PFN) {
		for (unsigned int i = 0; i < fx_count(SPB_EV_HAS_SET); i++, named++)
			assert_int_equal(fx_event(SPB_EV_HAS_SET, i)->zone, fx_zone()->index);
	}
	assert_int_equal(named, 8);
	fx_finish();
}

TEST(a_free_pageblock_has_none)
{
	fx_small(2);
	fx_draw(0, "UUUU M+U+R:M... MMMM MMMM");
	fx_free(FX_PFN(0, 4));
	assert_spb(0, "UUUU .... MMMM MMMM");
	assert_int_equal(fx_count(SPB_EV_HAS_CLEAR), 3);
	assert_true(pfn_to_pageblock(FX_PFN(0, 4))->flags & PB_all_free);
	assert_int_equal(fx_spb(0)->nr_free, 1);
	fx_finish();
}

TEST(large_allocations_set_every_pageblock)
{
	fx_small(2);
	fx_search(3, R, 0);
	assert_int_equal(fx_spb(0)->nr_reclaimable, 2);
	assert_int_equal(fx_spb(0)->nr_free, 2);
	fx_finish();
}

TEST(highatomic_is_unmovable_and_cma_movable)
{
	assert_int_equal(migratetype_to_has_bit(MIGRATE_HIGHATOMIC), PB_has_unmovable);
	assert_int_equal(migratetype_to_has_bit(MIGRATE_CMA), PB_has_movable);
	assert_int_equal(migratetype_to_has_bit(U), PB_has_unmovable);
	assert_int_equal(migratetype_to_has_bit(R), PB_has_reclaimable);
	assert_int_equal(migratetype_to_has_bit(M), PB_has_movable);
}

/* --- category --- */

/* empty -> clean -> tainted -> clean -> empty */
TEST(category_follows_content)
{
	fx_small(2);
	fx_draw(0, "M... .... .... ....");
	assert_filed(0, SB_CLEAN, SB_FULL_25);
	assert_true(is_on(fx_spb(1), &fx_zone()->spb_empty));
	fx_draw(1, "U... .... .... ....");
	assert_filed(1, SB_TAINTED, SB_FULL_25);
	assert_int_equal(fx_zone()->nr_tainted, 1);
	fx_free(FX_PFN(1, 0));
	assert_int_equal(fx_count(SPB_EV_UNTAINT), 1);
	assert_int_equal(fx_event(SPB_EV_UNTAINT, 0)->arg, SB_EMPTY);
	assert_int_equal(fx_zone()->nr_tainted, 0);
	assert_true(is_on(fx_spb(1), &fx_zone()->spb_empty));
	fx_free(FX_PFN(0, 0));
	assert_int_equal(fx_spb(0)->category, SB_EMPTY);
	assert_int_equal(fx_count(SPB_EV_UNTAINT), 0);
	fx_finish();
}

TEST(a_label_alone_does_not_taint)
{
	fx_small(2);
	fx_draw(0, "U:M... R:.... .... ....");
	assert_filed(0, SB_CLEAN, SB_FULL_25);
}

TEST(the_first_nonmovable_page_taints)
{
	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "M... MMMM MMMM MMMM");
	fx_search(0, U, 0);
	assert_int_equal(fx_count(SPB_EV_TAINT), 1);
	assert_int_equal(fx_event(SPB_EV_TAINT, 0)->arg, SB_CLEAN);
	assert_int_equal(fx_event(SPB_EV_TAINT, 0)->spb, 1);
	assert_filed(1, SB_TAINTED, SB_FULL);
	fx_finish();
}

/* --- fullness --- */

/* Eight pageblocks: each count of free ones, with and without a reserved pageblock. */
TEST(fullness_at_each_boundary)
{
	static const enum sb_fullness whole[] = {
		SB_FULL,    SB_FULL_75, SB_FULL_75, SB_FULL_50,     SB_FULL_50,
		SB_FULL_25, SB_FULL_25, SB_ALMOST_EMPTY, SB_ALMOST_EMPTY,
	};
	/* Seven are usable: 3/4 begins at six used, 1/2 at four, 1/4 at two. */
	static const enum sb_fullness reserved[] = {
		SB_FULL,    SB_FULL_75, SB_FULL_50,      SB_FULL_50,
		SB_FULL_25, SB_FULL_25, SB_ALMOST_EMPTY, SB_ALMOST_EMPTY,
	};
	struct superpageblock sb = { .total_pageblocks = 8 };

	for (sb.nr_free = 0; sb.nr_free <= 8; sb.nr_free++)
		assert_int_equal(spb_get_fullness(&sb), whole[sb.nr_free]);
	sb.nr_reserved = 1;
	for (sb.nr_free = 0; sb.nr_free <= 7; sb.nr_free++)
		assert_int_equal(spb_get_fullness(&sb), reserved[sb.nr_free]);
}

TEST(a_new_bucket_puts_it_at_the_head)
{
	fx_small(4);
	fx_draw(0, "M... MMMM MMMM MMMM");
	fx_draw(1, "M... MMMM MMMM ....");
	fx_draw(2, "M... MMMM MMMM ....");
	assert_filed(1, SB_CLEAN, SB_FULL_75);
	assert_ptr_equal(list_first_entry(&fx_zone()->spb_lists[SB_CLEAN][SB_FULL_75],
					  struct superpageblock, list), fx_spb(2));
	fx_free(FX_PFN(0, 0));
	assert_filed(0, SB_CLEAN, SB_FULL_75);
	assert_ptr_equal(list_first_entry(&fx_zone()->spb_lists[SB_CLEAN][SB_FULL_75],
					  struct superpageblock, list), fx_spb(0));
	assert_int_equal(fx_count(SPB_EV_LIST_MOVE), 1);
	/* A change within the bucket moves nothing. */
	fx_free(FX_PFN(1, 0));
	assert_int_equal(fx_count(SPB_EV_LIST_MOVE), 1);
	assert_filed(1, SB_CLEAN, SB_FULL_50);
	fx_finish();
}

/* --- the last non-movable content leaves --- */

TEST(untainted_labels_become_movable)
{
	fx_small(3);
	fx_draw(0, "U--- U:M... R:.... H+M:M...");
	assert_int_equal(fx_zone()->nr_reserved_highatomic, 4);
	/* The reserve counts as unmovable content until its pageblock is free. */
	fx_free(FX_PFN(0, 0));
	assert_int_equal(fx_spb(0)->category, SB_TAINTED);
	fx_free(FX_PFN(0, 12));
	assert_int_equal(fx_spb(0)->category, SB_CLEAN);
	assert_spb(0, ".... M... .... ....");
	assert_int_equal(fx_zone()->nr_reserved_highatomic, 0);
	fx_finish();
}

TEST(untainting_moves_fragments_of_reserved_pageblocks)
{
	fx_small(3);
	fx_draw(0, "U--- R:MM.. M... ....");
	fx_free(FX_PFN(0, 0));
	assert_int_equal(fx_spb(0)->category, SB_CLEAN);
	assert_spb(0, ".... MM.. M... ....");
	assert_step(fx_search(1, M, ALLOC_NOFRAGMENT), "own");
	fx_finish();
}

TEST(untainting_reaches_below_an_isolation)
{
	fx_small(3);
	fx_draw(0, "U--- R:M... .... ....");
	assert_int_equal(spb_isolate_pageblock(FX_PFN(0, 4)), 0);
	fx_free(FX_PFN(0, 0));
	assert_int_equal(fx_spb(0)->category, SB_CLEAN);
	assert_spb(0, ".... I:M... .... ....");
	assert_int_equal(get_pageblock_label(FX_PFN(0, 4)), M);
	assert_int_equal(spb_unisolate_pageblock(FX_PFN(0, 4)), 0);
	assert_spb(0, ".... M... .... ....");
	fx_finish();
}

TEST(cma_labels_stay)
{
	struct spb_config config = fx_config(2);

	config.nr_ranges = 1;
	config.ranges[0] = (struct spb_range){ FX_PFN(0, 8), 4, SPB_RANGE_CMA };
	fx_start(&config);
	fx_draw(0, "U--- .... C:.... M...");
	fx_free(FX_PFN(0, 0));
	assert_spb(0, ".... .... C:.... M...");
	fx_finish();
}

/* --- isolation --- */

/* |        a buddy of four pageblocks        |  the second one is isolated */
TEST(isolation_cuts_a_buddy)
{
	fx_small(2);
	assert_int_equal(spb_isolate_pageblock(FX_PFN(0, 5)), 0);
	assert_spb(0, ".... I:.... .... ....");
	assert_int_equal(fx_spb(0)->free_area[2].nr_free, 2);
	assert_int_equal(fx_spb(0)->free_area[3].nr_free, 1);
	assert_int_equal(fx_zone()->nr_free_pages, 28);
	assert_int_equal(fx_zone()->nr_isolate_pageblock, 1);
	assert_int_equal(allocator.queries->free_pages(0), 32);
	assert_int_equal(fx_spb(0)->nr_free, 4);
	assert_int_equal(spb_unisolate_pageblock(FX_PFN(0, 5)), 0);
	assert_int_equal(fx_spb(0)->free_area[4].nr_free, 1);
	assert_int_equal(fx_zone()->nr_free_pages, 32);
	fx_finish();
}

TEST(isolation_of_a_later_pageblock_cuts_twice)
{
	fx_small(2);
	assert_int_equal(spb_isolate_pageblock(FX_PFN(0, 12)), 0);
	assert_spb(0, ".... .... .... I:....");
	assert_int_equal(fx_spb(0)->free_area[3].nr_free, 1);
	assert_int_equal(fx_spb(0)->free_area[2].nr_free, 2);
	fx_finish();
}

TEST(isolated_pages_are_not_handed_out)
{
	fx_small(2);
	fx_draw(0, "M... MMMM MMMM MMMM");
	fx_draw(1, "M... MMMM MMMM MMMM");
	spb_isolate_pageblock(FX_PFN(0, 0));
	assert_int_equal(fx_search(0, M, 0) & ~15u, FX_PFN(1, 0));
	assert_failed(fx_search(2, M, 0));
	/* What is freed there waits as well. */
	fx_free(FX_PFN(0, 0));
	assert_spb(0, "I:.... MMMM MMMM MMMM");
	assert_failed(fx_search(2, M, 0));
	spb_unisolate_pageblock(FX_PFN(0, 0));
	assert_step(fx_search(2, M, 0), "own");
	fx_finish();
}

TEST(isolation_keeps_the_category)
{
	fx_small(2);
	fx_draw(0, "UU.. M... MMMM MMMM");
	spb_isolate_pageblock(FX_PFN(0, 0));
	assert_int_equal(fx_spb(0)->category, SB_TAINTED);
	spb_unisolate_pageblock(FX_PFN(0, 0));
	assert_spb(0, "UU.. M... MMMM MMMM");
	assert_step(fx_search(0, U, ALLOC_NOFRAGMENT), "own");
	fx_finish();
}

/* --- deferred work is asked for --- */

TEST(falling_below_the_high_water_kicks_the_shrinker)
{
	fx_small(2);
	fx_draw(0, "UUUU .... .... UU..");
	fx_search(0, U, ALLOC_NOFRAGMENT);
	assert_int_equal(fx_count(SPB_EV_SHRINK_KICK), 0);
	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU U...");
	fx_search(0, U, ALLOC_NOFRAGMENT);
	assert_int_equal(fx_count(SPB_EV_SHRINK_KICK), 1);
	assert_int_equal(fx_event(SPB_EV_SHRINK_KICK, 0)->arg2, 0);
	fx_search(0, U, ALLOC_NOFRAGMENT);
	assert_int_equal(fx_event(SPB_EV_SHRINK_KICK, 0)->arg2, 1);
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(bits_are_set_by_the_type_of_the_request),
		T(bits_outlive_the_last_page),
		T(events_of_a_clipped_pageblock_name_its_zone),
		T(a_free_pageblock_has_none),
		T(large_allocations_set_every_pageblock),
		T(highatomic_is_unmovable_and_cma_movable),
		T(category_follows_content),
		T(a_label_alone_does_not_taint),
		T(the_first_nonmovable_page_taints),
		T(fullness_at_each_boundary),
		T(a_new_bucket_puts_it_at_the_head),
		T(untainted_labels_become_movable),
		T(untainting_moves_fragments_of_reserved_pageblocks),
		T(untainting_reaches_below_an_isolation),
		T(cma_labels_stay),
		T(isolation_cuts_a_buddy),
		T(isolation_of_a_later_pageblock_cuts_twice),
		T(isolated_pages_are_not_handed_out),
		T(isolation_keeps_the_category),
		T(falling_below_the_high_water_kicks_the_shrinker),
	};

	return RUN(tests);
}
