// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving allocations, and emptying a pageblock.
 *
 *   zone->lock:  find the source, take the target     src: owner, migration   dst: -, migration
 *   no lock:     ask the owner to move                src: -, migration       dst: owner, migration
 *                drop what the source is held by      src: free               dst: owner
 *
 * Both sides are held twice meanwhile, so the owner may free either at any moment: the
 * pages go when the migration lets go of them.
 *
 * Specified in S10.1, S10.3 and S10.6 of docs/specification.md.
 */
#include "core/migrate.h"

u32 run_pages(const struct page *page)
{
	if (READ_ONCE(page->flags) & (PG_buddy | PG_pcp | PG_head))
		return BIT(READ_ONCE(page->private));
	return 1;
}

/* Not one that another CPU is moving or asking for: the second would ask in vain. */
static bool may_ask_owner(const struct page *page, u32 types)
{
	if (!(READ_ONCE(page->flags) & PG_head) || !(types & BIT(page_type(page))))
		return false;
	return READ_ONCE(page->owner) && READ_ONCE(page->refcount) == 1;
}

bool may_still_ask(const struct page *page, u32 types)
{
	return types & BIT(page_type(page));
}

struct page *next_allocation(struct zone *zone, u32 *pfn, u32 end, u32 types)
{
	lockdep_assert_held(&zone->lock);
	while (*pfn < end) {
		struct page *page = pfn_to_page(*pfn);

		*pfn += run_pages(page);
		if (may_ask_owner(page, types) && get_page_unless_free(page))
			return page;
	}
	return NULL;
}

struct page *take_target(struct zone *zone, struct page *page, unsigned int order)
{
	spb_take(zone, page, order, MIGRATE_MOVABLE, MIGRATE_MOVABLE, 0, SPB_STEP_EVACUATION);
	set_page_allocated(page, order, MIGRATE_MOVABLE);
	BUG_ON(!get_page_unless_free(page));
	return page;
}

void release_pages(struct page *page)
{
	set_page_owner(page, 0);
	atomic_fetch_or_u32(&page->flags, PG_released);
	put_page(page);
	put_page(page);
}

static bool migrate_page(struct page *src, struct page *dst)
{
	/* The pages may be pinned from one moment to the next: the host has the last word. */
	u32 owner = READ_ONCE(src->owner), from = page_to_pfn(src), to = page_to_pfn(dst);
	unsigned int order = page_order(src);

	might_sleep();
	if (!owner || shim_migrate(src, dst)) {
		spb_event_page(SPB_EV_MIGRATE_FAIL, from, order, MIGRATE_MOVABLE, to, owner);
		release_pages(dst);
		put_page(src);
		return false;
	}
	/* The owner may have pinned or freed them since: what @dst says is its own word. */
	spb_event_page(SPB_EV_MIGRATE, from, order, MIGRATE_MOVABLE, to, owner);
	release_pages(src);
	put_page(dst);
	return true;
}

/* A source and a target for it. Return: false when there is no source left. */
static bool take_pair(struct migration *m, struct page **src, struct page **dst)
{
	unsigned long flags;

	spin_lock_irqsave(&m->zone->lock, flags);
	*dst = NULL;
	*src = next_allocation(m->zone, &m->pfn, m->end, TYPES_MOVABLE);
	if (*src && may_still_ask(*src, TYPES_MOVABLE))
		*dst = m->target(m, page_to_pfn(*src), page_order(*src));
	spin_unlock_irqrestore(&m->zone->lock, flags);
	return *src;
}

unsigned long migrate_range(struct migration *m)
{
	unsigned long moved = 0;
	struct page *src, *dst;

	while (take_pair(m, &src, &dst)) {
		u32 pages = BIT(page_order(src));

		shim_step();
		if (!dst)
			put_page(src);
		else if (migrate_page(src, dst))
			moved += pages;
	}
	return moved;
}

/* --- one pageblock --- */

/*
 * Room for what leaves: a clean superpageblock, the fullest first. Never a tainted one
 * (its free pages are for non-movable content), nor an empty one, nor the one it leaves.
 */
static struct page *clean_target(struct migration *m, u32 src_pfn, unsigned int order)
{
	const struct superpageblock *source = pfn_to_superpageblock(m->zone, src_pfn);
	struct superpageblock *sb;
	int full;

