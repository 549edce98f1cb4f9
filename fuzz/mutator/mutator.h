/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutation of programs, for any engine. The seed decides everything: no state is kept from
 * one call to the next, and there is no heap.
 */
#ifndef MUTATOR_MUTATOR_H
#define MUTATOR_MUTATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/harness/race/places.h"

/* The engine's own mutation of bytes, within @room. Return: the new size. */
typedef size_t (*mutate_bytes)(uint8_t *bytes, size_t size, size_t room);

/**
 * mutator_mutate - change a program in place
 * @bytes: any bytes; what is no program becomes one
 * @room: bytes at @bytes, at least @size and not 0
 * @mutate_bytes: is left the work now and then, and where @room is too little; may be NULL
 *
 * Return: the new size, at least 1.
 */
size_t mutator_mutate(uint8_t *bytes, size_t size, size_t room, uint64_t seed,
		      mutate_bytes mutate_bytes);

/**
 * mutator_cross - a program out of two
 * @to: receives it
 *
 * Return: its size; 0 where @room is too little.
 */
size_t mutator_cross(const uint8_t *one, size_t one_size, const uint8_t *other,
		     size_t other_size, uint8_t *to, size_t room, uint64_t seed);

/*
 * Points of a program at which an operation touches what another CPU will touch, from the engine,
 * by operations and CPUs. NULL: it knows none.
 */
extern unsigned int (*mutator_places)(const uint8_t *bytes, size_t size,
				      struct race_place *to, unsigned int room);

/* The engine's target is configured by records: there are to be many of them. */
extern bool mutator_boots;

/* What the last call did: "insert-scene:edge", ... A name for people only. */
const char *mutator_did(void);

/* Names of everything that mutator_mutate() can do; NULL beyond the last. */
const char *mutator_name(unsigned int n);

/**
 * struct trimmer - leaves out runs of records, halving their length
 *
 * trimmer_begin(), then as long as trimmer_next() returns a size, trimmer_result().
 */
struct trimmer {
	size_t size;
	unsigned int run;  /* records that are left out together */
	unsigned int at;   /* the first of them */
	unsigned int step; /* attempts so far */
};

/* Return: how many attempts there are at most; 0 when there is nothing to leave out. */
unsigned int trimmer_begin(struct trimmer *trimmer, size_t size);

/* What to try next, out of @bytes of the size that is current, to @to. Return: its size. */
size_t trimmer_next(const struct trimmer *trimmer, const uint8_t *bytes, uint8_t *to);

/* @kept: the attempt was as good, and is what is trimmed from now on. Return: go on? */
int trimmer_result(struct trimmer *trimmer, int kept);

#endif
