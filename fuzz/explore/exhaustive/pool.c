// SPDX-License-Identifier: GPL-2.0-only
/* Programs as tasks: see pool.h. */
#include "fuzz/explore/exhaustive/pool.h"

#include "shim/types.h"

static const struct pool *pool_of(const struct process_pool *processes)
{
	return container_of(processes, const struct pool, processes);
}

static void execute(const struct process_pool *processes, uint32_t n)
{
	const struct pool *pool = pool_of(processes);

	task_execute(pool, &pool->shared->task[n], true, &pool->shared->outcome[n]);
}

static void lost(const struct process_pool *processes, uint32_t n, unsigned int signal)
{
	pool_of(processes)->shared->outcome[n] = (struct outcome){
		.kind = OUTCOME_CRASH, .id.hash[0] = signal,
	};
}

void pool_open(struct pool *pool, unsigned int workers)
{
	pool->processes.name = "exhaustive";
	pool->processes.execute = execute;
	pool->processes.lost = lost;
	pool->shared = process_pool_map(&pool->processes, sizeof(*pool->shared));
	process_pool_open(&pool->processes, workers);
}

void pool_run(struct pool *pool)
{
	process_pool_run(&pool->processes, pool->shared->nr_tasks);
}

void pool_close(struct pool *pool)
{
	process_pool_close(&pool->processes);
}
