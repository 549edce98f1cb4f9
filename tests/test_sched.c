// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scheduler and its fibers, with operations of the test's own: what gets stuck, what
 * never waits, and what uses too much stack. Schedules are tested by replay of the corpus.
 */
#include "tests/fixture.h"

#include <string.h>

#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/sched/fiber.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/program/program.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/race/places.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/sched/sched.h"

#define NR_RECORDS 2

/* What the allocation of each CPU does before it allocates. */
static void (*acts[NR_RECORDS])(void);

static void act(struct run *run, const struct call *call __maybe_unused)
{
	if (acts[run->cpu])
		acts[run->cpu]();
}

static const struct observer actor = {
	.name = "actor", .calls = CALL_BIT(alloc), .call_begins = act,
};

static const struct observer *const actors[] = { &predict_observer, &actor, NULL };
static const struct run_mode acting = { .observers = actors, .preempt = true, .min_cpus = 2 };

/*
 * One allocation on each of two CPUs; the first gives way to the other after @point points
 * of locks.
 */
static void run_acts(void (*first)(void), void (*second)(void), uint16_t point)
{
	uint8_t bytes[PROGRAM_HEADER_SIZE + NR_RECORDS * PROGRAM_RECORD_SIZE];
	const struct program_header header = { .cpus = 2 };

	acts[0] = first;
	acts[1] = second;
	program_encode_header(&header, bytes);
	for (unsigned int i = 0; i < NR_RECORDS; i++) {
		struct program_record record = {
			.op = OP_alloc, .cpu = (uint8_t)i, .slot = (uint8_t)i,
			.gfp = GFP_ATOMIC, .preempt[0] = { .at = i ? 0 : point, .cpu = 1 },
		};

		program_encode_record(&record, bytes + PROGRAM_HEADER_SIZE +
				      i * PROGRAM_RECORD_SIZE);
	}
	assert_true(run_program(bytes, sizeof(bytes), &acting));
}

static spinlock_t a, b;
static bool tried;

static void start(void)
{
	fx_small(1);
	spin_lock_init(&a, LOCK_OWN);
	spin_lock_init(&b, LOCK_OWN + 1);
	tried = true;
}

static void nothing(void)
{
}

/* The graph is told that both orders are known: what is left is the deadlock itself. */
static void know_both(void)
{
	lock_graph.after[LOCK_OWN] |= 1u << (LOCK_OWN + 1);
	lock_graph.after[LOCK_OWN + 1] |= 1u << LOCK_OWN;
}

static void first_a(void)
{
	know_both();
	spin_lock(&a);
	spin_lock(&b);
	spin_unlock(&b);
	spin_unlock(&a);
}

static void first_b(void)
{
	spin_lock(&b);
	spin_lock(&a);
	spin_unlock(&a);
	spin_unlock(&b);
}

/* Point 1 is before the first lock, point 2 before the second. */
TEST(all_blocked_is_a_deadlock_that_says_who_holds_what)
{
	start();
	expect_finding("deadlock", run_acts(first_a, first_b, 2));
	assert_non_null(strstr(this_run->finding.message,
			       "CPU 0 holds own0 of first_a() and waits for own1"));
	assert_non_null(strstr(this_run->finding.message,
			       "CPU 1 holds own1 of first_b() and waits for own0"));
	start();
	run_acts(first_a, first_b, 0);
}

static void first_a_unknown(void)
{
	spin_lock(&a);
	spin_lock(&b);
	spin_unlock(&b);
	spin_unlock(&a);
}

/* Nobody is stuck: one runs after the other. */
TEST(a_deadlock_of_another_schedule_is_found)
{
	start();
	expect_finding("lock-order", run_acts(first_a_unknown, first_b, 0));
	assert_int_equal(this_run->finding.cpu, 1);
}

static void try_a(void)
{
	tried = spin_trylock(&a);
}

/* Were it to wait, the other CPU would go on first and give the lock back. */
TEST(a_trylock_never_waits)
{
	start();
	run_acts(first_a_unknown, try_a, 2);
	assert_false(tried);
}

static noinline unsigned int use_stack(volatile unsigned int *deep)
{
	volatile unsigned int frame[256];

	frame[0] = *deep + 1;
	return frame[0] ? use_stack(frame) + frame[0] : 0;
}

static void overflow(void)
{
	unsigned int deep = 0;

	use_stack(&deep);
}

/* Twice: a finding leaves the signal as it was. */
TEST(a_stack_that_is_used_up_is_found)
{
	for (unsigned int i = 0; i < 2; i++) {
		start();
		/* The test framework takes the signal for each test. */
		fiber_watch_guards();
		expect_finding("stack-overflow", run_acts(nothing, overflow, 1));
		assert_int_equal(this_run->finding.cpu, 1);
		assert_non_null(strstr(this_run->finding.message, "the fiber of CPU 1"));
		start();
		run_acts(nothing, nothing, 1);
	}
}

