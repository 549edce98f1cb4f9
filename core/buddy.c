// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buddy lists of a superpageblock: splitting, merging, and the counts that follow
 * them. Pages enter through __free_one_page() and leave through spb_take().
 *
 * Specified in S3 of docs/specification.md.
 */
#include "core/internal.h"
#include "core/summary.h"

/* Isolated pages are in the lists but are not free to anybody. */
static void account_freepages(struct zone *zone, u32 nr_pages, int mt)
{
	if (is_migrate_isolate(mt))
		return;
	add_once(&zone->nr_free_pages, nr_pages);
	if (is_migrate_cma(mt))
		add_once(&zone->nr_free_cma, nr_pages);
	else if (is_migrate_highatomic(mt))
		add_once(&zone->nr_free_highatomic, nr_pages);
}

static struct superpageblock *page_spb(const struct page *page)
{
	return &this_core()->spbs[pfn_to_pageblock(page_to_pfn(page))->spb];
}

void add_to_free_list(struct page *page, struct zone *zone, unsigned int order, int mt)
{
	struct superpageblock *sb = page_spb(page);
	struct free_area *area = &sb->free_area[order];

	list_add(&page->buddy_list, &area->free_list[mt]);
	WRITE_ONCE(page->flags, page->flags | PG_buddy);
	WRITE_ONCE(page->private, order);
	area->nr_free++;
	shim_touch(sb);
	sb->nr_free_pages += BIT(order);
	add_once(&zone->area[order].nr_free, 1);
	add_once(&zone->area[order].nr_list[mt], 1);
	account_freepages(zone, BIT(order), mt);
	if (spb_summary(zone) && list_is_singular(&area->free_list[mt]))
		spb_summary_list(sb, order, mt);
}

void del_page_from_free_list(struct page *page, struct zone *zone, unsigned int order, int mt)
{
	struct superpageblock *sb = page_spb(page);

	list_del(&page->buddy_list);
	WRITE_ONCE(page->flags, page->flags & ~PG_buddy);
	WRITE_ONCE(page->private, 0);
	/* From the middle of a list, removal touches its neighbours only. */
	shim_touch(&sb->free_area[order]);
	sb->free_area[order].nr_free--;
	shim_touch(sb);
	sb->nr_free_pages -= BIT(order);
	add_once(&zone->area[order].nr_free, -1U);
	add_once(&zone->area[order].nr_list[mt], -1U);
	account_freepages(zone, -BIT(order), mt);
	if (spb_summary(zone) && list_empty(&sb->free_area[order].free_list[mt]))
		spb_summary_list(sb, order, mt);
}

struct page *get_page_from_free_area(const struct free_area *area, int mt)
{
	return list_first_entry_or_null(&area->free_list[mt], struct page, buddy_list);
}

/*
 * Take a buddy of @high off its list and put back what is over @low.
 *
 *   high  |                ....                |
 *   low   | page | back  |    back             |
 */
static void page_del_and_expand(struct zone *zone, struct page *page, unsigned int low,
				unsigned int high, int mt)
{
	del_page_from_free_list(page, zone, high, mt);
	while (high > low) {
		high--;
		add_to_free_list(page + BIT(high), zone, high, mt);
	}
}

/* The free buddy that @page can merge with: of the same order, in the same superpageblock. */
static struct page *find_buddy(struct page *page, u32 pfn, unsigned int order)
{
	u32 buddy_pfn = pfn ^ BIT(order);
	struct page *buddy;

	if (!pfn_valid(buddy_pfn) || pfn_to_pageblock(buddy_pfn)->spb != pfn_to_pageblock(pfn)->spb)
		return NULL;
	buddy = page + ((s64)buddy_pfn - (s64)pfn);
	if (!(READ_ONCE(buddy->flags) & PG_buddy) || page_order(buddy) != order)
		return NULL;
	return buddy;
}

/* From pageblock size on the labels decide, and the merged buddy has one. */
static bool labels_allow_merge(int mt, int buddy_mt)
{
	if (is_migrate_isolate(mt) || is_migrate_isolate(buddy_mt))
		return false;
	if (mt == buddy_mt)
		return true;
	return migratetype_is_mergeable(mt) && migratetype_is_mergeable(buddy_mt);
}

