// SPDX-License-Identifier: GPL-2.0-only
/* Calls that make room or look for it, the allocator's switches and clock. */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/run/call.h"
#include "fuzz/harness/run/executor.h"

/* Does the allocator have what a call of this kind wants? */
static bool has(const struct allocator_ops *ops, enum call_kind kind)
{
	switch (kind) {
	case CALL_reclaim:
		return ops->reclaim;
	case CALL_compact:
		return ops->compact;
	case CALL_evacuate:
		return ops->evacuate;
	case CALL_work:
		return ops->work;
	case CALL_kswapd:
		return ops->kswapd;
	case CALL_kcompactd:
		return ops->kcompactd;
	case CALL_drain:
		return ops->drain;
	case CALL_drain_all:
		return ops->drain_all;
	case CALL_can_serve:
		return ops->can_serve;
	case CALL_has_free:
		return ops->has_free;
	default:
		return false;
	}
}

void executor_room(struct run *run, enum call_kind kind, unsigned int zone, unsigned int order,
		   unsigned int arg)
{
	bool work = kind == CALL_work;
	struct call_budget budget = { work ? BUDGET_WORK : BUDGET_EVACUATE, work ? arg : 1 };
	struct call call = { .kind = kind, .zone = zone, .order = order, .type = arg };
	struct host_call outer;

	if (call_is_missing(run, has(run->ops, kind)))
		return;
	if (work)
		call.nr = arg;
	call_begins(run, &call, budget, &outer);
	if (work)
		call.nr_got = run->ops->work(arg);
	else if (kind == CALL_reclaim)
		run->ops->reclaim(zone, 1ul << order);
	else if (kind == CALL_compact)
		run->ops->compact(zone, order);
	else if (kind == CALL_kswapd)
		run->ops->kswapd(zone, order);
	else if (kind == CALL_kcompactd)
		run->ops->kcompactd(zone, order);
	else
		run->ops->evacuate(zone, order, arg);
	call_returns(budget, &outer);
	call_ends(run, &call);
}

void executor_look(struct run *run, enum call_kind kind, unsigned int zone, unsigned int order,
		   unsigned int arg)
{
	struct call call = { .kind = kind, .zone = zone, .order = order, .type = arg };
	struct host_call outer;

	if (call_is_missing(run, has(run->ops, kind)))
		return;
	call_begins(run, &call, call_free_budget, &outer);
	if (kind == CALL_drain)
		run->ops->drain(arg);
	else if (kind == CALL_drain_all)
		run->ops->drain_all();
	else if (kind == CALL_can_serve)
		call.answer = run->ops->can_serve(zone, order, arg);
	else
		call.answer = run->ops->has_free(zone);
	call_returns(call_free_budget, &outer);
	call_ends(run, &call);
}

void executor_tunable(struct run *run, unsigned int tunable, uint16_t value)
{
	const struct call call = { .kind = CALL_tunable };

	if (call_is_missing(run, run->ops->set_tunable))
		return;
	observe_call_begin(run, &call);
	run->ops->set_tunable(tunable, value);
	observe_call_end(run, &call);
}

void executor_nodes(struct run *run, uint32_t nodes, enum nodes_when when)
{
	const struct call call = { .kind = CALL_nodes, .nodemask = nodes };

	if (call_is_missing(run, run->ops->nodes))
		return;
	observe_call_begin(run, &call);
	run->ops->nodes(nodes, when);
	observe_call_end(run, &call);
}

void executor_time(struct run *run, uint32_t ticks)
{
	const struct call call = { .kind = CALL_time, .nr = ticks };

	if (call_is_missing(run, run->ops->advance_time))
		return;
	observe_call_begin(run, &call);
	run->ops->advance_time(ticks);
	observe_call_end(run, &call);
}

unsigned long executor_out_of_memory(struct run *run)
{
	uint32_t victim = owner_to_kill(), held;
	unsigned long freed;
	struct extent extent;

	if (!victim)
		return 0;
	freed = owner_pages_of(victim);
	while (owner_newest(victim, &extent))
		executor_free(run, extent.pfn);
	held = owner_release(victim);
	if (held != NO_PFN)
		executor_free_contig(run, held, SPB_RULE_NONE);
	return freed;
}
