// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that break a contract: each is refused under the rule that names it, a call that
 * breaks several under the first, and not a byte of the allocator has changed.
 */
#include "tests/fixture.h"

static void expect_bad_alloc(enum spb_rule rule, gfp_t gfp, unsigned int order)
{
	uint32_t pfn;

	expect_bad_call(rule, pfn = allocator.ops->alloc(gfp, order, 0, 0));
	assert_failed(pfn);
}

TEST(alloc_order)
{
	fx_small(2);
	expect_bad_alloc(SPB_RULE_ALLOC_ORDER, GFP_KERNEL, 5);
	expect_bad_alloc(SPB_RULE_ALLOC_ORDER, GFP_KERNEL, 15);
	expect_bad_alloc(SPB_RULE_ALLOC_ORDER, __GFP_DMA | __GFP_DMA32, 5);
	assert_true(fx_alloc(GFP_KERNEL, 4) != NO_PFN);
	fx_finish();
}

TEST(alloc_flags)
{
	fx_small(2);
	expect_bad_alloc(SPB_RULE_ALLOC_ZONE_BITS, __GFP_DMA | __GFP_DMA32, 0);
	expect_bad_alloc(SPB_RULE_ALLOC_ZONE_BITS, __GFP_HIGHMEM | __GFP_DMA32, 0);
	expect_bad_alloc(SPB_RULE_ALLOC_ZONE_BITS, __GFP_DMA | __GFP_HIGHMEM | GFP_MOVABLE_MASK,
			 0);
	expect_bad_alloc(SPB_RULE_ALLOC_MOBILITY_BITS, GFP_KERNEL | GFP_MOVABLE_MASK, 0);
	fx_finish();
}

TEST(alloc_nofail)
{
	fx_small(2);
	expect_bad_alloc(SPB_RULE_ALLOC_NOFAIL_ORDER, GFP_KERNEL | __GFP_NOFAIL, 2);
	expect_bad_alloc(SPB_RULE_ALLOC_NOFAIL_ORDER, __GFP_NOFAIL, 2);
	expect_bad_alloc(SPB_RULE_ALLOC_NOFAIL_ATOMIC, GFP_ATOMIC | __GFP_NOFAIL, 0);
	expect_bad_alloc(SPB_RULE_ALLOC_NOFAIL_MEMALLOC,
			 GFP_KERNEL | __GFP_NOFAIL | __GFP_MEMALLOC, 0);
	assert_true(fx_alloc(GFP_KERNEL | __GFP_NOFAIL, 1) != NO_PFN);
	fx_finish();
}

TEST(alloc_node)
{
	struct spb_config config = fx_config(2);

	config.nr_nodes = 2;
	config.zones[1][ZONE_NORMAL] = (struct spb_zone_config){ 128, 32 };
	fx_start(&config);
	expect_bad_call(SPB_RULE_ALLOC_NODE, allocator.ops->alloc(GFP_KERNEL, 0, 2, 0));
	expect_bad_call(SPB_RULE_ALLOC_NODE, allocator.ops->alloc(GFP_KERNEL, 0, 0, 4));
	assert_true(fx_alloc_on(GFP_KERNEL, 0, 0, 6) >= 128);
	fx_finish();
}

TEST(bulk_and_callers_check_the_same)
{
	typeof(allocator.ops->alloc_caller) call = allocator.ops->alloc_caller;
	struct extent_list list;
	uint32_t pfns[4];

	fx_small(2);
	expect_bad_call(SPB_RULE_ALLOC_MOBILITY_BITS,
			allocator.ops->alloc_bulk(GFP_MOVABLE_MASK, 0, 4, pfns));
	expect_bad_call(SPB_RULE_ALLOC_NODE, allocator.ops->alloc_bulk(GFP_KERNEL, 1, 4, pfns));
	for (int kind = CALLER_KVMALLOC; kind <= CALLER_SKB; kind++) {
		expect_bad_call(SPB_RULE_CALLER_SIZE, call(kind, 0, 0, GFP_KERNEL, &list));
		expect_bad_call(SPB_RULE_CALLER_SIZE,
				call(kind, SPB_MAX_EXTENTS + 1, 0, GFP_KERNEL, &list));
		expect_bad_call(SPB_RULE_ALLOC_ZONE_BITS,
				call(kind, 2, 0, __GFP_DMA | __GFP_DMA32, &list));
	}
	fx_finish();
}

