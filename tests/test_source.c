// SPDX-License-Identifier: GPL-2.0-only
/* Function, file and line of an address: fuzz/harness/debuginfo/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fuzz/harness/debuginfo/source.h"

static uintptr_t seen;

__attribute__((noinline)) static void here(void)
{
	seen = (uintptr_t)__builtin_return_address(0);
}

static inline __attribute__((always_inline)) void inlined(void)
{
	here(); /* LINE_OF_CALL */
}
enum { LINE_OF_CALL = __LINE__ - 2 };

__attribute__((noinline)) static void compiled(void)
{
	inlined();
	__asm__ volatile("" : : : "memory");
}
enum { LINE_OF_INLINED = __LINE__ - 3 };

static void test_frames(void **state)
{
	struct source_frame frames[SOURCE_MAX_FRAMES];

	(void)state;
	compiled();
	assert_int_equal(source_frames(seen, frames), 2);
	assert_string_equal(frames[0].function, "inlined");
	assert_string_equal(frames[0].file, "tests/test_source.c");
	assert_int_equal(frames[0].line, LINE_OF_CALL);
	assert_string_equal(frames[1].function, "compiled");
	assert_int_equal(frames[1].line, LINE_OF_INLINED);
}

static void test_text(void **state)
{
	char text[256], expected[256];

	(void)state;
	compiled();
	snprintf(expected, sizeof(expected),
		 "inlined() at tests/test_source.c:%d, "
		 "inlined in compiled() at tests/test_source.c:%d",
		 LINE_OF_CALL, LINE_OF_INLINED);
	assert_string_equal(source_text(seen, text, sizeof(text)), expected);
	/* What does not fit is left out. */
	assert_string_equal(source_text(seen, text, 8), "inlined");
}

static void test_nowhere(void **state)
{
	static char data;
	char text[64];

	(void)state;
	assert_string_equal(source_text(0, text, sizeof(text)), "");
	assert_string_equal(source_text((uintptr_t)&data, text, sizeof(text)), "");
	assert_string_equal(source_text(UINTPTR_MAX, text, sizeof(text)), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_nowhere),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
