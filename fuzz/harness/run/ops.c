// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each operation of program.h does.
 *
 * A slot is a chain of extents: an allocation into a slot in use is added to what it holds.
 * Orders and nodes are taken modulo one more than the geometry's largest, so that the first
 * one too large can be asked for.
 */
#include "fuzz/harness/run/ops_table.h"

#include <string.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/policy.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/sched/sched.h"

/* What each slot gave back last. */
static PROGRAM_STATE struct extent last_freed[PROGRAM_SLOTS];

void ops_begin(void)
{
	for (unsigned int i = 0; i < PROGRAM_SLOTS; i++)
		last_freed[i].pfn = NO_PFN;
}

/* --- allocation --- */

static void op_alloc(struct run *run, const struct program_record *r)
{
	unsigned int order = order_of(run, r), nid = node_of(run, r);

	executor_alloc(run, owner_of(r), r->gfp, order, nid, 0);
}

static void op_alloc_mask(struct run *run, const struct program_record *r)
{
	unsigned int nid = r->node % (run->config.nr_nodes + 1u);

	executor_alloc(run, owner_of(r), r->gfp, order_of(run, r), nid, r->arg % 16u);
}

static void op_bulk(struct run *run, const struct program_record *r)
{
	uint32_t pfns[16];
	unsigned int got = executor_bulk(run, r->gfp, node_of(run, r), small_count_of(r), pfns);

	for (unsigned int i = 0; i < got; i++)
		owner_take(1u + (r->slot + i) % PROGRAM_SLOTS, pfns[i], 0);
}

static void caller(struct run *run, const struct program_record *r, enum caller_kind kind)
{
	struct extent_list list;

	if (!executor_caller(run, kind, r->arg % 64u + 1, good_order_of(run, r), r->gfp, &list))
		return;
	for (uint32_t i = 0; i < list.nr; i++)
		owner_take(owner_of(r), list.pfn[i], list.order[i]);
}

static void op_kvmalloc(struct run *run, const struct program_record *r)
{
	caller(run, r, CALLER_KVMALLOC);
}

static void op_vmalloc(struct run *run, const struct program_record *r)
{
	caller(run, r, CALLER_VMALLOC);
}

static void op_skb(struct run *run, const struct program_record *r)
{
	caller(run, r, CALLER_SKB);
}

static void op_fill(struct run *run, const struct program_record *r)
{
	unsigned int times = r->arg % 512u + 1;

	while (times-- && executor_alloc(run, 0, r->gfp, order_of(run, r), node_of(run, r), 0) !=
				  NO_PFN)
		;
}

/* --- free --- */

static void free_slot(struct run *run, unsigned int slot)
{
	struct extent extent;

	while (owner_newest(1u + slot, &extent)) {
		last_freed[slot] = extent;
		executor_free(run, extent.pfn);
	}
}

static void op_free(struct run *run, const struct program_record *r)
{
	free_slot(run, r->slot);
}

static void op_free_step(struct run *run, const struct program_record *r)
{
	for (unsigned int slot = r->slot; slot < PROGRAM_SLOTS; slot += small_count_of(r))
		free_slot(run, slot);
}

/* Wrong whatever other operations do meanwhile: there is no such page. */
static bool is_always_wrong(enum spb_rule rule)
{
	return rule == SPB_RULE_FREE_PFN || rule == SPB_RULE_FREE_RESERVED;
}

/*
 * Any free. While another operation is under way, pages may be about to be handed out, or
 * their content to move: a wrong free of one that exists may then be a right one of what
 * somebody else holds, so it is left out. For the same reason nothing comes between what
 * was predicted and the call.
 */
void op_free_any(struct run *run, uint32_t pfn, unsigned int order)
{
	enum spb_rule rule = predict_free(run, pfn, order);

	if (rule == SPB_RULE_NONE) {
		executor_free(run, pfn);
		return;
	}
	if (run->concurrent && !is_always_wrong(rule))
		return;
	sched_hold(true);
	executor_free_call(run, pfn, order, rule);
	sched_hold(false);
}

static void op_free_order(struct run *run, const struct program_record *r)
{
	struct extent extent;

	if (owner_newest(owner_of(r), &extent))
		op_free_any(run, extent.pfn, r->order);
}

static void op_free_pfn(struct run *run, const struct program_record *r)
{
	op_free_any(run, page_of(run, r), r->order);
}

static void op_free_again(struct run *run, const struct program_record *r)
{
	const struct extent *last = &last_freed[r->slot];

	if (last->pfn != NO_PFN)
		op_free_any(run, last->pfn, last->order);
}

/* Every n-th unnamed allocation, in the order of owners and, within one, of age. */
static void op_thin(struct run *run, const struct program_record *r)
{
	unsigned int step = r->arg % 16u + 2, count = 0;
	struct extent extent, older;

	for (uint32_t owner = OWNER_UNNAMED_FIRST; owner < NR_OWNERS; owner++) {
		bool more = owner_newest(owner, &extent);

		while (more) {
			more = owner_older(extent.pfn, &older);
			if (++count % step == 0)
				executor_free(run, extent.pfn);
			extent = older;
		}
	}
}

/* --- split --- */

