// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reclaim by numbers: where it begins, how much it takes, when it stops; kswapd, the
 * shrinker, rounds of the slow path, and what is noted for the evacuation to come.
 */
#include "tests/fixture.h"

#include <string.h>

#include "core/migrate.h"

#define U MIGRATE_UNMOVABLE
#define R MIGRATE_RECLAIMABLE
#define FULL_M "MMMM MMMM MMMM MMMM"
#define FULL_U "UUUU UUUU UUUU UUUU"

/* From the middle of the zone to its end, then the rest from its start. */
TEST(reclaim_goes_round_once)
{
	fx_small(2);
	fx_draw(0, FULL_M);
	fx_zone()->reclaim_pfn = FX_PFN(0, 12);
	assert_int_equal(reclaim_zone(fx_zone(), 6), 6);
	assert_spb(0, "..MM MMMM MMMM ....");
	assert_int_equal(fx_zone()->reclaim_pfn, FX_PFN(0, 2));
	assert_int_equal(reclaim_zone(fx_zone(), 100), 10);
	assert_int_equal(reclaim_zone(fx_zone(), 100), 0);
	fx_finish();
}

TEST(reclaim_begins_inside_the_zone)
{
	static const uint32_t strange[] = { FX_PFN(0, 0) - 1, FX_PFN(2, 0), 0 };

	for (unsigned int i = 0; i < ARRAY_SIZE(strange); i++) {
		fx_small(2);
		fx_draw(0, "MM.. .... .... ....");
		fx_draw(1, ".... .... .... ..MM");
		fx_zone()->reclaim_pfn = strange[i];
		assert_int_equal(reclaim_zone(fx_zone(), 1), 1);
		assert_spb(0, ".M.. .... .... ....");
		fx_finish();
	}
	fx_small(2);
	fx_draw(0, "MM.. .... .... ....");
	fx_draw(1, ".... .... .... ..MM");
	fx_zone()->reclaim_pfn = FX_PFN(1, 15);
	assert_int_equal(reclaim_zone(fx_zone(), 2), 2);
	assert_spb(0, ".M.. .... .... ....");
	fx_finish();
}

/* Of every type that the node has, although nothing can be tainted in a MOVABLE one. */
TEST(the_evacuation_of_a_node_goes_through_its_zones)
{
	struct spb_config config = fx_config(2);

	config.zones[0][ZONE_MOVABLE] = (struct spb_zone_config){ FX_PFN(2, 0), 2 * FX_SPB };
	fx_start(&config);
	NODE_DATA(0)->evacuate_migratetype = U;
	spb_evacuate_work(NODE_DATA(0));
	assert_int_equal(fx_count(SPB_EV_EVACUATE_DONE), 2);
	assert_int_equal(fx_event(SPB_EV_EVACUATE_DONE, 1)->zone, ZONE_MOVABLE);
	fx_finish();
}

/* A NORMAL zone of 4 superpageblocks, behind it a DMA32 zone of 2; the map begins with DMA32. */
static void start_two_zones(struct alloc_context *ac, unsigned int max_order)
{
	struct spb_config config = fx_config(4);
	unsigned int alloc_flags;

	config.max_order = (u8)max_order;
	config.zones[0][ZONE_DMA32] = (struct spb_zone_config){ 32, 32 };
	fx_start(&config);
	assert_true(prepare_alloc_pages(GFP_KERNEL, 0, 0, 0, ac, &alloc_flags));
}

TEST(the_first_zone_that_gives_enough_is_the_last)
{
	struct alloc_context ac;

	start_two_zones(&ac, 4);
	for (unsigned int i = 0; i < 6; i++)
		fx_draw(i, FULL_M);
	assert_int_equal(try_to_free_pages(&ac, 0), SWAP_CLUSTER_MAX);
	assert_int_equal(fx_zone()->nr_free_pages, SWAP_CLUSTER_MAX);
	assert_int_equal(NODE_DATA(0)->node_zones[ZONE_DMA32].nr_free_pages, 0);
	fx_finish();
}

TEST(the_next_zone_gives_what_is_missing)
{
	struct alloc_context ac;

	start_two_zones(&ac, 4);
	for (unsigned int i = 0; i < 6; i++)
		fx_draw(i, i <= 2 ? FULL_M : FULL_U);
	assert_int_equal(try_to_free_pages(&ac, 0), SWAP_CLUSTER_MAX);
	assert_int_equal(fx_zone()->nr_free_pages, 16);
	assert_int_equal(NODE_DATA(0)->node_zones[ZONE_DMA32].nr_free_pages, 16);
	fx_finish();
}

/* 3 + 12 + 16 pages are not enough; four more are too many, and nothing is asked of the next. */
TEST(too_much_is_enough)
{
	struct alloc_context ac;

	start_two_zones(&ac, 4);
	for (unsigned int i = 0; i < 6; i++)
		fx_draw(i, i == 2 ? "MMM. M--- M--- M---" : i > 2 ? "M--- M--- M--- M---" : FULL_M);
	assert_int_equal(try_to_free_pages(&ac, 0), 35);
	assert_int_equal(NODE_DATA(0)->node_zones[ZONE_DMA32].nr_free_pages, 0);
	fx_finish();
}

