// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request that may not sleep gives up, and in which order, when the walk over the
 * zones found nothing and NOFRAGMENT was in force:
 *
 *   NORETRY ─▶ fail
 *   best effort, order > 0, a smaller retry can be served from the tainted pool ─▶ fail
 *   first time ─▶ ALLOC_NOFRAG_TAINTED_OK, walk again
 *   then ─▶ without ALLOC_NOFRAGMENT, walk again (may taint)
 *
 * Source: patch 35 of 40 of the superpageblock series.
 */
#include "core/internal.h"

#ifdef SPB_DROPIN_FILE
#include SPB_DROPIN_FILE
#endif

#ifndef SPB_HAVE_spb_tainted_can_serve_smaller
static bool spb_has_smaller_buddy(const struct superpageblock *sb, unsigned int order, int mt)
{
	for (unsigned int o = 0; o < order; o++) {
		if (!list_empty(&sb->free_area[o].free_list[mt]))
			return true;
		if (migratetype_is_nonmovable(mt) &&
		    !list_empty(&sb->free_area[o].free_list[opposite_migratetype(mt)]))
			return true;
	}
	return false;
}

/*
 * Could a smaller request of this type be served from the tainted pool, at once or after
 * migration? Movable content counts as what migration can free, whatever its order.
 *
 * Takes zone->lock: spb_update_list() moves the entries of these lists under it, and a
 * walk without it could continue on another list and never end.
 */
static bool spb_tainted_can_serve_smaller(struct zone *zone, unsigned int order, int migratetype)
{
	struct superpageblock *sb;
	unsigned long flags;
	bool found = false;

	if (!order)
		return false;
	spin_lock_irqsave(&zone->lock, flags);
	for (int full = SB_FULL; full < __NR_SB_FULLNESS && !found; full++) {
		list_for_each_entry(sb, &zone->spb_lists[SB_TAINTED][full], list) {
			found = sb->nr_movable || spb_has_smaller_buddy(sb, order, migratetype);
			if (found)
				break;
		}
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return found;
}
#endif

bool spb_can_serve_smaller(struct zone *zone, unsigned int order, int migratetype)
{
	return spb_tainted_can_serve_smaller(zone, order, migratetype);
}

#ifndef SPB_HAVE_tainted_pool_has_free
/* Is there a free page in any tainted superpageblock? Locked for the same reason. */
static bool tainted_pool_has_free(struct zone *zone)
{
	struct superpageblock *sb;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&zone->lock, flags);
	for (int full = SB_FULL; full < __NR_SB_FULLNESS && !found; full++) {
		list_for_each_entry(sb, &zone->spb_lists[SB_TAINTED][full], list) {
			found = sb->nr_free_pages;
			if (found)
				break;
		}
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return found;
}
#endif

bool spb_tainted_pool_has_free(struct zone *zone)
{
	return tainted_pool_has_free(zone);
}

/* The preferred zone decides, as posted; with relax_all_zones every zone of the request. */
static __maybe_unused bool smaller_retry_can(unsigned int order, const struct alloc_context *ac)
{
	struct zoneref *z;
	struct zone *zone;

	if (!spb_tunable(relax_all_zones))
		return spb_tainted_can_serve_smaller(zonelist_zone(ac->preferred_zoneref), order,
						     ac->migratetype);
	for_each_zone_allowed(zone, z, ac)
		if (spb_tainted_can_serve_smaller(zone, order, ac->migratetype))
			return true;
	return false;
}

#ifndef SPB_HAVE_spb_relax_decide
/* No direct reclaim (given here), no warning wanted, failure allowed, more than a page. */
static bool is_best_effort(gfp_t gfp_mask, unsigned int order)
{
	return order > 0 && (gfp_mask & __GFP_NOWARN) && !(gfp_mask & __GFP_NOFAIL);
}

enum spb_relax spb_relax_decide(gfp_t gfp_mask, unsigned int order, unsigned int alloc_flags,
				const struct alloc_context *ac)
{
	if (gfp_mask & __GFP_NORETRY)
		return SPB_RELAX_NORETRY;
	if (spb_tunable(lower_order_refusal) && is_best_effort(gfp_mask, order) &&
	    smaller_retry_can(order, ac))
		return SPB_RELAX_SMALLER;
	if (!(alloc_flags & ALLOC_NOFRAG_TAINTED_OK))
		return SPB_RELAX_TAINTED_OK;
	return SPB_RELAX_DROP;
}
#endif
