// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stops a step of the search: each gate with a request on either side of it, in states
 * where nothing else decides.
 */
#include "tests/fixture.h"

#define U MIGRATE_UNMOVABLE
#define M MIGRATE_MOVABLE
#define R MIGRATE_RECLAIMABLE
#define STRICT ALLOC_NOFRAGMENT
#define RELABEL (ALLOC_NOFRAGMENT | ALLOC_NOFRAG_TAINTED_OK)

/* --- ALLOC_NOFRAGMENT, ALLOC_NOFRAG_TAINTED_OK --- */

TEST(claim_whole_needs_leave_to_relabel)
{
	fx_small(2);
	fx_draw(0, "UUUU .... MMMM MMMM");
	fx_draw(1, "M... .... .... ....");
	assert_failed(fx_search(0, U, STRICT));
	assert_true(fx_refused(SPB_REFUSAL_NOFRAGMENT) > 0);
	assert_spb(0, "UUUU .... MMMM MMMM");
	assert_step(fx_search(0, U, RELABEL), "claim-whole");
	assert_int_equal(fx_refused(SPB_REFUSAL_NOFRAGMENT), 0);
	fx_finish();

	fx_small(2);
	fx_draw(0, "UUUU .... MMMM MMMM");
	assert_step(fx_search(0, U, 0), "claim-whole");
	fx_finish();
}

TEST(borrowing_is_open_to_everybody)
{
	fx_small(2);
	fx_draw(0, "UUUU MMM. MMMM MMMM");
	assert_step(fx_search(0, U, STRICT), "borrow-movable");
	fx_finish();
}

TEST(tainting_an_empty_one_needs_nofragment_dropped)
{
	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	assert_failed(fx_search(0, U, STRICT));
	assert_failed(fx_search(0, U, RELABEL));
	assert_true(fx_refused(SPB_REFUSAL_NOFRAGMENT) > 0);
	assert_int_equal(fx_spb(1)->category, SB_EMPTY);
	assert_step(fx_search(0, U, 0), "empty");
	fx_finish();
}

TEST(tainting_a_clean_one_needs_nofragment_dropped)
{
	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "M... .... .... ....");
	assert_failed(fx_search(0, U, RELABEL));
	assert_int_equal(fx_spb(1)->category, SB_CLEAN);
	assert_step(fx_search(0, U, 0), "claim");
	assert_spb(1, "M... .... U... U:....");
	fx_finish();
}

TEST(stealing_needs_nofragment_dropped)
{
	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMMM MMM.");
	assert_failed(fx_search(0, U, RELABEL));
	assert_step(fx_search(0, U, 0), "steal");
	fx_finish();
}

/* --- below pageblock size: the aggressive threshold --- */

/* The last superpageblock is tainted, with a movable fragment; the others are clean. */
static void draw_many(unsigned int nr)
{
	fx_small(nr);
	for (unsigned int i = 0; i + 1 < nr; i++)
		fx_draw(i, "MMMM MMMM MMMM MMMM");
	fx_draw(nr - 1, "UUUU M-.. MMMM MMMM");
}

TEST(eight_superpageblocks_are_not_aggressive)
{
	draw_many(8);
	assert_step(fx_search(0, U, RELABEL), "borrow-movable");
	assert_int_equal(fx_count(SPB_EV_RELABEL), 0);
	fx_finish();
}

TEST(nine_superpageblocks_are_aggressive)
{
	draw_many(9);
	assert_step(fx_search(0, U, RELABEL), "claim-part");
	assert_int_equal(fx_count(SPB_EV_RELABEL), 1);
	fx_finish();
	/* Not without leave to relabel. */
	draw_many(9);
	assert_step(fx_search(0, U, STRICT), "borrow-movable");
	fx_finish();
}

