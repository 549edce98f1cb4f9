// SPDX-License-Identifier: GPL-2.0-only
/*
 * Superpageblocks: content counters, category, fullness, and the list that both name.
 *
 *            first U or R                     last M
 *   empty ───────────────▶ tainted ◀─────┐  clean ─────▶ empty
 *     │ first M                          │ first U or R
 *     └────────▶ clean ──────────────────┘
 *   tainted ── last U and R gone ──▶ clean or empty (labels become M)
 *
 * Specified in S2 of docs/specification.md.
 */
#include "core/internal.h"
#include "core/summary.h"

u16 spb_index(const struct superpageblock *sb)
{
	return (u16)(sb - this_core()->spbs);
}

struct superpageblock *pfn_to_superpageblock(const struct zone *zone, u32 pfn)
{
	if (pfn < zone->zone_start_pfn || pfn >= zone_end_pfn(zone))
		return NULL;
	return &this_core()->spbs[pfn_to_pageblock(pfn)->spb];
}

bool spb_policy_on(const struct zone *zone)
{
	return zone->nr_superpageblocks >= SPB_POLICY_MIN_SPBS;
}

bool spb_is_tainted(const struct superpageblock *sb)
{
	return sb->category == SB_TAINTED;
}

enum sb_category spb_get_category(const struct superpageblock *sb)
{
	if (sb->contig_allocated)
		return SB_ISOLATED;
	if (sb->nr_unmovable || sb->nr_reclaimable)
		return SB_TAINTED;
	return sb->nr_movable ? SB_CLEAN : SB_EMPTY;
}

enum sb_fullness spb_get_fullness(const struct superpageblock *sb)
{
	u32 usable = (u32)sb->total_pageblocks - sb->nr_reserved;
	u32 used = usable - sb->nr_free;

	if (!sb->nr_free)
		return SB_FULL;
	if (used * 4 >= usable * 3)
		return SB_FULL_75;
	if (used * 2 >= usable)
		return SB_FULL_50;
	if (used * 4 >= usable)
		return SB_FULL_25;
	return SB_ALMOST_EMPTY;
}

u16 spb_tainted_reserve(const struct superpageblock *sb)
{
	return max_t(u16, spb_tunable(reserve_min),
		     sb->total_pageblocks / spb_tunable(reserve_divisor));
}

bool spb_movable_may_take(const struct superpageblock *sb, unsigned int order)
{
	u32 blocks = order > pageblock_order ? BIT(order - pageblock_order) : 1;

	return sb->nr_free >= spb_tainted_reserve(sb) + blocks;
}

static u16 *content_counter(struct superpageblock *sb, u16 has_bit)
{
	switch (has_bit) {
	case PB_has_unmovable:
		return &sb->nr_unmovable;
	case PB_has_reclaimable:
		return &sb->nr_reclaimable;
	default:
		return &sb->nr_movable;
	}
}

void __spb_set_has_type(struct superpageblock *sb, u32 pfn, int mt)
{
	struct pageblock_data *pb = pfn_to_pageblock(pfn);
	u16 bit = migratetype_to_has_bit(mt);

	lockdep_assert_held(&sb->zone->lock);
	if (pb->flags & bit)
		return;
	shim_touch(pb);
	shim_touch(sb);
	WRITE_ONCE(pb->flags, (u16)(pb->flags | bit));
	++*content_counter(sb, bit);
	spb_event_page(SPB_EV_HAS_SET, pageblock_start_pfn(pfn), pageblock_order, mt, 0, 0);
}

void __spb_clear_has_type(struct superpageblock *sb, u32 pfn, int mt)
{
	struct pageblock_data *pb = pfn_to_pageblock(pfn);
	u16 bit = migratetype_to_has_bit(mt);

	lockdep_assert_held(&sb->zone->lock);
	if (!(pb->flags & bit))
		return;
	shim_touch(pb);
	WRITE_ONCE(pb->flags, (u16)(pb->flags & ~bit));
	__spb_count_cleared_type(sb, pfn, mt);
}

void __spb_count_cleared_type(struct superpageblock *sb, u32 pfn, int mt)
{
	lockdep_assert_held(&sb->zone->lock);
	shim_touch(sb);
	--*content_counter(sb, migratetype_to_has_bit(mt));
	spb_event_page(SPB_EV_HAS_CLEAR, pageblock_start_pfn(pfn), pageblock_order, mt, 0, 0);
}

