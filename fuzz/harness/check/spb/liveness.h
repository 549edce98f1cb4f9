/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is what was put off done? The workers' conditions, counted from the state that events
 * come with: a worker whose condition held is queued or running, one whose condition did
 * not hold is not.
 *
 *   trigger (list move, fall below the reserve, step "wake", end of a run)
 *      └─▶ condition of the defrag worker? ── yes ──▶ "defrag-wake" before the operation ends
 *                                          ── no ───▶ no "defrag-wake"
 *
 *   start  |free blocks <= 1 or free pages < 2 blocks|      tainted, movable content,
 *   stop   |free blocks >= 2 or free pages >= 3 blocks|     5 s after a run in vain
 *
 * Written from docs/specification.md; of core/ it knows the structures of include/spb/ alone.
 * Not checked: that a host runs what is queued; that is the program's choice.
 */
#ifndef HARNESS_LIVENESS_H
#define HARNESS_LIVENESS_H

#include "fuzz/harness/base/observer.h"

#define LIVENESS_EVENTS                                                                 \
	(EVENT_BIT(WAKE) | EVENT_BIT(SHRINK_KICK) | EVENT_BIT(TUNABLE) |                \
	 EVENT_BIT(LIST_MOVE) | EVENT_BIT(TAINT) | EVENT_BIT(ALLOC) |                   \
	 EVENT_BIT(DEFRAG_WAKE) | EVENT_BIT(DEFRAG_START) | EVENT_BIT(EVACUATE) |       \
	 EVENT_BIT(DEFRAG_RUN) | EVENT_BIT(EVACUATE_QUEUE))

/* Called by the observer of superpageblocks: a program starts, one of these events, no operation
 * is under way, everything. */
void liveness_begin(struct run *run);
void liveness_event(struct run *run, const struct spb_event *event);
void liveness_after_op(struct run *run);
/* So many ticks have passed. */
void liveness_time(uint32_t ticks);
void liveness_full(struct run *run);

/* A legal request failed: the reclaimers of its nodes were woken. */
void liveness_null(const struct run *run, uint32_t gfp, unsigned int order, unsigned int nid,
		   uint32_t nodemask);

/* What is remembered of a superpageblock's worker from operation to operation; times as ages. */
uint64_t liveness_memory(unsigned int spb);

#endif
