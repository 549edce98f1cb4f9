// SPDX-License-Identifier: GPL-2.0-only
/* The table of rules, what RULES= and --only make of a list, and what a rule that is off does. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/stats/reach.h"
#include "fuzz/harness/target/observers.h"
#include "fuzz/tool/common/tool.h"
#include "tests/fixture.h"

static const struct rule *rule(const char *name)
{
	const struct rule *found = rule_by_name(name);

	assert_non_null(found);
	return found;
}

static bool is_on(const char *name)
{
	return rule_is_on((enum rule_id)(rule(name) - rules));
}

/* What it complains about is of no interest. */
static bool selects(const char *list)
{
	FILE *nowhere = fopen("/dev/null", "w");
	bool good;

	assert_non_null(nowhere);
	good = rules_select(list, nowhere);
	fclose(nowhere);
	return good;
}

/* --- the table --- */

TEST(names_are_unique_old_ones_too)
{
	for (const struct rule *a = rules; a < rules + NR_RULES; a++) {
		assert_ptr_equal(rule_by_name(a->name), a);
		if (*a->old)
			assert_ptr_equal(rule_by_name(a->old), a);
		assert_true(*a->meaning && *a->source && *a->when);
	}
	assert_null(rule_by_name(""));
	assert_null(rule_by_name("spb"));
	assert_string_equal(rule("relax-decision")->name, "relax-model");
}

TEST(no_two_are_equally_near)
{
	for (const struct rule *a = rules; a < rules + NR_RULES; a++) {
		assert_int_equal(a->near == 0, a->from == NR_MOMENTS);
		for (const struct rule *b = rules; b < a; b++)
			assert_true(!a->near || a->near != b->near);
	}
}

TEST(sections_follow_each_other)
{
	enum rule_section before = 0;

	for (const struct rule *a = rules; a < rules + NR_RULES; a++) {
		assert_true(rule_section(a) == before || rule_section(a) == before + 1);
		before = rule_section(a);
	}
	assert_int_equal(before, NR_RULE_SECTIONS - 1);
	assert_int_equal(rule_section(rule("search-order")), SECTION_MODEL);
}

/* `make docs` writes the tables of docs/rules.md; nobody else does. */
TEST(documentation_has_the_tables)
{
	char *text = NULL, *made = NULL;
	size_t size;
	FILE *to;

	if (access("docs/rules.md", R_OK))
		skip();
	assert_true(tool_read_text("docs/rules.md", &text));
	to = open_memstream(&made, &size);
	assert_true(rules_docs(to, text));
	fclose(to);
	assert_string_equal(text, made);
	free(made);
	free(text);
}

/* --- lists --- */

TEST(groups_and_names_are_selected)
{
	assert_true(selects("safety,books"));
	assert_true(is_on("list-corrupt") && is_on("spb-nr-free"));
	assert_false(is_on("reserve") || is_on("search-order"));
	assert_true(selects("policy search-order"));
	assert_true(is_on("reserve") && is_on("search-order"));
	assert_false(is_on("spb-nr-free") || is_on("pick-order"));
	assert_true(selects("relax-decision"));
	assert_true(is_on("relax-model"));
	assert_true(selects(""));
	assert_true(is_on("spb-nr-free") && is_on("pick-order"));
}

TEST(what_is_left_out_is_off)
{
	assert_true(selects("-search-order"));
	assert_true(is_on("pick-order") && is_on("reserve"));
	assert_false(is_on("search-order"));
	assert_true(selects("books,-spb-nr-free"));
	assert_true(is_on("spb-nr-movable"));
	assert_false(is_on("spb-nr-free") || is_on("reserve"));
	assert_true(selects("-conformance"));
	assert_false(is_on("pick-order"));
	assert_true(is_on("reserve"));
}

