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

#include "fuzz/harness/base/observer.h"

extern const struct observer promise_observer;

#endif
