// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search for a free page: a table of steps, tried in order. A step either serves the
 * request or leaves everything as it was.
 *
 *                       tainted          clean            empty
 *   unmovable,          own              -                empty (taints)
 *   reclaimable         claim-whole
 *                       claim-part
 *                       borrow-other
 *                       borrow-movable
 *   movable             other (reserve)  own              empty
 *
 * What a request may do to labels and to clean superpageblocks is in its allocation flags:
 * with ALLOC_NOFRAGMENT alone it relabels nothing and taints nothing; with
 * ALLOC_NOFRAG_TAINTED_OK too it relabels inside tainted superpageblocks; with neither it
 * may do both.
 *
 * Specified in S4.11 to S4.19 of docs/specification.md.
 */
#include "core/internal.h"
#include "core/summary.h"

struct search {
	struct zone *zone;
	unsigned int order;
	int migratetype;
	unsigned int alloc_flags;
	struct spb_tainted_walk *walk; /* or NULL */
};

struct search_step {
	enum spb_step step;
	bool (*applies)(const struct search *s);
	struct page *(*take)(const struct search *s, enum spb_step step);
};

bool spb_may_relabel_tainted(const struct zone *zone, unsigned int alloc_flags)
{
	return !spb_policy_on(zone) || !(alloc_flags & ALLOC_NOFRAGMENT) ||
	       (alloc_flags & ALLOC_NOFRAG_TAINTED_OK);
}

unsigned int spb_relabel_floor(const struct zone *zone, unsigned int order,
			       unsigned int alloc_flags)
{
	if (!(alloc_flags & ALLOC_NOFRAGMENT))
		return order;
	if (spb_policy_on(zone) &&
	    zone->nr_superpageblocks > spb_tunable(aggressive_threshold))
		return order;
	return max(order, pageblock_order);
}

static void note_evidence(struct spb_tainted_walk *walk, const struct superpageblock *sb)
{
	walk->has_free_page |= sb->nr_free_pages > 0;
	walk->has_free_block |= sb->nr_free > 0;
	walk->nr_below_reserve = (u16)(walk->nr_below_reserve +
				       (sb->nr_free < spb_tainted_reserve(sb)));
}

/* Smallest order on the list of @mt from @low up to, not including, @end. */
static struct page *smallest_buddy(const struct superpageblock *sb, unsigned int low,
				   unsigned int end, int mt)
{
	for (unsigned int order = low; order < end; order++) {
		struct page *page = get_page_from_free_area(&sb->free_area[order], mt);

		if (page)
			return page;
	}
	return NULL;
}

/* Whole pageblocks first (they suit the per-CPU lists), then fragments. */
static struct page *own_buddy(const struct superpageblock *sb, unsigned int order, int mt)
{
	struct page *page;

	if (sb->nr_free_pages < BIT(order))
		return NULL;
	page = smallest_buddy(sb, max(order, pageblock_order), NR_PAGE_ORDERS, mt);
	return page ? page : smallest_buddy(sb, order, pageblock_order, mt);
}

/* Non-movable content for a tainted superpageblock: its level may fall below the mark. */
static struct page *take_from(const struct search *s, struct superpageblock *sb, struct page *page,
			      int list_mt, enum spb_step step)
{
	bool tainted = spb_is_tainted(sb);

	spb_take(s->zone, page, s->order, list_mt, s->migratetype, s->alloc_flags, step);
	if (tainted && s->migratetype != MIGRATE_MOVABLE && !is_migrate_cma(s->migratetype))
		spb_check_high_water(sb);
	return page;
}

/* The same without a walk: the summary says who has a buddy that does. */
static noinline struct page *own_by_summary(const struct search *s, enum sb_category category,
					      enum spb_step step)
{
	struct superpageblock *sb = spb_with_list(s->zone, category, s->migratetype, s->order,
						  NR_PAGE_ORDERS);

	if (sb)
		return take_from(s, sb, spb_summary_buddy(sb, s->order, s->migratetype),
				 s->migratetype, step);
	if (category == SB_TAINTED && s->walk && spb_policy_on(s->zone))
		spb_summary_evidence(s->zone, s->walk);
	return NULL;
}

static struct page *own_from_category(const struct search *s, enum sb_category category,
				      enum spb_step step)
{
	struct superpageblock *sb;
	struct page *page;
	int full;

