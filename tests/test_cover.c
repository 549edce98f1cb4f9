// SPDX-License-Identifier: GPL-2.0-only
/* The choice of inputs: nothing is lost, nothing is superfluous, and the order is no matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/tool/corpus/cover.h"
#include "fuzz/tool/common/number.h"

#define NR_INPUTS 200
#define NR_FEATURES 300
#define PER_INPUT 12

static struct cover_input inputs[NR_INPUTS];
static uint32_t features[NR_INPUTS][PER_INPUT];
static char names[NR_INPUTS][8];

static void make_inputs(void)
{
	uint32_t random = 7;

	for (unsigned int i = 0; i < NR_INPUTS; i++) {
		unsigned int nr = 0;

		snprintf(names[i], sizeof(names[i]), "%03u", i);
		for (unsigned int k = 0; k < PER_INPUT; k++) {
			uint32_t feature;
			bool twice = false;

			random = random * 1103515245u + 12345u;
			feature = (random >> 16) % NR_FEATURES;
			for (unsigned int j = 0; j < nr; j++)
				twice |= features[i][j] == feature;
			if (!twice)
				features[i][nr++] = feature;
		}
		inputs[i] = (struct cover_input){
			.name = names[i],
			.records = random >> 20 & 63,
			.size = 16 + 16 * (random >> 20 & 63),
			.nr = nr,
			.feature = features[i],
		};
	}
}

static unsigned int covered(const struct cover *cover, bool all, bool *has)
{
	unsigned int nr = 0;

	memset(has, 0, NR_FEATURES);
	for (size_t i = 0; i < cover->nr; i++)
		for (uint32_t k = 0; (all || cover->input[i].chosen) && k < cover->input[i].nr; k++)
			has[cover->input[i].feature[k]] = true;
	for (unsigned int i = 0; i < NR_FEATURES; i++)
		nr += has[i];
	return nr;
}

static void test_covers(void **state)
{
	struct cover cover = { .input = inputs, .nr = NR_INPUTS, .nr_features = NR_FEATURES };
	bool has[NR_FEATURES];
	unsigned int all;

	(void)state;
	make_inputs();
	assert_true(cover_choose(&cover));
	all = covered(&cover, true, has);
	assert_int_equal(covered(&cover, false, has), all);
	assert_int_equal(cover.nr_lost, 0);
	assert_true(cover.nr_chosen < NR_INPUTS / 2);
	/* Each one is needed. */
	for (unsigned int i = 0; i < NR_INPUTS; i++) {
		if (!inputs[i].chosen)
			continue;
		inputs[i].chosen = false;
		assert_true(covered(&cover, false, has) < all);
		inputs[i].chosen = true;
	}
}

static void test_order(void **state)
{
	struct cover cover = { .input = inputs, .nr = NR_INPUTS, .nr_features = NR_FEATURES };
	bool chosen[NR_INPUTS];

	(void)state;
	make_inputs();
	assert_true(cover_choose(&cover));
	for (unsigned int i = 0; i < NR_INPUTS; i++)
		chosen[i] = inputs[i].chosen;
	for (unsigned int i = 0; i < NR_INPUTS / 2; i++) {
		struct cover_input swap = inputs[i];

		inputs[i] = inputs[NR_INPUTS - 1 - i];
		inputs[NR_INPUTS - 1 - i] = swap;
	}
	assert_true(cover_choose(&cover));
	for (unsigned int i = 0; i < NR_INPUTS; i++)
		assert_int_equal(inputs[i].chosen, chosen[NR_INPUTS - 1 - i]);
}

static void test_limits(void **state)
{
	struct cover cover = { .input = inputs, .nr = NR_INPUTS, .nr_features = NR_FEATURES,
			       .max_files = 10 };
	bool has[NR_FEATURES];
	unsigned int all;

	(void)state;
	make_inputs();
	assert_true(cover_choose(&cover));
	assert_int_equal(cover.nr_chosen, 10);
	all = covered(&cover, true, has);
	assert_int_equal(covered(&cover, false, has) + cover.nr_lost, all);
	cover.max_files = 0;
	cover.max_bytes = 4000;
	assert_true(cover_choose(&cover));
	assert_true(cover.nr_lost > 0 && cover.bytes <= 4000);
	/* What must be comes first, and beyond the limits. */
	cover.max_bytes = 1;
	inputs[5].must = inputs[100].must = true;
	assert_true(cover_choose(&cover));
	assert_int_equal(cover.nr_chosen, 2);
	assert_true(inputs[5].chosen && inputs[100].chosen);
}

/* Of two that cover the same, the one with fewer operations, then bytes, then the first name. */
static void test_prefers(void **state)
{
	static uint32_t same[] = { 0, 1, 2 };
	struct cover_input few[] = {
		{ "a", 5, 96, false, 3, same, false }, { "c", 2, 48, false, 3, same, false },
		{ "b", 2, 48, false, 3, same, false }, { "d", 2, 47, false, 2, same, false },
	};
	struct cover cover = { .input = few, .nr = 4, .nr_features = 3 };

	(void)state;
	assert_true(cover_choose(&cover));
	assert_int_equal(cover.nr_chosen, 1);
	assert_true(few[2].chosen);
	cover.nr = 0;
	assert_true(cover_choose(&cover));
	assert_int_equal(cover.nr_chosen, 0);
}

static void test_numbers(void **state)
{
	struct numbers numbers = { 0 };
	uint32_t number;

	(void)state;
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 20000; i++) {
			assert_true(numbers_get(&numbers, i * 2654435761u, &number));
			assert_int_equal(number, i);
		}
	}
	assert_int_equal(numbers.nr, 20000);
	assert_int_equal(numbers.value[7], 7 * 2654435761u);
	numbers_release(&numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_covers),  cmocka_unit_test(test_order),
		cmocka_unit_test(test_limits),  cmocka_unit_test(test_prefers),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests_name("cover", tests, NULL, NULL);
}
