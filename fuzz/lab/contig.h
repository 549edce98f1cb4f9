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

/* It came to its end; no process could be made, or something ended it; the allocator was found to
 * be wrong, which the copy has said. */
enum lab_try { LAB_TRIED, LAB_NOT_TRIED, LAB_TRY_FOUND };

/**
 * lab_contig_try - ask for gigabytes until none comes; everything is as before then
 * @flat: superpageblocks are those of the gigabytes, not of the allocator, which has one: what
 *        alloc_contig_range() does is done here, by isolation, migration and a look at the end
 *
 * Return: what became of the copy; where it is not LAB_TRIED, @tried has no meaning.
 */
enum lab_try lab_contig_try(struct lab_memory *memory, bool flat, struct lab_tried *tried);

#endif
