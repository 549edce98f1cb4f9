// SPDX-License-Identifier: GPL-2.0-only
/* What else is wrong: see symptoms.h. */
#include "fuzz/harness/report/symptoms.h"

#include <setjmp.h>
#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"

static PROGRAM_STATE sigjmp_buf next_look;
static PROGRAM_STATE bool broken[NR_RULES];
static PROGRAM_STATE const char *details[NR_RULES];

static void note(const char *name)
{
	const struct rule *rule = rule_by_name(name);

	if (rule && rule->near && !rule_off[rule - rules] && !broken[rule - rules]) {
		broken[rule - rules] = true;
		details[rule - rules] = this_run->finding.detail;
	}
	this_run->finding.detail = NULL;
}

bool symptom_is_broken(enum rule_id rule)
{
	return broken[rule];
}

/* While something is looked at, a finding ends the look. */
static void note_and_go_on(const char *rule)
{
	note(rule);
	siglongjmp(next_look, 1);
}

/* All that an observer can count again. */
static void look_at_all(struct run *run, const struct observer *observer)
{
	for (volatile unsigned int n = 0;; n++)
		if (!sigsetjmp(next_look, 0) && !observer->look(run, n))
			return;
}

static const struct rule *nearest_from(enum rule_moment moment, const char *known)
{
	const struct rule *nearest = NULL;

	for (const struct rule *rule = rules; rule < rules + NR_RULES; rule++) {
		if (!broken[rule - rules] || (rule->from > moment && strcmp(rule->name, known)))
			continue;
		if (!nearest || rule->near < nearest->near)
			nearest = rule;
	}
	if (nearest)
		this_run->finding.detail = details[nearest - rules];
	return nearest;
}

const struct rule *symptoms_nearest(struct run *run, enum rule_moment moment, const char *rule)
{
	struct finding_info told = run->finding;

	memset(broken, 0, sizeof(broken));
	note(rule);
	finding_caught = note_and_go_on;
	for (const struct observer *const *volatile at = run->told->all; *at; at++)
		if ((*at)->look)
			look_at_all(run, *at);
	finding_caught = NULL;
	run->finding = told;
	return nearest_from(moment, rule);
}
