/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the allocator right? The generic oracle asks through allocator.h alone: pages are
 * conserved, and allocations are what their owners think. Rules about superpageblocks are
 * an observer of their own, check/spb/.
 */
#ifndef HARNESS_ORACLE_H
#define HARNESS_ORACLE_H

#include <stdint.h>

#include "fuzz/harness/base/observer.h"

#define ORACLE_MAX_ZONES 16

/**
 * struct oracle_state - what the generic oracle remembers during a program
 * @usable: pages of each zone that the allocator had to give at the start
 * @usable_sum: of all zones
 */
struct oracle_state {
	uint32_t usable[ORACLE_MAX_ZONES];
	uint32_t usable_sum;
};

extern struct oracle_state oracle_state;
extern const struct observer oracle_observer;

#endif
