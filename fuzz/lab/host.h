/* SPDX-License-Identifier: GPL-2.0-only */
/* What the core asks of a host, on one thread that is on one logical CPU after the other. */
#ifndef LAB_HOST_H
#define LAB_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "spb/event.h"

struct page;

#define HOLD_STEPS 4096 /* a section of that many steps or more counts as one of them */

/**
 * struct lab_counts - what the allocator told since the beginning
 * @relax: decisions of the relax sequence, by enum spb_relax
 * @refused: refusals, by enum spb_refusal
 * @taints, @untaints: of superpageblocks
 * @moved: pages that were migrated
 * @reclaimed: pages that their owners gave up for requests and for kswapd
 * @sections: how often zone->lock was taken
 * @hold: of these, by list steps and retries while it was held
 * @longest: most of these
 */
struct lab_counts {
	uint64_t relax[NR_SPB_RELAXES];
	uint64_t refused[NR_SPB_REFUSALS];
	uint64_t taints, untaints, moved, reclaimed;
	uint64_t sections, hold[HOLD_STEPS + 1];
	uint32_t longest;
};

/**
 * struct lab_owner - whom the host asks about pages
 * @moved: an object has other pages now
 * @lets_go: may the allocator take its pages? Whoever says yes has forgotten them.
 * @kill: give back what can be given back. Return: pages
 */
struct lab_owner {
	void *context;
	void (*moved)(void *context, uint32_t object, uint32_t pfn);
	int (*lets_go)(void *context, uint32_t object);
	unsigned long (*kill)(void *context);
};

/* The allocator at @arena, of @size bytes, is the one that calls mean from now on. */
void host_attach(void *arena, size_t size, const struct lab_owner *owner);

/* A call begins, on this CPU. */
void host_call(unsigned int cpu);

const struct lab_counts *host_counts(void);

/* Steps of a section that so many of a thousand sections do not exceed. */
uint32_t host_hold(unsigned int of_thousand);

#endif
