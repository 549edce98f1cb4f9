/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Letters: the operations that the enumerator combines, each a record of program.h that
 * lacks only its slot.
 *
 *   U0a  R1k  M2b   allocate: type (U, R, M), order, shape (a GFP_ATOMIC, k GFP_KERNEL,
 *                   f GFP_NOFS, b best effort: GFP_NOWAIT, n that and __GFP_NORETRY,
 *                   e GFP_KERNEL and NOFAIL, t and RETRY_MAYFAIL, m GFP_ATOMIC and MEMALLOC)
 *   free            free the n-th live extent: a letter for each that there is
 *   evacU1          make a buddy of that type and order by evacuation
 *   work  work1     run up to 16 items of deferred work, or as many
 *   iso3  uniso3    isolate or release the n-th pageblock of the zone
 *   contig          take a whole superpageblock
 *   time            let a defragmentation worker's cool-down pass
 *   drain  reclaim  compact1
 */
#ifndef EXHAUSTIVE_ALPHABET_H
#define EXHAUSTIVE_ALPHABET_H

#include "fuzz/harness/program/program.h"

#define MAX_LETTERS 96
#define MAX_EXTENTS 15
#define MAX_DEPTH MAX_EXTENTS /* each operation makes at most one extent */
#define LETTER_FREE 0x80      /* | which live extent, in the order of page numbers */

/* Jiffies after which a worker that made no progress may run again: docs/allocator.md. */
#define COOLDOWN 500

struct letter {
	char name[12];
	struct program_record record;
};

/**
 * struct alphabet - what programs are made of
 * @frees: with a letter for each live extent
 * @kills: some request may end in shim_out_of_memory(), which compares slots
 */
struct alphabet {
	struct program_header header;
	struct letter letter[MAX_LETTERS];
	unsigned int nr;
	bool frees;
	bool kills;
};

/**
 * alphabet_read - names, separated by commas or blanks; or "mix" or "wide"
 * @alphabet: its header is set
 *
 * Return: NULL, or the name that is none.
 */
const char *alphabet_read(struct alphabet *alphabet, const char *names);

#endif
