/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All schedules of one job with a bounded number of preemptions.
 *
 * A schedule is a list of preemptions, in the order of time: operation, point. It is run as
 * the program that it is, from the bytes, and says what it touched. From there on:
 *
 *     Z:  z ── z+1 ── z+2 ── ... end      since the last preemption
 *     W:                               w ── w+1 ── ...
 *
 *   1. Preempt Z before its point r: W runs as far as it can, then Z. Continue this schedule
 *      in the same way, while there are preemptions left.
 *   2. The first r' >= r whose touches conflict with what W has run meanwhile ends the class:
 *      before which of r .. r' W runs makes no difference. Go on with r = r' + 1.
 *   3. Schedules of the new class in which W is preempted before it comes to what r' conflicts
 *      with are those of the old class. They are left out.
 *
 * docs/schedules.md says why nothing is lost.
 */
#ifndef SCHEDULES_EXPLORE_H
#define SCHEDULES_EXPLORE_H

#include "fuzz/explore/schedules/cases.h"

#define MAX_FINDINGS 3
#define MAX_SIGNATURE 128

/**
 * struct kind - the first schedule that shows a finding
 * @after: schedules until then
 */
struct kind {
	char signature[MAX_SIGNATURE];
	uint64_t after;
	uint32_t size;
	uint8_t bytes[MAX_BYTES];
};

/**
 * struct result - of a job
 * @schedules: explored
 * @unpruned: that they stand for, where each of a class counts as its first
 * @far: classes that begin beyond what a record can say
 * @long_runs: of which more was touched than can be remembered: not continued
 * @ends: different end states and findings; @sum of their hashes
 * @done: all of it; @lost: the process died, in the program of @now
 */
struct result {
	uint64_t schedules, unpruned, far, long_runs;
	uint64_t ends, sum;
	bool done, lost;
	uint8_t signal;
	uint32_t nr_kinds;
	struct kind kind[MAX_FINDINGS];
	uint32_t now_size;
	uint8_t now[MAX_BYTES];
};

/**
 * explore - one job, from its beginning
 * @prune: else every point is a class of its own
 * @stop: at the first finding
 */
void explore(const struct cases *cases, const struct job *job, bool prune, bool stop,
	     struct result *result);

/* Run a program as the target race does. Return: false after a finding. */
bool explore_replay(const uint8_t *bytes, size_t size, bool quiet);

#endif
