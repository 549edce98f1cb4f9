// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do meetings of the mutator come to the states that they are about? Here their operations run in
 * order, one after the other: what is counted is what other CPUs could meet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/internal.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/mutator/write.h"
#include "shim/types.h"
#include "spb/event.h"
#include "spb/migratetype.h"

#define ROOM 4096
/* A hundred or so come to the first state, all of them in a pageblock that was taken over: a fourth
 * of that where it was left to chance, next to none where nothing was built. */
#define MEETINGS 3000

static struct counts {
	unsigned int stale;      /* an evacuation finds that unmovable content has gone */
	unsigned int beside;     /* the same, in a pageblock of that type, beside what stays */
	unsigned int contiguous; /* a contiguous request takes a superpageblock that had content */
	unsigned int unisolated; /* a pageblock is released by the page of an allocation */
	unsigned int held;       /* a reference to what the other CPU frees or splits */
	unsigned int kswapd;
	unsigned int reserved;   /* a pageblock becomes one of the reserve of atomic requests */
	unsigned int asked;      /* kswapd has begun, the next operation asks it for more */
	unsigned int listed;     /* a page goes to a per-CPU list, its pageblock is isolated next */
} counts;

static bool moved;
/* In the operation before this one, and in this one. */
static bool kswapd_began, kswapd_begins;
static uint32_t listed_before, listed;

static void on_event(struct run *run, const struct spb_event *event)
{
	if (event->type == SPB_EV_EVACUATE || event->type == SPB_EV_MIGRATE)
		moved = true;
	if (event->type == SPB_EV_HAS_CLEAR && run->op == OP_evacuate &&
	    event->mt != MIGRATE_MOVABLE) {
		counts.stale++;
		counts.beside += get_pageblock_label(event->pfn) == event->mt &&
				 pageblock_has_type(event->pfn, MIGRATE_MOVABLE);
	}
	if (event->type == SPB_EV_CONTIG && event->arg)
		counts.contiguous += moved;
	counts.reserved += event->type == SPB_EV_HIGHATOMIC && event->arg;
	if (event->type == SPB_EV_KSWAPD_RUN)
		kswapd_begins = true;
	if (event->type == SPB_EV_KSWAPD_ASK)
		counts.asked += kswapd_began && event->order;
	if (event->type == SPB_EV_PCP_PUT)
		listed = event->pfn;
	if (event->type == SPB_EV_ISOLATE)
		counts.listed += pageblock_start_pfn(listed_before) == event->pfn;
}

static void on_op(struct run *run, const struct program_record *record)
{
	(void)run;
	moved = false;
	kswapd_began = kswapd_begins;
	kswapd_begins = false;
	listed_before = listed;
	listed = SPB_NO_PFN;
	counts.unisolated += record->op == OP_unisolate_slot;
	counts.held += record->op == OP_hold;
	counts.kswapd += record->op == OP_kswapd;
}

static const struct observer watcher = {
	.name = "meetings",
	.events = EVENT_BIT(HAS_CLEAR) | EVENT_BIT(EVACUATE) | EVENT_BIT(MIGRATE) |
		  EVENT_BIT(CONTIG) | EVENT_BIT(HIGHATOMIC) | EVENT_BIT(KSWAPD_ASK) |
		  EVENT_BIT(KSWAPD_RUN) | EVENT_BIT(PCP_PUT) | EVENT_BIT(ISOLATE),
	.event = on_event,
	.op_begins = on_op,
};

static void run_meeting(uint32_t seed)
{
	static const struct observer *const list[] = { &predict_observer, &watcher, NULL };
	static const struct run_mode mode = { .observers = list };
	struct random random = { seed };
	struct writer writer;
	struct draft draft;
	uint8_t bytes[ROOM];

	assert_true(draft_open(&draft, bytes, 0, ROOM));
	schedule_meetings(&draft, &random);
	writer_open(&writer, &draft, &random, 0);
	write_meeting(&writer);
	run_program(bytes, draft_size(&draft), &mode);
}

static void test_states(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < MEETINGS; seed++)
		run_meeting(seed);
	assert_in_range(counts.stale, 60, MEETINGS);
	assert_in_range(counts.beside, 60, MEETINGS);
	assert_in_range(counts.contiguous, 70, MEETINGS);
	assert_in_range(counts.unisolated, 70, MEETINGS);
	assert_in_range(counts.held, 70, MEETINGS);
	assert_in_range(counts.kswapd, 70, MEETINGS);
	assert_in_range(counts.reserved, 100, MEETINGS);
	assert_in_range(counts.asked, 35, MEETINGS);
	assert_in_range(counts.listed, 8, MEETINGS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_states) };

	return cmocka_run_group_tests_name("meetings", tests, NULL, NULL);
}
