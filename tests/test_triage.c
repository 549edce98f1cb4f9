// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grouping, and the forms that machines read: well-formed whatever names and messages hold,
 * and with the members that their readers ask for.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/targets.h"
#include "fuzz/tool/triage/triage.h"

/* Quotes, ends of lines, a byte that is no UTF-8, what XML and GitHub take for syntax. */
#define NASTY "a\"b\\c\n<d> & 'e'\x01\xff%,:;]]>"

static struct triage_file files[] = {
	{ .path = "x/long", .target = &target_alloc, .size = 90, .readable = true,
	  .verdict = { VERDICT_FINDING, "spb-nr-free/rmqueue", "spb-nr-free", "m", 4, 5, 0,
		       1 } },
	{ .path = "x/short one", .target = &target_alloc, .size = 40, .readable = true,
	  .verdict = { VERDICT_FINDING, "spb-nr-free/rmqueue", "spb-nr-free", NASTY, 1, 2, 0,
		       1 } },
	{ .path = "x/" NASTY, .target = &target_walk, .size = 40, .readable = true,
	  .verdict = { VERDICT_DIED, "SIGSEGV/free", "SIGSEGV", "", 1,
		       2, 0, 1 } },
	{ .path = "x/other", .target = &target_walk, .size = 40, .readable = true,
	  .verdict = { VERDICT_FINDING, "spb-nr-free/-", "spb-nr-free", "n", 1, 2, 0, 1 } },
	{ .path = "x/fine", .target = &target_walk, .size = 40, .readable = true },
	{ .path = "x/none", .target = &target_walk },
};

static struct triage triage;

static void group(const char *known)
{
	triage_release(&triage);
	triage = (struct triage){
		.files = files,
		.nr_files = sizeof(files) / sizeof(files[0]),
		.known = known,
		.version = "1",
	};
	assert_true(triage_group_files(&triage));
}

static char *text_of(void (*form)(FILE *, const struct triage *))
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	form(to, &triage);
	assert_int_equal(fclose(to), 0);
	return text;
}

static void test_groups(void **state)
{
	(void)state;
	group(NULL);
	assert_int_equal(triage.nr_groups, 3);
	assert_int_equal(triage_new(&triage), 3);
	assert_int_equal(triage.crashes, 4);
	assert_int_equal(triage.good, 1);
	assert_int_equal(triage.unreadable, 1);
	assert_string_equal(triage.groups[0].signature, "spb-nr-free/rmqueue");
	assert_int_equal(triage.groups[0].count, 2);
	assert_string_equal(files[triage.groups[0].smallest].path, "x/short one");
	assert_int_equal(files[1].group, 0);
	group("# spb-nr-free/-\nspb-nr-free/rmqueue\r\nspb-nr-free/fre\n");
	assert_int_equal(triage_new(&triage), 2);
	assert_string_equal(triage.groups[2].signature, "spb-nr-free/rmqueue");
	group("");
	assert_int_equal(triage_new(&triage), 3);
}

/* --- well-formed JSON --- */

static const char *skip_value(const char *at);

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \n\t\r");
}

static const char *skip_string(const char *at)
{
	if (*at != '"')
		return NULL;
	for (at++; *at != '"'; at++) {
		if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e)
			return NULL;
		if (*at != '\\')
			continue;
		at++;
		if (*at == 'u' && strspn(at + 1, "0123456789abcdef") >= 4)
			at += 4;
		else if (!*at || !strchr("\"\\/bfnrt", *at))
			return NULL;
	}
	return at + 1;
}

static const char *skip_members(const char *at, char end)
{
	at = skip_blanks(at + 1);
	if (*at == end)
		return at + 1;
	for (;;) {
		if (end == '}') {
			at = skip_string(skip_blanks(at));
			at = at ? skip_blanks(at) : NULL;
			if (!at || *at++ != ':')
				return NULL;
		}
		at = skip_value(at);
		at = at ? skip_blanks(at) : NULL;
		if (!at || (*at != ',' && *at != end))
			return NULL;
		if (*at++ == end)
			return at;
	}
}

static const char *skip_value(const char *at)
{
	size_t length;

	at = skip_blanks(at);
	if (*at == '{')
		return skip_members(at, '}');
	if (*at == '[')
		return skip_members(at, ']');
	if (*at == '"')
		return skip_string(at);
	length = strspn(at, "0123456789");
	if (length)
		return at + length;
	if (!strncmp(at, "true", 4))
		return at + 4;
	return strncmp(at, "false", 5) ? NULL : at + 5;
}

static void assert_json(const char *text)
{
	const char *end = skip_value(text);

	assert_non_null(end);
	assert_string_equal(skip_blanks(end), "");
}

static unsigned int count_of(const char *text, const char *what)
{
	unsigned int count = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		count++;
	return count;
}

static void test_json(void **state)
{
	char *text;

	(void)state;
	group("spb-nr-free/-\n");
	text = text_of(triage_json);
	assert_json(text);
	assert_int_equal(count_of(text, "\"known\": true"), 1);
	assert_int_equal(count_of(text, "\"rule_group\": \"books\""), 2);
	assert_int_equal(count_of(text, "\"rule_group\": \"\""), 1);
	assert_int_equal(count_of(text, "\"files\": [\"x/long\", \"x/short one\"]"), 1);
	free(text);
}

