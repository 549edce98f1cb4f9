/* SPDX-License-Identifier: GPL-2.0-only */
/* A run over all jobs: processes, checkpoint, findings, summary. */
#ifndef SCHEDULES_SESSION_H
#define SCHEDULES_SESSION_H

#include "fuzz/explore/pool/process_pool.h"
#include "fuzz/harness/race/hooks.h"
#include "fuzz/explore/schedules/explore.h"

/**
 * struct session - what is wanted
 * @checkpoint, @only: or NULL
 * @limit: end as if interrupted after as many jobs; 0 = do not
 * @pairs: print a line for each
 * @result: of each job, shared with the workers
 */
struct session {
	struct cases *cases;
	const char *alphabet, *only, *checkpoint, *crashes;
	unsigned int bound, walk_bound, jobs, limit;
	bool prune, stop, pairs;
	volatile int *interrupted;
	struct process_pool processes;
	struct result *result;
	double seconds;
};

/* Return: exit status. */
int session_run(struct session *session);

/*
 * The checkpoint: results of jobs that are done, under a key of all that they depend on.
 */
bool checkpoint_load(struct session *session);
bool checkpoint_save(const struct session *session);
void checkpoint_remove(const struct session *session);

#endif
