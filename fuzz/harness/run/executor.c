// SPDX-License-Identifier: GPL-2.0-only
/*
 * One program from beginning to end, and calls of the allocator with prediction. What the
 * operations mean is in ops.c, which CPU runs when in sched.c.
 */
#include "fuzz/harness/run/executor.h"

#include <setjmp.h>
#include <string.h>

#include "fuzz/harness/host/access.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/host/budget.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/check/spb/liveness.h"
#include "fuzz/harness/model/model_run.h"
#include "fuzz/harness/run/ops.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/policy.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/refusal/promise.h"
#include "fuzz/harness/race/racedetect.h"
#include "fuzz/harness/report/symptoms.h"
#include "fuzz/harness/stats/reach.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/sched/sched.h"
#include "fuzz/harness/spb/spb_allocator.h"
#include "fuzz/harness/stats/trace.h"
#include "spb/event.h"
#include "spb/gfp.h"

/* --- calls --- */

/* What a call may take: its kind, and how many calls of that kind it stands for. */
struct call_budget {
	enum budget_kind kind;
	unsigned int times;
};

/* Of what a record that builds a state alone calls, the first are compared, then one of many. */
#define COMPARED_FIRST 8
#define COMPARED_EVERY 32

static PROGRAM_STATE unsigned int calls_of_op;

void executor_compare_accesses(const struct run *run)
{
	bool some = !run->concurrent && operation_is(run->op, OPERATION_STATE) &&
		    calls_of_op > COMPARED_FIRST && calls_of_op % COMPARED_EVERY;
	access_state.compare = access_state.detect && !some;
}

static void call_begin(struct call_budget budget, enum spb_rule expect, struct host_call *outer)
{
	calls_of_op++;
	executor_compare_accesses(this_run);
	host_set_budget(budget_steps(budget.kind, budget.times));
	host_call_begin(expect, outer);
	if (budget.kind == BUDGET_REQUEST || budget.kind == BUDGET_FREE)
		host_call_atomic();
}

static struct host_call call_end(struct call_budget budget, const struct host_call *outer)
{
	uint32_t used = host_steps_used();

	budget_note(budget.kind, budget.times, used);
	return host_call_end(outer);
}

static struct call_budget request_budget(uint32_t gfp, unsigned int times)
{
	bool sleeps = gfp & __GFP_DIRECT_RECLAIM;

	return (struct call_budget){ sleeps ? BUDGET_SLEEPING : BUDGET_REQUEST, times };
}

static const struct call_budget free_budget = { BUDGET_FREE, 1 };

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
static void check_nofail(const struct run *run, const struct host_call *call, uint32_t gfp,
			 unsigned int nid, uint32_t nodemask)
{
	uint32_t held;

	if (call->expect != SPB_RULE_NONE)
		return;
	looked(NOFAIL_NULL);
	if (!call->blocked)
		finding("nofail-null", "a __GFP_NOFAIL request failed without being blocked");
	if (run->concurrent)
		return;
	looked(BLOCKED_EARLY);
	held = held_for(run, gfp, nid, nodemask);
	if (held)
		rule_broken(BLOCKED_EARLY,
			    "a __GFP_NOFAIL request is blocked, %u pages that it may use are held",
			    held);
}

static void check_handout(const struct run *run, const struct host_call *call, uint32_t pfn,
			  uint32_t gfp, unsigned int nid, uint32_t nodemask)
{
	looked(WRONG_ZONE);
	if (call->expect != SPB_RULE_NONE)
		finding("bad-call-served", "a call that breaks %s got page %u",
			host_rule_name(call->expect), pfn);
	if (!predict_zone_allowed(run, pfn, gfp, nid, nodemask))
		finding("wrong-zone", "gfp %#x, node %u, nodemask %#x got page %u", gfp, nid,
			nodemask, pfn);
}