	if (spb_summary(s->zone))
		return own_by_summary(s, category, step);
	for_each_spb_fullest_first(sb, s->zone, category, full) {
		if (category == SB_TAINTED && s->walk && spb_policy_on(s->zone))
			note_evidence(s->walk, sb);
		page = own_buddy(sb, s->order, s->migratetype);
		if (page)
			return take_from(s, sb, page, s->migratetype, step);
	}
	return NULL;
}

static struct page *own_from_empty(const struct search *s, enum spb_step step)
{
	struct superpageblock *sb;
	struct page *page;

	if (spb_summary(s->zone))
		return own_by_summary(s, SB_EMPTY, step);
	list_for_each_entry(sb, &s->zone->spb_empty, list) {
		page = own_buddy(sb, s->order, s->migratetype);
		if (page)
			return take_from(s, sb, page, s->migratetype, step);
	}
	return NULL;
}

/* --- the steps --- */

static bool applies_always(const struct search *s)
{
	return s->zone->nr_superpageblocks;
}

static bool applies_to_nonmovable(const struct search *s)
{
	return spb_policy_on(s->zone) && migratetype_is_nonmovable(s->migratetype);
}

static bool applies_to_pcptypes(const struct search *s)
{
	return spb_policy_on(s->zone) && s->migratetype < MIGRATE_PCPTYPES;
}

static bool applies_to_movable(const struct search *s)
{
	return spb_policy_on(s->zone) && s->migratetype == MIGRATE_MOVABLE;
}

static struct page *step_own(const struct search *s, enum spb_step step)
{
	struct page *page;

	switch (s->migratetype) {
	case MIGRATE_HIGHATOMIC:
		step = SPB_STEP_HIGHATOMIC;
		break;
	case MIGRATE_CMA:
		step = SPB_STEP_CMA;
		break;
	}
	if (!spb_policy_on(s->zone) || is_migrate_cma(s->migratetype)) {
		page = own_from_category(s, SB_CLEAN, step);
		if (!page)
			page = own_from_category(s, SB_TAINTED, step);
		return page ? page : own_from_empty(s, step);
	}
	return own_from_category(s, s->migratetype == MIGRATE_MOVABLE ? SB_CLEAN : SB_TAINTED,
				 step);
}

/* A free movable pageblock or more, relabelled as a whole. */
static struct page *claim_whole_from(const struct search *s, struct superpageblock *sb,
				     enum spb_step step)
{
	struct page *page = smallest_buddy(sb, max(s->order, pageblock_order), NR_PAGE_ORDERS,
					   MIGRATE_MOVABLE);

	if (!page)
		return NULL;
	move_freepages_block(s->zone, page_to_pfn(page), MIGRATE_MOVABLE, s->migratetype);
	return take_from(s, sb, page, s->migratetype, step);
}

static noinline struct page *claim_whole_by_summary(const struct search *s,
						      enum sb_category category,
						      enum spb_step step)
{
	struct superpageblock *sb = spb_with_list(s->zone, category, MIGRATE_MOVABLE,
						  max(s->order, pageblock_order),
						  NR_PAGE_ORDERS);

	return sb ? claim_whole_from(s, sb, step) : NULL;
}

static struct page *step_claim_whole(const struct search *s, enum spb_step step)
{
	struct superpageblock *sb;
	struct page *page;
	int full;

	if (!spb_may_relabel_tainted(s->zone, s->alloc_flags)) {
		spb_refuse_with(s->zone, s->order, s->migratetype, NOFRAGMENT, s->alloc_flags);
		return NULL;
	}
	if (spb_summary(s->zone))
		return claim_whole_by_summary(s, SB_TAINTED, step);
	for_each_spb_fullest_first(sb, s->zone, SB_TAINTED, full) {
		page = sb->nr_free ? claim_whole_from(s, sb, step) : NULL;
		if (page)
			return page;
	}
	return NULL;
}

/* The largest fragment, since the rest of its pageblock comes along. */
static __always_inline struct page *claim_part_of(const struct search *s, struct superpageblock *sb,
					      enum spb_step step)
{
	struct page *page;

	for (unsigned int o = pageblock_order; o-- > s->order;) {
		list_for_each_entry(page, &sb->free_area[o].free_list[MIGRATE_MOVABLE],
				    buddy_list) {
			if (try_to_claim_block(s->zone, page, o, s->migratetype, MIGRATE_MOVABLE,
					       true))
				return take_from(s, sb, page, s->migratetype, step);
		}
	}
	return NULL;
}

