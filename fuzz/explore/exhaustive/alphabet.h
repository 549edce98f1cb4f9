/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations that the enumerator combines: calls of calls.h, which get the lowest slot that
 * is free, and "free", which stands for the n-th live extent: one for each that there is.
 */
#ifndef EXHAUSTIVE_ALPHABET_H
#define EXHAUSTIVE_ALPHABET_H

#include "fuzz/explore/calls/calls.h"

#define MAX_EXTENTS 15
#define MAX_DEPTH MAX_EXTENTS /* each operation makes at most one extent */
#define LETTER_FREE 0x80      /* | which live extent, in the order of page numbers */

/**
 * struct alphabet - what programs are made of
 * @frees: with a letter for each live extent
 * @kills: some request may end in shim_out_of_memory(), which compares slots
 */
struct alphabet {
	struct program_header header;
	struct call_list calls;
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
