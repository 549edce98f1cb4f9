/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The summary of a zone, for a chooser that does not walk: which superpageblocks have what.
 *
 *   bucket  0 ... 4 clean | 5 ... 14 tainted, each fullness twice: | 15 empty
 *                         | a movable page may not, or may, be taken |
 *   row     0 ... 54 a list that is not empty, by type and order | 55 ... 59 content
 *
 *   rows[bucket]            a bit per row: some superpageblock of the bucket has it
 *   map of bucket and row   a bit per superpageblock of the zone that is in the bucket and has
 *                           the row, and above it a bit per word that is not 0, up to one word:
 *
 *       level 0    10..
 *       level 1    0100 0000 ..
 *       level 2    0000 0010 0000 ..        superpageblock 6 of the zone
 *
 * To choose is to look for a bit in rows[] and to follow it down: one load a level, two levels up
 * to 4,096 superpageblocks and three up to 262,144. Protected by zone->lock, all of it.
 *
 * Memory: 960 maps, so 120 bytes per superpageblock (122 with the upper levels) and at least 7.5
 * KiB a zone, beside 26 bytes in struct superpageblock. Laid out where the bitmaps choose alone.
 */
#ifndef SPB_SUMMARY_H
#define SPB_SUMMARY_H

#include "spb/mmzone.h"

/* Of all types that anybody takes from: not of ISOLATE, the last one. */
#define SPB_LIST_TYPES MIGRATE_ISOLATE
#define SPB_LIST_ROW(order, mt) ((unsigned int)(mt)*NR_PAGE_ORDERS + (order))

enum spb_row {
	SPB_ROW_MEMBER = SPB_LIST_TYPES * NR_PAGE_ORDERS, /* it is in the bucket */
	SPB_ROW_FREE_PAGES,  /* nr_free_pages is not 0 */
	SPB_ROW_UNMOVABLE,   /* nr_unmovable is not 0 */
	SPB_ROW_MOVABLE,     /* nr_movable is not 0 */
	SPB_ROW_RECLAIMABLE, /* nr_reclaimable is not 0 */
	NR_SPB_ROWS,
};

#define SPB_ROW_BIT(row) (1ull << (row))
#define SPB_LIST_ROWS (SPB_ROW_BIT(SPB_ROW_MEMBER) - 1)

/* Of one fullness, the one with room for a movable page comes second. */
#define SPB_BUCKET_TAINTED __NR_SB_FULLNESS
#define SPB_BUCKET_EMPTY (SPB_BUCKET_TAINTED + 2 * __NR_SB_FULLNESS)
#define NR_SPB_BUCKETS (SPB_BUCKET_EMPTY + 1)
/* Held as a whole. */
#define SPB_NO_BUCKET NR_SPB_BUCKETS

/* Of tainted ones: all, those that a movable page may be taken from, or the others. */
enum spb_room { SPB_ANY_ROOM, SPB_WITH_ROOM, SPB_WITHOUT_ROOM };

#define SPB_SUMMARY_LEVELS 3

/**
 * struct spb_summary - what the superpageblocks of a zone have
 * @rows: by bucket
 * @tainted: of all tainted buckets
 * @nr_below_reserve: tainted ones with fewer free pageblocks than their reserve
 * @reserve_min, @reserve_divisor: of the reserve that buckets and @nr_below_reserve are about:
 *                                 the tunables as a choice saw them last
 * @nr_levels: of a map
 * @level: where in a map each begins, the one word first
 * @level_words: how many words it has
 * @map_words: of a map
 * @map: [bucket][@map_words][row]: what a superpageblock has lies together
 */
struct spb_summary {
	u64 rows[NR_SPB_BUCKETS];
	u64 tainted;
	u32 nr_below_reserve;
	u16 reserve_min;
	u16 reserve_divisor;
	u32 nr_levels;
	u32 level[SPB_SUMMARY_LEVELS];
	u32 level_words[SPB_SUMMARY_LEVELS];
	u32 map_words;
	u8 pad[80];
	u64 map[];
};

_Static_assert(NR_SPB_ROWS <= 64, "a superpageblock's rows are one word");
_Static_assert(sizeof(struct spb_summary) == 2 * SHIM_LINE, "its head is whole lines");

#endif
