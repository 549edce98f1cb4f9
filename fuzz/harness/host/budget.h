/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many steps (list entries, retries: shim_step()) a call may take before it counts as
 * endless. A budget follows from the geometry alone:
 *
 *   steps = (lists + searches * batch) * superpageblocks * orders  +  map * pages
 *
 * since a walk of superpageblocks is made once per order at most, and nothing but a scan of
 * the memory map, of fragments, or of a per-CPU list has a reason to look at pages. A request
 * that fills a per-CPU list searches for each entry of the batch anew. Where CPUs
 * run at once, each of them may have taken all of the pages anew when the scan comes to its
 * lists: there pages count once per CPU.
 */
#ifndef HARNESS_BUDGET_H
#define HARNESS_BUDGET_H

#include <stdint.h>
#include <stdio.h>

struct run;

/*
 * X(identifier, name, lists, map, searches, what it is for)
 *
 * With K = superpageblocks * orders + pages, the most that a call took in the committed corpus
 * and in four minutes of fuzzing of alloc and of walk was (`spbfuzz run -v` measures it):
 * request 2.2 K, sleeping 5.6 K, free 1.5 K, work 3.8 K, evacuate 1.2 K, contig 1.1 K. The
 * factors leave a margin of at least 7 over that: a waiting request reclaims, compacts and
 * asks to kill in rounds, and how many there are is up to the owners. What isolates or empties
 * pageblocks drains all lists more than once, at up to ten steps per page.
 */
#define BUDGETS(X)                                                                             \
	X(REQUEST, "request", 32, 16, 8, "one request that may not sleep")                     \
	X(SLEEPING, "sleeping", 128, 64, 8, "one request that may")                            \
	X(FREE, "free", 16, 16, 0, "one free or split; a walk; a drain of all lists; isolation") \
	X(WORK, "work", 64, 32, 0, "one item of deferred work")                                \
	X(EVACUATE, "evacuate", 16, 64, 0, "one evacuation, compaction or reclaim of a zone") \
	X(CONTIG, "contig", 16, 64, 0, "one request for a superpageblock")

enum budget_kind {
#define X(id, name, lists, map, searches, text) BUDGET_##id,
	BUDGETS(X)
#undef X
	NR_BUDGETS,
};

/* The geometry of a program that starts. */
void budget_begin(const struct run *run);

/* Steps for @times calls in one. */
uint32_t budget_steps(enum budget_kind kind, unsigned int times);

/* @times calls in one took so many. */
void budget_note(enum budget_kind kind, unsigned int times, uint32_t used);

/* The largest shares of their budgets that calls used since the process started. */
void budget_print(FILE *out);

#endif
