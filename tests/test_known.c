// SPDX-License-Identifier: GPL-2.0-only
/* Lists of findings that are known: what a line may be, and which signatures it names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz/harness/base/known.h"

static char said[256];

static bool read_list(const char *text)
{
	char path[] = "/tmp/known-XXXXXX";
	FILE *complaints = fmemopen(said, sizeof(said), "w");
	int fd = mkstemp(path);
	bool good;

	assert_true(complaints && fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	memset(said, 0, sizeof(said));
	good = known_read(path, complaints);
	fclose(complaints);
	unlink(path);
	return good;
}

static void test_lines(void **state)
{
	(void)state;
	assert_true(read_list("# a comment\n\n entry-type/free | moved | a commit \n"
			      "merge-lost/* | so | too"));
	assert_int_equal(known_number("entry-type/free"), 0);
	assert_int_equal(known_number("entry-type/rmqueue"), -1);
	assert_int_equal(known_number("merge-lost/free"), 1);
	assert_int_equal(known_number("merge-lost/"), 1);
	assert_int_equal(known_number("merge-los"), -1);
	assert_string_equal(known_name(0), "entry-type/free");
	assert_null(known_name(2));
}

static void test_nothing(void **state)
{
	(void)state;
	assert_true(read_list("entry-type/free | moved | a commit\n"));
	assert_true(known_read("", stderr));
	assert_int_equal(known_number("entry-type/free"), -1);
	assert_true(read_list("# nothing\n"));
	assert_null(known_name(0));
}

static void test_mistakes(void **state)
{
	static const char *const lists[] = {
		"entry-type/free\n",
		"entry-type/free | moved\n",
		"entry-type/free | moved | \n",
		"entry-type/free | moved | a commit | more\n",
		"# good\nentry-tipe/free | moved | a commit\n",
		"entry-type | moved | a commit\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_false(read_list(lists[i]));
		assert_non_null(strstr(said, i == 4 ? ":2: does not begin" : ":1: "));
		assert_null(known_name(0));
	}
	assert_false(known_read("/nowhere/at/all", stderr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
