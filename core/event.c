// SPDX-License-Identifier: GPL-2.0-only
/* Building events. The core tells; it never asks who listens. */
#include "core/internal.h"

static u8 zone_index_of(u32 pfn)
{
	/* Not from the page: the first one of a clipped pageblock is in no zone. */
	return this_core()->spbs[pfn_to_pageblock(pfn)->spb].zone->index;
}

void spb_event_page(enum spb_event_type type, u32 pfn, unsigned int order, int mt, u32 arg,
		    u32 arg2)
{
	struct spb_event event = {
		.type = (u8)type,
		.zone = zone_index_of(pfn),
		.order = (u8)order,
		.mt = (u8)mt,
		.spb = pfn_to_pageblock(pfn)->spb,
		.pfn = pfn,
		.arg = arg,
		.arg2 = arg2,
	};

	shim_event(&event);
}

void spb_event_step(enum spb_step step, u32 pfn, unsigned int order, int mt,
		    unsigned int alloc_flags)
{
	struct spb_event event = {
		.type = SPB_EV_ALLOC,
		.step = (u8)step,
		.zone = zone_index_of(pfn),
		.order = (u8)order,
		.mt = (u8)mt,
		.spb = pfn_to_pageblock(pfn)->spb,
		.pfn = pfn,
		.arg = alloc_flags,
	};

	shim_event(&event);
}

void spb_event_spb(enum spb_event_type type, const struct superpageblock *sb, u32 arg, u32 arg2)
{
	struct spb_event event = {
		.type = (u8)type,
		.zone = sb->zone->index,
		.spb = spb_index(sb),
		.pfn = SPB_NO_PFN,
		.arg = arg,
		.arg2 = arg2,
	};

	shim_event(&event);
}

void spb_event_zone(enum spb_event_type type, const struct zone *zone, unsigned int order, int mt,
		    u32 arg, u32 arg2)
{
	struct spb_event event = {
		.type = (u8)type,
		.zone = zone->index,
		.order = (u8)order,
		.mt = (u8)mt,
		.spb = SPB_NO_SPB,
		.pfn = SPB_NO_PFN,
		.arg = arg,
		.arg2 = arg2,
	};

	shim_event(&event);
}

void spb_event_choice(const struct zone *zone, const struct superpageblock *sb,
		      unsigned int category, unsigned int room, u64 rows)
{
	struct spb_event event = {
		.type = SPB_EV_CHOICE,
		.zone = zone->index,
		.order = (u8)category,
		.mt = (u8)room,
		.spb = sb ? spb_index(sb) : SPB_NO_SPB,
		.pfn = SPB_NO_PFN,
		.arg = (u32)rows,
		.arg2 = (u32)(rows >> 32),
	};

	shim_event(&event);
}

/* Nothing is read for it: no other CPU comes between what it tells of and the telling. */
void spb_event_kswapd(enum spb_event_type type, unsigned int nid, unsigned int order)
{
	struct spb_event event = {
		.type = (u8)type,
		.zone = (u8)(nid * MAX_NR_ZONES),
		.order = (u8)order,
		.mt = MIGRATE_MOVABLE,
		.spb = SPB_NO_SPB,
		.pfn = SPB_NO_PFN,
		.arg = nid,
	};

	shim_event(&event);
}

void spb_event_request(enum spb_event_type type, gfp_t gfp_mask, unsigned int order,
		       unsigned int alloc_flags, const struct alloc_context *ac, u32 arg)
{
	const struct zone *preferred = zonelist_zone(ac->preferred_zoneref);
	struct spb_event event = {
		.type = (u8)type,
		.zone = preferred ? preferred->index : NODE_DATA(ac->nid)->node_zones->index,
		.order = (u8)order,
		.mt = (u8)ac->migratetype,
		.spb = SPB_NO_SPB,
		.pfn = SPB_NO_PFN,
		.arg = arg,
		.arg2 = alloc_flags,
		.gfp = gfp_mask,
	};

	shim_event(&event);
}
