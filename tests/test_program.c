// SPDX-License-Identifier: GPL-2.0-only
/* The program format: what each byte means, and that nothing is lost in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/program/program.h"

static void test_table_is_disjoint(void **state)
{
	unsigned int entries[NR_OPS] = { 0 };

	(void)state;
	for (unsigned int code = 0; code < 256; code++)
		entries[program_op_of((uint8_t)code)]++;
	/* An overlap in the table would take entries from one of the two. */
#define OPERATION(name, first, count, group, fields, aim, flags, meaning)   \
	assert_int_equal(entries[OP_##name], count);                        \
	assert_int_equal(program_op_of(first), OP_##name);                  \
	assert_int_equal(program_opcode(OP_##name), first);                 \
	assert_int_equal(program_op_index(#name), OP_##name);               \
	assert_int_equal(program_op_group(OP_##name), GROUP_##group);
#include "fuzz/harness/program/operations.def"
	assert_int_equal(program_op_of(PROGRAM_NOP), OP_nop);
	assert_int_equal(program_op_index("no such operation"), -1);
}

/* How many of the fields with this use have the bit. */
static unsigned int fields_at(const struct field *fields, unsigned int nr, unsigned int bit,
			      bool plain)
{
	const struct field one = { .at = (uint8_t)bit, .bits = 1 };
	unsigned int found = 0;

	for (unsigned int i = 0; i < nr; i++)
		found += (fields[i].use == USE_PLAIN) == plain && field_overlaps(&fields[i], &one);
	return found;
}

static void test_each_bit_has_a_field(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 8 * PROGRAM_RECORD_SIZE; bit++)
		assert_int_equal(fields_at(record_fields, NR_FIELDS, bit, true), 1);
	for (unsigned int bit = 0; bit < 8 * PROGRAM_HEADER_SIZE; bit++) {
		unsigned int plain = fields_at(header_fields, NR_HEADER_FIELDS, bit, true);

		assert_in_range(plain, 0, 1);
		assert_true(plain || fields_at(header_fields, NR_HEADER_FIELDS, bit, false) == 1);
	}
}

/* Bits that would be two things at once, or a field that is made smaller at two times. */
static void test_fields_are_apart(void **state)
{
	(void)state;
	for (unsigned int a = 0; a < NR_FIELDS; a++) {
		for (unsigned int b = 0; b < a; b++) {
			const struct field *one = &record_fields[a], *other = &record_fields[b];

			assert_true(!one->rank || one->rank != other->rank);
			for (unsigned int op = 0; op < NR_OPS; op++)
				assert_false(operation_has(op, a) && operation_has(op, b) &&
					     field_overlaps(one, other));
		}
	}
}

static enum spb_chooser chooser_of(uint8_t watermarks)
{
	struct program_header header = { .cpus = 1, .watermarks = watermarks };
	struct spb_config config;

	geometry_config(&header, &config);
	return config.chooser;
}

static void test_chooser_of_the_environment(void **state)
{
	static const char *const values[] = { NULL, "walk", "bitmaps", "" };
	static const enum spb_chooser expected[][2] = {
		{ SPB_CHOOSER_WALK, SPB_CHOOSER_BITMAPS },
		{ SPB_CHOOSER_WALK, SPB_CHOOSER_WALK },
		{ SPB_CHOOSER_BITMAPS, SPB_CHOOSER_BITMAPS },
		{ SPB_CHOOSER_WALK, SPB_CHOOSER_BITMAPS },
	};
	uint8_t bitmaps = entry_byte(ENTRY_WATERMARKS,
				     (unsigned int)entry_index(ENTRY_WATERMARKS, "none-bitmaps"));
	FILE *complaints = tmpfile();

	(void)state;
	assert_non_null(complaints);
	for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
		if (values[i])
			setenv("SPBFUZZ_CHOOSER", values[i], 1);
		assert_true(geometry_from_environment(complaints));
		assert_int_equal(chooser_of(0), expected[i][0]);
		assert_int_equal(chooser_of(bitmaps), expected[i][1]);
	}
	assert_int_equal(ftell(complaints), 0);
	setenv("SPBFUZZ_CHOOSER", "bitmap", 1);
	assert_false(geometry_from_environment(complaints));
	assert_int_equal(chooser_of(0), SPB_CHOOSER_WALK);
	assert_true(ftell(complaints) > 0);
	unsetenv("SPBFUZZ_CHOOSER");
	fclose(complaints);
}

static void test_record_fields(void **state)
{
	static const uint8_t bytes[] = {
		0x81, 3, 0xff, 2, 0x00, 0x00, 0x01, 0x00, 1, 0x1f, 6, 9, 4, 3, 2, 1,
		0x21, 0x06, 200, 0x7a, 0xc0, 0x0c, 0x00, 0x80, 0x34, 0x12, 17, 0, 0, 1, 0x62, 0x70,
	};
	struct program_record record;
	struct program program;
	uint8_t again[32];

	(void)state;
	assert_true(program_open(&program, bytes, sizeof(bytes)));
	assert_int_equal(program.header.geometry, 3);
	assert_int_equal(program.header.cpus, 4);
	assert_int_equal(program.header.swarm, 0x10000);
	assert_int_equal(program.header.sched_mode, 6 % NR_SCHEDULES);
	assert_int_equal(program.header.sched_seed, 0x01020304);
	assert_int_equal(program.nr_records, 1);

	program_record(&program, 0, &record);
	assert_int_equal(record.op, OP_free);
	assert_int_equal(record.cpu, 2);
	assert_int_equal(record.node, 1);
	assert_int_equal(record.slot, 200);
	assert_int_equal(record.order, 10);
	assert_int_equal(record.extra, 7);
	assert_int_equal(record.gfp, 0x80000cc0);
	assert_int_equal(record.arg, 0x1234);
	assert_int_equal(record.preempt[0].at, 17);
	assert_int_equal(record.preempt[0].cpu, 2);
	assert_false(record.preempt[0].interrupt);
	assert_int_equal(record.preempt[1].at, 256);
	assert_int_equal(record.preempt[1].cpu, 2);
	assert_true(record.preempt[1].interrupt);
	assert_int_equal(record.irq_op, OP_time);

	program_encode_header(&program.header, again);
	program_encode_record(&record, again + 16);
	assert_memory_equal(again + 16, bytes + 16, 16);
	again[2] |= 0xfc; /* the two that a header does not keep */
	again[10] = 6;
	assert_memory_equal(again, bytes, 16);
}

static void test_missing_tail_is_zero(void **state)
{
	uint8_t bytes[16 + 5] = { 0x81 };
	struct program_record record;
	struct program program;

	(void)state;
	assert_false(program_open(&program, bytes, 0));
	bytes[16] = 0x20;
	bytes[18] = 7;
	assert_true(program_open(&program, bytes, sizeof(bytes)));
	assert_int_equal(program.nr_records, 1);
	program_record(&program, 0, &record);
	assert_int_equal(record.op, OP_free);
	assert_int_equal(record.slot, 7);
	assert_int_equal(record.arg, 0);
	assert_true(program_open(&program, bytes, 1));
	assert_int_equal(program.nr_records, 0);
	assert_int_equal(program.header.cpus, 1);
	bytes[0] = 0x82;
	assert_false(program_open(&program, bytes, sizeof(bytes)));
}

static void test_swarm_switches_off(void **state)
{
	uint8_t bytes[16 + 16] = { 0x81 };
	struct program_record record;
	struct program program;

	(void)state;
	bytes[4] = 1 << GROUP_alloc;
	assert_true(program_open(&program, bytes, sizeof(bytes)));
	program_record(&program, 0, &record);
	assert_int_equal(record.op, OP_nop);
	assert_int_equal(record.opcode, 0);
	assert_int_equal(record.irq_op, OP_nop);
}

static void test_records_beyond_the_limit(void **state)
{
	static uint8_t bytes[PROGRAM_MAX_SIZE + 100] = { 0x81 };
	struct program program;

	(void)state;
	assert_true(program_open(&program, bytes, sizeof(bytes)));
	assert_int_equal(program.nr_records, PROGRAM_MAX_RECORDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_disjoint),
		cmocka_unit_test(test_each_bit_has_a_field),
		cmocka_unit_test(test_fields_are_apart),
		cmocka_unit_test(test_chooser_of_the_environment),
		cmocka_unit_test(test_record_fields),
		cmocka_unit_test(test_missing_tail_is_zero),
		cmocka_unit_test(test_swarm_switches_off),
		cmocka_unit_test(test_records_beyond_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
