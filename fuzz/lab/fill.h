/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that nobody traced: page cache and anonymous pages, which move. All of it is assumed. */
#ifndef LAB_FILL_H
#define LAB_FILL_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/lab/load/load.h"
#include "fuzz/lab/memory.h"

/**
 * struct lab_fill_shape - what it looks like
 * @huge: percent of it in huge pages of 2 MiB; the rest is single pages
 * @cache: percent that is page cache; the rest is anonymous
 * @turnover: pieces that go, and are replaced, in 1,000 steps of the load
 * @pinned: of a million single pages, how many are pinned where they are
 */
struct lab_fill_shape {
	uint32_t huge, cache, turnover, pinned;
};

/**
 * struct lab_fill - pieces, in any order
 * @pieces: numbers of their objects
 */
struct lab_fill {
	struct lab_memory *memory;
	struct lab_fill_shape shape;
	struct random random;
	uint32_t *pieces, nr;
};

/* Return: false when memory runs out. lab_fill_release() either way. */
bool lab_fill_init(struct lab_fill *fill, struct lab_memory *memory,
		   const struct lab_fill_shape *shape, uint64_t seed);
void lab_fill_release(struct lab_fill *fill);

/**
 * lab_fill_step - after each step of the load
 * @target: pages that shall be in use, those of the load among them
 */
void lab_fill_step(struct lab_fill *fill, uint64_t target);

/* Does it let go of an object? Then it has forgotten it. */
bool lab_fill_lets_go(struct lab_fill *fill, uint32_t object);
/* Somebody is killed. Return: pages that came back. */
unsigned long lab_fill_kill(struct lab_fill *fill);

#endif
