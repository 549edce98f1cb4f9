// SPDX-License-Identifier: GPL-2.0-only
/*
 * One superpageblock, counted again from its pageblocks and free lists. None of the core's
 * code is asked: category, fullness and every count are worked out here.
 */
#include <string.h>

#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/text/said.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/spb/spb_said.h"
#include "spb/alloc.h"

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
#define LANE_OF(lanes, n) ((u16)((lanes) >> ((n)*LANE) & (BIT(LANE) - 1)))
#define FIRST_FLAG 4

_Static_assert(PB_has_unmovable == BIT(FIRST_FLAG) && PB_has_reclaimable == BIT(FIRST_FLAG + 1) &&
		       PB_has_movable == BIT(FIRST_FLAG + 2) &&
		       PB_all_free == BIT(FIRST_FLAG + 3) && PB_reserved == BIT(FIRST_FLAG + 4),
	       "the lanes follow the order of the flags");

struct spb_content spb_count_content(const struct spb_span *span)
{
	struct spb_content c = { 0 };
	u32 labels = 0, on_free = 0;
	u64 lanes = 0;

	for (u32 i = 0; i < span->nr_blocks; i++) {
		u32 flags = span->blocks[i].flags;
		u32 if_free = 0u - ((flags & PB_all_free) != 0);

		lanes += ((flags >> FIRST_FLAG) & 0x1f) * LANE_SPREAD & LANE_ONES;
		labels |= BIT(flags & PB_LABEL_MASK);
		on_free |= flags & if_free & (PB_HAS_MASK | PB_reserved | PB_partial);
	}
	c.labels = (u16)labels;
	c.on_free = (u16)on_free;
	c.nr_unmovable = LANE_OF(lanes, 0);
	c.nr_reclaimable = LANE_OF(lanes, 1);
	c.nr_movable = LANE_OF(lanes, 2);
	c.nr_free = LANE_OF(lanes, 3);
	c.nr_reserved = LANE_OF(lanes, 4);
	return c;
}

static enum sb_category category_of(const struct superpageblock *sb, const struct spb_content *c)
{
	if (sb->contig_allocated)
		return SB_ISOLATED;
	if (c->nr_unmovable + c->nr_reclaimable)
		return SB_TAINTED;
	return c->nr_movable ? SB_CLEAN : SB_EMPTY;
}

/* What the category follows from. */
static const char *deciding_content(const struct spb_content *c)
{
	if (c->nr_unmovable)
		return "unmovable";
	if (c->nr_reclaimable)
		return "reclaimable";
	return c->nr_movable ? "movable" : "none";
}

/* Buckets of a quarter each, counted in used pageblocks; the first is for no free one. */
static enum sb_fullness fullness_of(const struct spb_content *c, u32 total)
{
	u32 usable = total - c->nr_reserved;
	u32 used = usable - c->nr_free;

	if (!c->nr_free)
		return SB_FULL;
	return (enum sb_fullness)(SB_ALMOST_EMPTY - min(used * 4 / usable, 3u));
}

static void check_counter(const struct superpageblock *sb, enum rule_id id, u32 counter, u32 real)
{
	const char *rule = rules[id].name;

	if (likely(counter == real) || !rule_is_on(id))
		return;
	finding_detail(counter > real ? "high" : "low");
	spb_finding(sb, rule, "%s is %u, %u pageblocks are so", rule + strlen("spb-"), counter,
		    real);
}

static void check_counters(const struct superpageblock *sb, const struct spb_content *c, u32 total)
{
	check_counter(sb, RULE_SPB_TOTAL, sb->total_pageblocks, total);
	check_counter(sb, RULE_SPB_NR_RESERVED, sb->nr_reserved, c->nr_reserved);
	check_counter(sb, RULE_SPB_NR_FREE, sb->nr_free, c->nr_free);
	check_counter(sb, RULE_SPB_NR_UNMOVABLE, sb->nr_unmovable, c->nr_unmovable);
	check_counter(sb, RULE_SPB_NR_RECLAIMABLE, sb->nr_reclaimable, c->nr_reclaimable);
	check_counter(sb, RULE_SPB_NR_MOVABLE, sb->nr_movable, c->nr_movable);
}

