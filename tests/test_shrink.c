// SPDX-License-Identifier: GPL-2.0-only
/* The minimiser: what it leaves out, that it ends, and that it is deterministic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/harness/program/shrink.h"

static struct shrink shrink;

static void make_program(uint8_t *bytes, unsigned int nr)
{
	uint32_t random = 1;

	for (size_t i = 0; i < PROGRAM_HEADER_SIZE + nr * PROGRAM_RECORD_SIZE; i++) {
		random = random * 1103515245u + 12345u;
		bytes[i] = (uint8_t)(random >> 16);
	}
	bytes[0] = PROGRAM_VERSION;
	memset(bytes + 4, 0, 4); /* no group is switched off */
}

static size_t program_size(unsigned int nr)
{
	return PROGRAM_HEADER_SIZE + (size_t)nr * PROGRAM_RECORD_SIZE;
}

/* Needs the geometry 5, and slot 7 freed later than an allocation whose order is 2 or more. */
static bool needs_two_records(void *context, const uint8_t *bytes, size_t size)
{
	struct program_record record;
	struct program program;
	bool allocated = false;

	(void)context;
	if (!program_open(&program, bytes, size) || program.header.geometry % 32 != 5)
		return false;
	for (unsigned int n = 0; n < program.nr_records; n++) {
		program_record(&program, n, &record);
		if (record.op == OP_alloc && record.order >= 2)
			allocated = true;
		if (record.op == OP_free && record.slot == 7 && allocated)
			return true;
	}
	return false;
}

static void plant(uint8_t *bytes)
{
	bytes[1] = 0xa5;
	bytes[program_size(40)] = 0x03;      /* alloc, not by its first opcode */
	bytes[program_size(40) + 3] = 0xfb;  /* order 11 */
	bytes[program_size(150)] = 0x20;     /* free */
	bytes[program_size(150) + 2] = 7;
}

static void test_least(void **state)
{
	static const uint8_t least[] = {
		PROGRAM_VERSION, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x00, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x20, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	};
	uint8_t bytes[PROGRAM_MAX_SIZE];
	uint32_t tries;

	(void)state;
	make_program(bytes, 200);
	plant(bytes);
	shrink = (struct shrink){ .still = needs_two_records };
	assert_true(shrink_program(&shrink, bytes, program_size(200), 150));
	assert_int_equal(shrink_size(&shrink), sizeof(least));
	assert_memory_equal(shrink.bytes, least, sizeof(least));
	tries = shrink.tries;
	assert_true(shrink_program(&shrink, bytes, program_size(200), 150));
	assert_int_equal(shrink.tries, tries);
	/* A wrong guess where it shows, and bytes that do not end with a record. */
	assert_true(shrink_program(&shrink, bytes, program_size(200) - 5, 3));
	assert_memory_equal(shrink.bytes, least, sizeof(least));
	/* The result is a fixpoint. */
	assert_true(shrink_program(&shrink, least, sizeof(least), 1));
	assert_memory_equal(shrink.bytes, least, sizeof(least));
}

static bool is_even(void *context, const uint8_t *bytes, size_t size)
{
	(void)context;
	(void)bytes;
	return (size - PROGRAM_HEADER_SIZE) / PROGRAM_RECORD_SIZE % 2 == 1;
}

/* Records that only go together are found as pairs: one is left of an odd number. */
static void test_pairs(void **state)
{
	uint8_t bytes[PROGRAM_MAX_SIZE];

	(void)state;
	make_program(bytes, 25);
	shrink = (struct shrink){ .still = is_even };
	assert_true(shrink_program(&shrink, bytes, program_size(25), 24));
	assert_int_equal(shrink.nr, 1);
}

static void test_gives_up(void **state)
{
	uint8_t bytes[PROGRAM_MAX_SIZE];

	(void)state;
	make_program(bytes, 200);
	shrink = (struct shrink){ .still = needs_two_records };
	assert_false(shrink_program(&shrink, bytes, program_size(200), 0));
	bytes[0] = PROGRAM_VERSION + 1;
	assert_false(shrink_program(&shrink, bytes, program_size(200), 0));
	bytes[0] = PROGRAM_VERSION;
	plant(bytes);
	shrink = (struct shrink){ .still = needs_two_records, .max_tries = 5 };
	assert_true(shrink_program(&shrink, bytes, program_size(200), 150));
	assert_int_equal(shrink.tries, 5);
	assert_true(needs_two_records(NULL, shrink.bytes, shrink_size(&shrink)));
}

static bool stops(void *context, const uint8_t *bytes, size_t size)
{
	bool good = needs_two_records(NULL, bytes, size);

	if (good && ++*(unsigned int *)context == 3)
		shrink.stop = true;
	return good;
}

/* Whoever stops it has the last candidate that was good before. */
static void test_stops(void **state)
{
	uint8_t bytes[PROGRAM_MAX_SIZE];
	unsigned int good = 0;

	(void)state;
	make_program(bytes, 200);
	plant(bytes);
	shrink = (struct shrink){ .still = stops, .context = &good };
	assert_true(shrink_program(&shrink, bytes, program_size(200), 150));
	assert_int_equal(good, 3);
	assert_true(needs_two_records(NULL, shrink.bytes, shrink_size(&shrink)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_stops),
	};

	return cmocka_run_group_tests_name("shrink", tests, NULL, NULL);
}
