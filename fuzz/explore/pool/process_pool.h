/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pool of processes that execute numbered tasks: the harness runs one program at a time,
 * and a wrong allocator may take its process along.
 *
 *   master: tasks ─▶ workers, each takes the next number ─▶ outcomes, in the user's own
 *   shared memory ─▶ master
 */
#ifndef POOL_PROCESS_POOL_H
#define POOL_PROCESS_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_WORKERS 64

struct process_pool_shared;

struct worker {
	int pid, socket;
	bool busy;
	uint32_t seen, beat; /* the task, and the beat in it, when it was last looked at */
};

/**
 * struct process_pool - what is asked of the user
 * @name: of the program, for messages
 * @execute: a task, in a worker
 * @lost: in the master: the worker died in this task, by @signal or by itself (0)
 * @interrupted: when it is set no more tasks are begun; or NULL
 */
struct process_pool {
	const char *name;
	void (*execute)(const struct process_pool *processes, uint32_t task);
	void (*lost)(const struct process_pool *processes, uint32_t task, unsigned int signal);
	const volatile int *interrupted;
	struct process_pool_shared *shared;
	unsigned int nr;
	struct worker worker[MAX_WORKERS];
};

/* Memory that master and workers share, all zero and used up only as far as it is written. */
void *process_pool_map(const struct process_pool *processes, size_t size);

/* Start the workers: each sees memory as it is now. */
void process_pool_open(struct process_pool *processes, unsigned int workers);
/* Tasks 0 to @nr - 1, in any order; returns when each is executed or lost. */
void process_pool_run(struct process_pool *processes, uint32_t nr);
void process_pool_close(struct process_pool *processes);

/* No more tasks are begun. */
void process_pool_stop(const struct process_pool *processes);

/* In a worker: a long task goes on. One that says so for 20 s no more is killed. */
void process_pool_beat(void);

#endif