	for_each_spb_fullest_first(sb, m->zone, SB_CLEAN, full) {
		if (sb == source)
			continue;
		for (unsigned int o = order; o <= max_page_order; o++) {
			struct page *page = get_page_from_free_area(&sb->free_area[o],
								    MIGRATE_MOVABLE);

			if (page)
				return take_target(m->zone, page, order);
		}
	}
	return NULL;
}

static u16 content_of(const struct page *head)
{
	u32 flags = READ_ONCE(head->flags);

	/* What a per-CPU list has may become content of its type at any moment. */
	if (flags & PG_pcp)
		return PB_HAS_MASK;
	return flags & PG_head ? migratetype_to_has_bit(page_type(head)) : 0;
}

/* What reaches into a pageblock from a head in an earlier one. */
static u16 content_from_before(u32 start)
{
	for (unsigned int order = pageblock_order + 1; order <= max_page_order; order++) {
		u32 head_pfn = start & ~(BIT(order) - 1);
		const struct page *head;

		if (head_pfn == start || !pfn_valid(head_pfn))
			continue;
		head = pfn_to_page(head_pfn);
		if (content_of(head) && head_pfn + run_pages(head) > start)
			return content_of(head);
	}
	return 0;
}

static u16 content_of_block(u32 start, u32 end)
{
	u16 content = content_from_before(pageblock_start_pfn(start));

	for (u32 pfn = start; pfn < end; pfn += run_pages(pfn_to_page(pfn)))
		content |= content_of(pfn_to_page(pfn));
	return content;
}

/*
 * A page may go from one type to another by way of a per-CPU list, without zone->lock:
 *
 *   scan     M seen ............... clears has U ... scans again: U, or a per-CPU page
 *   others   ....... M freed, taken as U where the bit is set
 *
 * Whoever takes it looks at the bit after the page was marked, so one of the two sees the
 * other. Return: the bits that stay cleared.
 */
static u16 hide_stale_content(struct pageblock_data *pb, u32 start, u32 end)
{
	u16 stale = (u16)(pb->flags & PB_HAS_MASK & ~(u32)content_of_block(start, end));
	u16 found;

	if (!stale)
		return 0;
	shim_touch(pb);
	WRITE_ONCE(pb->flags, (u16)(pb->flags & ~stale));
	found = content_of_block(start, end) & stale;
	if (found)
		WRITE_ONCE(pb->flags, (u16)(pb->flags | found));
	return (u16)(stale & ~found);
}

/* Clear the content bits that no page justifies any more; here bits become exact. */
static void clear_stale_content(struct zone *zone, u32 start, u32 end)
{
	struct superpageblock *sb = pfn_to_superpageblock(zone, start);
	unsigned long flags;
	u16 stale;

	spin_lock_irqsave(&zone->lock, flags);
	stale = hide_stale_content(pfn_to_pageblock(start), start, end);
	for (int mt = MIGRATE_UNMOVABLE; mt < MIGRATE_PCPTYPES; mt++)
		if (stale & migratetype_to_has_bit(mt))
			__spb_count_cleared_type(sb, start, mt);
	spb_settle(sb);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/*
 *   before  | MM.U.M.. |  has M, has U          | MM.M.... |  has M
 *   after   | ...U.... |         has U          | ........ |  all free
 */
unsigned long evacuate_pageblock(struct zone *zone, u32 pfn, unsigned int why)
{
	u32 block = pageblock_start_pfn(pfn);
	u32 start = max(block, zone->zone_start_pfn);
	u32 end = min(block + pageblock_nr_pages, zone_end_pfn(zone));
	struct migration m = { .zone = zone, .pfn = start, .end = end, .target = clean_target };
	unsigned long moved;

	might_sleep();
	spb_event_page(SPB_EV_EVACUATE, block, pageblock_order, MIGRATE_MOVABLE, why, 0);
	moved = migrate_range(&m);
	/* The sources were freed to this CPU's lists, where they do not merge. */
	drain_zone_pages(zone, smp_processor_id());
	clear_stale_content(zone, start, end);
	return moved;
}

bool spb_next_block(struct superpageblock *sb, u32 *pfn, block_test wanted, int arg)
{
	u32 end = spb_end_pfn(sb);
	unsigned long flags;

	spin_lock_irqsave(&sb->zone->lock, flags);
	while (*pfn < end && !wanted(sb, *pfn, arg))
		*pfn += pageblock_nr_pages;
	spin_unlock_irqrestore(&sb->zone->lock, flags);
	return *pfn < end;
}