static uint32_t call_alloc(struct run *run, uint32_t gfp, unsigned int order, unsigned int nid,
			   uint32_t nodemask)
{
	struct call_budget budget = request_budget(gfp, 1);
	struct host_call outer, call;
	enum spb_rule breaks = predict_alloc(run, gfp, order, nid, nodemask);
	uint32_t pfn;

	model_run_request(run, breaks, ASK_PAGES, gfp, order, nid, nodemask, 0);
	promise_alloc_begin();
	call_begin(budget, breaks, &outer);
	pfn = run->ops->alloc(gfp, order, nid, nodemask);
	call = call_end(budget, &outer);
	if (pfn != NO_PFN)
		check_handout(run, &call, pfn, gfp, nid, nodemask);
	else if (gfp & __GFP_NOFAIL)
		check_nofail(run, &call, gfp, nid, nodemask);
	model_run_request_end(run);
	if (pfn == NO_PFN && call.expect == SPB_RULE_NONE)
		liveness_null(run, gfp, order, nid, nodemask);
	if (pfn == NO_PFN)
		promise_alloc_null(run, gfp, order, nid, nodemask);
	note_result(pfn, order);
	return pfn;
}

uint32_t executor_alloc(struct run *run, uint32_t owner, uint32_t gfp, unsigned int order,
			unsigned int nid, uint32_t nodemask)
{
	uint32_t pfn = call_alloc(run, gfp, order, nid, nodemask);

	if (pfn != NO_PFN)
		owner_take(owner, pfn, order);
	return pfn;
}

uint32_t executor_alloc_raw(struct run *run, uint32_t gfp, unsigned int order, unsigned int nid)
{
	return call_alloc(run, gfp, order, nid, 0);
}

unsigned int executor_bulk(struct run *run, uint32_t gfp, unsigned int nid, unsigned int nr,
			   uint32_t *pfns)
{
	struct call_budget budget = request_budget(gfp, nr);
	struct host_call outer, call;
	enum spb_rule breaks = predict_alloc(run, gfp, 0, nid, 0);
	unsigned int got;

	model_run_request(run, breaks, ASK_BULK, gfp, 0, nid, 0, nr);
	call_begin(budget, breaks, &outer);
	got = run->ops->alloc_bulk(gfp, nid, nr, pfns);
	call = call_end(budget, &outer);
	looked(BULK_COUNT);
	if (got > nr)
		finding("bulk-count", "%u pages of %u", got, nr);
	for (unsigned int i = 0; i < got; i++)
		check_handout(run, &call, pfns[i], gfp, nid, 0);
	if (!got && (gfp & __GFP_NOFAIL))
		check_nofail(run, &call, gfp, nid, 0);
	model_run_request_end(run);
	note_result(got ? pfns[0] : NO_PFN, 0);
	return got;
}

bool executor_caller(struct run *run, enum caller_kind kind, uint32_t nr_pages,
		     unsigned int order, uint32_t gfp, struct extent_list *list)
{
	/* In the worst case each page is asked for alone, after each higher order. */
	struct call_budget budget = request_budget(gfp, 2 * nr_pages);
	struct host_call outer, call;
	enum spb_rule breaks = predict_caller(run, kind, nr_pages, order, gfp);
	bool ok;

	list->nr = 0;
	model_run_request(run, breaks, ASK_KVMALLOC + kind, gfp, order, 0, 0, nr_pages);
	call_begin(budget, breaks, &outer);
	promise_caller_begin(kind, gfp);
	ok = run->ops->alloc_caller(kind, nr_pages, order, gfp, list);
	promise_caller_end(ok);
	call = call_end(budget, &outer);
	/* What it held while it was blocked is given back: only the event can be asked for. */
	if (!ok && (gfp & __GFP_NOFAIL) && call.expect == SPB_RULE_NONE && !call.blocked)
		finding("nofail-null", "a caller's __GFP_NOFAIL request failed unblocked");
	if (ok && call.expect != SPB_RULE_NONE)
		check_handout(run, &call, NO_PFN, gfp, 0, 0);
	for (uint32_t i = 0; ok && i < list->nr; i++)
		check_handout(run, &call, list->pfn[i], gfp, 0, 0);
	model_run_request_end(run);
	note_result(ok && list->nr ? list->pfn[0] : NO_PFN, order);
	return ok;
}

void executor_free_call(struct run *run, uint32_t pfn, unsigned int order, enum spb_rule expect)
{
	struct host_call outer;

	call_begin(free_budget, expect, &outer);
	run->ops->free(pfn, order);
	call_end(free_budget, &outer);
}

