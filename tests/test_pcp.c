// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-CPU lists: refill in batches, the high mark, draining from any CPU, and what a page
 * on a list means for its pageblock.
 */
#include "tests/fixture.h"

/* Batches of four, given back from eight pages on. */
static void start(unsigned int nr_spbs)
{
	struct spb_config config = fx_config(nr_spbs);

	config.pcp_batch = 4;
	config.pcp_high = 8;
	fx_start(&config);
}

static struct per_cpu_pages *pcp_of(unsigned int cpu)
{
	return &fx_zone()->per_cpu_pageset[cpu];
}

TEST(a_miss_refills_a_batch)
{
	uint32_t pfn;

	start(2);
	pfn = fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	assert_int_equal(pfn, FX_PFN(0, 0));
	/* Whole pageblocks come first. */
	assert_spb(0, "M... m... m... m...");
	assert_int_equal(fx_count(SPB_EV_ALLOC), 4);
	assert_int_equal(fx_count(SPB_EV_PCP_GET), 1);
	assert_int_equal(pcp_of(0)->count, 3);
	/* In the order in which the zone gave them. */
	for (unsigned int i = 1; i < 4; i++) {
		assert_int_equal(fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0), FX_PFN(0, 4 * i));
		assert_int_equal(fx_count(SPB_EV_ALLOC), 0);
	}
	fx_finish();
}

TEST(higher_orders_refill_fewer)
{
	start(2);
	fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 1);
	assert_spb(0, "M-.. m-.. .... ....");
	assert_int_equal(pcp_of(0)->count, 2);
	fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 2);
	assert_int_equal(fx_count(SPB_EV_PCP_GET), 1);
	assert_int_equal(pcp_of(0)->count, 2);
	/* More than a pageblock comes from the zone at once. */
	fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 3);
	assert_int_equal(fx_count(SPB_EV_PCP_GET), 0);
	fx_free(FX_PFN(1, 0));
	assert_int_equal(fx_count(SPB_EV_PCP_PUT), 0);
	fx_finish();
}

TEST(freed_pages_are_reused_first)
{
	uint32_t pfn;

	start(2);
	pfn = fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	fx_free(pfn);
	assert_int_equal(fx_count(SPB_EV_PCP_PUT), 1);
	assert_int_equal(fx_count(SPB_EV_FREE), 0);
	assert_int_equal(fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0), pfn);
	fx_finish();
}

/* The pageblock stays used, and so does the content bit, until the list gives it back. */
TEST(listed_pages_keep_their_pageblock_used)
{
	start(2);
	fx_free(fx_alloc(GFP_KERNEL, 0));
	assert_spb(0, "U:u... U:u... U:u... U:u...");
	assert_int_equal(fx_spb(0)->category, SB_TAINTED);
	assert_int_equal(fx_spb(0)->nr_free, 0);
	drain_pages(0);
	assert_spb(0, ".... .... .... ....");
	assert_int_equal(fx_spb(0)->category, SB_EMPTY);
	assert_int_equal(fx_count(SPB_EV_PCP_DRAIN), 1);
	fx_finish();
}

TEST(the_high_mark_gives_back_a_batch)
{
	uint32_t pfn[12];

	start(2);
	for (unsigned int i = 0; i < 12; i++)
		pfn[i] = fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	assert_int_equal(pcp_of(0)->count, 0);
	for (unsigned int i = 0; i < 7; i++)
		fx_free(pfn[i]);
	assert_int_equal(pcp_of(0)->count, 7);
	fx_free(pfn[7]);
	assert_int_equal(pcp_of(0)->count, 4);
	assert_int_equal(fx_count(SPB_EV_ALLOC), 0);
	assert_int_equal(fx_zone()->nr_free_pages, 32 - 12 + 4);
	/* The oldest went, the newest is handed out next. */
	assert_int_equal(fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0), pfn[7]);
	assert_true(pfn_to_page(pfn[0])->flags & PG_buddy);
	fx_finish();
}

TEST(lists_belong_to_a_cpu)
{
	start(2);
	fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	fx_cpu(1);
	fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	assert_int_equal(pcp_of(0)->count, 3);
	assert_int_equal(pcp_of(1)->count, 3);
	assert_int_equal(fx_event(SPB_EV_PCP_GET, 0)->arg, 1);
	/* A drain from another CPU. */
	drain_pages(0);
	assert_int_equal(pcp_of(0)->count, 0);
	assert_int_equal(pcp_of(1)->count, 3);
	fx_cpu(0);
	drain_all_pages();
	assert_int_equal(pcp_of(1)->count, 0);
	assert_int_equal(fx_zone()->nr_free_pages, 30);
	fx_finish();
}

TEST(lists_are_by_type)
{
	start(4);
	fx_alloc(GFP_KERNEL, 0);
	fx_alloc(GFP_KERNEL | __GFP_RECLAIMABLE, 0);
	fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	assert_int_equal(fx_alloc(GFP_KERNEL | __GFP_RECLAIMABLE, 0) & ~15u, FX_PFN(0, 0));
	assert_int_equal(fx_count(SPB_EV_ALLOC), 0);
	fx_finish();
}

