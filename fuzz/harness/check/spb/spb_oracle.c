// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules about superpageblocks: what is checked after each operation, and the policy that
 * shows in single events. Recounting one superpageblock is in spb_recount.c, everything at
 * once in spb_full.c.
 *
 * An operation touched a superpageblock when a line of its head, of its free areas or of
 * its pageblocks is noted in the arena's dirty map.
 */
#include "fuzz/harness/check/oracle.h"

#include <string.h>

#include "fuzz/harness/check/spb/liveness.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "spb/alloc.h"

#define BLOCKS_PER_LINE (SHIM_LINE / sizeof(struct pageblock_data))
#define LINES_PER_SPB ((u32)(sizeof(struct superpageblock) / SHIM_LINE))
#define NO_BLOCK SPB_NO_PFN
/* What of a superpageblock an operation touched. */
#define SPB_TOUCHED BIT(0)        /* its head or lists */
#define SPB_TOUCHED_BLOCKS BIT(1) /* its pageblocks */
#define MAX_BLOCKS_PER_SPB 4095 /* lanes of spb_recount() */

static void begin(struct run *run)
{
	struct spb_oracle_state *state = &run->oracle.spb;
	u32 nr_spbs = this_core()->nr_spbs;

	if (nr_spbs > ORACLE_MAX_SPBS || run->config.pageblocks_per_spb > MAX_BLOCKS_PER_SPB)
		finding("harness", "%u superpageblocks of %u pageblocks", nr_spbs,
			run->config.pageblocks_per_spb);
	memset(state->tainted, 0, nr_spbs);
	memset(state->touched, 0, nr_spbs);
	memset(state->counted, 0, nr_spbs);
	state->borrowed_block = NO_BLOCK;
	state->suspect = false;
	state->tuned = false;
	liveness_begin(run);
}

/* --- events: zone->lock is held, the state is that of right now --- */

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
			    "page %u of type %u served by step %u, it was %stainted", event->pfn,
			    event->mt, event->step, was_tainted ? "" : "not ");
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
		spb_finding(sb, "borrow-label", "page %u borrowed from type %u has label %u",
			    event->pfn, source, label);
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

static void check_suspect(const struct spb_oracle_state *state)
{
	if (unlikely(state->suspect))
		rule_broken(BORROW_LABEL,
			    "the pageblock of a borrowed page got the label %u of the "
			    "request",
			    state->borrower);
}

