// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules pcp-order and pcp-batch, event by event: each case is a story that is told to the observer,
 * and which rule its last event, or the end of the operation, breaks.
 */
#include "tests/fixture.h"

#include "fuzz/harness/check/percpu/percpu.h"

/* What is told: of a page, that of a drain (how many pages), that the operation is over. */
enum kind { REFILL, FREED, HANDED_OUT, TO_ZONE, DRAINED, RETURNS, NR_KINDS };

struct told {
	enum kind kind;
	unsigned int page, order;
};

/* Batches of four pages, given back from eight on. */
static void start(void)
{
	struct spb_config config = fx_config(2);

	config.pcp_batch = 4;
	config.pcp_high = 8;
	fx_start(&config);
	percpu_observer.begin(this_run);
}

static void tell(const struct told *told)
{
	static const enum spb_event_type types[NR_KINDS] = {
		[REFILL] = SPB_EV_PCP_PUT, [FREED] = SPB_EV_PCP_PUT,
		[HANDED_OUT] = SPB_EV_PCP_GET, [TO_ZONE] = SPB_EV_FREE,
		[DRAINED] = SPB_EV_PCP_DRAIN,
	};
	const struct spb_event event = {
		.type = (u8)types[told->kind],
		.zone = fx_zone()->index,
		.order = (u8)told->order,
		.mt = MIGRATE_MOVABLE,
		.pfn = FX_PFN(0, told->page),
		.arg2 = told->kind == REFILL ? 1 : told->kind == DRAINED ? told->page : 0,
	};

	if (told->kind == RETURNS)
		percpu_observer.after_op(this_run);
	else
		percpu_observer.event(this_run, &event);
}

static void tell_all(const struct told *told, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		tell(&told[i]);
}

#define told_right(...)                                                       \
	do {                                                                  \
		const struct told right[] = { __VA_ARGS__, { RETURNS, 0, 0 } }; \
									      \
		start();                                                      \
		tell_all(right, ARRAY_SIZE(right));                           \
		fx_finish();                                                  \
	} while (0)

/* The last of them breaks @rule. */
#define told_wrong(rule, ...)                                                 \
	do {                                                                  \
		const struct told wrong[] = { __VA_ARGS__ };                  \
									      \
		start();                                                      \
		tell_all(wrong, ARRAY_SIZE(wrong) - 1);                       \
		expect_finding(rule, tell(&wrong[ARRAY_SIZE(wrong) - 1]));    \
		fx_finish();                                                  \
	} while (0)

#define SEVEN_FREED                                                           \
	{ FREED, 0, 0 }, { FREED, 1, 0 }, { FREED, 2, 0 }, { FREED, 3, 0 },   \
	{ FREED, 4, 0 }, { FREED, 5, 0 }, { FREED, 6, 0 }

TEST(the_first_entry_is_handed_out)
{
	told_right({ REFILL, 0, 0 }, { REFILL, 1, 0 }, { HANDED_OUT, 0, 0 });
	told_right({ FREED, 0, 0 }, { FREED, 1, 0 }, { HANDED_OUT, 1, 0 });
	told_wrong("pcp-order", { REFILL, 0, 0 }, { REFILL, 1, 0 }, { HANDED_OUT, 1, 0 });
	told_wrong("pcp-order", { FREED, 0, 0 }, { FREED, 1, 0 }, { HANDED_OUT, 0, 0 });
}

TEST(a_refill_brings_a_batch_of_pages)
{
	told_right({ REFILL, 0, 1 }, { REFILL, 2, 1 }, { HANDED_OUT, 0, 1 });
	told_wrong("pcp-batch", { REFILL, 0, 1 }, { REFILL, 2, 1 }, { REFILL, 4, 1 });
	/* One entry at least. */
	told_right({ REFILL, 0, 3 }, { HANDED_OUT, 0, 3 });
	told_wrong("pcp-batch", { REFILL, 0, 3 }, { REFILL, 8, 3 });
	/* A second refill counts for itself. */
	told_right({ REFILL, 0, 3 }, { HANDED_OUT, 0, 3 }, { REFILL, 8, 3 }, { HANDED_OUT, 8, 3 });
}

