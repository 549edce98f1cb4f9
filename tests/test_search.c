// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search, step by step: each test draws exactly the state in which one step serves and
 * those before it cannot. The table is in docs/specification.md; gates are in test_gates.c.
 */
#include "tests/fixture.h"

#define U MIGRATE_UNMOVABLE
#define M MIGRATE_MOVABLE
#define R MIGRATE_RECLAIMABLE
#define STRICT ALLOC_NOFRAGMENT
#define RELABEL (ALLOC_NOFRAGMENT | ALLOC_NOFRAG_TAINTED_OK)

/* --- own --- */

TEST(own_takes_the_fullest_tainted_superpageblock)
{
	uint32_t pfn;

	fx_small(3);
	fx_draw(0, "U... .... .... ....");
	fx_draw(1, "U... UUUU UUUU ....");
	pfn = fx_search(0, U, STRICT);
	assert_step(pfn, "own");
	assert_int_equal(pfn, FX_PFN(1, 1));
	assert_spb(1, "UU.. UUUU UUUU ....");
	assert_spb(0, "U... .... .... ....");
	fx_finish();
}

TEST(own_takes_the_fullest_clean_superpageblock)
{
	uint32_t pfn;

	fx_small(4);
	fx_draw(0, "M... .... .... ....");
	fx_draw(1, "UUU. M... MMMM MMMM");
	fx_draw(2, "MMMM MMMM MM.. ....");
	pfn = fx_search(0, M, STRICT);
	assert_step(pfn, "own");
	assert_int_equal(pfn, FX_PFN(2, 12));
	fx_finish();
}

/* The fragment of the fuller superpageblock comes before the pageblock of the next one. */
TEST(own_finishes_a_superpageblock_before_the_next)
{
	uint32_t pfn;

	fx_small(3);
	fx_draw(0, "UUUU U:.... .... ....");
	fx_draw(1, "UUU. UUUU UUUU ....");
	pfn = fx_search(0, U, STRICT);
	assert_step(pfn, "own");
	assert_int_equal(pfn, FX_PFN(1, 3));
	fx_finish();
}

TEST(own_takes_whole_pageblocks_before_fragments)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUU. U:.... U:.... U:....");
	pfn = fx_search(0, U, STRICT);
	assert_step(pfn, "own");
	/* The smallest of them: one pageblock, not two. */
	assert_spb(0, "UUU. U... U:.... U:....");
	assert_int_equal(pfn, FX_PFN(0, 4));
	fx_finish();
}

TEST(own_takes_a_fragment_large_enough)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "U.UU UUUU U-.. UUUU");
	pfn = fx_search(1, U, STRICT);
	assert_step(pfn, "own");
	assert_int_equal(pfn, FX_PFN(0, 10));
	assert_failed(fx_search(1, U, STRICT));
	fx_finish();
}

/* --- claim-whole --- */

TEST(claim_whole_relabels_a_free_movable_pageblock)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUUU .... MMMM MMMM");
	pfn = fx_search(0, U, RELABEL);
	assert_step(pfn, "claim-whole");
	assert_spb(0, "UUUU U... MMMM MMMM");
	assert_int_equal(fx_count(SPB_EV_RELABEL), 1);
	fx_finish();
}

TEST(claim_whole_takes_all_labels_of_a_large_buddy)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUUU MMMM .... ....");
	pfn = fx_search(0, R, RELABEL);
	assert_step(pfn, "claim-whole");
	assert_spb(0, "UUUU MMMM R... R:....");
	assert_int_equal(fx_count(SPB_EV_RELABEL), 2);
	fx_finish();
}

TEST(claim_whole_serves_orders_above_a_pageblock)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUUU .... .... ....");
	pfn = fx_search(3, U, RELABEL);
	assert_step(pfn, "claim-whole");
	assert_spb(0, "UUUU .... U--- ----");
	fx_finish();
}

/* Neither what is isolated nor CMA counts as a free movable pageblock. */
TEST(claim_whole_leaves_isolated_and_cma_alone)
{
	struct spb_config config = fx_config(2);

	config.nr_ranges = 1;
	config.ranges[0] = (struct spb_range){ FX_PFN(0, 8), 4, SPB_RANGE_CMA };
	fx_start(&config);
	fx_draw(0, "UUUU .... C:.... MMMM");
	fx_draw(1, "M... .... .... ....");
	assert_int_equal(spb_isolate_pageblock(FX_PFN(0, 4)), 0);
	assert_spb(0, "UUUU I:.... C:.... MMMM");
	assert_failed(fx_search(0, U, RELABEL));
	assert_int_equal(spb_unisolate_pageblock(FX_PFN(0, 4)), 0);
	assert_step(fx_search(0, U, RELABEL), "claim-whole");
	assert_spb(0, "UUUU U... C:.... MMMM");
	fx_finish();
}

/* --- claim-part --- */

