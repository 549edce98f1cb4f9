// SPDX-License-Identifier: GPL-2.0-only
/*
 * Promises of patch 35: a refusal is followed without a trace in the program, and each kind of
 * broken promise is told from the others. A drawn clean superpageblock (index 1) is what the
 * refusal was for.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/refusal/promise.h"
#include "fuzz/harness/stats/reach.h"
#include "tests/fixture.h"

/* Best effort: no direct reclaim, no warning. NOMEMALLOC keeps it from being optional. */
#define BEST_EFFORT (__GFP_NOWARN | __GFP_NOMEMALLOC)
#define FULL_OF(c) c c c c " " c c c c " " c c c c " " c c c c

/* What came of the promises since: one name, "none", or "several". */
static const char *came_of(void)
{
	const char *found = "none";

	for (unsigned int i = 0; i < NR_PROMISES; i++) {
		uint64_t count = reach_counts()->promise[i];

		if (count)
			found = strcmp(found, "none") || count > 1 ? "several" : promise_names[i];
	}
	reach_reset();
	return found;
}

#define assert_promise(name) assert_string_equal(came_of(), name)

static uint32_t ask(gfp_t gfp, unsigned int order)
{
	fx_forget();
	return executor_alloc(this_run, 0, gfp, order, 0, 0);
}

/* A request that is refused as it was drawn for. */
static void refused(gfp_t gfp, unsigned int order)
{
	reach_reset();
	assert_failed(ask(gfp, order));
	assert_true(fx_refused(SPB_REFUSAL_SMALLER) > 0);
	fx_finish();
}

static void draw(const char *tainted, const char *clean)
{
	fx_small(2);
	fx_draw(0, tainted);
	fx_draw(1, clean);
}

/* --- single requests --- */

TEST(kept)
{
	draw("UUU. UUUU UUUU UUUU", "M... .... .... ....");
	refused(BEST_EFFORT, 1);
	assert_promise("kept");
	/* Nothing was taken for it. */
	assert_spb(0, "UUU. UUUU UUUU UUUU");
}

TEST(not_refused_not_promised)
{
	draw("UUUU UUUU UUUU UUUU", "M... .... .... ....");
	reach_reset();
	assert_step(ask(BEST_EFFORT, 1), "claim");
	assert_promise("none");
	fx_finish();
}

TEST(not_moved)
{
	draw("UUUU MMMM UUUU UUUU", "M... .... .... ....");
	refused(BEST_EFFORT, 1);
	assert_promise("not-moved");
	assert_spb(1, "M... .... .... ....");
}

TEST(pinned)
{
	draw("UUUU MMMM UUUU UUUU", "M... .... .... ....");
	for (unsigned int i = 4; i < 8; i++)
		fx_pin(FX_PFN(0, i));
	refused(BEST_EFFORT, 1);
	assert_promise("pinned");
}

TEST(no_target)
{
	fx_small(3);
	fx_draw(0, "UUUU MMMM UUUU UUUU");
	fx_draw(1, FULL_OF("M"));
	refused(BEST_EFFORT, 1);
	assert_promise("no-target");
}

TEST(stale)
{
	draw("UUUU M+M:UUUU UUUU UUUU", "M... .... .... ....");
	refused(BEST_EFFORT, 1);
	assert_promise("stale");
}

TEST(isolated)
{
	draw("UUUU MMMM UUUU UUUU", "M... .... .... ....");
	assert_int_equal(spb_isolate_pageblock(FX_PFN(0, 4)), 0);
	refused(BEST_EFFORT, 1);
	assert_promise("isolated");
}

TEST(cma)
{
	struct spb_config config = fx_config(2);

	config.nr_ranges = 1;
	config.ranges[0] = (struct spb_range){ FX_PFN(0, 4), FX_BLOCK, SPB_RANGE_CMA };
	fx_start(&config);
	fx_draw(0, "UUUU MMMM UUUU UUUU");
	fx_draw(1, "M... .... .... ....");
	refused(BEST_EFFORT, 1);
	assert_promise("cma");
}

/* An optional request may not relabel the pageblock either; an empty superpageblock it may
 * have in the end. One that is not optional relabels it. */
TEST(opposite_block)
{
	fx_small(2);
	fx_draw(0, "RRRR R:.... UUUU UUUU");
	refused(BEST_EFFORT, 3);
	assert_promise("kept");
	refused(__GFP_NOWARN, 3);
	assert_promise("opposite-block");
}

TEST(unsteered)
{
	fx_small(1);
	fx_draw(0, "RRR. UUUU UUUU UUUU");
	refused(BEST_EFFORT, 1);
	assert_promise("unsteered");
}

TEST(reserve)
{
	draw("UUUU M:UUU. UUUU UUUU", FULL_OF("M"));
	refused(BEST_EFFORT | __GFP_MOVABLE, 1);
	assert_promise("reserve");
}

TEST(full)
{
	draw("UUUU MMMM UUUU UUUU", FULL_OF("M"));
	refused(BEST_EFFORT, 1);
	assert_promise("full");
}

