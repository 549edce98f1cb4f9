// SPDX-License-Identifier: GPL-2.0-only
/* The table of rules: see rules.def. */
#include "fuzz/harness/rule/rule.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/state.h"

#define NEAR(rank, moment) .near = (rank), .from = MOMENT_##moment
#define NEAR_PLACELESS(rank, moment) NEAR(rank, moment), .placeless = true
#define FAR .from = NR_MOMENTS
#define FAR_PLACELESS FAR, .placeless = true

const struct rule rules[NR_RULES] = {
#define RULE(id, word, of, where, checked, by, nearness, before, text, at)                    \
	[RULE_##id] = {                                                                       \
		.name = word, .meaning = text, .look = at, .source = where, .when = checked,  \
		.old = before, .group = GROUP_##of, .counted = RULE_##by,         \
		nearness,                                                                     \
	},
#include "fuzz/harness/rule/rules.def"
};

/* The number of the first rule of each section: a name for it, and back to where it was. */
enum {
#define SECTION(id) FIRST_OF_##id, BEFORE_##id = FIRST_OF_##id - 1,
#define RULE(id, ...) NUMBER_OF_##id,
#include "fuzz/harness/rule/rules.def"
};

static const unsigned int first_of[NR_RULE_SECTIONS] = {
#define SECTION(id) [SECTION_##id] = FIRST_OF_##id,
#include "fuzz/harness/rule/rules.def"
};

const char *const promise_names[NR_PROMISES] = {
	[PROMISE_KEPT] = "kept",
#define PROMISE(id, name, meaning) [PROMISE_##id] = name,
#include "fuzz/harness/rule/rules.def"
};

const char *const rule_groups[NR_RULE_GROUPS] = {
	[GROUP_SAFETY] = "safety",	     [GROUP_BOOKS] = "books",	  [GROUP_POLICY] = "policy",
	[GROUP_CONFORMANCE] = "conformance", [GROUP_HARNESS] = "harness",
};

/* Of all programs: a statistic. */
PROCESS_STATE uint64_t rule_looks[NR_RULES];
/* An option: what RULES= asks for. */
PROCESS_STATE bool rule_off[NR_RULES];

enum rule_section rule_section(const struct rule *rule)
{
	unsigned int section = NR_RULE_SECTIONS - 1;

	while ((unsigned int)(rule - rules) < first_of[section])
		section--;
	return (enum rule_section)section;
}

const struct rule *rule_by_name(const char *name)
{
	for (unsigned int i = 0; i < NR_RULES; i++)
		if (!strcmp(rules[i].name, name))
			return &rules[i];
	for (unsigned int i = 0; i < NR_RULES; i++)
		if (*name && !strcmp(rules[i].old, name))
			return &rules[i];
	return NULL;
}

bool rule_tested(const struct rule *rule, uint64_t *times)
{
	if (rule->counted == RULE_NOBODY)
		return false;
	*times = rule_looks[rule->counted];
	return true;
}

/* --- which of them are looked at --- */

#define SEPARATORS ", "

static void tell_what_there_is(FILE *to)
{
	fprintf(to, "groups and their rules:\n");
	for (unsigned int group = 0; group < GROUP_HARNESS; group++) {
		fprintf(to, "  %s:", rule_groups[group]);
		for (unsigned int i = 0; i < NR_RULES; i++)
			if (rules[i].group == group)
				fprintf(to, " %s", rules[i].name);
		fputc('\n', to);
	}
}

/* Return: false when @word is neither a group nor a rule. */
static bool switch_word(const char *word, bool off[NR_RULES], bool is_off)
{
	const struct rule *rule = rule_by_name(word);
	bool known = rule && rule->group != GROUP_HARNESS;

	if (known)
		off[rule - rules] = is_off;
	for (unsigned int i = 0; i < NR_RULES; i++) {
		if (rules[i].group == GROUP_HARNESS || strcmp(rule_groups[rules[i].group], word))
			continue;
		known = true;
		off[i] = is_off;
	}
	return known;
}

/* What is named first is there, unless it is to be left out: then all else is. */
static void begin_selection(const char *list, bool off[NR_RULES])
{
	char first = list[strspn(list, SEPARATORS)];

	for (unsigned int i = 0; i < NR_RULES; i++)
		off[i] = first && first != '-' && rules[i].group != GROUP_HARNESS;
}

bool rules_select(const char *list, FILE *complaints)
{
	bool off[NR_RULES];
	char word[64];

	begin_selection(list, off);
	for (size_t length; *(list += strspn(list, SEPARATORS)); list += length) {
		bool is_off = *list == '-';

		list += is_off;
		length = strcspn(list, SEPARATORS);
		snprintf(word, sizeof(word), "%.*s", (int)length, list);
		if (length < sizeof(word) && switch_word(word, off, is_off))
			continue;
		fprintf(complaints, "'%s' is no rule and no group of rules; ", word);
		tell_what_there_is(complaints);
		return false;
	}
	memcpy(rule_off, off, sizeof(rule_off));
	return true;
}

bool rules_from_environment(FILE *complaints)
{
	const char *list = getenv("SPBFUZZ_RULES");

	return rules_select(list ? list : "", complaints);
}

bool rule_section_is_on(enum rule_section section)
{
	for (unsigned int i = 0; i < NR_RULES; i++)
		if (!rule_off[i] && rule_section(&rules[i]) == section)
			return true;
	return false;
}
