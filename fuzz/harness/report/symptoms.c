// SPDX-License-Identifier: GPL-2.0-only
/* What else is wrong: see symptoms.h. */
#include "fuzz/harness/report/symptoms.h"

#include <setjmp.h>
#include <string.h>

#include "fuzz/harness/model/model_run.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/program/state.h"

static PROGRAM_STATE sigjmp_buf next_look;
static PROGRAM_STATE bool looking;
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

void symptoms_begin(void)
{
	looking = false;
}

void symptoms_note(const char *rule)
{
	if (!looking)
		return;
	note(rule);
	siglongjmp(next_look, 1);
}

/* Each look ends at the first thing that it finds. */
#define LOOK(call)                             \
	do {                                   \
		if (!sigsetjmp(next_look, 0))  \
			call;                  \
	} while (0)

static void look_at_spbs(void)
{
	for (volatile u32 i = 0; i < this_core()->nr_spbs; i++)
		for (volatile enum spb_part part = 0; part < NR_SPB_PARTS; part++)
			LOOK(spb_recount_part(&this_core()->spbs[i], part));
}

static void look_at_zones(void)
{
	for (volatile unsigned int i = 0; i < nr_online_nodes * MAX_NR_ZONES; i++)
		for (volatile enum zone_part part = 0;
		     populated_zone(zone_by_index(i)) && part < NR_ZONE_PARTS; part++)
			LOOK(spb_full_part(zone_by_index(i), part));
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
	looking = true;
	look_at_spbs();
	look_at_zones();
	LOOK(oracle_walk(run));
	LOOK(model_run_section(run));
	/* Where runs of pages have no size a walk has no end. */
	if (!broken[RULE_PAGE_RUN])
		LOOK(model_run_full(run));
	looking = false;
	run->finding = told;
	return nearest_from(moment, rule);
}
