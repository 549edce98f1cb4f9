/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs as tasks for a pool of processes: see process_pool.h. */
#ifndef EXHAUSTIVE_POOL_H
#define EXHAUSTIVE_POOL_H

#include "fuzz/explore/pool/process_pool.h"
#include "fuzz/explore/exhaustive/store.h"

#define MAX_TASKS 32768
#define NO_LETTER 0xff
#define MAX_BYTES (PROGRAM_HEADER_SIZE + (MAX_DEPTH + 2) * PROGRAM_RECORD_SIZE)

/**
 * struct task - a program: that of a state, and one letter or two
 * @state: NO_STATE for the program without operations
 * @second: NO_LETTER, or one more; @slots and @held are of the state in between
 */
struct task {
	uint32_t state;
	uint8_t letter, second;
	uint16_t held;
	uint64_t slots;
};

enum outcome_kind {
	OUTCOME_STATE,
	OUTCOME_FINDING, /* id.hash[0]: of its signature */
	OUTCOME_CRASH,   /* the process died, or hung: id.hash[0] says which */
};

struct outcome {
	struct state_id id;
	enum outcome_kind kind;
};

struct shared {
	uint32_t nr_tasks;
	struct task task[MAX_TASKS];
	struct outcome outcome[MAX_TASKS];
};

struct pool {
	struct process_pool processes;
	const struct alphabet *alphabet;
	const struct store *store;
	struct shared *shared;
};

/* The bytes of a task's program. Return: how many, at most MAX_BYTES. */
size_t task_bytes(const struct pool *pool, const struct task *task, uint8_t *bytes);
/* "U0a M1k free0" */
void task_print(const struct pool *pool, const struct task *task, FILE *to);

/* Execute a task's program in this process; not @quiet: findings are printed. */
void task_execute(const struct pool *pool, const struct task *task, bool quiet,
		  struct outcome *outcome);
/* The same in a process of its own, printing what it finds. */
void task_report(const struct pool *pool, const struct task *task);

void pool_open(struct pool *pool, unsigned int workers);
/* All tasks of the shared memory, in any order; returns when each has its outcome. */
void pool_run(struct pool *pool);
void pool_close(struct pool *pool);

#endif
