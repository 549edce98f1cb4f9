// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules about superpageblocks: what is checked after each operation, and the policy that
 * shows in single events. Recounting one superpageblock is in spb_recount.c, everything at
 * once in spb_full.c.
 *
 * An operation touched a superpageblock when a line of its head, of its free areas or of
 * its pageblocks is noted in the arena's dirty map.
 */
#include "fuzz/harness/check/spb/spb_oracle.h"

#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/check/spb/isolation.h"
#include "fuzz/harness/check/spb/kswapd.h"
#include "fuzz/harness/check/spb/liveness.h"
#include "fuzz/harness/check/spb/workqueue.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/text/said.h"
#include "fuzz/harness/spb/spb_said.h"
#include "spb/alloc.h"

#define BLOCKS_PER_LINE (SHIM_LINE / sizeof(struct pageblock_data))
#define NO_BLOCK SPB_NO_PFN
/* What of a superpageblock an operation touched. */
#define SPB_TOUCHED BIT(0)        /* its head or lists */
#define SPB_TOUCHED_BLOCKS BIT(1) /* its pageblocks */
#define MAX_BLOCKS_PER_SPB 4095 /* lanes of spb_recount() */

/* It works out on which list a superpageblock belongs, and asserts the lock of its zone. */
#define FILER "spb_update_list"
#define NEVER (~0u)

PROGRAM_STATE struct spb_oracle_state spb_state;

static void begin(struct run *run)
{
	struct spb_oracle_state *state = &spb_state;
	u32 nr_spbs = this_core()->nr_spbs;
	u32 nr_blocks = min_t(u32, run->config.pageblocks_per_spb,
			      (this_core()->max_pfn - this_core()->min_pfn) >> pageblock_order);

	if (nr_spbs > ORACLE_MAX_SPBS || nr_blocks > MAX_BLOCKS_PER_SPB)
		finding("harness", "%u superpageblocks of up to %u pageblocks", nr_spbs,
			nr_blocks);
	memset(state->tainted, 0, nr_spbs);
	memset(state->touched, 0, nr_spbs);
	memset(state->counted, 0, nr_spbs);
	state->borrowed_block = NO_BLOCK;
	state->suspect = false;
	state->tuned = false;
	state->filed = NEVER;
	liveness_begin(run);
	isolation_begin();
	kswapd_begin();
	work_begin();
}

/* --- events: zone->lock is held, the state is that of right now --- */

static void on_event(struct run *run, const struct spb_event *event)
{
	struct spb_oracle_state *state = &spb_state;
	const struct superpageblock *sb;

	liveness_event(run, event);
	if (KSWAPD_EVENTS >> event->type & 1)
		kswapd_event(event);
	if (event->type == SPB_EV_TUNABLE)
		state->tuned |= run->concurrent;
	if (event->spb >= this_core()->nr_spbs)
		return;
	isolation_event(run, event);
	sb = &this_core()->spbs[event->spb];
	switch (event->type) {
	case SPB_EV_ALLOC:
		spb_on_alloc(state, sb, event);
		break;
	case SPB_EV_RELABEL:
		spb_on_relabel(state, sb, event);
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
				"its worker is woken, it is %s, %u pageblocks have movable content",
				said_category(sb->category), sb->nr_movable);
		break;
	}
}

/* --- after an operation --- */

/*
 * The superpageblocks of the pageblocks in one line of the map. A pageblock between zones names one
 * too, which it is not in.
 */
static void touch_blocks(struct spb_oracle_state *state, u32 first, u32 nr_blocks)
{
	const struct pageblock_data *map = this_core()->pageblock_map;
	u32 end = min_t(u32, first + BLOCKS_PER_LINE, nr_blocks);

	for (u32 i = first; i < end; i++) {
		const struct superpageblock *sb = &this_core()->spbs[map[i].spb];
		struct spb_span span;
		u32 first_of_spb;

		if (unlikely(map[i].spb >= this_core()->nr_spbs))
			continue;
		span = spb_span_of(sb);
		first_of_spb = (u32)(span.blocks - map);
		if (unlikely(i - first_of_spb >= span.nr_blocks))
			continue;
		state->touched[map[i].spb] |= SPB_TOUCHED_BLOCKS;
		i = first_of_spb + span.nr_blocks - 1;
	}
}