TEST(the_threshold_is_a_tunable)
{
	draw_many(8);
	spb_set_tunable(SPB_TUNABLE_aggressive_threshold, 7);
	assert_step(fx_search(0, U, RELABEL), "claim-part");
	fx_finish();
	draw_many(9);
	spb_set_tunable(SPB_TUNABLE_aggressive_threshold, 9);
	assert_step(fx_search(0, U, RELABEL), "borrow-movable");
	fx_finish();
}

/* --- ALLOC_HIGHORDER_OPTIONAL --- */

TEST(optional_is_refused_on_evidence_of_a_page)
{
	fx_small(2);
	fx_draw(0, "UUU. UUUU UUUU UUUU");
	fx_draw(1, "M... .... .... ....");
	assert_failed(fx_search(1, U, ALLOC_HIGHORDER_OPTIONAL));
	assert_int_equal(fx_refused(SPB_REFUSAL_OPTIONAL_PAGE), 1);
	assert_int_equal(fx_refused(SPB_REFUSAL_OPTIONAL_BLOCK), 0);
	assert_int_equal(fx_event(SPB_EV_REFUSE, 0)->arg2, 1);
	assert_step(fx_search(1, U, 0), "claim");
	fx_finish();
}

TEST(optional_is_refused_on_evidence_of_a_pageblock)
{
	fx_small(3);
	fx_draw(0, "UUUU U:.... UUUU UUUU");
	fx_draw(1, "UUUU UUUU UUUU UUUU");
	fx_draw(2, "M... .... .... ....");
	assert_failed(fx_search(3, U, ALLOC_HIGHORDER_OPTIONAL));
	assert_int_equal(fx_refused(SPB_REFUSAL_OPTIONAL_BLOCK), 1);
	/* The full one is below its reserve, the other one not. */
	assert_int_equal(fx_event(SPB_EV_REFUSE, 0)->arg2, 1);
	fx_finish();
}

TEST(optional_without_evidence_is_served)
{
	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "M... .... .... ....");
	assert_step(fx_search(1, U, ALLOC_HIGHORDER_OPTIONAL), "claim");
	fx_finish();
}

TEST(optional_is_served_before_evidence_counts)
{
	fx_small(2);
	fx_draw(0, "UUU. UU.. UUUU UUUU");
	assert_step(fx_search(1, U, ALLOC_HIGHORDER_OPTIONAL), "own");
	fx_finish();
}

/* Movable requests do not walk the tainted lists, so they have no evidence. */
TEST(movable_optional_requests_have_no_evidence)
{
	fx_small(2);
	fx_draw(0, "UUUU UUUU U:.... U:....");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
	assert_step(fx_search(2, M, ALLOC_HIGHORDER_OPTIONAL), "claim");
	fx_finish();
}

/* --- the tainted reserve --- */

TEST(movable_keeps_the_reserve)
{
	fx_small(2);
	fx_draw(0, "MMMM MMMM MMMM MMMM");
	fx_draw(1, "UUUU MMMM .... ....");
	/* Two free, one of them the reserve. */
	assert_step(fx_search(0, M, STRICT), "other");
	assert_spb(1, "UUUU MMMM M... ....");
	/* One free: exactly the reserve. Fragments do not count against it, but are behind it. */
	assert_failed(fx_search(0, M, 0));
	assert_int_equal(fx_refused(SPB_REFUSAL_RESERVE), 1);
	fx_finish();
}

TEST(large_movable_requests_keep_the_reserve_too)
{
	fx_small(2);
	fx_draw(0, "MMMM MMMM MMMM MMMM");
	fx_draw(1, "UUUU MMMM .... ....");
	assert_failed(fx_search(3, M, STRICT));
	assert_true(fx_refused(SPB_REFUSAL_RESERVE) > 0);
	spb_set_tunable(SPB_TUNABLE_reserve_min, 0);
	assert_step(fx_search(3, M, STRICT), "other");
	fx_finish();
}

