/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs have reached in the allocator, counted by event and added up. */
#ifndef HARNESS_REACH_H
#define HARNESS_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/base/reach.h"

extern const struct observer reach_observer;

/* Counts of this process, or of the shared file once there is one. */
const struct reach *reach_counts(void);
/* Start again at zero (this process only). */
void reach_reset(void);

/* "promises: 12, 3 of them broken" and the kinds that were seen. */
void reach_print_promises(FILE *out);
/* "a dropped lock explains: 12" and the kinds. */
void reach_print_dropped(FILE *out);
/* Everything, with the names of what was never reached. */
void reach_print(FILE *out);
/* "steps 12/14 refusals 9/15 relax 3/4 relaxed runs 31%"; Return: @to */
char *reach_line(char *to, size_t room);

/**
 * reach_map - add to, and read, the counts in a file that other processes use too
 * @path: made when it does not exist
 *
 * Return: false when the file cannot be used; counting goes on in the process.
 */
bool reach_map(const char *path);

#endif
