// SPDX-License-Identifier: GPL-2.0-only
/* The laboratory: steps out of events, copies of a trace, and books that do not agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/harness/import/import.h"
#include "fuzz/lab/books.h"
#include "fuzz/lab/load/load.h"
#include "fuzz/lab/memory.h"
#include "fuzz/lab/load/trace.h"
#include "spb/mmzone.h"

#define GET(page, of_order, mt)                                                            \
	{ .pfn = (page), .gfp = GFP_KERNEL, .kind = IMPORT_ALLOC, .order = (of_order),      \
	  .type = (mt) }
#define PUT(page, of_order) { .pfn = (page), .kind = IMPORT_FREE, .order = (of_order) }

/* Of three objects one is kept; two events say nothing of an object. */
static const struct import_event events[] = {
	PUT(0x77, 0),			     /* from before the trace */
	GET(0x10, 2, MIGRATE_UNMOVABLE),
	GET(0x20, 0, MIGRATE_MOVABLE),	     /* kept */
	{ .kind = IMPORT_ALLOC, .order = 4 }, /* failed */
	PUT(0x10, 2),
	GET(0x30, 0, MIGRATE_RECLAIMABLE),
	PUT(0x30, 0),
};

#define NR_EVENTS (sizeof(events) / sizeof(events[0]))

static void build(struct lab_trace *trace)
{
	assert_true(lab_trace_build(trace, events, NR_EVENTS));
}

static void test_steps(void **state)
{
	static const struct {
		uint32_t object;
		bool gets;
	} want[] = { { 0, true }, { 1, true }, { 0, false }, { 0, true }, { 0, false } };
	struct lab_trace trace;

	(void)state;
	build(&trace);
	assert_int_equal(trace.nr_steps, 5);
	for (size_t i = 0; i < trace.nr_steps; i++) {
		assert_int_equal(trace.steps[i].object, want[i].object);
		assert_int_equal(trace.steps[i].gets, want[i].gets);
	}
	assert_int_equal(trace.nr_objects, 2);
	assert_int_equal(trace.nr_kept, 1);
	assert_int_equal(trace.peak_pages, 5);
	assert_int_equal(trace.unknown_frees, 1);
	assert_int_equal(trace.failed, 1);
	assert_int_equal(trace.steps[1].gfp & GFP_MOVABLE_MASK, __GFP_MOVABLE);
	assert_int_equal(trace.steps[3].gfp & GFP_MOVABLE_MASK, __GFP_RECLAIMABLE);
	lab_trace_release(&trace);
}

static void test_copies_of_a_share(void **state)
{
	struct lab_trace trace;

	(void)state;
	build(&trace);
	assert_int_equal(lab_load_copies(&trace, 0), 1);
	assert_int_equal(lab_load_copies(&trace, 54), 10);
	lab_trace_release(&trace);
}

#define STEPS 1000
#define COPIES 7

static void run(const struct lab_trace *trace, uint64_t seed, struct lab_step *steps)
{
	struct lab_load load;

	assert_true(lab_load_init(&load, trace, COPIES, seed));
	for (unsigned int i = 0; i < STEPS; i++)
		lab_load_next(&load, &steps[i]);
	lab_load_release(&load);
}

/* The same seed gives the same steps, another one others. */
static void test_seeds(void **state)
{
	static struct lab_step one[STEPS], again[STEPS], other[STEPS];
	struct lab_trace trace;

	(void)state;
	build(&trace);
	run(&trace, 1, one);
	run(&trace, 1, again);
	run(&trace, 2, other);
	assert_memory_equal(one, again, sizeof(one));
	assert_memory_not_equal(one, other, sizeof(one));
	lab_trace_release(&trace);
}

/*
 * Each object is got and given back by turns. What the trace gives back is given back before its
 * copy goes on with another object of that number; what is kept lives for one pass: its copy has
 * got and given back the two other objects meanwhile.
 */
static void test_lifetimes(void **state)
{
	static struct lab_step steps[STEPS];
	unsigned int since[COPIES] = { 0 }, kept = 0;
	bool live[2 * COPIES] = { false };
	struct lab_trace trace;

	(void)state;
	build(&trace);
	run(&trace, 3, steps);
	for (unsigned int i = 0; i < STEPS; i++) {
		uint32_t object = steps[i].object, copy = object / 2;

		assert_true(object < 2 * COPIES);
		assert_int_equal(live[object], !steps[i].gets);
		live[object] = steps[i].gets;
		if (object % 2 == 0) {
			since[copy] += steps[i].gets;
		} else if (steps[i].gets) {
			since[copy] = 0;
		} else {
			assert_int_equal(since[copy], 2);
			kept++;
		}
	}
	assert_true(kept > COPIES);
	lab_trace_release(&trace);
}

static void test_numbers(void **state)
{
	struct random random = lab_random(0);
	unsigned int seen[10] = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 10000; i++)
		seen[random_below(&random, 10)]++;
	for (unsigned int i = 0; i < 10; i++)
		assert_in_range(seen[i], 900, 1100);
}

/* ---- books ---- */

static const struct lab_books right = {
	.managed = 1000, .free = 600, .in_lists = 100, .in_superpageblocks = 600,
	.nr_superpageblocks = 2, .on_lists = 2,
};

static bool agree(const struct lab_books *books, uint16_t bits, char *why, size_t size)
{
	uint32_t in[2][NR_LAB_KINDS] = { { 0 }, { [LAB_RECLAIMABLE] = 100, [LAB_PINNED] = 200 } };
	uint16_t has[2] = { 0, bits };
	struct lab_memory memory = { .nr_gigabytes = 2, .in_gigabyte = in, .pages = 300 };

	*why = 0;
	return lab_books_agree(books, has, &memory, why, size);
}

static void test_books(void **state)
{
	const uint16_t bits = PB_has_reclaimable | PB_has_movable;
	struct lab_books wrong;
	char why[200];

	(void)state;
	assert_true(agree(&right, bits, why, sizeof(why)));
	wrong = right;
	wrong.free--;
	assert_false(agree(&wrong, bits, why, sizeof(why)));
	assert_string_equal(why, "300 pages are in use, 599 free and 100 kept for CPUs, of 1000");
	wrong = right;
	wrong.in_superpageblocks++;
	assert_false(agree(&wrong, bits, why, sizeof(why)));
	assert_string_equal(why, "superpageblocks have 601 free pages, the zone 600");
	wrong = right;
	wrong.on_lists = 1;
	assert_false(agree(&wrong, bits, why, sizeof(why)));
	assert_false(agree(&right, PB_has_movable, why, sizeof(why)));
	assert_string_equal(why, "gigabyte 1 has content that its bits do not show: 0x20");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),	  cmocka_unit_test(test_copies_of_a_share),
		cmocka_unit_test(test_seeds),	  cmocka_unit_test(test_lifetimes),
		cmocka_unit_test(test_numbers),	  cmocka_unit_test(test_books),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
