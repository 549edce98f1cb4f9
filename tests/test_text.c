// SPDX-License-Identifier: GPL-2.0-only
/* Programs as text: no byte is lost, one form for each program, errors with their line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/harness/text/names.h"
#include "fuzz/harness/text/text.h"
#include "spb/event.h"
#include "spb/gfp.h"

static char *shown(const uint8_t *data, size_t size)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	assert_true(text_show(to, data, size, false));
	fclose(to);
	return text;
}

static void assert_round_trip(const uint8_t *data, size_t size)
{
	static uint8_t again[4096];
	struct text_error error;
	char *text = shown(data, size);
	char *canonical;
	size_t got;

	got = text_assemble(text, strlen(text), again, sizeof(again), NULL, &error);
	if (got != size)
		fail_msg("line %u: %s\n%s", error.line, error.message, text);
	assert_memory_equal(again, data, size);
	canonical = shown(again, got);
	assert_string_equal(canonical, text);
	free(canonical);
	free(text);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void test_any_bytes(void **state)
{
	uint8_t data[200];
	uint32_t seed = 1;

	(void)state;
	for (unsigned int n = 0; n < 4000; n++) {
		size_t size = next_random(&seed) % sizeof(data) + 1;
		unsigned int mask = n % 3 ? 0xff : 0x07;

		for (size_t i = 0; i < size; i++)
			data[i] = next_random(&seed) & mask & next_random(&seed);
		data[0] = PROGRAM_VERSION;
		assert_round_trip(data, size);
	}
}

static void test_each_bit(void **state)
{
	(void)state;
	for (unsigned int op = 0; op < 256; op += 3) {
		for (unsigned int bit = 0; bit < 256 - 8; bit++) {
			uint8_t data[32] = { PROGRAM_VERSION };

			data[16] = (uint8_t)op;
			data[1 + bit / 8] ^= 1u << bit % 8;
			assert_round_trip(data, sizeof(data));
		}
	}
}

static void test_widest_line(void **state)
{
	uint8_t data[32];
	char line[TEXT_LINE];

	(void)state;
	memset(data, 0xff, sizeof(data));
	data[0] = PROGRAM_VERSION;
	assert_round_trip(data, sizeof(data));
	/* A mask of all names but the joined ones. */
	data[20] = 0xfe;
	assert_true(strlen(text_record(line, data + 16)) < TEXT_LINE - 100);
	assert_round_trip(data, sizeof(data));
}

static void test_human_text(void **state)
{
	static const char text[] =
		"spbt 1\n"
		"geometry default\n"
		"cpus 2 # two of them\n"
		"switches defrag no-refusal\n"
		"without bulk walk\n"
		"schedule pct param=3 seed=0x10\n"
		"reaches: step:claim-whole refusal:smaller\n"
		"reaches: relax:drop event:taint\n"
		"\n"
		"alloc s3 order=2 gfp=GFP_KERNEL|__GFP_NOWARN cpu=1 node=1 pre=17>2 "
		"pre2=40>irq:free\n"
		"   tunable defrag arg=1\r\n"
		"evacuate type=movable zone=1\n"
		"age order=1 unmovable=10 reclaimable=20 movable=30 free=40 zone=1 seed=7\n"
		"nop";
	static const uint8_t want[] = {
		0x81, 0, 1, 0, 0x04, 0, 0x01, 0, 0, 0x11, 2, 3, 0x10, 0, 0, 0,
		0x00, 0x05, 3, 2, 0xc0, 0x2c, 0, 0, 0, 0, 17, 0, 40, 0, 0x42, 0x20,
		0x72, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
		0x60, 0, 0, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
		0x80, 0, 0, 1, 10, 20, 30, 40, 1, 7, 0, 0, 0, 0, 0, 0,
		0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	};
	struct text_reaches reaches;
	struct text_error error;
	uint8_t to[256];
	size_t size;

	(void)state;
	size = text_assemble(text, strlen(text), to, sizeof(to), &reaches, &error);
	if (!size)
		fail_msg("line %u: %s", error.line, error.message);
	assert_int_equal(size, sizeof(want));
	assert_memory_equal(to, want, size);
	assert_int_equal(reaches.nr, 4);
	assert_int_equal(reaches.want[0].kind, REACH_STEP);
	assert_int_equal(reaches.want[0].index, SPB_STEP_CLAIM_WHOLE);
	assert_int_equal(reaches.want[3].kind, REACH_EVENT);
	assert_int_equal(reaches.want[3].index, SPB_EV_TAINT);
}

