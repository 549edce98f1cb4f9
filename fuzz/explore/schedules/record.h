/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run of two operations touched, and where it switched between them.
 *
 *   touch   A0 A1 A1 A2 | B0 B1 B2 | A3 A4 | B3
 *   mark                ^preempted ^blocked ^done
 *
 * A touch belongs to the point that the operation has passed last: point 0 is what it does
 * before its first. Touches of one word conflict when they have bytes in common and one
 * writes.
 */
#ifndef SCHEDULES_RECORD_H
#define SCHEDULES_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/harness/base/switch.h"

struct run;

#define MAX_TOUCHES (1u << 16)
#define MAX_MARKS 64

/* Operations are told apart by their CPU, interrupts are the second operation. */
#define NR_SIDES 2

/**
 * struct touch - of up to eight bytes
 * @word: of the arena, or a place beyond it for what the harness remembers
 * @point: of the operation
 * @bytes: of the word
 * @side: whose
 */
struct touch {
	uint32_t word;
	uint32_t point;
	uint8_t bytes;
	uint8_t side;
	bool write;
};

/**
 * struct mark - a switch
 * @from, @to: sides; NR_SIDES when nothing of interest follows
 * @point: of @from: what comes next, what it waits in, or its last
 * @at: number of touches before
 */
struct mark {
	enum sched_switch_kind kind;
	uint8_t from, to;
	uint32_t point;
	uint32_t at;
};

struct record {
	struct touch touch[MAX_TOUCHES];
	uint32_t nr;
	struct mark mark[MAX_MARKS];
	uint32_t nr_marks;
	bool full; /* there was more than fits */
};

/* For the observer of those runs. */
void record_switch(struct run *run, const struct sched_switch *told);

/* From now on runs are recorded: records from number @first on are operations. */
void record_begin(struct record *record, unsigned int first);

/* The touches from @begin to before @end are what the next questions are about. */
void record_take(const struct record *record, uint32_t begin, uint32_t end);
/* Does it conflict with one of those? */
bool record_conflicts(const struct touch *touch);

static inline bool touches_conflict(const struct touch *a, const struct touch *b)
{
	return a->word == b->word && (a->bytes & b->bytes) && (a->write || b->write);
}

#endif