static void op_split_free(struct run *run, const struct program_record *r)
{
	struct extent extent;

	while (owner_newest(owner_of(r), &extent) && extent.order > r->order) {
		unsigned int half = extent.order - 1u;
		uint32_t upper = extent.pfn + (1u << half);

		/* Nobody owns it while its size changes, so nobody moves it. */
		owner_drop(extent.pfn, &extent);
		if (executor_split_call(run, extent.pfn, extent.order, half, SPB_RULE_NONE)) {
			owner_take(owner_of(r), extent.pfn, extent.order);
			return;
		}
		owner_take(owner_of(r), extent.pfn, half);
		executor_free_call(run, upper, half, SPB_RULE_NONE);
	}
}

static void op_split_bad(struct run *run, const struct program_record *r)
{
	unsigned int new_order = r->order + (unsigned int)r->extra;
	struct extent extent;

	if (run->concurrent || !owner_newest(owner_of(r), &extent))
		return;
	sched_hold(true);
	executor_split_call(run, extent.pfn, r->order, new_order,
			    predict_split(run, extent.pfn, r->order, new_order));
	sched_hold(false);
}

/* --- making room --- */

static void op_drain(struct run *run, const struct program_record *r)
{
	executor_look(run, CALL_drain, 0, 0, r->arg % run->nr_cpus);
}

static void op_drain_all(struct run *run, const struct program_record *r)
{
	(void)r;
	executor_look(run, CALL_drain_all, 0, 0, 0);
}

static void op_reclaim(struct run *run, const struct program_record *r)
{
	executor_room(run, CALL_reclaim, zone_of(run, r), r->order, 0);
}

static void op_compact(struct run *run, const struct program_record *r)
{
	executor_room(run, CALL_compact, zone_of(run, r), good_order_of(run, r), 0);
}

static void op_evacuate(struct run *run, const struct program_record *r)
{
	executor_room(run, CALL_evacuate, zone_of(run, r), good_order_of(run, r), type_of(r));
}

static void isolate(struct run *run, const struct program_record *r, bool on)
{
	uint32_t pfn = page_of(run, r);

	executor_isolate(run, pfn, on, predict_isolate(run, pfn, on));
}

static void op_isolate(struct run *run, const struct program_record *r)
{
	isolate(run, r, true);
}

static void op_unisolate(struct run *run, const struct program_record *r)
{
	isolate(run, r, false);
}

/* --- the rest --- */

static void op_nop(struct run *run, const struct program_record *r)
{
	(void)run;
	(void)r;
}

/* What the target boot has read before the first operation. */
#define op_boot_zone op_nop
#define op_boot_range op_nop
#define op_boot_set op_nop

static void op_work(struct run *run, const struct program_record *r)
{
	executor_room(run, CALL_work, 0, 0, small_count_of(r));
}

static void op_kswapd(struct run *run, const struct program_record *r)
{
	executor_room(run, CALL_kswapd, node_of(run, r), good_order_of(run, r), 0);
}

static void op_kcompactd(struct run *run, const struct program_record *r)
{
	executor_room(run, CALL_kcompactd, node_of(run, r), good_order_of(run, r), 0);
}

static void op_nodes(struct run *run, const struct program_record *r)
{
	executor_nodes(run, r->arg % 16, (enum nodes_when)(r->arg / 16 % NR_NODES_WHEN));
}

static void op_time(struct run *run, const struct program_record *r)
{
	executor_time(run, r->arg);
}

/* Switches, then numbers, which are small ones; later tunables say for themselves. */
static uint16_t tunable_value(unsigned int tunable, uint16_t arg)
{
	if (tunable == SPB_TUNABLE_refusal_keeps_promise)
		return arg % 3;
	return tunable < SPB_TUNABLE_reserve_min ? arg & 1 : arg % 64;
}

static void op_tunable(struct run *run, const struct program_record *r)
{
	unsigned int tunable = program_tunable(r->slot);

	if (policy_pins(run->options.policy, tunable))
		return;
	executor_tunable(run, tunable, tunable_value(tunable, r->arg));
}

static void op_pin(struct run *run, const struct program_record *r)
{
	(void)run;
	owner_pin(owner_of(r), !(r->order & 1));
}

static void op_can_serve(struct run *run, const struct program_record *r)
{
	executor_look(run, CALL_can_serve, zone_of(run, r), good_order_of(run, r), type_of(r));
}

static void op_has_free(struct run *run, const struct program_record *r)
{
	executor_look(run, CALL_has_free, zone_of(run, r), 0, 0);
}

static void op_age(struct run *run, const struct program_record *r)
{
	executor_age(run, r);
}

static void (*const op_table[NR_OPS])(struct run *run, const struct program_record *r) = {
	[OP_nop] = op_nop,
#define OPERATION(name, first, count, group, fields, aim, flags, meaning) [OP_##name] = op_##name,
#define RESERVED(name, first, count, group, fields, aim, flags, meaning) [OP_##name] = op_nop,
#include "fuzz/harness/program/operations.def"
};

/* All memory may be reserved: then a record can name no zone. */
static bool lacks_zone(const struct run *run, enum program_op op)
{
	return (operation_has(op, FIELD_zone) || operation_has(op, FIELD_age_zone)) &&
	       !run->queries->nr_zones();
}

void op_run(struct run *run, const struct program_record *record)
{
	if (!lacks_zone(run, record->op))
		op_table[record->op](run, record);
}
