// SPDX-License-Identifier: GPL-2.0-only
/* What goes around every call: see call.h. */
#include "fuzz/harness/run/call.h"

#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/access.h"

const struct call_budget call_free_budget = { BUDGET_FREE, 1 };

static bool is_observed(const struct run *run, const struct call *call)
{
	return run->told->call_kinds >> call->kind & 1;
}

void call_begins(struct run *run, const struct call *call, struct call_budget budget,
			struct host_call *outer)
{
	if (is_observed(run, call))
		observe_call_begin(run, call);
	run->calls++;
	access_compare(run);
	host_set_budget(budget_steps(budget.kind, budget.times));
	host_call_begin(call->breaks, outer);
	host_call_is(call);
	if (budget.kind == BUDGET_REQUEST || budget.kind == BUDGET_FREE)
		host_call_atomic();
}

struct host_call call_returns(struct call_budget budget, const struct host_call *outer)
{
	uint32_t used = host_steps_used();

	budget_note(budget.kind, budget.times, used);
	return host_call_end(outer);
}

void call_ends(struct run *run, const struct call *call)
{
	if (is_observed(run, call))
		observe_call_end(run, call);
}

bool call_is_missing(const struct run *run, bool there)
{
	if (!there && !run->measuring)
		reach_missing(run->op);
	return !there;
}
