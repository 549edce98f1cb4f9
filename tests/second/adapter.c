// SPDX-License-Identifier: GPL-2.0-only
/* The second allocator behind the tables of the harness, and who looks at it. */
#include <stdio.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/check/oracle.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/owner/predict.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/stats/reach.h"
#include "fuzz/harness/stats/trace.h"
#include "fuzz/harness/target/observers.h"
#include "tests/second/buddy.h"

static const struct spb_core *core(void)
{
	return shim_this->core;
}

static const struct second_page *page_at(uint32_t pfn)
{
	return &core()->pages[pfn - core()->min_pfn];
}

static bool is_in_map(uint32_t pfn)
{
	return pfn - core()->min_pfn < core()->max_pfn - core()->min_pfn;
}

/* --- operations --- */

static uint32_t op_alloc(uint32_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask)
{
	bool open = access_open(true);
	uint32_t pfn = second_alloc(gfp, order, nid, nodemask);

	access_open(open);
	return pfn;
}

static void op_free(uint32_t pfn, unsigned int order)
{
	bool open;

	if (is_in_map(pfn))
		host_acquire(page_at(pfn));
	open = access_open(true);
	second_free(pfn, order);
	access_open(open);
}

static int op_split(uint32_t pfn, unsigned int order, unsigned int new_order)
{
	bool open;
	int error;

	if (is_in_map(pfn))
		host_acquire(page_at(pfn));
	open = access_open(true);
	error = second_split(pfn, order, new_order);
	access_open(open);
	return error;
}

static void op_set_owner(uint32_t pfn, uint32_t owner)
{
	second_set_owner(pfn, owner);
	host_release(page_at(pfn));
}

/* All others are missing. */
static const struct allocator_ops ops = {
	.alloc = op_alloc, .free = op_free, .split = op_split, .set_owner = op_set_owner,
};

/* --- queries --- */

static PROGRAM_STATE uint8_t index_of[SECOND_ZONES];
static PROGRAM_STATE unsigned int nr_zones;

static void begin(void)
{
	nr_zones = 0;
	for (unsigned int i = 0; i < SECOND_ZONES; i++)
		if (core()->zones[i].end > core()->zones[i].start)
			index_of[nr_zones++] = (uint8_t)i;
}

static uint32_t min_pfn(void)
{
	return core()->min_pfn;
}

static uint32_t max_pfn(void)
{
	return core()->max_pfn;
}

static unsigned int zones(void)
{
	return nr_zones;
}

static bool zone_span(unsigned int zone, uint32_t *start, uint32_t *end)
{
	if (zone >= nr_zones)
		return false;
	*start = core()->zones[index_of[zone]].start;
	*end = core()->zones[index_of[zone]].end;
	return true;
}

static int zone_of(uint32_t pfn)
{
	uint32_t start, end;

	for (unsigned int zone = 0; zone_span(zone, &start, &end); zone++)
		if (pfn - start < end - start)
			return (int)zone;
	return -1;
}

static uint32_t free_pages(unsigned int zone)
{
	return core()->zones[index_of[zone]].nr_free;
}

static uint32_t pcp_pages(unsigned int zone)
{
	(void)zone;
	return 0;
}

static void run_at(uint32_t pfn, struct page_run *run)
{
	const struct second_page *page = page_at(pfn);

	*run = (struct page_run){ .state = PAGE_NONE, .pfn = pfn, .pages = 1 };
	if (page->state != SECOND_FREE && page->state != SECOND_USED)
		return;
	run->state = page->state == SECOND_FREE ? PAGE_BUDDY : PAGE_ALLOCATED;
	run->order = page->order;
	run->pages = 1u << page->order;
	run->owner = page->owner;
}

static const struct allocator_queries queries = {
	.min_pfn = min_pfn,
	.max_pfn = max_pfn,
	.nr_zones = zones,
	.zone_span = zone_span,
	.zone_of = zone_of,
	.free_pages = free_pages,
	.pcp_pages = pcp_pages,
	.run_at = run_at,
};

/* --- memory --- */

static bool unnoted(const void *at, unsigned int n, const void **start, size_t *size)
{
	*start = at;
	*size = offsetof(struct spb_core, pages);
	return !n;
}

static const char *field_name(size_t offset, char *to, size_t room)
{
	size_t pages = offsetof(struct spb_core, pages);

	if (offset < pages)
		snprintf(to, room, "byte %zu of the zones", offset);
	else
		snprintf(to, room, "page %zu",
			 core()->min_pfn + (offset - pages) / sizeof(struct second_page));
	return to;
}

static const struct spinlock *field_lock(size_t offset)
{
	(void)offset;
	return NULL;
}

static const struct allocator_memory memory = {
	.check = second_check,
	.size = second_size,
	.init = second_init,
	.unnoted = unnoted,
	.begin = begin,
	.field_name = field_name,
	.field_lock = field_lock,
};

static const char *const writers[NR_SPB_EVENTS];
static const char *const stems[] = { NULL };

const struct allocator allocator = {
	.name = "second",
	.ops = &ops,
	.queries = &queries,
	.memory = &memory,
	.writers = writers,
	.stems = stems,
};

unsigned long shim_out_of_memory(void)
{
	bool open = access_open(false);
	unsigned long freed;

	shim_might_sleep(__func__, __LINE__);
	freed = executor_out_of_memory(this_run);
	access_open(open);
	return freed;
}

const struct observer *const observers_all[] = {
	&predict_observer, &trace_observer, &reach_observer, &lock_graph_observer,
	&oracle_observer, NULL,
};

const struct observer *const observers_of_races[] = {
	&predict_observer, &trace_observer, &reach_observer, &lock_graph_observer,
	&oracle_observer, NULL,
};
