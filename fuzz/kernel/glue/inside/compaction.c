// SPDX-License-Identifier: GPL-2.0-only
/* The tree's mm/compaction.c, and what needs its static functions. */
#include KB_SOURCE

#include "fuzz/kernel/glue/glue.h"

/* As compact_node() does with each zone, or for an order. Return: pages scanned. */
unsigned long kb_inside_compact(struct zone *zone, int order)
{
	struct compact_control control = {
		.order = order,
		.search_order = order,
		.mode = MIGRATE_SYNC,
		.ignore_skip_hint = true,
		.whole_zone = order < 0,
		.gfp_mask = GFP_KERNEL,
		.zone = zone,
		.highest_zoneidx = zone_idx(zone),
	};

	compact_zone(&control, NULL);
	return control.total_migrate_scanned;
}

/* As if kswapd had woken it for an order. */
void kb_inside_kcompactd(struct pglist_data *node, unsigned int order)
{
	node->kcompactd_max_order = order;
	node->kcompactd_highest_zoneidx = MAX_NR_ZONES - 1;
	kcompactd_do_work(node);
}
