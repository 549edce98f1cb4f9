// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations of different CPUs that meet: short sequences in which one uses what another
 * is about to change, with preemptions and interrupts where an operation has begun.
 *
 *   cpu 0  ──alloc──alloc──          evacuate ──.    (preempted at its n-th point)
 *   cpu 1                                       └─free what is being moved──
 *
 * Without a schedule (alloc, relax, callers) they are programs like any other.
 */
#include "fuzz/harness/program/geometry.h"
#include "fuzz/mutator/write.h"

#include "spb/config.h"
#include "spb/gfp.h"
#include "spb/migratetype.h"

#define OPS_OF_A_SIDE 4
/* At locks and announced accesses most operations have fewer points; what goes through a zone
 * has thousands, and what stores a number has a few. */
#define NEAR_POINTS 64
#define FAR_POINTS 4096
#define FEW_POINTS 4
/* Between two operations that the other CPU runs at one place. */
#define NEXT_POINTS 8
/* Pages of the content that goes before a scan looks for it. */
#define MOST_GONE 3

/* What is there when they meet. */
enum before {
	BEFORE_ANY,
	BEFORE_MOVABLE, /* one allocation that can move, or a few */
	BEFORE_CROWD,   /* what can move, in two superpageblocks, and room for it */
	BEFORE_CLEAN,   /* what can move, in each superpageblock, and nothing else */
	BEFORE_STALE,   /* what can move, where content that could not has just gone */
	BEFORE_FULL,    /* next to nothing that is free, but a reserve of atomic requests */
};

/**
 * struct meeting - what may be under way at once, about one thing
 * @before: what is held then
 * @in_order: one operation of the first side meets those of the other in their order, mostly
 * @sides: operations of two CPUs, drawn with equal chance
 */
struct meeting {
	enum before before;
	bool in_order;
	uint8_t sides[2][OPS_OF_A_SIDE];
};

static const struct meeting meetings[] = {
	/*
	 * One allocation: its owner lets go or splits it, while it is moved or given up.
	 * Reclaim comes to all of them, so it is the likeliest to meet one.
	 */
	{ BEFORE_MOVABLE, false,
	  { { OP_reclaim, OP_reclaim, OP_compact, OP_evacuate },
	    { OP_free, OP_free, OP_split_free, OP_split_free } } },
	{ BEFORE_MOVABLE, false,
	  { { OP_reclaim, OP_reclaim, OP_reclaim, OP_contig },
	    { OP_free, OP_free, OP_split_free, OP_reclaim } } },
	{ BEFORE_CROWD, false,
	  { { OP_compact, OP_evacuate, OP_contig, OP_work },
	    { OP_free, OP_split_free, OP_reclaim, OP_compact } } },
	/* Per-CPU lists: taken from, given to, filled up, and drained by another CPU. */
	{ BEFORE_ANY, false,
	  { { OP_drain_all, OP_drain, OP_evacuate, OP_isolate },
	    { OP_alloc, OP_alloc, OP_free, OP_bulk } } },
	/* Labels and isolation, while pages of the pageblock come and go. */
	{ BEFORE_CROWD, false,
	  { { OP_contig, OP_contig, OP_isolate, OP_contig_free },
	    { OP_unisolate, OP_unisolate, OP_alloc, OP_free } } },
	/* The same for whoever takes all that others let go of. */
	{ BEFORE_CLEAN, true,
	  { { OP_contig, OP_contig, OP_contig, OP_isolate },
	    { OP_unisolate, OP_fill, OP_free, OP_alloc } } },
	/* What a pageblock has is looked at, while its pages go from one type to another. */
	{ BEFORE_STALE, true,
	  { { OP_evacuate, OP_evacuate, OP_evacuate, OP_work },
	    { OP_free, OP_alloc, OP_free, OP_alloc } } },
	/* Workers: woken while they run, and run by two. */
	{ BEFORE_CROWD, false,
	  { { OP_work, OP_work, OP_work, OP_time },
	    { OP_work, OP_alloc, OP_free, OP_evacuate } } },
	/* The clock, moved on by two. */
	{ BEFORE_ANY, false,
	  { { OP_time, OP_time, OP_time, OP_time },
	    { OP_time, OP_time, OP_time, OP_work } } },
	/* A reference that somebody else holds, while the owner frees, splits or loses the page. */
	{ BEFORE_MOVABLE, false,
	  { { OP_hold, OP_hold, OP_unhold, OP_reclaim },
	    { OP_free, OP_free, OP_split_free, OP_unhold } } },
	/* Requests that look, and others that change what they have seen. */
	{ BEFORE_ANY, false,
	  { { OP_tunable, OP_tunable, OP_tunable, OP_free },
	    { OP_alloc, OP_alloc, OP_can_serve, OP_has_free } } },
	/* The last pages: reserves come and go. */
	{ BEFORE_FULL, false,
	  { { OP_alloc, OP_alloc, OP_alloc, OP_free },
	    { OP_alloc, OP_alloc, OP_free, OP_drain_all } } },
	/* kswapd works for those who ask, and they take what it gets. */
	{ BEFORE_FULL, false,
	  { { OP_kswapd, OP_kswapd, OP_work, OP_alloc },
	    { OP_alloc, OP_alloc, OP_kswapd, OP_free } } },
};

