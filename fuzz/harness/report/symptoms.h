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

#include "fuzz/harness/rule/rule.h"

struct run;

/**
 * symptoms_nearest - look at everything
 * @rule: what is known to be broken already
 *
 * Return: the one of those that are broken that is nearest to the cause, @rule included; NULL for
 * none. The detail of this_run->finding is that of it. The run is over: books of oracles and model
 * are left as they come.
 */
const struct rule *symptoms_nearest(struct run *run, enum rule_moment moment, const char *rule);

/* While observers look: was this rule seen broken already? */
bool symptom_is_broken(enum rule_id rule);

#endif
