/* SPDX-License-Identifier: GPL-2.0-only */
/* How many gigabytes does a contiguous request get? Tried on a copy of the process, which ends. */
#ifndef LAB_CONTIG_H
#define LAB_CONTIG_H

#include <stdbool.h>
#include <stdint.h>

struct lab_memory;

/**
 * struct lab_tried - what came of it
 * @gets: gigabytes, one after the other, until none came
 * @moved: pages that were migrated for these
 * @gets_more: together with those that came after page cache was given up for more room
 * @given_up: pages of it
 */
struct lab_tried {
	uint32_t gets, gets_more;
	uint64_t moved, given_up;
};

/**
 * lab_contig_try - ask for gigabytes until none comes; everything is as before then
 * @flat: superpageblocks are those of the gigabytes, not of the allocator, which has one: what
 *        alloc_contig_range() does is done here, by isolation, migration and a look at the end
 *
 * Return: false when no process can be made.
 */
bool lab_contig_try(struct lab_memory *memory, bool flat, struct lab_tried *tried);

#endif
