// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocation: the request's flags, the walk over the zonelist with its watermarks, and
 * the entry points. What happens when the walk finds nothing is in relax.c (requests
 * that may not sleep) and slowpath.c (those that may).
 *
 * Specified in S5 and S7 of docs/specification.md.
 */
#include "core/internal.h"

/* --- the request --- */

static bool may_sleep(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

static enum zone_type gfp_zone(gfp_t gfp)
{
	if (gfp & __GFP_DMA32)
		return ZONE_DMA32;
	if ((gfp & (__GFP_HIGHMEM | __GFP_MOVABLE)) == (__GFP_HIGHMEM | __GFP_MOVABLE))
		return ZONE_MOVABLE;
	return ZONE_NORMAL;
}

static int gfp_migratetype(gfp_t gfp)
{
	if (gfp & __GFP_MOVABLE)
		return MIGRATE_MOVABLE;
	return gfp & __GFP_RECLAIMABLE ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
}

static bool zone_bits_conflict(gfp_t gfp)
{
	gfp_t bits = gfp & (__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32);

	return bits & (bits - 1);
}

/* The node limits of a request: a node that exists, and a mask that leaves one. */
static bool node_is_bad(unsigned int nid, u32 nodemask)
{
	return nid >= nr_online_nodes || (nodemask && !(nodemask & (BIT(nr_online_nodes) - 1)));
}

static bool request_is_bad(gfp_t gfp, unsigned int order, unsigned int nid, u32 nodemask)
{
	bool nofail = gfp & __GFP_NOFAIL;

	return bad_call(order > max_page_order, SPB_RULE_ALLOC_ORDER) ||
	       bad_call(zone_bits_conflict(gfp), SPB_RULE_ALLOC_ZONE_BITS) ||
	       bad_call((gfp & GFP_MOVABLE_MASK) == GFP_MOVABLE_MASK,
			SPB_RULE_ALLOC_MOBILITY_BITS) ||
	       bad_call(nofail && order > 1, SPB_RULE_ALLOC_NOFAIL_ORDER) ||
	       bad_call(nofail && !(gfp & __GFP_DIRECT_RECLAIM), SPB_RULE_ALLOC_NOFAIL_ATOMIC) ||
	       bad_call(nofail && (gfp & __GFP_MEMALLOC), SPB_RULE_ALLOC_NOFAIL_MEMALLOC) ||
	       bad_call(node_is_bad(nid, nodemask), SPB_RULE_ALLOC_NODE);
}

struct zone *next_zone(struct zoneref **z, const struct alloc_context *ac)
{
	struct zoneref *ref = *z;

	while (ref->zone && (ref->zone_idx > ac->highest_zoneidx ||
			     !(ac->nodemask & BIT(zone_to_nid(ref->zone)))))
		ref++;
	/* The end of the list, without a zone, when none is allowed. */
	*z = ref;
	return ref->zone;
}

unsigned int alloc_flags_nofragment(struct zone *zone, gfp_t gfp_mask)
{
	unsigned int alloc_flags = gfp_mask & __GFP_KSWAPD_RECLAIM ? ALLOC_KSWAPD : 0;

	if (defrag_mode)
		return alloc_flags | ALLOC_NOFRAGMENT;
	if (!zone || zone_idx(zone) != ZONE_NORMAL)
		return alloc_flags;
	/* Fragmenting DMA32 is the cheaper evil, where the node has one. */
	if (nr_online_nodes > 1 && !populated_zone(zone - (ZONE_NORMAL - ZONE_DMA32)))
		return alloc_flags;
	return alloc_flags | ALLOC_NOFRAGMENT;
}

/* A failure of the request costs its caller little: it has a fallback, or asked in vain. */
static bool request_is_optional(gfp_t gfp, unsigned int order)
{
	if (!order && !spb_tunable(optional_any_order))
		return false;
	if (gfp & (__GFP_MEMALLOC | __GFP_NOFAIL))
		return false;
	if ((gfp & __GFP_NORETRY) && !(gfp & __GFP_RETRY_MAYFAIL))
		return true;
	return !(gfp & (__GFP_DIRECT_RECLAIM | __GFP_NOMEMALLOC));
}

unsigned int alloc_flags_policy(struct zone *zone, gfp_t gfp_mask, unsigned int order)
{
	unsigned int alloc_flags = alloc_flags_nofragment(zone, gfp_mask);

	/* Relabelling inside a tainted superpageblock is cheaper than reclaim. */
	if (gfp_mask & __GFP_DIRECT_RECLAIM)
		alloc_flags |= ALLOC_NOFRAG_TAINTED_OK;
	if (request_is_optional(gfp_mask, order))
		alloc_flags |= ALLOC_HIGHORDER_OPTIONAL;
	if (gfp_migratetype(gfp_mask) == MIGRATE_MOVABLE)
		alloc_flags |= ALLOC_CMA;
	return alloc_flags;
}

bool prepare_alloc_pages(gfp_t gfp_mask, unsigned int order, unsigned int nid, u32 nodemask,
			 struct alloc_context *ac, unsigned int *alloc_flags)
{
	unsigned int list = gfp_mask & __GFP_THISNODE ? ZONELIST_NOFALLBACK : ZONELIST_FALLBACK;
	struct zone *preferred;

	if (request_is_bad(gfp_mask, order, nid, nodemask))
		return false;
	if (may_sleep(gfp_mask))
		might_sleep();
	ac->nid = nid;
	ac->nodemask = nodemask ? nodemask : ~0U;
	ac->highest_zoneidx = gfp_zone(gfp_mask);
	ac->migratetype = gfp_migratetype(gfp_mask);
	ac->zonelist = &NODE_DATA(nid)->node_zonelists[list];
	ac->preferred_zoneref = ac->zonelist->_zonerefs;
	preferred = next_zone(&ac->preferred_zoneref, ac);
	*alloc_flags = ALLOC_WMARK_LOW | alloc_flags_policy(preferred, gfp_mask, order);
	return true;
}

/* --- the zones --- */

/* Free pages that this request may not count on. */
static s64 unusable_free(const struct zone *zone, unsigned int order, unsigned int alloc_flags)
{
	s64 pages = (s64)BIT(order) - 1;

	if (!(alloc_flags & ALLOC_RESERVES))
		pages += READ_ONCE(zone->nr_free_highatomic);
	if (!(alloc_flags & ALLOC_CMA))
		pages += READ_ONCE(zone->nr_free_cma);
	return pages;
}

static bool has_buddy(const struct zone *zone, unsigned int order, unsigned int alloc_flags)
{
	for (; order <= max_page_order; order++) {
		const struct zone_area *area = &zone->area[order];

		for (int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
			if (READ_ONCE(area->nr_list[mt]))
				return true;
		if ((alloc_flags & ALLOC_CMA) && READ_ONCE(area->nr_list[MIGRATE_CMA]))
			return true;
		if ((alloc_flags & ALLOC_HIGHATOMIC) &&
		    READ_ONCE(area->nr_list[MIGRATE_HIGHATOMIC]))
			return true;
	}
	return false;
}

/* Lockless: a stale count only makes the answer a moment old. */
bool zone_watermark_ok(struct zone *zone, unsigned int order, unsigned long mark,
		       enum zone_type highest_zoneidx, unsigned int alloc_flags)
{
	s64 least = (s64)mark;
	s64 free = (s64)READ_ONCE(zone->nr_free_pages) - unusable_free(zone, order, alloc_flags);

	if (alloc_flags & ALLOC_MIN_RESERVE) {
		least -= least / 2;
		if (alloc_flags & ALLOC_NON_BLOCK)
			least -= least / 4;
	}
	if (free <= least + zone->lowmem_reserve[highest_zoneidx])
		return false;
	return !order || has_buddy(zone, order, alloc_flags);
}

static struct page *rmqueue_buddy(struct zone *zone, unsigned int order, int migratetype,
				  unsigned int alloc_flags)
{
	enum rmqueue_mode mode = RMQUEUE_NORMAL;
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	if (alloc_flags & ALLOC_HIGHATOMIC)
		page = __rmqueue_smallest(zone, order, MIGRATE_HIGHATOMIC, alloc_flags, NULL);
	if (!page)
		page = __rmqueue(zone, order, migratetype, alloc_flags, &mode);
	/* Failing an atomic request now is worse than a later high order. */
	if (!page && (alloc_flags & ALLOC_NON_BLOCK))
		page = __rmqueue_smallest(zone, order, MIGRATE_HIGHATOMIC, alloc_flags, NULL);
	if (page) {
		/* The reserve serves every type; the content is what was asked for. */
		spb_note_allocation(zone, page_to_pfn(page), order, migratetype);
		set_page_allocated(page, order, migratetype);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

static struct page *rmqueue(struct zone *zone, unsigned int order, int migratetype,
			    unsigned int alloc_flags)
{
	struct page *page = NULL;

	if (pcp_allowed_order(order))
		page = rmqueue_pcplist(zone, order, migratetype, alloc_flags);
	if (!page)
		page = rmqueue_buddy(zone, order, migratetype, alloc_flags);
	return page;
}

static bool zone_is_open(struct zone *zone, unsigned int order, unsigned int alloc_flags,
			 const struct alloc_context *ac)
{
	if (alloc_flags & ALLOC_NO_WATERMARKS)
		return true;
	if (zone_watermark_ok(zone, order, wmark_pages(zone, alloc_flags & ALLOC_WMARK_MASK),
			      ac->highest_zoneidx, alloc_flags))
		return true;
	spb_refuse_with(zone, order, ac->migratetype, WATERMARK,
			alloc_flags | (u32)ac->highest_zoneidx << SPB_REFUSE_ZONE_SHIFT);
	return false;
}

static bool leaves_local_node(const struct zone *zone, const struct alloc_context *ac)
{
	return zone_to_nid(zone) != zone_to_nid(zonelist_zone(ac->preferred_zoneref));
}

enum walk_end { WALK_DONE, WALK_REMOTE };

/*
 * One walk over the zonelist. With NOFRAGMENT it stops before the first remote zone
 * (WALK_REMOTE): fragmenting at home is better than going there.
 */
static struct page *walk_zonelist(unsigned int order, unsigned int alloc_flags,
				  const struct alloc_context *ac, enum walk_end *end)
{
	bool stop_at_remote = (alloc_flags & ALLOC_NOFRAGMENT) && !defrag_mode;
	struct zoneref *z;
	struct zone *zone;

	*end = WALK_DONE;
	for_each_zone_allowed(zone, z, ac) {
		struct page *page;

		if (stop_at_remote && leaves_local_node(zone, ac)) {
			*end = WALK_REMOTE;
			return NULL;
		}
		if (!zone_is_open(zone, order, alloc_flags, ac))
			continue;
		page = rmqueue(zone, order, ac->migratetype, alloc_flags);
		if (!page)
			continue;
		if (order && (alloc_flags & ALLOC_HIGHATOMIC))
			reserve_highatomic_pageblock(page, order, zone);
		return page;
	}
	return NULL;
}

struct page *get_page_from_freelist(gfp_t gfp_mask, unsigned int order, unsigned int alloc_flags,
				    const struct alloc_context *ac)
{
	for (;;) {
		enum walk_end end;
		enum spb_relax relax;
		struct page *page;

		spb_event_request(SPB_EV_WALK, gfp_mask, order, alloc_flags, ac, 0);
		page = walk_zonelist(order, alloc_flags, ac, &end);
		if (!page)
			spb_event_request(SPB_EV_WALK, gfp_mask, order, alloc_flags, ac, 1);
		if (page || !(alloc_flags & ALLOC_NOFRAGMENT) || defrag_mode)
			return page;
		/* Relaxing is for a zone that has a pool. */
		if (!zonelist_zone(ac->preferred_zoneref))
			return NULL;
		shim_step();
		/* An atomic optional request relaxes fully at home first; others as mainline. */
		if (end == WALK_REMOTE &&
		    (may_sleep(gfp_mask) || !(alloc_flags & ALLOC_HIGHORDER_OPTIONAL))) {
			alloc_flags &= ~ALLOC_NOFRAGMENT;
			continue;
		}
		if (may_sleep(gfp_mask))
			return NULL;

		relax = spb_relax_decide(gfp_mask, order, alloc_flags, ac);
		spb_event_request(SPB_EV_RELAX, gfp_mask, order, alloc_flags, ac, relax);
		switch (relax) {
		case SPB_RELAX_TAINTED_OK:
			alloc_flags |= ALLOC_NOFRAG_TAINTED_OK;
			continue;
		case SPB_RELAX_DROP:
			alloc_flags &= ~ALLOC_NOFRAGMENT;
			continue;
		case SPB_RELAX_NORETRY:
			spb_refuse(zonelist_zone(ac->preferred_zoneref), order, ac->migratetype,
				   NORETRY);
			return NULL;
		default:
			spb_refuse(zonelist_zone(ac->preferred_zoneref), order, ac->migratetype,
				   SMALLER);
			return NULL;
		}
	}
}

/* --- entry points --- */

struct page *__alloc_pages(gfp_t gfp, unsigned int order, unsigned int nid, u32 nodemask)
{
	struct alloc_context ac;
	unsigned int alloc_flags;
	struct page *page;

	if (!prepare_alloc_pages(gfp, order, nid, nodemask, &ac, &alloc_flags))
		return NULL;
	page = get_page_from_freelist(gfp, order, alloc_flags, &ac);
	return page ? page : __alloc_pages_slowpath(gfp, order, &ac);
}

unsigned int alloc_pages_bulk(gfp_t gfp, unsigned int nid, unsigned int nr_pages,
			      struct page **page_array)
{
	struct alloc_context ac;
	unsigned int alloc_flags, nr = 0;
	struct zoneref *z;
	struct zone *zone;

	if (!prepare_alloc_pages(gfp, 0, nid, 0, &ac, &alloc_flags))
		return 0;
	spb_event_request(SPB_EV_WALK, gfp, 0, alloc_flags, &ac, 0);
	for_each_zone_allowed(zone, z, &ac) {
		unsigned long mark = wmark_pages(zone, ALLOC_WMARK_LOW) + nr_pages;

		if (leaves_local_node(zone, &ac))
			break;
		if (!zone_watermark_ok(zone, 0, mark, ac.highest_zoneidx, alloc_flags))
			continue;
		while (nr < nr_pages) {
			struct page *page = rmqueue(zone, 0, ac.migratetype, alloc_flags);

			if (!page)
				break;
			page_array[nr++] = page;
		}
		break;
	}
	if (!nr && nr_pages) {
		page_array[0] = __alloc_pages(gfp, 0, nid, 0);
		nr = page_array[0] ? 1 : 0;
	}
	return nr;
}
