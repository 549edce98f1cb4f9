// SPDX-License-Identifier: GPL-2.0-only
/*
 * An observer sees what its masks say, in the order of the list, and no more: one that wants
 * everything takes notes of a program, and others of the same program must have as much of that
 * as they want.
 */
#include "tests/fixture.h"

#include <string.h>

#include "fuzz/harness/base/switch.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/program/program.h"
#include "fuzz/harness/run/executor.h"

#define MAX_NOTES 4096
#define ALL_CALLS ((1u << NR_CALLS) - 1)
#define ALL_LOCKS ((1u << MAX_LOCK_CLASSES) - 1)

enum hook { BEGIN, OP, CALL, CALL_END, EVENT, SECTION, SWITCH, AFTER_OP, FULL, END };

struct note {
	enum hook hook;
	unsigned int what;
};

struct notes {
	unsigned int nr;
	struct note note[MAX_NOTES];
};

static struct notes all, some;
static struct notes *to;

static void take(enum hook hook, unsigned int what)
{
	assert_true(to->nr < MAX_NOTES);
	to->note[to->nr++] = (struct note){ hook, what };
}

static void begin(struct run *run __maybe_unused)
{
	take(BEGIN, 0);
}

static void op_begins(struct run *run __maybe_unused, const struct program_record *record)
{
	take(OP, record->op);
}

static void call_begins(struct run *run __maybe_unused, const struct call *call)
{
	take(CALL, call->kind);
}

static void call_ends(struct run *run __maybe_unused, const struct call *call)
{
	take(CALL_END, call->kind);
}

static void event(struct run *run __maybe_unused, const struct spb_event *told)
{
	take(EVENT, told->type);
}

static void section(struct run *run __maybe_unused, const struct section *told)
{
	take(SECTION, told->lock);
}

static void switched(struct run *run __maybe_unused, const struct sched_switch *told)
{
	take(SWITCH, told->kind);
}

static void after_op(struct run *run __maybe_unused)
{
	take(AFTER_OP, 0);
}

static void full(struct run *run __maybe_unused)
{
	take(FULL, 0);
}

static void end(struct run *run __maybe_unused)
{
	take(END, 0);
}

static const struct observer everything = {
	.name = "everything",
	.events = ALL_EVENTS,
	.calls = ALL_CALLS,
	.locks = ALL_LOCKS,
	.begin = begin,
	.op_begins = op_begins,
	.call_begins = call_begins,
	.call_ends = call_ends,
	.event = event,
	.section = section,
	.switched = switched,
	.after_op = after_op,
	.full = full,
	.end = end,
};

static void ignore_call(struct run *run __maybe_unused, const struct call *call __maybe_unused)
{
}

static void ignore_section(struct run *run __maybe_unused,
			   const struct section *told __maybe_unused)
{
}

/* So that everything is told to somebody. */
static const struct observer other = {
	.name = "other",
	.calls = ALL_CALLS,
	.locks = ALL_LOCKS,
	.call_begins = ignore_call,
	.section = ignore_section,
};

static struct observer one;
static const struct observer *const observers[] = { &predict_observer, &other, &one, NULL };

/* Of two CPUs, the first of which is left at its third lock. */
static const struct program_record records[] = {
	{ .op = OP_alloc, .slot = 1, .gfp = GFP_KERNEL, .order = 3 },
	{ .op = OP_fill, .slot = 2, .gfp = GFP_KERNEL | __GFP_MOVABLE, .arg = 20,
	  .preempt[0] = { .at = 3, .cpu = 1 } },
	{ .op = OP_free, .slot = 1, .cpu = 1 },
	{ .op = OP_bulk, .slot = 3, .gfp = GFP_ATOMIC, .arg = 7 },
	{ .op = OP_kvmalloc, .slot = 4, .gfp = GFP_KERNEL, .arg = 9, .cpu = 1 },
	{ .op = OP_tunable, .slot = SPB_TUNABLE_defrag, .arg = 1 },
	{ .op = OP_isolate, .arg = 300 },
	{ .op = OP_contig, .slot = 5 },
	{ .op = OP_drain_all },
	{ .op = OP_can_serve, .order = 2 },
	{ .op = OP_reclaim },
	{ .op = OP_work },
};

static void look(const struct observer *observer, struct notes *notes, uint8_t sched_mode)
{
	static const struct run_mode mode = { .observers = observers, .preempt = true };
	uint8_t bytes[PROGRAM_HEADER_SIZE + ARRAY_SIZE(records) * PROGRAM_RECORD_SIZE];
	const struct program_header header = { .cpus = 2, .sched_mode = sched_mode };

	program_encode_header(&header, bytes);
	for (unsigned int i = 0; i < ARRAY_SIZE(records); i++)
		program_encode_record(&records[i], bytes + PROGRAM_HEADER_SIZE +
				      i * PROGRAM_RECORD_SIZE);
	one = *observer;
	to = notes;
	notes->nr = 0;
	this_run->options = (struct run_options){ .oracles = true, .close = true };
	assert_true(run_program(bytes, sizeof(bytes), &mode));
}

static unsigned int count(const struct notes *notes, enum hook hook)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < notes->nr; i++)
		nr += notes->note[i].hook == hook;
	return nr;
}

