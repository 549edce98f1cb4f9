// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving pages: migration itself, emptying pageblocks for a request (both passes) and in the
 * background, compaction, reclaim and the workers.
 */
#include "tests/fixture.h"

#include "core/migrate.h"

#define U MIGRATE_UNMOVABLE
#define M MIGRATE_MOVABLE
#define R MIGRATE_RECLAIMABLE

/* --- evacuation for a request --- */

/* Pass 1 takes strangers out of pageblocks of the wanted label, so that what is left merges. */
TEST(pass_one_takes_movable_pages_out_of_the_wanted_label)
{
	fx_small(3);
	fx_draw(0, "U:M-.. UUUU MMMM UUUU");
	fx_draw(1, "MM.. .... .... ....");
	assert_true(spb_evacuate_for_order(fx_zone(), 2, U));
	assert_spb(0, "U:.... UUUU MMMM UUUU");
	assert_int_equal(fx_event(SPB_EV_EVACUATE, 0)->arg, 1);
	assert_int_equal(fx_count(SPB_EV_EVACUATE), 1);
	assert_int_equal(fx_count(SPB_EV_MIGRATE), 1);
	assert_int_equal(fx_event(SPB_EV_EVACUATE_DONE, 0)->arg, 2);
	assert_int_equal(fx_event(SPB_EV_EVACUATE_DONE, 0)->arg2, 1);
	assert_step(fx_search(2, U, ALLOC_NOFRAGMENT), "own");
	fx_finish();
}

/* Pass 2 empties whole movable pageblocks, for the search to claim. */
TEST(pass_two_empties_a_movable_pageblock)
{
	fx_small(3);
	fx_draw(0, "UUUU U:MUUU M.M. UUUU");
	fx_draw(1, "MM.. .... .... ....");
	assert_true(spb_evacuate_for_order(fx_zone(), 2, U));
	/* Pass 1 tried, and made no pageblock of it. */
	assert_spb(0, "UUUU .UUU .... UUUU");
	assert_int_equal(fx_event(SPB_EV_EVACUATE, 0)->arg, 1);
	assert_int_equal(fx_event(SPB_EV_EVACUATE, 1)->arg, 2);
	assert_step(fx_search(2, U, ALLOC_NOFRAGMENT | ALLOC_NOFRAG_TAINTED_OK), "claim-whole");
	fx_finish();
}

TEST(nothing_moves_when_the_request_can_be_served)
{
	fx_small(3);
	fx_draw(0, "UUUU .... MMMM UUUU");
	fx_draw(1, "MM.. .... .... ....");
	assert_true(spb_evacuate_for_order(fx_zone(), 2, U));
	assert_int_equal(fx_count(SPB_EV_EVACUATE), 0);
	fx_finish();
}

/* Content goes to clean superpageblocks only: not to empty ones, not to tainted ones. */
TEST(evacuation_without_a_clean_superpageblock_moves_nothing)
{
	fx_small(3);
	fx_draw(0, "UUU. M.M. MMM. UUUU");
	assert_false(spb_evacuate_for_order(fx_zone(), 2, U));
	assert_int_equal(fx_count(SPB_EV_MIGRATE), 0);
	assert_int_equal(fx_spb(1)->category, SB_EMPTY);
	fx_finish();
}

TEST(evacuation_is_for_nonmovable_requests_under_a_policy)
{
	fx_small(2);
	fx_draw(0, "UUUU MMMM UUUU UUUU");
	fx_draw(1, "MM.. .... .... ....");
	assert_false(spb_evacuate_for_order(fx_zone(), 2, M));
	assert_false(spb_evacuate_for_order(fx_zone(), 5, U));
	fx_small(1);
	fx_draw(0, "UUUU MMMM UUUU UUUU");
	assert_false(spb_evacuate_for_order(fx_zone(), 2, U));
	fx_finish();
}

TEST(pinned_pages_stay)
{
	fx_small(2);
	fx_draw(0, "UUUU M... UUUU UUUU");
	fx_draw(1, "MM.. .... .... ....");
	fx_pin(FX_PFN(0, 4));
	assert_false(spb_evacuate_for_order(fx_zone(), 2, U));
	assert_int_equal(fx_count(SPB_EV_MIGRATE_FAIL), 1);
	assert_spb(0, "UUUU M... UUUU UUUU");
	assert_spb(1, "MM.. .... .... ....");
	fx_finish();
}

/* Somebody else looks at the page, or nobody owns it: it is not even asked for. */
TEST(referenced_and_unowned_pages_stay)
{
	fx_small(2);
	fx_draw(0, "UUUU M--- MMMM UUUU");
	fx_draw(1, "MM.. .... .... ....");
	pfn_to_page(FX_PFN(0, 4))->refcount++;
	for (unsigned int i = 8; i < 12; i++)
		set_page_owner(pfn_to_page(FX_PFN(0, i)), 0);
	assert_false(spb_evacuate_for_order(fx_zone(), 2, U));
	assert_int_equal(fx_count(SPB_EV_MIGRATE), 0);
	assert_int_equal(fx_count(SPB_EV_MIGRATE_FAIL), 0);
	assert_spb(0, "UUUU M--- MMMM UUUU");
}

