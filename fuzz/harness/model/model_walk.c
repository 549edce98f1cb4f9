// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a walk over the tainted lists answers: see model.h. Other CPUs go on meanwhile, so
 * the answer is right if it was right at any moment of the call when nobody was inside a
 * section under the lock:
 *
 *   walk      ├──────────────────────────┤ no
 *   section        ├──┤       ├────┤
 *   has free  yes     ▲ yes        ▲ yes      (never "no": the answer is wrong)
 */
#include "fuzz/harness/model/model_state.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/program/state.h"

/**
 * struct walk - one under way
 * @order: below which a buddy counts, or NO_ORDER: any free page does
 * @was: what would have been right so far, false and true
 */
struct walk {
	bool active;
	uint8_t zone, order, mt;
	bool was[2];
};

static PROGRAM_STATE struct walk walks[2 * PROGRAM_CPUS];
static PROGRAM_STATE unsigned int nr_active;

void model_walk_reset(void)
{
	for (unsigned int i = 0; i < 2 * PROGRAM_CPUS; i++)
		walks[i].active = false;
	nr_active = 0;
}

static void look(struct walk *walk)
{
	bool block;

	if (walk->order == NO_ORDER)
		walk->was[tainted_evidence(walk->zone, &block)] = true;
	else
		walk->was[can_serve_smaller(walk->zone, walk->order, walk->mt)] = true;
}

void model_walk_begin(unsigned int zone, bool below_order, unsigned int order, unsigned int mt)
{
	struct walk *walk = &walks[model.now];

	if (!model.on)
		return;
	*walk = (struct walk){
		.active = true, .zone = (uint8_t)zone, .mt = (uint8_t)mt,
		.order = below_order ? (uint8_t)order : NO_ORDER,
	};
	nr_active++;
	look(walk);
}

void model_walk_section(void)
{
	for (unsigned int i = 0; nr_active && i < 2 * PROGRAM_CPUS; i++)
		if (walks[i].active)
			look(&walks[i]);
}

void model_walk_end(bool answer)
{
	struct walk *walk = &walks[model.now];

	if (!walk->active)
		return;
	look(walk);
	walk->active = false;
	nr_active--;
	model_check(WALK_ANSWER, walk->was[answer], "%s of zone %u says %s, and that was never so",
		    walk->order == NO_ORDER ? "the walk for a free page" :
					      "the walk for a smaller request",
		    walk->zone, answer ? "yes" : "no");
}
