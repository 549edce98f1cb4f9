// SPDX-License-Identifier: GPL-2.0-only
/* Calls that hand out pages, and what is checked of what they get. */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/run/call.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/text/said.h"
#include "spb/event.h"
#include "spb/gfp.h"

static struct call_budget request_budget(uint32_t gfp, unsigned int times)
{
	bool sleeps = gfp & __GFP_DIRECT_RECLAIM;

	return (struct call_budget){ sleeps ? BUDGET_SLEEPING : BUDGET_REQUEST, times };
}

static void note_result(uint32_t pfn, unsigned int order)
{
	const struct spb_event event = {
		.type = SPB_EV_TRACE_RESULT,
		.order = (uint8_t)order,
		.spb = SPB_NO_SPB,
		.pfn = pfn,
		.arg = this_run->step,
	};

	shim_event(&event);
}

/* Pages that the program holds where a request with these limits could use them. */
static uint32_t held_for(const struct run *run, uint32_t gfp, unsigned int nid, uint32_t nodemask)
{
	uint32_t held = 0;

	for (uint32_t pfn = run->queries->min_pfn(); pfn < run->queries->max_pfn(); pfn++)
		if ((owner_in_use(pfn) || owner_holds_at(pfn)) &&
		    predict_zone_allowed(run, pfn, gfp, nid, nodemask))
			held++;
	return held;
}

/* NULL is an answer to NOFAIL only when nothing is left that anybody could let go. */
static void check_nofail(const struct run *run, const struct call *call,
			 const struct host_call *told)
{
	uint32_t held;

	if (call->breaks != SPB_RULE_NONE)
		return;
	looked(NOFAIL_NULL);
	if (!told->blocked)
		finding("nofail-null", "a __GFP_NOFAIL request failed without being blocked");
	if (run->concurrent)
		return;
	looked(BLOCKED_EARLY);
	held = held_for(run, call->gfp, call->nid, call->nodemask);
	if (held)
		rule_broken(BLOCKED_EARLY,
			    "a __GFP_NOFAIL request is blocked, %u pages that it may use are held",
			    held);
}

static void check_handout(const struct run *run, const struct call *call, uint32_t pfn)
{
	uint32_t nodes = allocator.nodes ? allocator.nodes(call->gfp, call->nodemask) :
					   call->nodemask;

	looked(WRONG_ZONE);
	if (call->breaks != SPB_RULE_NONE)
		finding("bad-call-served", "a call that breaks %s got page %u",
			host_rule_name(call->breaks), pfn);
	if (!predict_zone_allowed(run, pfn, call->gfp, call->nid, nodes))
		finding("wrong-zone", "gfp %s, node %u, nodemask %#x got page %u",
			said_gfp(call->gfp), call->nid, call->nodemask, pfn);
}

uint32_t executor_alloc_raw(struct run *run, uint32_t gfp, unsigned int order, unsigned int nid,
			    uint32_t nodemask)
{
	struct call_budget budget = request_budget(gfp, 1);
	struct call call = {
		.kind = CALL_alloc, .breaks = predict_alloc(run, gfp, order, nid, nodemask),
		.gfp = gfp, .order = order, .nid = nid, .nodemask = nodemask, .pfn = NO_PFN,
	};
	struct host_call outer, told;

	call_begins(run, &call, budget, &outer);
	call.pfn = run->ops->alloc(gfp, order, nid, nodemask);
	told = call_returns(budget, &outer);
	call.got = &call.pfn;
	call.nr_got = call.pfn != NO_PFN;
	if (call.pfn != NO_PFN)
		check_handout(run, &call, call.pfn);
	else if (gfp & __GFP_NOFAIL)
		check_nofail(run, &call, &told);
	call_ends(run, &call);
	note_result(call.pfn, order);
	return call.pfn;
}

uint32_t executor_alloc(struct run *run, uint32_t owner, uint32_t gfp, unsigned int order,
			unsigned int nid, uint32_t nodemask)
{
	uint32_t pfn = executor_alloc_raw(run, gfp, order, nid, nodemask);

	if (pfn != NO_PFN)
		owner_take(owner, pfn, order);
	return pfn;
}

