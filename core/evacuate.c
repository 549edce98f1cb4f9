// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making room in tainted superpageblocks by moving their movable content to clean ones:
 * for a request that waits, for one that is expected, and in the background.
 *
 *   wanted: U     pass 1                     pass 2
 *   before  | UM.M | ..M. |          before  | U.UU | MM.M |   label U, label M
 *   after   | U... | ..M. |          after   | U.UU | .... |   ready for claim-whole
 *
 * Specified in S10.2, S11.2 to S11.6 of docs/specification.md.
 */
#include "core/migrate.h"
#include "core/summary.h"

/* Tainted superpageblocks that one call looks at. */
#define MIN_CANDIDATES 16
#define MAX_CANDIDATES 64

struct evacuation {
	struct zone *zone;
	unsigned int order;
	int migratetype;
	unsigned long moved;
	u32 nr;
	/* First pageblocks: what they say is checked again before each use. */
	u32 candidates[MAX_CANDIDATES];
};

/* --- for a request --- */

/* Locked. A buddy that @migratetype can take: its own, or a whole movable pageblock. */
static bool spb_serves(const struct superpageblock *sb, unsigned int order, int migratetype)
{
	if (!spb_is_tainted(sb))
		return false;
	for (unsigned int o = order; o <= max_page_order; o++) {
		const struct free_area *area = &sb->free_area[o];

		if (get_page_from_free_area(area, migratetype))
			return true;
		if (o >= pageblock_order && get_page_from_free_area(area, MIGRATE_MOVABLE))
			return true;
	}
	return false;
}

static bool spb_serves_now(struct superpageblock *sb, const struct evacuation *e)
{
	unsigned long flags;
	bool serves;

	spin_lock_irqsave(&sb->zone->lock, flags);
	serves = spb_serves(sb, e->order, e->migratetype);
	spin_unlock_irqrestore(&sb->zone->lock, flags);
	return serves;
}

static struct spb_question tainted_with_movable(struct zone *zone)
{
	return (struct spb_question){
		.zone = zone,
		.category = SB_TAINTED,
		.rows = SPB_ROW_BIT(SPB_ROW_MOVABLE),
	};
}

/* Locked. Both halves of collect_candidates() without a walk. */
static noinline bool collect_by_summary(struct evacuation *e, u32 cap)
{
	const struct spb_question movable = tainted_with_movable(e->zone);
	const struct spb_question serves = {
		.zone = e->zone,
		.category = SB_TAINTED,
		.rows = spb_list_rows(e->migratetype, e->order, NR_PAGE_ORDERS) |
			spb_list_rows(MIGRATE_MOVABLE, max(e->order, pageblock_order),
				      NR_PAGE_ORDERS),
	};
	struct spb_cursor cursor;
	struct superpageblock *sb;

	for_each_spb_that(sb, cursor, &movable) {
		if (e->nr == cap)
			break;
		e->candidates[e->nr++] = spb_first_block(sb);
	}
	return spb_pick(&serves);
}