TEST(large_requests_reclaim_as_much_as_they_want)
{
	struct alloc_context ac;

	start_two_zones(&ac, 6);
	for (unsigned int i = 0; i < 6; i++)
		fx_draw(i, FULL_M);
	assert_int_equal(try_to_free_pages(&ac, 6), 64);
	assert_int_equal(fx_zone()->nr_free_pages, 64);
	assert_int_equal(NODE_DATA(0)->node_zones[ZONE_DMA32].nr_free_pages, 0);
	fx_finish();
}

/* --- kswapd --- */

/* 64 pages, watermarks 32, 41 and 50: a cluster of 32 is not enough, two are. */
TEST(kswapd_reclaims_in_clusters)
{
	struct spb_config config = fx_config(4);

	config.wmark_divisor = 2;
	fx_start(&config);
	for (unsigned int i = 0; i < 4; i++)
		fx_draw(i, FULL_M);
	wakeup_kswapd(fx_zone(), 0);
	assert_int_equal(spb_run_work(10), 1);
	assert_int_equal(fx_zone()->nr_free_pages, 64);
	assert_int_equal(fx_count(SPB_EV_RECLAIM), 2);
	fx_finish();
}

TEST(kswapd_stops_above_the_high_watermark)
{
	struct spb_config config = fx_config(4);

	config.wmark_divisor = 4;
	fx_start(&config);
	assert_int_equal(wmark_pages(fx_zone(), WMARK_HIGH), 26);
	for (unsigned int i = 0; i < 4; i++)
		fx_draw(i, FULL_M);
	assert_int_equal(reclaim_zone(fx_zone(), 26), 26);
	/* At the mark is not above it. */
	wakeup_kswapd(fx_zone(), 0);
	spb_run_work(1);
	assert_int_equal(fx_zone()->nr_free_pages, 58);
	wakeup_kswapd(fx_zone(), 0);
	spb_run_work(1);
	assert_int_equal(fx_zone()->nr_free_pages, 58);
	fx_finish();
}

TEST(kswapd_remembers_the_largest_order)
{
	fx_small(2);
	wakeup_kswapd(fx_zone(), 3);
	wakeup_kswapd(fx_zone(), 1);
	assert_int_equal(NODE_DATA(0)->kswapd_order, 3);
	assert_int_equal(fx_count(SPB_EV_KSWAPD_WAKE), 1);
	spb_run_work(1);
	assert_int_equal(NODE_DATA(0)->kswapd_order, 0);
	fx_finish();
}

/* --- the shrinker --- */

TEST(the_shrinker_wants_reclaimable_content)
{
	fx_small(2);
	fx_draw(0, "UUUU RRRR RMRM ..UU");
	queue_shrink(fx_zone());
	assert_true(spb_run_work(10) > 0);
	assert_int_equal(fx_event(SPB_EV_RECLAIM, 0)->arg, 6);
	assert_spb(0, "UUUU R:.... R+R:.M.M ..UU");
	fx_finish();
}

/* --- the slow path --- */

/*
 * 1600 pages of |UMUM UMUM ...|: each round frees a cluster of single pages, and no pair
 * ever. First try, 16 retries, evacuation, NOFRAGMENT dropped, lists drained: 20 rounds.
 */
TEST(progress_is_worth_sixteen_retries)
{
	struct spb_config config = fx_config(100);
	char picture[40 * 5 + 1] = "";

	config.pageblocks_per_spb = 40;
	for (unsigned int i = 0; i < 40; i++)
		strcat(picture, "UMUM ");
	config.zones[0][ZONE_NORMAL].start_pfn = 160;
	fx_start(&config);
	for (unsigned int i = 0; i < 10; i++)
		fx_draw(i, picture);
	assert_failed(fx_alloc(__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_RETRY_MAYFAIL, 1));
	assert_int_equal(fx_count(SPB_EV_RECLAIM), 16 + 4);
	assert_int_equal(fx_refused(SPB_REFUSAL_NO_OOM), 1);
	fx_finish();
}

/* A request that gives up after one round still looks at what the lists gave back. */
TEST(drained_pages_serve_the_first_round)
{
	struct spb_config config = fx_config(2);

	config.pcp_batch = 4;
	config.pcp_high = 32;
	fx_start(&config);
	fx_draw(0, "UUUU MMMM UUUU UUUU");
	fx_draw(1, FULL_U);
	assert_true(fx_alloc(GFP_KERNEL | __GFP_NORETRY, 0) != NO_PFN);
	assert_int_equal(fx_count(SPB_EV_RECLAIM), 1);
	fx_finish();
}

/* --- for the evacuation to come --- */

