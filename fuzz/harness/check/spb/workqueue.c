// SPDX-License-Identifier: GPL-2.0-only
/* Deferred work: see workqueue.h. */
#include "fuzz/harness/check/spb/workqueue.h"

#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/spb/spb_said.h"
#include "fuzz/harness/text/said.h"
#include "spb/alloc.h"

enum { WORK_PENDING = 1, WORK_RUNS = 2 };

/* What each item was at the end of the last section. */
static PROGRAM_STATE uint8_t defrag_before[ORACLE_MAX_SPBS], node_before[MAX_NUMNODES][NR_SPB_WORK];

void work_begin(void)
{
	memset(defrag_before, 0, this_core()->nr_spbs);
	memset(node_before, 0, sizeof(node_before));
}

bool work_is_queued(const struct work_struct *work)
{
	const struct list_head *head = &this_core()->work_list, *entry;
	u32 left = this_core()->nr_spbs + 4 * MAX_NUMNODES;

	for (entry = head->next; entry != head && left; entry = entry->next, left--)
		if (entry == &work->entry)
			return true;
	return false;
}

static void check_pending(const struct work_struct *work, bool queued)
{
	looked(WORK_QUEUE);
	if (likely(queued == work->pending) || !rule_is_on(RULE_WORK_QUEUE))
		return;
	finding_at(NULL);
	finding("work-queue", "%s work is %s and %s the queue", spb_said_work(work->kind),
		work->pending ? "pending" : "idle", queued ? "on" : "not on");
}

/* What is said to run is passed over, so it would never run again. */
static void check_at_rest(const struct work_struct *work)
{
	if (likely(!work->running) || !rule_is_on(RULE_WORK_QUEUE))
		return;
	finding_at("running");
	finding("work-queue", "%s work is said to run, nobody runs it",
		spb_said_work(work->kind));
}

void work_check(const struct work_struct *work)
{
	check_pending(work, work_is_queued(work));
	check_at_rest(work);
}

void work_check_nodes(void)
{
	for (unsigned int nid = 0; nid < nr_online_nodes; nid++) {
		const pg_data_t *node = NODE_DATA(nid);

		work_check(&node->kswapd_work);
		work_check(&node->shrink_work);
		work_check(&node->evacuate_work);
	}
}

/* Told under the lock of the zone: nothing of that has changed since it was looked at. */
void work_evacuation(const struct zone *zone)
{
	bool movable = false;

	for (u32 i = 0; i < zone->nr_superpageblocks && !movable; i++)
		movable = zone->superpageblocks[i].category == SB_TAINTED &&
			  zone->superpageblocks[i].nr_movable;
	looked(WAKEUP_NEEDLESS);
	if (likely(movable) || !rule_is_on(RULE_WAKEUP_NEEDLESS))
		return;
	finding_at("evacuate");
	finding("wakeup-needless", "evacuation is queued, and no tainted superpageblock of zone %u "
		"has movable content", zone->index);
}

/*
 * Whoever takes an item off the queue marks it as running, in one section. It was marked before:
 * somebody else runs it still.
 *
 *   before: pending, running      after: running alone
 */
static void check_taken(const struct work_struct *work, uint8_t *before)
{
	uint8_t now = (uint8_t)(work->pending | work->running << 1);

	if (unlikely(*before == (WORK_PENDING | WORK_RUNS) && now == WORK_RUNS) &&
	    rule_is_on(RULE_WORK_QUEUE)) {
		finding_at("twice");
		finding("work-queue", "%s work begins while it runs already",
			spb_said_work(work->kind));
	}
	*before = now;
}

/* What is on no list points to itself: no need to look through the queue for each. */
static void check_links(const struct work_struct *work, uint8_t *before)
{
	check_pending(work, work->entry.next != &work->entry);
	check_taken(work, before);
}

void work_section(void)
{
	const struct spb_core *core = this_core();

	for (u32 i = 0; i < core->nr_spbs; i++)
		check_links(&core->spbs[i].defrag_work, &defrag_before[i]);
	for (unsigned int nid = 0; nid < nr_online_nodes; nid++) {
		check_links(&NODE_DATA(nid)->kswapd_work, &node_before[nid][SPB_WORK_KSWAPD]);
		check_links(&NODE_DATA(nid)->shrink_work, &node_before[nid][SPB_WORK_SHRINK]);
		check_links(&NODE_DATA(nid)->evacuate_work, &node_before[nid][SPB_WORK_EVACUATE]);
	}
}