unsigned int executor_bulk(struct run *run, uint32_t gfp, unsigned int nid, unsigned int nr,
			   uint32_t *pfns)
{
	struct call_budget budget = request_budget(gfp, nr);
	struct call call = {
		.kind = CALL_bulk, .breaks = predict_alloc(run, gfp, 0, nid, 0),
		.gfp = gfp, .nid = nid, .nr = nr, .pfn = NO_PFN,
	};
	struct host_call outer, told;
	unsigned int got;

	if (call_is_missing(run, run->ops->alloc_bulk))
		return 0;
	call_begins(run, &call, budget, &outer);
	got = run->ops->alloc_bulk(gfp, nid, nr, pfns);
	told = call_returns(budget, &outer);
	looked(BULK_COUNT);
	if (got > nr)
		finding("bulk-count", "%u pages of %u", got, nr);
	call.got = pfns;
	call.nr_got = got;
	for (unsigned int i = 0; i < got; i++)
		check_handout(run, &call, pfns[i]);
	if (!got && (gfp & __GFP_NOFAIL))
		check_nofail(run, &call, &told);
	if (got)
		call.pfn = pfns[0];
	call_ends(run, &call);
	note_result(call.pfn, 0);
	return got;
}

bool executor_caller(struct run *run, enum caller_kind kind, uint32_t nr_pages,
		     unsigned int order, uint32_t gfp, struct extent_list *list)
{
	/* In the worst case each page is asked for alone, after each higher order. */
	struct call_budget budget = request_budget(gfp, 2 * nr_pages);
	struct call call = {
		.kind = CALL_caller, .breaks = predict_caller(run, kind, nr_pages, order, gfp),
		.gfp = gfp, .order = order, .nr = nr_pages, .caller = kind, .pfn = NO_PFN,
	};
	struct host_call outer, told;

	list->nr = 0;
	if (call_is_missing(run, run->ops->alloc_caller))
		return false;
	call_begins(run, &call, budget, &outer);
	call.answer = run->ops->alloc_caller(kind, nr_pages, order, gfp, list);
	told = call_returns(budget, &outer);
	/* What it held while it was blocked is given back: only the event can be asked for. */
	if (!call.answer && (gfp & __GFP_NOFAIL) && call.breaks == SPB_RULE_NONE && !told.blocked)
		finding("nofail-null", "a caller's __GFP_NOFAIL request failed unblocked");
	if (call.answer && call.breaks != SPB_RULE_NONE)
		check_handout(run, &call, NO_PFN);
	for (uint32_t i = 0; call.answer && i < list->nr; i++)
		check_handout(run, &call, list->pfn[i]);
	if (call.answer && list->nr)
		call.pfn = list->pfn[0];
	call.got = list->pfn;
	call.orders = list->order;
	call.nr_got = call.answer ? list->nr : 0;
	call_ends(run, &call);
	note_result(call.pfn, order);
	return call.answer;
}

static const struct call_budget contig_budget = { BUDGET_CONTIG, 1 };

uint32_t executor_contig(struct run *run, unsigned int zone)
{
	struct call call = { .kind = CALL_contig, .zone = zone, .pfn = NO_PFN };
	struct host_call outer;

	if (call_is_missing(run, run->ops->contig))
		return NO_PFN;
	call_begins(run, &call, contig_budget, &outer);
	call.pfn = run->ops->contig(zone);
	call_returns(contig_budget, &outer);
	call_ends(run, &call);
	return call.pfn;
}

uint32_t executor_range(struct run *run, uint32_t pfn, uint32_t pages, uint32_t gfp)
{
	struct call call = { .kind = CALL_range, .gfp = gfp, .nr = pages, .pfn = NO_PFN };
	struct host_call outer;

	if (call_is_missing(run, run->ops->range))
		return NO_PFN;
	call_begins(run, &call, contig_budget, &outer);
	call.pfn = run->ops->range(pfn, pages, gfp);
	call_returns(contig_budget, &outer);
	call_ends(run, &call);
	return call.pfn;
}

uint32_t executor_cma(struct run *run, uint32_t pages, unsigned int align_order)
{
	struct call call = { .kind = CALL_range, .nr = pages, .order = align_order, .pfn = NO_PFN };
	struct host_call outer;

	if (call_is_missing(run, run->ops->cma))
		return NO_PFN;
	call_begins(run, &call, contig_budget, &outer);
	call.pfn = run->ops->cma(pages, align_order);
	call_returns(contig_budget, &outer);
	call_ends(run, &call);
	return call.pfn;
}
