/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace of a real allocator as steps of objects: an object is got, or given back. */
#ifndef LAB_TRACE_H
#define LAB_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct import_event;

/**
 * struct lab_step - what a traced machine did once
 * @object: number of the object, from 0; those that were never given back have a number to
 *          themselves, the others share what is free
 * @gfp: of the request
 * @gets: an allocation; else the object is given back
 */
struct lab_step {
	uint32_t object;
	uint32_t gfp;
	uint8_t order;
	uint8_t cpu;
	bool gets;
};

/**
 * struct lab_trace - a trace that can be run again and again
 * @nr_objects: numbers in use
 * @nr_kept: objects that were not given back before the trace ended
 * @peak_pages: most pages in use at a time, of those whose allocation was traced
 * @us: from the first event to the last one
 * @unknown_frees: frees of pages whose allocation came before the trace: left out
 * @failed: requests that got nothing: left out
 * @replaced: allocations of a page that was never freed; its first object counts as kept
 */
struct lab_trace {
	struct lab_step *steps;
	size_t nr_steps;
	uint32_t nr_objects, nr_kept;
	uint64_t peak_pages, us;
	uint64_t unknown_frees, failed, replaced;
};

/**
 * lab_trace_build - events to steps
 *
 * Return: false when memory runs out. lab_trace_release() either way.
 */
bool lab_trace_build(struct lab_trace *trace, const struct import_event *events, size_t nr_events);
void lab_trace_release(struct lab_trace *trace);

#endif
