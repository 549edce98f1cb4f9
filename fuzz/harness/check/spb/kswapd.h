/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kswapd was asked for is due until a run has read it, neither more nor less: a run works for
 * the largest order asked for since the one before it, and what no run has read is noted.
 *
 *   asked   1     3            0          ▼ read      2
 *   noted   1     3            3          0           2
 *
 * The allocator tells at once, so both are known in the order in which they happened.
 */
#ifndef HARNESS_KSWAPD_H
#define HARNESS_KSWAPD_H

#include "fuzz/harness/base/observer.h"

#define KSWAPD_EVENTS (EVENT_BIT(KSWAPD_ASK) | EVENT_BIT(KSWAPD_RUN))

/* Called by the observer of superpageblocks: a program starts, one of these events, no operation
 * is under way. */
void kswapd_begin(void);
void kswapd_event(const struct spb_event *event);
void kswapd_after_op(void);

#endif