TEST(free_of_nothing)
{
	fx_small(2);
	expect_bad_call(SPB_RULE_FREE_NULL, __free_pages(NULL, 0));
	expect_bad_call(SPB_RULE_FREE_PFN, free_pages_pfn(FX_START - 1, 0));
	expect_bad_call(SPB_RULE_FREE_PFN, free_pages_pfn(FX_START + 32, 0));
	expect_bad_call(SPB_RULE_FREE_PFN, free_pages_pfn(~0u, 0));
	fx_finish();
}

TEST(free_of_reserved)
{
	struct spb_config config = fx_config(2);

	config.nr_ranges = 2;
	config.ranges[0] = (struct spb_range){ FX_PFN(0, 5), 1, SPB_RANGE_HOLE };
	config.ranges[1] = (struct spb_range){ FX_PFN(1, 4), 4, SPB_RANGE_RESERVED };
	config.zones[0][ZONE_NORMAL].nr_pages = 30;
	fx_start(&config);
	expect_bad_call(SPB_RULE_FREE_RESERVED, free_pages_pfn(FX_PFN(0, 5), 0));
	expect_bad_call(SPB_RULE_FREE_RESERVED, free_pages_pfn(FX_PFN(1, 6), 3));
	expect_bad_call(SPB_RULE_FREE_RESERVED, free_pages_pfn(FX_PFN(1, 15), 0));
	fx_finish();
}

TEST(free_of_free)
{
	struct spb_config config = fx_config(2);
	uint32_t pfn;

	config.pcp_batch = 4;
	config.pcp_high = 16;
	fx_start(&config);
	fx_draw(0, "M... M-.. M--- ....");
	/* Head and tail of a buddy, below and above a pageblock. */
	expect_bad_call(SPB_RULE_FREE_FREE, free_pages_pfn(FX_PFN(0, 1), 0));
	expect_bad_call(SPB_RULE_FREE_FREE, free_pages_pfn(FX_PFN(0, 3), 0));
	expect_bad_call(SPB_RULE_FREE_FREE, free_pages_pfn(FX_PFN(1, 0), 4));
	expect_bad_call(SPB_RULE_FREE_FREE, free_pages_pfn(FX_PFN(1, 13), 0));
	/* Freed twice, and on a per-CPU list. */
	fx_free(FX_PFN(0, 4));
	expect_bad_call(SPB_RULE_FREE_FREE, free_pages_pfn(FX_PFN(0, 4), 1));
	expect_bad_call(SPB_RULE_FREE_FREE, free_pages_pfn(FX_PFN(0, 5), 0));
	/* Freed, with a reference that somebody else holds. */
	pfn = FX_PFN(0, 8);
	pfn_to_page(pfn)->refcount++;
	fx_free(pfn);
	expect_bad_call(SPB_RULE_FREE_FREE, free_pages_pfn(pfn, 2));
	put_page(pfn_to_page(pfn));
	fx_finish();
}

TEST(free_inside_an_allocation)
{
	fx_small(2);
	fx_draw(0, "M--- ---- U-R- ....");
	expect_bad_call(SPB_RULE_FREE_TAIL, free_pages_pfn(FX_PFN(0, 1), 0));
	expect_bad_call(SPB_RULE_FREE_TAIL, free_pages_pfn(FX_PFN(0, 4), 2));
	expect_bad_call(SPB_RULE_FREE_TAIL, free_pages_pfn(FX_PFN(0, 11), 0));
	fx_finish();
}

TEST(free_inside_a_held_superpageblock)
{
	uint32_t pfn;

	fx_small(3);
	pfn = allocator.ops->contig(0);
	assert_true(pfn != NO_PFN);
	expect_bad_call(SPB_RULE_FREE_TAIL, free_pages_pfn(pfn, 0));
	expect_bad_call(SPB_RULE_FREE_TAIL, free_pages_pfn(pfn + 7, 2));
	spb_free_contig(pfn);
	fx_finish();
}

TEST(free_with_another_order)
{
	fx_small(2);
	fx_draw(0, "M--- U-R- .... ....");
	expect_bad_call(SPB_RULE_FREE_ORDER, free_pages_pfn(FX_PFN(0, 0), 0));
	expect_bad_call(SPB_RULE_FREE_ORDER, free_pages_pfn(FX_PFN(0, 0), 3));
	expect_bad_call(SPB_RULE_FREE_ORDER, free_pages_pfn(FX_PFN(0, 4), 15));
	fx_finish();
}

