/* SPDX-License-Identifier: GPL-2.0-only */
/* The chooser that does not walk: see spb/summary.h. Locked, all of it. */
#ifndef CORE_SUMMARY_H
#define CORE_SUMMARY_H

#include "spb/summary.h"

/*
 * Which chooser a zone has is fixed when it is built, so it is looked up without an access that
 * hooks count: what programs without bitmaps access is what it was before there were any.
 */
#ifdef SHIM_ACCESS_HOOKS
#define SPB_UNHOOKED noinline __attribute__((pure, no_sanitize("coverage")))
#define spb_summary(zone) spb_summary_unhooked(zone)
#define spb_is_summarised(sb) spb_is_summarised_unhooked(sb)
#else
#define SPB_UNHOOKED __attribute__((pure))
#define spb_summary(zone) ((zone)->summary)
#define spb_is_summarised(sb) ((sb)->zone->summary)
#endif
SPB_UNHOOKED struct spb_summary *spb_summary_unhooked(const struct zone *zone);
SPB_UNHOOKED bool spb_is_summarised_unhooked(const struct superpageblock *sb);

/*
 * What a walk and a choice by summary share is inlined into the walk, and the choice is not: what
 * the compiler makes of a walk, and so what that accesses, is as it would be alone.
 */
#define __always_inline inline __attribute__((always_inline))

/* --- keeping it --- */

shim_size spb_summary_size(u32 nr_superpageblocks);
/* @memory: zeroed, of that size. Nothing is in any bucket yet. */
void spb_summary_init(struct zone *zone, void *memory);

/* A list of @sb got its first entry or lost its last one. Lists of isolated pages have no row. */
static inline void spb_summary_list(struct superpageblock *sb, unsigned int order, int mt)
{
	if (!is_migrate_isolate(mt))
		sb->rows ^= SPB_ROW_BIT(SPB_LIST_ROW(order, mt));
}

/* Category, fullness, or a counter of @sb may have changed: once, at the end of a change. */
void spb_summary_file(struct superpageblock *sb);

/* Has a counter changed since then, so that it says something else of @sb? */
static inline bool spb_summary_is_old(const struct superpageblock *sb)
{
	u32 changed = (sb->nr_free ^ sb->filed[FILED_FREE]) |
		      (sb->nr_unmovable ^ sb->filed[FILED_UNMOVABLE]) |
		      (sb->nr_reclaimable ^ sb->filed[FILED_RECLAIMABLE]) |
		      (sb->nr_movable ^ sb->filed[FILED_MOVABLE]);

	return changed ||
	       !sb->nr_free_pages == !!(sb->filed_rows & SPB_ROW_BIT(SPB_ROW_FREE_PAGES));
}

/* Lists alone have changed. */
void spb_summary_file_lists(struct superpageblock *sb);

/* At the end of each change of @sb that leaves it on the list where it is: is it to be filed? */
static inline void spb_summary_follow(struct superpageblock *sb)
{
	if (!spb_is_summarised(sb))
		return;
	if (spb_summary_is_old(sb))
		spb_summary_file(sb);
	else if ((sb->rows ^ sb->filed_rows) & SPB_LIST_ROWS)
		spb_summary_file_lists(sb);
}

/* --- asking it --- */

/* Rows of lists of @mt from order @low up to, not including, @end. */
static inline u64 spb_list_rows(int mt, unsigned int low, unsigned int end)
{
	if (low >= end)
		return 0;
	return (SPB_ROW_BIT(end) - SPB_ROW_BIT(low)) << SPB_LIST_ROW(0, mt);
}

/**
 * struct spb_question - which superpageblocks?
 * @category: of these, not SB_ISOLATED
 * @room: of tainted ones
 * @rows: with any of these
 */
struct spb_question {
	struct zone *zone;
	enum sb_category category;
	enum spb_room room;
	u64 rows;
};

/* One from the fullest bucket that has any, or NULL: of these the first in the row of the
 * smallest order. */
struct superpageblock *spb_pick(const struct spb_question *q);

/* Where somebody compares choices: the choice that an answer of spb_tainted_has() stands for. */
void spb_show_tainted_choice(struct zone *zone, u64 rows);

/* Is there a tainted one with any of these? */
static inline bool spb_tainted_has(struct zone *zone, u64 rows)
{
	lockdep_assert_held(&zone->lock);
	if (shim_wants_choices())
		spb_show_tainted_choice(zone, rows);
	return zone->summary->tainted & rows;
}

/* As spb_pick() for lists of @mt from order @low up to, not including, @end. */
struct superpageblock *spb_with_list(struct zone *zone, enum sb_category category, int mt,
				     unsigned int low, unsigned int end);
/* The buddy that the step own takes from @sb, which has one: see own_buddy(). */
struct page *spb_summary_buddy(const struct superpageblock *sb, unsigned int order, int mt);
/* A tainted one that a movable request of at most a pageblock may take a buddy from. */
struct superpageblock *spb_with_room(struct zone *zone, unsigned int order);
/* Is there a tainted one that no movable page may be taken from? */
bool spb_any_without_room(struct zone *zone);

/**
 * struct spb_cursor - all that answer a question, each once: fullest first, then by number
 * @bucket, @at: where the next look begins
 *
 * Nothing may change between two of them.
 */
struct spb_cursor {
	const struct spb_question *q;
	unsigned int bucket;
	u32 at;
};

struct spb_cursor spb_cursor_of(const struct spb_question *q);
struct superpageblock *spb_next(struct spb_cursor *cursor);

#define for_each_spb_that(sb, cursor, q) \
	for ((cursor) = spb_cursor_of(q), (sb) = spb_next(&(cursor)); (sb); \
	     (sb) = spb_next(&(cursor)))

/* What the walk of all tainted ones would have noted. */
struct spb_tainted_walk;
void spb_summary_evidence(struct zone *zone, struct spb_tainted_walk *walk);

#endif
