// SPDX-License-Identifier: GPL-2.0-only
/* What else is wrong: see symptoms.h. */
#include "fuzz/harness/report/symptoms.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include "fuzz/harness/model/model_run.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/check/spb/spb_oracle.h"

/* The nearest to the cause first: what others are counted from, or follow from. */
static const struct symptom table[] = {
	{ "list-corrupt", MOMENT_STEP, false },
	{ "block-spb", MOMENT_SECTION, false },
	{ "zone-cover", MOMENT_SECTION, false },
	{ "spb-total", MOMENT_STEP, false },
	{ "spb-nr-reserved", MOMENT_STEP, false },
	{ "spb-nr-free", MOMENT_STEP, false },
	{ "spb-nr-unmovable", MOMENT_STEP, false },
	{ "spb-nr-reclaimable", MOMENT_STEP, false },
	{ "spb-nr-movable", MOMENT_STEP, false },
	{ "area-count", MOMENT_STEP, false },
	{ "entry-state", MOMENT_STEP, false },
	{ "entry-order", MOMENT_STEP, false },
	{ "entry-align", MOMENT_STEP, false },
	{ "entry-spb", MOMENT_STEP, false },
	{ "page-run", MOMENT_OP, false },
	{ "merge-lost", MOMENT_STEP, false },
	{ "spb-free-pages", MOMENT_STEP, false },
	{ "all-free", MOMENT_STEP, false },
	{ "all-free-bits", MOMENT_STEP, false },
	{ "pcp-count", MOMENT_OP, true },
	{ "pcp-entry", MOMENT_OP, true },
	{ "content-bit", MOMENT_OP, false },
	{ "entry-type", MOMENT_STEP, false },
	{ "zone-area", MOMENT_STEP, true },
	{ "zone-sum", MOMENT_SECTION, true },
	{ "zone-isolated", MOMENT_SECTION, true },
	{ "zone-highatomic", MOMENT_SECTION, true },
	{ "zone-free-pages", MOMENT_SECTION, true },
	{ "zone-free-cma", MOMENT_SECTION, true },
	{ "zone-free-highatomic", MOMENT_SECTION, true },
	{ "nr-tainted", MOMENT_STEP, false },
	{ "spb-list", MOMENT_STEP, true },
	{ "model-content", MOMENT_SECTION, false },
	{ "spb-category", MOMENT_STEP, false },
	{ "spb-fullness", MOMENT_STEP, false },
	{ "model-label", MOMENT_SECTION, false },
	{ "untainted-label", MOMENT_SECTION, false },
	{ "owner-mismatch", MOMENT_OP, true },
	{ "zone-count", MOMENT_OP, true },
	{ "pages-conserved", MOMENT_OP, true },
	{ "model-list", MOMENT_SECTION, false },
	{ "model-taint", MOMENT_SECTION, false },
	{ "model-map", MOMENT_OP, false },
	{ "model-books", MOMENT_SECTION, false },
};

static sigjmp_buf next_look;
static bool looking;
static uint64_t broken;
static const char *details[ARRAY_SIZE(table)];

_Static_assert(ARRAY_SIZE(table) <= 64, "a bit each");

const struct symptom *symptom_of(const char *rule)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].rule, rule))
			return &table[i];
	return NULL;
}

static bool is_broken(const char *rule)
{
	return broken >> (symptom_of(rule) - table) & 1;
}

static void note(const char *rule)
{
	const struct symptom *symptom = symptom_of(rule);
	uint64_t bit = symptom ? 1ull << (symptom - table) : 0;

	if (bit & ~broken)
		details[symptom - table] = this_run->finding.detail;
	broken |= bit;
	this_run->finding.detail = NULL;
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

static const struct symptom *first_from(enum symptom_moment moment, const char *rule)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(table); i++) {
		bool known = !strcmp(table[i].rule, rule);

		if (!(broken >> i & 1) || (!known && table[i].from > moment))
			continue;
		this_run->finding.detail = details[i];
		return &table[i];
	}
	return NULL;
}

const struct symptom *symptoms_nearest(struct run *run, enum symptom_moment moment,
				       const char *rule)
{
	struct finding_info told = run->finding;

	broken = 0;
	note(rule);
	looking = true;
	look_at_spbs();
	look_at_zones();
	LOOK(oracle_walk(run));
	LOOK(model_run_section(run));
	/* Where runs of pages have no size a walk has no end. */
	if (!is_broken("page-run"))
		LOOK(model_run_full(run));
	looking = false;
	run->finding = told;
	return first_from(moment, rule);
}
