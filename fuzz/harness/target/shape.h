/* SPDX-License-Identifier: GPL-2.0-only */
/* What the aimed targets share: request shapes. */
#ifndef HARNESS_SHAPE_H
#define HARNESS_SHAPE_H

#include <stdio.h>

#include "fuzz/harness/base/run.h"

/**
 * shape_state_built - has the program given the allocator a state yet?
 * @n: the record that is about to run
 *
 * The records up to and including the first age, fill or thin record build the state; an
 * aimed target changes what comes after.
 */
bool shape_state_built(const struct run *run, unsigned int n);

/* Make an alloc record a request that may not sleep: which one, its spare bits choose. */
void shape_request(const struct run *run, struct program_record *record);

/* "relax: 1234 runs, 31 % reached the relax sequence" */
void shape_summary(FILE *to);

#endif
