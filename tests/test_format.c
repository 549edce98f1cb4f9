// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the format keeps: numbers that later versions need, the meaning of all others, and a
 * reference that says what the tables say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/stats/reach.h"
#include "fuzz/targets.h"
#include "fuzz/tool/format/format.h"
#include "fuzz/tool/common/tool.h"
#include "tests/fixture.h"

static void test_the_reference_is_current(void **state)
{
	size_t size;
	char *text, *doc;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	format_print(to);
	fclose(to);
	assert_true(tool_read_text("docs/format.md", &doc));
	if (strcmp(doc, text))
		fail_msg("docs/format.md is not current: spbfuzz format >docs/format.md");
	free(text);
	free(doc);
}

/* --- the header --- */

/* What each byte meant before some were kept for later, spelled out. */
static unsigned int as_before(enum entry_table table, unsigned int byte)
{
	unsigned int entry = byte % (table == ENTRY_GEOMETRY ? 32 : 8);

	return entry < (table == ENTRY_GEOMETRY ? 18 : 4) ? entry : 0;
}

static bool is_kept(enum entry_table table, unsigned int byte)
{
	return table == ENTRY_GEOMETRY ? byte >= 224 : byte >= 232 && byte < 240;
}

static void test_bytes_keep_their_entries(void **state)
{
	(void)state;
	for (enum entry_table table = 0; table < NR_ENTRY_TABLES; table++) {
		for (unsigned int byte = 0; byte < 256; byte++) {
			int entry = entry_of(table, (uint8_t)byte);

			assert_int_equal(entry_before(table, (uint8_t)byte),
					 as_before(table, byte));
			if (!is_kept(table, byte))
				assert_int_equal(entry, as_before(table, byte));
			else if (entry >= 0)
				assert_int_equal(entry_byte(table, (unsigned int)entry), byte);
		}
		for (unsigned int i = 0; i < entry_nr(table); i++) {
			assert_int_equal(entry_of(table, entry_byte(table, i)), i);
			assert_int_equal(entry_index(table, entry_name(table, i)), i);
		}
	}
}

/* The last entry of each table: the one that will be there last. */
static void test_what_is_kept_is_refused(void **state)
{
	static const struct {
		uint8_t byte, value;
		const char *says;
	} cases[] = {
		{ 1, 255, "geometry 255 is kept for a later version; it once meant geometry def" },
		{ 3, 239, "pcp 239 is kept" },
		{ 8, 239, "watermarks 239 is kept" },
		{ 0, 0x82, "version 0x82" },
	};
	struct program program;
	char why[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t bytes[PROGRAM_HEADER_SIZE] = { PROGRAM_VERSION };

		assert_true(program_open(&program, bytes, sizeof(bytes)));
		assert_false(program_refusal(bytes, sizeof(bytes), why, sizeof(why)));
		bytes[cases[i].byte] = cases[i].value;
		assert_false(program_open(&program, bytes, sizeof(bytes)));
		assert_true(program_refusal(bytes, sizeof(bytes), why, sizeof(why)));
		if (!strstr(why, cases[i].says))
			fail_msg("'%s' does not say '%s'", why, cases[i].says);
		if (!cases[i].byte)
			continue;
		program_settle(bytes);
		assert_true(program_open(&program, bytes, sizeof(bytes)));
	}
}

/* What it would have been can be read, and said as it was meant. */
static void test_tools_say_why(void **state)
{
	uint8_t bytes[PROGRAM_HEADER_SIZE] = { PROGRAM_VERSION, 230 };
	char path[] = "/tmp/spbfuzz-test-XXXXXX";
	int fd = mkstemp(path);
	struct tool_input input;
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	close(fd);
	assert_false(tool_load(&input, path));
	assert_true(tool_load_any(&input, path));
	assert_true(text_show(to, input.bytes, input.size, false));
	fclose(to);
	assert_non_null(strstr(text, "geometry 230 # kept for a later version"));
	free(text);
	tool_unload(&input);
	unlink(path);
}

/* --- records --- */

static void test_tunables_keep_their_slots(void **state)
{
	(void)state;
	for (unsigned int slot = 0; slot < 256; slot++)
		if (slot < 64 || slot >= 96)
			assert_int_equal(program_tunable((uint8_t)slot),
					 slot < 9 ? slot : slot % 8);
	for (unsigned int tunable = 0; tunable < NR_SPB_TUNABLES; tunable++)
		assert_int_equal(program_tunable(program_tunable_slot(tunable)), tunable);
}

