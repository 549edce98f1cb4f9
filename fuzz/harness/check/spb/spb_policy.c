// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy that shows in single events. zone->lock is held: the state is that of right now.
 */
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/text/said.h"
#include "spb/alloc.h"

#define NO_BLOCK SPB_NO_PFN

static u16 reserve_of(const struct superpageblock *sb)
{
	const struct spb_tunables *tunables = &this_core()->tunables;

	/* A divisor of 0 is the allocator's to report. */
	return max_t(u16, tunables->reserve_min,
		     sb->total_pageblocks / max_t(u16, tunables->reserve_divisor, 1));
}

static bool is_nonmovable(unsigned int mt)
{
	return mt != MIGRATE_MOVABLE && mt != MIGRATE_CMA;
}

/* Which category the step must have found the superpageblock in: 1 tainted, 0 not, -1 any. */
static int category_of_step(enum spb_step step, unsigned int mt)
{
	switch (step) {
	case SPB_STEP_CLAIM_WHOLE:
	case SPB_STEP_CLAIM_PART:
	case SPB_STEP_BORROW_OTHER:
	case SPB_STEP_BORROW_MOVABLE:
	case SPB_STEP_HIGHATOMIC:
	case SPB_STEP_OTHER:
		return 1;
	case SPB_STEP_EMPTY:
		return 0;
	case SPB_STEP_OWN:
		return mt != MIGRATE_MOVABLE;
	default:
		return -1;
	}
}

static enum rule_id rule_of_step(enum spb_step step)
{
	switch (step) {
	case SPB_STEP_CLAIM_WHOLE:
	case SPB_STEP_CLAIM_PART:
		return RULE_CLAIM_CLEAN;
	case SPB_STEP_BORROW_OTHER:
	case SPB_STEP_BORROW_MOVABLE:
		return RULE_BORROW_CLEAN;
	default:
		return RULE_STEP_CATEGORY;
	}
}

static void check_step(const struct superpageblock *sb, const struct spb_event *event,
		       bool was_tainted)
{
	int wanted = category_of_step((enum spb_step)event->step, event->mt);
	enum rule_id rule = rule_of_step((enum spb_step)event->step);

	if (unlikely(sb->contig_allocated && event->step != SPB_STEP_CONTIG))
		spb_rule_broken(sb, CONTIG_STEERED, "page %u was allocated, it is held as a whole",
				event->pfn);
	if (!policy_on(sb->zone) || wanted < 0)
		return;
	looked(STEP_CATEGORY);
	if (event->step == SPB_STEP_CLAIM_WHOLE || event->step == SPB_STEP_CLAIM_PART)
		looked(CLAIM_CLEAN);
	if (unlikely(was_tainted != wanted) && rule_is_on(rule))
		spb_finding(sb, rules[rule].name,
			    "page %u of type %s served by step %s, it was %stainted", event->pfn,
			    said_type(event->mt), said_step(event->step),
			    was_tainted ? "" : "not ");
}

/* Free pageblocks after the allocation, wherever in it the event comes. */
static void check_reserve(const struct superpageblock *sb, const struct spb_event *event,
			  bool was_tainted)
{
	u32 left = sb->nr_free;

	if (!was_tainted || event->mt != MIGRATE_MOVABLE || !policy_on(sb->zone) ||
	    event->step == SPB_STEP_EVACUATION)
		return;
	looked(RESERVE);
	for (u32 pfn = event->pfn, end = pfn + BIT(event->order); pfn < end;
	     pfn += pageblock_nr_pages)
		left -= (block_of(pfn)->flags & PB_all_free) != 0;
	if (unlikely(left < reserve_of(sb)))
		spb_rule_broken(sb, RESERVE, "a movable request leaves %u free pageblocks of %u",
				left, reserve_of(sb));
}

static u32 block_index(u32 pfn)
{
	return (pfn - this_core()->min_pfn) >> pageblock_order;
}

