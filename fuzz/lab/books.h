/* SPDX-License-Identifier: GPL-2.0-only */
/* What the allocator says of its memory, and whether that agrees with what we gave and got. */
#ifndef LAB_BOOKS_H
#define LAB_BOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lab_memory;

/**
 * struct lab_books - of the allocator
 * @managed, @free, @in_lists: pages: all, free, and kept for CPUs
 * @in_superpageblocks: free pages of all superpageblocks together
 * @nr_superpageblocks, @on_lists: how many there are, and how many are on some list
 * @empty, @clean, @tainted: gigabytes, by the content bits of their pageblocks
 */
struct lab_books {
	uint64_t managed, free, in_lists, in_superpageblocks;
	uint32_t nr_superpageblocks, on_lists;
	uint32_t empty, clean, tainted;
};

/**
 * lab_books_read - read what the allocator says
 * @has: of each gigabyte the content bits of its pageblocks (PB_has_*), together
 */
void lab_books_read(struct lab_books *books, uint32_t nr_gigabytes, uint16_t *has);

/**
 * lab_books_agree - is each page where it should be?
 * @why: receives a sentence, if not
 *
 * Pages are conserved: what is in use, free, and kept for CPUs is all of the memory. What we have
 * in a gigabyte shows in its content bits.
 */
bool lab_books_agree(const struct lab_books *books, const uint16_t *has,
		     const struct lab_memory *memory, char *why, size_t size);

#endif
