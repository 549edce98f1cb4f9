/* SPDX-License-Identifier: GPL-2.0-only */
/* What a zone looks like before calls are counted. */
#ifndef OVERHEAD_STATES_H
#define OVERHEAD_STATES_H

#include <stdbool.h>
#include <stdint.h>

#include "spb/config.h"
#include "spb/gfp.h"

/*
 * Of each superpageblock, which all have 16 pageblocks of 8 pages:
 *
 *   fresh       nothing is in use
 *   clean       a twentieth has unmovable pages, the others movable ones; a third of all is free
 *   tainted     nine of ten have unmovable pages; a third of all is free
 *   last        all have unmovable pages and are full, but for the last one of the list
 *   fragmented  all have unmovable pages, and every other page is free: nothing of order 1 but a
 *               movable pageblock in one of them, which a request may not relabel at first
 *   aged        unmovable, reclaimable and movable blocks by a fixed random mix, then 20,000
 *               frees and requests of order 0 to 2
 */
#define MEASURED_STATES(X) X(fresh) X(clean) X(tainted) X(last) X(fragmented) X(aged)

/* It may neither sleep nor be refused for the sake of a smaller retry. */
#define GFP_INSISTS __GFP_KSWAPD_RECLAIM
#define GFP_PAGE_CACHE (GFP_INSISTS | __GFP_MOVABLE | __GFP_HIGHMEM)

#define REGION_BLOCKS 16u
#define REGION_ORDER 3u
#define REGION_PAGES (REGION_BLOCKS << REGION_ORDER)

/**
 * states_config - a zone of @nr regions
 * @nr: how many
 * @chooser: "walk" or "bitmaps"; "flat": one superpageblock has all of them, so nothing is
 *           steered: one set of free lists
 */
struct spb_config states_config(uint32_t nr, const char *chooser);

/**
 * states_build - bring the allocator of the host into a state
 * @name: of MEASURED_STATES
 * @nr: regions
 *
 * Return: false for an unknown name.
 */
bool states_build(const char *name, uint32_t nr);

#endif
