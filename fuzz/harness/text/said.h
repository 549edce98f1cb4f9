/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers as a report says them: by name. What is returned stays until SAID_AT_ONCE others were
 * asked for, which is enough for one sentence.
 */
#ifndef HARNESS_SAID_H
#define HARNESS_SAID_H

#include <stdint.h>

#define SAID_AT_ONCE 4

/* "unmovable", "claim-whole", "drop", "no-reclaim"; "type 9" where there is no such. */
const char *said_type(unsigned int type);
/* "DMA32" */
const char *said_zone_type(unsigned int type);
const char *said_step(unsigned int step);
const char *said_relax(unsigned int relax);
const char *said_refusal(unsigned int refusal);
/* "tainted"; a list of superpageblocks: "tainted 75%", "empty" */
const char *said_category(unsigned int category);
const char *said_list(unsigned int category, unsigned int fullness);
/* Bits of unmovable, reclaimable and movable content, from the lowest on: "unmovable, movable" */
const char *said_contents(unsigned int bits);
/* "GFP_KERNEL|__GFP_NOWARN", or "none" */
const char *said_gfp(uint32_t gfp);
/* Of allocation flags: "min|nofragment|tainted-ok"; the first that is set, or NULL. */
const char *said_flags(uint32_t flags);
const char *said_first_flag(uint32_t flags);

#endif
