/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of the allocator by short names: what exhaustive and schedules combine. A list of them
 * is words, or a file with a line each:
 *
 *   U0a  R1k  M2b   allocate: type (U, R, M), order, flags (a GFP_ATOMIC, k GFP_KERNEL,
 *                   f GFP_NOFS, b best effort: GFP_NOWAIT, n that and __GFP_NORETRY,
 *                   e GFP_KERNEL and NOFAIL, t and RETRY_MAYFAIL, m GFP_ATOMIC and MEMALLOC)
 *   evacU1          make a buddy of that type and order by evacuation
 *   work  work1     run up to 16 items of deferred work, or as many
 *   iso3  uniso3    isolate or release the n-th pageblock of the normal zone
 *   contig          take a whole superpageblock
 *   time            let a defragmentation worker's cool-down pass
 *   drain  reclaim  compact1
 *
 * A line of a file may give a name to any record instead: "freeU: free s0", as text.h has it.
 */
#ifndef EXPLORE_CALLS_H
#define EXPLORE_CALLS_H

#include "fuzz/harness/program/program.h"

#define MAX_CALLS 96
#define CALL_NAME 16
#define CALL_ERROR 200

/* Jiffies after which a worker that made no progress may run again (S11.5). */
#define COOLDOWN 500

struct named_call {
	char name[CALL_NAME];
	struct program_record record;
};

struct call_list {
	struct named_call call[MAX_CALLS];
	unsigned int nr;
};

/**
 * calls_add - append what a short name means
 * @header: of the programs that it is for: zones and page numbers depend on the geometry
 *
 * The record has slot 0. Return: false when there is no such name, or no room.
 */
bool calls_add(struct call_list *list, const struct program_header *header, const char *name);

/**
 * calls_add_line - append what a line of a file means
 * @line: "name" or "name: record"; is changed
 * @why: receives what is wrong with it
 *
 * Return: false after filling in @why.
 */
bool calls_add_line(struct call_list *list, const struct program_header *header, char *line,
		    char why[CALL_ERROR]);

#endif
