// SPDX-License-Identifier: GPL-2.0-only
/* Policies to compare, and what may differ between them: see policy.h. */
#include "fuzz/harness/program/policy.h"

#include <stddef.h>

#include "fuzz/harness/program/program.h"

#define PIN(name, to) { SPB_TUNABLE_##name, (to) }

const struct policy policies[] = {
	{ "refusal-off", "no refusal for a smaller retry", POLICY_RELAX, 1,
	  { PIN(lower_order_refusal, 0) } },
	{ "all-zones", "the refusal asks every eligible zone", POLICY_RELAX, 1,
	  { PIN(relax_all_zones, 1) } },
	{ "keeps-one", "refuse only when a smaller retry is certain", POLICY_RELAX, 1,
	  { PIN(refusal_keeps_promise, 1) } },
	{ "keeps-all", "refuse only when all of it can be had in smaller orders", POLICY_RELAX, 1,
	  { PIN(refusal_keeps_promise, 2) } },
	{ "reserve-none", "no tainted reserve", POLICY_RESERVE, 2,
	  { PIN(reserve_min, 0), PIN(reserve_divisor, 65535) } },
	{ "reserve-large", "a tainted reserve of 8 pageblocks and at least half", POLICY_RESERVE, 2,
	  { PIN(reserve_min, 8), PIN(reserve_divisor, 2) } },
	{ "kvmalloc-noretry", "kvmalloc's one block: NORETRY, with direct reclaim",
	  POLICY_KVMALLOC, 1, { PIN(kvmalloc_noretry, 1) } },
};

const unsigned int nr_policies = sizeof(policies) / sizeof(policies[0]);

void policy_apply(const struct policy *policy, struct spb_tunables *tunables)
{
	uint16_t *const at[NR_SPB_TUNABLES] = {
#define X(name, value, text) [SPB_TUNABLE_##name] = &tunables->name,
		SPB_TUNABLES(X)
#undef X
	};

	for (unsigned int i = 0; policy && i < policy->nr_pins; i++)
		*at[policy->pins[i].tunable] = policy->pins[i].value;
}

bool policy_pins(const struct policy *policy, unsigned int tunable)
{
	for (unsigned int i = 0; policy && i < policy->nr_pins; i++)
		if (policy->pins[i].tunable == tunable)
			return true;
	return false;
}

bool policy_same_event(const struct spb_event *a, const struct spb_event *b)
{
	return a->type == b->type && a->step == b->step && a->zone == b->zone &&
	       a->order == b->order && a->mt == b->mt && a->spb == b->spb && a->pfn == b->pfn &&
	       a->arg == b->arg && a->arg2 == b->arg2 && a->gfp == b->gfp;
}

/* The same request at the same point of the relax sequence, and one refuses it. */
static bool decide_apart(const struct spb_event *a, const struct spb_event *b)
{
	return a->type == SPB_EV_RELAX && b->type == SPB_EV_RELAX && a->zone == b->zone &&
	       a->order == b->order && a->mt == b->mt && a->gfp == b->gfp && a->arg2 == b->arg2 &&
	       (a->arg == SPB_RELAX_SMALLER) != (b->arg == SPB_RELAX_SMALLER);
}

bool policy_explains(const struct policy *policy, const struct policy_step *usual,
		     const struct policy_step *other, bool tainted)
{
	/* The program sets the tunable itself, which is pinned in the other run. */
	if (usual && usual->event.type == SPB_EV_TUNABLE)
		return policy_pins(policy, usual->event.arg);
	switch (policy->relation) {
	case POLICY_RELAX:
		return usual && other && decide_apart(&usual->event, &other->event);
	case POLICY_RESERVE:
		return tainted;
	case POLICY_KVMALLOC:
		return usual && other && usual->op == OP_kvmalloc && other->op == OP_kvmalloc;
	}
	return false;
}
