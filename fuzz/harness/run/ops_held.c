// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on what a slot holds as a whole, on a part of it, or beside its owner: contiguous
 * ranges, CMA, one page of an allocation, references of others.
 */
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/run/ops_table.h"
#include "fuzz/harness/sched/sched.h"

/* --- contiguous memory --- */

/* The slot holds what begins there; another CPU may have been faster with the same slot. */
static void hold_whole(struct run *run, const struct program_record *r, uint32_t pfn)
{
	struct page_run held;

	if (pfn == NO_PFN)
		return;
	if (owner_holds(owner_of(r))) {
		executor_free_contig(run, pfn, SPB_RULE_NONE);
		return;
	}
	run->queries->run_at(pfn, &held);
	owner_hold(owner_of(r), pfn, held.pages);
}

void op_contig(struct run *run, const struct program_record *r)
{
	if (!owner_holds(owner_of(r)))
		hold_whole(run, r, executor_contig(run, zone_of(run, r)));
}

void op_contig_free(struct run *run, const struct program_record *r)
{
	uint32_t pfn = owner_release(owner_of(r));

	if (pfn != NO_PFN)
		executor_free_contig(run, pfn, SPB_RULE_NONE);
}

static void free_bad(struct run *run, uint32_t pfn)
{
	enum spb_rule rule = predict_contig_free(run, pfn);

	if (rule == SPB_RULE_NONE || run->concurrent)
		return;
	sched_hold(true);
	executor_free_contig(run, pfn, rule);
	sched_hold(false);
}

void op_contig_bad(struct run *run, const struct program_record *r)
{
	free_bad(run, page_of(run, r));
}

static uint32_t pages_of(const struct run *run, const struct program_record *r)
{
	return (r->extra + 1u) << order_of(run, r);
}

void op_range(struct run *run, const struct program_record *r)
{
	if (!owner_holds(owner_of(r)))
		hold_whole(run, r, executor_range(run, page_of(run, r), pages_of(run, r), r->gfp));
}

/* A slot that holds a superpageblock gives that back, where there are such. */
void op_range_free(struct run *run, const struct program_record *r)
{
	op_contig_free(run, r);
}

void op_cma(struct run *run, const struct program_record *r)
{
	if (!owner_holds(owner_of(r)))
		hold_whole(run, r, executor_cma(run, pages_of(run, r), order_of(run, r)));
}

void op_cma_free(struct run *run, const struct program_record *r)
{
	op_contig_free(run, r);
}

/* --- a page of what a slot holds --- */

static bool page_of_slot(const struct program_record *r, uint32_t *pfn, struct extent *extent)
{
	if (!owner_newest(owner_of(r), extent))
		return false;
	*pfn = extent->pfn + r->arg % (1u << extent->order);
	return true;
}

static void isolate_slot(struct run *run, const struct program_record *r, bool on)
{
	struct extent extent;
	uint32_t pfn;

	if (page_of_slot(r, &pfn, &extent))
		executor_isolate(run, pfn, on, predict_isolate(run, pfn, on));
}

void op_isolate_slot(struct run *run, const struct program_record *r)
{
	isolate_slot(run, r, true);
}

void op_unisolate_slot(struct run *run, const struct program_record *r)
{
	isolate_slot(run, r, false);
}

void op_free_inside(struct run *run, const struct program_record *r)
{
	struct extent extent;
	uint32_t pfn;

	if (page_of_slot(r, &pfn, &extent) && pfn != extent.pfn)
		op_free_any(run, pfn, r->order);
}

void op_contig_bad_slot(struct run *run, const struct program_record *r)
{
	struct extent extent;
	uint32_t pfn;

	if (page_of_slot(r, &pfn, &extent))
		free_bad(run, pfn);
}

/* Halves are kept until what is left is the part: as who asks for too much, and splits, does. */
void op_free_part(struct run *run, const struct program_record *r)
{
	struct extent extent;
	uint32_t part;

	if (!page_of_slot(r, &part, &extent) || extent.order <= r->order)
		return;
	owner_drop(extent.pfn, &extent);
	while (extent.order > r->order) {
		unsigned int half = extent.order - 1u;
		uint32_t upper = extent.pfn + (1u << half), kept = upper;

		if (executor_split_call(run, extent.pfn, extent.order, half, SPB_RULE_NONE)) {
			owner_take(owner_of(r), extent.pfn, extent.order);
			return;
		}
		if (part >= upper) {
			kept = extent.pfn;
			extent.pfn = upper;
		}
		extent.order = (uint8_t)half;
		owner_take(owner_of(r), kept, half);
	}
	executor_free_call(run, extent.pfn, extent.order, SPB_RULE_NONE);
}

/* --- references --- */

/*
 * Whoever looks is there before others take turns, and none does until the reference is there:
 * who comes later must not meet a free.
 */
void op_hold(struct run *run, const struct program_record *r)
{
	struct extent extent;

	sched_hold(true);
	if (!run->concurrent && owner_newest(owner_of(r), &extent))
		executor_hold(run, owner_of(r), extent.pfn);
	sched_hold(false);
}

void op_unhold(struct run *run, const struct program_record *r)
{
	executor_hold(run, owner_of(r), NO_PFN);
}