TEST(claim_part_relabels_the_largest_fragment)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUUU M.MM M-.. MMMM");
	/* Below pageblock size NOFRAGMENT is in the way unless it is dropped. */
	pfn = fx_search(0, U, 0);
	assert_step(pfn, "claim-part");
	assert_int_equal(pfn, FX_PFN(0, 10));
	assert_spb(0, "UUUU M.MM U:M-U. MMMM");
	fx_finish();
}

TEST(claim_part_needs_no_half)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUUU MM.M MMMM MMMM");
	pfn = fx_search(0, U, 0);
	assert_step(pfn, "claim-part");
	assert_spb(0, "UUUU U:MMUM MMMM MMMM");
	assert_int_equal(fx_refused(SPB_REFUSAL_HALF), 0);
	fx_finish();
}

/* --- borrowing --- */

TEST(borrow_other_changes_no_label)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "RR.. MMM. MMMM MMMM");
	pfn = fx_search(0, U, STRICT);
	assert_step(pfn, "borrow-other");
	assert_spb(0, "RRU. MMM. MMMM MMMM");
	assert_int_equal(fx_event(SPB_EV_BORROW, 0)->arg, R);
	assert_int_equal(fx_count(SPB_EV_RELABEL), 0);
	pfn = fx_search(0, R, STRICT);
	assert_step(pfn, "own");
	fx_finish();
}

TEST(borrow_other_works_in_both_directions)
{
	fx_small(2);
	fx_draw(0, "UU.. MMM. MMMM MMMM");
	assert_step(fx_search(0, R, STRICT), "borrow-other");
	assert_spb(0, "UUR. MMM. MMMM MMMM");
	fx_finish();
}

TEST(borrow_movable_changes_no_label)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUUU M... MMMM MMMM");
	pfn = fx_search(1, R, STRICT);
	assert_step(pfn, "borrow-movable");
	assert_spb(0, "UUUU M.R- MMMM MMMM");
	assert_int_equal(fx_event(SPB_EV_BORROW, 0)->arg, M);
	assert_int_equal(fx_spb(0)->nr_reclaimable, 1);
	fx_finish();
}

/* Whole pageblocks can be relabelled, so nobody borrows from one. */
TEST(borrowing_leaves_whole_pageblocks_alone)
{
	fx_small(2);
	fx_draw(0, "UUUU .... R:.... MMMM");
	fx_draw(1, "M... .... .... ....");
	assert_failed(fx_search(0, U, STRICT));
	assert_spb(0, "UUUU .... R:.... MMMM");
	assert_int_equal(fx_count(SPB_EV_BORROW), 0);
	fx_finish();
}

/* What was borrowed goes back to the list of the label. */
TEST(a_borrowed_page_returns_to_its_label)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "RRR. MMMM MMMM MMMM");
	pfn = fx_search(0, U, STRICT);
	fx_free(pfn);
	assert_spb(0, "R+U:RRR. MMMM MMMM MMMM");
	assert_step(fx_search(0, R, STRICT), "own");
	fx_finish();
}

/* --- wake, empty, other --- */

TEST(wake_comes_before_anything_is_tainted)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUUU UUUU MMMM MMMM");
	pfn = fx_search(0, U, 0);
	assert_step(pfn, "empty");
	assert_int_equal(fx_count(SPB_EV_WAKE), 1);
	assert_true(fx_event(SPB_EV_WAKE, 0) < fx_event(SPB_EV_TAINT, 0));
	assert_spb(1, "U... U:.... U:.... U:....");
	fx_finish();
}

TEST(wake_is_not_for_movable_requests)
{
	fx_small(2);
	fx_draw(0, "MMMM MMMM MMMM MMMM");
	assert_step(fx_search(0, M, 0), "empty");
	assert_int_equal(fx_count(SPB_EV_WAKE), 0);
	fx_finish();
}

TEST(empty_serves_movable_under_every_gate)
{
	uint32_t pfn;

	fx_small(3);
	fx_draw(0, "MMMM MMMM MMMM MMMM");
	fx_draw(1, "UUU. .... .... ....");
	pfn = fx_search(0, M, STRICT);
	assert_step(pfn, "empty");
	assert_spb(2, "M... .... .... ....");
	assert_int_equal(fx_spb(2)->category, SB_CLEAN);
	fx_finish();
}

TEST(empty_serves_the_first_nonmovable_page_of_a_zone)
{
	uint32_t pfn;

	fx_small(3);
	fx_draw(0, "M... .... .... ....");
	pfn = fx_search(0, U, STRICT);
	assert_step(pfn, "empty");
	assert_int_equal(pfn, FX_PFN(1, 0));
	assert_int_equal(fx_spb(1)->category, SB_TAINTED);
	assert_int_equal(fx_zone()->nr_tainted, 1);
	fx_finish();
}