/* One after the other: of a pageblock that is partial no part is claimed. */
static noinline struct page *claim_part_by_summary(const struct search *s, enum spb_step step)
{
	const struct spb_question q = {
		.zone = s->zone,
		.category = SB_TAINTED,
		.rows = spb_list_rows(MIGRATE_MOVABLE, s->order, pageblock_order),
	};
	struct spb_cursor cursor;
	struct superpageblock *sb;

	for_each_spb_that(sb, cursor, &q) {
		struct page *page = claim_part_of(s, sb, step);

		if (page)
			return page;
	}
	return NULL;
}

static struct page *step_claim_part(const struct search *s, enum spb_step step)
{
	struct superpageblock *sb;
	struct page *page;
	int full;

	if (!spb_may_relabel_tainted(s->zone, s->alloc_flags) ||
	    spb_relabel_floor(s->zone, s->order, s->alloc_flags) > s->order)
		return NULL;
	if (spb_summary(s->zone))
		return claim_part_by_summary(s, step);
	for_each_spb_fullest_first(sb, s->zone, SB_TAINTED, full) {
		page = claim_part_of(s, sb, step);
		if (page)
			return page;
	}
	return NULL;
}

/*
 * A buddy from another type's list, without a change of label: when it is freed it goes
 * back to where it came from.
 *
 *   before  | R: ..R. |            after   | R: .UR. |   label R, bits has R, has U
 *
 * Whole pageblocks are not borrowed: they can be relabelled, which mixes nothing.
 */
static __always_inline struct page *borrow_from(const struct search *s, struct superpageblock *sb,
					    int list_mt, enum spb_step step)
{
	struct page *page = smallest_buddy(sb, s->order, pageblock_order, list_mt);

	if (!page)
		return NULL;
	spb_event_page(SPB_EV_BORROW, page_to_pfn(page), s->order, s->migratetype, (u32)list_mt,
		       0);
	return take_from(s, sb, page, list_mt, step);
}

static struct page *borrow(const struct search *s, int list_mt, enum spb_step step)
{
	struct superpageblock *sb;
	struct page *page;
	int full;

	if (spb_summary(s->zone)) {
		sb = spb_with_list(s->zone, SB_TAINTED, list_mt, s->order, pageblock_order);
		return sb ? borrow_from(s, sb, list_mt, step) : NULL;
	}
	for_each_spb_fullest_first(sb, s->zone, SB_TAINTED, full) {
		page = borrow_from(s, sb, list_mt, step);
		if (page)
			return page;
	}
	return NULL;
}

static struct page *step_borrow_other(const struct search *s, enum spb_step step)
{
	return borrow(s, opposite_migratetype(s->migratetype), step);
}

static struct page *step_borrow_movable(const struct search *s, enum spb_step step)
{
	return borrow(s, MIGRATE_MOVABLE, step);
}

static struct page *step_wake(const struct search *s, enum spb_step step __maybe_unused)
{
	spb_event_zone(SPB_EV_WAKE, s->zone, s->order, s->migratetype, 0, 0);
	spb_wake_workers(s->zone);
	return NULL;
}

/* The first non-movable page of a zone has to go somewhere. */
static bool may_taint_empty(const struct search *s)
{
	return !(s->alloc_flags & ALLOC_NOFRAGMENT) || !s->zone->nr_tainted;
}

static struct page *step_empty(const struct search *s, enum spb_step step)
{
	struct superpageblock *sb;
	struct page *page;

	if (s->migratetype == MIGRATE_MOVABLE)
		return own_from_empty(s, step);
	if (!may_taint_empty(s)) {
		spb_refuse_with(s->zone, s->order, s->migratetype, NOFRAGMENT, s->alloc_flags);
		return NULL;
	}
	if (spb_summary(s->zone))
		return claim_whole_by_summary(s, SB_EMPTY, step);
	list_for_each_entry(sb, &s->zone->spb_empty, list) {
		page = claim_whole_from(s, sb, step);
		if (page)
			return page;
	}
	return NULL;
}

static noinline struct page *other_by_summary(const struct search *s, enum spb_step step)
{
	struct superpageblock *sb = spb_with_room(s->zone, s->order);

	if (sb)
		return take_from(s, sb, spb_summary_buddy(sb, s->order, MIGRATE_MOVABLE),
				 MIGRATE_MOVABLE, step);
	if (spb_any_without_room(s->zone))
		spb_refuse(s->zone, s->order, s->migratetype, RESERVE);
	return NULL;
}

