/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rule of patch 35 sees when it refuses: see promise.h. */
#ifndef HARNESS_PROMISE_LOOK_H
#define HARNESS_PROMISE_LOOK_H

#include <stdint.h>

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

#endif
