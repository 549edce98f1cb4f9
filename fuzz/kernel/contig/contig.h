/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this folder share.
 *
 *   range.c    at a place that is named       anywhere.c  wherever there is room
 *   cma.c      pages of the CMA area          isolate.c   who isolates, what is left of it
 *   held.c     what was taken, until it is given back
 */
#ifndef KERNEL_CONTIG_H
#define KERNEL_CONTIG_H

#include "fuzz/kernel/adapter.h"
#include "fuzz/kernel/watch.h"

/**
 * struct contig - pages that a contiguous request wants, or took
 * @pages: 0 = none
 * @gfp: what was asked for
 * @cma: they are of the CMA area
 */
struct contig {
	uint32_t pfn, pages, gfp;
	bool cma;
};

/* --- range.c --- */

/* Every request isolates, or tries to. */
void contig_begin(void);
/**
 * contig_is_to_be_had - must a request for these pages succeed?
 * @moves: pages that move may be in the way
 *
 * Return: whether they are in whole pageblocks of one zone, all of the CMA area or none of it, in
 * which nobody has a page; with @moves, none that does not move.
 */
bool contig_is_to_be_had(const struct contig *range, bool moves);
/* Is there nothing in an area that would move, and so neither fail for lack of memory nor go where
 * there is a free place so far? */
bool contig_moves_nothing(const struct contig *area);
/* The first place in an area for so many pages, a multiple of @step, in pageblocks that nobody has
 * pages of. Return: NO_PFN without one */
uint32_t contig_place_in(const struct contig *area, uint32_t pages, uint32_t step);

/* --- anywhere.c --- */

/* As many pages as an eighth of a zone, of a node, from where the allocator has them. */
bool contig_take_anywhere(struct contig *range, unsigned int zone);

/* --- cma.c --- */

bool contig_take_cma(struct contig *range, uint32_t align_order);

/* --- isolate.c --- */

void contig_isolate_begin(void);
uint32_t contig_first_block(const struct contig *range);
/* Around a request that isolates in an area: as many pageblocks are isolated as before, and none
 * has changed its label but to that which the request names. */
uint32_t contig_isolated_blocks(void);
void contig_note_labels(const struct contig *area);
void contig_check_isolated(const struct contig *area, uint32_t before);
void contig_check_labels(const struct contig *area);

/* --- held.c --- */

void contig_held_begin(void);
bool contig_is_held(uint32_t pfn);
/* Check what a request got, and remember it. Return: where it begins */
uint32_t contig_hold(const struct contig *range);

#endif
