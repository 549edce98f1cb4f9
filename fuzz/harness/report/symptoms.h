/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What else is wrong where a finding stops a program. One defect breaks many rules, and which
 * of them is looked at first varies with the input:
 *
 *   the counter is wrong ─▶ so is the bucket ─▶ so is the list ─▶ so is what a search finds
 *
 * All that can be counted there is counted, and the one nearest to the cause is told.
 */
#ifndef HARNESS_SYMPTOMS_H
#define HARNESS_SYMPTOMS_H

#include <stdbool.h>

struct run;

/* How much can be relied on: the allocator is between two steps, sections or operations. */
enum symptom_moment { MOMENT_STEP, MOMENT_SECTION, MOMENT_OP, NR_MOMENTS };

/**
 * struct symptom - a rule that can be counted again at any moment
 * @from: the moment from which on it holds
 * @placeless: when it is seen broken says nothing about who broke it
 */
struct symptom {
	const char *rule;
	enum symptom_moment from;
	bool placeless;
};

/* NULL for a rule of another kind. */
const struct symptom *symptom_of(const char *rule);

/**
 * symptoms_nearest - look at everything
 * @rule: what is known to be broken already
 *
 * Return: the first of the table that is broken, @rule included; NULL for none. The detail of
 * this_run->finding is that of it. The run is over: books of oracles and model are left as
 * they come.
 */
const struct symptom *symptoms_nearest(struct run *run, enum symptom_moment moment,
				       const char *rule);

/* finding() calls it first: while symptoms are looked for it does not return. */
void symptoms_note(const char *rule);

#endif
