/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts of what programs have reached in the allocator. They decide nothing. */
#ifndef HARNESS_REACH_H
#define HARNESS_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/program/program.h"
#include "fuzz/harness/rule/rule.h"
#include "spb/event.h"

/*
 * What is wrong for an operation alone, and legal since zone->lock was dropped in between, or
 * is not held by what changes per-CPU lists. X(identifier, name)
 */
#define REACH_DROPPED(X)                                                                     \
	X(SERVED_BELOW, "dropped-served-below")   /* a zone serves below its mark by now */  \
	X(REFUSED_ABOVE, "dropped-refused-above") /* a zone refuses above its mark by now */ \
	X(FAILED, "dropped-failed")               /* a walk fails, a step may serve by now */ \
	X(RELAX, "dropped-relax")                 /* relax decided for what pages were */    \
	X(EVACUATION, "dropped-evacuation")       /* its answer is true no more */           \
	X(RESERVE, "dropped-reserve")             /* atomic reserve: nothing added */        \
	X(LIST_LABEL, "dropped-list-label")       /* to the list of a former label */        \
	X(LIST_BUSY, "dropped-list-busy")         /* to the zone: the list was locked */     \
	X(LIST_CONTENT, "dropped-list-content")   /* a bit goes, a list has such a page */

enum reach_dropped {
#define X(id, name) DROPPED_##id,
	REACH_DROPPED(X)
#undef X
	NR_DROPPED,
};

/**
 * struct reach - counts since the start, or of all processes that share a file
 * @step: pages served, by search step; the wake step counts when it runs
 * @refusal: by reason
 * @relax: decisions of the relax sequence
 * @promise: what came of refusals that a smaller retry could be served
 * @dropped: what only a dropped lock explains
 * @event: by type
 * @op: operations run
 * @runs: programs
 * @stopped: those that ended early, since a rule that is switched off was broken
 * @relaxed_runs: programs that reached the relax sequence
 * @points: preemption points of their schedules, most of them accesses
 */
struct reach {
	uint64_t step[NR_SPB_STEPS];
	uint64_t refusal[NR_SPB_REFUSALS];
	uint64_t relax[NR_SPB_RELAXES];
	uint64_t promise[NR_PROMISES];
	uint64_t dropped[NR_DROPPED];
	uint64_t event[NR_SPB_EVENTS];
	uint64_t op[NR_OPS];
	uint64_t runs;
	uint64_t stopped;
	uint64_t relaxed_runs;
	uint64_t points;
};

void reach_event(const struct spb_event *event);
void reach_promise(enum promise promise);
void reach_dropped(enum reach_dropped dropped);
void reach_op(enum program_op op);
void reach_run_begin(void);
/* @points: preemption points of its schedule, 0 without one */
void reach_run_end(uint64_t points);
/* It ended early: a rule that is switched off was broken. */
void reach_run_stopped(void);

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
