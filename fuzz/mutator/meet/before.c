// SPDX-License-Identifier: GPL-2.0-only
/* What is there when operations meet: see before.h. */
#include "fuzz/mutator/meet/before.h"

#include "spb/config.h"
#include "spb/gfp.h"

/* Pages of the content that goes before a scan looks for it. */
#define MOST_GONE 3

static uint8_t take(struct writer *w, enum shape_kind kind, unsigned int order)
{
	struct program_record record = {
		.op = OP_alloc, .slot = writer_slot(w, SLOT_UNUSED), .order = (uint8_t)order,
		.gfp = shape_gfp(w->random, kind) & ~__GFP_NOFAIL,
	};

	write_record(w, &record);
	return record.slot;
}

/*
 * Content that can move, in two superpageblocks of a small zone, and room for it:
 *
 *   | MMMMMMMM | MMU..... |   then   | MM..MMMM | MMU..... |
 */
static void hold_crowd(struct writer *w)
{
	unsigned int order = chance(w, 3) ? 0 : w->config.block_order;
	unsigned int nr = 3 + random_below(w->random, 8), gone = 1 + random_below(w->random, 2);
	uint8_t first = take(w, SHAPE_MOVABLE, order);

	while (--nr)
		take(w, SHAPE_MOVABLE, chance(w, 4) ? 0 : order);
	if (!chance(w, 3))
		take(w, SHAPE_UNMOVABLE, 0);
	for (nr = 1 + random_below(w->random, 3); nr; nr--)
		take(w, SHAPE_MOVABLE, 0);
	while (gone--)
		write_free(w, chance(w, 2) ? first : writer_slot(w, SLOT_HELD));
}

/* A request that is served or refused at once: neither room is made for it nor others wait. */
static uint8_t take_at_once(struct writer *w, uint32_t type, unsigned int order)
{
	struct program_record record = {
		.op = OP_alloc, .slot = writer_slot(w, SLOT_UNUSED), .order = (uint8_t)order,
		.gfp = type | (chance(w, 4) ? __GFP_HIGH : 0),
	};

	write_record(w, &record);
	return record.slot;
}

/* Return: how many allocations of @order, one pageblock or the largest, are a superpageblock. */
static unsigned int pieces_of_spb(struct writer *w, unsigned int *order)
{
	const struct spb_config *config = &w->config;

	*order = chance(w, 4) ? config->block_order : config->max_order;
	return config->pageblocks_per_spb >> (*order - config->block_order);
}

/*
 * A contiguous request finds no empty superpageblock: it has to move what is in one.
 *
 *   | MMMM | MM.. |   then   | M.MM | MM.. |
 */
static void hold_clean(struct writer *w)
{
	unsigned int order, nr = pieces_of_spb(w, &order);
	uint8_t gone = take_at_once(w, __GFP_MOVABLE, order);

	while (--nr)
		take_at_once(w, __GFP_MOVABLE, order);
	for (nr = 1 + random_below(w->random, 3); nr; nr--)
		take_at_once(w, __GFP_MOVABLE, 0);
	if (!chance(w, 4))
		write_free(w, gone);
}

/* So much unmovable content that whole superpageblocks have room for nothing else. */
static void fill_tainted(struct writer *w, uint32_t type)
{
	unsigned int order, nr = pieces_of_spb(w, &order);

	if (chance(w, 8))
		nr *= 2;
	if (chance(w, 8))
		nr--;
	if (nr > 4)
		write_record(w, &(struct program_record){
			.op = OP_fill, .order = (uint8_t)order, .gfp = type,
			.arg = (uint16_t)(nr - 1),
		});
	else
		while (nr--)
			take_at_once(w, type, order);
}

/*
 * Unmovable content has no room left but among movable content:
 *
 *   | UUUU UUUU | MM.M |   then   | UUUU UUUU | MMUM |
 *
 * Return: a slot that holds movable content.
 */
static uint8_t hold_mixed(struct writer *w, uint32_t type)
{
	/* There has to be a superpageblock that is not empty, and clean by now. */
	for (unsigned int more = 1 + chance(w, 4); more; more--)
		take_at_once(w, __GFP_MOVABLE, random_below(w->random, w->config.max_order + 1u));
	fill_tainted(w, chance(w, 4) ? 0 : type);
	for (unsigned int more = random_below(w->random, 3); more; more--)
		take_at_once(w, __GFP_MOVABLE, 0);
	return take_at_once(w, __GFP_MOVABLE, 0);
}

static void fill_blocks(struct writer *w, uint32_t type, unsigned int nr)
{
	write_record(w, &(struct program_record){
		.op = OP_fill, .order = w->config.block_order, .gfp = type,
		.arg = (uint16_t)(nr - 1),
	});
}

/*
 * The same to the last pageblock: the one with room is the only one that has any, so whoever
 * needs it takes it over, and what is freed there goes to lists of the other type.
 */
