/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the superpageblock oracle share. */
#ifndef HARNESS_SPB_ORACLE_H
#define HARNESS_SPB_ORACLE_H

#include "fuzz/harness/base/run.h"
#include "spb/mmzone.h"

/* Below this many superpageblocks a zone follows no policy. */
#define POLICY_MIN_SPBS 2

/**
 * struct spb_span - where a superpageblock lies
 * @start: first page inside the zone
 * @end: one past the last
 * @blocks: its pageblocks
 * @nr_blocks: partial ones too
 */
struct spb_span {
	u32 start, end;
	const struct pageblock_data *blocks;
	u32 nr_blocks;
};

/**
 * struct spb_tally - sums over the superpageblocks of a zone
 * @nr_list: entries by order and type
 * @nr_isolated, @nr_highatomic: pageblocks isolated, and labelled HIGHATOMIC
 */
struct spb_tally {
	u32 nr_list[NR_PAGE_ORDERS][MIGRATE_TYPES];
	u32 nr_isolated;
	u32 nr_highatomic;
};

struct spb_span spb_span_of(const struct superpageblock *sb);

/* A finding about one superpageblock: name it, then report. */
#define spb_finding(sb, rule, fmt, ...)                                             \
	do {                                                                        \
		u32 _index = (u32)((sb)-this_core()->spbs);                         \
		finding_spb(_index);                                                \
		finding(rule, "superpageblock %u: " fmt, _index, ##__VA_ARGS__);    \
	} while (0)

/* The same, unless the rule is switched off: then the program goes on. */
#define spb_rule_broken(sb, id, ...)                                         \
	do {                                                                 \
		if (rule_is_on(RULE_##id))                                   \
			spb_finding(sb, rules[RULE_##id].name, __VA_ARGS__); \
	} while (0)

static inline bool policy_on(const struct zone *zone)
{
	return zone->nr_superpageblocks >= POLICY_MIN_SPBS;
}

static inline struct zone *zone_by_index(unsigned int index)
{
	return &NODE_DATA(index / MAX_NR_ZONES)->node_zones[index % MAX_NR_ZONES];
}

#define for_each_zone_index(index) \
	for (unsigned int index = 0; index < nr_online_nodes * MAX_NR_ZONES; index++)

/* The list that a pageblock's free pages are on. */
static inline int block_list_type(const struct pageblock_data *pb)
{
	return pb->flags & PB_migrate_isolate ? MIGRATE_ISOLATE : (int)(pb->flags & PB_LABEL_MASK);
}

static inline const struct pageblock_data *block_of(u32 pfn)
{
	return &this_core()->pageblock_map[(pfn - this_core()->min_pfn) >> pageblock_order];
}

/* PB_has_* of the type of an allocation: the reserve counts as unmovable, CMA as movable. */
static inline u16 content_bit_of(unsigned int type)
{
	if (type == MIGRATE_MOVABLE || type == MIGRATE_CMA)
		return PB_has_movable;
	return type == MIGRATE_RECLAIMABLE ? PB_has_reclaimable : PB_has_unmovable;
}

/* Count the flags of its pageblocks. */
struct spb_content spb_count_content(const struct spb_span *span);

/**
 * spb_recount - count a superpageblock again and compare
 * @span: where it lies
 * @content: its pageblocks, counted
 * @dirty: one byte per line of the arena: only the orders whose line has SHIM_DIRTY_OP are
 *         walked; NULL = all
 * @tally: sums to add to, or NULL; wants @dirty NULL
 */
void spb_recount(const struct superpageblock *sb, const struct spb_span *span,
		 const struct spb_content *content, const u8 *dirty, struct spb_tally *tally);

/* The same without the dirty map, one rule or group of rules at a time. */
enum spb_part {
	SPB_PART_RESERVED,
	SPB_PART_FREE,
	SPB_PART_UNMOVABLE,
	SPB_PART_RECLAIMABLE,
	SPB_PART_MOVABLE,
	SPB_PART_LISTS,
	SPB_PART_FILING,
	NR_SPB_PARTS,
};
void spb_recount_part(const struct superpageblock *sb, enum spb_part part);

/* What follows from the superpageblocks of a zone without a look at their lists. */
void spb_check_zone_sums(const struct zone *zone);

/* Every superpageblock, list and count. */
void spb_full(struct run *run);

/* The same for one zone, a group of rules at a time. */
enum zone_part {
	ZONE_PART_SUMS,
	ZONE_PART_LISTS,
	ZONE_PART_PCP,
	ZONE_PART_REST, /* what is not broken by a superpageblock of its own */
	NR_ZONE_PARTS,
};
void spb_full_part(const struct zone *zone, enum zone_part part);
/* Orders of lists, for the trace. */
void spb_hash(struct run *run);

/* Nobody asks for pages or moves them: only who was given an allocation refers to it. */
void spb_check_references(struct run *run);

/* The circle of an endless walk, if the core was in one when it read last. */
void spb_draw_circle(FILE *out);
void spb_picture(FILE *out, const struct run *run, const struct finding_info *finding);

#endif