TEST(the_reserve_grows_with_the_superpageblock)
{
	struct spb_config config = fx_config(0);
	static const struct {
		u16 blocks, reserve;
	} cases[] = { { 16, 4 }, { 128, 4 }, { 159, 4 }, { 160, 5 }, { 192, 6 } };

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		config.pageblocks_per_spb = cases[i].blocks;
		config.block_order = 1;
		config.zones[0][ZONE_NORMAL] =
			(struct spb_zone_config){ cases[i].blocks * 2u, cases[i].blocks * 4u };
		config.tunables.reserve_min = 4;
		fx_start(&config);
		assert_int_equal(spb_tainted_reserve(fx_spb(0)), cases[i].reserve);
		assert_true(spb_policy_on(fx_zone()));
	}
}

/* --- half rule, types, borders --- */

TEST(claim_of_a_fragment_needs_half)
{
	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM MM.. MMMM");
	assert_step(fx_search(0, U, 0), "claim");
	fx_finish();

	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMM. MMMM");
	assert_step(fx_search(0, U, 0), "steal");
	assert_int_equal(fx_refused(SPB_REFUSAL_HALF), 1);
	fx_finish();
}

/* What is neither free nor movable in a movable pageblock is alike to unmovable. */
TEST(alike_pages_count_towards_half)
{
	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM M:MUM. MMMM");
	assert_step(fx_search(0, U, STRICT), "borrow-movable");
	fx_finish();
}

/* Pageblocks of eight pages: a fragment of two, and movable pages are alike to movable. */
TEST(movable_pages_count_towards_half_for_movable)
{
	struct spb_config config = fx_config(1);

	config.block_order = 3;
	config.pageblocks_per_spb = 2;
	fx_start(&config);
	fx_draw(0, "U:MMU-U-.. MMMMMMMM");
	assert_step(fx_search(1, M, 0), "claim");
	assert_spb(0, "MMU-U-M- MMMMMMMM");
	fx_finish();

	fx_start(&config);
	fx_draw(0, "U:MUU-U-.. MMMMMMMM");
	assert_step(fx_search(1, M, 0), "steal");
	assert_spb(0, "U:MUU-U-M- MMMMMMMM");
	assert_int_equal(fx_refused(SPB_REFUSAL_HALF), 1);
	fx_finish();
}

TEST(unmovable_and_reclaimable_never_mix_by_relabelling)
{
	fx_small(2);
	fx_draw(0, "RRR. R-.. RRRR RRRR");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
	/* Borrowing is allowed; claiming the pageblock and stealing are not. */
	assert_step(fx_search(0, U, 0), "borrow-other");
	assert_spb(0, "RRRU R-.. RRRR RRRR");
	assert_failed(fx_search(2, U, 0));
	assert_int_equal(fx_count(SPB_EV_RELABEL), 0);
	fx_finish();
}

/* Cross-type claims are refused where there is no policy, and no borrowing. */
TEST(cross_type_is_refused)
{
	fx_small(1);
	fx_draw(0, "RR.. RRRR MMMM MMMM");
	assert_failed(fx_search(0, U, 0));
	assert_true(fx_refused(SPB_REFUSAL_CROSS_TYPE) > 0);
	assert_spb(0, "RR.. RRRR MMMM MMMM");
	fx_finish();
}

TEST(a_whole_pageblock_may_change_between_them)
{
	fx_small(2);
	fx_draw(0, "RRRR R:.... RRRR RRRR");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
	assert_failed(fx_search(0, U, STRICT));
	assert_step(fx_search(0, U, RELABEL), "claim");
	assert_spb(0, "RRRR U... RRRR RRRR");
	fx_finish();
}

