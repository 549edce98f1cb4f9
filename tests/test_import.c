// SPDX-License-Identifier: GPL-2.0-only
/* Traces to programs: every prefix and number format, damaged files, and what comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz/harness/import/import.h"
#include "fuzz/harness/text/names.h"
#include "spb/gfp.h"

/* The first 40,000 lines of a trace: copying and deleting trees of small files. */
#define REAL_TRACE "tests/data/fs-cut.trace.xz"

static void test_lines(void **state)
{
	static const struct {
		const char *line;
		struct import_event want;
	} cases[] = {
		{ "   task-1  [001] d..2.  12.5: mm_page_alloc: pfn=0x12 order=2 migratetype=1 "
		  "gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_COMP",
		  { 0x12, GFP_HIGHUSER_MOVABLE | __GFP_COMP, IMPORT_ALLOC, 2, 1, 1 } },
		/* trace-cmd report: pads, and older kernels print the page and a decimal pfn */
		{ "          <idle>-0     [003]  6.123: mm_page_alloc:        "
		  "page=0xffffea00 pfn=300 "
		  "order=0 migratetype=0 gfp_flags=GFP_ATOMIC",
		  { 300, GFP_ATOMIC, IMPORT_ALLOC, 0, 0, 3 } },
		/* perf script */
		{ "task 1 [x] 1234/1234 [002]  11.000001:   "
		  "kmem:mm_page_free: page=0xff pfn=0x40 order=9",
		  { 0x40, 0, IMPORT_FREE, 9, 0, 2 } },
		{ "t-1 [000] 1.0: mm_page_alloc: pfn=0x1 order=0 migratetype=2 gfp_flags=0xcd0",
		  { 1, GFP_KERNEL | __GFP_RECLAIMABLE, IMPORT_ALLOC, 0, 2, 0 } },
		{ "t-1 [000] 1.0: mm_page_alloc: pfn=0x1 order=0 migratetype=0 "
		  "gfp_flags=none|0x1000",
		  { 1, __GFP_WRITE, IMPORT_ALLOC, 0, 0, 0 } },
		{ "t-1 [000] 1.0: mm_page_alloc: page=(nil) pfn=0x0 order=4 migratetype=0 "
		  "gfp_flags=GFP_KERNEL\r",
		  { 0, GFP_KERNEL, IMPORT_ALLOC, 4, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct import_event got;

		assert_int_equal(import_parse(cases[i].line, GFP_LAYOUT_618, &got), LINE_EVENT);
		assert_int_equal(got.pfn, cases[i].want.pfn);
		assert_int_equal(got.gfp, cases[i].want.gfp);
		assert_int_equal(got.kind, cases[i].want.kind);
		assert_int_equal(got.order, cases[i].want.order);
		assert_int_equal(got.type, cases[i].want.type);
		assert_int_equal(got.cpu, cases[i].want.cpu);
	}
}

static void test_other_lines(void **state)
{
	static const struct {
		const char *line;
		enum import_line want;
	} cases[] = {
		{ "# tracer: nop", LINE_COMMENT },
		{ "", LINE_COMMENT },
		{ "cpus=2", LINE_COMMENT },
		{ "t-1 [000] 1.0: mm_page_free_batched: pfn=0x1 order=0", LINE_BATCHED },
		{ "t-1 [000] 1.0: mm_page_alloc_extfrag: pfn=0x1 alloc_order=0", LINE_EXTFRAG },
		{ "t-1 [000] 1.0: mm_page_pcpu_drain: pfn=0x1 order=0", LINE_OTHER },
		{ "t-1 [000] 1.0: kmalloc: call_site=0x1", LINE_OTHER },
		{ "CPU:1 [LOST 123 EVENTS]", LINE_LOST },
		{ "t-1 [000] 1.0: mm_page_alloc: pfn=0x1 order=0 migratetype=0 gfp_flags=GFP_NEW",
		  LINE_UNPARSED },
		{ "t-1 [000] 1.0: mm_page_alloc: pfn=0x1 order=0 migratetype=0", LINE_UNPARSED },
		{ "t-1 [000] 1.0: mm_page_free: pfn=0x1g order=0", LINE_UNPARSED },
		{ "t-1 [000] 1.0: mm_page_free: pfn=0x1 order=99", LINE_UNPARSED },
		{ "what is this", LINE_UNPARSED },
	};
	struct import_event event;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (import_parse(cases[i].line, GFP_LAYOUT_618, &event) != cases[i].want)
			fail_msg("%s", cases[i].line);
}

/* --- files --- */

static char path[] = "/tmp/spbfuzz-test-XXXXXX";

static void write_file(const void *bytes, size_t size)
{
	FILE *file;
	int fd;

	strcpy(path + sizeof(path) - 7, "XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	file = fdopen(fd, "wb");
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static size_t read_real(uint8_t *to, size_t room)
{
	FILE *file = fopen(REAL_TRACE, "rb");
	size_t size;

	assert_non_null(file);
	size = fread(to, 1, room, file);
	fclose(file);
	return size;
}

static uint8_t packed[1 << 19];

static void test_truncated(void **state)
{
	size_t size = read_real(packed, sizeof(packed));
	struct import_trace trace;

	(void)state;
	write_file(packed, size / 2);
	assert_null(import_read(&trace, path, GFP_LAYOUT_618));
	assert_string_equal(trace.trouble, "the xz file ends too early");
	assert_true(trace.nr_events > 10000);
	assert_int_equal(trace.unparsed, 0);
	import_release(&trace);
	unlink(path);
}

static void test_corrupt(void **state)
{
	size_t size = read_real(packed, sizeof(packed));
	struct import_trace trace;

	(void)state;
	packed[size / 2] ^= 0x40;
	write_file(packed, size);
	assert_null(import_read(&trace, path, GFP_LAYOUT_618));
	assert_string_equal(trace.trouble, "the xz file is corrupt");
	assert_true(trace.nr_events > 10000);
	import_release(&trace);
	unlink(path);
}

static void test_several_streams(void **state)
{
	size_t size = read_real(packed, sizeof(packed) / 2);
	struct import_trace trace;

	(void)state;
	memcpy(packed + size, packed, size);
	write_file(packed, 2 * size);
	assert_null(import_read(&trace, path, GFP_LAYOUT_618));
	assert_string_equal(trace.trouble, "");
	assert_int_equal(trace.lines, 80000);
	import_release(&trace);
	unlink(path);
}

static void test_plain(void **state)
{
	static const char text[] =
		"garbage in the first line\n"
		"t-1 [000] 1.0: mm_page_alloc: pfn=0x200 order=0 migratetype=0 "
		"gfp_flags=GFP_KERNEL\n"
		"more garbage\n"
		"t-1 [001] 1.0: mm_page_free: pfn=0x200 order=0";
	struct import_trace trace;

	(void)state;
	write_file(text, strlen(text));
	assert_null(import_read(&trace, path, GFP_LAYOUT_618));
	assert_int_equal(trace.nr_events, 2);
	assert_int_equal(trace.unparsed, 2);
	assert_int_equal(trace.first_unparsed_line, 1);
	assert_string_equal(trace.first_unparsed, "garbage in the first line");
	assert_int_equal(trace.nr_cpus, 2);
	import_release(&trace);
	unlink(path);

	write_file("", 0);
	assert_string_equal(import_read(&trace, path, GFP_LAYOUT_618), "the file is empty");
	import_release(&trace);
	unlink(path);
	assert_non_null(import_read(&trace, path, GFP_LAYOUT_618));
	import_release(&trace);
}

/* --- programs --- */

/* What a program does with its slots, and a hash of all of them. */
struct seen {
	unsigned int programs, last_number;
	unsigned int window;
	uint64_t hash;
	unsigned int allocs, bulk_pages, frees;
	struct program_record age;
};

static void check_record(struct seen *seen, const struct program_record *record, bool *held)
{
	switch (record->op) {
	case OP_alloc:
		assert_false(held[record->slot]);
		held[record->slot] = true;
		seen->allocs++;
		break;
	case OP_bulk:
		for (unsigned int i = 0; i <= record->arg; i++) {
			assert_false(held[record->slot + i]);
			held[record->slot + i] = true;
		}
		seen->bulk_pages += record->arg + 1u;
		break;
	case OP_free:
		assert_true(held[record->slot]);
		held[record->slot] = false;
		seen->frees++;
		break;
	default:
		fail_msg("unexpected operation %s", program_op_name(record->op));
	}
}

static bool check_program(void *context, unsigned int number, const uint8_t *bytes, size_t size)
{
	bool held[PROGRAM_SLOTS] = { false };
	struct program_record record;
	struct seen *seen = context;
	struct program program;

	assert_true(number > seen->last_number);
	assert_true(program_open(&program, bytes, size));
	assert_in_range(program.nr_records, 3, seen->window + 2);
	program_record(&program, 0, &seen->age);
	assert_int_equal(seen->age.op, OP_age);
	for (unsigned int n = 1; n + 1 < program.nr_records; n++) {
		program_record(&program, n, &record);
		check_record(seen, &record, held);
	}
	program_record(&program, program.nr_records - 1, &record);
	assert_int_equal(record.op, OP_work);
	for (size_t i = 0; i < size; i++)
		seen->hash = (seen->hash ^ bytes[i]) * 0x100000001b3;
	seen->last_number = number;
	seen->programs++;
	return true;
}

static struct seen make_programs(const struct import_trace *trace, unsigned int window,
				 unsigned int max, struct import_result *result)
{
	struct seen seen = { .window = window };
	struct import_options options = {
		.window = window, .max = max, .emit = check_program, .context = &seen,
	};

	assert_true(import_programs(trace, &options, result));
	assert_int_equal(seen.programs, result->programs);
	return seen;
}

static void test_real_trace(void **state)
{
	struct seen all, again, some;
	uint64_t frees = 0;
	struct import_result result;
	struct import_trace trace;

	(void)state;
	assert_null(import_read(&trace, REAL_TRACE, GFP_LAYOUT_618));
	assert_int_equal(trace.lines, 40000);
	assert_int_equal(trace.comments, 12);
	assert_int_equal(trace.batched, 5181);
	assert_int_equal(trace.extfrag, 6);
	assert_int_equal(trace.unparsed, 0);
	assert_int_equal(trace.nr_events, 34801);

	all = make_programs(&trace, 62, 0, &result);
	assert_int_equal(result.windows, result.programs);
	assert_int_equal(result.retyped, 0);
	assert_int_equal(result.unknown_frees, 2187);
	for (size_t i = 0; i < trace.nr_events; i++)
		frees += trace.events[i].kind == IMPORT_FREE;
	assert_int_equal(all.frees + result.unknown_frees + result.aged_frees, frees);
	assert_true(all.allocs >= trace.nr_events - frees);
	again = make_programs(&trace, 62, 0, &result);
	assert_int_equal(again.hash, all.hash);
	some = make_programs(&trace, 62, 10, &result);
	assert_int_equal(some.programs, 10);
	assert_int_equal(some.last_number, result.windows);
	make_programs(&trace, 4, 0, &result);
	import_release(&trace);
}

static bool keep_program(void *context, unsigned int number, const uint8_t *bytes, size_t size)
{
	(void)number;
	return program_open(context, bytes, size);
}

static void test_slots_run_out(void **state)
{
	static struct import_event events[1000];
	struct import_trace trace = { .events = events, .nr_events = 1000, .nr_cpus = 9 };
	struct import_result result;
	struct program program;
	struct import_options options = {
		.window = IMPORT_MAX_WINDOW, .emit = keep_program, .context = &program,
	};

	(void)state;
	for (unsigned int i = 0; i < 1000; i++)
		events[i] = (struct import_event){ .pfn = 0x1000 + i, .gfp = GFP_KERNEL };
	assert_true(import_programs(&trace, &options, &result));
	assert_int_equal(result.programs, 1);
	assert_int_equal(result.unnamed, 1000 - PROGRAM_SLOTS);
	assert_int_equal(program.nr_records, 1002);
	assert_int_equal(program.header.cpus, PROGRAM_CPUS);
}

static void test_state_and_earlier_pages(void **state)
{
	/* Four pages are allocated in the first window and freed in the second; the second
	 * pageblock is allocated as a whole, so it was wholly free before. */
	static struct import_event events[] = {
		{ 0x200, GFP_KERNEL, IMPORT_ALLOC, 0, 0, 0 },
		{ 0x201, GFP_KERNEL, IMPORT_ALLOC, 0, 0, 0 },
		{ 0x202, GFP_KERNEL, IMPORT_ALLOC, 0, 1, 0 },
		{ 0x203, GFP_KERNEL, IMPORT_ALLOC, 0, 0, 0 },
		{ 0x200, 0, IMPORT_FREE, 0, 0, 0 },
		{ 0x201, 0, IMPORT_FREE, 0, 0, 0 },
		{ 0x210, 0, IMPORT_FREE, 0, 0, 0 },
		{ 0x400, GFP_TRANSHUGE, IMPORT_ALLOC, 9, 1, 1 },
	};
	struct import_trace trace = { .events = events, .nr_events = 8, .nr_cpus = 2 };
	struct import_result result;
	struct seen seen;

	(void)state;
	seen = make_programs(&trace, 4, 0, &result);
	assert_int_equal(result.windows, 2);
	assert_int_equal(result.unknown_frees, 1);
	assert_int_equal(result.retyped, 1);
	assert_int_equal(seen.bulk_pages, 2);
	assert_int_equal(seen.frees, 2);
	/* Half of the pageblocks unmovable, the other wholly free, nothing else free. */
	assert_int_equal(seen.age.gfp, 128);

	/* The second page of a pair has another type: it needs a record of its own. */
	events[5].pfn = 0x202;
	seen = make_programs(&trace, 4, 0, &result);
	assert_int_equal(result.windows, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_other_lines),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_several_streams),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_real_trace),
		cmocka_unit_test(test_slots_run_out),
		cmocka_unit_test(test_state_and_earlier_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