TEST(watermark)
{
	struct spb_config config = fx_config(2);

	config.wmark_divisor = 4;
	fx_start(&config);
	fx_draw(0, "UUU. UUUU UUUU UUUU");
	fx_draw(1, FULL_OF("M"));
	refused(BEST_EFFORT, 1);
	assert_promise("watermark");
}

/* DMA32 is superpageblocks 0 and 1, NORMAL is 2 and 3. */
TEST(other_zone)
{
	struct spb_config config = fx_config(0);

	config.wmark_divisor = 4;
	config.zones[0][ZONE_DMA32] = (struct spb_zone_config){ 64, 32 };
	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 96, 32 };
	fx_start(&config);
	fx_draw(0, FULL_OF("U"));
	fx_draw(1, "M... .... .... ....");
	fx_draw(2, "UUU. UUUU UUUU UUUU");
	fx_draw(3, FULL_OF("M"));
	refused(BEST_EFFORT, 1);
	assert_promise("other-zone");
}

/* With relax_all_zones DMA32 promises, and NORMAL, which is asked first, is tainted. */
TEST(another_zone_promises)
{
	struct spb_config config = fx_config(0);

	config.zones[0][ZONE_DMA32] = (struct spb_zone_config){ 64, 32 };
	config.zones[0][ZONE_NORMAL] = (struct spb_zone_config){ 96, 32 };
	config.tunables.relax_all_zones = 1;
	fx_start(&config);
	fx_draw(0, FULL_OF("U"));
	fx_draw(1, "UUUU MMMM UUUU UUUU");
	fx_draw(2, FULL_OF("U"));
	fx_draw(3, "M... .... .... ....");
	refused(BEST_EFFORT, 1);
	assert_promise("other-zone");
}

/* --- callers --- */

static bool call(enum caller_kind kind, uint32_t nr_pages, gfp_t gfp)
{
	struct extent_list list;
	bool ok;

	reach_reset();
	ok = executor_caller(this_run, kind, nr_pages, 2, gfp, &list);
	for (uint32_t i = 0; ok && i < list.nr; i++)
		owner_take(0, list.pfn[i], list.order[i]);
	fx_finish();
	return ok;
}

TEST(no_fallback)
{
	draw("UUU. UUUU UUUU UUUU", "M... .... .... ....");
	assert_false(call(CALLER_KVMALLOC, 2, BEST_EFFORT));
	assert_promise("no-fallback");
}

TEST(a_caller_gets_what_was_promised)
{
	draw("UU.U .UUU UUUU UUUU", "M... .... .... ....");
	assert_true(call(CALLER_VMALLOC, 2, BEST_EFFORT));
	assert_promise("kept");
	assert_spb(0, FULL_OF("U"));
}

/* The first page is there, the second one taints: both are told. */
TEST(too_few)
{
	draw("UUU. UUUU UUUU UUUU", "M... .... .... ....");
	assert_true(call(CALLER_SKB, 2, BEST_EFFORT));
	assert_int_equal(reach_counts()->promise[PROMISE_KEPT], 1);
	assert_int_equal(reach_counts()->promise[PROMISE_TOO_FEW], 1);
	reach_reset();
}

TEST(a_caller_fails)
{
	draw("UUUU MMMM UUUU UUUU", FULL_OF("M"));
	assert_false(call(CALLER_SKB, 2, BEST_EFFORT));
	assert_promise("full");
}

TEST(a_caller_taints)
{
	draw("UUUU MMMM UUUU UUUU", "M... .... .... ....");
	assert_true(call(CALLER_SKB, 2, BEST_EFFORT));
	assert_promise("not-moved");
}

/* --- refusal_keeps_promise --- */

static void draw_keeping(unsigned int value, const char *tainted, const char *clean)
{
	draw(tainted, clean);
	spb_set_tunable(SPB_TUNABLE_refusal_keeps_promise, (u16)value);
}

#define assert_escalates(gfp, order)                                  \
	do {                                                          \
		ask(gfp, order);                                      \
		assert_int_equal(fx_refused(SPB_REFUSAL_SMALLER), 0); \
		fx_finish();                                          \
	} while (0)

TEST(content_is_no_promise)
{
	draw_keeping(1, "UUUU MMMM UUUU UUUU", "M... .... .... ....");
	assert_escalates(BEST_EFFORT, 1);
	assert_string_equal(fx_relaxes(), "tainted-ok drop");
	draw_keeping(1, "UUUU M+M:UUUU UUUU UUUU", "M... .... .... ....");
	assert_escalates(BEST_EFFORT, 1);
	draw_keeping(1, "UUUU M:UUU. UUUU UUUU", FULL_OF("M"));
	assert_escalates(BEST_EFFORT | __GFP_MOVABLE, 1);
	fx_small(1);
	fx_draw(0, "RRR. UUUU UUUU UUUU");
	spb_set_tunable(SPB_TUNABLE_refusal_keeps_promise, 1);
	assert_escalates(BEST_EFFORT, 1);
}

