// SPDX-License-Identifier: GPL-2.0-only
/*
 * One superpageblock, counted again from its pageblocks and free lists. None of the core's
 * code is asked: category, fullness and every count are worked out here.
 */
#include "fuzz/harness/report.h"
#include "fuzz/harness/spb_oracle.h"
#include "spb/alloc.h"

/* What the flags of all its pageblocks say. */
struct content {
	u32 nr_free, nr_unmovable, nr_reclaimable, nr_movable, nr_reserved;
	u32 labels;   /* bit per label */
	u16 on_free;  /* bits that a wholly free pageblock should not have */
};

struct spb_span spb_span_of(const struct superpageblock *sb)
{
	const struct zone *zone = sb->zone;
	u32 end = sb->start_pfn + SUPERPAGEBLOCK_NR_PAGES;
	struct spb_span span;
	u32 first;

	span.start = max(sb->start_pfn, zone->zone_start_pfn);
	span.end = min(end, zone_end_pfn(zone));
	first = (span.start - this_core()->min_pfn) >> pageblock_order;
	span.blocks = &this_core()->pageblock_map[first];
	span.nr_blocks = ((span.end - 1 - this_core()->min_pfn) >> pageblock_order) - first + 1;
	return span;
}

/*
 * Five flags are counted with one multiplication and one addition: each goes to the lowest
 * bit of a lane of 12.
 *
 *   flags     ...R F m r u ....                 (reserved, free, movable, ...)
 *   product   000R|000F|000m|000r|000u          after the mask
 */
#define LANE 12
#define LANE_SPREAD (1ull | 1ull << 11 | 1ull << 22 | 1ull << 33 | 1ull << 44)
#define LANE_ONES (1ull | 1ull << 12 | 1ull << 24 | 1ull << 36 | 1ull << 48)
#define LANE_OF(lanes, n) ((u32)((lanes) >> ((n)*LANE)) & (BIT(LANE) - 1))
#define FIRST_FLAG 4

_Static_assert(PB_has_unmovable == BIT(FIRST_FLAG) && PB_has_reclaimable == BIT(FIRST_FLAG + 1) &&
		       PB_has_movable == BIT(FIRST_FLAG + 2) &&
		       PB_all_free == BIT(FIRST_FLAG + 3) && PB_reserved == BIT(FIRST_FLAG + 4),
	       "the lanes follow the order of the flags");

static struct content count_content(const struct spb_span *span)
{
	struct content c = { 0 };
	u64 lanes = 0;

	for (u32 i = 0; i < span->nr_blocks; i++) {
		u32 flags = span->blocks[i].flags;
		u32 if_free = 0u - ((flags & PB_all_free) != 0);

		lanes += ((flags >> FIRST_FLAG) & 0x1f) * LANE_SPREAD & LANE_ONES;
		c.labels |= BIT(flags & PB_LABEL_MASK);
		c.on_free |= (u16)(flags & if_free & (PB_HAS_MASK | PB_reserved | PB_partial));
	}
	c.nr_unmovable = LANE_OF(lanes, 0);
	c.nr_reclaimable = LANE_OF(lanes, 1);
	c.nr_movable = LANE_OF(lanes, 2);
	c.nr_free = LANE_OF(lanes, 3);
	c.nr_reserved = LANE_OF(lanes, 4);
	return c;
}

static enum sb_category category_of(const struct superpageblock *sb, const struct content *c)
{
	if (sb->contig_allocated)
		return SB_ISOLATED;
	if (c->nr_unmovable + c->nr_reclaimable)
		return SB_TAINTED;
	return c->nr_movable ? SB_CLEAN : SB_EMPTY;
}

/* Buckets of a quarter each, counted in used pageblocks; the first is for no free one. */
static enum sb_fullness fullness_of(const struct content *c, u32 total)
{
	u32 usable = total - c->nr_reserved;
	u32 used = usable - c->nr_free;

	if (!c->nr_free)
		return SB_FULL;
	return (enum sb_fullness)(SB_ALMOST_EMPTY - min(used * 4 / usable, 3u));
}

static void check_counter(const struct superpageblock *sb, const char *rule, u32 counter, u32 real)
{
	if (unlikely(counter != real))
		spb_finding(sb, rule, "%s is %u, %u pageblocks are so", rule + 4, counter, real);
}

