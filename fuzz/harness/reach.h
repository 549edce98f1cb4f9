/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts of what programs have reached in the allocator. They decide nothing. */
#ifndef HARNESS_REACH_H
#define HARNESS_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/program.h"
#include "fuzz/harness/promise.h"
#include "spb/event.h"

/**
 * struct reach - counts since the start, or of all processes that share a file
 * @step: pages served, by search step; the wake step counts when it runs
 * @refusal: by reason
 * @relax: decisions of the relax sequence
 * @promise: what came of refusals that a smaller retry could be served
 * @event: by type
 * @op: operations run
 * @runs: programs
 * @relaxed_runs: programs that reached the relax sequence
 */
struct reach {
	uint64_t step[NR_SPB_STEPS];
	uint64_t refusal[NR_SPB_REFUSALS];
	uint64_t relax[NR_SPB_RELAXES];
	uint64_t promise[NR_PROMISES];
	uint64_t event[NR_SPB_EVENTS];
	uint64_t op[NR_OPS];
	uint64_t runs;
	uint64_t relaxed_runs;
};

void reach_event(const struct spb_event *event);
void reach_promise(enum promise promise);
void reach_op(enum program_op op);
void reach_run_begin(void);
void reach_run_end(void);

/* Counts of this process, or of the shared file once there is one. */
const struct reach *reach_counts(void);
/* Start again at zero (this process only). */
void reach_reset(void);

/* "promises: 12, 3 of them broken" and the kinds that were seen. */
void reach_print_promises(FILE *out);
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
