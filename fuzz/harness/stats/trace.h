/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace hash: the same for the same bytes on every compiler, sanitizer and engine. It
 * holds events, results and the canonical end state, and never an address or arena byte.
 */
#ifndef HARNESS_TRACE_H
#define HARNESS_TRACE_H

#include <stdint.h>

struct run;
struct spb_event;

void trace_begin(void);
void trace_event(const struct spb_event *event);
void trace_word(uint64_t word);
/* Pages in pfn order, then what the extra oracle adds; only with options.hash_state. */
void trace_state(const struct run *run);
uint64_t trace_hash(void);

#endif
