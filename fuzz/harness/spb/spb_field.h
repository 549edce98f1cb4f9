/* SPDX-License-Identifier: GPL-2.0-only */
/* What a place in the arena is, and which lock protects it: for the race detector. */
#ifndef HARNESS_SPB_FIELD_H
#define HARNESS_SPB_FIELD_H

#include <stddef.h>

#include "shim/spinlock.h"

/* "spb 3 nr_free", "page 1234 flags"; Return: @to. */
const char *spb_field_name(size_t offset, char *to, size_t room);

/* Is it the head of a list of superpageblocks, of work or of free pages? */
bool spb_field_is_head(size_t offset);

/**
 * spb_field_lock - what must be held for a plain access
 *
 * Return: NULL for constants, for what is always announced, and for pages, whose protection
 *         follows from their state.
 */
const spinlock_t *spb_field_lock(size_t offset);

#endif
