/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace hash: the same for the same bytes on every compiler, sanitizer and engine. It
 * holds events, results and the canonical end state, and never an address or arena byte.
 */
#ifndef HARNESS_TRACE_H
#define HARNESS_TRACE_H

#include <stdint.h>

#include "fuzz/harness/base/observer.h"

extern const struct observer trace_observer;

/* Of the program so far. */
uint64_t trace_hash(void);
/* Of the allocator's state alone: pages in pfn order, then what observers know of more. */
uint64_t trace_of_state(struct run *run);

#endif
