/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings: a rule was broken. Every rule has an entry in a table with its meaning and where
 * it comes from; docs/rules.md lists them for people.
 *
 *   FINDING <rule> op=<operation> step=<n> cpu=<c>
 *     <message>
 *     rule: <meaning> [<source>]
 *     <picture of the superpageblocks involved>
 *     <the last events>
 *     in <function>()
 *   SIGNATURE <rule>/<operation>/<function or ->
 */
#ifndef HARNESS_REPORT_H
#define HARNESS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/program.h"
#include "spb/event.h"

#define FINDING_MAX_SPBS 4

/**
 * struct finding_info - the finding of a run, for tests and tools
 * @rule: NULL while there is none
 * @function: who is to blame: the search step or core function whose event breaks the
 *            rule, else the one that last wrote where the finding is, else the one that
 *            reported, else NULL
 * @spb: superpageblocks involved, as indices of the core's array
 */
struct finding_info {
	const char *rule;
	enum program_op op;
	unsigned int step;
	unsigned int cpu;
	const char *function;
	unsigned int nr_spbs;
	uint16_t spb[FINDING_MAX_SPBS];
	char message[256];
};

/**
 * finding - report a broken rule and end the run
 * @rule: a name of the table; any other ends the process
 *
 * Fills this_run->finding, prints unless options.quiet, and calls on_finding().
 */
__attribute__((noreturn, cold, format(printf, 2, 3)))
void finding(const char *rule, const char *fmt, ...);

/* Name the core function, or a superpageblock involved, just before finding(). */
void finding_at(const char *function);
void finding_spb(unsigned int spb);

/* Does an event tell that pages of its superpageblock changed? */
bool report_is_writer(const struct spb_event *event);

/*
 * The operation that stands for all of its kind: those that mostly allocate count as alloc,
 * those that free as free. Which of them it was says nothing about the cause.
 */
enum program_op finding_kind(enum program_op op);

/*
 * "rule/kind of operation/function": the same for two crashes with one cause, as far as a
 * report can tell.
 */
void finding_signature(const struct finding_info *info, char *to, size_t room);

/**
 * struct rule - what can be found
 * @meaning: one line
 * @source: section of the specification ("5.2" is invariant 2 of section 5), patch, or the
 *          kernel facility whose rule it is
 */
struct rule {
	const char *name;
	const char *meaning;
	const char *source;
};

extern const struct rule rules[];
extern const unsigned int nr_rules;

/* NULL for an unknown name. */
const struct rule *rule_by_name(const char *name);

#endif
