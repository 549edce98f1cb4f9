// SPDX-License-Identifier: GPL-2.0-only
/*
 * The callers that patch 35 names: what their requests look like, how they come down from a
 * high order, and that a failure leaves nothing behind.
 */
#include "tests/fixture.h"

/* The extents' orders as digits, largest first as they came; 0 for a failure. */
static unsigned long shape;

static bool call(enum caller_kind kind, uint32_t nr_pages, unsigned int order, gfp_t gfp)
{
	struct extent_list list = { 0 };
	struct host_call outer;
	bool ok;

	fx_forget();
	host_call_begin(SPB_RULE_NONE, &outer);
	ok = allocator.ops->alloc_caller(kind, nr_pages, order, gfp, &list);
	host_call_end(&outer);
	shape = 0;
	for (uint32_t i = 0; i < list.nr; i++) {
		shape = shape * 10 + list.order[i] + 1;
		owner_take(0, list.pfn[i], list.order[i]);
	}
	return ok;
}

/* Enough room only in single pages: every second one is used. */
static void draw_holes(void)
{
	fx_small(2);
	fx_draw(0, "U.U. U.U. U.U. U.U.");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
}

/* --- kvmalloc --- */

TEST(kvmalloc_prefers_one_block)
{
	fx_small(2);
	assert_true(call(CALLER_KVMALLOC, 5, 0, GFP_KERNEL));
	assert_int_equal(shape, 4);
	assert_true(call(CALLER_KVMALLOC, 1, 0, GFP_KERNEL));
	assert_int_equal(shape, 1);
	fx_finish();
}

/* As in mainline: the block is asked for without direct reclaim, and refused by the relax
 * sequence since single pages can be had. */
TEST(kvmalloc_drops_direct_reclaim)
{
	draw_holes();
	assert_true(call(CALLER_KVMALLOC, 2, 0, GFP_KERNEL));
	assert_int_equal(shape, 11);
	assert_true(fx_refused(SPB_REFUSAL_SMALLER) > 0);
	assert_int_equal(fx_refused(SPB_REFUSAL_NORETRY), 0);
	assert_int_equal(fx_count(SPB_EV_OOM), 0);
	fx_finish();
}

/* As the patch's text has it: NORETRY, with a try to reclaim. */
TEST(kvmalloc_adds_noretry)
{
	draw_holes();
	for (unsigned int i = 0; i < FX_SPB; i++)
		fx_pin(FX_PFN(1, i));
	spb_set_tunable(SPB_TUNABLE_kvmalloc_noretry, 1);
	assert_true(call(CALLER_KVMALLOC, 2, 0, GFP_KERNEL));
	assert_int_equal(shape, 11);
	assert_true(fx_refused(SPB_REFUSAL_NORETRY) > 0);
	fx_finish();
}

TEST(kvmalloc_keeps_retry_mayfail)
{
	fx_small(2);
	fx_draw(0, "U.U. U.U. U.U. U.U.");
	fx_draw(1, "MMMM MMMM MMMM MMMM");
	assert_true(call(CALLER_KVMALLOC, 2, 0, GFP_KERNEL | __GFP_RETRY_MAYFAIL));
	/* It reclaimed for its block. */
	assert_int_equal(shape, 2);
	assert_true(fx_count(SPB_EV_RECLAIM) > 0);
	fx_finish();
}

TEST(kvmalloc_larger_than_the_allocator)
{
	fx_small(4);
	assert_true(call(CALLER_KVMALLOC, 33, 0, GFP_KERNEL));
	assert_int_equal(shape, 551);
	fx_finish();
}

TEST(kvmalloc_that_may_not_sleep_has_no_fallback)
{
	draw_holes();
	assert_false(call(CALLER_KVMALLOC, 2, 0, GFP_NOWAIT));
	assert_int_equal(allocator.queries->free_pages(0), 8);
	fx_finish();
}

