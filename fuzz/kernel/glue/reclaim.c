// SPDX-License-Identifier: GPL-2.0-only
/* Where the allocator waits for memory, the host decides who gives some up. */
#include <linux/cpuset.h>
#include <linux/oom.h>
#include <linux/swap.h>

#include "fuzz/kernel/glue/glue.h"

DEFINE_MUTEX(oom_lock);
int node_reclaim_mode;
int sysctl_min_unmapped_ratio = 1, sysctl_min_slab_ratio = 5;
unsigned long highest_memmap_pfn;
int policy_zone;

unsigned long try_to_free_pages(struct zonelist *zonelist, int order, gfp_t gfp,
				nodemask_t *nodemask)
{
	struct zoneref *at;
	struct zone *zone;

	kb_step(__func__);
	kb_might_sleep(__func__);
	if (!kb_host.reclaim)
		return 0;
	for_each_zone_zonelist_nodemask(zone, at, zonelist, gfp_zone(gfp), nodemask)
		if (cpuset_zone_allowed(zone, GFP_KERNEL | __GFP_HARDWALL))
			return kb_host.reclaim(zone_to_nid(zone), order, kb_gfp_out(gfp));
	return 0;
}

bool out_of_memory(struct oom_control *control)
{
	kb_step(__func__);
	return kb_host.out_of_memory &&
	       kb_host.out_of_memory(control->order, kb_gfp_out(control->gfp_mask));
}

static enum kb_zone_kind kind_of(enum zone_type type)
{
	switch (type) {
	case ZONE_DMA32:
		return KB_DMA32;
	case ZONE_MOVABLE:
		return KB_MOVABLE;
	default:
		return KB_NORMAL;
	}
}

void wakeup_kswapd(struct zone *zone, gfp_t gfp, int order, enum zone_type highest)
{
	if (managed_zone(zone) && kb_host.wake_kswapd)
		kb_host.wake_kswapd(zone_to_nid(zone), order, kind_of(highest), !gfp);
}

unsigned long zone_reclaimable_pages(struct zone *zone)
{
	return zone_page_state_snapshot(zone, NR_ZONE_INACTIVE_ANON) +
	       zone_page_state_snapshot(zone, NR_ZONE_ACTIVE_ANON);
}

/* No node is so much nearer than another that it is reclaimed first. */
int node_reclaim(struct pglist_data *node, gfp_t gfp, unsigned int order)
{
	return 0;
}

bool node_dirty_ok(struct pglist_data *node)
{
	return true;
}

/* Too many pages are isolated, as far as the counters know. */
void reclaim_throttle(pg_data_t *node, enum vmscan_throttle_state why)
{
	kb_step(__func__);
	kb_might_sleep(__func__);
	kb_yield();
}