/* --- places --- */

static const struct observer *const predicting[] = { &predict_observer, NULL };
static const struct run_mode meeting_mode = {
	.observers = predicting, .preempt = true, .min_cpus = 2,
};

static void run_meeting(const uint8_t *data, size_t size)
{
	run_program(data, size, &meeting_mode);
}

/* Points are those of locks, in a build that does not see accesses. */
static size_t write_two(uint8_t *bytes, enum program_op first, enum program_op second)
{
	const struct program_header header = { .cpus = 2 };
	const struct program_record record[] = {
		{ .op = (uint8_t)first, .gfp = GFP_KERNEL, .order = 1 },
		{ .op = (uint8_t)second, .gfp = GFP_KERNEL, .order = 1, .slot = 1, .cpu = 1 },
	};

	program_encode_header(&header, bytes);
	for (unsigned int i = 0; i < ARRAY_SIZE(record); i++)
		program_encode_record(&record[i], bytes + PROGRAM_HEADER_SIZE +
				      i * PROGRAM_RECORD_SIZE);
	return PROGRAM_HEADER_SIZE + ARRAY_SIZE(record) * PROGRAM_RECORD_SIZE;
}

static void places_are_where_two_cpus_touch_the_same(void **state __maybe_unused)
{
	uint8_t bytes[PROGRAM_HEADER_SIZE + 2 * PROGRAM_RECORD_SIZE];
	size_t size = write_two(bytes, OP_alloc, OP_alloc);
	struct race_place place[64], again[64];
	unsigned int nr = race_places(run_meeting, bytes, size, place, 64), open = 0;

	assert_in_range(nr, 1, 63);
	for (unsigned int i = 0; i < nr; i++) {
		assert_int_equal(place[i].step, 0);
		assert_int_equal(place[i].next, 1);
		assert_int_equal(place[i].cpu, 1);
		assert_true(place[i].point > 0);
		open += place[i].open;
	}
	assert_true(open > 0);
	assert_int_equal(race_places(run_meeting, bytes, size, again, 64), nr);
	for (unsigned int i = 0; i < nr; i++) {
		assert_int_equal(place[i].point, again[i].point);
		assert_int_equal(place[i].word, again[i].word);
	}
	/* Room for one. */
	assert_int_equal(race_places(run_meeting, bytes, size, again, 1), 1);
	/* One that does nothing touches nothing. */
	size = write_two(bytes, OP_alloc, OP_nop);
	assert_int_equal(race_places(run_meeting, bytes, size, place, 64), 0);
}

static void a_dry_run_leaves_nothing(void **state __maybe_unused)
{
	uint8_t bytes[PROGRAM_HEADER_SIZE + 2 * PROGRAM_RECORD_SIZE];
	const struct run_options options = this_run->options;
	void (*on_finding)(struct run *run) = this_run->on_finding;
	const struct reach before = reached;
	struct race_place place[64];

	race_places(run_meeting, bytes, write_two(bytes, OP_alloc, OP_alloc), place, 64);
	assert_memory_equal(&this_run->options, &options, sizeof(options));
	assert_ptr_equal(this_run->on_finding, on_finding);
	assert_memory_equal(&reached, &before, sizeof(before));
	assert_null(sched_tap.touch);
	assert_false(this_run->live);
}

/* A record that is looked at is a finding, while that is wanted. */
static bool spoil;

static void spoil_record(struct run *run __maybe_unused, unsigned int n,
			 struct program_record *record __maybe_unused)
{
	if (spoil && n == 1 && this_run->measuring)
		finding("core-bug", "for this test");
}

static void run_spoiled(const uint8_t *data, size_t size)
{
	static const struct run_mode mode = {
		.observers = predicting, .preempt = true, .min_cpus = 2, .record = spoil_record,
	};

	run_program(data, size, &mode);
}

static void a_finding_ends_a_dry_run(void **state __maybe_unused)
{
	uint8_t bytes[PROGRAM_HEADER_SIZE + 2 * PROGRAM_RECORD_SIZE];
	size_t size = write_two(bytes, OP_alloc, OP_alloc);
	struct race_place place[64];

	spoil = true;
	assert_int_equal(race_places(run_spoiled, bytes, size, place, 64), 0);
	spoil = false;
	assert_true(race_places(run_spoiled, bytes, size, place, 64) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_blocked_is_a_deadlock_that_says_who_holds_what),
		T(a_deadlock_of_another_schedule_is_found),
		T(a_trylock_never_waits),
		T(a_stack_that_is_used_up_is_found),
		T(places_are_where_two_cpus_touch_the_same),
		T(a_dry_run_leaves_nothing),
		T(a_finding_ends_a_dry_run),
	};

	return RUN(tests);
}
