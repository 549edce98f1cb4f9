// SPDX-License-Identifier: GPL-2.0-only
/* Calls about pages that are held, or said to be: free, split, isolate, give back. */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/run/call.h"
#include "fuzz/harness/run/executor.h"

void executor_free_call(struct run *run, uint32_t pfn, unsigned int order, enum spb_rule breaks)
{
	const struct call call = {
		.kind = CALL_free, .breaks = breaks, .order = order, .pfn = pfn,
	};
	struct host_call outer;

	call_begins(run, &call, call_free_budget, &outer);
	run->ops->free(pfn, order);
	call_returns(call_free_budget, &outer);
	call_ends(run, &call);
}

void executor_free(struct run *run, uint32_t pfn)
{
	struct extent extent;

	if (owner_drop(pfn, &extent))
		executor_free_call(run, pfn, extent.order, SPB_RULE_NONE);
}

int executor_split_call(struct run *run, uint32_t pfn, unsigned int order,
			unsigned int new_order, enum spb_rule breaks)
{
	const struct call call = {
		.kind = CALL_split, .breaks = breaks, .order = order, .pfn = pfn,
	};
	struct host_call outer;
	int error;

	if (call_is_missing(run, run->ops->split))
		return -1;
	call_begins(run, &call, call_free_budget, &outer);
	error = run->ops->split(pfn, order, new_order);
	call_returns(call_free_budget, &outer);
	if (!error && breaks != SPB_RULE_NONE)
		finding("bad-call-served", "a split that breaks %s succeeded",
			host_rule_name(breaks));
	call_ends(run, &call);
	return error;
}

void executor_free_contig(struct run *run, uint32_t pfn, enum spb_rule breaks)
{
	const struct call call = { .kind = CALL_contig_free, .breaks = breaks, .pfn = pfn };
	struct host_call outer;

	if (call_is_missing(run, run->ops->contig_free))
		return;
	call_begins(run, &call, call_free_budget, &outer);
	run->ops->contig_free(pfn);
	call_returns(call_free_budget, &outer);
	call_ends(run, &call);
}

void executor_hold(struct run *run, uint32_t owner, uint32_t pfn)
{
	const struct call call = { .kind = CALL_hold, .pfn = pfn };
	struct host_call outer;

	if (call_is_missing(run, run->ops->hold && run->ops->unhold))
		return;
	call_begins(run, &call, call_free_budget, &outer);
	if (pfn == NO_PFN)
		run->ops->unhold(owner);
	else
		run->ops->hold(owner, pfn);
	call_returns(call_free_budget, &outer);
	call_ends(run, &call);
}

void executor_isolate(struct run *run, uint32_t pfn, bool on, enum spb_rule breaks)
{
	const struct call call = { .kind = CALL_isolate, .breaks = breaks, .pfn = pfn };
	struct host_call outer;

	if (call_is_missing(run, run->ops->isolate))
		return;
	call_begins(run, &call, call_free_budget, &outer);
	run->ops->isolate(pfn, on);
	call_returns(call_free_budget, &outer);
	call_ends(run, &call);
}