TEST(kvmalloc_nofail)
{
	draw_holes();
	assert_true(call(CALLER_KVMALLOC, 2, 0, GFP_KERNEL | __GFP_NOFAIL));
	assert_int_equal(shape, 11);
	fx_finish();
}

/* --- vmalloc --- */

TEST(vmalloc_takes_the_largest_order_that_fits)
{
	fx_small(4);
	assert_true(call(CALLER_VMALLOC, 23, 0, GFP_KERNEL));
	assert_int_equal(shape, 5321);
	fx_finish();
}

TEST(vmalloc_comes_down_to_single_pages)
{
	draw_holes();
	assert_true(call(CALLER_VMALLOC, 4, 0, GFP_KERNEL));
	assert_int_equal(shape, 1111);
	/* An order at a time. */
	assert_true(fx_refused(SPB_REFUSAL_SMALLER) >= 2);
	assert_int_equal(fx_count(SPB_EV_TAINT), 0);
	fx_finish();
}

TEST(vmalloc_failure_frees_everything)
{
	draw_holes();
	for (unsigned int i = 0; i < FX_SPB; i++)
		fx_pin(FX_PFN(1, i));
	assert_false(call(CALLER_VMALLOC, 12, 0, GFP_NOWAIT));
	assert_int_equal(allocator.queries->free_pages(0), 8);
	assert_int_equal(shape, 0);
	fx_finish();
}

/* --- skb --- */

TEST(skb_starts_at_its_order)
{
	fx_small(2);
	assert_true(call(CALLER_SKB, 9, 2, GFP_KERNEL));
	assert_int_equal(shape, 331);
	assert_true(call(CALLER_SKB, 2, 0, GFP_KERNEL));
	assert_int_equal(shape, 11);
	fx_finish();
}

TEST(skb_comes_down_fragment_by_fragment)
{
	draw_holes();
	assert_true(call(CALLER_SKB, 3, 3, GFP_ATOMIC));
	assert_int_equal(shape, 111);
	assert_int_equal(fx_count(SPB_EV_TAINT), 0);
	fx_finish();
}

TEST(skb_failure_frees_everything)
{
	draw_holes();
	assert_false(call(CALLER_SKB, 9, 3, GFP_NOWAIT));
	assert_int_equal(allocator.queries->free_pages(0), 8);
	fx_finish();
}

/*
 * What the refusal is for: with it a fragmented tainted pool serves small pieces, without it
 * a clean superpageblock is tainted for a block that nobody needed.
 */
TEST(the_refusal_spares_a_clean_superpageblock)
{
	for (unsigned int refusal = 0; refusal < 2; refusal++) {
		fx_small(3);
		fx_draw(0, "U.U. U.U. U.U. U.U.");
		fx_draw(1, "M... MMMM MMMM MMMM");
		fx_draw(2, "M... MMMM MMMM MMMM");
		spb_set_tunable(SPB_TUNABLE_lower_order_refusal, (u16)refusal);
		/* NOMEMALLOC: not optional, so that nothing else refuses. */
		assert_true(call(CALLER_VMALLOC, 4, 0, GFP_KERNEL | __GFP_NOMEMALLOC));
		assert_true(refusal == !fx_count(SPB_EV_TAINT));
		fx_finish();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(kvmalloc_prefers_one_block),
		T(kvmalloc_drops_direct_reclaim),
		T(kvmalloc_adds_noretry),
		T(kvmalloc_keeps_retry_mayfail),
		T(kvmalloc_larger_than_the_allocator),
		T(kvmalloc_that_may_not_sleep_has_no_fallback),
		T(kvmalloc_nofail),
		T(vmalloc_takes_the_largest_order_that_fits),
		T(vmalloc_comes_down_to_single_pages),
		T(vmalloc_failure_frees_everything),
		T(skb_starts_at_its_order),
		T(skb_comes_down_fragment_by_fragment),
		T(skb_failure_frees_everything),
		T(the_refusal_spares_a_clean_superpageblock),
	};

	return RUN(tests);
}
