// SPDX-License-Identifier: GPL-2.0-only
/* Request shapes of the aimed targets: see shape.h. */
#include "fuzz/harness/target/shape.h"

#include "fuzz/harness/stats/reach.h"
#include "spb/gfp.h"

bool shape_state_built(const struct run *run, unsigned int n)
{
	return n > run->state_built;
}

/* Callers that may not sleep, most of them with a fallback to smaller orders. */
static const uint32_t shapes[] = {
	(GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN, /* kvmalloc, vmalloc */
	(GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN | __GFP_NORETRY,
	GFP_ATOMIC,
	GFP_NOWAIT,
	GFP_NOWAIT | __GFP_COMP | __GFP_NOMEMALLOC,          /* networking fragments */
	GFP_ATOMIC | __GFP_NOWARN,
	__GFP_NOMEMALLOC,
	GFP_TRANSHUGE_LIGHT & ~(__GFP_HIGHMEM | __GFP_MOVABLE),
};

#define NR_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

void shape_request(const struct run *run, struct program_record *record)
{
	uint32_t mobility = record->gfp & GFP_MOVABLE_MASK;

	if (mobility == GFP_MOVABLE_MASK)
		mobility = __GFP_RECLAIMABLE;
	record->gfp = shapes[record->extra % NR_SHAPES] | mobility;
	/* Half of the requests keep their order; the others are above zero. */
	if (record->extra & 8)
		record->order = (uint8_t)(1 + record->order % run->config.max_order);
}

void shape_summary(FILE *to)
{
	const struct reach *reach = reach_counts();
	unsigned long long runs = reach->runs ? reach->runs : 1;

	fprintf(to, "relax: %llu runs, %llu %% reached the relax sequence\n",
		(unsigned long long)reach->runs,
		(unsigned long long)(100 * reach->relaxed_runs / runs));
}
