/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The search: every program of up to a number of operations, breadth first, each state
 * continued once.
 *
 *   states of depth d ──every letter──▶ outcomes ── known? ── no ──▶ states of depth d + 1
 *                                          │         └─ yes ─▶ an edge; some are
 *                                          ▼                   followed one letter further
 *                                       finding                from both programs
 *
 * Outcomes are taken in the order of states and letters, whichever worker made them, so all
 * numbers are the same for any number of workers, and after an interruption.
 */
#ifndef EXHAUSTIVE_SEARCH_H
#define EXHAUSTIVE_SEARCH_H

#include "fuzz/explore/exhaustive/pool.h"

/* By default: following all of them takes 40 times as long as finding the states. */
#define SAMPLE 512

/**
 * struct search - what is wanted
 * @depth: operations in the longest program
 * @prune: continue each state once; else every program is continued
 * @stop_at_first: end with the first finding
 * @sample: one in as many programs is, if it leads to a known state, compared with the state's
 *          own: each letter once more after both
 * @limit: end as if interrupted when as many programs were executed; 0 = do not
 * @interrupted: set by a signal
 * @crashes: folder for programs that show a finding
 */
struct search {
	struct pool *pool;
	struct store *store;
	unsigned int depth;
	bool prune;
	bool stop_at_first;
	uint64_t sample;
	uint64_t limit;
	volatile int *interrupted;
	const char *crashes;
};

enum search_end {
	SEARCH_DONE,
	SEARCH_INTERRUPTED,
	SEARCH_FULL,   /* of memory */
	SEARCH_STOPPED, /* at the first finding */
	SEARCH_WRONG,  /* two programs led to one state and went on differently */
};

/* From where the store is to the end. */
enum search_end search_run(struct search *search);

/**
 * search_count_programs - how many programs the states stand for
 * @programs: by number of operations, 1 to depth; UINT64_MAX when there are more
 *
 * A program ends with its first finding.
 */
void search_count_programs(const struct search *search, uint64_t *programs);

#endif
