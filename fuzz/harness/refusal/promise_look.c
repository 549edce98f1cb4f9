// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the rule of patch 35 sees in the tainted pool, page by page: see promise.h. No list and
 * no counter of the allocator is read but the category.
 */
#include "fuzz/harness/refusal/promise_look.h"

#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/spb/spb_view.h"
#include "spb/alloc.h"
#include "spb/event.h"

struct looker {
	const struct zone *zone;
	unsigned int order, mt;
	struct promise_look found;
};

static bool is_unmovable_or_reclaimable(unsigned int mt)
{
	return mt == MIGRATE_UNMOVABLE || mt == MIGRATE_RECLAIMABLE;
}

static void look_at_buddy(struct looker *look, const struct page *page, unsigned int list)
{
	if (page_order(page) >= look->order)
		return;
	if (list == look->mt)
		look->found.seen |= PROMISE_SEEN_OWN;
	else if (is_unmovable_or_reclaimable(list) && is_unmovable_or_reclaimable(look->mt))
		look->found.seen |= page_order(page) < pageblock_order
					    ? PROMISE_SEEN_OPPOSITE
					    : PROMISE_SEEN_OPPOSITE_BLOCK;
}

/* A movable page goes to a clean superpageblock that is not empty. */
static bool has_target(const struct zone *zone, unsigned int order)
{
	for (u32 i = 0; i < zone->nr_superpageblocks; i++) {
		const struct superpageblock *sb = &zone->superpageblocks[i];
		struct spb_span span = spb_span_of(sb);

		for (u32 pfn = span.start; sb->category == SB_CLEAN && pfn < span.end; pfn++) {
			const struct page *page = pfn_to_page(pfn);

			if ((page->flags & PG_buddy) && page_order(page) >= order &&
			    block_list_type(block_of(pfn)) == MIGRATE_MOVABLE)
				return true;
		}
	}
	return false;
}

static unsigned int why_it_stays(const struct looker *look, u32 pfn)
{
	int list = block_list_type(block_of(pfn));

	if (list == MIGRATE_ISOLATE)
		return PROMISE_SEEN_ISOLATED;
	if (list == MIGRATE_CMA)
		return PROMISE_SEEN_CMA;
	if (!owner_would_move(pfn))
		return PROMISE_SEEN_PINNED;
	return has_target(look->zone, page_order(pfn_to_page(pfn))) ? PROMISE_SEEN_MOVABLE
								     : PROMISE_SEEN_NO_TARGET;
}

/* Content that counts as movable, or that a per-CPU list may turn into it at any moment. */
static bool is_movable(const struct page *page)
{
	return (page->flags & PG_head) && content_bit_of(page_type(page)) == PB_has_movable;
}

static void look_at_block(struct looker *look, u32 start, u32 end)
{
	const struct pageblock_data *pb = block_of(start);
	bool movable = false;

	for (u32 pfn = start; pfn < end; pfn++) {
		const struct page *page = pfn_to_page(pfn);

		if (page->flags & PG_buddy)
			look_at_buddy(look, page, (unsigned int)block_list_type(pb));
		if (!is_movable(page))
			continue;
		movable = true;
		look->found.seen |= why_it_stays(look, pfn);
	}
	if ((pb->flags & PB_has_movable) && !movable)
		look->found.seen |= PROMISE_SEEN_STALE;
}

static void look_at_spb(struct looker *look, const struct superpageblock *sb)
{
	struct spb_span span = spb_span_of(sb);
	u32 end;

	for (u32 pfn = span.start; pfn < span.end; pfn = end) {
		end = min((pfn & ~(pageblock_nr_pages - 1)) + pageblock_nr_pages, span.end);
		look_at_block(look, pfn, end);
	}
}

struct promise_look promise_look(unsigned int zone_index, unsigned int order, unsigned int mt)
{
	const struct zone *zone = zone_by_index(zone_index);
	struct looker look = {
		.zone = zone, .order = order, .mt = mt, .found.spb = SPB_NO_SPB,
	};

	for (u32 i = 0; i < zone->nr_superpageblocks; i++) {
		const struct superpageblock *sb = &zone->superpageblocks[i];

		if (sb->category != SB_TAINTED)
			continue;
		look_at_spb(&look, sb);
		if (look.found.seen && look.found.spb == SPB_NO_SPB)
			look.found.spb = (uint16_t)(sb - this_core()->spbs);
	}
	return look.found;
}
