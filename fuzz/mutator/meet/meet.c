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
#include "fuzz/mutator/meet/before.h"

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
	/* Each of two would be the last that the reserve has room for. */
	{ BEFORE_LIMIT, true,
	  { { OP_alloc, OP_alloc, OP_alloc, OP_alloc },
	    { OP_alloc, OP_alloc, OP_free, OP_alloc } } },
	/* A page is on its way to a list, while its pageblock is taken out of use. */
	{ BEFORE_PAGE, true,
	  { { OP_free, OP_free, OP_free, OP_free_step },
	    { OP_isolate, OP_drain_all, OP_isolate, OP_contig } } },
	/* kswapd works for those who ask, and is asked for more; they take what it gets. */
	{ BEFORE_ASKED, true,
	  { { OP_work, OP_work, OP_kswapd, OP_kswapd },
	    { OP_alloc, OP_alloc, OP_work, OP_free } } },
};

/* What the operations of a meeting are about: an allocation, a page of the map, a type. */
struct subject {
	uint8_t slot;
	uint16_t page;
	uint32_t type; /* of content that does not move, as a flag of a request */
	bool exact;    /* each operation is as the meeting has it */
};

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

/* All that there is, in a small zone; whoever may sleep would look for more than that. */
static void aim_all(struct writer *w, struct program_record *record)
{
	record->gfp = shape_gfp(w->random, chance(w, 2) ? SHAPE_UNMOVABLE : SHAPE_MOVABLE);
	if (!chance(w, 4))
		record->gfp &= ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL);
	record->order = (uint8_t)(chance(w, 2) ? 0 : w->config.block_order);
	record->arg = 127;
}

/* Atomic requests take from a reserve, others that insist give it back. */
static void aim_last(struct writer *w, struct program_record *record)
{
	record->gfp = shape_gfp(w->random, chance(w, 2) ? SHAPE_ATOMIC : SHAPE_DETERMINED);
	record->order = !chance(w, 4);
}

/* For more than one page, and served or refused at once: kswapd is woken, and not waited for. */
static void aim_more(struct writer *w, struct program_record *record)
{
	record->gfp = chance(w, 2) ? GFP_ATOMIC : GFP_NOWAIT;
	record->order = (uint8_t)(1 + random_below(w->random, w->config.block_order));
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
	bool of_map = before == BEFORE_PAGE  ? chance(w, 8) :
		      before == BEFORE_CLEAN ? !chance(w, 4) :
					       chance(w, 2);

	record->arg = subject->page;
	if (of_map || (record->op != OP_isolate && record->op != OP_unisolate))
		return;
	record->op = record->op == OP_isolate ? OP_isolate_slot : OP_unisolate_slot;
	record->slot = subject->slot;
	record->arg = (uint16_t)random_below(w->random, 16);
}

static bool makes_room(enum program_op op)
{
	return op == OP_reclaim || op == OP_compact || op == OP_evacuate;
}

/* One in @of is otherwise than the meeting has it; none of those that are exact. */
static bool strays(struct writer *w, const struct subject *subject, unsigned int of)
{
	return !subject->exact && chance(w, of);
}

/* One operation of a side, nearly always on its own CPU, on what both are about. */
static void write_side(struct writer *w, const struct meeting *meeting, unsigned int side,
		       unsigned int nth, const struct subject *subject)
{
	struct program_record record = { .op = meeting->sides[side][nth % OPS_OF_A_SIDE] };

	w->cpu = (uint8_t)(strays(w, subject, 8) ? random_below(w->random, PROGRAM_CPUS) : side);
	aim_record(w, &record);
	if (is_about_one((enum program_op)record.op) && !strays(w, subject, 4))
		record.slot = subject->slot;
	if (record.op == OP_split_free)
		record.order = 0;
	if (record.op == OP_tunable && !chance(w, 4))
		aim_tunable(w, &record);
	if (record.op == OP_alloc && meeting->before == BEFORE_FULL)
		aim_last(w, &record);
	if (record.op == OP_alloc && meeting->before == BEFORE_ASKED && !strays(w, subject, 4))
		aim_more(w, &record);
	if (record.op == OP_alloc && meeting->before == BEFORE_LIMIT && !strays(w, subject, 4)) {
		record.gfp = GFP_ATOMIC;
		record.order = 1;
	}
	if (record.op == OP_alloc && meeting->before == BEFORE_STALE && !strays(w, subject, 4))
		aim_other_type(w, &record, subject->type);
	if (record.op == OP_evacuate && meeting->before == BEFORE_STALE)
		record.extra = subject->type ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
	if (record.op == OP_fill)
		aim_all(w, &record);
	if (works_on_a_page(record.op))
		aim_block(w, &record, subject, meeting->before);
	if (makes_room(record.op))
		record.order = (uint8_t)(w->config.max_order - chance(w, 3));
	if (!chance(w, 3) && (!subject->exact || !side))
		disturb(w, &record, w->cpu ^ 1);
	write_record(w, &record);
}