static void check_filing(const struct superpageblock *sb, const struct spb_content *c, u32 total)
{
	enum sb_category category = category_of(sb, c);
	enum sb_fullness fullness = SB_FULL;

	if (unlikely(c->on_free))
		spb_rule_broken(sb, ALL_FREE_BITS, "a wholly free pageblock has more marks: %s",
				spb_said_marks(c->on_free));
	if (sb->contig_allocated)
		looked(CONTIG_FREE);
	if (unlikely(sb->contig_allocated && sb->nr_free_pages))
		spb_rule_broken(sb, CONTIG_FREE, "held as a whole, with %u free pages",
				sb->nr_free_pages);
	if (unlikely(sb->category != category) && rule_is_on(RULE_SPB_CATEGORY)) {
		finding_detail(deciding_content(c));
		spb_finding(sb, "spb-category", "it is said to be %s, its content makes it %s",
			    said_category(sb->category), said_category(category));
	}
	if (category < __NR_SB_CATEGORIES)
		fullness = fullness_of(c, total);
	if (unlikely(sb->fullness != fullness))
		spb_rule_broken(sb, SPB_FULLNESS,
				"it counts as %s, its %u free pageblocks of %u, less %u reserved, "
				"make it %s", said_list(SB_TAINTED, sb->fullness), c->nr_free,
				total, c->nr_reserved, said_list(SB_TAINTED, fullness));
	if (category != SB_TAINTED)
		looked(UNTAINTED_LABEL);
	if (unlikely((category == SB_CLEAN || category == SB_EMPTY) &&
		     c->labels & ~(BIT(MIGRATE_MOVABLE) | BIT(MIGRATE_CMA))))
		spb_rule_broken(sb, UNTAINTED_LABEL,
				"it is not tainted, the labels of its pageblocks are %s",
				spb_said_labels(c->labels));
}

/* What the walks of one superpageblock's lists look at again and again. */
struct list_walk {
	const struct superpageblock *sb;
	const struct spb_span *span;
	const struct pageblock_data *pageblocks;
	const struct page *map;
	u32 min_pfn, nr_pages;
	unsigned int block_order, last_order;
};

static bool types_merge(int a, int b)
{
	if (a == MIGRATE_ISOLATE || b == MIGRATE_ISOLATE)
		return false;
	return a == b || (a < MIGRATE_PCPTYPES && b < MIGRATE_PCPTYPES);
}

static int list_type_at(const struct list_walk *w, u32 pfn)
{
	return block_list_type(&w->pageblocks[(pfn - w->min_pfn) >> w->block_order]);
}

static bool is_merged(const struct list_walk *w, u32 pfn, unsigned int order, int mt)
{
	u32 buddy_pfn = pfn ^ BIT(order);
	const struct page *buddy;

	if (order >= w->last_order || buddy_pfn < w->span->start || buddy_pfn >= w->span->end)
		return true;
	buddy = &w->map[buddy_pfn - w->min_pfn];
	if (likely(!(buddy->flags & PG_buddy) || page_order(buddy) != order))
		return true;
	return order >= w->block_order && !types_merge(mt, list_type_at(w, buddy_pfn));
}

static bool has_list_type(const struct list_walk *w, u32 pfn, unsigned int order, int mt)
{
	u32 first = pfn - w->min_pfn;

	for (u32 i = first >> w->block_order; i <= (first + BIT(order) - 1) >> w->block_order; i++)
		if (block_list_type(&w->pageblocks[i]) != mt)
			return false;
	return true;
}

