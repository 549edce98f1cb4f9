/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The per-CPU lists, followed by events alone, entry by entry:
 *
 *   free ──▶ first │ ... │ last ◀── refill, a batch at most
 *   request ◀──────┘     └──▶ zone: a batch from the high mark on, or all of it (drain)
 *
 * A list that is not allowed to hand out its first entry gives that to the zone as well.
 */
#ifndef HARNESS_PERCPU_H
#define HARNESS_PERCPU_H

#include "fuzz/harness/base/observer.h"

/* Rules pcp-order and pcp-batch. */
extern const struct observer percpu_observer;

#endif
