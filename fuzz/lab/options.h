/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run of the laboratory is asked for. */
#ifndef LAB_OPTIONS_H
#define LAB_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/lab/fill.h"
#include "spb/config.h"

/**
 * struct lab_options - all that decides a run
 * @trace: file
 * @policy: as the command line has it: names and NAME=VALUE, blanks between them; "as-posted"
 * @flat: no steering: one superpageblock has all memory, so there is one set of free lists
 * @bitmaps: superpageblocks are chosen by bitmaps, not by walks over their lists
 * @tunables: what comes of that
 * @gigabytes: of memory
 * @events: steps of the load
 * @use: percent of memory that is in use, once a quarter of the steps is done
 * @traced: percent of memory that copies of the trace may take
 * @copies: how many there are; 0: as many as @traced allows
 * @callers: non-movable requests of order > 0 are made by kvmalloc
 * @samples: lines of the report
 * @tries: how often gigabytes are asked for, evenly, the last time at the end
 */
struct lab_options {
	const char *trace, *out;
	char policy[160];
	bool flat, bitmaps, callers, quiet;
	struct spb_tunables tunables;
	uint32_t gigabytes, use, traced, copies, samples, tries;
	uint64_t events, seed;
	struct lab_fill_shape fill;
};

/**
 * lab_options_read - the command line
 *
 * Return: NULL, or what is wrong with it; "" when help was printed.
 */
const char *lab_options_read(struct lab_options *options, int argc, char **argv);

#endif