void executor_free(struct run *run, uint32_t pfn)
{
	struct extent extent;

	if (owner_drop(pfn, &extent))
		executor_free_call(run, pfn, extent.order, SPB_RULE_NONE);
}

int executor_split_call(struct run *run, uint32_t pfn, unsigned int order,
			unsigned int new_order, enum spb_rule expect)
{
	struct host_call outer, call;
	int error;

	call_begin(free_budget, expect, &outer);
	error = run->ops->split(pfn, order, new_order);
	call = call_end(free_budget, &outer);
	if (!error && call.expect != SPB_RULE_NONE)
		finding("bad-call-served", "a split that breaks %s succeeded",
			host_rule_name(call.expect));
	return error;
}

void executor_free_contig(struct run *run, uint32_t pfn, enum spb_rule expect)
{
	struct host_call outer;

	call_begin(free_budget, expect, &outer);
	run->ops->contig_free(pfn);
	call_end(free_budget, &outer);
}

void executor_isolate(struct run *run, uint32_t pfn, bool on, enum spb_rule expect)
{
	struct host_call outer;

	call_begin(free_budget, expect, &outer);
	run->ops->isolate(pfn, on);
	call_end(free_budget, &outer);
}

uint32_t executor_contig(struct run *run, unsigned int zone)
{
	static const struct call_budget budget = { BUDGET_CONTIG, 1 };
	struct host_call outer;
	uint32_t pfn;

	call_begin(budget, SPB_RULE_NONE, &outer);
	pfn = run->ops->contig(zone);
	call_end(budget, &outer);
	return pfn;
}

void executor_room(struct run *run, enum program_op op, unsigned int zone, unsigned int order,
		   unsigned int arg)
{
	struct call_budget budget = { op == OP_work ? BUDGET_WORK : BUDGET_EVACUATE,
				      op == OP_work ? arg : 1 };
	struct host_call outer;

	/* Workers know themselves what they make room for. */
	model_run_room(run, op == OP_evacuate, order, arg);
	call_begin(budget, SPB_RULE_NONE, &outer);
	if (op == OP_work)
		run->ops->work(arg);
	else if (op == OP_reclaim)
		run->ops->reclaim(zone, 1ul << order);
	else if (op == OP_compact)
		run->ops->compact(zone, order);
	else
		run->ops->evacuate(zone, order, arg);
	call_end(budget, &outer);
	model_run_room_end(run);
}

void executor_look(struct run *run, enum program_op op, unsigned int zone, unsigned int order,
		   unsigned int arg)
{
	struct host_call outer;

	call_begin(free_budget, SPB_RULE_NONE, &outer);
	if (op == OP_drain)
		run->ops->drain(arg);
	else if (op == OP_drain_all)
		run->ops->drain_all();
	else if (op == OP_can_serve)
		run->ops->can_serve(zone, order, arg);
	else
		run->ops->has_free(zone);
	call_end(free_budget, &outer);
}

/* --- a program --- */

void executor_record(struct run *run, unsigned int n, struct program_record *record)
{
	program_record(&run->program, n, record);
	record->cpu = (uint8_t)(record->cpu % run->nr_cpus);
	if (run->mode->record)
		run->mode->record(run, n, record);
}

void executor_op(struct run *run, const struct program_record *record)
{
	run->op = record->op;
	calls_of_op = 0;
	if (!run->measuring)
		reach_op(record->op);
	if (run->watch && !run->measuring)
		run->watch(run, NULL, record);
	op_run(run, record);
	host_check_idle();
}

void executor_interrupt(struct run *run, const struct program_record *record)
{
	struct program_record in_irq = *record;

	in_irq.op = record->irq_op;
	in_irq.gfp &= ~__GFP_DIRECT_RECLAIM;
	run->op = in_irq.op;
	if (run->watch && !run->measuring)
		run->watch(run, NULL, &in_irq);
	if (operation_is(in_irq.op, OPERATION_ATOMIC))
		op_run(run, &in_irq);
	host_check_idle();
}

void executor_after_op(struct run *run)
{
	if (run->options.oracles && !run->measuring)
		oracle_after_op(run);
}