TEST(partial_pageblocks_keep_their_label)
{
	struct spb_config config = fx_config(0);

	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 64, 30 };
	fx_start(&config);
	fx_draw(0, "MMMM MMMM MMMM MMMM");
	fx_draw(1, "UUUU MMMM MMMM ..");
	assert_step(fx_search(1, U, 0), "borrow-movable");
	assert_int_equal(fx_refused(SPB_REFUSAL_ZONE_BOUNDARY), 1);
	assert_spb(1, "UUUU MMMM MMMM M:U-xx");
	fx_finish();
}

TEST(small_movable_requests_claim_nothing)
{
	struct spb_config config = fx_config(2);

	/* Half of the pageblock order is 1: a single page is too small. */
	fx_start(&config);
	fx_draw(0, "MMMM MMMM MMMM MMMM");
	fx_draw(1, "UUU. UUUU .... M:....");
	spb_set_tunable(SPB_TUNABLE_reserve_min, 1);
	assert_step(fx_search(3, U, RELABEL), "claim-whole");
	assert_failed(fx_search(0, M, 0));
	fx_finish();
}

/* --- no policy --- */

TEST(one_superpageblock_has_no_policy)
{
	fx_small(1);
	fx_draw(0, "UUUU MMMM MMMM ....");
	assert_false(spb_policy_on(fx_zone()));
	/* No reserve, no borrowing, no step but own, claim and steal. */
	assert_step(fx_search(0, M, STRICT), "own");
	assert_step(fx_search(0, U, 0), "claim");
	assert_int_equal(fx_count(SPB_EV_WAKE), 0);
	fx_finish();
}

TEST(without_policy_nofragment_means_whole_pageblocks)
{
	fx_small(1);
	fx_draw(0, "UUUU MM.. MMMM ....");
	assert_step(fx_search(0, U, STRICT), "claim");
	assert_spb(0, "UUUU MM.. MMMM U...");
	fx_finish();

	fx_small(1);
	fx_draw(0, "UUUU MM.. MMMM MMMM");
	assert_failed(fx_search(0, U, STRICT));
	assert_step(fx_search(0, U, 0), "claim");
	fx_finish();
}

TEST(without_policy_stealing_keeps_its_rules)
{
	fx_small(1);
	fx_draw(0, "UUUU MMM. MMMM RRR.");
	assert_step(fx_search(0, U, 0), "steal");
	assert_spb(0, "UUUU MMMU MMMM RRR.");
	assert_failed(fx_search(0, U, 0));
	assert_step(fx_search(0, M, 0), "steal");
	assert_spb(0, "UUUU MMMU MMMM RRRM");
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(claim_whole_needs_leave_to_relabel),
		T(borrowing_is_open_to_everybody),
		T(tainting_an_empty_one_needs_nofragment_dropped),
		T(tainting_a_clean_one_needs_nofragment_dropped),
		T(stealing_needs_nofragment_dropped),
		T(eight_superpageblocks_are_not_aggressive),
		T(nine_superpageblocks_are_aggressive),
		T(the_threshold_is_a_tunable),
		T(optional_is_refused_on_evidence_of_a_page),
		T(optional_is_refused_on_evidence_of_a_pageblock),
		T(optional_without_evidence_is_served),
		T(optional_is_served_before_evidence_counts),
		T(movable_optional_requests_have_no_evidence),
		T(movable_keeps_the_reserve),
		T(large_movable_requests_keep_the_reserve_too),
		T(the_reserve_grows_with_the_superpageblock),
		T(claim_of_a_fragment_needs_half),
		T(alike_pages_count_towards_half),
		T(movable_pages_count_towards_half_for_movable),
		T(unmovable_and_reclaimable_never_mix_by_relabelling),
		T(cross_type_is_refused),
		T(a_whole_pageblock_may_change_between_them),
		T(partial_pageblocks_keep_their_label),
		T(small_movable_requests_claim_nothing),
		T(one_superpageblock_has_no_policy),
		T(without_policy_nofragment_means_whole_pageblocks),
		T(without_policy_stealing_keeps_its_rules),
	};

	return RUN(tests);
}