static void check_counters(const struct superpageblock *sb, const struct content *c, u32 total)
{
	check_counter(sb, "spb-total", sb->total_pageblocks, total);
	check_counter(sb, "spb-nr-reserved", sb->nr_reserved, c->nr_reserved);
	check_counter(sb, "spb-nr-free", sb->nr_free, c->nr_free);
	check_counter(sb, "spb-nr-unmovable", sb->nr_unmovable, c->nr_unmovable);
	check_counter(sb, "spb-nr-reclaimable", sb->nr_reclaimable, c->nr_reclaimable);
	check_counter(sb, "spb-nr-movable", sb->nr_movable, c->nr_movable);
}

static void check_filing(const struct superpageblock *sb, const struct content *c, u32 total)
{
	enum sb_category category = category_of(sb, c);
	enum sb_fullness fullness = SB_FULL;

	if (unlikely(c->on_free))
		spb_finding(sb, "all-free-bits", "a wholly free pageblock has the flags %#x",
			    c->on_free);
	if (unlikely(sb->contig_allocated && sb->nr_free_pages))
		spb_finding(sb, "contig-free", "held as a whole, with %u free pages",
			    sb->nr_free_pages);
	if (unlikely(sb->category != category))
		spb_finding(sb, "spb-category", "category is %u, its content makes it %u",
			    sb->category, category);
	if (category < __NR_SB_CATEGORIES)
		fullness = fullness_of(c, total);
	if (unlikely(sb->fullness != fullness))
		spb_finding(sb, "spb-fullness", "fullness is %u, %u free of %u - %u make it %u",
			    sb->fullness, c->nr_free, total, c->nr_reserved, fullness);
	if (unlikely((category == SB_CLEAN || category == SB_EMPTY) &&
		     c->labels & ~(BIT(MIGRATE_MOVABLE) | BIT(MIGRATE_CMA))))
		spb_finding(sb, "untainted-label",
			    "it is not tainted, the labels of its pageblocks are %#x", c->labels);
}

/* The page of a list entry, or NULL when it is none. */
static const struct page *entry_page(const struct list_head *entry)
{
	shim_uptr offset = (shim_uptr)entry - offsetof(struct page, buddy_list) -
			   (shim_uptr)this_core()->mem_map;
	u32 nr_pages = this_core()->max_pfn - this_core()->min_pfn;

	if (offset % sizeof(struct page) || offset / sizeof(struct page) >= nr_pages)
		return NULL;
	return &this_core()->mem_map[offset / sizeof(struct page)];
}

static bool types_merge(int a, int b)
{
	if (a == MIGRATE_ISOLATE || b == MIGRATE_ISOLATE)
		return false;
	return a == b || (a < MIGRATE_PCPTYPES && b < MIGRATE_PCPTYPES);
}

static void check_merged(const struct superpageblock *sb, const struct spb_span *span, u32 pfn,
			 unsigned int order, int mt)
{
	u32 buddy_pfn = pfn ^ BIT(order);
	const struct page *buddy;

	if (order >= max_page_order || buddy_pfn < span->start || buddy_pfn >= span->end)
		return;
	buddy = pfn_to_page(buddy_pfn);
	if (likely(!(buddy->flags & PG_buddy) || page_order(buddy) != order))
		return;
	if (order < pageblock_order || types_merge(mt, block_list_type(block_of(buddy_pfn))))
		spb_finding(sb, "merge-lost", "%u and %u are free and of order %u", pfn, buddy_pfn,
			    order);
}

static void check_entry(const struct superpageblock *sb, const struct spb_span *span,
			const struct page *page, unsigned int order, int mt)
{
	u32 pfn = page_to_pfn(page);

	if (unlikely((page->flags & PG_STATE_MASK) != PG_buddy))
		spb_finding(sb, "entry-state", "page %u on a list of order %u has flags %#x", pfn,
			    order, page->flags & PG_STATE_MASK);
	if (unlikely(page_order(page) != order))
		spb_finding(sb, "entry-order", "page %u of order %u is on a list of order %u", pfn,
			    page_order(page), order);
	if (unlikely(pfn & (BIT(order) - 1)))
		spb_finding(sb, "entry-align", "page %u is a buddy of order %u", pfn, order);
	if (unlikely(pfn < span->start || pfn + BIT(order) > span->end))
		spb_finding(sb, "entry-spb", "it has the buddy %u of order %u, but is %u to %u",
			    pfn, order, span->start, span->end);
	for (u32 at = pfn; at < pfn + BIT(order); at += pageblock_nr_pages)
		if (unlikely(block_list_type(block_of(at)) != mt))
			spb_finding(sb, "entry-type",
				    "page %u is on a list of type %d, its pageblock is of %d", at,
				    mt, block_list_type(block_of(at)));
	check_merged(sb, span, pfn, order, mt);
}

