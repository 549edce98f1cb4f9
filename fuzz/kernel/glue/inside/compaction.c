// SPDX-License-Identifier: GPL-2.0-only
/* The tree's mm/compaction.c, and what needs its static functions. */
#define try_to_compact_pages kb_tree_try_to_compact_pages
#include KB_SOURCE
#undef try_to_compact_pages

#include "fuzz/kernel/glue/glue.h"

/* Direct compaction, of which the host is told. */
enum compact_result try_to_compact_pages(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
					 const struct alloc_context *ac,
					 enum compact_priority priority, struct page **page)
{
	enum compact_result result;

	if (kb_host.compacts)
		kb_host.compacts(true);
	result = kb_tree_try_to_compact_pages(gfp, order, alloc_flags, ac, priority, page);
	if (kb_host.compacts)
		kb_host.compacts(false);
	return result;
}

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
