/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of what programs have reached in the allocator, for whoever reaches it. They decide
 * nothing; stats/reach.h adds up and prints them.
 */
#ifndef HARNESS_BASE_REACH_H
#define HARNESS_BASE_REACH_H

#include <stdint.h>

#include "fuzz/harness/base/known.h"
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
 * @missing: calls of operations that the allocator does not have
 * @known: findings that are known, by their number
 * @runs: programs
 * @stopped: those that ended early: a rule that is switched off was broken, or a known finding met
 * @relaxed_runs: programs that reached the relax sequence
 * @requests, @slow: of a kernel's page allocator; those that did more than look at free lists
 * @compactions: that came to a page of the order
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
	uint64_t missing[NR_OPS];
	uint64_t known[KNOWN_MAX];
	uint64_t runs;
	uint64_t stopped;
	uint64_t relaxed_runs;
	uint64_t requests;
	uint64_t slow;
	uint64_t compactions;
	uint64_t points;
};

/* Those of this process that were not handed on yet. */
extern struct reach reached;

static inline void reach_promise(enum promise promise)
{
	reached.promise[promise]++;
}

static inline void reach_dropped(enum reach_dropped dropped)
{
	reached.dropped[dropped]++;
}

static inline void reach_op(enum program_op op)
{
	reached.op[op]++;
}

static inline void reach_missing(enum program_op op)
{
	reached.missing[op]++;
}

#endif
