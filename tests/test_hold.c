// SPDX-License-Identifier: GPL-2.0-only
/* Steps under the lock of a zone: the last that a section may take, and the first too many. */
#include "tests/fixture.h"

#define SPBS 6u
#define FULL "UUUU UUUU UUUU UUUU"

static void start(enum spb_chooser chooser)
{
	struct spb_config config = fx_config(SPBS);

	config.chooser = chooser;
	fx_start(&config);
}

/* A section of a call, which may not sleep, ends after so many steps. */
static void section_with(const struct call *call, uint32_t steps, uint32_t events)
{
	const struct hold hold = {
		.lock = &fx_zone()->lock,
		.taken_by = __func__,
		.call = call,
		.steps = steps,
		.events = events,
	};
	struct host_call outer;

	host_call_begin(SPB_RULE_NONE, &outer);
	host_call_atomic();
	fx_hold_ends(&hold);
	host_call_end(&outer);
}

static void section_of(const struct call *call, uint32_t steps)
{
	section_with(call, steps, 0);
}

static void expect_at_most(enum call_kind kind, unsigned int order, uint32_t steps)
{
	const struct call call = { .kind = kind, .order = order };

	section_of(&call, steps);
	expect_finding("lock-hold", section_of(&call, steps + 1));
}

TEST(a_walk_of_all_is_the_answer_to_one_question)
{
	start(SPB_CHOOSER_WALK);
	expect_at_most(CALL_can_serve, 1, SPBS);
	start(SPB_CHOOSER_WALK);
	expect_at_most(CALL_has_free, 0, SPBS);
}

TEST(bitmaps_answer_one_question_without_a_step)
{
	start(SPB_CHOOSER_BITMAPS);
	fx_draw(0, FULL);
	expect_at_most(CALL_can_serve, 1, 0);
}

/* |16| in each superpageblock: of one order there are buddies. */
TEST(a_search_walks_twelve_times_and_twice_for_an_order)
{
	start(SPB_CHOOSER_WALK);
	expect_at_most(CALL_alloc, 0, (12 + 2) * SPBS + 3 * SPBS);
}

TEST(bitmaps_look_at_fragments_and_at_what_wakes)
{
	start(SPB_CHOOSER_BITMAPS);
	expect_at_most(CALL_alloc, 0, 0);
	start(SPB_CHOOSER_BITMAPS);
	fx_draw(0, "UUUU UUUU UUUU MMMM");
	fx_draw(1, FULL);
	expect_at_most(CALL_alloc, 0, 1);
	start(SPB_CHOOSER_BITMAPS);
	fx_draw(0, "U.U. UUUU UUUU UUUU");
	expect_at_most(CALL_alloc, 0, 2 * 3);
}

TEST(more_than_a_pageblock_is_looked_for_by_a_walk)
{
	start(SPB_CHOOSER_BITMAPS);
	expect_at_most(CALL_alloc, 3, SPBS + 3 * SPBS);
}

TEST(a_refusal_that_keeps_what_it_says_is_a_walk)
{
	const struct spb_event set = {
		.type = SPB_EV_TUNABLE,
		.arg = SPB_TUNABLE_refusal_keeps_promise,
		.arg2 = 1,
		.spb = SPB_NO_SPB,
	};

	start(SPB_CHOOSER_BITMAPS);
	fx_happens(&set);
	expect_at_most(CALL_alloc, 0, SPBS + SPBS);
}

/* Each entry that moves explains a round of the lists of a CPU. */
TEST(a_free_looks_for_no_superpageblock)
{
	const struct spb_event freed = { .type = SPB_EV_FREE, .pfn = FX_START };
	const struct call call = { .kind = CALL_free };

	start(SPB_CHOOSER_WALK);
	fx_happens(&freed);
	section_with(&call, 15, 1);
	expect_finding("lock-hold", section_with(&call, 16, 1));
	start(SPB_CHOOSER_WALK);
	fx_happens(&freed);
	expect_finding("lock-hold", section_of(&call, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_walk_of_all_is_the_answer_to_one_question),
		T(bitmaps_answer_one_question_without_a_step),
		T(a_search_walks_twelve_times_and_twice_for_an_order),
		T(bitmaps_look_at_fragments_and_at_what_wakes),
		T(more_than_a_pageblock_is_looked_for_by_a_walk),
		T(a_refusal_that_keeps_what_it_says_is_a_walk),
		T(a_free_looks_for_no_superpageblock),
	};

	return RUN(tests);
}
