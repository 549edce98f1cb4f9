/* SPDX-License-Identifier: GPL-2.0-only */
/* One change of a program, by the draws of the engine's seed. */
#ifndef MUTATOR_EDIT_H
#define MUTATOR_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/mutator/draft.h"
#include "fuzz/mutator/random.h"

/**
 * struct edit - what an edit works on
 * @draft: of one record at least
 * @directs: how often of eight times a look at the program ends the mutation
 * @in_order: the last operations are one of a CPU and two of another, which belong together
 */
struct edit {
	struct draft *draft;
	struct random *random;
	unsigned int directs;
	bool in_order;
};

static inline bool is_full(const struct draft *draft)
{
	return draft->nr == draft->room;
}

static inline unsigned int any_record(struct edit *e)
{
	return random_below(e->random, e->draft->nr);
}

/*
 * Fields of a record, or of the header. Each returns false when there is nothing to do for
 * it; the program is as it was then.
 */
bool change_gfp(struct edit *e);
bool change_field(struct edit *e);
bool aim_again(struct edit *e);
bool follow_up(struct edit *e);
bool change_preempt(struct edit *e);
bool change_header(struct edit *e);
bool reschedule(struct edit *e);

/* Preemptions where operations of two CPUs touch the same; false where nobody knows those. */
bool direct(struct edit *e);

#endif
