/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings: a rule was broken. Every rule stands in rules.def with its meaning and where it
 * comes from; docs/rules.md lists them for people.
 */
#ifndef HARNESS_FINDING_H
#define HARNESS_FINDING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/program/program.h"
#include "fuzz/harness/rule/rule.h"
#include "spb/event.h"

#define FINDING_MAX_SPBS 4

/**
 * struct finding_info - the finding of a run, for tests and tools
 * @rule: NULL while there is none
 * @cause: of all rules that are broken there, the one nearest to the cause
 * @function: who or what is to blame, as far as can be told: see signature.h; or NULL
 * @detail: one word more about that, or NULL
 * @as: the rule that it counts as, or NULL for @rule
 * @spb: superpageblocks involved, as indices of the core's array
 * @pfn: with @has_page, the page that shows it
 */
struct finding_info {
	const char *rule;
	enum program_op op;
	unsigned int step;
	unsigned int cpu;
	const char *cause;
	const char *function;
	const char *detail;
	const char *as;
	unsigned int nr_spbs;
	uint16_t spb[FINDING_MAX_SPBS];
	bool has_page;
	uint32_t pfn;
	char message[512];
};

/**
 * finding - report a broken rule and end the run
 * @rule: a name of rules.def; any other ends the process
 *
 * Fills this_run->finding, has it reported (run->report), and calls run->on_finding(). A rule
 * that is switched off ends the program without a word: run->on_stop(); so does what is known.
 */
__attribute__((noreturn, cold, format(printf, 2, 3)))
void finding(const char *rule, const char *fmt, ...);

/* Report a broken rule, unless it is switched off: then the program goes on. */
#define rule_broken(id, ...)                                         \
	do {                                                         \
		if (rule_is_on(RULE_##id))                           \
			finding(rules[RULE_##id].name, __VA_ARGS__); \
	} while (0)

/* Name the core function or what else is to blame, a word about that, a superpageblock involved,
 * or a page that shows it, just before finding(). The words live as long as the process. */
void finding_at(const char *function);
void finding_detail(const char *word);
/* A search step could have served and did not, however that was seen. */
void finding_missed(unsigned int step);
/* The same defect is mostly seen as that rule. */
void finding_as(const char *rule);
void finding_spb(unsigned int spb);
void finding_page(uint32_t pfn); /* the last one that was named counts */

/*
 * While somebody counts again what may be wrong: finding() calls it first, and it does not
 * return.
 */
extern void (*finding_caught)(const char *rule);

#endif
