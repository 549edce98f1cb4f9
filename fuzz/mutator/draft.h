/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that is being edited, in the engine's buffer: a whole header and whole records.
 *
 *   |header|record 0|record 1|...|record nr - 1|  room - nr records are free  |
 */
#ifndef MUTATOR_DRAFT_H
#define MUTATOR_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/harness/program/program.h"
#include "fuzz/mutator/random.h"
#include "spb/config.h"

struct draft {
	uint8_t *bytes;
	unsigned int nr;
	unsigned int room;
};

/**
 * draft_open - make a program out of any bytes
 * @room: bytes at @bytes
 *
 * What has no version gets one; what ends inside a record is filled up with zero bytes, or
 * cut where there is no room. Return: false when @room is too little for one record.
 */
bool draft_open(struct draft *draft, uint8_t *bytes, size_t size, size_t room);

static inline size_t draft_size(const struct draft *draft)
{
	return PROGRAM_HEADER_SIZE + (size_t)draft->nr * PROGRAM_RECORD_SIZE;
}

static inline uint8_t *draft_raw(const struct draft *draft, unsigned int n)
{
	return draft->bytes + PROGRAM_HEADER_SIZE + (size_t)n * PROGRAM_RECORD_SIZE;
}

static inline enum program_op draft_op(const struct draft *draft, unsigned int n)
{
	return program_op_of(draft_raw(draft, n)[0]);
}

/* The whole header, and one record without regard to the swarm mask. */
void draft_header(const struct draft *draft, struct program_header *header);
void draft_record(const struct draft *draft, unsigned int n, struct program_record *record);
void draft_set_header(struct draft *draft, const struct program_header *header);
void draft_set_record(struct draft *draft, unsigned int n, const struct program_record *record);

/* Room for up to @nr zeroed records before the @at-th. Return: how many there are. */
unsigned int draft_make_room(struct draft *draft, unsigned int at, unsigned int nr);
void draft_remove(struct draft *draft, unsigned int at, unsigned int nr);

/* Insert copies of raw records that lie outside of the draft. Return: how many. */
unsigned int draft_insert(struct draft *draft, unsigned int at, const uint8_t *raw,
			  unsigned int nr);

/* Pages of all zones. */
uint32_t draft_pages(const struct spb_config *config);

/*
 * Fills and ages make up nearly all of the time that long programs take: those beyond a
 * number of requests become smaller, by chance.
 */
void lighten(struct draft *draft, struct random *random);

/* --- what the slots hold at a point of the program, as far as the records tell --- */

enum slot_state {
	SLOT_UNUSED,
	SLOT_FREED,
	SLOT_HELD,
	SLOT_PINNED,
	SLOT_CONTIG,
	NR_SLOT_STATES,
};

#define DRAFT_ISOLATED 8

struct slots {
	uint8_t state[PROGRAM_SLOTS];
	uint16_t isolated[DRAFT_ISOLATED]; /* arguments of isolate records, the last ones */
	unsigned int nr_isolated;
};

/* As if each request before the @at-th record had been served. */
void slots_at(const struct draft *draft, unsigned int at, struct slots *slots);
void slots_apply(struct slots *slots, const struct program_record *record);

/* How many slots are in a state; the n-th of them, @n below that number. */
unsigned int slots_count(const struct slots *slots, enum slot_state state);
unsigned int slots_nth(const struct slots *slots, enum slot_state state, unsigned int n);

#endif
