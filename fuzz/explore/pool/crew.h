/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A crew of processes that execute numbered tasks: the harness runs one program at a time,
 * and a wrong allocator may take its process along.
 *
 *   master: tasks ─▶ workers, each takes the next number ─▶ outcomes, in the user's own
 *   shared memory ─▶ master
 */
#ifndef EXHAUSTIVE_CREW_H
#define EXHAUSTIVE_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_WORKERS 64

struct crew_shared;

struct worker {
	int pid, socket;
	bool busy;
	uint32_t seen, beat; /* the task, and the beat in it, when it was last looked at */
};

/**
 * struct crew - what is asked of the user
 * @name: of the program, for messages
 * @execute: a task, in a worker
 * @lost: in the master: the worker died in this task, by @signal or by itself (0)
 * @interrupted: when it is set no more tasks are begun; or NULL
 */
struct crew {
	const char *name;
	void (*execute)(const struct crew *crew, uint32_t task);
	void (*lost)(const struct crew *crew, uint32_t task, unsigned int signal);
	const volatile int *interrupted;
	struct crew_shared *shared;
	unsigned int nr;
	struct worker worker[MAX_WORKERS];
};

/* Memory that master and workers share, all zero and used up only as far as it is written. */
void *crew_map(const struct crew *crew, size_t size);

/* Start the workers: each sees memory as it is now. */
void crew_open(struct crew *crew, unsigned int workers);
/* Tasks 0 to @nr - 1, in any order; returns when each is executed or lost. */
void crew_run(struct crew *crew, uint32_t nr);
void crew_close(struct crew *crew);

/* No more tasks are begun. */
void crew_stop(const struct crew *crew);

/* In a worker: a long task goes on. One that says so for 20 s no more is killed. */
void crew_beat(void);

#endif