static void note_borrow(struct spb_oracle_state *state, const struct superpageblock *sb,
			const struct spb_event *event)
{
	u32 label = block_of(event->pfn)->flags & PB_LABEL_MASK;
	bool other = event->step == SPB_STEP_BORROW_OTHER;
	u32 source = MIGRATE_MOVABLE;

	if (!other && event->step != SPB_STEP_BORROW_MOVABLE)
		return;
	looked(BORROW_CLEAN);
	if (other)
		source = event->mt == MIGRATE_UNMOVABLE ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
	if (unlikely(label != source) && rule_is_on(RULE_BORROW_LABEL)) {
		finding_detail("source");
		spb_finding(sb, "borrow-label", "page %u borrowed from type %s has label %s",
			    event->pfn, said_type(source), said_type(label));
	}
	state->borrowed_block = block_index(event->pfn);
	state->borrowed_from = source;
	state->borrower = event->mt;
}

static bool step_relabels(unsigned int step)
{
	return step == SPB_STEP_CLAIM_WHOLE || step == SPB_STEP_CLAIM_PART ||
	       step == SPB_STEP_CLAIM || step == SPB_STEP_EMPTY;
}

void spb_check_suspect(const struct spb_oracle_state *state)
{
	if (unlikely(state->suspect))
		rule_broken(BORROW_LABEL,
			    "the pageblock of a borrowed page got the label %s of the request",
			    said_type(state->borrower));
}

void spb_on_alloc(struct spb_oracle_state *state, const struct superpageblock *sb,
		     const struct spb_event *event)
{
	bool was_tainted = state->tainted[event->spb];

	check_step(sb, event, was_tainted);
	if (!state->tuned)
		check_reserve(sb, event, was_tainted);
	/* A label that changed after a borrow is fine when a claim did that for itself. */
	if (!step_relabels(event->step))
		spb_check_suspect(state);
	state->suspect = false;
	state->borrowed_block = NO_BLOCK;
	note_borrow(state, sb, event);
	if (is_nonmovable(event->mt))
		state->tainted[event->spb] = true;
}

/* Is any page of the pageblock, taken off the lists for the change or not, in use? */
static bool block_in_use(u32 pfn)
{
	u32 start = pfn & ~(pageblock_nr_pages - 1);

	for (u32 at = start; at < start + pageblock_nr_pages; at++)
		if (pfn_to_page(at)->flags & (PG_head | PG_pcp | PG_reserved))
			return true;
	for (unsigned int order = pageblock_order + 1; order <= max_page_order; order++) {
		u32 head = start & ~(BIT(order) - 1);

		if (head >= this_core()->min_pfn && (pfn_to_page(head)->flags & PG_head) &&
		    page_order(pfn_to_page(head)) >= order)
			return true;
	}
	return false;
}

void spb_on_relabel(struct spb_oracle_state *state, const struct superpageblock *sb,
		       const struct spb_event *event)
{
	bool cross = event->mt != event->arg && event->mt < MIGRATE_PCPTYPES &&
		     event->arg < MIGRATE_PCPTYPES && event->mt != MIGRATE_MOVABLE &&
		     event->arg != MIGRATE_MOVABLE;

	if (cross)
		looked(CROSS_RELABEL);
	if (unlikely(cross && block_in_use(event->pfn)))
		spb_rule_broken(sb, CROSS_RELABEL,
				"the pageblock of %u, in use, went from type %s to %s", event->pfn,
				said_type(event->arg), said_type(event->mt));
	/*
	 * A free pageblock takes its label from those that it merges with; one that was reserved
	 * meanwhile gets that of whoever breaks the reserve.
	 */
	if (block_index(event->pfn) == state->borrowed_block && event->mt == state->borrower &&
	    event->arg == state->borrowed_from && !(block_of(event->pfn)->flags & PB_all_free))
		state->suspect = true;
}
