/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies of a trace: as many small machines as fit, each somewhere else in the trace, each going
 * through it again and again.
 *
 *   copy 0  ──────────▶ end, ▶ begins anew
 *   copy 1      ──▶                            a few steps of one, then of another, at random
 *   copy 2                ─────▶
 *
 * Lifetimes are those of the trace, in steps of the copy. What the trace never gave back lives
 * until the same allocation comes again: a whole pass.
 */
#ifndef LAB_LOAD_H
#define LAB_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/lab/load/trace.h"
#include "fuzz/mutator/random.h"

/**
 * struct lab_load - copies of a trace
 * @nr_copies: how many
 * @at: of each, the next step
 * @asked: of each object of each copy, whether it was asked for and not given back since
 * @copy: whose turn it is, for @turn steps more
 */
struct lab_load {
	const struct lab_trace *trace;
	struct random random;
	uint32_t nr_copies;
	uint32_t *at;
	uint8_t *asked;
	uint32_t copy, turn;
};

/* Numbers of a seed. The first one of a sequence is left out, as in all reports so far. */
static inline struct random lab_random(uint64_t seed)
{
	struct random random = { seed };

	random_next(&random);
	return random;
}

/**
 * lab_load_copies - how many copies take a share of memory
 * @pages: the share
 *
 * Return: at least one.
 */
uint32_t lab_load_copies(const struct lab_trace *trace, uint64_t pages);

/**
 * lab_load_init - copies at random places of the trace, without any object
 *
 * Return: false when memory runs out, or the trace has no step. lab_load_release() either way.
 */
bool lab_load_init(struct lab_load *load, const struct lab_trace *trace, uint32_t nr_copies,
		   uint64_t seed);
void lab_load_release(struct lab_load *load);

/**
 * lab_load_next - what some copy does next
 * @step: what; its object is numbered over all copies
 *
 * Each object is got and given back by turns.
 */
void lab_load_next(struct lab_load *load, struct lab_step *step);

#endif