TEST(what_is_no_rule_changes_nothing)
{
	char *said = NULL;
	size_t size;
	FILE *to = open_memstream(&said, &size);

	assert_true(selects("books"));
	assert_false(rules_select("safety,safty", to));
	fclose(to);
	assert_non_null(strstr(said, "'safty' is no rule"));
	assert_non_null(strstr(said, "conformance: "));
	assert_non_null(strstr(said, " search-order "));
	free(said);
	assert_false(is_on("list-corrupt"));
	assert_false(selects("-"));
	assert_false(selects("harness"));
	assert_false(selects("books,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

/* Whether the tool itself is right is not a matter of choice. */
TEST(the_harness_is_always_looked_at)
{
	assert_true(selects("books"));
	assert_true(is_on("harness") && is_on("reset-leak"));
}

/* --- what a rule that is off does --- */

static void break_counter(void)
{
	fx_small(2);
	fx_draw(0, "UUUU M... .... ....");
	fx_spb(0)->nr_free++;
	shim_touch(fx_spb(0));
}

static void check(void)
{
	fx_oracles(true);
	observe_after_op(this_run);
}

TEST(a_comparison_goes_on)
{
	assert_true(selects("policy,conformance"));
	break_counter();
	check();
	assert_true(selects("books"));
	break_counter();
	expect_finding("spb-nr-free", check());
	assert_true(selects("books,-spb-nr-free,-spb-fullness"));
	break_counter();
	fx_spb(0)->fullness++;
	check();
	fx_spb(0)->nr_movable++;
	shim_touch(fx_spb(0));
	expect_finding("spb-nr-movable", check());
	assert_true(selects(""));
}

/* A counter that is wrong, too, and nearer to the cause, is none when nobody looks at it. */
TEST(a_cause_is_looked_at)
{
	assert_true(selects("-spb-nr-free"));
	break_counter();
	fx_zone()->nr_tainted++;
	expect_finding("nr-tainted", check());
	assert_string_equal(this_run->finding.cause, "nr-tainted");
	assert_true(selects(""));
}

static unsigned int begun;

static void count(struct run *run __maybe_unused,
		  const struct program_record *record __maybe_unused)
{
	begun++;
}

static void break_list(struct run *run __maybe_unused,
		       const struct spb_event *event __maybe_unused)
{
	finding("list-corrupt", "as if");
}

static const struct observer breaker = {
	.name = "breaker", .events = ALL_EVENTS, .op_begins = count, .event = break_list,
};

/* A program of one allocation and two records that do nothing. */
static bool run_breaking(void)
{
	static const struct run_mode mode = { .observers = observers_all };
	uint8_t bytes[PROGRAM_HEADER_SIZE + 3 * PROGRAM_RECORD_SIZE] = { 0 };
	const struct program_header header = { .cpus = 1 };
	const struct program_record record = { .op = OP_alloc, .gfp = GFP_KERNEL };

	program_encode_header(&header, bytes);
	program_encode_record(&record, bytes + PROGRAM_HEADER_SIZE);
	begun = 0;
	this_run->watcher = &breaker;
	this_run->options.oracles = true;
	return run_program(bytes, sizeof(bytes), &mode);
}

TEST(what_cannot_go_on_ends_without_a_word)
{
	uint64_t stopped = reach_counts()->stopped;

	assert_true(selects("books"));
	assert_true(run_breaking());
	assert_string_equal(this_run->stopped, "list-corrupt");
	assert_null(this_run->finding.rule);
	assert_int_equal(begun, 1);
	assert_int_equal(reach_counts()->stopped, stopped + 1);
	/* The next one is not the worse for it. */
	assert_true(selects(""));
	this_run->watcher = NULL;
	fx_small(2);
	expect_finding("list-corrupt", run_breaking());
	assert_null(this_run->stopped);
	this_run->watcher = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(names_are_unique_old_ones_too),
		T(no_two_are_equally_near),
		T(sections_follow_each_other),
		T(documentation_has_the_tables),
		T(groups_and_names_are_selected),
		T(what_is_left_out_is_off),
		T(what_is_no_rule_changes_nothing),
		T(the_harness_is_always_looked_at),
		T(a_comparison_goes_on),
		T(a_cause_is_looked_at),
		T(what_cannot_go_on_ends_without_a_word),
	};

	return RUN(tests);
}