static bool wants(const struct observer *observer, const struct note *note)
{
	switch (note->hook) {
	case EVENT:
		return observer->events >> note->what & 1;
	case CALL:
	case CALL_END:
		return observer->calls >> note->what & 1;
	case SECTION:
		return observer->locks >> note->what & 1;
	default:
		return true;
	}
}

static void assert_sees_its_share(const struct observer *observer)
{
	unsigned int n = 0;

	look(observer, &some, SCHED_ANCHORED);
	for (unsigned int i = 0; i < all.nr; i++) {
		if (!wants(observer, &all.note[i]))
			continue;
		assert_true(n < some.nr);
		assert_memory_equal(&some.note[n++], &all.note[i], sizeof(all.note[i]));
	}
	assert_int_equal(n, some.nr);
}

TEST(one_that_wants_everything_sees_it)
{
	look(&everything, &all, SCHED_ANCHORED);
	assert_int_equal(all.note[0].hook, BEGIN);
	assert_int_equal(all.note[all.nr - 1].hook, END);
	assert_int_equal(count(&all, BEGIN), 1);
	assert_int_equal(count(&all, OP), ARRAY_SIZE(records));
	assert_int_equal(count(&all, CALL), count(&all, CALL_END));
	assert_true(count(&all, CALL) > ARRAY_SIZE(records));
	assert_true(count(&all, EVENT) > 50);
	assert_true(count(&all, SECTION) > 20);
	assert_true(count(&all, SWITCH) > 0);
	assert_true(count(&all, AFTER_OP) > 0);
	assert_int_equal(count(&all, AFTER_OP), count(&all, FULL));
}

TEST(events_are_masked)
{
	look(&everything, &all, SCHED_ANCHORED);
	for (unsigned int type = 0; type < NR_SPB_EVENTS; type++) {
		struct observer observer = everything;

		observer.events = 1ull << type;
		assert_sees_its_share(&observer);
		observer.events = ~observer.events;
		assert_sees_its_share(&observer);
	}
}

TEST(calls_are_masked)
{
	look(&everything, &all, SCHED_ANCHORED);
	for (unsigned int kind = 0; kind < NR_CALLS; kind++) {
		struct observer observer = everything;

		observer.calls = 1u << kind;
		assert_sees_its_share(&observer);
		observer.calls = ~observer.calls;
		assert_sees_its_share(&observer);
	}
}

TEST(sections_are_masked)
{
	look(&everything, &all, SCHED_ANCHORED);
	for (unsigned int lock = 0; lock < MAX_LOCK_CLASSES; lock++) {
		struct observer observer = everything;

		observer.locks = 1u << lock;
		assert_sees_its_share(&observer);
		observer.locks = ~observer.locks;
		assert_sees_its_share(&observer);
	}
}

/* What is no hook of an observer is not wanted, whatever its masks say. */
TEST(hooks_that_are_not_there_are_not_wanted)
{
	struct observer observer = everything;

	observer.op_begins = NULL;
	observer.call_begins = NULL;
	observer.switched = NULL;
	look(&observer, &some, SCHED_ANCHORED);
	assert_int_equal(count(&some, OP) + count(&some, CALL) + count(&some, SWITCH), 0);
	assert_int_equal(count(&some, CALL_END), count(&all, CALL_END));
}

static bool always(const struct run *run __maybe_unused)
{
	return true;
}

TEST(one_that_rests_is_told_nothing)
{
	struct observer observer = everything;

	observer.rests = always;
	look(&observer, &some, SCHED_ANCHORED);
	assert_int_equal(some.nr, 0);
}

/* A schedule that draws from the number of points runs the program twice. */
TEST(a_dry_run_is_for_those_who_follow_it)
{
	struct observer observer = everything;

	look(&observer, &all, SCHED_PCT);
	observer.in_dry_runs = true;
	look(&observer, &some, SCHED_PCT);
	assert_int_equal(count(&all, OP), ARRAY_SIZE(records));
	assert_int_equal(count(&some, OP), 2 * ARRAY_SIZE(records));
	assert_true(count(&some, EVENT) > count(&all, EVENT) * 3 / 2);
	assert_int_equal(count(&all, END), count(&some, END));
}

static void second(struct run *run __maybe_unused, const struct spb_event *told __maybe_unused)
{
	assert_int_equal(to->note[to->nr - 1].hook, EVENT);
	take(EVENT, NR_SPB_EVENTS);
}

/* The tool's own comes after those of the target. */
TEST(observers_are_told_in_order)
{
	static const struct observer watcher = {
		.name = "watcher", .events = ALL_EVENTS, .event = second,
	};

	look(&everything, &all, SCHED_ANCHORED);
	this_run->watcher = &watcher;
	look(&everything, &some, SCHED_ANCHORED);
	this_run->watcher = NULL;
	assert_int_equal(count(&some, EVENT), 2 * count(&all, EVENT));
	assert_int_equal(some.nr - count(&some, EVENT), all.nr - count(&all, EVENT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_that_wants_everything_sees_it),
		T(events_are_masked),
		T(calls_are_masked),
		T(sections_are_masked),
		T(hooks_that_are_not_there_are_not_wanted),
		T(one_that_rests_is_told_nothing),
		T(a_dry_run_is_for_those_who_follow_it),
		T(observers_are_told_in_order),
	};

	return RUN(tests);
}
