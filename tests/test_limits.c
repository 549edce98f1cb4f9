// SPDX-License-Identifier: GPL-2.0-only
/*
 * One more, one less: the last order of a loop, the last item of a limit, the smallest half,
 * in states where nothing else decides.
 */
#include "tests/fixture.h"

#include "core/migrate.h"

#define FULL "UUUU UUUU UUUU UUUU"
#define U MIGRATE_UNMOVABLE
#define M MIGRATE_MOVABLE
#define RELABEL (ALLOC_NOFRAGMENT | ALLOC_NOFRAG_TAINTED_OK)

static void start_with_lists(unsigned int nr_spbs)
{
	struct spb_config config = fx_config(nr_spbs);

	config.pcp_batch = 4;
	config.pcp_high = 32;
	fx_start(&config);
}

/* --- claiming --- */

/* Without a policy: |MUU.| is three quarters free or alike, |MMU.| a half, |MMM.| less. */
TEST(half_of_a_pageblock_is_free_or_alike)
{
	fx_small(1);
	fx_draw(0, "M:MUU. MMMM MMMM MMMM");
	assert_step(fx_search(0, U, 0), "claim");
	fx_finish();
	fx_small(1);
	fx_draw(0, "M:MMU. MMMM MMMM MMMM");
	assert_step(fx_search(0, U, 0), "claim");
	fx_finish();
	fx_small(1);
	fx_draw(0, "M:MMM. MMMM MMMM MMMM");
	assert_step(fx_search(0, U, 0), "steal");
	fx_finish();
}

/* Nine superpageblocks may relabel below pageblock size, but nothing that is too small. */
TEST(nothing_smaller_than_the_request_is_claimed)
{
	fx_small(9);
	for (unsigned int i = 0; i < 8; i++)
		fx_draw(i, FULL);
	fx_draw(8, "UUUU UUUU UUUU M:UMM.");
	assert_failed(fx_search(1, U, RELABEL));
	assert_spb(8, "UUUU UUUU UUUU M:UMM.");
	fx_finish();
}

/* --- the largest order --- */

/* The largest buddy that any configuration can have. */
TEST(the_largest_order_of_all_is_served)
{
	struct spb_config config = fx_config(2);

	config.max_order = MAX_PAGE_ORDER;
	config.pageblocks_per_spb = BIT(MAX_PAGE_ORDER) / FX_BLOCK;
	config.zones[0][ZONE_NORMAL].start_pfn = BIT(MAX_PAGE_ORDER);
	config.zones[0][ZONE_NORMAL].nr_pages = BIT(MAX_PAGE_ORDER);
	fx_start(&config);
	assert_step(fx_alloc(GFP_KERNEL | __GFP_MOVABLE, MAX_PAGE_ORDER), "own");
	fx_finish();
}

/* --- the lists of a CPU --- */

TEST(every_type_has_a_list)
{
	static const gfp_t gfp[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE };

	for (unsigned int i = 0; i < ARRAY_SIZE(gfp); i++) {
		uint32_t pfn;

		start_with_lists(2);
		pfn = fx_alloc(GFP_KERNEL | gfp[i], 0);
		fx_free(pfn);
		assert_int_equal(fx_count(SPB_EV_PCP_PUT), 1);
		fx_finish();
	}
}

/* --- moving --- */

/* The only room is a buddy of the largest order. */
TEST(evacuation_uses_the_largest_buddies)
{
	struct spb_config config = fx_config(2);

	config.max_order = 3;
	fx_start(&config);
	fx_draw(0, "UUUU UUUU UUUU MM..");
	fx_draw(1, "MMMM MMMM .... ....");
	assert_int_equal(evacuate_pageblock(fx_zone(), FX_PFN(0, 12), EVACUATE_DEFRAG), 2);
	assert_spb(0, "UUUU UUUU UUUU ....");
	fx_finish();
}

/* A quarter of the tainted ones, when that is more than 16. */
TEST(evacuation_looks_at_a_share_of_the_pool)
{
	static const struct {
		unsigned int tainted, looked_at;
	} cases[] = { { 60, 16 }, { 80, 20 } };

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct spb_config config = fx_config(cases[i].tainted);

		fx_start(&config);
		for (unsigned int n = 0; n < cases[i].tainted; n++)
			fx_draw(n, "UUUU M.MM UUUU UUUU");
		fx_forget();
		assert_false(spb_evacuate_for_order(fx_zone(), 2, U));
		assert_int_equal(fx_count(SPB_EV_EVACUATE), cases[i].looked_at);
		fx_finish();
	}
}

TEST(compaction_works_for_the_largest_order)
{
	fx_small(2);
	fx_draw(0, "M... .... .... ....");
	fx_draw(1, "M... .... .... ....");
	assert_int_equal(compact_zone(fx_zone(), 4), 1);
	assert_spb(0, ".... .... .... ....");
	fx_finish();
}

/* Freed pages merge only in the zone: with them there, the first pageblock is enough. */
TEST(compaction_empties_the_list_of_its_cpu)
{
	start_with_lists(2);
	fx_draw(0, "M.MM M.MM M.MM M.MM");
	fx_draw(1, "MM.M MM.M MM.M MM.M");
	assert_int_equal(compact_zone(fx_zone(), 2), 3);
	assert_spb(0, ".... M.MM M.MM M.MM");
	fx_finish();
}

/* A tainted superpageblock with pageblocks above its reserve takes what moves. */
TEST(compaction_may_use_tainted_room)
{
	fx_small(2);
	fx_draw(0, "M.M. M.M. M.M. M.M.");
	fx_draw(1, "UUUU .... .... UUUU");
	fx_zone()->compact_migrate_pfn = FX_PFN(0, 0);
	assert_true(compact_zone(fx_zone(), 4) > 0);
	assert_true(fx_spb(1)->nr_movable > 0);
	fx_finish();
}

/* --- work --- */

TEST(no_more_work_than_asked_for)
{
	fx_small(2);
	queue_shrink(fx_zone());
	wakeup_kswapd(fx_zone(), 0);
	assert_int_equal(spb_run_work(0), 0);
	assert_int_equal(spb_run_work(1), 1);
	assert_true(NODE_DATA(0)->kswapd_work.pending);
	assert_int_equal(spb_run_work(5), 1);
	assert_int_equal(spb_run_work(5), 0);
	fx_finish();
}

/* --- the atomic reserve --- */

/* Not being able to sleep is not enough to be served from it first. */
TEST(the_reserve_is_for_high_requests_first)
{
	struct spb_config config = fx_config(16);

	config.wmark_divisor = 64;
	fx_start(&config);
	for (unsigned int i = 0; i < 15; i++)
		fx_draw(i, FULL);
	fx_draw(15, "UUUU U:.... H:UU.. UU..");
	assert_step(fx_alloc(GFP_NOWAIT, 1), "own");
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(half_of_a_pageblock_is_free_or_alike),
		T(nothing_smaller_than_the_request_is_claimed),
		T(the_largest_order_of_all_is_served),
		T(every_type_has_a_list),
		T(evacuation_uses_the_largest_buddies),
		T(evacuation_looks_at_a_share_of_the_pool),
		T(compaction_works_for_the_largest_order),
		T(compaction_empties_the_list_of_its_cpu),
		T(compaction_may_use_tainted_room),
		T(no_more_work_than_asked_for),
		T(the_reserve_is_for_high_requests_first),
	};

	return RUN(tests);
}