/* The lock is held on this CPU, below an interrupt: the zone serves, and takes back. */
TEST(a_held_lock_means_the_zone)
{
	uint32_t pfn;

	start(2);
	fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	spin_lock(&pcp_of(0)->lock);
	host_irq_enter();
	pfn = fx_alloc(GFP_ATOMIC | __GFP_MOVABLE, 0);
	assert_int_equal(fx_count(SPB_EV_PCP_GET), 0);
	assert_step(pfn, "own");
	fx_free(pfn);
	assert_int_equal(fx_count(SPB_EV_PCP_PUT), 0);
	assert_int_equal(fx_count(SPB_EV_FREE), 1);
	host_irq_exit();
	spin_unlock(&pcp_of(0)->lock);
	assert_int_equal(pcp_of(0)->count, 3);
	fx_finish();
}

TEST(lists_can_be_off)
{
	uint32_t pfn;

	fx_small(2);
	pfn = fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	assert_int_equal(fx_count(SPB_EV_PCP_GET), 0);
	fx_free(pfn);
	assert_int_equal(fx_count(SPB_EV_PCP_PUT), 0);
	assert_spb(0, ".... .... .... ....");
	fx_finish();
}

/*
 * A borrowed page is freed to the list of its pageblock's label. Taken from there it would
 * put content into a pageblock whose bits do not say so: it goes back to the zone.
 */
TEST(a_borrowed_page_is_not_handed_out_as_the_label_says)
{
	uint32_t pfn;

	start(2);
	fx_draw(0, "UUUU M:UU.. UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMMM MMM.");
	pfn = FX_PFN(0, 4);
	fx_free(pfn);
	assert_spb(0, "UUUU M:mU.. UUUU UUUU");
	assert_step(fx_alloc(__GFP_MOVABLE | __GFP_NOMEMALLOC, 0), "own");
	assert_spb(0, "UUUU M:.U.. UUUU UUUU");
	assert_spb(1, "MMMM MMMM MMMM MMMM");
	fx_finish();
}

/* Isolated and reserved pageblocks keep their pages. */
TEST(isolated_and_highatomic_pages_go_to_the_zone)
{
	start(2);
	fx_draw(0, "MMMM UU.. H:UU.. MMMM");
	spb_isolate_pageblock(FX_PFN(0, 0));
	fx_free(FX_PFN(0, 0));
	assert_int_equal(fx_count(SPB_EV_PCP_PUT), 0);
	assert_spb(0, "I:.MMM UU.. H:UU.. MMMM");
	fx_free(FX_PFN(0, 8));
	assert_int_equal(fx_count(SPB_EV_PCP_PUT), 0);
	fx_free(FX_PFN(0, 4));
	assert_int_equal(fx_count(SPB_EV_PCP_PUT), 1);
}

TEST(isolation_drains)
{
	start(2);
	fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0);
	assert_spb(0, "M... m... m... m...");
	spb_isolate_pageblock(FX_PFN(0, 0));
	assert_spb(0, "I:M... .... .... ....");
	assert_true(fx_alloc(GFP_KERNEL | __GFP_MOVABLE, 0) >= FX_PFN(0, 4));
	fx_finish();
}

TEST(bulk_takes_as_many_as_it_can)
{
	uint32_t pfns[32];

	start(2);
	assert_int_equal(allocator.ops->alloc_bulk(GFP_KERNEL | __GFP_MOVABLE, 0, 10, pfns), 10);
	assert_int_equal(allocator.ops->alloc_bulk(GFP_KERNEL, 0, 0, pfns), 0);
	for (unsigned int i = 0; i < 10; i++)
		owner_take(0, pfns[i], 0);
	fx_finish();
}

/* Below the watermark for all of them, one comes the ordinary way. */
TEST(bulk_falls_back_to_one)
{
	struct spb_config config = fx_config(2);
	uint32_t pfns[32];

	config.wmark_divisor = 4;
	fx_start(&config);
	fx_draw(0, "MMMM MMMM MMMM MM..");
	assert_int_equal(allocator.ops->alloc_bulk(__GFP_MOVABLE, 0, 10, pfns), 1);
	owner_take(0, pfns[0], 0);
	fx_finish();
}

TEST(bulk_stays_at_home)
{
	struct spb_config config = fx_config(2);
	uint32_t pfns[32];

	config.nr_nodes = 2;
	config.zones[1][ZONE_NORMAL] = (struct spb_zone_config){ 96, 32 };
	fx_start(&config);
	assert_int_equal(allocator.ops->alloc_bulk(__GFP_MOVABLE, 0, 30, pfns), 30);
	assert_int_equal(allocator.ops->alloc_bulk(__GFP_MOVABLE, 0, 3, pfns + 30), 1);
	assert_int_equal(allocator.ops->alloc_bulk(__GFP_MOVABLE, 0, 3, pfns + 31), 1);
	assert_true(pfns[31] < 96);
	assert_int_equal(allocator.ops->alloc_bulk(__GFP_MOVABLE, 0, 3, pfns), 1);
	assert_true(pfns[0] >= 96);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_miss_refills_a_batch),
		T(higher_orders_refill_fewer),
		T(freed_pages_are_reused_first),
		T(listed_pages_keep_their_pageblock_used),
		T(the_high_mark_gives_back_a_batch),
		T(lists_belong_to_a_cpu),
		T(lists_are_by_type),
		T(a_held_lock_means_the_zone),
		T(lists_can_be_off),
		T(a_borrowed_page_is_not_handed_out_as_the_label_says),
		T(isolated_and_highatomic_pages_go_to_the_zone),
		T(isolation_drains),
		T(bulk_takes_as_many_as_it_can),
		T(bulk_falls_back_to_one),
		T(bulk_stays_at_home),
	};

	return RUN(tests);
}