/* The first rule that an entry breaks. */
static void report_entry(const struct list_walk *w, const struct page *page, u32 pfn,
			 unsigned int order, int mt)
{
	const struct superpageblock *sb = w->sb;

	finding_page(pfn);
	if ((page->flags & PG_STATE_MASK) != PG_buddy)
		spb_rule_broken(sb, ENTRY_STATE, "page %u on a list of order %u is %s", pfn,
				order, spb_said_page(page->flags & ~PG_TYPE_MASK));
	if (page_order(page) != order)
		spb_rule_broken(sb, ENTRY_ORDER, "page %u of order %u is on a list of order %u",
				pfn, page_order(page), order);
	if (pfn & (BIT(order) - 1))
		spb_rule_broken(sb, ENTRY_ALIGN, "page %u is a buddy of order %u", pfn, order);
	if (pfn < w->span->start || pfn + BIT(order) > w->span->end) {
		spb_rule_broken(sb, ENTRY_SPB, "it has the buddy %u of order %u, but is %u to %u",
				pfn, order, w->span->start, w->span->end);
		return;
	}
	if (!has_list_type(w, pfn, order, mt))
		spb_rule_broken(sb, ENTRY_TYPE,
				"page %u of order %u is on a list of type %s, its label is %s", pfn,
				order, said_type((unsigned int)mt),
				said_type((unsigned int)list_type_at(w, pfn)));
	if (!is_merged(w, pfn, order, mt))
		spb_rule_broken(sb, MERGE_LOST, "%u and %u are free and of order %u", pfn,
				pfn ^ BIT(order), order);
}

static bool is_entry_good(const struct list_walk *w, const struct page *page, u32 pfn,
			  unsigned int order, int mt)
{
	u32 wrong = ((page->flags & PG_STATE_MASK) ^ PG_buddy) | (page_order(page) ^ order) |
		    (pfn & (BIT(order) - 1));

	return !wrong && pfn >= w->span->start && pfn + BIT(order) <= w->span->end &&
	       has_list_type(w, pfn, order, mt) && is_merged(w, pfn, order, mt);
}

/* Return: entries. The links are checked before they are followed. */
static u32 walk_list(const struct list_walk *w, unsigned int order, int mt)
{
	const struct list_head *head = &w->sb->free_area[order].free_list[mt], *at = head;
	u32 most = w->span->end - w->span->start;
	u32 n = 0;

	for (const struct list_head *next = head->next; next != head; next = at->next) {
		shim_uptr offset = (shim_uptr)next - offsetof(struct page, buddy_list) -
				   (shim_uptr)w->map;
		const struct page *page = list_entry(next, struct page, buddy_list);

		if (unlikely(offset % sizeof(struct page) ||
			     offset / sizeof(struct page) >= w->nr_pages))
			spb_finding(w->sb, "entry-state",
				    "entry %u of the list of order %u, type %s is no page", n,
				    order, said_type((unsigned int)mt));
		looked(ENTRY_STATE);
		if (unlikely(next->prev != at)) {
			finding_page(page_to_pfn(page));
			spb_rule_broken(w->sb, LIST_CORRUPT,
					"page %u does not point back, order %u", page_to_pfn(page),
					order);
		}
		if (unlikely(!is_entry_good(w, page, w->min_pfn + (u32)(page - w->map), order, mt)))
			report_entry(w, page, page_to_pfn(page), order, mt);
		if (unlikely(++n > most))
			spb_finding(w->sb, "area-count", "order %u, type %s: the list never ends",
				    order, said_type((unsigned int)mt));
		at = next;
	}
	if (unlikely(head->prev != at))
		spb_rule_broken(w->sb, LIST_CORRUPT, "head of order %u, type %s points elsewhere",
				order, said_type((unsigned int)mt));
	return n;
}

