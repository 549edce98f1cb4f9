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

#define ARENA_MAX_ALWAYS 96
#define ARENA_MAX_GAPS 8
/* In @dirty of struct arena: the line is of no part of the allocator. */
#define ARENA_GAP 0x80

struct program_header;

/**
 * struct arena - one allocator of the cache
 * @base: its memory; the allocator is the first thing in it
 * @snapshot: the memory as it was after initialisation
 * @size: bytes of @base, a multiple of the line
 * @dirty: one byte per line: SHIM_DIRTY_*
 * @run_lines: the @nr_run lines that have SHIM_DIRTY_RUN, in the order of their change
 * @op_lines: the @nr_op lines that have SHIM_DIRTY_OP
 * @room: bytes that @base and @snapshot have, 0 = none yet
 * @key: what configuration it is for
 * @id: counts what was built: another for each allocator
 * @always: ranges that change without being noted
 * @gaps: where a line lies that nobody touches; @nr_gaps of them
 * @used: a program ran and was not undone
 * @compared: as many observers have looked at all that it begins with
 * @aside: between arena_side_begin() and arena_side_end()
 */
struct arena {
	uint8_t *base;
	uint8_t *snapshot;
	size_t size;
	uint8_t *dirty;
	uint32_t *run_lines, *op_lines;
	uint32_t nr_run, nr_op;
	size_t room;
	struct {
		size_t start, size;
	} always[ARENA_MAX_ALWAYS];
	unsigned int nr_always;
	size_t gaps[ARENA_MAX_GAPS];
	unsigned int nr_gaps;
	uint32_t key;
	uint32_t id;
	bool used;
	unsigned int compared;
	bool aside;
};

/**
 * arena_get - the freshly initialised allocator of a configuration
 * @header: chooses geometry, CPUs and profiles; its switches are left to the caller
 *
 * Points every logical CPU at it. The cache behind it is bounded; what it holds changes no
 * result.
 */
struct arena *arena_get(const struct program_header *header);

/**
 * arena_blank - memory for an allocator that no header names
 * @fill: what each of its bytes has
 *
 * Points every logical CPU at it. There is one: what was there before is gone.
 */
struct arena *arena_blank(size_t size, uint8_t fill);

/* The allocator is initialised: which lines does nobody touch? That nobody has is checked. */
void arena_find_gaps(struct arena *arena);

/* From now on whoever touches them is found; or nobody is, and all can be copied and compared. */
void arena_guard(struct arena *arena, bool on);

/* An allocator was initialised there: programs begin with it as it is now. */
void arena_settle(struct arena *arena);

/* What the cache holds counts no more: the next of each configuration is built. */
void arena_forget(void);

/* Is told when an arena is about to be built, and when it is. */
void arena_on_build(void (*hook)(bool begins));

/* Is told when an arena is about to be reset, and when it is; NULL = nobody. */
void arena_on_reset(void (*hook)(bool begins));

/* Back to the snapshot. @verify: compare all of it afterwards. */
void arena_reset(struct arena *arena, bool verify);

/* Memory for an allocator of @size bytes, all zero; what was there before is gone. Ends the
 * process when there is none. */
void arena_make_room(struct arena *arena, size_t size);

/* A line changes: what shim_note_line() does for the arena of the running CPU. */
void arena_note_line(struct arena *arena, size_t line);

/* The allocator is initialised: ask it which of its ranges change without being noted. */
void arena_find_always(struct arena *arena);

/* A hash of the ranges that change without being noted. */
uint64_t arena_hash_always(const struct arena *arena);

/**
 * arena_side_begin, arena_side_end - try something and take it back
 *
 * What changes in between is undone by the second, at the cost of what changed; notes of
 * changes are as they were, too. Not nested, one arena at a time. A finding in between leaves
 * the arena to the next program, which starts it afresh.
 */
void arena_side_begin(struct arena *arena);
void arena_side_end(struct arena *arena);

/* arena_note_line() between the two: keep what the line holds. */
void arena_side_note(struct arena *arena, size_t line);

/* No line has SHIM_DIRTY_OP any more. */
void arena_op_done(struct arena *arena);

#endif