static void test_errors_name_the_line(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *says;
	} cases[] = {
		{ "spbt 2\n", 1, "version 1" },
		{ "spbt 1\nalloc s1\ncpus 2\n", 3, "before the first record" },
		{ "alloc s256\n", 1, "too large" },
		{ "\n\nallok s1\n", 3, "'allok'" },
		{ "alloc s1 gfp=GFP_KERNELL\n", 1, "GFP_KERNELL" },
		{ "alloc s1 s2\n", 1, "second slot" },
		{ "alloc s1 arg=1 zone=2\n", 1, "twice" },
		{ "alloc s1 free=1\n", 1, "field of age" },
		{ "alloc@0x20 s1\n", 1, "means free" },
		{ "alloc s1 pre=5\n", 1, "17>2" },
		{ "cpus 0\n", 1, "at least one" },
		{ "cpus 2\ncpus 3\n", 2, "twice" },
		{ "geometry nowhere\n", 1, "'nowhere'" },
		{ "reaches: step:nothing\n", 1, "'nothing'" },
		{ "reaches: own\n", 1, "kind" },
		{ "alloc s9\nsize 18\n", 2, "not zero" },
		{ "size 16\nfree s0\n", 2, "follow" },
		{ "alloc s1 spare14=7\n", 1, "bits of 0x88" },
	};
	struct text_error error;
	uint8_t to[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(text_assemble(cases[i].text, strlen(cases[i].text), to, sizeof(to),
					       NULL, &error), 0);
		assert_int_equal(error.line, cases[i].line);
		if (!strstr(error.message, cases[i].says))
			fail_msg("'%s' does not say '%s'", error.message, cases[i].says);
	}
}

static void test_no_room(void **state)
{
	static const char text[] = "free s1\nfree s2\n";
	struct text_error error;
	uint8_t to[32];

	(void)state;
	assert_int_equal(text_assemble(text, strlen(text), to, sizeof(to), NULL, &error), 0);
	assert_int_equal(error.line, 2);
	assert_int_equal(text_assemble(text, 8, to, sizeof(to), NULL, &error), 32);
}

static void test_gfp_names(void **state)
{
	uint32_t mask, seed = 5;
	char text[512];

	(void)state;
	for (unsigned int i = 0; i < 10000; i++) {
		uint32_t want = next_random(&seed) ^ next_random(&seed) << 16;

		gfp_format(want, text, sizeof(text));
		assert_true(gfp_parse(text, strlen(text), &mask));
		assert_int_equal(mask, want);
	}
	assert_string_equal(gfp_format(GFP_HIGHUSER_MOVABLE | __GFP_COMP, text, sizeof(text)),
			    "GFP_HIGHUSER_MOVABLE|__GFP_COMP");
	assert_false(gfp_parse("", 0, &mask));
	assert_false(gfp_parse("GFP_KERNEL|", 11, &mask));
	assert_false(gfp_parse("__GFP_COLD", 10, &mask));
	assert_true(gfp_parse_traced("GFP_KERNEL|__GFP_COLD", 21, GFP_LAYOUT_618, &mask));
	assert_int_equal(mask, GFP_KERNEL);
}

static void test_gfp_layouts(void **state)
{
	/* GFP_KERNEL | __GFP_ZERO and GFP_ATOMIC, as those kernels print them. */
	static const struct {
		const char *layout, *zeroed, *atomic;
	} cases[] = {
		{ "6.18", "0xdc0", "0x820" },
		{ "5.1", "0xdc0", "0xa20" },
		{ "4.18", "0x6080c0", "0x480020" },
		{ "4.13", "0x14080c0", "0x1080020" },
	};
	uint32_t mask;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int layout = gfp_layout_index(cases[i].layout);

		assert_true(layout >= 0);
		assert_true(gfp_parse_traced(cases[i].zeroed, strlen(cases[i].zeroed),
					     (unsigned int)layout, &mask));
		assert_int_equal(mask, GFP_KERNEL | __GFP_ZERO);
		assert_true(gfp_parse_traced(cases[i].atomic, strlen(cases[i].atomic),
					     (unsigned int)layout, &mask));
		assert_int_equal(mask, GFP_ATOMIC);
	}
	assert_int_equal(gfp_layout_index("2.6"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_each_bit),
		cmocka_unit_test(test_widest_line),
		cmocka_unit_test(test_human_text),
		cmocka_unit_test(test_errors_name_the_line),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_gfp_names),
		cmocka_unit_test(test_gfp_layouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
