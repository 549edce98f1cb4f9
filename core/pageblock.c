// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a pageblock is labelled, what it holds, and moving its free pages when the
 * label changes.
 *
 *   label  M          R                    I over M (isolated)
 *   bits   has M      has R, has U         has M
 *          ........   a borrowed page      free pages wait on the ISOLATE list
 *
 * Specified in S1.2, S2.1 and S3.6 of docs/specification.md.
 */
#include "core/internal.h"

int get_pageblock_label(u32 pfn)
{
	return READ_ONCE(pfn_to_pageblock(pfn)->flags) & PB_LABEL_MASK;
}

void set_pageblock_migratetype(u32 pfn, int migratetype)
{
	struct pageblock_data *pb = pfn_to_pageblock(pfn);
	struct zone *zone = this_core()->spbs[pb->spb].zone;
	u32 old = pb->flags & PB_LABEL_MASK;

	if (old == (u32)migratetype)
		return;
	if (is_migrate_highatomic((int)old))
		add_once(&zone->nr_reserved_highatomic, -pageblock_nr_pages);
	if (is_migrate_highatomic(migratetype))
		add_once(&zone->nr_reserved_highatomic, pageblock_nr_pages);
	shim_touch(pb);
	WRITE_ONCE(pb->flags, (u16)((pb->flags & ~PB_LABEL_MASK) | (u32)migratetype));
	spb_event_page(SPB_EV_RELABEL, pageblock_start_pfn(pfn), pageblock_order, migratetype, old,
		       0);
}

u16 migratetype_to_has_bit(int mt)
{
	switch (mt) {
	case MIGRATE_RECLAIMABLE:
		return PB_has_reclaimable;
	case MIGRATE_MOVABLE:
	case MIGRATE_CMA:
		return PB_has_movable;
	default:
		return PB_has_unmovable;
	}
}

bool pageblock_has_type(u32 pfn, int mt)
{
	return READ_ONCE(pfn_to_pageblock(pfn)->flags) & migratetype_to_has_bit(mt);
}

/* A buddy of at least a pageblock starts here: every pageblock in it follows the label. */
static void relabel_large_buddy(struct zone *zone, struct page *page, int old_mt, int new_mt)
{
	unsigned int order = page_order(page);
	u32 pfn = page_to_pfn(page);

	del_page_from_free_list(page, zone, order, old_mt);
	for (u32 end = pfn + BIT(order), block = pfn; block < end; block += pageblock_nr_pages)
		set_pageblock_migratetype(block, new_mt);
	/* Reserved and CMA pageblocks did not merge with their neighbours; this one now may. */
	if (!migratetype_is_mergeable(old_mt))
		__free_one_page(page, pfn, zone, order);
	else
		add_to_free_list(page, zone, order, new_mt);
}

void move_free_pages(struct zone *zone, u32 pfn, int old_list, int new_list)
{
	u32 start = pageblock_start_pfn(pfn), end = start + pageblock_nr_pages;

	while (start < end) {
		struct page *page = pfn_to_page(start);
		unsigned int order;

		if (!(READ_ONCE(page->flags) & PG_buddy)) {
			start++;
			continue;
		}
		order = page_order(page);
		del_page_from_free_list(page, zone, order, old_list);
		add_to_free_list(page, zone, order, new_list);
		start += BIT(order);
	}
}

void move_freepages_block(struct zone *zone, u32 pfn, int old_mt, int new_mt)
{
	u32 start = pageblock_start_pfn(pfn);
	struct page *page = pfn_to_page(start);

	if ((READ_ONCE(page->flags) & PG_buddy) && page_order(page) >= pageblock_order) {
		relabel_large_buddy(zone, page, old_mt, new_mt);
		return;
	}
	set_pageblock_migratetype(start, new_mt);
	move_free_pages(zone, start, old_mt, new_mt);
}