/* The scan under the lock is what makes a bit exact again. */
TEST(evacuation_clears_stale_bits)
{
	unsigned long moved;

	fx_small(2);
	fx_draw(0, "UUUU M+U+R:M..M UUUU UUUU");
	fx_draw(1, "MM.. .... .... ....");
	fx_pin(FX_PFN(0, 7));
	moved = evacuate_pageblock(fx_zone(), FX_PFN(0, 4), 0);
	assert_int_equal(moved, 0);
	assert_spb(0, "UUUU M..M UUUU UUUU");
	assert_int_equal(fx_count(SPB_EV_HAS_CLEAR), 2);
	fx_finish();
}

/* A page on another CPU's list may become content at any moment: nothing is cleared. */
TEST(listed_pages_keep_stale_bits)
{
	struct spb_config config = fx_config(2);

	config.pcp_batch = 4;
	config.pcp_high = 32;
	fx_start(&config);
	fx_draw(0, "UUUU MM.. UUUU UUUU");
	fx_draw(1, "MM.. .... .... ....");
	fx_cpu(1);
	fx_free(FX_PFN(0, 4));
	fx_cpu(0);
	assert_int_equal(evacuate_pageblock(fx_zone(), FX_PFN(0, 4), 0), 1);
	assert_spb(0, "UUUU m... UUUU UUUU");
	assert_int_equal(fx_count(SPB_EV_HAS_CLEAR), 0);
	assert_true(pageblock_has_type(FX_PFN(0, 4), M));
	drain_all_pages();
	assert_spb(0, "UUUU .... UUUU UUUU");
	fx_finish();
}

/* The last non-movable bit was stale: the superpageblock is clean after the scan. */
TEST(evacuation_can_untaint)
{
	fx_small(2);
	fx_draw(0, "M+U:MMMM R:.... MMMM MMMM");
	fx_draw(1, "MM.. .... .... ....");
	evacuate_pageblock(fx_zone(), FX_PFN(0, 0), 0);
	assert_int_equal(fx_spb(0)->category, SB_CLEAN);
	assert_spb(0, ".... .... MMMM MMMM");
	fx_finish();
}

/* --- the evacuation worker --- */

TEST(tainting_asks_for_evacuation)
{
	fx_small(3);
	fx_draw(0, "UUUU MMMM UUUU UUUU");
	fx_draw(1, "M... MMMM MMMM MMMM");
	fx_draw(2, "MMMM MMMM MMMM M...");
	fx_search(1, U, 0);
	assert_string_equal(fx_step(), "claim");
	assert_int_equal(fx_count(SPB_EV_EVACUATE_QUEUE), 1);
	fx_forget();
	while (spb_run_work(1))
		;
	assert_true(fx_count(SPB_EV_EVACUATE_DONE) > 0);
	fx_finish();
}

/* --- the defrag worker --- */

TEST(the_worker_makes_room)
{
	fx_small(3);
	fx_draw(0, "UUU. M.M. MMM. UUUU");
	fx_draw(1, "MM.. .... .... ....");
	fx_search(0, U, ALLOC_NOFRAGMENT);
	assert_int_equal(fx_count(SPB_EV_DEFRAG_WAKE), 1);
	fx_forget();
	while (spb_run_work(1))
		;
	assert_true(fx_count(SPB_EV_DEFRAG_RUN) > 0);
	assert_int_equal(fx_event(SPB_EV_DEFRAG_RUN, 0)->arg2, 1);
	assert_spb(0, "UUUU .... .... UUUU");
	assert_false(fx_spb(0)->defrag_active);
	fx_finish();
}

