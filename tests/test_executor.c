// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks of the executor, of the owners and of the reset fire: an allocator that lies is
 * put in the place of the real one, call by call.
 */
#include "tests/fixture.h"

#include <string.h>

#include "fuzz/harness/run/executor.h"

static uint32_t lie;
static uint32_t handed[4];

static uint32_t lying_alloc(uint32_t gfp __maybe_unused, unsigned int order __maybe_unused,
			    unsigned int nid __maybe_unused, uint32_t nodemask __maybe_unused)
{
	return lie;
}

static uint32_t blocked_alloc(uint32_t gfp __maybe_unused, unsigned int order __maybe_unused,
			      unsigned int nid __maybe_unused, uint32_t nodemask __maybe_unused)
{
	spb_event_zone(SPB_EV_BLOCKED, fx_zone(), 0, MIGRATE_UNMOVABLE, 0, 0);
	return NO_PFN;
}

static unsigned int generous_bulk(uint32_t gfp __maybe_unused, unsigned int nid __maybe_unused,
				  unsigned int nr, uint32_t *pfns __maybe_unused)
{
	return nr + 1;
}

/* An allocator that answers each allocation with @pfn. */
static void start_with_lie(uint32_t pfn)
{
	static struct allocator_ops ops;

	fx_small(2);
	ops = *allocator.ops;
	ops.alloc = lying_alloc;
	ops.alloc_bulk = generous_bulk;
	lie = pfn;
	this_run->ops = &ops;
}

static uint32_t ask(uint32_t gfp, unsigned int order)
{
	return executor_alloc(this_run, 0, gfp, order, 0, 0);
}

TEST(a_page_handed_out_twice_is_found)
{
	start_with_lie(FX_PFN(0, 4));
	assert_int_equal(ask(GFP_KERNEL, 0), FX_PFN(0, 4));
	expect_finding("double-handout", ask(GFP_KERNEL, 0));
}

TEST(a_page_inside_another_allocation_is_found)
{
	start_with_lie(FX_PFN(0, 4));
	ask(GFP_KERNEL, 2);
	lie = FX_PFN(0, 6);
	expect_finding("double-handout", ask(GFP_KERNEL, 0));
}

TEST(a_misaligned_page_is_found)
{
	start_with_lie(FX_PFN(0, 5));
	expect_finding("misaligned", ask(GFP_KERNEL, 1));
}

TEST(a_page_of_an_excluded_zone_is_found)
{
	start_with_lie(FX_PFN(0, 4));
	expect_finding("wrong-zone", ask(GFP_KERNEL | __GFP_DMA32, 0));
}

TEST(a_bad_call_with_a_result_is_found)
{
	start_with_lie(FX_PFN(0, 4));
	expect_finding("bad-call-missing", ask(GFP_KERNEL | GFP_MOVABLE_MASK, 0));
}

TEST(nofail_without_a_reason_is_found)
{
	start_with_lie(NO_PFN);
	expect_finding("nofail-null", ask(GFP_KERNEL | __GFP_NOFAIL, 0));
}

TEST(blocked_while_something_is_held_is_found)
{
	static struct allocator_ops ops;

	fx_small(2);
	fx_alloc(GFP_KERNEL, 0);
	ops = *allocator.ops;
	ops.alloc = blocked_alloc;
	this_run->ops = &ops;
	expect_finding("blocked-early", ask(GFP_KERNEL | __GFP_NOFAIL, 0));
}

TEST(more_pages_than_asked_for_are_found)
{
	start_with_lie(NO_PFN);
	expect_finding("bulk-count", executor_bulk(this_run, GFP_KERNEL, 0, 3, handed));
}

TEST(a_change_that_was_not_noted_is_found)
{
	fx_small(2);
	memcpy(this_run->arena->snapshot, this_run->arena->base, this_run->arena->size);
	pfn_to_page(FX_PFN(0, 4))->private++;
	expect_finding("reset-leak", arena_reset(this_run->arena, true));
}

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define FINDS_POISON 1
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef FINDS_POISON
/* Nothing is poisoned in such a build. */
#define __asan_region_is_poisoned(start, size) ((void)(start), (void)(size), NULL)
#endif

/* Where an arena was, the kernel may put the next thing that is mapped. */
TEST(an_arena_leaves_no_poison_behind)
{
	struct arena arena = { .room = 0 };
	size_t room;
	uint8_t *was;

	arena_make_room(&arena, 1000);
	arena_guard(&arena, true);
	was = arena.base;
	room = arena.room;
	arena_make_room(&arena, room + 1);
	assert_null(__asan_region_is_poisoned(was, room));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_arena_leaves_no_poison_behind),
		T(a_page_handed_out_twice_is_found),
		T(a_page_inside_another_allocation_is_found),
		T(a_misaligned_page_is_found),
		T(a_page_of_an_excluded_zone_is_found),
		T(a_bad_call_with_a_result_is_found),
		T(nofail_without_a_reason_is_found),
		T(blocked_while_something_is_held_is_found),
		T(more_pages_than_asked_for_are_found),
		T(a_change_that_was_not_noted_is_found),
	};

	return RUN(tests);
}