TEST(empty_is_reached_by_others_too)
{
	fx_small(3);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	assert_step(fx_search(0, R, 0), "empty");
	assert_spb(1, "R... R:.... R:.... R:....");
	fx_finish();
}

TEST(other_lets_movable_into_a_tainted_superpageblock)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "MMMM MMMM MMMM MMMM");
	fx_draw(1, "UUUU MMM. .... ....");
	pfn = fx_search(0, M, STRICT);
	assert_step(pfn, "other");
	assert_int_equal(fx_spb(1)->category, SB_TAINTED);
	assert_int_equal(pfn & ~15u, FX_PFN(1, 0));
	fx_finish();
}

/* --- cma --- */

TEST(cma_serves_movable_requests_that_may)
{
	struct spb_config config = fx_config(2);
	uint32_t pfn;

	config.nr_ranges = 1;
	config.ranges[0] = (struct spb_range){ FX_PFN(0, 8), 8, SPB_RANGE_CMA };
	fx_start(&config);
	fx_draw(0, "MMMM MMMM");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
	assert_spb(0, "MMMM MMMM C:.... C:....");
	assert_failed(fx_search(0, M, STRICT));
	assert_failed(fx_search(0, U, 0));
	pfn = fx_search(0, M, STRICT | ALLOC_CMA);
	assert_step(pfn, "cma");
	assert_spb(0, "MMMM MMMM C:M... C:....");
	assert_int_equal(fx_zone()->nr_free_cma, 7);
	fx_finish();
}

/* --- claim, steal --- */

TEST(claim_taints_a_clean_superpageblock_last)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM M... MMMM");
	pfn = fx_search(0, U, 0);
	assert_step(pfn, "claim");
	/* Half of the pageblock is free: it changes hands. */
	assert_spb(1, "MMMM MMMM U:M.U. MMMM");
	assert_int_equal(fx_spb(1)->category, SB_TAINTED);
	assert_int_equal(fx_count(SPB_EV_TAINT), 1);
	fx_finish();
}

TEST(claim_goes_from_the_largest_order_down)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "MM.. .... M... MMMM");
	pfn = fx_search(0, U, 0);
	assert_step(pfn, "claim");
	assert_spb(1, "MM.. U... M... MMMM");
	fx_finish();
}

TEST(steal_takes_the_smallest_and_no_label)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMM. MMMM");
	pfn = fx_search(0, U, 0);
	assert_step(pfn, "steal");
	assert_spb(1, "MMMM MMMM MMMU MMMM");
	assert_int_equal(fx_count(SPB_EV_STEAL), 1);
	assert_int_equal(fx_count(SPB_EV_RELABEL), 0);
	assert_int_equal(fx_refused(SPB_REFUSAL_HALF), 1);
	fx_finish();
}

TEST(claim_serves_movable_above_the_reserve)
{
	uint32_t pfn;

	fx_small(2);
	fx_draw(0, "MMMM MMMM MMMM MMMM");
	fx_draw(1, "UUU. MMMM U:.... U:....");
	pfn = fx_search(0, M, 0);
	assert_step(pfn, "claim");
	assert_spb(1, "UUU. MMMM M... ....");
	fx_finish();
}

TEST(nothing_is_left)
{
	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
	for (int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		assert_failed(fx_search(0, mt, 0));
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(own_takes_the_fullest_tainted_superpageblock),
		T(own_takes_the_fullest_clean_superpageblock),
		T(own_finishes_a_superpageblock_before_the_next),
		T(own_takes_whole_pageblocks_before_fragments),
		T(own_takes_a_fragment_large_enough),
		T(claim_whole_relabels_a_free_movable_pageblock),
		T(claim_whole_takes_all_labels_of_a_large_buddy),
		T(claim_whole_serves_orders_above_a_pageblock),
		T(claim_whole_leaves_isolated_and_cma_alone),
		T(claim_part_relabels_the_largest_fragment),
		T(claim_part_needs_no_half),
		T(borrow_other_changes_no_label),
		T(borrow_other_works_in_both_directions),
		T(borrow_movable_changes_no_label),
		T(borrowing_leaves_whole_pageblocks_alone),
		T(a_borrowed_page_returns_to_its_label),
		T(wake_comes_before_anything_is_tainted),
		T(wake_is_not_for_movable_requests),
		T(empty_serves_movable_under_every_gate),
		T(empty_serves_the_first_nonmovable_page_of_a_zone),
		T(empty_is_reached_by_others_too),
		T(other_lets_movable_into_a_tainted_superpageblock),
		T(cma_serves_movable_requests_that_may),
		T(claim_taints_a_clean_superpageblock_last),
		T(claim_goes_from_the_largest_order_down),
		T(steal_takes_the_smallest_and_no_label),
		T(claim_serves_movable_above_the_reserve),
		T(nothing_is_left),
	};

	return RUN(tests);
}
