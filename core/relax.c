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
 *
 * Specified in S5.11 to S5.13 of docs/specification.md.
 */
#include "core/internal.h"
#include "core/summary.h"

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

static u64 smaller_rows(unsigned int order, int mt)
{
	u64 rows = SPB_ROW_BIT(SPB_ROW_MOVABLE) | spb_list_rows(mt, 0, order);

	if (migratetype_is_nonmovable(mt))
		rows |= spb_list_rows(opposite_migratetype(mt), 0, order);
	return rows;
}

/* Takes zone->lock, which protects the summary as well. */
static noinline bool tainted_pool_has(struct zone *zone, u64 rows)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&zone->lock, flags);
	found = spb_tainted_has(zone, rows);
	spin_unlock_irqrestore(&zone->lock, flags);
	return found;
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
	if (spb_summary(zone))
		return tainted_pool_has(zone, smaller_rows(order, migratetype));
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

bool spb_can_serve_smaller(struct zone *zone, unsigned int order, int migratetype)
{
	return spb_tainted_can_serve_smaller(zone, order, migratetype);
}

/* Is there a free page in any tainted superpageblock? Locked for the same reason. */
static bool tainted_pool_has_free(struct zone *zone)
{
	struct superpageblock *sb;
	unsigned long flags;
	bool found = false;

	if (spb_summary(zone))
		return tainted_pool_has(zone, SPB_ROW_BIT(SPB_ROW_FREE_PAGES));
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

bool spb_tainted_pool_has_free(struct zone *zone)
{
	return tainted_pool_has_free(zone);
}

/* Pages in the buddies of a list below order @end; counting ends at @enough. */
static u32 listed_pages(const struct superpageblock *sb, int mt, unsigned int end, u32 enough)
{
	const struct page *page;
	u32 pages = 0;

	for (unsigned int o = 0; o < end; o++) {
		list_for_each_entry(page, &sb->free_area[o].free_list[mt], buddy_list) {
			pages += BIT(o);
			if (pages >= enough)
				return pages;
		}
	}
	return pages;
}

/* What a walk with NOFRAGMENT takes from a tainted superpageblock: see the steps own,
 * borrow-other, borrow-movable and other. */
static u32 pages_as_they_are(const struct superpageblock *sb, int mt, u32 enough)
{
	bool steered = spb_policy_on(sb->zone);
	u32 pages;

	if (mt == MIGRATE_MOVABLE && steered && !spb_movable_may_take(sb, 0))
		return 0;
	pages = listed_pages(sb, mt, NR_PAGE_ORDERS, enough);
	if (steered && migratetype_is_nonmovable(mt)) {
		pages += listed_pages(sb, opposite_migratetype(mt), pageblock_order, enough);
		pages += listed_pages(sb, MIGRATE_MOVABLE, pageblock_order, enough);
	}
	return pages;
}

/*
 * The refusal as a promise that is kept: what smaller requests need is free in the tainted
 * pool, on lists that they may take from, and above the watermark that they meet first.
 * Movable content counts for nothing: nobody moves it before the retry.
 *
 *   refusal_keeps_promise 1: one page, so some retry is served
 *                         2: as many as were asked for, so that all of it can come
 */
static bool pool_serves_retries(struct zone *zone, unsigned int order, unsigned int alloc_flags,
				const struct alloc_context *ac)
{
	u32 enough = spb_tunable(refusal_keeps_promise) > 1 ? BIT(order) : 1;
	struct superpageblock *sb;
	unsigned long flags;
	u32 pages = 0;

	if (!zone_watermark_ok(zone, 0, wmark_pages(zone, WMARK_LOW) + BIT(order) - 1,
			       ac->highest_zoneidx, alloc_flags & ALLOC_CMA))
		return false;
	spin_lock_irqsave(&zone->lock, flags);
	for (int full = SB_FULL; full < __NR_SB_FULLNESS && pages < enough; full++) {
		list_for_each_entry(sb, &zone->spb_lists[SB_TAINTED][full], list) {
			pages += pages_as_they_are(sb, ac->migratetype, enough);
			if (pages >= enough)
				break;
		}
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return pages >= enough;
}

static bool zone_serves_smaller(struct zone *zone, unsigned int order, unsigned int alloc_flags,
				const struct alloc_context *ac)
{
	if (!spb_tunable(refusal_keeps_promise))
		return spb_tainted_can_serve_smaller(zone, order, ac->migratetype);
	/* A walk with NOFRAGMENT stays at home. */
	return zone_to_nid(zone) == zone_to_nid(zonelist_zone(ac->preferred_zoneref)) &&
	       pool_serves_retries(zone, order, alloc_flags, ac);
}

/* The preferred zone decides, as posted; with relax_all_zones every zone of the request. */
static bool smaller_retry_can(unsigned int order, unsigned int alloc_flags,
			      const struct alloc_context *ac)
{
	struct zoneref *z;
	struct zone *zone;

	if (!spb_tunable(relax_all_zones))
		return zone_serves_smaller(zonelist_zone(ac->preferred_zoneref), order,
					   alloc_flags, ac);
	for_each_zone_allowed(zone, z, ac)
		if (zone_serves_smaller(zone, order, alloc_flags, ac))
			return true;
	return false;
}

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
	    smaller_retry_can(order, alloc_flags, ac))
		return SPB_RELAX_SMALLER;
	if (!(alloc_flags & ALLOC_NOFRAG_TAINTED_OK))
		return SPB_RELAX_TAINTED_OK;
	return SPB_RELAX_DROP;
}
