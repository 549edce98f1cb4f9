// SPDX-License-Identifier: GPL-2.0-only
/* One program out of two, and programs with records left out: see mutator.h. */
#include <string.h>

#include "fuzz/mutator/draft.h"
#include "fuzz/mutator/mutator.h"
#include "fuzz/mutator/random.h"

/* Whole ones. */
static unsigned int records_of(size_t size)
{
	return size < PROGRAM_HEADER_SIZE ?
		0 : (unsigned int)((size - PROGRAM_HEADER_SIZE) / PROGRAM_RECORD_SIZE);
}

static bool lasts(const struct draft *draft, unsigned int n)
{
	return operation_is(draft_op(draft, n), OPERATION_LASTS);
}

/* Where a phase ends: after a record that leaves something behind, before one that does not. */
static bool is_boundary(const struct draft *draft, unsigned int at)
{
	if (!at || at == draft->nr)
		return true;
	return lasts(draft, at - 1) && !lasts(draft, at);
}

static unsigned int any_boundary(const struct draft *draft, struct random *random)
{
	unsigned int chosen = 0, seen = 0;

	for (unsigned int at = 0; at <= draft->nr; at++)
		if (is_boundary(draft, at) && random_one_in(random, ++seen))
			chosen = at;
	return chosen;
}

/* The state of one, then what the other does. */
static void splice(struct draft *one, const struct draft *other, struct random *random)
{
	unsigned int from = any_boundary(other, random);

	one->nr = any_boundary(one, random);
	draft_insert(one, one->nr, draft_raw(other, from), other->nr - from);
}

/* A run of the other's records goes into this one. */
static void lend(struct draft *one, const struct draft *other, struct random *random)
{
	unsigned int from = random_below(random, other->nr);
	unsigned int nr = 1 + random_small(random, other->nr - from);

	draft_insert(one, random_below(random, one->nr + 1), draft_raw(other, from), nr);
}

/* Two machines at once: runs of both take turns. */
static void interleave(struct draft *one, const struct draft *other, struct random *random)
{
	unsigned int from = 0, at = 0;

	while (from < other->nr && one->nr < one->room) {
		unsigned int nr = 1 + random_below(random, 4);

		at += random_below(random, 5);
		if (at > one->nr)
			at = one->nr;
		if (nr > other->nr - from)
			nr = other->nr - from;
		at += draft_insert(one, at, draft_raw(other, from), nr);
		from += nr;
	}
}

size_t mutator_cross(const uint8_t *one, size_t one_size, const uint8_t *other,
		     size_t other_size, uint8_t *to, size_t room, uint64_t seed)
{
	struct random random = { seed };
	/* Read only: what ends inside a record lends its whole ones. */
	struct draft lender = { .bytes = (uint8_t *)(uintptr_t)other };
	struct draft draft;

	lender.nr = records_of(other_size);
	if (one_size > room)
		one_size = room;
	memcpy(to, one, one_size);
	if (!draft_open(&draft, to, one_size, room))
		return 0;
	if (!lender.nr)
		return draft_size(&draft);
	switch (random_below(&random, 8)) {
	case 0:
	case 1:
	case 2:
		splice(&draft, &lender, &random);
		break;
	case 3:
		interleave(&draft, &lender, &random);
		break;
	case 4: /* the same on another machine */
		memcpy(to + 1, other + 1, PROGRAM_HEADER_SIZE - 1);
		program_settle(to);
		break;
	default:
		lend(&draft, &lender, &random);
		break;
	}
	return draft_size(&draft);
}

/* --- trimming --- */

/* Runs shorter than this share of a program are not worth their executions. */
#define TRIM_LEAST_SHARE 32

unsigned int trimmer_begin(struct trimmer *trimmer, size_t size)
{
	unsigned int nr = records_of(size);

	trimmer->size = size;
	trimmer->run = nr / 2;
	trimmer->at = 0;
	trimmer->step = 0;
	/* Each length needs at most twice as many attempts as the one before. */
	return nr < 2 ? 0 : 4 * TRIM_LEAST_SHARE;
}

size_t trimmer_next(const struct trimmer *trimmer, const uint8_t *bytes, uint8_t *to)
{
	size_t at = PROGRAM_HEADER_SIZE + (size_t)trimmer->at * PROGRAM_RECORD_SIZE;
	size_t gone = (size_t)trimmer->run * PROGRAM_RECORD_SIZE;

	memcpy(to, bytes, at);
	memcpy(to + at, bytes + at + gone, trimmer->size - at - gone);
	return trimmer->size - gone;
}

int trimmer_result(struct trimmer *trimmer, int kept)
{
	trimmer->step++;
	if (kept)
		trimmer->size -= (size_t)trimmer->run * PROGRAM_RECORD_SIZE;
	else
		trimmer->at += trimmer->run;
	while (trimmer->at + trimmer->run > records_of(trimmer->size)) {
		trimmer->at = 0;
		trimmer->run /= 2;
		if (!trimmer->run || trimmer->run * TRIM_LEAST_SHARE < records_of(trimmer->size))
			return 0;
	}
	return trimmer->step < 4 * TRIM_LEAST_SHARE;
}