static struct page *step_other(const struct search *s, enum spb_step step)
{
	struct superpageblock *sb;
	bool reserve = false;
	struct page *page;
	int full;

	/* Room in the summary is room for one pageblock. */
	if (spb_summary(s->zone) && s->order <= pageblock_order)
		return other_by_summary(s, step);
	for_each_spb_fullest_first(sb, s->zone, SB_TAINTED, full) {
		if (!spb_movable_may_take(sb, s->order)) {
			reserve = true;
			continue;
		}
		page = own_buddy(sb, s->order, MIGRATE_MOVABLE);
		if (page)
			return take_from(s, sb, page, MIGRATE_MOVABLE, step);
	}
	if (reserve)
		spb_refuse(s->zone, s->order, s->migratetype, RESERVE);
	return NULL;
}

static const struct search_step search_steps[] = {
	{ SPB_STEP_OWN, applies_always, step_own },
	{ SPB_STEP_CLAIM_WHOLE, applies_to_nonmovable, step_claim_whole },
	{ SPB_STEP_CLAIM_PART, applies_to_nonmovable, step_claim_part },
	{ SPB_STEP_BORROW_OTHER, applies_to_nonmovable, step_borrow_other },
	{ SPB_STEP_BORROW_MOVABLE, applies_to_nonmovable, step_borrow_movable },
	{ SPB_STEP_WAKE, applies_to_nonmovable, step_wake },
	{ SPB_STEP_EMPTY, applies_to_pcptypes, step_empty },
	{ SPB_STEP_OTHER, applies_to_movable, step_other },
};

struct page *__rmqueue_smallest(struct zone *zone, unsigned int order, int migratetype,
				unsigned int alloc_flags, struct spb_tainted_walk *walk)
{
	const struct search s = {
		.zone = zone,
		.order = order,
		.migratetype = migratetype,
		.alloc_flags = alloc_flags,
		.walk = walk,
	};

	lockdep_assert_held(&zone->lock);
	for (unsigned int i = 0; i < ARRAY_SIZE(search_steps); i++) {
		const struct search_step *step = &search_steps[i];
		struct page *page = step->applies(&s) ? step->take(&s, step->step) : NULL;

		if (page)
			return page;
	}
	return NULL;
}

/* An optional request must not fragment while the tainted pool has anything left. */
static bool optional_refused(struct zone *zone, unsigned int order, int migratetype,
			     unsigned int alloc_flags, const struct spb_tainted_walk *walk)
{
	if (!(alloc_flags & ALLOC_HIGHORDER_OPTIONAL) || !walk->has_free_page)
		return false;
	spb_event_zone(SPB_EV_REFUSE, zone, order, migratetype,
		       walk->has_free_block ? SPB_REFUSAL_OPTIONAL_BLOCK
					    : SPB_REFUSAL_OPTIONAL_PAGE,
		       walk->nr_below_reserve);
	return true;
}

struct page *__rmqueue(struct zone *zone, unsigned int order, int migratetype,
		       unsigned int alloc_flags, enum rmqueue_mode *mode)
{
	struct spb_tainted_walk walk = { 0 };
	struct page *page;

	switch (*mode) {
	case RMQUEUE_NORMAL:
		page = __rmqueue_smallest(zone, order, migratetype, alloc_flags, &walk);
		if (page)
			return page;
		/* fall through */
	case RMQUEUE_CMA:
		if (alloc_flags & ALLOC_CMA) {
			page = __rmqueue_smallest(zone, order, MIGRATE_CMA, alloc_flags, NULL);
			if (page) {
				*mode = RMQUEUE_CMA;
				return page;
			}
		}
		if (optional_refused(zone, order, migratetype, alloc_flags, &walk))
			return NULL;
		page = __rmqueue_claim(zone, order, migratetype, alloc_flags);
		if (page) {
			/* A claimed pageblock refills the own lists. */
			*mode = RMQUEUE_NORMAL;
			return page;
		}
		/* fall through */
	case RMQUEUE_STEAL:
		if (alloc_flags & ALLOC_NOFRAGMENT)
			return NULL;
		page = __rmqueue_steal(zone, order, migratetype, alloc_flags);
		if (page)
			*mode = RMQUEUE_STEAL;
		return page;
	}
	return NULL;
}
