/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the superpageblock oracle share. */
#ifndef HARNESS_SPB_ORACLE_H
#define HARNESS_SPB_ORACLE_H

#include <stdio.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/spb/spb_view.h"
#include "spb/mmzone.h"

#define ORACLE_MAX_SPBS 4096

/* What the rules about superpageblocks say of a program while it runs. */
extern const struct observer spb_observer;
/* The same without what follows events one by one: for operations on real threads. */
extern const struct observer spb_at_rest_observer;

/**
 * struct spb_content - what the flags of a superpageblock's pageblocks say
 * @labels: bit per label
 * @on_free: bits found on wholly free pageblocks that should not be there
 */
struct spb_content {
	uint16_t nr_free, nr_unmovable, nr_reclaimable, nr_movable, nr_reserved;
	uint16_t labels;
	uint16_t on_free;
};

/**
 * struct spb_oracle_state - what the rules about superpageblocks remember
 * @tainted: by superpageblock, as it was before the allocation under way
 * @touched: by superpageblock, scratch of one call: SPB_TOUCHED_*
 * @content: by superpageblock, as it was when its pageblocks last changed; where @counted
 * @borrowed_block: pageblock of the last borrowed page, until the next allocation
 * @borrowed_from: label that it had then
 * @borrower: migratetype of that request
 * @suspect: that pageblock got the label of the request afterwards
 * @tuned: a tunable was changed beside an operation that may have read it before
 * @filed: the section in which spb_update_list() ran last, as recent.sections counts; or ~0
 */
struct spb_oracle_state {
	uint8_t tainted[ORACLE_MAX_SPBS];
	uint8_t touched[ORACLE_MAX_SPBS];
	uint8_t counted[ORACLE_MAX_SPBS];
	struct spb_content content[ORACLE_MAX_SPBS];
	uint32_t borrowed_block;
	uint8_t borrowed_from;
	uint8_t borrower;
	bool suspect;
	bool tuned;
	uint32_t filed;
};

extern struct spb_oracle_state spb_state;

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

/* An event that tells of a page handed out, of a label that changes. */
void spb_on_alloc(struct spb_oracle_state *state, const struct superpageblock *sb,
		  const struct spb_event *event);
void spb_on_relabel(struct spb_oracle_state *state, const struct superpageblock *sb,
		    const struct spb_event *event);
/* Nothing more will happen to the pageblock of a borrowed page that could explain its label. */
void spb_check_suspect(const struct spb_oracle_state *state);

/* A call has its answer, and nobody owns what it got yet: is each page as it has to be? */
#define HANDOUT_CALLS (CALL_BIT(alloc) | CALL_BIT(bulk) | CALL_BIT(caller))
void spb_check_handout(const struct call *call);

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
void spb_hash(struct run *run, void (*word)(uint64_t word));

/* Nobody asks for pages or moves them: only who was given an allocation refers to it. */
void spb_check_references(struct run *run);

/* The circle of an endless walk, if the core was in one when it read last. */
void spb_draw_circle(FILE *out);
void spb_picture(FILE *out, const struct run *run, const struct finding_info *finding);

#endif
