// SPDX-License-Identifier: GPL-2.0-only
/* Wakeups and the workers' conditions: see liveness.h. */
#include "fuzz/harness/check/spb/liveness.h"

#include <string.h>

#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/check/spb/workqueue.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"

/* Of the defrag worker: S11.2, S11.4, S11.5. */
#define START_FREE_BLOCKS 1
#define START_FREE_PAGES 2 /* in pageblocks */
#define STOP_FREE_BLOCKS 2
#define STOP_FREE_PAGES 3
#define COOLDOWN (5 * HZ)

#define NO_SPB SPB_NO_SPB

/**
 * struct worker - the defrag worker of a superpageblock
 * @active: it was at it, between start and stop
 * @in_vain: a run made no room, at @since
 * @due: its condition held, and nobody has woken it yet
 * @listed: in due_list
 * @run: number of its run under way, 0 without one
 * @alone: nothing else happened on another CPU during the run
 * @tried: pageblocks that the run has tried
 * @nr_free, @largest: at the run's begin, what progress is measured by
 */
struct worker {
	bool active;
	bool in_vain;
	bool due;
	bool listed;
	bool alone;
	uint8_t largest;
	uint16_t nr_free;
	uint32_t since, since_least;
	uint32_t run;
	uint32_t tried;
};

static PROGRAM_STATE struct worker workers[ORACLE_MAX_SPBS];
/* Those that an operation woke or should have woken. */
static PROGRAM_STATE uint16_t due_list[ORACLE_MAX_SPBS];
static PROGRAM_STATE uint32_t nr_due;
/* Nodes whose shrinker should have been kicked, a bit each. */
static PROGRAM_STATE uint32_t shrink_due;
/* By pageblock: the run that has tried it last. */
static PROGRAM_STATE uint32_t tried_in[OWNER_MAX_PAGES];
static PROGRAM_STATE uint32_t runs;
/* The superpageblock that became tainted by the allocation under way. */
static PROGRAM_STATE uint16_t just_tainted;
/* The time when no operation was under way for the last time, and what has passed since. */
static PROGRAM_STATE uint32_t quiet, passed;

