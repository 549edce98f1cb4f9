// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two fallbacks when no own list and no step of the search has a page: claim a
 * pageblock of another type (and relabel it), or steal a page (and relabel nothing).
 *
 * Superpageblocks are searched by class: those of the request's preferred category, then
 * the others. The second class is where a non-movable request taints.
 *
 * Specified in S4.20 and S4.21 of docs/specification.md.
 */
#include "core/internal.h"
#include "core/summary.h"

enum sb_search { SB_SEARCH_PREFERRED, SB_SEARCH_OTHER, NR_SB_SEARCH };

static const int fallbacks[MIGRATE_PCPTYPES][MIGRATE_PCPTYPES - 1] = {
	[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
	[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
	[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
};

struct fallback {
	struct zone *zone;
	unsigned int order;
	int migratetype;
	unsigned int alloc_flags;
	bool steal;
};

/* UNMOVABLE and RECLAIMABLE in one pageblock keep each other's pages below useful orders. */
static bool noncompatible_cross_type(int start_type, int block_type)
{
	return migratetype_is_nonmovable(start_type) && migratetype_is_nonmovable(block_type) &&
	       start_type != block_type;
}

/* Movable pages in use, and free pages, of a pageblock. */
static void count_block(u32 pfn, u32 *free, u32 *movable)
{
	u32 start = pageblock_start_pfn(pfn), end = start + pageblock_nr_pages;

	*free = 0;
	*movable = 0;
	while (start < end) {
		struct page *page = pfn_to_page(start);
		u32 flags = READ_ONCE(page->flags);

		if (flags & PG_buddy)
			*free += BIT(page_order(page));
		else if ((flags & PG_head) && page_type(page) == MIGRATE_MOVABLE)
			*movable += BIT(page_order(page));
		start += flags & (PG_buddy | PG_head | PG_pcp) ? BIT(page_order(page)) : 1;
	}
}

/* Is half of the pageblock free, or used by what the new label names? */
static bool half_is_compatible(u32 pfn, int start_type, int block_type)
{
	u32 free, movable, alike = 0;

	count_block(pfn, &free, &movable);
	if (start_type == MIGRATE_MOVABLE)
		alike = movable;
	else if (block_type == MIGRATE_MOVABLE)
		/* All that is neither free nor movable is taken for alike. */
		alike = pageblock_nr_pages - free - movable;
	return free + alike >= pageblock_nr_pages / 2;
}

bool try_to_claim_block(struct zone *zone, struct page *page, unsigned int current_order,
			int start_type, int block_type, bool from_tainted_spb)
{
	u32 pfn = page_to_pfn(page);

	if (current_order < pageblock_order) {
		if (pfn_to_pageblock(pfn)->flags & PB_partial) {
			spb_refuse(zone, current_order, start_type, ZONE_BOUNDARY);
			return false;
		}
		if (noncompatible_cross_type(start_type, block_type)) {
			spb_refuse(zone, current_order, start_type, CROSS_TYPE);
			return false;
		}
		if (!from_tainted_spb && !half_is_compatible(pfn, start_type, block_type)) {
			spb_refuse(zone, current_order, start_type, HALF);
			return false;
		}
	}
	move_freepages_block(zone, pfn, block_type, start_type);
	return true;
}

/*
 * Small movable requests leave labels alone: what they steal does no lasting harm, and
 * the pageblock stays with its type.
 */
static bool should_try_claim(unsigned int current_order, int start_type)
{
	return current_order >= pageblock_order / 2 || migratetype_is_nonmovable(start_type);
}

static struct page *claim_from(const struct fallback *f, struct superpageblock *sb,
			       unsigned int current_order, bool preferred)
{
	for (int i = 0; i < MIGRATE_PCPTYPES - 1; i++) {
		int block_type = fallbacks[f->migratetype][i];
		struct page *page;

		page = get_page_from_free_area(&sb->free_area[current_order], block_type);
		if (!page || !should_try_claim(current_order, f->migratetype) ||
		    !try_to_claim_block(f->zone, page, current_order, f->migratetype, block_type,
					false))
			continue;
		if (!preferred && migratetype_is_nonmovable(f->migratetype))
			queue_spb_evacuate(f->zone, f->order, f->migratetype);
		return spb_take(f->zone, page, f->order, f->migratetype, f->migratetype,
				f->alloc_flags, SPB_STEP_CLAIM);
	}
	return NULL;
}

static struct page *steal_from(const struct fallback *f, struct superpageblock *sb,
			       unsigned int current_order)
{
	for (int i = 0; i < MIGRATE_PCPTYPES - 1; i++) {
		int block_type = fallbacks[f->migratetype][i];
		struct page *page;

		if (noncompatible_cross_type(f->migratetype, block_type))
			continue;
		page = get_page_from_free_area(&sb->free_area[current_order], block_type);
		if (!page)
			continue;
		spb_event_page(SPB_EV_STEAL, page_to_pfn(page), f->order, f->migratetype,
			       (u32)block_type, 0);
		return spb_take(f->zone, page, f->order, block_type, f->migratetype,
				f->alloc_flags, SPB_STEP_STEAL);
	}
	return NULL;
}

static __always_inline struct page *fallback_from(const struct fallback *f,
						  struct superpageblock *sb,
						  unsigned int current_order, bool preferred)
{
	bool tainted = spb_is_tainted(sb);

	if (tainted && f->migratetype == MIGRATE_MOVABLE && spb_policy_on(f->zone) &&
	    !spb_movable_may_take(sb, f->order))
		return NULL;
	return f->steal ? steal_from(f, sb, current_order)
			: claim_from(f, sb, current_order, preferred);
}

static struct page *fallback_in_list(const struct fallback *f, struct list_head *list,
				     unsigned int current_order, bool preferred)
{
	struct superpageblock *sb;

	list_for_each_entry(sb, list, list) {
		struct page *page = fallback_from(f, sb, current_order, preferred);

		if (page)
			return page;
	}
	return NULL;
}

/* Lists of this order that a fallback looks at. */
static u64 fallback_rows(const struct fallback *f, unsigned int current_order)
{
	u64 rows = 0;

	for (int i = 0; i < MIGRATE_PCPTYPES - 1; i++) {
		int block_type = fallbacks[f->migratetype][i];

		if (!f->steal || !noncompatible_cross_type(f->migratetype, block_type))
			rows |= spb_list_rows(block_type, current_order, current_order + 1);
	}
	return rows;
}

/* One after the other: a claim may be refused for the sake of what is in the pageblock. */
static noinline struct page *fallback_by_summary(const struct fallback *f,
						   enum sb_category category,
						   unsigned int current_order,
						   bool preferred)
{
	bool reserve = f->migratetype == MIGRATE_MOVABLE && spb_policy_on(f->zone);
	const struct spb_question q = {
		.zone = f->zone,
		.category = category,
		.room = reserve && category == SB_TAINTED ? SPB_WITH_ROOM : SPB_ANY_ROOM,
		.rows = fallback_rows(f, current_order),
	};
	struct spb_cursor cursor;
	struct superpageblock *sb;

	for_each_spb_that(sb, cursor, &q) {
		struct page *page = fallback_from(f, sb, current_order, preferred);

		if (page)
			return page;
	}
	return NULL;
}

static struct page *fallback_in_category(const struct fallback *f, enum sb_category category,
					 unsigned int current_order, bool preferred)
{
	struct page *page = NULL;

	if (spb_summary(f->zone))
		return fallback_by_summary(f, category, current_order, preferred);
	if (category == SB_EMPTY)
		return fallback_in_list(f, &f->zone->spb_empty, current_order, preferred);
	for (int full = SB_FULL; full < __NR_SB_FULLNESS && !page; full++)
		page = fallback_in_list(f, &f->zone->spb_lists[category][full], current_order,
					preferred);
	return page;
}

/* All superpageblocks of a search class that have a buddy of @current_order to give. */
static struct page *__rmqueue_sb_find_fallback(const struct fallback *f, enum sb_search class,
					       unsigned int current_order)
{
	bool preferred = class == SB_SEARCH_PREFERRED;
	enum sb_category category = f->migratetype == MIGRATE_MOVABLE ? SB_CLEAN : SB_TAINTED;
	struct page *page;

	if (!f->zone->area[current_order].nr_free)
		return NULL;
	if (preferred)
		return fallback_in_category(f, category, current_order, true);
	page = fallback_in_category(f, category == SB_CLEAN ? SB_TAINTED : SB_CLEAN, current_order,
				    false);
	return page ? page : fallback_in_category(f, SB_EMPTY, current_order, false);
}

/*
 * Without a policy there is one superpageblock, and NOFRAGMENT means what it means in
 * mainline: whole pageblocks only. With one, another category may be touched only when
 * NOFRAGMENT was dropped.
 */
static bool claim_class_allowed(const struct fallback *f, enum sb_search class)
{
	if (!spb_policy_on(f->zone))
		return true;
	if (class == SB_SEARCH_PREFERRED)
		return spb_may_relabel_tainted(f->zone, f->alloc_flags);
	return !(f->alloc_flags & ALLOC_NOFRAGMENT);
}

struct page *__rmqueue_claim(struct zone *zone, unsigned int order, int migratetype,
			     unsigned int alloc_flags)
{
	const struct fallback f = { zone, order, migratetype, alloc_flags, false };
	unsigned int floor = spb_relabel_floor(zone, order, alloc_flags);

	lockdep_assert_held(&zone->lock);
	for (int class = SB_SEARCH_PREFERRED; class < NR_SB_SEARCH; class++) {
		if (!claim_class_allowed(&f, (enum sb_search)class)) {
			spb_refuse_with(zone, order, migratetype, NOFRAGMENT, alloc_flags);
			continue;
		}
		for (unsigned int o = max_page_order + 1; o-- > floor;) {
			struct page *page =
				__rmqueue_sb_find_fallback(&f, (enum sb_search)class, o);

			if (page)
				return page;
		}
	}
	return NULL;
}

struct page *__rmqueue_steal(struct zone *zone, unsigned int order, int migratetype,
			     unsigned int alloc_flags)
{
	const struct fallback f = { zone, order, migratetype, alloc_flags, true };

	lockdep_assert_held(&zone->lock);
	for (int class = SB_SEARCH_PREFERRED; class < NR_SB_SEARCH; class++) {
		for (unsigned int o = order; o <= max_page_order; o++) {
			struct page *page =
				__rmqueue_sb_find_fallback(&f, (enum sb_search)class, o);

			if (page)
				return page;
		}
	}
	return NULL;
}
