// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole superpageblocks: an empty one, else a clean one whose content moves elsewhere.
 *
 *   clean     | M.M. | .... | ..M. |
 *   isolated  | I.I. | IIII | ..M. |    nothing new comes in, what is there moves out
 *   held      |      |      |      |    or, if something stays, everything as it was
 *
 * What the books of a held superpageblock say: nr_free_pages, nr_free and the content
 * counters are 0, and no pageblock has PB_all_free or a content bit, since its pages are
 * neither free nor content of a type (no PG_ state). The zone's free pages are without
 * it. Labels stay MOVABLE. It is on spb_isolated, where no search comes.
 *
 * Specified in S12.3 to S12.6 of docs/specification.md.
 */
#include "core/migrate.h"

/* Clean superpageblocks that one call tries to empty. */
#define CONTIG_CANDIDATES 4

struct contig_candidate {
	struct superpageblock *sb;
	u32 used; /* pages */
};

/* Every page is memory of the allocator, inside the zone. */
static bool is_whole(const struct superpageblock *sb)
{
	return sb->start_pfn >= sb->zone->zone_start_pfn &&
	       sb->start_pfn + SUPERPAGEBLOCK_NR_PAGES <= zone_end_pfn(sb->zone) &&
	       !sb->nr_reserved;
}

/* Content has room elsewhere, and the zone stays above its minimum. */
static bool zone_can_spare(const struct zone *zone)
{
	u32 reserved = zone->nr_free_cma + zone->nr_free_highatomic;

	return zone->nr_free_pages >=
	       reserved + SUPERPAGEBLOCK_NR_PAGES + wmark_pages(zone, WMARK_MIN);
}

static bool block_may_be_held(u32 pfn)
{
	return !(pfn_to_pageblock(pfn)->flags & PB_partial) &&
	       get_pfnblock_migratetype(pfn) == MIGRATE_MOVABLE;
}

/* Locked. May be held as far as its place, its labels and the zone are concerned. */
static bool spb_may_be_held(const struct superpageblock *sb)
{
	if (!is_whole(sb) || !zone_can_spare(sb->zone))
		return false;
	for (u32 pfn = sb->start_pfn; pfn < spb_end_pfn(sb); pfn += pageblock_nr_pages)
		if (!block_may_be_held(pfn))
			return false;
	return true;
}

static bool is_pinned(const struct page *page)
{
	return (READ_ONCE(page->flags) & PG_head) && !READ_ONCE(page->owner);
}

/* Locked. Nothing in it is known to stay. */
static bool spb_may_be_emptied(const struct superpageblock *sb)
{
	if (!spb_may_be_held(sb))
		return false;
	for (u32 pfn = sb->start_pfn; pfn < spb_end_pfn(sb); pfn += run_pages(pfn_to_page(pfn)))
		if (is_pinned(pfn_to_page(pfn)))
			return false;
	return true;
}

/* --- taking --- */

/* The isolation was ours and ends with the pages: nothing goes back to the label's list. */
static void end_isolation(struct zone *zone, u32 pfn)
{
	struct pageblock_data *pb = pfn_to_pageblock(pfn);

	if (!(pb->flags & PB_migrate_isolate))
		return;
	shim_touch(pb);
	WRITE_ONCE(pb->flags, (u16)(pb->flags & ~PB_migrate_isolate));
	zone->nr_isolate_pageblock--;
	spb_event_page(SPB_EV_UNISOLATE, pfn, pageblock_order, MIGRATE_MOVABLE, 0, 0);
}

/* Locked. Everything in it is free: take all of it off the lists. */
static void hold_spb(struct superpageblock *sb)
{
	struct zone *zone = sb->zone;
	u32 end = spb_end_pfn(sb), pages;

	for (u32 pfn = sb->start_pfn; pfn < end; pfn += pages) {
		struct page *page = pfn_to_page(pfn);

		BUG_ON(!(page->flags & PG_buddy));
		pages = run_pages(page);
		del_page_from_free_list(page, zone, page_order(page),
					get_pfnblock_migratetype(pfn));
	}
	for (u32 pfn = sb->start_pfn; pfn < end; pfn += pageblock_nr_pages) {
		end_isolation(zone, pfn);
		superpageblock_pb_now_used(sb, pfn);
		spb_event_step(SPB_STEP_CONTIG, pfn, pageblock_order, MIGRATE_MOVABLE, 0);
	}
	shim_touch(sb);
	sb->contig_allocated = true;
	spb_update_list(sb);
	spb_event_spb(SPB_EV_CONTIG, sb, 1, 0);
}