/* Takes the lock: note who has movable content. Return: whether nobody needs to move. */
static bool collect_candidates(struct evacuation *e)
{
	struct zone *zone = e->zone;
	struct superpageblock *sb;
	unsigned long flags;
	bool served = false;
	u32 cap;
	int full;

	spin_lock_irqsave(&zone->lock, flags);
	cap = min(max(zone->nr_tainted / 4, (u32)MIN_CANDIDATES), (u32)MAX_CANDIDATES);
	e->nr = 0;
	if (spb_summary(zone)) {
		served = collect_by_summary(e, cap);
		spin_unlock_irqrestore(&zone->lock, flags);
		return served;
	}
	for_each_spb_fullest_first(sb, zone, SB_TAINTED, full) {
		served |= spb_serves(sb, e->order, e->migratetype);
		if (sb->nr_movable && e->nr < cap)
			e->candidates[e->nr++] = spb_first_block(sb);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return served;
}

/* Pass 1: labelled as wanted already, so that what is left there merges. */
static bool has_strangers(const struct superpageblock *sb, u32 pfn, int migratetype)
{
	return spb_is_tainted(sb) && get_pfnblock_migratetype(pfn) == migratetype &&
	       pageblock_has_type(pfn, MIGRATE_MOVABLE);
}

/* Pass 2: nothing but movable content, and whole once that is gone. */
static bool can_become_free(const struct superpageblock *sb, u32 pfn, int migratetype)
{
	u16 flags = pfn_to_pageblock(pfn)->flags;

	(void)migratetype;
	return spb_is_tainted(sb) && get_pfnblock_migratetype(pfn) == MIGRATE_MOVABLE &&
	       (flags & PB_HAS_MASK) == PB_has_movable && !(flags & PB_partial);
}

/* One pass over the candidates. Return: whether one of them serves the request now. */
static bool evacuate_candidates(struct evacuation *e, block_test wanted,
				enum evacuation_reason pass)
{
	for (u32 i = 0; i < e->nr; i++) {
		u32 pfn = e->candidates[i];
		struct superpageblock *sb = pfn_to_superpageblock(e->zone,
							max(pfn, e->zone->zone_start_pfn));

		while (spb_next_block(sb, &pfn, wanted, e->migratetype)) {
			shim_step();
			e->moved += evacuate_pageblock(e->zone, pfn, pass);
			if (spb_serves_now(sb, e))
				return true;
			pfn += pageblock_nr_pages;
		}
	}
	return false;
}

bool spb_evacuate_for_order(struct zone *zone, unsigned int order, int migratetype)
{
	struct evacuation e;
	bool served;

	might_sleep();
	/* Field by field: an initialiser would clear the candidates with memset(). */
	e.zone = zone;
	e.order = order;
	e.migratetype = migratetype;
	e.moved = 0;
	/* Without a policy there is no other superpageblock to move to. */
	if (!migratetype_is_nonmovable(migratetype) || order > max_page_order ||
	    !spb_policy_on(zone))
		return false;
	served = collect_candidates(&e) ||
		 evacuate_candidates(&e, has_strangers, EVACUATE_STRANGERS) ||
		 evacuate_candidates(&e, can_become_free, EVACUATE_WHOLE) ||
		 /* Emptied per-CPU lists may have made it elsewhere. */
		 collect_candidates(&e);
	spb_event_zone(SPB_EV_EVACUATE_DONE, zone, order, migratetype, (u32)e.moved, served);
	return served;
}

/* --- for requests to come --- */

static bool tainted_pool_has_movable(struct zone *zone)
{
	struct superpageblock *sb;
	int full;

	if (spb_summary(zone))
		return spb_tainted_has(zone, SPB_ROW_BIT(SPB_ROW_MOVABLE));
	for_each_spb_fullest_first(sb, zone, SB_TAINTED, full)
		if (sb->nr_movable)
			return true;
	return false;
}

void queue_spb_evacuate(struct zone *zone, unsigned int order, int migratetype)
{
	pg_data_t *node = NODE_DATA(zone_to_nid(zone));

	lockdep_assert_held(&zone->lock);
	if (!migratetype_is_nonmovable(migratetype) || READ_ONCE(node->evacuate_work.pending) ||
	    !tainted_pool_has_movable(zone))
		return;
	/* Another zone's lock does not exclude us. Of two requests either may win, field by
	 * field: each pair is one that somebody could ask for. */
	WRITE_ONCE(node->evacuate_order, (u8)order);
	WRITE_ONCE(node->evacuate_migratetype, (u8)migratetype);
	if (queue_work(&node->evacuate_work))
		spb_event_zone(SPB_EV_EVACUATE_QUEUE, zone, order, migratetype, node->node_id, 0);
}

void spb_evacuate_work(pg_data_t *node)
{
	unsigned int order = READ_ONCE(node->evacuate_order);
	int migratetype = READ_ONCE(node->evacuate_migratetype);

	might_sleep();
	for (unsigned int type = 0; type < MAX_NR_ZONES; type++)
		if (populated_zone(&node->node_zones[type]))
			spb_evacuate_for_order(&node->node_zones[type], order, migratetype);
}

/* --- in the background --- */

static bool defrag_is_low(const struct superpageblock *sb)
{
	return sb->nr_free <= 1 || sb->nr_free_pages < 2 * pageblock_nr_pages;
}

static bool defrag_has_enough(const struct superpageblock *sb)
{
	return !spb_is_tainted(sb) || !sb->nr_movable || sb->nr_free >= 2 ||
	       sb->nr_free_pages >= 3 * pageblock_nr_pages;
}

static bool defrag_is_cooling_down(const struct superpageblock *sb)
{
	return sb->defrag_last_no_progress_jiffies &&
	       jiffies - sb->defrag_last_no_progress_jiffies < SPB_DEFRAG_NOOP_COOLDOWN;
}

/*
 * Between the two thresholds the worker goes on if it was at it. Where both hold (enough
 * free pages, but in fragments) each run empties one pageblock: see defrag_blocks().
 */
static bool spb_needs_defrag(const struct superpageblock *sb)
{
	if (!spb_is_tainted(sb) || !sb->nr_movable || !spb_policy_on(sb->zone))
		return false;
	if (defrag_is_cooling_down(sb))
		return false;
	return defrag_is_low(sb) || (sb->defrag_active && !defrag_has_enough(sb));
}

void spb_maybe_start_defrag(struct superpageblock *sb)
{
	bool queued;

	lockdep_assert_held(&sb->zone->lock);
	if (!spb_needs_defrag(sb))
		return;
	shim_touch(sb);
	sb->defrag_active = true;
	queued = queue_work(&sb->defrag_work);
	spb_event_spb(SPB_EV_DEFRAG_WAKE, sb, 0, !queued);
}

/* Without movable content there is nothing to start. */
static noinline void wake_by_summary(struct zone *zone)
{
	const struct spb_question q = tainted_with_movable(zone);
	struct spb_cursor cursor;
	struct superpageblock *sb;

	for_each_spb_that(sb, cursor, &q)
		spb_maybe_start_defrag(sb);
}

void spb_wake_workers(struct zone *zone)
{
	struct superpageblock *sb;
	int full;

	lockdep_assert_held(&zone->lock);
	if (spb_summary(zone)) {
		wake_by_summary(zone);
		queue_shrink(zone);
		return;
	}
	for_each_spb_fullest_first(sb, zone, SB_TAINTED, full)
		spb_maybe_start_defrag(sb);
	queue_shrink(zone);
}

/* @mixed: also where something stays that does not move. */
static bool has_movable_content(const struct superpageblock *sb, u32 pfn, int mixed)
{
	u16 content = pfn_to_pageblock(pfn)->flags & PB_HAS_MASK;

	if (!spb_is_tainted(sb) || is_migrate_isolate(get_pfnblock_migratetype(pfn)))
		return false;
	return mixed ? content & PB_has_movable && content != PB_has_movable :
		       content == PB_has_movable;
}

static bool defrag_may_stop(struct superpageblock *sb)
{
	unsigned long flags;
	bool enough;

	spin_lock_irqsave(&sb->zone->lock, flags);
	enough = defrag_has_enough(sb);
	spin_unlock_irqrestore(&sb->zone->lock, flags);
	return enough;
}

/* Return: whether the stop threshold is reached. At least one pageblock is tried. */
static bool defrag_blocks(struct superpageblock *sb, int mixed, unsigned long *moved)
{
	u32 pfn = spb_first_block(sb);

	while (spb_next_block(sb, &pfn, has_movable_content, mixed)) {
		shim_step();
		*moved += evacuate_pageblock(sb->zone, pfn, EVACUATE_DEFRAG);
		if (defrag_may_stop(sb))
			return true;
		pfn += pageblock_nr_pages;
	}
	return false;
}

/* 1 + the largest order with a free buddy, 0 for none. */
static unsigned int largest_free_order(const struct superpageblock *sb)
{
	unsigned int order = max_page_order + 1;

	while (order && !sb->free_area[order - 1].nr_free)
		order--;
	return order;
}

/* Moved pages are no progress by themselves: only room that a request can use is. */
struct defrag_room {
	u16 nr_free;
	unsigned int largest;
};

/* Locked. What comes after a run: cool down, stop, or go on. */
static void defrag_finish(struct superpageblock *sb, const struct defrag_room *before,
			  unsigned long moved)
{
	bool progress = sb->nr_free > before->nr_free || largest_free_order(sb) > before->largest;

	shim_touch(sb);
	/* 0 means never: a run in vain at that time is taken for one a tick earlier. */
	if (!progress)
		sb->defrag_last_no_progress_jiffies = jiffies ? jiffies : ~0U;
	if (defrag_has_enough(sb))
		sb->defrag_active = false;
	spb_event_spb(SPB_EV_DEFRAG_RUN, sb, (u32)moved, progress);
	spb_maybe_start_defrag(sb);
}

void spb_defrag_work(struct superpageblock *sb)
{
	struct zone *zone = sb->zone;
	struct defrag_room before;
	unsigned long flags, moved = 0;
	bool needed;

	might_sleep();
	spin_lock_irqsave(&zone->lock, flags);
	needed = spb_needs_defrag(sb);
	before.nr_free = sb->nr_free;
	before.largest = largest_free_order(sb);
	if (!needed) {
		shim_touch(sb);
		sb->defrag_active = false;
	}
	spb_event_spb(SPB_EV_DEFRAG_START, sb, needed, 0);
	spin_unlock_irqrestore(&zone->lock, flags);
	if (!needed)
		return;

	if (!defrag_blocks(sb, false, &moved))
		defrag_blocks(sb, true, &moved);

	spin_lock_irqsave(&zone->lock, flags);
	defrag_finish(sb, &before, moved);
	spin_unlock_irqrestore(&zone->lock, flags);
}
