// SPDX-License-Identifier: GPL-2.0-only
/* Deferred work: see workqueue.h. */
#include "fuzz/harness/check/spb/workqueue.h"

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/spb/spb_said.h"
#include "fuzz/harness/text/said.h"
#include "spb/alloc.h"

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

/* What is on no list points to itself: no need to look through the queue for each. */
static void check_links(const struct work_struct *work)
{
	check_pending(work, work->entry.next != &work->entry);
}

void work_section(void)
{
	const struct spb_core *core = this_core();

	for (u32 i = 0; i < core->nr_spbs; i++)
		check_links(&core->spbs[i].defrag_work);
	for (unsigned int nid = 0; nid < nr_online_nodes; nid++) {
		check_links(&NODE_DATA(nid)->kswapd_work);
		check_links(&NODE_DATA(nid)->shrink_work);
		check_links(&NODE_DATA(nid)->evacuate_work);
	}
}
