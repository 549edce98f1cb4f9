// SPDX-License-Identifier: GPL-2.0-only
/*
 * Isolation of a pageblock: its free pages wait on the ISOLATE lists, its label stays
 * below, its superpageblock keeps its category.
 *
 *   before  |      buddy of four pageblocks, M       |
 *   after   |  M     |  I     |          M           |   (the second one isolated)
 *
 * Specified in S12.1 and S12.2 of docs/specification.md.
 */
#include "core/internal.h"
#include "core/summary.h"

/* The free buddy of at least a pageblock that @pfn lies in, or NULL. */
static struct page *large_buddy_around(u32 pfn)
{
	for (unsigned int order = pageblock_order; order <= max_page_order; order++) {
		u32 head_pfn = pfn & ~(BIT(order) - 1);
		struct page *head;

		if (!pfn_valid(head_pfn))
			continue;
		head = pfn_to_page(head_pfn);
		if ((READ_ONCE(head->flags) & PG_buddy) && head_pfn + BIT(page_order(head)) > pfn)
			return page_order(head) >= pageblock_order ? head : NULL;
	}
	return NULL;
}

/* Halve the buddy around a pageblock until the pageblock is a buddy of its own. */
static void split_buddy_around(struct zone *zone, u32 pfn, int mt)
{
	struct page *page = large_buddy_around(pfn);
	unsigned int order;

	if (!page || page_order(page) == pageblock_order)
		return;
	order = page_order(page);
	del_page_from_free_list(page, zone, order, mt);
	while (order > pageblock_order) {
		struct page *upper = page + BIT(--order);

		if (page_to_pfn(upper) > pfn) {
			add_to_free_list(upper, zone, order, mt);
		} else {
			add_to_free_list(page, zone, order, mt);
			page = upper;
		}
	}
	add_to_free_list(page, zone, order, mt);
}

static bool pageblock_exists(u32 pfn)
{
	return pfn_valid(pfn) && !(READ_ONCE(pfn_to_pageblock(pfn)->flags) & PB_reserved);
}

static bool is_bad_isolation(u32 pfn, bool isolated_wanted)
{
	bool exists = pageblock_exists(pfn);
	bool isolated = exists && is_migrate_isolate(get_pfnblock_migratetype(pfn));

	return bad_call(exists && isolated != isolated_wanted, SPB_RULE_ISOLATE_TWICE) ||
	       bad_call(!exists, SPB_RULE_ISOLATE_RESERVED);
}

/* Locked. Another CPU may have been faster. */
static bool may_change_isolation(const struct superpageblock *sb, u32 pfn, bool isolated)
{
	return !sb->contig_allocated &&
	       is_migrate_isolate(get_pfnblock_migratetype(pfn)) == isolated;
}

static void set_isolated(struct zone *zone, u32 pfn, bool isolated)
{
	struct pageblock_data *pb = pfn_to_pageblock(pfn);
	u32 flags = isolated ? pb->flags | PB_migrate_isolate : pb->flags & ~PB_migrate_isolate;

	shim_touch(pb);
	WRITE_ONCE(pb->flags, (u16)flags);
	zone->nr_isolate_pageblock += isolated ? 1U : -1U;
	spb_event_page(isolated ? SPB_EV_ISOLATE : SPB_EV_UNISOLATE, pfn, pageblock_order,
		       get_pageblock_label(pfn), 0, 0);
}

int isolate_pageblock(u32 pfn)
{
	struct superpageblock *sb = &this_core()->spbs[pfn_to_pageblock(pfn)->spb];
	struct zone *zone = sb->zone;
	unsigned long flags;
	int ret = -EBUSY;

	spin_lock_irqsave(&zone->lock, flags);
	if (may_change_isolation(sb, pfn, false)) {
		int label = get_pageblock_label(pfn);

		split_buddy_around(zone, pfn, label);
		set_isolated(zone, pfn, true);
		move_free_pages(zone, pfn, label, MIGRATE_ISOLATE);
		spb_summary_follow(sb);
		ret = 0;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	/* What the per-CPU lists have of it must not be handed out either. */
	if (!ret)
		drain_all_pages();
	return ret;
}

int unisolate_pageblock(u32 pfn)
{
	struct superpageblock *sb = &this_core()->spbs[pfn_to_pageblock(pfn)->spb];
	struct zone *zone = sb->zone;
	unsigned long flags;
	int ret = -EBUSY;

	spin_lock_irqsave(&zone->lock, flags);
	if (may_change_isolation(sb, pfn, true)) {
		struct page *page = pfn_to_page(pfn);

		set_isolated(zone, pfn, false);
		if (pfn_to_pageblock(pfn)->flags & PB_all_free) {
			/* It could not merge while it was isolated. */
			del_page_from_free_list(page, zone, pageblock_order, MIGRATE_ISOLATE);
			__free_one_page(page, pfn, zone, pageblock_order);
		} else {
			move_free_pages(zone, pfn, MIGRATE_ISOLATE, get_pageblock_label(pfn));
		}
		spb_settle(sb);
		ret = 0;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return ret;
}

int spb_isolate_pageblock(u32 pfn)
{
	if (is_bad_isolation(pfn, false))
		return -EINVAL;
	return isolate_pageblock(pageblock_start_pfn(pfn));
}

int spb_unisolate_pageblock(u32 pfn)
{
	if (is_bad_isolation(pfn, true))
		return -EINVAL;
	return unisolate_pageblock(pageblock_start_pfn(pfn));
}