TEST(from_the_high_mark_on_a_batch_goes_back)
{
	told_right(SEVEN_FREED);
	told_right(SEVEN_FREED, { FREED, 7, 0 }, { TO_ZONE, 0, 0 }, { TO_ZONE, 1, 0 },
		   { TO_ZONE, 2, 0 }, { TO_ZONE, 3, 0 });
	told_wrong("pcp-batch", SEVEN_FREED, { FREED, 7, 0 }, { RETURNS, 0, 0 });
	told_wrong("pcp-batch", SEVEN_FREED, { FREED, 7, 0 }, { TO_ZONE, 0, 0 }, { FREED, 8, 0 });
	told_wrong("pcp-order", SEVEN_FREED, { FREED, 7, 0 }, { TO_ZONE, 7, 0 });
	/* Too early, and too much. */
	told_wrong("pcp-batch", SEVEN_FREED, { TO_ZONE, 0, 0 }, { RETURNS, 0, 0 });
	told_wrong("pcp-batch", SEVEN_FREED, { FREED, 7, 0 }, { TO_ZONE, 0, 0 }, { TO_ZONE, 1, 0 },
		   { TO_ZONE, 2, 0 }, { TO_ZONE, 3, 0 }, { TO_ZONE, 4, 0 }, { RETURNS, 0, 0 });
}

TEST(lists_give_back_in_turn)
{
	told_right({ FREED, 0, 0 }, { FREED, 8, 1 }, { FREED, 1, 0 }, { FREED, 10, 1 },
		   { FREED, 12, 1 }, { TO_ZONE, 0, 0 }, { TO_ZONE, 8, 1 }, { TO_ZONE, 1, 0 });
	told_wrong("pcp-order", { FREED, 0, 0 }, { FREED, 8, 1 }, { FREED, 1, 0 }, { FREED, 10, 1 },
		   { FREED, 12, 1 }, { TO_ZONE, 0, 0 }, { TO_ZONE, 1, 0 });
}

TEST(a_drain_leaves_nothing)
{
	told_right({ FREED, 0, 0 }, { FREED, 1, 0 }, { FREED, 2, 0 }, { TO_ZONE, 0, 0 },
		   { TO_ZONE, 1, 0 }, { TO_ZONE, 2, 0 }, { DRAINED, 3, 0 });
	told_wrong("pcp-batch", { FREED, 0, 0 }, { FREED, 1, 0 }, { TO_ZONE, 0, 0 },
		   { DRAINED, 1, 0 });
	told_wrong("pcp-batch", { FREED, 0, 0 }, { FREED, 1, 0 }, { TO_ZONE, 0, 0 },
		   { TO_ZONE, 1, 0 }, { DRAINED, 3, 0 });
}

TEST(what_may_not_be_handed_out_goes_back_from_the_front)
{
	told_right({ FREED, 0, 0 }, { FREED, 1, 0 }, { FREED, 2, 0 }, { TO_ZONE, 2, 0 },
		   { TO_ZONE, 1, 0 }, { HANDED_OUT, 0, 0 });
	/* From one list after the other: a caller asks for less after that. */
	told_right({ FREED, 0, 0 }, { FREED, 8, 1 }, { FREED, 10, 1 }, { TO_ZONE, 10, 1 },
		   { TO_ZONE, 8, 1 }, { TO_ZONE, 0, 0 }, { FREED, 1, 0 });
	told_wrong("pcp-order", { FREED, 0, 0 }, { FREED, 1, 0 }, { FREED, 2, 0 },
		   { TO_ZONE, 1, 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_first_entry_is_handed_out),
		T(a_refill_brings_a_batch_of_pages),
		T(from_the_high_mark_on_a_batch_goes_back),
		T(lists_give_back_in_turn),
		T(a_drain_leaves_nothing),
		T(what_may_not_be_handed_out_goes_back_from_the_front),
	};

	return RUN(tests);
}