/* What the operations of a meeting are about: an allocation, a page of the map, a type. */
struct subject {
	uint8_t slot;
	uint16_t page;
	uint32_t type; /* of content that does not move, as a flag of a request */
};

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
 * Unmovable content has no room left but among movable content, and goes again; per-CPU lists
 * have none of it:
 *
 *   | UUUU UUUU | MM.M |   then   | UUUU UUUU | MMUM |   then   | UUUU UUUU | MM.M |
 *
 * The bit that says that there is some stays until somebody looks.
 * Return: a slot that holds movable content.
 */
static uint8_t hold_stale(struct writer *w, uint32_t type)
{
	unsigned int nr = 1 + random_below(w->random, MOST_GONE);
	uint8_t slot, gone[MOST_GONE];

	/* There has to be a superpageblock that is not empty, and clean by now. */
	for (unsigned int more = 1 + chance(w, 4); more; more--)
		take_at_once(w, __GFP_MOVABLE, random_below(w->random, w->config.max_order + 1u));
	fill_tainted(w, chance(w, 4) ? 0 : type);
	for (unsigned int more = random_below(w->random, 3); more; more--)
		take_at_once(w, __GFP_MOVABLE, 0);
	slot = take_at_once(w, __GFP_MOVABLE, 0);
	for (unsigned int i = 0; i < nr; i++)
		gone[i] = take_at_once(w, type, 0);
	/* Mostly all of it, so that none is left beside what can move. */
	for (unsigned int i = chance(w, 4) ? nr - 1 : 0; i < nr; i++)
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

static void write_before(struct writer *w, enum before before)
{
	switch (before) {
	case BEFORE_CROWD:
		hold_crowd(w);
		break;
	case BEFORE_CLEAN:
		hold_clean(w);
		break;
	case BEFORE_FULL:
		hold_all(w);
		break;
	case BEFORE_STALE:
		/* What else is there would be in the way, nearly always. */
		if (chance(w, 8))
			hold_some(w, true);
		break;
	case BEFORE_ANY:
	case BEFORE_MOVABLE:
		if (!chance(w, 4))
			hold_some(w, before == BEFORE_MOVABLE);
		break;
	}
}

static unsigned int points_of(struct writer *w, enum program_op op)
{
	if (op == OP_tunable || op == OP_time)
		return FEW_POINTS;
	return chance(w, 4) ? FAR_POINTS : NEAR_POINTS;
}

static void preempt_near(struct writer *w, struct program_preempt *preempt, uint8_t cpu,
			 unsigned int points)
{
	preempt->at = (uint16_t)(1 + random_small(w->random, points));
	preempt->cpu = cpu;
	preempt->interrupt = chance(w, 4);
}

/*
 * One place, where the other CPU runs two operations: it lets go of something and takes it
 * anew, or takes it back, before this one looks again.
 *
 *   cpu 0  ──look──.        .        .──use──
 *   cpu 1          └─free──┘└─alloc─┘
 */
static void preempt_again(struct writer *w, struct program_record *record)
{
	const struct program_preempt *first = &record->preempt[0];

	record->preempt[1] = (struct program_preempt){
		.at = (uint16_t)(first->at + 1 + random_small(w->random, NEXT_POINTS)),
		.cpu = first->cpu,
	};
}

static void disturb(struct writer *w, struct program_record *record, uint8_t other)
{
	static const uint8_t irq_ops[] = {
		OP_free, OP_free, OP_alloc, OP_alloc_mask, OP_can_serve,
	};
	unsigned int points = points_of(w, (enum program_op)record->op);

	preempt_near(w, &record->preempt[0], other, points);
	if (chance(w, 2))
		preempt_again(w, record);
	else if (chance(w, 2))
		preempt_near(w, &record->preempt[1], other, points);
	if (!record->preempt[0].interrupt && !record->preempt[1].interrupt && !chance(w, 4))
		return;
	record->irq_op = irq_ops[random_below(w->random, sizeof(irq_ops))];
	/* The interrupt's slot is the record's. */
	if (record->op != OP_free && record->op != OP_alloc && slots_count(&w->slots, SLOT_HELD))
		record->slot = writer_slot(w, SLOT_HELD);
}

/* Numbers that are used as they are found; 0 is the one that must not be. */
static void aim_tunable(struct writer *w, struct program_record *record)
{
	record->slot = chance(w, 2) ? SPB_TUNABLE_reserve_divisor : SPB_TUNABLE_reserve_min;
	record->arg = chance(w, 2) ? 0 : (uint16_t)random_below(w->random, 64);
}

/* What was freed as one type is taken as another one, at once where next to nothing is free. */
static void aim_other_type(struct writer *w, struct program_record *record, uint32_t type)
{
	record->gfp = type;
	if (chance(w, 2))
		record->gfp = shape_gfp(w->random, type ? SHAPE_RECLAIMABLE : SHAPE_UNMOVABLE);
	record->order = 0;
}

/* All that there is, in a small zone. */
static void aim_all(struct writer *w, struct program_record *record)
{
	record->gfp = shape_gfp(w->random, chance(w, 2) ? SHAPE_UNMOVABLE : SHAPE_MOVABLE);
	record->order = (uint8_t)(chance(w, 2) ? 0 : w->config.block_order);
	record->arg = 127;
}

/* Atomic requests take from a reserve, others that insist give it back. */
static void aim_last(struct writer *w, struct program_record *record)
{
	record->gfp = shape_gfp(w->random, chance(w, 2) ? SHAPE_ATOMIC : SHAPE_DETERMINED);
	record->order = !chance(w, 4);
}

static bool is_about_one(enum program_op op)
{
	return op == OP_free || op == OP_split_free || op == OP_hold || op == OP_unhold;
}

static bool works_on_a_page(enum program_op op)
{
	return operations[op].aim == AIM_PAGE;
}

/*
 * The pageblock of what both are about: as long as it has not moved, that is where the other CPU
 * works. A page of the map is where it may have been, which matters where all of it moves.
 */
static void aim_block(struct writer *w, struct program_record *record,
		      const struct subject *subject, enum before before)
{
	record->arg = subject->page;
	if (!chance(w, before == BEFORE_CLEAN ? 4 : 2) ||
	    (record->op != OP_isolate && record->op != OP_unisolate))
		return;
	record->op = record->op == OP_isolate ? OP_isolate_slot : OP_unisolate_slot;
	record->slot = subject->slot;
	record->arg = (uint16_t)random_below(w->random, 16);
}

static bool makes_room(enum program_op op)
{
	return op == OP_reclaim || op == OP_compact || op == OP_evacuate;
}

/* One that there is, or one more that can move. */
static uint8_t share_slot(struct writer *w)
{
	if (chance(w, 3))
		return writer_slot(w, SLOT_HELD);
	return take(w, SHAPE_MOVABLE,
		    chance(w, 4) ? 0 : 1 + random_below(w->random, w->config.block_order));
}

/* One operation of a side, nearly always on its own CPU, on what both are about. */
static void write_side(struct writer *w, const struct meeting *meeting, unsigned int side,
		       unsigned int nth, const struct subject *subject)
{
	struct program_record record = { .op = meeting->sides[side][nth % OPS_OF_A_SIDE] };

	w->cpu = (uint8_t)(chance(w, 8) ? random_below(w->random, PROGRAM_CPUS) : side);
	aim_record(w, &record);
	if (is_about_one((enum program_op)record.op) && !chance(w, 4))
		record.slot = subject->slot;
	if (record.op == OP_split_free)
		record.order = 0;
	if (record.op == OP_tunable && !chance(w, 4))
		aim_tunable(w, &record);
	if (record.op == OP_alloc && meeting->before == BEFORE_FULL)
		aim_last(w, &record);
	if (record.op == OP_alloc && meeting->before == BEFORE_STALE && !chance(w, 4))
		aim_other_type(w, &record, subject->type);
	if (record.op == OP_evacuate && meeting->before == BEFORE_STALE)
		record.extra = subject->type ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
	if (record.op == OP_fill)
		aim_all(w, &record);
	if (works_on_a_page(record.op))
		aim_block(w, &record, subject, meeting->before);
	if (makes_room(record.op))
		record.order = (uint8_t)(w->config.max_order - chance(w, 3));
	if (!chance(w, 3))
		disturb(w, &record, w->cpu ^ 1);
	write_record(w, &record);
}

/* A zone that is soon full, up to its last page. */
static void in_small_zone(struct writer *w, const char *geometry)
{
	struct program_header header;

	draft_header(w->draft, &header);
	header.geometry = geometry_named(geometry);
	header.pcp = entry_byte(ENTRY_PCP, (unsigned int)entry_index(ENTRY_PCP, "tiny"));
	header.watermarks = entry_byte(ENTRY_WATERMARKS,
				       (unsigned int)entry_index(ENTRY_WATERMARKS, "default"));
	draft_set_header(w->draft, &header);
	writer_open(w, w->draft, w->random, 0);
}

/*
 * The sides take turns, or one operation meets several of the other side. Where their order
 * matters, the first CPU alone builds the state, so that the long operation has one neighbour.
 */
void write_meeting(struct writer *w)
{
	const struct meeting *meeting = &meetings[random_below(w->random, ARRAY_SIZE(meetings))];
	unsigned int nr = 2 + random_small(w->random, 4), first = random_below(w->random, 2);
	bool in_order = meeting->in_order && !chance(w, 4), turns = !in_order && chance(w, 2);
	struct subject subject = {
		.page = writer_page(w), .type = chance(w, 4) ? __GFP_RECLAIMABLE : 0,
	};

	if (meeting->before == BEFORE_STALE && !w->draft->nr && !chance(w, 4))
		in_small_zone(w, "micro-pcp");
	if (meeting->before == BEFORE_CLEAN && !w->draft->nr && !chance(w, 4))
		in_small_zone(w, chance(w, 4) ? "micro-pcp" : "micro");
	if (in_order)
		w->cpu = 0;
	write_before(w, meeting->before);
	subject.slot = meeting->before == BEFORE_STALE ? hold_stale(w, subject.type) :
							 share_slot(w);
	if (!turns)
		first = !in_order && chance(w, 4);
	if (in_order)
		nr = 3;
	for (unsigned int i = 0; i < nr; i++)
		write_side(w, meeting, turns ? (first + i) % 2 : i ? !first : first,
			   in_order && i ? i - 1 : random_below(w->random, OPS_OF_A_SIDE),
			   &subject);
}