static void find_touched(struct run *run)
{
	struct spb_oracle_state *state = &spb_state;
	const struct arena *arena = run->arena;
	u32 first_spb = arena_line_of(this_core()->spbs);
	u32 first_block = arena_line_of(this_core()->pageblock_map);
	u32 spb_lines = this_core()->nr_spbs * SPB_LINES;
	u32 nr_blocks = (this_core()->max_pfn - this_core()->min_pfn) >> pageblock_order;
	u32 block_lines = DIV_ROUND_UP(nr_blocks, (u32)BLOCKS_PER_LINE);

	for (u32 i = 0; i < arena->nr_op; i++) {
		u32 line = arena->op_lines[i];

		if (line - first_spb < spb_lines)
			state->touched[(line - first_spb) / SPB_LINES] |= SPB_TOUCHED;
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
	struct spb_oracle_state *state = &spb_state;
	struct spb_span span = spb_span_of(sb);

	if (state->touched[index] & SPB_TOUCHED_BLOCKS || !state->counted[index]) {
		state->content[index] = spb_count_content(&span);
		state->counted[index] = true;
	}
	state->touched[index] = 0;
	spb_recount(sb, &span, &state->content[index], run->arena->dirty, NULL);
	state->tainted[index] = sb->category == SB_TAINTED;
}

static void recount_touched(struct run *run)
{
	struct spb_oracle_state *state = &spb_state;
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
	spb_check_suspect(state);
	state->borrowed_block = NO_BLOCK;
}

static void on_section(struct run *run, const struct section *section)
{
	if (section->lock == LOCK_WORK)
		work_section();
	else if (section->alone)
		recount_touched(run);
}

static void after_op(struct run *run)
{
	recount_touched(run);
	/* Others may have taken and left references meanwhile. */
	if (run->concurrent)
		spb_check_references(run);
	spb_state.tuned = false;
	liveness_after_op(run);
	kswapd_after_op();
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
			finding_page(pfn);
			finding("content-bit",
				"page %u is in use with type %s, its pageblock: %s", pfn,
				said_type(page->type), spb_said_block(block_of(pfn)->flags));
		}
}

/* --- calls, reports --- */

static void call_ends(struct run *run, const struct call *call)
{
	if (ISOLATION_CALLS >> call->kind & 1)
		isolation_returns(run);
	else if (call->kind == CALL_time)
		liveness_time(call->nr);
	else
		spb_check_handout(call);
	if (call->kind == CALL_alloc && call->pfn == NO_PFN && call->breaks == SPB_RULE_NONE)
		liveness_null(run, call->gfp, call->order, call->nid, call->nodemask);
}

static void needs_lock(struct run *run, const char *func)
{
	if (!strcmp(func, FILER))
		spb_state.filed = run->recent.sections;
}

/* A superpageblock is on the wrong list: was it put there, or did nobody put it on another? */
static void blame(struct run *run, struct finding_info *info)
{
	if (!run->options.close || (!run->recent.in_event && !run->recent.section))
		return;
	if (strcmp(info->cause, "spb-category") && strcmp(info->cause, "spb-fullness"))
		return;
	if (spb_state.filed == run->recent.sections) {
		info->function = FILER;
	} else {
		info->cause = "spb-category";
		info->detail = "stale";
	}
}

static bool look_at_zone(u32 n)
{
	unsigned int index = n / NR_ZONE_PARTS;

	if (index >= nr_online_nodes * MAX_NR_ZONES)
		return false;
	if (populated_zone(zone_by_index(index)))
		spb_full_part(zone_by_index(index), (enum zone_part)(n % NR_ZONE_PARTS));
	return true;
}

static bool look(struct run *run, unsigned int n)
{
	u32 of_spbs = this_core()->nr_spbs * NR_SPB_PARTS;

	(void)run;
	if (n >= of_spbs)
		return look_at_zone(n - of_spbs);
	spb_recount_part(&this_core()->spbs[n / NR_SPB_PARTS], (enum spb_part)(n % NR_SPB_PARTS));
	return true;
}

const struct observer spb_observer = {
	.name = "superpageblocks",
	.events = EVENT_BIT(ALLOC) | EVENT_BIT(RELABEL) | EVENT_BIT(HAS_CLEAR) |
		  EVENT_BIT(EVACUATE) | EVENT_BIT(DEFRAG_WAKE) | EVENT_BIT(TUNABLE) |
		  ISOLATION_EVENTS | KSWAPD_EVENTS | LIVENESS_EVENTS,
	.calls = HANDOUT_CALLS | ISOLATION_CALLS | CALL_BIT(time),
	.locks = BIT(LOCK_ZONE) | BIT(LOCK_WORK),
	.rests = oracles_rest,
	.begin = begin,
	.fresh = full,
	.event = on_event,
	.section = on_section,
	.needs_lock = needs_lock,
	.call_ends = call_ends,
	.after_op = after_op,
	.page = on_page,
	.full = full,
	.rest = spb_check_references,
	.hash = spb_hash,
	.look = look,
	.blame = blame,
	.picture = spb_picture,
};

const struct observer spb_at_rest_observer = {
	.name = "superpageblocks-at-rest",
	.rests = oracles_rest,
	.begin = begin,
	.page = on_page,
	.full = spb_full,
	.rest = spb_check_references,
	.hash = spb_hash,
	.picture = spb_picture,
};
