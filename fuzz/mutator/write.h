/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing new records at a point of a draft. The writer knows what the slots hold there, so
 * that what it writes is aimed at something.
 */
#ifndef MUTATOR_WRITE_H
#define MUTATOR_WRITE_H

#include "fuzz/mutator/draft.h"
#include "fuzz/mutator/random.h"
#include "spb/config.h"

struct writer {
	struct draft *draft;
	struct random *random;
	struct spb_config config; /* what the header asks for */
	struct slots slots;       /* before the record at @at */
	unsigned int at;          /* where the next record goes */
	unsigned int nr_zones;
	unsigned int nr_cpus;
	bool scattered;           /* each record may go to another CPU */
	uint8_t cpu;
	uint8_t node;
};

/* Requests by what they may do, for phases that need one kind. */
enum shape_kind {
	SHAPE_MOVABLE,     /* user pages: may be moved and given up */
	SHAPE_UNMOVABLE,   /* kernel memory that stays */
	SHAPE_RECLAIMABLE,
	SHAPE_ATOMIC,      /* cannot sleep */
	SHAPE_OPTIONAL,    /* best effort: the caller has a fallback */
	SHAPE_DETERMINED,  /* sleeps, reclaims, compacts; some may not fail */
	NR_SHAPE_KINDS,
};

void writer_open(struct writer *writer, struct draft *draft, struct random *random,
		 unsigned int at);

/* A mask of a kind, now and then of another zone, node policy or with one more bit. */
uint32_t shape_gfp(struct random *random, enum shape_kind kind);
uint32_t shape_any(struct random *random);

/* An order: of a request; of a pageblock or more now and then. */
unsigned int writer_order(struct writer *writer);

/* A slot in this state, or one that never held anything when there is none. */
uint8_t writer_slot(struct writer *writer, enum slot_state state);

/* A page of a superpageblock's worth of pages: the argument of the page operations. */
uint16_t writer_page(struct writer *writer);

/* A zone index, most often of a zone above the lowest. */
uint16_t writer_zone(struct writer *writer);

static inline bool chance(struct writer *writer, unsigned int of)
{
	return random_one_in(writer->random, of);
}

/* Insert this record; CPU and node are the writer's. Full drafts stay as they are. */
void write_record(struct writer *writer, const struct program_record *record);

/* Insert a free of this slot. */
void write_free(struct writer *writer, uint8_t slot);

/* Fill in an operation's fields so that it is likely to have something to do. */
void aim_record(struct writer *writer, struct program_record *record);

/* Insert one record: any operation, aimed. */
void write_any(struct writer *writer);

/* Insert one of the phases of scene.c. Return: its name. */
const char *write_scene(struct writer *writer);

/*
 * Insert operations of several CPUs that meet: see meet/meet.c. Those that need a state of their
 * own nearly always take the place of all that there was.
 * Return: whether what comes of it depends on where one of them is left, and on little else.
 */
bool write_meeting(struct writer *writer);
/* The header gets a schedule. */
void schedule_meetings(struct draft *draft, struct random *random);

/* A preemption after few points more often than after many. */
void random_preempt(struct random *random, struct program_preempt *preempt, unsigned int cpus);

/* The byte of a geometry that there is. */
uint8_t geometry_named(const char *name);

/* Another geometry, for a program that has nothing yet. */
void writer_geometry(struct writer *writer, const char *name);

/* A header of its own, for a program that has nothing yet. */
void write_header(struct draft *draft, struct random *random);

#endif