void superpageblock_pb_now_free(struct superpageblock *sb, u32 pfn)
{
	struct pageblock_data *pb = pfn_to_pageblock(pfn);

	for (int mt = MIGRATE_UNMOVABLE; mt < MIGRATE_PCPTYPES; mt++)
		__spb_clear_has_type(sb, pfn, mt);
	shim_touch(pb);
	shim_touch(sb);
	WRITE_ONCE(pb->flags, (u16)(pb->flags | PB_all_free));
	sb->nr_free++;
}

void superpageblock_pb_now_used(struct superpageblock *sb, u32 pfn)
{
	struct pageblock_data *pb = pfn_to_pageblock(pfn);

	shim_touch(pb);
	shim_touch(sb);
	WRITE_ONCE(pb->flags, (u16)(pb->flags & ~PB_all_free));
	sb->nr_free--;
}

static struct list_head *spb_list_of(struct superpageblock *sb, enum sb_category category,
				     enum sb_fullness fullness)
{
	switch (category) {
	case SB_EMPTY:
		return &sb->zone->spb_empty;
	case SB_ISOLATED:
		return &sb->zone->spb_isolated;
	default:
		return &sb->zone->spb_lists[category][fullness];
	}
}

void spb_update_list(struct superpageblock *sb)
{
	enum sb_category category = spb_get_category(sb), old = sb->category;
	enum sb_fullness fullness = SB_FULL;
	u32 from = old * __NR_SB_FULLNESS + sb->fullness;

	lockdep_assert_held(&sb->zone->lock);
	if (category < __NR_SB_CATEGORIES)
		fullness = spb_get_fullness(sb);
	if (category == old && fullness == sb->fullness) {
		spb_summary_follow(sb);
		return;
	}
	list_move(&sb->list, spb_list_of(sb, category, fullness));
	sb->zone->nr_tainted += (u32)(category == SB_TAINTED) - (u32)(old == SB_TAINTED);
	sb->category = (u8)category;
	sb->fullness = (u8)fullness;
	if (spb_is_summarised(sb))
		spb_summary_file(sb);
	spb_event_spb(SPB_EV_LIST_MOVE, sb, from, category * __NR_SB_FULLNESS + fullness);
	if (category == SB_TAINTED && old != SB_TAINTED)
		spb_event_spb(SPB_EV_TAINT, sb, old, 0);
	if (category != SB_TAINTED && old == SB_TAINTED)
		spb_event_spb(SPB_EV_UNTAINT, sb, category, 0);
	spb_maybe_start_defrag(sb);
}

/*
 * A superpageblock that just stopped being tainted (its category still says that it is): the
 * label of a pageblock without non-movable content means nothing any more, and would send
 * the next unmovable page here:
 *
 *   before  | U  | M  | R  |   bits: none, has M, has M
 *   after   | M  | M  | M  |
 */
static void spb_relabel_untainted(struct superpageblock *sb)
{
	struct zone *zone = sb->zone;
	u32 start = max(sb->start_pfn, zone->zone_start_pfn);
	u32 end = min(sb->start_pfn + SUPERPAGEBLOCK_NR_PAGES, zone_end_pfn(zone));

	if (sb->category != SB_TAINTED || spb_get_category(sb) == SB_TAINTED)
		return;
	for (u32 pfn = pageblock_start_pfn(start); pfn < end; pfn += pageblock_nr_pages) {
		int label = get_pageblock_label(pfn);

		if (label == MIGRATE_MOVABLE || is_migrate_cma(label))
			continue;
		if (get_pfnblock_migratetype(pfn) == MIGRATE_ISOLATE)
			set_pageblock_migratetype(pfn, MIGRATE_MOVABLE);
		else
			move_freepages_block(zone, pfn, label, MIGRATE_MOVABLE);
	}
}

void spb_settle(struct superpageblock *sb)
{
	spb_relabel_untainted(sb);
	spb_update_list(sb);
}

/*
 * Below the reserve in pages (the count of free pageblocks does not move when fragments
 * are used up): reclaim and defragment before there is nothing left to reclaim with.
 */
void spb_check_high_water(struct superpageblock *sb)
{
	if (sb->nr_free_pages >= (u32)spb_tainted_reserve(sb) << pageblock_order)
		return;
	queue_shrink(sb->zone);
	spb_maybe_start_defrag(sb);
}