/* Nothing is ever preempted: no fiber is needed, the CPUs take turns on this stack. */
static void run_in_order(struct run *run)
{
	struct program_record record;

	for (unsigned int n = 0; n < run->program.nr_records; n++) {
		executor_record(run, n, &record);
		run->step = n;
		run->cpu = record.cpu;
		host_switch(record.cpu);
		executor_op(run, &record);
		executor_after_op(run);
	}
}

/* The snapshot has the default tunables. */
static void apply_switches(struct run *run)
{
	const uint16_t values[NR_SPB_TUNABLES] = {
#define X(name, value, text) [SPB_TUNABLE_##name] = run->config.tunables.name,
		SPB_TUNABLES(X)
#undef X
	};

	if (!run->program.header.switches && !run->options.policy)
		return;
	for (unsigned int i = 0; i < NR_SPB_TUNABLES; i++)
		run->ops->set_tunable(i, values[i]);
}

static void begin(struct run *run, const struct run_mode *mode)
{
	run->live = false;
	run->state_built = program_first_state(&run->program);
	run->concurrent = false;
	run->mode = mode;
	run->ops = &spb_ops;
	run->queries = &spb_queries;
	run->extra = &spb_oracle;
	run->step = 0;
	run->cpu = 0;
	run->op = OP_nop;
	oracle_forget(run);
	symptoms_begin();
	if (run->program.header.cpus < mode->min_cpus)
		run->program.header.cpus = (uint8_t)mode->min_cpus;
	run->nr_cpus = run->program.header.cpus;
	geometry_config(&run->program.header, &run->config);
	policy_apply(run->options.policy, &run->config.tunables);
	run->arena = arena_get(&run->program.header);
	run->arena->used = true;
	access_state.detect = mode->preempt && run->options.races && access_hooked() &&
			      (rule_is_on(RULE_DATA_RACE) || rule_is_on(RULE_LOCKSET));
	if (access_state.detect)
		race_begin();
	spb_allocator_begin();
	owner_begin(run->queries->min_pfn(), run->queries->max_pfn(), run->config.block_order);
	predict_begin(run);
	promise_begin();
	ops_begin();
	budget_begin(run);
	apply_switches(run);
	trace_begin();
	reach_run_begin();
	run->live = true;
	if (run->options.oracles)
		oracle_begin(run);
}

static void end(struct run *run, bool scheduled)
{
	if (run->options.oracles)
		oracle_end(run);
	if (run->options.hash_state)
		trace_state(run);
	reach_run_end(scheduled ? sched_points() : 0);
	run->live = false;
	owner_end();
	arena_reset(run->arena, run->options.verify_reset);
}

/* PCT draws from the number of points: the same bytes run once before, without oracles. */
static void measure(struct run *run, const struct run_mode *mode)
{
	const struct run_mode bare = {
		.preempt = mode->preempt, .accesses = mode->accesses,
		.min_cpus = mode->min_cpus, .record = mode->record,
	};

	run->mode = &bare;
	run->live = false;
	run->measuring = true;
	sched_measure(run);
	run->measuring = false;
	owner_end();
	arena_reset(run->arena, false);
	begin(run, mode);
}

static PROGRAM_STATE sigjmp_buf way_out;

static void leave(struct run *run)
{
	run->on_stop = NULL;
	run->live = false;
	reach_run_stopped();
	siglongjmp(way_out, 1);
}

bool run_program(const uint8_t *data, size_t size, const struct run_mode *mode)
{
	struct run *run = this_run;
	bool scheduled;

	run_forget(run);
	sched_abandon();
	if (!program_open(&run->program, data, size))
		return false;
	if (sigsetjmp(way_out, 0))
		return true;
	run->on_stop = leave;
	begin(run, mode);
	scheduled = sched_wanted(run);
	run->needs_hooks = scheduled && sched_counts_accesses(run) && !access_hooked();
	if (run->needs_hooks) {
		run->live = false;
		run->on_stop = NULL;
		return false;
	}
	if (scheduled && run->program.header.sched_mode == SCHED_PCT)
		measure(run, mode);
	if (scheduled)
		sched_run(run);
	else
		run_in_order(run);
	run->concurrent = false;
	host_switch(0);
	end(run, scheduled);
	run->on_stop = NULL;
	return true;
}