/* A zone that is soon full, up to its last page. */
static void in_small_zone(struct writer *w, const char *geometry, const char *watermarks)
{
	struct program_header header;

	draft_header(w->draft, &header);
	header.geometry = geometry_named(geometry);
	header.pcp = entry_byte(ENTRY_PCP, (unsigned int)entry_index(ENTRY_PCP, "tiny"));
	header.watermarks = entry_byte(ENTRY_WATERMARKS,
				       (unsigned int)entry_index(ENTRY_WATERMARKS, watermarks));
	draft_set_header(w->draft, &header);
}

/* A state that is built on purpose does not come about where others have been before. */
static void make_way(struct writer *w, enum before before)
{
	if (w->draft->nr && chance(w, 4))
		return;
	w->draft->nr = 0;
	if ((before == BEFORE_STALE || before == BEFORE_PAGE) && !chance(w, 4))
		in_small_zone(w, "micro-pcp", "default");
	if (before == BEFORE_CLEAN && !chance(w, 4))
		in_small_zone(w, chance(w, 4) ? "micro-pcp" : "micro", "default");
	/* The smallest that has a reserve, with room for more than one request below the mark. */
	if (before == BEFORE_LIMIT && !chance(w, 4))
		in_small_zone(w, "tiny", "tight");
	writer_open(w, w->draft, w->random, 0);
}

/*
 * One operation of the first CPU, which alone builds the state, and then those of the other, so
 * that the long operation has one neighbour.
 */
static void write_in_order(struct writer *w, const struct meeting *meeting,
			   struct subject *subject)
{
	subject->exact = chance(w, 2);
	w->cpu = 0;
	subject->slot = write_before(w, meeting->before, subject->type);
	write_side(w, meeting, 0, subject->exact ? 0 : random_below(w->random, OPS_OF_A_SIDE),
		   subject);
	for (unsigned int i = 0; i < 2; i++)
		write_side(w, meeting, 1, i, subject);
}

/* The sides take turns, or one operation meets several of the other side. */
static void write_any_order(struct writer *w, const struct meeting *meeting,
			    struct subject *subject)
{
	unsigned int nr = 2 + random_small(w->random, 4), first = random_below(w->random, 2);
	bool turns = chance(w, 2);

	subject->slot = write_before(w, meeting->before, subject->type);
	if (!turns)
		first = chance(w, 4);
	for (unsigned int i = 0; i < nr; i++)
		write_side(w, meeting, turns ? (first + i) % 2 : i ? !first : first,
			   random_below(w->random, OPS_OF_A_SIDE), subject);
}

/* Those that build a state are the rarest to come to something: they are drawn more often. */
static const struct meeting *any_meeting(struct writer *w)
{
	const struct meeting *meeting = &meetings[random_below(w->random, ARRAY_SIZE(meetings))];

	while (!meeting->in_order && chance(w, 2))
		meeting = &meetings[random_below(w->random, ARRAY_SIZE(meetings))];
	return meeting;
}

bool write_meeting(struct writer *w)
{
	const struct meeting *meeting = any_meeting(w);
	bool in_order = meeting->in_order && !chance(w, 4);
	struct subject subject = { .type = chance(w, 4) ? __GFP_RECLAIMABLE : 0 };

	if (meeting->in_order)
		make_way(w, meeting->before);
	subject.page = writer_page(w);
	if (in_order)
		write_in_order(w, meeting, &subject);
	else
		write_any_order(w, meeting, &subject);
	return in_order;
}