static uint64_t hash_of(uint8_t opcode)
{
	uint8_t bytes[PROGRAM_HEADER_SIZE + 3 * PROGRAM_RECORD_SIZE] = { PROGRAM_VERSION };

	record_put(bytes + PROGRAM_HEADER_SIZE, opcode, program_opcode(OP_alloc));
	record_put(bytes + PROGRAM_HEADER_SIZE + PROGRAM_RECORD_SIZE, opcode, opcode);
	record_put(bytes + PROGRAM_HEADER_SIZE + PROGRAM_RECORD_SIZE, irq, opcode);
	record_put(bytes + PROGRAM_HEADER_SIZE + 2 * PROGRAM_RECORD_SIZE, opcode,
		   program_opcode(OP_free));
	target_alloc.run(bytes, sizeof(bytes));
	return this_run->trace;
}

static void test_reserved_operations_are_counted(void **state)
{
	uint64_t nothing = hash_of(PROGRAM_NOP);

	(void)state;
	assert_int_not_equal(nothing, hash_of(program_opcode(OP_alloc)));
	for (unsigned int i = 0; i < NR_OPS; i++) {
		enum program_op op = (enum program_op)i;
		uint64_t before = reach_counts()->op[op];

		if (!operation_is(op, OPERATION_RESERVED))
			continue;
		assert_int_equal(hash_of(program_opcode(op)), nothing);
		assert_int_equal(reach_counts()->op[op], before + 1);
	}
}

/* Text of a version that had no name for it. */
static void test_old_text_is_read(void **state)
{
	struct text_error error;
	uint8_t to[64];

	(void)state;
	for (unsigned int opcode = 0xa8; opcode < 256; opcode++) {
		char text[40];

		snprintf(text, sizeof(text), "nop@0x%02x s1\n", opcode);
		assert_int_equal(text_assemble(text, strlen(text), to, sizeof(to), NULL, &error),
				 PROGRAM_HEADER_SIZE + PROGRAM_RECORD_SIZE);
		assert_int_equal(to[PROGRAM_HEADER_SIZE], opcode);
	}
}

/* --- what is committed --- */

static bool opcode_is_kept(uint32_t opcode)
{
	return operation_is(program_op_of((uint8_t)opcode), OPERATION_RESERVED);
}

static void check_record(const char *path, const uint8_t *raw)
{
	uint32_t opcode = record_get(raw, opcode), slot = record_get(raw, slot);

	if (opcode_is_kept(opcode) || opcode_is_kept(record_get(raw, irq)))
		fail_msg("%s has an opcode that is kept for later", path);
	if (program_op_of((uint8_t)opcode) == OP_tunable && slot >= 64 && slot < 96)
		fail_msg("%s has a tunable that is kept for later", path);
}

static unsigned int check_files(const char *folder)
{
	struct tool_paths paths = { 0 };
	unsigned int nr = 0;

	assert_true(tool_paths_add(&paths, folder));
	for (size_t i = 0; i < paths.nr; i++) {
		size_t length = strlen(paths.path[i]);
		struct tool_input input;

		if (length > 6 && !strcmp(paths.path[i] + length - 6, ".patch"))
			continue;
		assert_true(tool_load(&input, paths.path[i]));
		for (size_t at = PROGRAM_HEADER_SIZE; at + PROGRAM_RECORD_SIZE <= input.size;
		     at += PROGRAM_RECORD_SIZE)
			check_record(paths.path[i], input.bytes + at);
		tool_unload(&input);
		nr++;
	}
	tool_paths_release(&paths);
	return nr;
}

/* An operation that comes later would change what these do. */
static void test_committed_inputs_use_nothing_kept(void **state)
{
	static const char *const folders[] = {
		"corpus/alloc", "corpus/callers", "corpus/race", "corpus/relax", "corpus/walk",
		"seeds/alloc", "seeds/callers", "seeds/race", "seeds/relax", "seeds/walk",
	};
	unsigned int nr = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		nr += check_files(folders[i]);
	assert_true(nr > 1500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_reference_is_current),
		cmocka_unit_test(test_bytes_keep_their_entries),
		cmocka_unit_test(test_what_is_kept_is_refused),
		cmocka_unit_test(test_tools_say_why),
		cmocka_unit_test(test_tunables_keep_their_slots),
		cmocka_unit_test(test_reserved_operations_are_counted),
		cmocka_unit_test(test_old_text_is_read),
		cmocka_unit_test(test_committed_inputs_use_nothing_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