TEST(tainting_notes_what_was_asked_for)
{
	fx_small(2);
	fx_draw(0, "UUUU UUUU UUUU UUMM");
	fx_draw(1, "MMMM MMMM MMMM ....");
	assert_step(fx_search(2, R, 0), "claim");
	assert_int_equal(fx_count(SPB_EV_EVACUATE_QUEUE), 1);
	assert_int_equal(NODE_DATA(0)->evacuate_order, 2);
	assert_int_equal(NODE_DATA(0)->evacuate_migratetype, R);
	fx_finish();
}

/* Movable content of clean superpageblocks is none of its business. */
TEST(nothing_is_queued_when_nothing_tainted_can_move)
{
	fx_small(2);
	fx_draw(0, FULL_U);
	fx_draw(1, "MMMM MMMM MMMM ....");
	assert_step(fx_search(2, U, 0), "claim");
	assert_int_equal(fx_count(SPB_EV_EVACUATE_QUEUE), 0);
	fx_finish();
}

/* Twenty tainted superpageblocks with a stranger each; one call looks at sixteen. */
TEST(one_evacuation_looks_at_sixteen)
{
	fx_small(23);
	for (unsigned int i = 0; i < 20; i++)
		fx_draw(i, "UUUM UUUU UUUU UUUU");
	fx_draw(20, "MMMM .... .... ....");
	fx_draw(21, "MMMM .... .... ....");
	fx_draw(22, FULL_M);
	assert_false(spb_evacuate_for_order(fx_zone(), 2, U));
	assert_int_equal(fx_count(SPB_EV_MIGRATE), 16);
	fx_finish();
}

/* The last stale bit goes, and with it the label: nothing else would ever take it away. */
TEST(evacuation_leaves_no_label_behind)
{
	fx_small(2);
	fx_draw(0, "U+U:M... MMMM .... ....");
	fx_draw(1, "MMMM .... .... ....");
	assert_true(spb_is_tainted(fx_spb(0)));
	assert_int_equal(evacuate_pageblock(fx_zone(), FX_PFN(0, 0), EVACUATE_DEFRAG), 1);
	assert_false(spb_is_tainted(fx_spb(0)));
	assert_int_equal(get_pageblock_label(FX_PFN(0, 0)), MIGRATE_MOVABLE);
	fx_finish();
}

/* An allocation of four pageblocks: the third one alone has no head of its own. */
TEST(content_reaches_in_from_far)
{
	fx_small(2);
	fx_draw(0, "U--- ---- ---- ----");
	evacuate_pageblock(fx_zone(), FX_PFN(0, 8), EVACUATE_DEFRAG);
	assert_true(pageblock_has_type(FX_PFN(0, 8), U));
	assert_spb(0, "U--- ---- ---- ----");
	fx_finish();
}

/* --- compaction --- */

TEST(compaction_counts_buddies_of_every_type)
{
	fx_small(2);
	fx_draw(0, "RR.. UUUU UUUU UUUU");
	fx_draw(1, "M.MM MMMM MMMM M.MM");
	assert_int_equal(compact_zone(fx_zone(), 1), 0);
	assert_true(compact_zone(fx_zone(), 2) > 0);
	fx_finish();
}

TEST(compaction_remembers_where_it_was)
{
	fx_small(2);
	fx_draw(0, "M.MM M.MM M.MM M.MM");
	fx_draw(1, "MM.M MM.M MM.M MM.M");
	assert_int_equal(compact_zone(fx_zone(), 2), 3);
	assert_spb(0, ".... M.MM M.MM M.MM");
	assert_int_equal(fx_zone()->compact_migrate_pfn, FX_PFN(0, 4));
	fx_finish();
}

/* --- time --- */

TEST(time_goes_forward)
{
	fx_small(1);
	spb_advance_time(41);
	assert_int_equal(jiffies - INITIAL_JIFFIES, 41);
	spb_advance_time(0);
	assert_int_equal(jiffies - INITIAL_JIFFIES, 41);
	/* Beyond the largest number. */
	spb_advance_time(1000);
	assert_int_equal(jiffies, 1041 - 250);
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reclaim_goes_round_once),
		T(reclaim_begins_inside_the_zone),
		T(the_evacuation_of_a_node_goes_through_its_zones),
		T(the_first_zone_that_gives_enough_is_the_last),
		T(the_next_zone_gives_what_is_missing),
		T(too_much_is_enough),
		T(large_requests_reclaim_as_much_as_they_want),
		T(kswapd_reclaims_in_clusters),
		T(kswapd_stops_above_the_high_watermark),
		T(kswapd_remembers_the_largest_order),
		T(the_shrinker_wants_reclaimable_content),
		T(progress_is_worth_sixteen_retries),
		T(drained_pages_serve_the_first_round),
		T(tainting_notes_what_was_asked_for),
		T(nothing_is_queued_when_nothing_tainted_can_move),
		T(one_evacuation_looks_at_sixteen),
		T(evacuation_leaves_no_label_behind),
		T(content_reaches_in_from_far),
		T(compaction_counts_buddies_of_every_type),
		T(compaction_remembers_where_it_was),
		T(time_goes_forward),
	};

	return RUN(tests);
}