TEST(the_worker_cools_down_without_progress)
{
	fx_small(2);
	fx_draw(0, "UUU. MMMM UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
	fx_search(0, U, ALLOC_NOFRAGMENT);
	assert_int_equal(fx_count(SPB_EV_DEFRAG_WAKE), 1);
	fx_forget();
	spb_run_work(8);
	assert_int_equal(fx_event(SPB_EV_DEFRAG_RUN, 0)->arg2, 0);
	fx_free(FX_PFN(0, 3));
	fx_search(0, U, ALLOC_NOFRAGMENT);
	assert_int_equal(fx_count(SPB_EV_DEFRAG_WAKE), 0);
	spb_advance_time(SPB_DEFRAG_NOOP_COOLDOWN);
	fx_free(FX_PFN(0, 3));
	fx_search(0, U, ALLOC_NOFRAGMENT);
	assert_int_equal(fx_count(SPB_EV_DEFRAG_WAKE), 1);
	fx_finish();
}

TEST(an_untainted_superpageblock_needs_no_worker)
{
	fx_small(2);
	fx_draw(0, "U... MMMM MMMM MMMM");
	fx_draw(1, "MM.. .... .... ....");
	fx_search(0, U, ALLOC_NOFRAGMENT);
	assert_int_equal(fx_count(SPB_EV_DEFRAG_WAKE), 1);
	fx_free(FX_PFN(0, 0));
	fx_free(FX_PFN(0, 1));
	assert_int_equal(fx_spb(0)->category, SB_CLEAN);
	fx_forget();
	spb_run_work(1);
	assert_int_equal(fx_count(SPB_EV_DEFRAG_RUN), 0);
	assert_false(fx_spb(0)->defrag_active);
	fx_finish();
}

/* --- compaction --- */

TEST(compaction_moves_towards_the_end)
{
	fx_small(2);
	fx_draw(0, "M.M. M.M. M.M. M.M.");
	fx_draw(1, "M.M. M.M. M.M. M.M.");
	assert_true(compact_zone(fx_zone(), 2) > 0);
	assert_int_equal(fx_count(SPB_EV_COMPACT), 1);
	assert_true(fx_zone()->area[2].nr_free + fx_zone()->area[3].nr_free > 0);
	assert_true(fx_spb(1)->nr_free_pages < 8);
	fx_finish();
}

TEST(compaction_stops_when_the_order_is_there)
{
	fx_small(2);
	fx_draw(0, "M.M. M.M. M.M. M.M.");
	assert_int_equal(compact_zone(fx_zone(), 2), 0);
	assert_int_equal(compact_zone(fx_zone(), MAX_PAGE_ORDER), 0);
	fx_finish();
}

TEST(compaction_respects_the_reserve)
{
	fx_small(2);
	fx_draw(0, "M.M. M.M. M.M. M.M.");
	fx_draw(1, "UUUU UUUU M.M. UUUU");
	compact_zone(fx_zone(), 2);
	assert_spb(1, "UUUU UUUU M.M. UUUU");
	fx_finish();
}

/* --- reclaim and its workers --- */

TEST(reclaim_asks_movable_and_reclaimable_owners)
{
	fx_small(2);
	fx_draw(0, "UR.. MRU. .... ....");
	assert_int_equal(reclaim_zone(fx_zone(), 2), 2);
	assert_spb(0, "U+R:U... M+M:.RU. .... ....");
	assert_int_equal(reclaim_zone(fx_zone(), 10), 1);
	assert_int_equal(reclaim_zone(fx_zone(), 10), 0);
	fx_finish();
}

TEST(reclaim_goes_on_where_it_stopped)
{
	fx_small(2);
	fx_draw(0, "MMMM MMMM .... ....");
	assert_int_equal(reclaim_zone(fx_zone(), 3), 3);
	assert_int_equal(reclaim_zone(fx_zone(), 2), 2);
	assert_spb(0, ".... .MMM .... ....");
	fx_finish();
}

TEST(the_shrinker_passes_over_tainted_superpageblocks)
{
	fx_small(2);
	fx_draw(0, "URRR MMMM UUUU UUU.");
	fx_draw(1, "MMMM M... .... ....");
	fx_search(0, U, ALLOC_NOFRAGMENT);
	assert_int_equal(fx_count(SPB_EV_SHRINK_KICK), 1);
	fx_forget();
	while (spb_run_work(1))
		;
	assert_int_equal(fx_count(SPB_EV_RECLAIM), 1);
	assert_int_equal(fx_event(SPB_EV_RECLAIM, 0)->arg, 3);
	fx_finish();
}

/* Of another type is not asked for: nobody else may look at it as held meanwhile. */
TEST(only_what_is_wanted_is_held)
{
	unsigned long flags;
	u32 pfn = FX_PFN(0, 0);

	fx_small(1);
	fx_draw(0, "URM. .... .... ....");
	spin_lock_irqsave(&fx_zone()->lock, flags);
	assert_null(next_allocation(fx_zone(), &pfn, FX_PFN(0, 2), TYPES_MOVABLE));
	spin_unlock_irqrestore(&fx_zone()->lock, flags);
	assert_int_equal(pfn, FX_PFN(0, 2));
	assert_int_equal(pfn_to_page(FX_PFN(0, 0))->refcount, 1);
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pass_one_takes_movable_pages_out_of_the_wanted_label),
		T(pass_two_empties_a_movable_pageblock),
		T(nothing_moves_when_the_request_can_be_served),
		T(evacuation_without_a_clean_superpageblock_moves_nothing),
		T(evacuation_is_for_nonmovable_requests_under_a_policy),
		T(pinned_pages_stay),
		T(referenced_and_unowned_pages_stay),
		T(evacuation_clears_stale_bits),
		T(listed_pages_keep_stale_bits),
		T(evacuation_can_untaint),
		T(tainting_asks_for_evacuation),
		T(the_worker_makes_room),
		T(the_worker_cools_down_without_progress),
		T(an_untainted_superpageblock_needs_no_worker),
		T(compaction_moves_towards_the_end),
		T(compaction_stops_when_the_order_is_there),
		T(compaction_respects_the_reserve),
		T(reclaim_asks_movable_and_reclaimable_owners),
		T(reclaim_goes_on_where_it_stopped),
		T(the_shrinker_passes_over_tainted_superpageblocks),
		T(only_what_is_wanted_is_held),
	};

	return RUN(tests);
}
