// SPDX-License-Identifier: GPL-2.0-only
/* What kswapd was asked for: see kswapd.h. */
#include "fuzz/harness/check/spb/kswapd.h"

#include <string.h>

#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "spb/alloc.h"

/* By node: the largest order asked for since a run has read it. */
static PROGRAM_STATE uint8_t due[MAX_NUMNODES];
/* Nodes of which something was told, a bit each: an observer that rested knows nothing. */
static PROGRAM_STATE uint32_t told;

void kswapd_begin(void)
{
	memset(due, 0, sizeof(due));
	told = 0;
}

void kswapd_event(const struct spb_event *event)
{
	unsigned int nid = event->arg;

	if (nid >= nr_online_nodes) {
		rule_broken(KSWAPD_ORDER, "kswapd of node %u, which does not exist", nid);
		return;
	}
	told |= BIT(nid);
	if (event->type == SPB_EV_KSWAPD_ASK) {
		due[nid] = max_t(u8, due[nid], event->order);
		return;
	}
	looked(KSWAPD_ORDER);
	if (unlikely(event->order != due[nid]))
		rule_broken(KSWAPD_ORDER,
			    "kswapd of node %u works for order %u, it was asked for order %u", nid,
			    event->order, due[nid]);
	due[nid] = 0;
}

void kswapd_after_op(void)
{
	for (unsigned int nid = 0; nid < nr_online_nodes; nid++)
		if (unlikely(told >> nid & 1 && NODE_DATA(nid)->kswapd_order != due[nid]))
			rule_broken(KSWAPD_ORDER,
				    "kswapd of node %u was asked for order %u, order %u is noted",
				    nid, due[nid], NODE_DATA(nid)->kswapd_order);
}
