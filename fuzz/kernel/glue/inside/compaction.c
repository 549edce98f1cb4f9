// SPDX-License-Identifier: GPL-2.0-only
/* The tree's mm/compaction.c, and what needs its static functions. */
#include <linux/compaction.h>
#include <linux/mm.h>
#include KB_INTERNAL_H
#include <trace/events/compaction.h>

#include "fuzz/kernel/glue/glue.h"

/* Of each CPU, for steps that do not say whose they are. */
static struct compact_control *under_way[NR_CPUS];

static enum kb_compaction_result result_of(int result)
{
	if (result == COMPACT_SUCCESS)
		return KB_COMPACT_SUCCESS;
	return result == COMPACT_COMPLETE || result == COMPACT_PARTIAL_SKIPPED ? KB_COMPACT_MET :
										 KB_COMPACT_OTHER;
}

/* What a contiguous range does on its way is none. */
KB_PLAIN static void tell(struct kb_compaction at)
{
	const struct compact_control *cc = under_way[kb_cpu];
	const struct capture_control *capture = current->capture_control;

	if (!cc || !kb_host.compaction)
		return;
	at.zone = kb_zone_number(cc->zone);
	at.order = cc->order;
	at.migrate = cc->migrate_pfn;
	at.free = cc->free_pfn;
	at.waiting = cc->nr_migratepages;
	at.room = cc->nr_freepages;
	at.hasty = cc->direct_compaction && cc->mode == MIGRATE_ASYNC;
	at.type = cc->migratetype;
	at.caught = capture && capture->cc == cc && capture->page ?
			    page_to_pfn(capture->page) : KB_NO_PFN;
	kb_host.compaction(&at);
}

KB_PLAIN static void tell_deferral(enum kb_compaction_step step, struct zone *zone, int order)
{
	if (kb_host.compaction)
		kb_host.compaction(&(struct kb_compaction){
			.step = step, .zone = kb_zone_number(zone), .order = order,
			.shift = zone->compact_defer_shift, .failed = zone->compact_order_failed,
		});
}

KB_PLAIN static void tell_begins(struct compact_control *cc)
{
	under_way[kb_cpu] = cc;
	tell((struct kb_compaction){ .step = KB_COMPACT_BEGINS });
}

KB_PLAIN static void tell_ends(int result)
{
	tell((struct kb_compaction){ .step = KB_COMPACT_ENDS, .result = result_of(result) });
	under_way[kb_cpu] = NULL;
}

/* Its trace points are off; of these the host is told. */
#define trace_mm_compaction_begin(cc, start, end, sync) tell_begins(cc)
#define trace_mm_compaction_end(cc, start, end, sync, result) tell_ends(result)
#define trace_mm_compaction_isolate_migratepages(start, end, seen, got) \
	tell((struct kb_compaction){ KB_COMPACT_ISOLATES, .from = (start), .to = (end) })
#define trace_mm_compaction_isolate_freepages(start, end, seen, got) \
	tell((struct kb_compaction){ KB_COMPACT_LOOKS, .from = (start), .to = (end) })
#define trace_mm_compaction_fast_isolate_freepages(least, at, seen, got) \
	tell((struct kb_compaction){ KB_COMPACT_SEARCHED, .scanned = (seen), .taken = (got) })

#define trace_mm_compaction_defer_compaction(zone, order) \
	tell_deferral(KB_COMPACT_DEFERRED, zone, order)
#define trace_mm_compaction_defer_reset(zone, order) tell_deferral(KB_COMPACT_HELPED, zone, order)
#define trace_mm_compaction_deferred(zone, order) tell_deferral(KB_COMPACT_LEFT_OUT, zone, order)

#define try_to_compact_pages kb_tree_try_to_compact_pages
#include KB_SOURCE
#undef try_to_compact_pages

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
