// SPDX-License-Identifier: GPL-2.0-only
/* Summaries counted again, choices compared with a walk: see chooser.h. */
#include "fuzz/harness/check/chooser/chooser.h"

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/spb/spb_view.h"
#include "spb/summary.h"

#define WORD_BITS 64u

/* A walk by number and one over the lists: what the summary says is used by neither. */

static bool list_has(const struct superpageblock *sb, unsigned int order, unsigned int mt)
{
	const struct list_head *head = &sb->free_area[order].free_list[mt];

	return head->next != head;
}

/* What it has, from its lists and counters. */
static u64 rows_of(const struct superpageblock *sb)
{
	u64 rows = 0;

	for (unsigned int mt = 0; mt < SPB_LIST_TYPES; mt++)
		for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
			rows |= (u64)list_has(sb, order, mt) << SPB_LIST_ROW(order, mt);
	rows |= 1ull << SPB_ROW_MEMBER;
	if (sb->nr_free_pages)
		rows |= 1ull << SPB_ROW_FREE_PAGES;
	if (sb->nr_unmovable)
		rows |= 1ull << SPB_ROW_UNMOVABLE;
	if (sb->nr_movable)
		rows |= 1ull << SPB_ROW_MOVABLE;
	if (sb->nr_reclaimable)
		rows |= 1ull << SPB_ROW_RECLAIMABLE;
	return rows;
}

/* Of the tunables that the last choice which needed it saw. */
static u32 reserve_of(const struct superpageblock *sb)
{
	const struct spb_summary *s = sb->zone->summary;
	u32 share = sb->total_pageblocks / s->reserve_divisor;

	return share > s->reserve_min ? share : s->reserve_min;
}

static bool has_room(const struct superpageblock *sb)
{
	return sb->nr_free >= reserve_of(sb) + 1;
}

static unsigned int bucket_of(const struct superpageblock *sb)
{
	switch (sb->category) {
	case SB_CLEAN:
		return sb->fullness;
	case SB_TAINTED:
		return SPB_BUCKET_TAINTED + sb->fullness * 2u + has_room(sb);
	case SB_EMPTY:
		return SPB_BUCKET_EMPTY;
	default:
		return SPB_NO_BUCKET;
	}
}

/* --- each bit --- */

static u64 word_of(const struct spb_summary *s, unsigned int bucket, unsigned int row,
		   unsigned int level, u32 i)
{
	return s->map[(bucket * s->map_words + s->level[level] + i) * NR_SPB_ROWS + row];
}

/* The rows in whose maps of a bucket it has a bit. */
static u64 rows_in(const struct superpageblock *sb, unsigned int bucket)
{
	const struct spb_summary *s = sb->zone->summary;
	u32 i = (u32)(sb - sb->zone->superpageblocks);
	u64 rows = 0;

	for (unsigned int row = 0; row < NR_SPB_ROWS; row++)
		rows |= (word_of(s, bucket, row, s->nr_levels - 1, i / WORD_BITS) >>
			 i % WORD_BITS & 1) << row;
	return rows;
}

static void wrong_rows(const struct superpageblock *sb, unsigned int bucket, u64 has, u64 should)
{
	u64 wrong = has ^ should;
	unsigned int row = (unsigned int)__builtin_ctzll(wrong);
	u32 index = (u32)(sb - this_core()->spbs);

	if (!rule_is_on(RULE_SUMMARY_BITS))
		return;
	finding_spb(index);
	finding_detail(has >> row & 1 ? "stale" : "missing");
	finding("summary-bits", "superpageblock %u %s in bucket %u, row %u (order %u, list %u)",
		index, has >> row & 1 ? "has a bit too many" : "lacks its bit", bucket, row,
		row % NR_PAGE_ORDERS, row / NR_PAGE_ORDERS);
}