static uint8_t hold_last_block(struct writer *w, uint32_t type)
{
	uint8_t slot;

	if (w->config.pageblocks_per_spb > 1)
		fill_blocks(w, __GFP_MOVABLE, w->config.pageblocks_per_spb - 1);
	slot = take_at_once(w, __GFP_MOVABLE, 0);
	fill_blocks(w, type, UINT16_MAX);
	return slot;
}

/*
 * Unmovable content beside movable content goes again; per-CPU lists have none of it:
 *
 *   | UUUU UUUU | MMUM |   then   | UUUU UUUU | MM.M |
 *
 * The bit that says that there is some stays until somebody looks.
 * Return: a slot that holds movable content.
 */
static uint8_t hold_stale(struct writer *w, uint32_t type)
{
	bool last = chance(w, 2);
	unsigned int nr = 1 + (last ? 0 : random_below(w->random, MOST_GONE));
	uint8_t slot = last ? hold_last_block(w, type) : hold_mixed(w, type), gone[MOST_GONE];

	for (unsigned int i = 0; i < nr; i++)
		gone[i] = take_at_once(w, type, 0);
	/* Mostly all of it, so that none is left beside what can move. */
	for (unsigned int i = !last && chance(w, 4) ? nr - 1 : 0; i < nr; i++)
		write_free(w, gone[i]);
	if (!chance(w, 8))
		write_record(w, &(struct program_record){ .op = OP_drain_all });
	return slot;
}

static void hold_some(struct writer *w, bool movable)
{
	unsigned int order = chance(w, 2) ? 0 : random_below(w->random, w->config.block_order + 1u);

	for (unsigned int nr = 1 + random_small(w->random, 6); nr; nr--) {
		unsigned int any = random_below(w->random, NR_SHAPE_KINDS);

		take(w, movable && !chance(w, 4) ? SHAPE_MOVABLE : (enum shape_kind)any, order);
	}
}

/*
 * Down to the watermark; atomic requests go below it and leave a reserve behind:
 *
 *   | UUUU UUUU H.UU |
 */
static void hold_all(struct writer *w)
{
	unsigned int order = 1 + random_below(w->random, w->config.block_order);

	write_record(w, &(struct program_record){
		.op = OP_fill, .order = (uint8_t)order, .gfp = __GFP_NOMEMALLOC, .arg = UINT16_MAX,
	});
	for (unsigned int nr = 1 + random_below(w->random, 3); nr; nr--)
		take(w, SHAPE_ATOMIC, order);
	if (chance(w, 2))
		write_free(w, writer_slot(w, SLOT_HELD));
}

/* Down to the watermark without a word to kswapd; whoever asks next wakes it. */
static void ask(struct writer *w)
{
	unsigned int order = random_below(w->random, w->config.block_order + 1u);

	write_record(w, &(struct program_record){
		.op = OP_fill, .order = (uint8_t)order, .arg = UINT16_MAX,
		.gfp = chance(w, 2) ? __GFP_NOMEMALLOC : __GFP_MOVABLE,
	});
	write_record(w, &(struct program_record){
		.op = OP_alloc, .slot = writer_slot(w, SLOT_UNUSED), .gfp = GFP_NOWAIT,
	});
}

/* One that there is, or one more that can move. */
static uint8_t share_slot(struct writer *w)
{
	if (chance(w, 3))
		return writer_slot(w, SLOT_HELD);
	return take(w, SHAPE_MOVABLE,
		    chance(w, 4) ? 0 : 1 + random_below(w->random, w->config.block_order));
}

/*
 * Nothing is free but pieces below the watermark, each in a pageblock of its own, so that of two
 * that take one each adds another pageblock to the reserve:
 *
 *   | UUU. | UUUU | U.UU |
 */
static void hold_pieces(struct writer *w)
{
	write_record(w, &(struct program_record){
		.op = OP_fill, .order = 1, .gfp = __GFP_MEMALLOC, .arg = UINT16_MAX,
	});
	write_record(w, &(struct program_record){
		.op = OP_thin, .arg = (uint16_t)(12 + random_below(w->random, 4)),
	});
}

uint8_t write_before(struct writer *w, enum before before, uint32_t type)
{
	switch (before) {
	case BEFORE_PAGE:
		return take_at_once(w, chance(w, 4) ? 0 : __GFP_MOVABLE, 0);
	case BEFORE_CROWD:
		hold_crowd(w);
		break;
	case BEFORE_CLEAN:
		hold_clean(w);
		break;
	case BEFORE_FULL:
		hold_all(w);
		break;
	case BEFORE_ASKED:
		ask(w);
		return 0;
	case BEFORE_LIMIT:
		hold_pieces(w);
		return 0;
	case BEFORE_STALE:
		/* What else is there would be in the way, nearly always. */
		if (chance(w, 8))
			hold_some(w, true);
		return hold_stale(w, type);
	case BEFORE_ANY:
	case BEFORE_MOVABLE:
		if (!chance(w, 4))
			hold_some(w, before == BEFORE_MOVABLE);
		break;
	}
	return share_slot(w);
}