/* What borrowing would find on the movable list: the posted rule does not see it. */
TEST(free_movable_fragments_are)
{
	draw("UUUU M:UUU. UUUU UUUU", "M... .... .... ....");
	assert_step(ask(BEST_EFFORT, 1), "claim");
	for (unsigned int type = 0; type < 2; type++) {
		draw_keeping(1, "UUUU M:UUU. UUUU UUUU", "M... .... .... ....");
		refused(BEST_EFFORT | (type ? __GFP_RECLAIMABLE : 0), 1);
		assert_promise("kept");
	}
	draw_keeping(1, "UUUU R:UUU. UUUU UUUU", "M... .... .... ....");
	refused(BEST_EFFORT, 1);
	assert_promise("kept");
	draw_keeping(1, "UUUU M:UU.. .... ....", FULL_OF("M"));
	refused(BEST_EFFORT | __GFP_MOVABLE, 3);
	assert_promise("kept");
}

TEST(all_of_it_or_no_promise)
{
	draw_keeping(2, "UUU. UUUU UUUU UUUU", "M... .... .... ....");
	assert_escalates(BEST_EFFORT, 1);
	draw_keeping(2, "UUU. UUUU R:UUU. UUUU", "M... .... .... ....");
	refused(BEST_EFFORT, 1);
	assert_promise("kept");
	draw_keeping(1, "UUU. UUUU UUUU UUUU", "M... .... .... ....");
	refused(BEST_EFFORT, 1);
	assert_promise("kept");
}

/*
 * 32 pages, min 2, low 3: of order 1, a retry needs more than 3 pages free and one left over.
 * The page that the pool has is below the mark in the first state, above it in the second.
 */
TEST(the_mark_that_the_retry_meets)
{
	struct spb_config config = fx_config(2);

	config.wmark_divisor = 16;
	config.tunables.refusal_keeps_promise = 1;
	fx_start(&config);
	fx_draw(0, "UUU. UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMMM M...");
	assert_escalates(BEST_EFFORT, 1);
	fx_start(&config);
	fx_draw(0, "UUU. UUUU UUUU UUUU");
	fx_draw(1, "MMMM MMMM MMMM ....");
	refused(BEST_EFFORT, 1);
	assert_promise("kept");
}

/* --- strict; and no trace --- */

TEST(strict_makes_it_a_finding)
{
	draw("UUUU MMMM UUUU UUUU", "M... .... .... ....");
	this_run->options.strict = true;
	expect_finding("promise-not-moved", ask(BEST_EFFORT, 1));
	assert_int_equal(this_run->finding.nr_spbs, 2);
	draw("UUUU MMMM UUUU UUUU", "M... .... .... ....");
	this_run->options.strict = true;
	expect_finding("promise-not-moved", call(CALLER_SKB, 2, BEST_EFFORT));
	assert_string_equal(this_run->finding.function, "spb_tainted_can_serve_smaller");
	/* A kept one is none. */
	draw("UUU. UUUU UUUU UUUU", "M... .... .... ....");
	this_run->options.strict = true;
	refused(BEST_EFFORT, 1);
}

static unsigned int nr_aside;

static void count_aside(const struct spb_event *event)
{
	nr_aside += event->type == SPB_EV_ALLOC;
}

TEST(a_side_run_leaves_no_trace)
{
	struct arena *arena;
	uint8_t *bytes, *dirty;
	uint32_t budget;

	draw("UU.. .... UUUU UUUU", "M... .... .... ....");
	arena = this_run->arena;
	bytes = malloc(arena->size);
	dirty = malloc(arena->size / SHIM_LINE);
	assert_non_null(bytes);
	assert_non_null(dirty);
	memcpy(bytes, arena->base, arena->size);
	memcpy(dirty, arena->dirty, arena->size / SHIM_LINE);
	budget = shim_this->budget;
	nr_aside = 0;
	fx_forget();

	arena_side_begin(arena);
	host_side_begin(count_aside);
	while (allocator.ops->alloc(__GFP_NOMEMALLOC, 0, 0, 0) != NO_PFN)
		;
	host_side_end();
	assert_memory_not_equal(bytes, arena->base, arena->size);
	arena_side_end(arena);

	assert_int_equal(nr_aside, 21);
	assert_memory_equal(bytes, arena->base, arena->size);
	assert_memory_equal(dirty, arena->dirty, arena->size / SHIM_LINE);
	assert_int_equal(budget, shim_this->budget);
	assert_int_equal(fx_count(SPB_EV_ALLOC), 0);
	free(bytes);
	free(dirty);
	fx_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(kept),
		T(not_refused_not_promised),
		T(not_moved),
		T(pinned),
		T(no_target),
		T(stale),
		T(isolated),
		T(cma),
		T(opposite_block),
		T(unsteered),
		T(reserve),
		T(full),
		T(watermark),
		T(other_zone),
		T(another_zone_promises),
		T(no_fallback),
		T(a_caller_gets_what_was_promised),
		T(too_few),
		T(a_caller_fails),
		T(a_caller_taints),
		T(content_is_no_promise),
		T(free_movable_fragments_are),
		T(all_of_it_or_no_promise),
		T(the_mark_that_the_retry_meets),
		T(strict_makes_it_a_finding),
		T(a_side_run_leaves_no_trace),
	};

	return RUN(tests);
}
