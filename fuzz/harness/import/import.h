/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traces of a real page allocator to programs.
 *
 *   trace text ── read ──▶ events ── cut ──▶ windows ── scale ──▶ one program each
 *   plain or xz            alloc, free       62 records
 *
 * A program is: an age record that gives the zone the state of the trace at that moment,
 * allocations of pages that the window frees but did not allocate, the window's
 * allocations and frees, and one record that runs the deferred work.
 *
 * What the trace cannot say is estimated:
 *   - Only pageblocks (of 512 pages) that the trace touches at some time count.
 *   - A page that is seen first when it is freed was in use from the beginning; one that
 *     is seen first when it is allocated was free.
 *   - A page of such a pageblock that is never seen was in use all the time: the
 *     allocator looked for pages there and never had this one.
 *   - Pages of unknown type have the type of most allocations in their pageblock, or
 *     are movable.
 *   - A pageblock with several types counts for the one that moves least.
 */
#ifndef HARNESS_IMPORT_H
#define HARNESS_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/harness/program/program.h"
#include "spb/config.h"

#define IMPORT_WINDOW 62 /* records by default: 64 with the first and the last */
#define IMPORT_MAX_WINDOW (PROGRAM_MAX_RECORDS - 2)

enum import_kind { IMPORT_ALLOC, IMPORT_FREE };

struct import_event {
	uint64_t pfn; /* 0: the allocation failed */
	uint32_t gfp;
	uint8_t kind; /* enum import_kind */
	uint8_t order;
	uint8_t type; /* migratetype of an allocation */
	uint8_t cpu;
};

/**
 * struct import_trace - what a trace holds
 * @lines: read, of which @comments, @batched (frees told twice), @extfrag, @other (events
 *         that say nothing about pages) and @lost (the tracer dropped events) are no events
 * @unparsed: the rest; @first_unparsed is the first of them, at @first_unparsed_line
 * @trouble: why reading stopped early, or ""; what came before is kept
 * @first_us, @last_us: when the first and the last event were, by the tracer's clock
 */
struct import_trace {
	struct import_event *events;
	size_t nr_events, room;
	uint64_t lines, comments, batched, extfrag, other, lost;
	uint64_t unparsed, first_unparsed_line;
	uint64_t first_us, last_us;
	char first_unparsed[161];
	char trouble[161];
	unsigned int nr_cpus;
};

/**
 * import_read - read a trace
 * @path: file, or "-" for the standard input
 * @layout: of gfp flags in numbers, see names.h
 *
 * Return: NULL, or why nothing could be read. import_release() either way.
 */
const char *import_read(struct import_trace *trace, const char *path, unsigned int layout);
void import_release(struct import_trace *trace);

/* What a line of a trace is. */
enum import_line { LINE_EVENT, LINE_COMMENT, LINE_BATCHED, LINE_EXTFRAG, LINE_OTHER, LINE_LOST,
		   LINE_UNPARSED };

/* One line, without its end. @event is filled in for LINE_EVENT. */
enum import_line import_parse(const char *line, unsigned int layout, struct import_event *event);

/**
 * struct import_options - how to make programs
 * @header: of each program; cpus 0 = as many as the trace has
 * @window: records per program beside the first and the last
 * @max: programs at most, spread evenly over the trace; 0 = all
 * @emit: receives a program; the number counts all windows of the trace, from 1
 */
struct import_options {
	struct program_header header;
	unsigned int window;
	unsigned int max;
	bool (*emit)(void *context, unsigned int number, const uint8_t *bytes, size_t size);
	void *context;
};

/**
 * struct import_result - what became of a trace
 * @windows: in the trace, of which @programs were emitted
 * @unknown_frees: of pages whose allocation the trace does not have: skipped
 * @aged_frees: of pages from before the window for which there was no slot: skipped
 * @replaced: allocations of a page that was never freed
 * @retyped: allocations whose migratetype was not that of their flags; it wins
 * @unnamed: allocations for which there was no slot: made, never freed
 */
struct import_result {
	unsigned int windows, programs;
	uint64_t unknown_frees, aged_frees, replaced, retyped, unnamed;
};

/**
 * import_programs - cut a trace into windows and make programs
 *
 * Return: false when @emit did, or memory ran out.
 */
bool import_programs(const struct import_trace *trace, const struct import_options *options,
		     struct import_result *result);

#endif