/* What it remembers of itself, from which the next change of a bit follows. */
static void spb_remembers_wrong(const struct superpageblock *sb, unsigned int own, u64 rows)
{
	u32 index = (u32)(sb - this_core()->spbs);

	if (!rule_is_on(RULE_SUMMARY_BITS))
		return;
	finding_spb(index);
	finding_detail(sb->bucket != own ? "bucket" : "rows");
	finding("summary-bits", "superpageblock %u is filed in bucket %u with lists %#llx, it is "
		"in %u and has %#llx", index, sb->bucket,
		(unsigned long long)(sb->rows & SPB_LIST_ROWS), own,
		(unsigned long long)(rows & SPB_LIST_ROWS));
}

static void check_spb(const struct superpageblock *sb)
{
	unsigned int own = bucket_of(sb);
	u64 rows = rows_of(sb);

	looked(SUMMARY_BITS);
	if (unlikely(sb->bucket != own || (sb->rows ^ rows) & SPB_LIST_ROWS))
		spb_remembers_wrong(sb, own, rows);
	for (unsigned int bucket = 0; bucket < NR_SPB_BUCKETS; bucket++) {
		u64 has = rows_in(sb, bucket), should = bucket == own ? rows : 0;

		if (unlikely(has != should))
			wrong_rows(sb, bucket, has, should);
	}
}

/* A level says which words of the one below are not 0; rows[] says it of the topmost. */
static void check_levels(const struct zone *zone, unsigned int bucket, unsigned int row)
{
	const struct spb_summary *s = zone->summary;

	if (unlikely((s->rows[bucket] >> row & 1) != !!word_of(s, bucket, row, 0, 0)))
		rule_broken(SUMMARY_BITS, "zone %u: rows[%u] and the map of row %u differ",
			    zone->index, bucket, row);
	for (unsigned int level = 1; level < s->nr_levels; level++) {
		for (u32 i = 0; i < s->level_words[level]; i++) {
			u64 above = word_of(s, bucket, row, level - 1, i / WORD_BITS);

			if (unlikely((above >> i % WORD_BITS & 1) !=
				     !!word_of(s, bucket, row, level, i)))
				rule_broken(SUMMARY_BITS,
					    "zone %u: bucket %u, row %u, word %u of level %u is "
					    "not what the level above says",
					    zone->index, bucket, row, i, level);
		}
	}
}

static u64 tainted_rows(const struct spb_summary *s)
{
	u64 rows = 0;

	for (unsigned int bucket = SPB_BUCKET_TAINTED; bucket < SPB_BUCKET_EMPTY; bucket++)
		rows |= s->rows[bucket];
	return rows;
}

static void check_zone(const struct zone *zone)
{
	u32 below = 0;

	for (unsigned int bucket = 0; bucket < NR_SPB_BUCKETS; bucket++)
		for (unsigned int row = 0; row < NR_SPB_ROWS; row++)
			check_levels(zone, bucket, row);
	if (unlikely(zone->summary->tainted != tainted_rows(zone->summary)))
		rule_broken(SUMMARY_BITS, "zone %u: what tainted superpageblocks have is not what "
			    "their buckets say", zone->index);
	for (u32 i = 0; i < zone->nr_superpageblocks; i++) {
		const struct superpageblock *sb = &zone->superpageblocks[i];

		below += sb->category == SB_TAINTED && sb->nr_free < reserve_of(sb);
	}
	if (unlikely(zone->summary->nr_below_reserve != below))
		rule_broken(SUMMARY_BITS, "zone %u: %u superpageblocks below their reserve, %u are",
			    zone->index, zone->summary->nr_below_reserve, below);
}

/* Those of whose head or lists a line was noted since an operation was complete. */
static void check_touched(struct run *run)
{
	u32 first = arena_line_of(this_core()->spbs);
	u32 lines = this_core()->nr_spbs * SPB_LINES, last = ~0u, zones = 0;

	for (u32 i = 0; i < run->arena->nr_op; i++) {
		u32 line = run->arena->op_lines[i] - first, index = line / SPB_LINES;
		const struct superpageblock *sb = &this_core()->spbs[index];

		if (line >= lines || index == last)
			continue;
		check_spb(sb);
		zones |= BIT(sb->zone->index);
		last = index;
	}
	for (; zones; zones &= zones - 1)
		check_zone(zone_by_index((unsigned int)__builtin_ctz(zones)));
}

