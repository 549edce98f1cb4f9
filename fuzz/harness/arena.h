/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arenas: the memory of an allocator, its state right after initialisation, and the way
 * back to that state at the cost of what a program touched.
 */
#ifndef HARNESS_ARENA_H
#define HARNESS_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_MAX_ALWAYS 64

struct program_header;

/**
 * struct arena - one allocator of the cache
 * @base: its memory; the allocator is the first thing in it
 * @snapshot: the memory as it was after initialisation
 * @dirty: one byte per line: SHIM_DIRTY_*
 * @size: bytes of @base, a multiple of the line
 * @lines: bytes of @dirty in use, rounded up to 8
 * @always: ranges that change without being noted
 * @used: a program ran and was not undone
 */
struct arena {
	uint8_t *base;
	uint8_t *snapshot;
	uint8_t *dirty;
	size_t size;
	size_t lines;
	struct {
		size_t start, size;
	} always[ARENA_MAX_ALWAYS];
	unsigned int nr_always;
	uint32_t key;
	bool used;
};

/**
 * arena_get - the freshly initialised allocator of a configuration
 * @header: chooses geometry, CPUs and profiles; its switches are left to the caller
 *
 * Points every logical CPU at it. The cache behind it is bounded; what it holds changes no
 * result.
 */
struct arena *arena_get(const struct program_header *header);

/* Back to the snapshot. @verify: compare all of it afterwards. */
void arena_reset(struct arena *arena, bool verify);

/* Is any line noted with SHIM_DIRTY_OP? */
bool arena_touched_since_op(const struct arena *arena);

#endif
