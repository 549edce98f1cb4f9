// SPDX-License-Identifier: GPL-2.0-only
/* Steps of sections against what they may look at: see hold.h. */
#include "fuzz/harness/check/chooser/hold.h"

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/spb/spb_view.h"

/*
 * Walks of all superpageblocks that one search makes, beside those of its fallbacks: own,
 * claim-whole, claim-part, borrow-other, borrow-movable, wake, empty, other; the highatomic
 * reserve first and at last, CMA; movable content, where an evacuation is queued.
 */
#define SEARCH_WALKS 12
/* Claims and steals, which go through the orders that have a buddy. */
#define ORDER_WALKS 2
/* Compaction looks at so many entries of a list, with and without tainted superpageblocks. */
#define COMPACTION_LOOKS (2 * 8)
/* A fragment can be the reason to look at its superpageblock, for a part and for a claim, and
 * is looked at itself. */
#define FRAGMENT_LOOKS 3

/* What a call may look for while it holds the lock. */
enum looks { LOOKS_NOWHERE, LOOKS_ONCE, LOOKS_FOR_A_PAGE, LOOKS_FOR_ROOM };

/* Refusals may be of those that keep what they say. */
static PROGRAM_STATE bool keeps_promises;

static enum looks looks_of(const struct call *call, bool atomic)
{
	switch (call->kind) {
	case CALL_free:
	case CALL_split:
	case CALL_drain:
	case CALL_drain_all:
	case CALL_isolate:
	case CALL_contig_free:
		return LOOKS_NOWHERE;
	case CALL_can_serve:
	case CALL_has_free:
		return LOOKS_ONCE;
	default:
		return atomic ? LOOKS_FOR_A_PAGE : LOOKS_FOR_ROOM;
	}
}

/* Buddies on the free lists of a zone, below an order. */
static u32 buddies(const struct zone *zone, unsigned int end)
{
	u32 sum = 0;

	for (unsigned int order = 0; order < end; order++)
		sum += zone->area[order].nr_free;
	return sum;
}

/* Which the bitmaps name one after the other, to wake their workers. */
static u32 tainted_with_movable(const struct zone *zone)
{
	u32 nr = 0;

	for (u32 i = 0; i < zone->nr_superpageblocks; i++) {
		const struct superpageblock *sb = &zone->superpageblocks[i];

		nr += sb->category == SB_TAINTED && sb->nr_movable;
	}
	return nr;
}

/* One search by bitmaps. */
static u32 steps_of_answers(const struct zone *zone, const struct call *call)
{
	u32 steps = tainted_with_movable(zone) + FRAGMENT_LOOKS * buddies(zone, pageblock_order);

	/* Room for more than a pageblock is no row: such buddies are looked at, too. */
	if (call->order > pageblock_order || call->kind == CALL_caller)
		steps += zone->nr_superpageblocks + FRAGMENT_LOOKS * buddies(zone, NR_PAGE_ORDERS);
	if (keeps_promises)
		steps += zone->nr_superpageblocks + buddies(zone, NR_PAGE_ORDERS);
	return steps;
}

/* One search by a walk. */
static u32 steps_of_walks(const struct zone *zone)
{
	u32 walks = SEARCH_WALKS;

	for (unsigned int order = 0; order <= max_page_order; order++)
		walks += zone->area[order].nr_free ? ORDER_WALKS : 0;
	return walks * zone->nr_superpageblocks + FRAGMENT_LOOKS * buddies(zone, NR_PAGE_ORDERS);
}

static u64 steps_allowed(const struct zone *zone, const struct call *call, enum looks looks,
			 u32 entries)
{
	/* A per-CPU list in each turn that has something. */
	u64 steps = (u64)entries * NR_PCP_LISTS;

	switch (looks) {
	case LOOKS_NOWHERE:
		return steps;
	case LOOKS_ONCE:
		return steps + (zone->summary ? 0 : zone->nr_superpageblocks);
	case LOOKS_FOR_ROOM:
		steps += (u64)zone->nr_superpageblocks *
			 (1 + COMPACTION_LOOKS * (max_page_order + 1));
		/* fall through */
	case LOOKS_FOR_A_PAGE:
		break;
	}
	return steps + (1ull + entries) * (zone->summary ? steps_of_answers(zone, call)
							 : steps_of_walks(zone));
}

/* Entries that free lists got and gave, of the last events; all that are not kept may be some. */
static u32 entries_of(const struct recent *recent, u32 events)
{
	u32 kept = min(events, (u32)RECENT_EVENTS), entries = events - kept;

	for (u32 i = 1; i <= kept; i++) {
		u8 type = recent->last[(recent->events - i) % RECENT_EVENTS].type;

		entries += type == SPB_EV_ALLOC || type == SPB_EV_FREE;
	}
	return entries;
}

static void on_hold(struct run *run, const struct hold *hold)
{
	const struct zone *zone = container_of(hold->lock, struct zone, lock);
	const struct host_context *context = host_context_at(shim_this->cpu, host_in_irq());
	u32 entries;
	u64 allowed;

	if (!hold->call || !rule_is_on(RULE_LOCK_HOLD))
		return;
	entries = entries_of(&run->recent, hold->events);
	allowed = steps_allowed(zone, hold->call, looks_of(hold->call, context->call.atomic),
				entries);
	if (likely(hold->steps <= allowed))
		return;
	finding_at(hold->taken_by);
	finding("lock-hold", "%u steps under the lock of zone %u; %u entries and %s explain %llu",
		hold->steps, zone->index, entries, zone->summary ? "what answers" : "walks",
		(unsigned long long)allowed);
}

static void begin(struct run *run)
{
	keeps_promises = run->config.tunables.refusal_keeps_promise;
}

static void on_tunable(struct run *run, const struct spb_event *event)
{
	(void)run;
	keeps_promises |= event->arg == SPB_TUNABLE_refusal_keeps_promise;
}

const struct observer hold_observer = {
	.name = "hold",
	.events = EVENT_BIT(TUNABLE),
	.rests = oracles_rest,
	.begin = begin,
	.event = on_tunable,
	.hold = on_hold,
};