/* What sections 3.13 to 3.27 of SARIF 2.1.0 require of what is used here. */
static void test_sarif(void **state)
{
	char *text;

	(void)state;
	group("spb-nr-free/-\n");
	text = text_of(triage_sarif);
	assert_json(text);
	assert_int_equal(count_of(text, "\"version\": \"2.1.0\""), 1);
	assert_int_equal(count_of(text, "\"runs\": ["), 1);
	assert_int_equal(count_of(text, "\"tool\": {\"driver\": {\"name\": \"spbfuzz\""), 1);
	/* Two rules, three results; each result names its rule by its place, too. */
	assert_int_equal(count_of(text, "\"id\": "), 2);
	assert_int_equal(count_of(text, "\"ruleId\": "), 3);
	assert_int_equal(count_of(text, "\"ruleId\": \"spb-nr-free\", \"ruleIndex\": 0"), 2);
	assert_int_equal(count_of(text, "\"SIGSEGV\", \"ruleIndex\": 1"), 1);
	assert_int_equal(count_of(text, "\"message\": {\"text\": "), 3);
	assert_int_equal(count_of(text, "\"baselineState\": \"new\""), 2);
	assert_int_equal(count_of(text, "\"baselineState\": \"unchanged\""), 1);
	assert_int_equal(count_of(text, "\"occurrenceCount\": 2"), 1);
	assert_int_equal(count_of(text, "\"uri\": \"x/short%20one\""), 1);
	/* Record 1 begins after the header and record 0. */
	assert_int_equal(count_of(text, "\"region\": {\"byteOffset\": 32, \"byteLength\": 8}"), 3);
	/* A signal is in no group of rules. */
	assert_int_equal(count_of(text, "\"properties\": {\"tags\": [\"books\"]}"), 1);
	assert_int_equal(count_of(text, "\"tags\""), 1);
	/* "-" is no location. */
	assert_int_equal(count_of(text, "\"logicalLocations\""), 2);
	free(text);
	group(NULL);
	text = text_of(triage_sarif);
	assert_int_equal(count_of(text, "baselineState"), 0);
	free(text);
}

/* --- well-formed XML, as far as it is used: elements, attributes, no comments --- */

static const char *skip_element(const char *at);

static const char *skip_text(const char *at)
{
	for (; *at && *at != '<'; at++) {
		if ((unsigned char)*at > 0x7e || ((unsigned char)*at < 0x20 && *at != '\n'))
			return NULL;
		if (*at == '&' && !strchr(at, ';'))
			return NULL;
	}
	return at;
}

static const char *skip_tag(const char *at)
{
	for (; *at && *at != '>'; at++) {
		if (*at != '"')
			continue;
		for (at++; *at != '"'; at++)
			if (!isprint((unsigned char)*at) || *at == '<')
				return NULL;
	}
	return *at ? at + 1 : NULL;
}

static const char *skip_element(const char *at)
{
	size_t length = strcspn(at + 1, " >/");
	const char *name = at + 1;

	at = skip_tag(at);
	if (!at || at[-2] == '/')
		return at;
	while ((at = skip_text(at)) && at[0] == '<' && at[1] != '/')
		if (!(at = skip_element(at)))
			return NULL;
	if (!at || strncmp(at, "</", 2) || strncmp(at + 2, name, length) ||
	    at[2 + length] != '>')
		return NULL;
	return at + 3 + length;
}

static void test_junit(void **state)
{
	static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
	const char *end;
	char *text;

	(void)state;
	group("spb-nr-free/-\n");
	text = text_of(triage_junit);
	assert_memory_equal(text, head, sizeof(head) - 1);
	end = skip_element(text + sizeof(head) - 1);
	assert_non_null(end);
	assert_string_equal(end, "\n");
	assert_int_equal(count_of(text, "<testcase"), 6);
	assert_int_equal(count_of(text, "tests=\"6\" failures=\"3\" errors=\"1\""), 1);
	assert_int_equal(count_of(text, "<failure"), 3);
	assert_int_equal(count_of(text, "<property name=\"group\" value=\"books\"/>"), 2);
	assert_int_equal(count_of(text, "<skipped"), 1);
	assert_int_equal(count_of(text, "<error "), 1);
	free(text);
}

static void test_github(void **state)
{
	char *text;

	(void)state;
	group("spb-nr-free/-\n");
	text = text_of(triage_github);
	/* One line per group, whatever names hold. */
	assert_int_equal(count_of(text, "\n"), 3);
	assert_int_equal(count_of(text, "::error file="), 2);
	assert_int_equal(count_of(text, "::notice file=x/other,title="), 1);
	assert_int_equal(count_of(text, "%25%2C%3A;"), 1);
	free(text);
}

static void test_baseline(void **state)
{
	char *text;

	(void)state;
	group(NULL);
	text = text_of(triage_baseline);
	group(text);
	assert_int_equal(triage_new(&triage), 0);
	free(text);
}

/* A line that was written when a rule had another name is about the same rule. */
static void test_old_names(void **state)
{
	static const char now[] = "relax-model/fail-smaller";

	(void)state;
	assert_true(triage_same_signature("relax-decision/fail-smaller\n", 27, now));
	assert_true(triage_same_signature(now, sizeof(now) - 1, now));
	assert_false(triage_same_signature("relax-decision/fail-small", 25, now));
	assert_false(triage_same_signature("relax-decision/fail-smaller2", 28, now));
	assert_false(triage_same_signature("relax/fail-smaller", 18, now));
	assert_false(triage_same_signature("# relax-decision", 16, now));
}

static int release(void **state)
{
	(void)state;
	triage_release(&triage);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),   cmocka_unit_test(test_json),
		cmocka_unit_test(test_sarif),    cmocka_unit_test(test_junit),
		cmocka_unit_test(test_github),   cmocka_unit_test(test_baseline),
		cmocka_unit_test(test_old_names),
	};

	return cmocka_run_group_tests_name("triage", tests, NULL, release);
}
