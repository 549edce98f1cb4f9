/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Isolation is a promise until it ends: none of the pageblock's pages is on a per-CPU list, is
 * put there or is handed out.
 *
 *   "isolate" ──── the lists of all CPUs are emptied ──── returned ═══ promised ═══▶ "unisolate"
 *
 * Isolation has returned when whoever asked for it tells of something that comes after it, or has
 * its answer. What others do until then may have begun before.
 */
#ifndef HARNESS_ISOLATION_H
#define HARNESS_ISOLATION_H

#include "fuzz/harness/base/observer.h"

#define ISOLATION_EVENTS                                                               \
	(EVENT_BIT(ISOLATE) | EVENT_BIT(UNISOLATE) | EVENT_BIT(EVACUATE) | EVENT_BIT(ALLOC) | \
	 EVENT_BIT(PCP_PUT) | EVENT_BIT(PCP_GET))
#define ISOLATION_CALLS (CALL_BIT(isolate) | CALL_BIT(contig))

/* Called by the observer of superpageblocks: a program starts, one of these events, one of these
 * calls has its answer. */
void isolation_begin(void);
void isolation_event(const struct run *run, const struct spb_event *event);
void isolation_returns(const struct run *run);

#endif
