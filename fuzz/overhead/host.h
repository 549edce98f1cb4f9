/* SPDX-License-Identifier: GPL-2.0-only */
/* A host that does nothing but count: what is measured is the allocator. */
#ifndef OVERHEAD_HOST_H
#define OVERHEAD_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spb/mmzone.h"

/**
 * struct counted - what one call of the allocator did
 * @accesses: loads and stores of its arena; 0 in a build whose core has no access hooks
 * @spbs: superpageblocks that were looked at, each once; 0 likewise
 * @sections: how often zone->lock was taken
 */
struct counted {
	uint64_t accesses;
	uint32_t spbs;
	uint32_t sections;
};

/**
 * struct holds - how long zone->lock was held, one number a section, in the order of time
 * @nr: sections since holds_begin(); those that found no room are left out of the numbers
 * @accesses: of the arena, in each
 * @ns: with interrupts off, in each; 0 when host_time_locks() is off
 */
#define MAX_HOLDS 4096
struct holds {
	uint32_t nr;
	uint32_t accesses[MAX_HOLDS];
	uint32_t ns[MAX_HOLDS];
};

/* Take the time of each section, which costs more than a short one does. */
void host_time_locks(bool on);

/* Forget what was counted, and count from here. */
void host_count(void);

/* Since host_count(). */
struct counted host_counted(void);

/* Forget the sections that are kept, and keep those from here. */
void holds_begin(void);
const struct holds *holds(void);

uint64_t now_ns(void);

#endif