static u32 hold_empty_spb(struct zone *zone)
{
	struct superpageblock *sb;
	u32 pfn = SPB_NO_PFN;
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	list_for_each_entry(sb, &zone->spb_empty, list) {
		if (sb->nr_free != sb->total_pageblocks || !spb_may_be_held(sb))
			continue;
		hold_spb(sb);
		pfn = sb->start_pfn;
		break;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return pfn;
}

/* --- emptying --- */

/* Keep the candidates with least to move, in that order; of equals the earlier found. */
static u32 insert_candidate(struct contig_candidate *candidates, u32 nr, struct superpageblock *sb)
{
	u32 used = SUPERPAGEBLOCK_NR_PAGES - sb->nr_free_pages, at = nr;

	while (at && candidates[at - 1].used > used)
		at--;
	if (at == CONTIG_CANDIDATES)
		return nr;
	nr = min(nr + 1, (u32)CONTIG_CANDIDATES);
	for (u32 i = nr - 1; i > at; i--)
		candidates[i] = candidates[i - 1];
	candidates[at].sb = sb;
	candidates[at].used = used;
	return nr;
}

static u32 collect_candidates(struct zone *zone, struct contig_candidate *candidates)
{
	struct superpageblock *sb;
	unsigned long flags;
	u32 nr = 0;
	int full;

	spin_lock_irqsave(&zone->lock, flags);
	for_each_spb_fullest_first(sb, zone, SB_CLEAN, full)
		if (spb_may_be_emptied(sb))
			nr = insert_candidate(candidates, nr, sb);
	spin_unlock_irqrestore(&zone->lock, flags);
	return nr;
}

/* Isolate from the start on. Return: where it ended, which is before @end when another
 * CPU had isolated a pageblock, or held the whole, meanwhile. */
static u32 isolate_blocks(const struct superpageblock *sb, u32 end)
{
	u32 pfn;

	for (pfn = sb->start_pfn; pfn < end; pfn += pageblock_nr_pages)
		if (isolate_pageblock(pfn))
			break;
	return pfn;
}

static void roll_back(const struct superpageblock *sb, u32 end)
{
	for (u32 pfn = sb->start_pfn; pfn < end; pfn += pageblock_nr_pages)
		unisolate_pageblock(pfn);
}

static bool all_isolated(const struct superpageblock *sb, u32 end)
{
	for (u32 pfn = sb->start_pfn; pfn < end; pfn += pageblock_nr_pages)
		if (!is_migrate_isolate(get_pfnblock_migratetype(pfn)))
			return false;
	return true;
}

/* The pageblocks are ours: see whether all of it became free. */
static bool hold_emptied_spb(struct superpageblock *sb, u32 end)
{
	unsigned long flags;
	bool held;

	spin_lock_irqsave(&sb->zone->lock, flags);
	held = !sb->contig_allocated && sb->nr_free == sb->total_pageblocks &&
	       all_isolated(sb, end);
	if (held)
		hold_spb(sb);
	spin_unlock_irqrestore(&sb->zone->lock, flags);
	return held;
}

/* Lockless: isolated pages go straight to the zone, so what was moved out shows here. */
static bool is_all_free(u32 pfn)
{
	return READ_ONCE(pfn_to_pageblock(pfn)->flags) & PB_all_free;
}

/* Pageblock by pageblock; the first that keeps something ends it. */
static bool empty_blocks(struct superpageblock *sb, u32 end)
{
	for (u32 pfn = sb->start_pfn; pfn < end; pfn += pageblock_nr_pages) {
		shim_step();
		if (!is_all_free(pfn))
			evacuate_pageblock(sb->zone, pfn, EVACUATE_CONTIG);
		if (!is_all_free(pfn))
			return false;
	}
	return hold_emptied_spb(sb, end);
}

static bool is_still_candidate(const struct superpageblock *sb)
{
	unsigned long flags;
	bool still;

	spin_lock_irqsave(&sb->zone->lock, flags);
	still = sb->category == SB_CLEAN && spb_may_be_emptied(sb);
	spin_unlock_irqrestore(&sb->zone->lock, flags);
	return still;
}

static bool empty_and_hold(struct superpageblock *sb)
{
	u32 end = spb_end_pfn(sb), isolated;

	if (!is_still_candidate(sb))
		return false;
	isolated = isolate_blocks(sb, end);
	if (isolated == end && empty_blocks(sb, end))
		return true;
	roll_back(sb, isolated);
	return false;
}

u32 spb_alloc_contig(struct zone *zone)
{
	struct contig_candidate candidates[CONTIG_CANDIDATES];
	u32 nr, pfn;

	might_sleep();
	/* What the per-CPU lists have is neither free nor can it move. */
	drain_all_pages();
	pfn = hold_empty_spb(zone);
	if (pfn != SPB_NO_PFN)
		return pfn;
	nr = collect_candidates(zone, candidates);
	for (u32 i = 0; i < nr; i++) {
		shim_step();
		if (empty_and_hold(candidates[i].sb))
			return candidates[i].sb->start_pfn;
	}
	return SPB_NO_PFN;
}

/* --- giving back --- */

static void release_spb(struct superpageblock *sb)
{
	struct zone *zone = sb->zone;

	shim_touch(sb);
	sb->contig_allocated = false;
	for (u32 pfn = sb->start_pfn; pfn < spb_end_pfn(sb); pfn += pageblock_nr_pages) {
		__free_one_page(pfn_to_page(pfn), pfn, zone, pageblock_order);
		spb_event_page(SPB_EV_FREE, pfn, pageblock_order, get_pfnblock_migratetype(pfn), 0,
			       0);
	}
	spb_update_list(sb);
	spb_event_spb(SPB_EV_CONTIG, sb, 0, 0);
}

/* The superpageblock that begins at @pfn, or NULL. */
static struct superpageblock *spb_starting_at(u32 pfn)
{
	struct zone *zone;

	for_each_populated_zone(zone) {
		struct superpageblock *sb = pfn_to_superpageblock(zone, pfn);

		if (sb && sb->start_pfn == pfn)
			return sb;
	}
	return NULL;
}

void spb_free_contig(u32 pfn)
{
	struct superpageblock *sb = spb_starting_at(pfn);
	unsigned long flags;
	bool held;

	if (bad_call(!sb, SPB_RULE_FREE_CONTIG))
		return;
	spin_lock_irqsave(&sb->zone->lock, flags);
	held = sb->contig_allocated;
	if (held)
		release_spb(sb);
	spin_unlock_irqrestore(&sb->zone->lock, flags);
	bad_call(!held, SPB_RULE_FREE_CONTIG);
}