TEST(bad_splits)
{
	fx_small(2);
	fx_draw(0, "M--- .... .... ....");
	expect_bad_call(SPB_RULE_FREE_NULL, split_page(NULL, 2, 0));
	expect_bad_call(SPB_RULE_FREE_FREE, split_page(pfn_to_page(FX_PFN(0, 4)), 2, 0));
	expect_bad_call(SPB_RULE_FREE_TAIL, split_page(pfn_to_page(FX_PFN(0, 1)), 0, 0));
	expect_bad_call(SPB_RULE_FREE_ORDER, split_page(pfn_to_page(FX_PFN(0, 0)), 3, 2));
	expect_bad_call(SPB_RULE_SPLIT_ORDER, split_page(pfn_to_page(FX_PFN(0, 0)), 2, 2));
	expect_bad_call(SPB_RULE_SPLIT_ORDER, split_page(pfn_to_page(FX_PFN(0, 0)), 2, 7));
	fx_finish();
}

TEST(bad_releases_of_a_superpageblock)
{
	uint32_t pfn;

	fx_small(3);
	pfn = allocator.ops->contig(0);
	assert_int_equal(pfn % FX_SPB, 0);
	expect_bad_call(SPB_RULE_FREE_CONTIG, spb_free_contig(pfn + 1));
	expect_bad_call(SPB_RULE_FREE_CONTIG, spb_free_contig(pfn + FX_SPB));
	expect_bad_call(SPB_RULE_FREE_CONTIG, spb_free_contig(0));
	spb_free_contig(pfn);
	expect_bad_call(SPB_RULE_FREE_CONTIG, spb_free_contig(pfn));
	fx_finish();
}

TEST(bad_isolation)
{
	struct spb_config config = fx_config(2);

	config.nr_ranges = 1;
	config.ranges[0] = (struct spb_range){ FX_PFN(1, 4), 4, SPB_RANGE_RESERVED };
	fx_start(&config);
	expect_bad_call(SPB_RULE_ISOLATE_RESERVED, spb_isolate_pageblock(FX_PFN(1, 6)));
	expect_bad_call(SPB_RULE_ISOLATE_RESERVED, spb_unisolate_pageblock(FX_PFN(1, 6)));
	expect_bad_call(SPB_RULE_ISOLATE_RESERVED, spb_isolate_pageblock(FX_PFN(2, 0)));
	expect_bad_call(SPB_RULE_ISOLATE_RESERVED, spb_isolate_pageblock(FX_PFN(0, 0) - 1));
	expect_bad_call(SPB_RULE_ISOLATE_TWICE, spb_unisolate_pageblock(FX_PFN(0, 0)));
	spb_isolate_pageblock(FX_PFN(0, 0));
	expect_bad_call(SPB_RULE_ISOLATE_TWICE, spb_isolate_pageblock(FX_PFN(0, 3)));
	spb_unisolate_pageblock(FX_PFN(0, 0));
	fx_finish();
}

/* A refusal that nobody predicted, and one that was predicted and did not come. */
TEST(unpredicted_refusals_are_findings)
{
	struct host_call outer;

	fx_small(2);
	host_call_begin(SPB_RULE_NONE, &outer);
	expect_finding("bad-call-unpredicted", allocator.ops->alloc(GFP_KERNEL, 9, 0, 0));
	fx_small(2);
	host_call_begin(SPB_RULE_FREE_PFN, &outer);
	expect_finding("bad-call-unpredicted", allocator.ops->alloc(GFP_KERNEL, 9, 0, 0));
	fx_small(2);
	host_call_begin(SPB_RULE_ALLOC_ORDER, &outer);
	allocator.ops->alloc(GFP_KERNEL, 0, 0, 0);
	expect_finding("bad-call-missing", host_call_end(&outer));
}

/* Counters of a zone change without a note of their line: a refusal after one is late too. */
static void refuse_after_a_change(void)
{
	struct host_call outer;

	host_call_begin(SPB_RULE_ALLOC_ORDER, &outer);
	fx_zone()->nr_free_pages--;
	shim_bad_call(SPB_RULE_ALLOC_ORDER);
}

TEST(a_late_refusal_is_found)
{
	fx_small(2);
	this_run->options.oracles = true;
	expect_finding("bad-call-late", refuse_after_a_change());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_late_refusal_is_found),
		T(alloc_order),
		T(alloc_flags),
		T(alloc_nofail),
		T(alloc_node),
		T(bulk_and_callers_check_the_same),
		T(free_of_nothing),
		T(free_of_reserved),
		T(free_of_free),
		T(free_inside_an_allocation),
		T(free_inside_a_held_superpageblock),
		T(free_with_another_order),
		T(bad_splits),
		T(bad_releases_of_a_superpageblock),
		T(bad_isolation),
		T(unpredicted_refusals_are_findings),
	};

	return RUN(tests);
}
