/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that fills or copies a range of the arena. The C library's functions
 * and structure assignment would bypass access hooks.
 */
#ifndef SHIM_ARENA_H
#define SHIM_ARENA_H

#include "shim/shim.h"

/* Bytes behind each part of an arena that nobody touches: a run beyond its end is seen. */
#define SHIM_GAP SHIM_LINE

/**
 * arena_copy - copy into the arena
 *
 * Reports the whole range as touched.
 */
void arena_copy(void *to, const void *from, shim_size size);

#endif
