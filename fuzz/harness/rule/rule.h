/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of rules.def, and how often each was put to the test: a rule that nothing ever
 * tests says nothing by staying quiet.
 *
 * This folder is below all others of the harness: it includes nothing of them.
 */
#ifndef HARNESS_RULE_H
#define HARNESS_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum rule_id {
#define RULE(id, ...) RULE_##id,
#include "fuzz/harness/rule/rules.def"
	NR_RULES,
	RULE_NOBODY = NR_RULES,
};

enum rule_group {
	GROUP_SAFETY,
	GROUP_BOOKS,
	GROUP_POLICY,
	GROUP_CONFORMANCE,
	GROUP_HARNESS,
	NR_RULE_GROUPS,
};

enum rule_section {
#define SECTION(id) SECTION_##id,
#include "fuzz/harness/rule/rules.def"
	NR_RULE_SECTIONS,
};

/* How much can be relied on: the allocator is between two steps, sections or operations. */
enum rule_moment { MOMENT_STEP, MOMENT_SECTION, MOMENT_OP, NR_MOMENTS };

/**
 * struct rule - what can be found
 * @meaning: one line
 * @look: completes "look at ...": where the cause of a breach mostly is
 * @source: where it comes from
 * @when: when it is checked
 * @old: what it was called before, or ""
 * @near: the lower, the nearer to the cause; 0: it cannot be counted again
 * @from: the moment from which on it can
 * @placeless: when it is seen broken says nothing about who broke it
 * @counted: whose counter counts its checks, or RULE_NOBODY
 */
struct rule {
	const char *name, *meaning, *look, *source, *when, *old;
	enum rule_group group;
	uint16_t near;
	enum rule_moment from;
	bool placeless;
	enum rule_id counted;
};

extern const struct rule rules[NR_RULES];

/* What RULES= calls them; the last is not for it. */
extern const char *const rule_groups[NR_RULE_GROUPS];

/* In which table of docs/rules.md it stands. */
enum rule_section rule_section(const struct rule *rule);

/* By its name, or by an old one. NULL for an unknown name. */
const struct rule *rule_by_name(const char *name);

/* What came of a refusal: a smaller retry is served and taints nothing, or which rule broke. */
enum promise {
	PROMISE_KEPT,
#define PROMISE(id, ...) PROMISE_##id,
#include "fuzz/harness/rule/rules.def"
	NR_PROMISES,
};

/* Without "promise-". */
extern const char *const promise_names[NR_PROMISES];

static inline const struct rule *promise_rule(enum promise broken)
{
	return &rules[RULE_PROMISE_NO_FALLBACK + broken - PROMISE_NO_FALLBACK];
}

/*
 * Checks since the process started, by the rule that counts them. What never happens on a right
 * core counts how often it was looked for; what has a precondition, how often that was true.
 */
extern uint64_t rule_looks[NR_RULES];

/* A place that checks says so: one look may be at several rules. */
#define looked(id) ((void)rule_looks[RULE_##id]++)

/**
 * rule_tested - how often was a rule put to the test since the process started?
 *
 * Return: false when nobody counts it.
 */
bool rule_tested(const struct rule *rule, uint64_t *times);

/* --- which of them are looked at --- */

/**
 * rules_select - look at some rules alone
 * @list: groups, rules, and with a "-" before it what is left out again, separated by commas or
 *        blanks; "", or what is left out alone: all others
 * @complaints: where to say what is wrong with it, and what there is
 *
 * Return: false when it names what is neither; nothing has changed then.
 */
bool rules_select(const char *list, FILE *complaints);

/* The same for SPBFUZZ_RULES, which may be unset. */
bool rules_from_environment(FILE *complaints);

extern bool rule_off[NR_RULES];

/*
 * A rule that is off is no finding. Who checks it either goes on, when all else that is looked at
 * can be judged as before, or calls finding() all the same, which ends the program then without
 * a word.
 */
static inline bool rule_is_on(enum rule_id id)
{
	return !rule_off[id];
}

/* Is any of them on? */
bool rule_section_is_on(enum rule_section section);

#endif