static void walk_area(const struct list_walk *w, unsigned int order, struct spb_tally *tally)
{
	const struct free_area *area = &w->sb->free_area[order];
	u32 n = 0;

	for (int mt = 0; mt < MIGRATE_TYPES; mt++) {
		const struct list_head *head = &area->free_list[mt];
		u32 entries;

		if (head->next == head && head->prev == head)
			continue;
		entries = walk_list(w, order, mt);
		if (tally)
			tally->nr_list[order][mt] += entries;
		n += entries;
	}
	if (unlikely(n != area->nr_free))
		spb_rule_broken(w->sb, AREA_COUNT, "order %u counts %u, its lists have %u", order,
				area->nr_free, n);
}

static void check_lists(const struct superpageblock *sb, const struct spb_span *span,
			const u8 *dirty, const struct spb_content *c, struct spb_tally *tally)
{
	const struct spb_core *core = this_core();
	const struct list_walk w = {
		.sb = sb,
		.span = span,
		.pageblocks = core->pageblock_map,
		.map = core->mem_map,
		.min_pfn = core->min_pfn,
		.nr_pages = core->max_pfn - core->min_pfn,
		.block_order = core->config.block_order,
		.last_order = core->config.max_order,
	};
	const u8 *lines = NULL;
	unsigned int end = NR_PAGE_ORDERS;
	u32 pages = 0, whole = 0;

	if (dirty) {
		lines = dirty + (((shim_uptr)&sb->free_area - (shim_uptr)core) >> SHIM_LINE_SHIFT);
		/* What lies above is a list that a full check looks at. */
		end = w.last_order + 1;
	}
	for (unsigned int order = 0; order < end; order++) {
		u32 n = sb->free_area[order].nr_free;

		if (!lines || lines[order] & SHIM_DIRTY_OP)
			walk_area(&w, order, tally);
		pages += n << order;
		if (order >= w.block_order)
			whole += n << (order - w.block_order);
	}
	if (unlikely(pages != sb->nr_free_pages))
		spb_rule_broken(sb, SPB_FREE_PAGES, "nr_free_pages is %u, its lists have %u",
				sb->nr_free_pages, pages);
	if (unlikely(whole != c->nr_free))
		spb_rule_broken(sb, ALL_FREE,
				"%u pageblocks are marked free, %u are in free buddies", c->nr_free,
				whole);
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

void spb_recount(const struct superpageblock *sb, const struct spb_span *span,
		 const struct spb_content *content, const u8 *dirty, struct spb_tally *tally)
{
	looked(SPB_TOTAL);
	check_counters(sb, content, span->nr_blocks);
	check_lists(sb, span, dirty, content, tally);
	check_filing(sb, content, span->nr_blocks);
	if (tally)
		add_to_tally(span, tally);
}

void spb_recount_part(const struct superpageblock *sb, enum spb_part part)
{
	struct spb_span span = spb_span_of(sb);
	struct spb_content c = spb_count_content(&span);

	switch (part) {
	case SPB_PART_RESERVED:
		check_counter(sb, RULE_SPB_NR_RESERVED, sb->nr_reserved, c.nr_reserved);
		break;
	case SPB_PART_FREE:
		check_counter(sb, RULE_SPB_NR_FREE, sb->nr_free, c.nr_free);
		break;
	case SPB_PART_UNMOVABLE:
		check_counter(sb, RULE_SPB_NR_UNMOVABLE, sb->nr_unmovable, c.nr_unmovable);
		break;
	case SPB_PART_RECLAIMABLE:
		check_counter(sb, RULE_SPB_NR_RECLAIMABLE, sb->nr_reclaimable, c.nr_reclaimable);
		break;
	case SPB_PART_MOVABLE:
		check_counter(sb, RULE_SPB_NR_MOVABLE, sb->nr_movable, c.nr_movable);
		break;
	case SPB_PART_LISTS:
		check_lists(sb, &span, NULL, &c, NULL);
		break;
	case SPB_PART_FILING:
		check_filing(sb, &c, span.nr_blocks);
		break;
	case NR_SPB_PARTS:
		break;
	}
}