static void full(struct run *run)
{
	(void)run;
	for (u32 i = 0; i < this_core()->nr_spbs; i++)
		check_spb(&this_core()->spbs[i]);
	for_each_zone_index(index)
		if (populated_zone(zone_by_index(index)))
			check_zone(zone_by_index(index));
}

static void on_section(struct run *run, const struct section *section)
{
	if (section->alone)
		check_touched(run);
}

/* --- each choice --- */

static bool answers(const struct superpageblock *sb, enum spb_room room, u64 rows)
{
	if (sb->category == SB_TAINTED && room != SPB_ANY_ROOM &&
	    has_room(sb) != (room == SPB_WITH_ROOM))
		return false;
	return rows_of(sb) & rows;
}

/* The first on the first list on which any answers. */
static const struct superpageblock *walk(const struct zone *zone, unsigned int category,
					 enum spb_room room, u64 rows)
{
	const struct list_head *head = &zone->spb_empty;
	unsigned int full = SB_FULL;

	do {
		if (category < __NR_SB_CATEGORIES)
			head = &zone->spb_lists[category][full];
		for (const struct list_head *at = head->next; at != head; at = at->next) {
			const struct superpageblock *sb =
				list_entry(at, struct superpageblock, list);

			if (answers(sb, room, rows))
				return sb;
		}
	} while (category < __NR_SB_CATEGORIES && ++full < __NR_SB_FULLNESS);
	return NULL;
}

static void on_event(struct run *run, const struct spb_event *event)
{
	const struct zone *zone = zone_by_index(event->zone);
	u64 rows = event->arg | (u64)event->arg2 << 32;
	const struct superpageblock *want =
		walk(zone, event->order, (enum spb_room)event->mt, rows);
	const struct superpageblock *got;

	(void)run;
	looked(CHOICE);
	if (!rule_is_on(RULE_CHOICE))
		return;
	if (event->spb == SPB_NO_SPB) {
		if (unlikely(want)) {
			finding_spb((u32)(want - this_core()->spbs));
			finding("choice",
				"no superpageblock was chosen of zone %u, a walk finds %u",
				zone->index, (u32)(want - this_core()->spbs));
		}
		return;
	}
	got = &this_core()->spbs[event->spb];
	if (likely(want && got->zone == zone && got->category == want->category &&
		   got->fullness == want->fullness && answers(got, (enum spb_room)event->mt, rows)))
		return;
	finding_spb(event->spb);
	finding_detail(want ? "other" : "none");
	finding("choice", "superpageblock %u was chosen; a walk of the lists finds %d",
		event->spb, want ? (int)(want - this_core()->spbs) : -1);
}

/* --- reports --- */

static bool look(struct run *run, unsigned int n)
{
	unsigned int zone = n - this_core()->nr_spbs;

	(void)run;
	if (n < this_core()->nr_spbs) {
		check_spb(&this_core()->spbs[n]);
		return true;
	}
	if (zone >= nr_online_nodes * MAX_NR_ZONES)
		return false;
	if (populated_zone(zone_by_index(zone)))
		check_zone(zone_by_index(zone));
	return true;
}

static bool rests(const struct run *run)
{
	return oracles_rest(run) || run->config.chooser != SPB_CHOOSER_BITMAPS;
}

const struct observer chooser_observer = {
	.name = "chooser",
	.events = EVENT_BIT(CHOICE),
	.locks = BIT(LOCK_ZONE),
	.rests = rests,
	.fresh = full,
	.event = on_event,
	.section = on_section,
	.after_op = check_touched,
	.full = full,
	.look = look,
};