/* Return: entries. The links are checked before they are followed. */
static u32 walk_list(const struct superpageblock *sb, const struct spb_span *span,
		     unsigned int order, int mt)
{
	const struct list_head *head = &sb->free_area[order].free_list[mt], *at = head;
	u32 most = span->end - span->start;
	u32 n = 0;

	while (at->next != head) {
		const struct page *page = entry_page(at->next);

		if (unlikely(!page))
			spb_finding(sb, "entry-state",
				    "entry %u of the list of order %u, type %d is no page", n,
				    order, mt);
		if (unlikely(page->buddy_list.prev != at))
			spb_finding(sb, "list-corrupt", "page %u does not point back, order %u",
				    page_to_pfn(page), order);
		check_entry(sb, span, page, order, mt);
		if (unlikely(++n > most))
			spb_finding(sb, "area-count", "the list of order %u, type %d never ends",
				    order, mt);
		at = &page->buddy_list;
	}
	if (unlikely(head->prev != at))
		spb_finding(sb, "list-corrupt", "head of order %u, type %d points elsewhere", order,
			    mt);
	return n;
}

static void walk_area(const struct superpageblock *sb, const struct spb_span *span,
		      unsigned int order, struct spb_tally *tally)
{
	u32 n = 0;

	for (int mt = 0; mt < MIGRATE_TYPES; mt++) {
		const struct list_head *head = &sb->free_area[order].free_list[mt];
		u32 entries;

		if (head->next == head && head->prev == head)
			continue;
		entries = walk_list(sb, span, order, mt);
		if (tally)
			tally->nr_list[order][mt] += entries;
		n += entries;
	}
	if (unlikely(n != sb->free_area[order].nr_free))
		spb_finding(sb, "area-count", "order %u counts %u, its lists have %u", order,
			    sb->free_area[order].nr_free, n);
}

static void check_lists(const struct superpageblock *sb, const struct spb_span *span,
			const u8 *dirty, const struct content *c, struct spb_tally *tally)
{
	const u8 *lines = NULL;
	u32 pages = 0, whole = 0;

	if (dirty)
		lines = dirty + (((shim_uptr)&sb->free_area - (shim_uptr)this_core()) >>
				 SHIM_LINE_SHIFT);
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++) {
		u32 n = sb->free_area[order].nr_free;

		if (!lines || lines[order] & SHIM_DIRTY_OP)
			walk_area(sb, span, order, tally);
		pages += n << order;
		if (order >= pageblock_order)
			whole += n << (order - pageblock_order);
	}
	if (unlikely(pages != sb->nr_free_pages))
		spb_finding(sb, "spb-free-pages", "nr_free_pages is %u, its lists have %u",
			    sb->nr_free_pages, pages);
	if (unlikely(whole != c->nr_free))
		spb_finding(sb, "all-free", "%u pageblocks are marked free, %u are in free buddies",
			    c->nr_free, whole);
}

static void add_to_tally(const struct spb_span *span, struct spb_tally *tally)
{
	for (u32 i = 0; i < span->nr_blocks; i++) {
		u32 flags = span->blocks[i].flags;

		tally->nr_isolated += (flags & PB_migrate_isolate) != 0;
		tally->nr_highatomic += (flags & PB_LABEL_MASK) == MIGRATE_HIGHATOMIC;
	}
}

_Static_assert(sizeof(struct free_area) == SHIM_LINE, "one line for each order");

void spb_recount(const struct superpageblock *sb, const u8 *dirty, struct spb_tally *tally)
{
	struct spb_span span = spb_span_of(sb);
	struct content c = count_content(&span);

	check_counters(sb, &c, span.nr_blocks);
	check_lists(sb, &span, dirty, &c, tally);
	check_filing(sb, &c, span.nr_blocks);
	if (tally)
		add_to_tally(&span, tally);
}
