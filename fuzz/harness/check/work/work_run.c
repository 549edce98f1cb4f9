// SPDX-License-Identifier: GPL-2.0-only
/* What a run of deferred work has to come to: see work_run.h. */
#include "fuzz/harness/check/work/work_run.h"

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/spb/spb_view.h"
#include "spb/alloc.h"
#include "spb/event.h"
#include "spb/mmzone.h"

#define MOST_ITEMS 16 /* that a program's call may run */

/**
 * struct work_call - the call that runs work, if one is under way
 * @queued: what was on the queue when it began, the oldest first, and one more than it may run
 * @began: of those, one of a superpageblock has said so
 * @evacuates, @shrinks: zones that items of the queue must go through, a bit each, without those
 *                       that they have told of
 */
static PROGRAM_STATE struct work_call {
	bool under_way;
	uint32_t nr_queued;
	const struct work_struct *queued[MOST_ITEMS + 1];
	bool began[MOST_ITEMS + 1];
	uint32_t evacuates, shrinks;
} work_call;

static void begin(struct run *run)
{
	(void)run;
	work_call.under_way = false;
}

/* That what nobody runs is said to run is for another rule to say. */
static const struct work_struct *first_queued(void)
{
	const struct list_head *head = &this_core()->work_list, *entry;

	for (entry = head->next; entry != head; entry = entry->next) {
		const struct work_struct *item = container_of(entry, struct work_struct, entry);

		if (!item->running)
			return item;
	}
	return NULL;
}

static uint32_t zones_of(const pg_data_t *node, bool with_policy)
{
	uint32_t zones = 0;

	for (unsigned int type = 0; type < MAX_NR_ZONES; type++) {
		const struct zone *zone = &node->node_zones[type];

		if (populated_zone(zone) && (!with_policy || policy_on(zone)))
			zones |= BIT(zone->index);
	}
	return zones;
}

/* Zones that an item must go through; without a policy there is nowhere to evacuate to. */
static uint32_t zones_of_item(const struct work_struct *item)
{
	if (item->kind == SPB_WORK_EVACUATE)
		return zones_of(container_of(item, pg_data_t, evacuate_work), true);
	if (item->kind == SPB_WORK_SHRINK)
		return zones_of(container_of(item, pg_data_t, shrink_work), false);
	return 0;
}

static uint32_t *due_of(const struct work_struct *item)
{
	return item->kind == SPB_WORK_EVACUATE ? &work_call.evacuates : &work_call.shrinks;
}

static void call_begins(struct run *run, const struct call *call)
{
	const struct list_head *head = &this_core()->work_list, *entry;

	(void)call;
	work_call = (struct work_call){ .under_way = !run->mode->preempt };
	for (entry = head->next; entry != head && work_call.nr_queued <= MOST_ITEMS;
	     entry = entry->next) {
		const struct work_struct *item = container_of(entry, struct work_struct, entry);

		work_call.queued[work_call.nr_queued++] = item;
		*due_of(item) |= zones_of_item(item);
	}
}

/* Nobody notes anything else while the work is queued. */
static void check_evacuation(const struct spb_event *event)
{
	const pg_data_t *node = NODE_DATA(event->zone / MAX_NR_ZONES);

	looked(WORK_RUN);
	if (unlikely(event->order != node->evacuate_order ||
		     event->mt != node->evacuate_migratetype))
		rule_broken(WORK_RUN,
			    "evacuation of node %u works for order %u, type %d, in zone %u; order "
			    "%u, type %d are noted", node->node_id, event->order, event->mt,
			    event->zone, node->evacuate_order, node->evacuate_migratetype);
}

static void defrag_begins(u32 spb)
{
	for (uint32_t i = 0; i < work_call.nr_queued; i++)
		work_call.began[i] |= work_call.queued[i] == &this_core()->spbs[spb].defrag_work;
}

static void on_event(struct run *run, const struct spb_event *event)
{
	(void)run;
	if (!work_call.under_way)
		return;
	if (event->type == SPB_EV_EVACUATE_DONE) {
		check_evacuation(event);
		work_call.evacuates &= ~BIT(event->zone);
	} else if (event->type == SPB_EV_DEFRAG_START) {
		defrag_begins(event->spb);
	} else if (event->mt == MIGRATE_RECLAIMABLE) {
		work_call.shrinks &= ~BIT(event->zone);
	}
}

static void check_number(const struct call *call)
{
	const struct work_struct *first = first_queued();
	uint32_t done = call->nr_got;

	looked(WORK_RUN);
	if (done > call->nr || (done && !work_call.nr_queued))
		rule_broken(WORK_RUN, "%u items of work have run, it says; %u may, %u were queued",
			    done, call->nr, work_call.nr_queued);
	if (done < call->nr && first)
		rule_broken(WORK_RUN, "%u items of work have run of %u that may, and some are left",
			    done, call->nr);
	if (done < work_call.nr_queued && first != work_call.queued[done] &&
	    !work_call.queued[done]->running)
		rule_broken(WORK_RUN,
			    "%u items of work have run, and number %u of the queue, which is next, "
			    "is not the first of it", done, done + 1);
}

static u32 index_of(const struct work_struct *item)
{
	return (u32)(container_of(item, struct superpageblock, defrag_work) - this_core()->spbs);
}

static void check_items(uint32_t done)
{
	for (uint32_t i = 0; i < done && i < work_call.nr_queued; i++) {
		const struct work_struct *item = work_call.queued[i];
		uint32_t left = zones_of_item(item) & *due_of(item);

		if (item->kind == SPB_WORK_DEFRAG && unlikely(!work_call.began[i]))
			rule_broken(WORK_RUN, "defragmentation of superpageblock %u has run, and "
					      "has not begun",
				    index_of(item));
		if (unlikely(left))
			rule_broken(WORK_RUN, "%s has run, and has not been through zone %u",
				    item->kind == SPB_WORK_SHRINK ? "the shrinker" : "evacuation",
				    (unsigned int)__builtin_ctz(left));
	}
}

static void call_ends(struct run *run, const struct call *call)
{
	(void)run;
	if (!work_call.under_way)
		return;
	work_call.under_way = false;
	check_number(call);
	check_items(call->nr_got);
}

static bool rests(const struct run *run)
{
	return !run->options.oracles;
}

const struct observer work_run_observer = {
	.name = "work",
	.events = EVENT_BIT(EVACUATE_DONE) | EVENT_BIT(RECLAIM) | EVENT_BIT(DEFRAG_START),
	.calls = CALL_BIT(work),
	.rests = rests,
	.begin = begin,
	.event = on_event,
	.call_begins = call_begins,
	.call_ends = call_ends,
};
