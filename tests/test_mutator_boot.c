// SPDX-License-Identifier: GPL-2.0-only
/* What the mutator makes for the target that is configured by records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fuzz/mutator/draft.h"
#include "fuzz/mutator/mutator.h"
#include "fuzz/mutator/write.h"

#define ROOM 4096

/* Of 400 records that are written by chance, those that configure. */
static unsigned int configuring(void)
{
	unsigned int found = 0;

	for (unsigned int seed = 0; seed < 400; seed++) {
		struct random random = { seed };
		struct writer writer;
		uint8_t bytes[ROOM];
		struct draft draft;

		assert_true(draft_open(&draft, bytes, 0, ROOM));
		writer_open(&writer, &draft, &random, 0);
		write_any(&writer);
		found += draft_op(&draft, 0) == OP_boot_zone ||
			 draft_op(&draft, 0) == OP_boot_range || draft_op(&draft, 0) == OP_boot_set;
	}
	return found;
}

static void test_records_configure_where_that_counts(void **state)
{
	(void)state;
	assert_in_range(configuring(), 1, 20);
	mutator_boots = true;
	assert_in_range(configuring(), 80, 120);
	mutator_boots = false;
}

/* A zone that begins close behind another one, in the pageblock where that ends. */
static void test_zones_meet(void **state)
{
	unsigned int shared = 0;

	(void)state;
	for (unsigned int seed = 0; seed < 400; seed++) {
		const struct program_record first = {
			.op = OP_boot_zone, .gfp = 1024, .arg = 250,
		};
		struct program_record record = { .op = OP_boot_zone };
		struct random random = { seed };
		struct writer writer;
		uint8_t bytes[ROOM];
		struct draft draft;

		assert_true(draft_open(&draft, bytes, 0, ROOM));
		draft_make_room(&draft, 0, 1);
		draft_set_record(&draft, 0, &first);
		writer_open(&writer, &draft, &random, 1);
		aim_record(&writer, &record);
		shared += record.slot == 1 && record.gfp >= 1274 && record.gfp < 1280;
	}
	assert_in_range(shared, 10, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_configure_where_that_counts),
		cmocka_unit_test(test_zones_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
