/* SPDX-License-Identifier: GPL-2.0-only */
/* The state in which operations of different CPUs meet. */
#ifndef MUTATOR_MEET_BEFORE_H
#define MUTATOR_MEET_BEFORE_H

#include "fuzz/mutator/write.h"

/* What is there when they meet. */
enum before {
	BEFORE_ANY,
	BEFORE_MOVABLE, /* one allocation that can move, or a few */
	BEFORE_PAGE,    /* a page that per-CPU lists take */
	BEFORE_CROWD,   /* what can move, in two superpageblocks, and room for it */
	BEFORE_CLEAN,   /* what can move, in each superpageblock, and nothing else */
	BEFORE_STALE,   /* what can move, where content that could not has just gone */
	BEFORE_FULL,    /* next to nothing that is free, but a reserve of atomic requests */
	BEFORE_ASKED,   /* the same without a reserve, and kswapd is to run for a single page */
	BEFORE_LIMIT,   /* pieces for atomic requests, and no reserve of theirs yet */
};

/**
 * write_before - operations that lead to a state
 * @type: of content that does not move, as a flag of a request
 *
 * Return: a slot, mostly one that holds what the operations that meet are about.
 */
uint8_t write_before(struct writer *w, enum before before, uint32_t type);

#endif
