/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The promise of patch 35: a best-effort request that is refused because a smaller one can be
 * served from the tainted pool is worth refusing only if a smaller one then is.
 *
 *   request, order 3 ── fail-smaller ──▶ what its caller does next:
 *       alloc record         order 2, 1, 0 with the same flags, on the side
 *       kvmalloc, vmalloc,   the program shows it
 *       skb records
 *   ──▶ served without a taint: kept;  else broken, and why: PROMISE() of rules.def
 *
 * The rule of the patch is a heuristic, so broken promises are counted. They are findings with
 * options.strict, or where the tunable refusal_keeps_promise is on. Not followed: programs
 * with preemptions, where the state may have changed for another reason.
 */
#ifndef HARNESS_PROMISE_H
#define HARNESS_PROMISE_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/rule/rule.h"
#include "spb/event.h"

struct run;

/* What made a refusal say that a smaller retry can be served: bits. */
#define PROMISE_SEEN_OWN 0x1u            /* a smaller buddy of the own type */
#define PROMISE_SEEN_OPPOSITE 0x2u       /* ... of the other one, which may be borrowed */
#define PROMISE_SEEN_OPPOSITE_BLOCK 0x4u /* ... too large to be borrowed */
#define PROMISE_SEEN_MOVABLE 0x8u        /* movable content that can move */
#define PROMISE_SEEN_NO_TARGET 0x10u     /* ... that has nowhere to go */
#define PROMISE_SEEN_PINNED 0x20u        /* ... whose owner refuses */
#define PROMISE_SEEN_CMA 0x40u           /* ... in a CMA pageblock */
#define PROMISE_SEEN_ISOLATED 0x80u      /* ... in an isolated one */
#define PROMISE_SEEN_STALE 0x100u        /* only the content bit is left */
/* Can be taken as it is. */
#define PROMISE_SEEN_BUDDY (PROMISE_SEEN_OWN | PROMISE_SEEN_OPPOSITE)

/**
 * struct promise_look - the tainted pool at the time of a refusal
 * @seen: PROMISE_SEEN_*
 * @spb: the first superpageblock that shows any, or SPB_NO_SPB
 */
struct promise_look {
	unsigned int seen;
	uint16_t spb;
};

/* Look at one zone of the running allocator, naively: every page of every tainted
 * superpageblock. Changes nothing. */
struct promise_look promise_look(unsigned int zone_index, unsigned int order, unsigned int mt);

/* A program starts. */
void promise_begin(void);
/* Something happened. */
void promise_event(const struct spb_event *event);

/* A single request begins, and ended with NULL: follow its smaller retries on the side. */
void promise_alloc_begin(void);
void promise_alloc_null(struct run *run, uint32_t gfp, unsigned int order, unsigned int nid,
			uint32_t nodemask);

/* A caller with retries of its own begins and ends. @ok: it got all that it asked for */
void promise_caller_begin(enum caller_kind kind, uint32_t gfp);
void promise_caller_end(bool ok);

#endif
