// SPDX-License-Identifier: GPL-2.0-only
/* Schedules near that of a program: which ones, in which order, and that the search ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/tool/replay/around.h"

#define NR 3
#define SIZE (PROGRAM_HEADER_SIZE + NR * PROGRAM_RECORD_SIZE)

static struct around around;
static uint8_t program[SIZE];

struct tried {
	unsigned int nr;
	int wanted_first, wanted_second;
	struct { int first, second; uint32_t seed; } points[64];
};

static uint8_t *record(uint8_t *bytes, unsigned int n)
{
	return bytes + PROGRAM_HEADER_SIZE + n * PROGRAM_RECORD_SIZE;
}

static int first_of(const uint8_t *bytes)
{
	return (int)record_get(record((uint8_t *)bytes, 0), pre);
}

static int second_of(const uint8_t *bytes)
{
	return (int)record_get(record((uint8_t *)bytes, 2), pre2);
}

static bool note(void *context, const uint8_t *bytes, size_t size)
{
	struct tried *tried = context;
	unsigned int n = tried->nr++;

	assert_int_equal(size, SIZE);
	if (n < 64) {
		tried->points[n].first = first_of(bytes);
		tried->points[n].second = second_of(bytes);
		tried->points[n].seed = header_get(bytes, seed);
	}
	return first_of(bytes) == tried->wanted_first && second_of(bytes) == tried->wanted_second;
}

static void make_program(int first, int second)
{
	memset(program, 0x11, SIZE);
	program[0] = PROGRAM_VERSION;
	header_put(program, mode, SCHED_ANCHORED);
	for (unsigned int n = 0; n < NR; n++) {
		record_put(record(program, n), pre, 0);
		record_put(record(program, n), pre2, 0);
	}
	record_put(record(program, 0), pre, (uint32_t)first);
	record_put(record(program, 2), pre2, (uint32_t)second);
}

static bool search(struct tried *tried, uint32_t tries)
{
	around = (struct around){ .found = note, .context = tried, .max_tries = tries };
	return around_search(&around, program, SIZE);
}

static void test_itself_first(void **state)
{
	struct tried tried = { .wanted_first = 5, .wanted_second = 9 };

	(void)state;
	make_program(5, 9);
	assert_true(search(&tried, 100));
	assert_int_equal(around.tries, 1);
	assert_memory_equal(around.bytes, program, SIZE);
}

static void test_nearest_first(void **state)
{
	static const int expected[][2] = {
		{ 5, 9 }, { 6, 9 }, { 6, 10 }, { 5, 10 }, { 4, 9 }, { 4, 8 }, { 5, 8 }, { 7, 9 },
	};
	struct tried tried = { .wanted_first = -1 };

	(void)state;
	make_program(5, 9);
	assert_false(search(&tried, 8));
	assert_int_equal(tried.nr, 8);
	for (unsigned int n = 0; n < 8; n++) {
		assert_int_equal(tried.points[n].first, expected[n][0]);
		assert_int_equal(tried.points[n].second, expected[n][1]);
	}
}

static void test_found_is_kept(void **state)
{
	struct tried tried = { .wanted_first = 12, .wanted_second = 16 };

	(void)state;
	make_program(5, 9);
	assert_true(search(&tried, 1000));
	assert_int_equal(first_of(around.bytes), 12);
	assert_int_equal(second_of(around.bytes), 16);
	/* Nothing else has changed. */
	record_put(record(around.bytes, 0), pre, 5);
	record_put(record(around.bytes, 2), pre2, 9);
	assert_memory_equal(around.bytes, program, SIZE);
}

static void test_points_stay_points(void **state)
{
	struct tried tried = { .wanted_first = -1 };

	(void)state;
	make_program(1, 0);
	assert_false(search(&tried, 10));
	for (unsigned int n = 0; n < 10; n++) {
		assert_int_equal(tried.points[n].first, (int)n + 1);
		assert_int_equal(tried.points[n].second, 0);
	}
}

static void test_seeds(void **state)
{
	struct tried tried = { .wanted_first = -1 };

	(void)state;
	make_program(0, 0);
	header_put(program, mode, SCHED_PCT);
	header_put(program, seed, 7);
	assert_false(search(&tried, 4));
	assert_int_equal(tried.points[1].seed, 8);
	assert_int_equal(tried.points[2].seed, 6);
	assert_int_equal(tried.points[3].seed, 9);
}

static void test_nothing_to_move(void **state)
{
	struct tried tried = { .wanted_first = -1 };

	(void)state;
	make_program(0, 0);
	assert_false(search(&tried, 1000));
	assert_int_equal(tried.nr, 1);
}

static bool stop(void *context, const uint8_t *bytes, size_t size)
{
	(void)context, (void)bytes, (void)size;
	around.stop = true;
	return false;
}

static void test_stopped(void **state)
{
	(void)state;
	make_program(5, 9);
	around = (struct around){ .found = stop, .max_tries = 1000 };
	assert_false(around_search(&around, program, SIZE));
	assert_int_equal(around.tries, 1);
	/* A byte alone is a program, too. */
	assert_false(around_search(&around, program, 1));
	assert_int_equal(around.size, PROGRAM_HEADER_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_itself_first),   cmocka_unit_test(test_nearest_first),
		cmocka_unit_test(test_found_is_kept),  cmocka_unit_test(test_points_stay_points),
		cmocka_unit_test(test_seeds),	       cmocka_unit_test(test_nothing_to_move),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