static void mark_blocks_free(u32 pfn, unsigned int order)
{
	struct superpageblock *sb = page_spb(pfn_to_page(pfn));
	u32 end = pfn + BIT(order);

	for (pfn = pageblock_start_pfn(pfn); pfn < end; pfn += pageblock_nr_pages)
		if (!(pfn_to_pageblock(pfn)->flags & PB_all_free))
			superpageblock_pb_now_free(sb, pfn);
}

void __free_one_page(struct page *page, u32 pfn, struct zone *zone, unsigned int order)
{
	int mt = get_pfnblock_migratetype(pfn);
	u32 first_pfn = pfn;
	unsigned int first_order = order;

	lockdep_assert_held(&zone->lock);
	while (order < max_page_order) {
		struct page *buddy = find_buddy(page, pfn, order);
		u32 buddy_pfn = pfn ^ BIT(order);
		int buddy_mt = mt;

		if (!buddy)
			break;
		if (order >= pageblock_order) {
			buddy_mt = get_pfnblock_migratetype(buddy_pfn);
			if (!labels_allow_merge(mt, buddy_mt))
				break;
		}
		del_page_from_free_list(buddy, zone, order, buddy_mt);
		for (u32 block = buddy_pfn; buddy_mt != mt && block < buddy_pfn + BIT(order);
		     block += pageblock_nr_pages)
			set_pageblock_migratetype(block, mt);
		if (buddy_pfn < pfn) {
			page = buddy;
			pfn = buddy_pfn;
		}
		order++;
	}
	add_to_free_list(page, zone, order, mt);
	if (order >= pageblock_order)
		mark_blocks_free(first_pfn, first_order);
}

void free_one_page(struct zone *zone, struct page *page, u32 pfn, unsigned int order)
{
	unsigned int chunk = min(order, pageblock_order);
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	clear_page_state(page);
	/* One pageblock at a time: their labels may differ by now. */
	for (u32 done = 0; done < BIT(order); done += BIT(chunk))
		__free_one_page(page + done, pfn + done, zone, chunk);
	spb_event_page(SPB_EV_FREE, pfn, order, get_pfnblock_migratetype(pfn), 0, 0);
	spb_settle(page_spb(page));
	spin_unlock_irqrestore(&zone->lock, flags);
}

void set_page_state(struct page *page, u32 state, unsigned int order, int mt)
{
	shim_touch(page);
	WRITE_ONCE(page->private, order);
	WRITE_ONCE(page->owner, 0);
	WRITE_ONCE(page->refcount, state == PG_head);
	WRITE_ONCE(page->flags, (page->flags & ~(PG_STATE_MASK | PG_TYPE_MASK)) | state |
				((u32)mt << PG_TYPE_SHIFT));
}

void clear_page_state(struct page *page)
{
	shim_touch(page);
	WRITE_ONCE(page->private, 0);
	WRITE_ONCE(page->owner, 0);
	WRITE_ONCE(page->refcount, 0);
	WRITE_ONCE(page->flags, page->flags & ~(PG_STATE_MASK | PG_TYPE_MASK));
}

void spb_note_allocation(struct zone *zone, u32 pfn, unsigned int order, int mt)
{
	struct superpageblock *sb = page_spb(pfn_to_page(pfn));
	u32 end = pfn + BIT(order);

	lockdep_assert_held(&zone->lock);
	for (u32 block = pageblock_start_pfn(pfn); block < end; block += pageblock_nr_pages) {
		if (pfn_to_pageblock(block)->flags & PB_all_free)
			superpageblock_pb_now_used(sb, block);
		__spb_set_has_type(sb, block, mt);
	}
	spb_update_list(sb);
}

struct page *spb_take(struct zone *zone, struct page *page, unsigned int order, int list_mt,
		      int migratetype, unsigned int alloc_flags, enum spb_step step)
{
	u32 pfn = page_to_pfn(page);

	page_del_and_expand(zone, page, order, page_order(page), list_mt);
	spb_note_allocation(zone, pfn, order, migratetype);
	spb_event_step(step, pfn, order, migratetype, alloc_flags);
	return page;
}