/* @what: the worker, or what of it is wrong */
#define expect(id, ok, what, found)                             \
	do {                                                    \
		looked(id);                                     \
		if (unlikely(!(ok)) && rule_is_on(RULE_##id)) { \
			finding_at(what);                       \
			found;                                  \
		}                                               \
	} while (0)
#define check(id, ok, sb, what, ...) \
	expect(id, ok, what, spb_finding(sb, rules[RULE_##id].name, __VA_ARGS__))
#define check_node(id, ok, what, ...) \
	expect(id, ok, what, finding(rules[RULE_##id].name, __VA_ARGS__))

void liveness_begin(struct run *run)
{
	uint32_t nr_blocks = (this_core()->max_pfn - this_core()->min_pfn) >> pageblock_order;

	(void)run;
	if (nr_blocks > OWNER_MAX_PAGES)
		finding("harness", "%u pageblocks", nr_blocks);
	memset(workers, 0, this_core()->nr_spbs * sizeof(workers[0]));
	memset(tried_in, 0, nr_blocks * sizeof(tried_in[0]));
	runs = nr_due = shrink_due = 0;
	just_tainted = NO_SPB;
	quiet = this_core()->now;
	passed = 0;
}

/* --- conditions --- */

static bool is_low(const struct superpageblock *sb)
{
	return sb->nr_free <= START_FREE_BLOCKS ||
	       sb->nr_free_pages < START_FREE_PAGES * pageblock_nr_pages;
}

static bool has_enough(const struct superpageblock *sb)
{
	return sb->category != SB_TAINTED || !sb->nr_movable || sb->nr_free >= STOP_FREE_BLOCKS ||
	       sb->nr_free_pages >= STOP_FREE_PAGES * pageblock_nr_pages;
}

/*
 * Another CPU may let time pass between the allocator's look at the clock and the event that
 * tells what follows. So each of its looks was at some moment since the last quiet one:
 *
 *   quiet ── the stamp of a run in vain, since_least .. since ── the look, quiet .. now
 */
static bool cools_down(const struct worker *w)
{
	return w->in_vain && this_core()->now - w->since_least < COOLDOWN;
}

static bool may_cool_down(const struct worker *w)
{
	return w->in_vain && (int32_t)(quiet - w->since) < (int32_t)COOLDOWN;
}

static bool waits_for_worker(const struct superpageblock *sb, const struct worker *w)
{
	if (sb->category != SB_TAINTED || !sb->nr_movable || !policy_on(sb->zone))
		return false;
	return is_low(sb) || (w->active && !has_enough(sb));
}

static bool may_be_needed(const struct superpageblock *sb, const struct worker *w)
{
	return waits_for_worker(sb, w) && !cools_down(w);
}

static bool is_needed(const struct superpageblock *sb, const struct worker *w)
{
	return waits_for_worker(sb, w) && !may_cool_down(w);
}

/* --- triggers --- */

static void note(struct worker *w, const struct superpageblock *sb)
{
	if (w->listed)
		return;
	w->listed = true;
	due_list[nr_due++] = (uint16_t)(sb - this_core()->spbs);
}

/* Something about the superpageblock changed that its worker waits for. */
static void trigger(const struct superpageblock *sb)
{
	struct worker *w = &workers[sb - this_core()->spbs];

	if (!is_needed(sb, w))
		return;
	w->due = true;
	note(w, sb);
}

static void on_wake_step(const struct zone *zone)
{
	for (u32 i = 0; i < zone->nr_superpageblocks; i++)
		trigger(&zone->superpageblocks[i]);
	shrink_due |= BIT(zone->node);
}

/* Steps that leave the tainted pool smaller for non-movable content. */
static bool step_draws_from_pool(unsigned int step)
{
	switch (step) {
	case SPB_STEP_OWN:
	case SPB_STEP_HIGHATOMIC:
	case SPB_STEP_CLAIM_WHOLE:
	case SPB_STEP_CLAIM_PART:
	case SPB_STEP_BORROW_OTHER:
	case SPB_STEP_BORROW_MOVABLE:
		return true;
	default:
		return false;
	}
}

static u32 reserve_pages(const struct superpageblock *sb)
{
	const struct spb_tunables *tunables = &this_core()->tunables;
	u16 blocks = max_t(u16, tunables->reserve_min,
			   sb->total_pageblocks / max_t(u16, tunables->reserve_divisor, 1));

	return (u32)blocks << pageblock_order;
}

static bool others_have_movable(const struct superpageblock *self)
{
	const struct zone *zone = self->zone;

	for (u32 i = 0; i < zone->nr_superpageblocks; i++) {
		const struct superpageblock *sb = &zone->superpageblocks[i];

		if (sb != self && sb->category == SB_TAINTED && sb->nr_movable)
			return true;
	}
	return false;
}

/* A clean superpageblock was claimed: make room in the tainted ones for the next request. */
static void check_evacuation(const struct run *run, const struct superpageblock *sb)
{
	const struct work_struct *work = &NODE_DATA(sb->zone->node)->evacuate_work;

	if (run->concurrent || !policy_on(sb->zone) || !others_have_movable(sb))
		return;
	check(WAKEUP_LOST, work_is_queued(work), sb, "evacuate",
	      "a claim taints it, and evacuation of the tainted pool is not queued");
}

static void on_alloc(const struct run *run, const struct superpageblock *sb,
		     const struct spb_event *event)
{
	bool tainted = sb->category == SB_TAINTED && just_tainted != event->spb;
	bool nonmovable = event->mt != MIGRATE_MOVABLE && event->mt != MIGRATE_CMA;

	if (tainted && nonmovable && step_draws_from_pool(event->step) &&
	    !spb_state.tuned && sb->nr_free_pages < reserve_pages(sb)) {
		trigger(sb);
		shrink_due |= BIT(sb->zone->node);
	}
	if (event->step == SPB_STEP_CLAIM && nonmovable && just_tainted == event->spb)
		check_evacuation(run, sb);
	just_tainted = NO_SPB;
}

/*
 * An operation on another CPU has seen the old reserve, or sees the new one after what it
 * took was judged by the old: what was due by then can no longer be told.
 */
static void on_tunable(const struct run *run)
{
	if (!run->concurrent)
		return;
	shrink_due = 0;
	for (u32 i = 0; i < nr_due; i++)
		workers[due_list[i]].due = false;
}

/* --- wakeups --- */

static void on_defrag_wake(const struct run *run, const struct superpageblock *sb)
{
	struct worker *w = &workers[sb - this_core()->spbs];

	check(WAKEUP_NEEDLESS, may_be_needed(sb, w), sb, cools_down(w) ? "cooldown" : "defrag",
	      "its worker is woken with %u free pageblocks, %u free pages%s", sb->nr_free,
	      sb->nr_free_pages, cools_down(w) ? ", while it cools down" : "");
	if (!run->concurrent)
		check(WAKEUP_LOST, work_is_queued(&sb->defrag_work), sb, "defrag",
		      "its worker is woken and not queued");
	w->due = false;
	w->active = true;
	note(w, sb);
}

static void on_shrink_kick(const struct run *run, const struct spb_event *event)
{
	shrink_due &= ~BIT(event->arg);
	if (!run->concurrent)
		check_node(WAKEUP_LOST, work_is_queued(&NODE_DATA(event->arg)->shrink_work),
			   "shrink", "the shrinker of node %u is kicked and not queued",
			   event->arg);
}

/* --- runs of the defrag worker --- */

static uint8_t largest_order(const struct superpageblock *sb)
{
	unsigned int order = max_page_order + 1;

	while (order && !sb->free_area[order - 1].nr_free)
		order--;
	return (uint8_t)order;
}

static void on_start(const struct run *run, const struct superpageblock *sb, bool goes_on)
{
	struct worker *w = &workers[sb - this_core()->spbs];

	check(WAKEUP_LOST, goes_on || !is_needed(sb, w), sb, "start",
	      "its worker goes home although it is needed");
	check(WAKEUP_NEEDLESS, may_be_needed(sb, w) || !goes_on, sb, "start",
	      "its worker begins although it is not needed");
	if (!goes_on) {
		w->active = false;
		return;
	}
	check(DEFRAG_RUN, !w->run, sb, "start", "its worker begins while it runs already");
	w->run = ++runs;
	w->tried = 0;
	w->alone = !run->concurrent;
	w->nr_free = sb->nr_free;
	w->largest = largest_order(sb);
}

static void on_evacuate(const struct run *run, const struct superpageblock *sb, u32 pfn)
{
	struct worker *w = &workers[sb - this_core()->spbs];
	u32 *tried = &tried_in[(pfn - this_core()->min_pfn) >> pageblock_order];

	w->alone &= !run->concurrent;
	if (w->alone)
		check(DEFRAG_RUN, *tried != w->run, sb, "again",
		      "its worker tries the pageblock at %u a second time", pfn);
	if (w->alone && w->tried)
		check(DEFRAG_RUN, !has_enough(sb), sb, "stop",
		      "its worker goes on with %u free pageblocks and %u free pages", sb->nr_free,
		      sb->nr_free_pages);
	w->tried++;
	*tried = w->run;
}

/* One that has movable content, may be emptied, and was not tried by the run. */
static bool is_left_out(const struct pageblock_data *pb, const struct worker *w)
{
	return (pb->flags & PB_has_movable) && !(pb->flags & PB_migrate_isolate) &&
	       tried_in[pb - this_core()->pageblock_map] != w->run;
}

static void check_all_tried(const struct superpageblock *sb, const struct worker *w)
{
	struct spb_span span = spb_span_of(sb);

	for (u32 i = 0; i < span.nr_blocks; i++)
		check(DEFRAG_RUN, !is_left_out(&span.blocks[i], w), sb, "stop",
		      "a run ends with %u free pageblocks, %u free pages and pageblock %u untried",
		      sb->nr_free, sb->nr_free_pages, i);
}

static void on_run(const struct run *run, const struct superpageblock *sb, bool progress)
{
	struct worker *w = &workers[sb - this_core()->spbs];
	bool room = sb->nr_free > w->nr_free || largest_order(sb) > w->largest;

	check(DEFRAG_RUN, w->run && progress == room, sb, "progress",
	      "a run says progress %u; free pageblocks were %u, are %u; largest buddy %d, %d",
	      progress, w->nr_free, sb->nr_free, w->largest - 1, largest_order(sb) - 1);
	if (w->alone && !run->concurrent && !has_enough(sb))
		check_all_tried(sb, w);
	w->run = 0;
	if (!room) {
		w->in_vain = true;
		w->since = this_core()->now;
		w->since_least = quiet;
	}
	w->active &= !has_enough(sb);
	check(DEFRAG_RUN, !has_enough(sb) || !sb->defrag_active, sb, "active",
	      "a run ends with enough, and the worker is still at it");
	trigger(sb);
}

void liveness_event(struct run *run, const struct spb_event *event)
{
	const struct superpageblock *sb = NULL;

	if (event->spb < this_core()->nr_spbs)
		sb = &this_core()->spbs[event->spb];
	switch (event->type) {
	case SPB_EV_WAKE:
		on_wake_step(zone_by_index(event->zone));
		return;
	case SPB_EV_EVACUATE_QUEUE:
		work_evacuation(zone_by_index(event->zone));
		return;
	case SPB_EV_SHRINK_KICK:
		on_shrink_kick(run, event);
		return;
	case SPB_EV_TUNABLE:
		on_tunable(run);
		return;
	}
	if (!sb)
		return;
	switch (event->type) {
	case SPB_EV_LIST_MOVE:
		trigger(sb);
		break;
	case SPB_EV_TAINT:
		just_tainted = event->spb;
		break;
	case SPB_EV_ALLOC:
		on_alloc(run, sb, event);
		break;
	case SPB_EV_DEFRAG_WAKE:
		on_defrag_wake(run, sb);
		break;
	case SPB_EV_DEFRAG_START:
		on_start(run, sb, event->arg);
		break;
	case SPB_EV_EVACUATE:
		if (!event->arg)
			on_evacuate(run, sb, event->pfn);
		break;
	case SPB_EV_DEFRAG_RUN:
		on_run(run, sb, event->arg2);
		break;
	}
}

/* --- no operation is under way --- */

void liveness_time(uint32_t ticks)
{
	passed += ticks;
}

static void check_clock(void)
{
	uint32_t now = quiet + passed;

	if (passed)
		check_node(CLOCK, this_core()->now == now, "clock", "the clock says %u, it is %u",
			   this_core()->now, now);
	quiet = this_core()->now;
	passed = 0;
}

void liveness_after_op(struct run *run)
{
	(void)run;
	check_clock();
	check_node(WAKEUP_LOST, !shrink_due, "shrink",
		   "a shrinker was not kicked, of node %u at least",
		   (unsigned int)__builtin_ctz(shrink_due | BIT(31)));
	if (!nr_due)
		return;
	for (u32 i = 0; i < nr_due; i++) {
		const struct superpageblock *sb = &this_core()->spbs[due_list[i]];
		struct worker *w = &workers[due_list[i]];

		check(WAKEUP_LOST, !w->due, sb, "defrag",
		      "%u free pageblocks, %u free pages, movable content in %u: its worker was "
		      "not woken", sb->nr_free, sb->nr_free_pages, sb->nr_movable);
		work_check(&sb->defrag_work);
		w->listed = false;
	}
	nr_due = 0;
	work_check_nodes();
}

void liveness_full(struct run *run)
{
	(void)run;
	for (u32 i = 0; i < this_core()->nr_spbs; i++)
		if (this_core()->spbs[i].defrag_work.pending)
			work_check(&this_core()->spbs[i].defrag_work);
	work_check_nodes();
}

/* --- failed requests --- */

static void check_kswapd(unsigned int nid, unsigned int order)
{
	const pg_data_t *node = NODE_DATA(nid);

	check_node(WAKEUP_LOST, work_is_queued(&node->kswapd_work), "kswapd",
		   "a request failed, and kswapd of node %u is not queued", nid);
	check_node(WAKEUP_LOST, node->kswapd_order >= order, "kswapd",
		   "a request of order %u failed, kswapd of node %u was told order %u", order, nid,
		   node->kswapd_order);
}

void liveness_null(const struct run *run, uint32_t gfp, unsigned int order, unsigned int nid,
		   uint32_t nodemask)
{
	uint32_t nodes = 0;

	if (run->concurrent || !run->options.oracles || !(gfp & __GFP_KSWAPD_RECLAIM))
		return;
	for_each_zone_index(index) {
		const struct zone *zone = zone_by_index(index);

		if (populated_zone(zone) && predict_zone_allowed(run, zone->zone_start_pfn, gfp,
								 nid, nodemask))
			nodes |= BIT(zone->node);
	}
	for (; nodes; nodes &= nodes - 1)
		check_kswapd((unsigned int)__builtin_ctz(nodes), order);
}

uint64_t liveness_memory(unsigned int spb)
{
	const struct worker *w = &workers[spb];
	uint32_t age = w->in_vain ? this_core()->now - w->since : COOLDOWN;

	return w->active | (uint64_t)w->due << 1 | (uint64_t)min_t(u32, age, COOLDOWN) << 2;
}