static void on_alloc(struct spb_oracle_state *state, const struct superpageblock *sb,
		     const struct spb_event *event)
{
	bool was_tainted = state->tainted[event->spb];

	check_step(sb, event, was_tainted);
	if (!state->tuned)
		check_reserve(sb, event, was_tainted);
	/* A label that changed after a borrow is fine when a claim did that for itself. */
	if (!step_relabels(event->step))
		check_suspect(state);
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

static void on_relabel(struct spb_oracle_state *state, const struct superpageblock *sb,
		       const struct spb_event *event)
{
	bool cross = event->mt != event->arg && event->mt < MIGRATE_PCPTYPES &&
		     event->arg < MIGRATE_PCPTYPES && event->mt != MIGRATE_MOVABLE &&
		     event->arg != MIGRATE_MOVABLE;

	if (cross)
		looked(CROSS_RELABEL);
	if (unlikely(cross && block_in_use(event->pfn)))
		spb_rule_broken(sb, CROSS_RELABEL,
				"the pageblock of %u, in use, went from type %u to %u", event->pfn,
				event->arg, event->mt);
	/*
	 * A free pageblock takes its label from those that it merges with; one that was reserved
	 * meanwhile gets that of whoever breaks the reserve.
	 */
	if (block_index(event->pfn) == state->borrowed_block && event->mt == state->borrower &&
	    event->arg == state->borrowed_from && !(block_of(event->pfn)->flags & PB_all_free))
		state->suspect = true;
}

static void on_event(struct run *run, const struct spb_event *event)
{
	struct spb_oracle_state *state = &run->oracle.spb;
	const struct superpageblock *sb;

	liveness_event(run, event);
	if (event->type == SPB_EV_TUNABLE)
		state->tuned |= run->concurrent;
	if (event->spb >= this_core()->nr_spbs)
		return;
	sb = &this_core()->spbs[event->spb];
	switch (event->type) {
	case SPB_EV_ALLOC:
		on_alloc(state, sb, event);
		break;
	case SPB_EV_RELABEL:
		on_relabel(state, sb, event);
		break;
	case SPB_EV_HAS_CLEAR:
		if (!sb->nr_unmovable && !sb->nr_reclaimable)
			state->tainted[event->spb] = false;
		break;
	case SPB_EV_EVACUATE:
		if (unlikely(!event->arg && !run->concurrent && sb->category != SB_TAINTED))
			spb_rule_broken(sb, DEFRAG_CLEAN,
					"the worker evacuates the pageblock of %u", event->pfn);
		break;
	case SPB_EV_DEFRAG_WAKE:
		looked(DEFRAG_CLEAN);
		if (unlikely(sb->category != SB_TAINTED || !sb->nr_movable))
			spb_rule_broken(
				sb, DEFRAG_CLEAN,
				"its worker is woken, the category is %u, %u pageblocks have "
				"movable content",
				sb->category, sb->nr_movable);
		break;
	}
}

/* --- after an operation --- */

/* The superpageblocks of the pageblocks in one line of the map. */
static void touch_blocks(struct spb_oracle_state *state, u32 first, u32 nr_blocks)
{
	const struct pageblock_data *map = this_core()->pageblock_map;
	u32 end = min_t(u32, first + BLOCKS_PER_LINE, nr_blocks);

	for (u32 i = first; i < end; i++) {
		const struct superpageblock *sb = &this_core()->spbs[map[i].spb];
		struct spb_span span;
		u32 last;

		if (unlikely(map[i].spb >= this_core()->nr_spbs))
			continue;
		state->touched[map[i].spb] |= SPB_TOUCHED_BLOCKS;
		span = spb_span_of(sb);
		last = (u32)(span.blocks - map) + span.nr_blocks - 1;
		i = max(i, last);
	}
}

static u32 line_of(const void *object)
{
	return (u32)(((shim_uptr)object - (shim_uptr)this_core()) >> SHIM_LINE_SHIFT);
}

static void find_touched(struct run *run)
{
	struct spb_oracle_state *state = &run->oracle.spb;
	const struct arena *arena = run->arena;
	u32 first_spb = line_of(this_core()->spbs);
	u32 first_block = line_of(this_core()->pageblock_map);
	u32 spb_lines = this_core()->nr_spbs * LINES_PER_SPB;
	u32 nr_blocks = (this_core()->max_pfn - this_core()->min_pfn) >> pageblock_order;
	u32 block_lines = DIV_ROUND_UP(nr_blocks, (u32)BLOCKS_PER_LINE);

	for (u32 i = 0; i < arena->nr_op; i++) {
		u32 line = arena->op_lines[i];

		if (line - first_spb < spb_lines)
			state->touched[(line - first_spb) / LINES_PER_SPB] |= SPB_TOUCHED;
		else if (line - first_block < block_lines)
			touch_blocks(state, (line - first_block) * BLOCKS_PER_LINE, nr_blocks);
	}
}

void spb_check_zone_sums(const struct zone *zone)
{
	u32 pages = 0, listed = 0, tainted = 0;

	for (u32 i = 0; i < zone->nr_superpageblocks; i++) {
		pages += zone->superpageblocks[i].nr_free_pages;
		tainted += zone->superpageblocks[i].category == SB_TAINTED;
	}
	for (unsigned int order = 0, end = max_page_order; order <= end; order++)
		listed += zone->area[order].nr_free << order;
	looked(ZONE_SUM);
	if (unlikely(listed != pages))
		rule_broken(ZONE_SUM, "zone %u counts %u free pages by order, it has %u",
			    zone->index, listed, pages);
	if (unlikely(zone->nr_tainted != tainted))
		rule_broken(NR_TAINTED, "zone %u counts %u tainted superpageblocks, it has %u",
			    zone->index, zone->nr_tainted, tainted);
	if (unlikely(!zone->nr_isolate_pageblock && zone->nr_free_pages != pages))
		rule_broken(ZONE_FREE_PAGES, "zone %u: nr_free_pages is %u, it has %u", zone->index,
			    zone->nr_free_pages, pages);
}

/* Its pageblocks are counted when one of them changed, or for the first time. */
static void recount(struct run *run, u32 index)
{
	const struct superpageblock *sb = &this_core()->spbs[index];
	struct spb_oracle_state *state = &run->oracle.spb;
	struct spb_span span = spb_span_of(sb);

	if (state->touched[index] & SPB_TOUCHED_BLOCKS || !state->counted[index]) {
		state->content[index] = spb_count_content(&span);
		state->counted[index] = true;
	}
	state->touched[index] = 0;
	spb_recount(sb, &span, &state->content[index], run->arena->dirty, NULL);
	state->tainted[index] = sb->category == SB_TAINTED;
}

static void section(struct run *run)
{
	struct spb_oracle_state *state = &run->oracle.spb;
	u32 zones = 0;

	find_touched(run);
	for (u32 i = 0; i < this_core()->nr_spbs; i++) {
		if (likely(!state->touched[i]))
			continue;
		recount(run, i);
		zones |= BIT(this_core()->spbs[i].zone->index);
	}
	for (; zones; zones &= zones - 1)
		spb_check_zone_sums(zone_by_index((unsigned int)__builtin_ctz(zones)));
	check_suspect(state);
	state->borrowed_block = NO_BLOCK;
}

static void after_op(struct run *run)
{
	section(run);
	/* Others may have taken and left references meanwhile. */
	if (run->concurrent)
		spb_check_references(run);
	run->oracle.spb.tuned = false;
	liveness_after_op(run);
}

static void full(struct run *run)
{
	spb_full(run);
	liveness_full(run);
}

/* --- the walk of the memory map --- */

static void on_page(struct run *run, const struct page_run *page)
{
	u16 bit = content_bit_of(page->type);

	(void)run;
	if (page->state != PAGE_ALLOCATED)
		return;
	looked(CONTENT_BIT);
	for (u32 pfn = page->pfn; pfn < page->pfn + page->pages; pfn += pageblock_nr_pages)
		if (unlikely(!(block_of(pfn)->flags & bit)) && rule_is_on(RULE_CONTENT_BIT)) {
			finding_spb(block_of(pfn)->spb);
			finding("content-bit",
				"page %u is in use with type %u, its pageblock has flags %#x", pfn,
				page->type, block_of(pfn)->flags);
		}
}

const struct extra_oracle spb_oracle = {
	.begin = begin,
	.event = on_event,
	.section = section,
	.after_op = after_op,
	.page = on_page,
	.full = full,
	.rest = spb_check_references,
	.hash = spb_hash,
	.picture = spb_picture,
};
