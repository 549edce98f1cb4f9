// SPDX-License-Identifier: GPL-2.0-only
/* The table of rules: see rules.def. */
#include "fuzz/harness/rule/rule.h"

#include <string.h>

#include "fuzz/harness/program/state.h"

#define NEAR(rank, moment) .near = (rank), .from = MOMENT_##moment
#define NEAR_PLACELESS(rank, moment) NEAR(rank, moment), .placeless = true
#define FAR .from = NR_MOMENTS
#define FAR_PLACELESS FAR, .placeless = true

const struct rule rules[NR_RULES] = {
#define RULE(id, word, of, where, checked, by, nearness, before, text)                        \
	[RULE_##id] = {                                                                       \
		.name = word, .meaning = text, .source = where, .when = checked, .old = before, \
		.group = GROUP_##of, .counted = RULE_##by, nearness,                          \
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

/* Of all programs: a statistic. */
PROCESS_STATE uint64_t rule_looks[NR_RULES];

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
