// SPDX-License-Identifier: GPL-2.0-only
/* Programs for a crew: see pool.h. */
#include "fuzz/explore/exhaustive/pool.h"

#include "shim/types.h"

static const struct pool *pool_of(const struct crew *crew)
{
	return container_of(crew, const struct pool, crew);
}

static void execute(const struct crew *crew, uint32_t n)
{
	const struct pool *pool = pool_of(crew);

	task_execute(pool, &pool->shared->task[n], true, &pool->shared->outcome[n]);
}

static void lost(const struct crew *crew, uint32_t n, unsigned int signal)
{
	pool_of(crew)->shared->outcome[n] = (struct outcome){
		.kind = OUTCOME_CRASH, .id.hash[0] = signal,
	};
}

void pool_open(struct pool *pool, unsigned int workers)
{
	pool->crew.name = "exhaustive";
	pool->crew.execute = execute;
	pool->crew.lost = lost;
	pool->shared = crew_map(&pool->crew, sizeof(*pool->shared));
	crew_open(&pool->crew, workers);
}

void pool_run(struct pool *pool)
{
	crew_run(&pool->crew, pool->shared->nr_tasks);
}

void pool_close(struct pool *pool)
{
	crew_close(&pool->crew);
}
