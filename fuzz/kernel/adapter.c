// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel's page allocator behind the tables of the harness: see base/allocator.h.
 *
 * A call that breaks a contract is refused here, as the program predicts: a kernel has no refusals,
 * and what comes of it is not defined. Frees that its own checks must notice get there: free.c
 */
#include <stdio.h>
#include <string.h>

#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/kernel/adapter.h"
#include "fuzz/kernel/watch.h"
#include "shim/shim.h"
#include "spb/event.h"
#include "spb/gfp.h"

PROGRAM_STATE bool kernel_has_isolated;

static const struct host_context *context(void)
{
	return container_of(shim_this, struct host_context, shim);
}

bool kernel_is_refused(void)
{
	enum spb_rule breaks = context()->call.expect;

	if (breaks == SPB_RULE_NONE)
		return false;
	shim_bad_call(breaks);
	return true;
}

static int zone_of(uint32_t pfn)
{
	for (uint32_t i = 0; i < kernel_map->nr_zones; i++)
		if (pfn >= kernel_map->zones[i].start && pfn < kernel_map->zones[i].end)
			return (int)i;
	return -1;
}

/* As struct spb_config has them; it has no DMA zone. */
static unsigned int zone_type(enum kb_zone_kind kind)
{
	return kind == KB_MOVABLE ? ZONE_MOVABLE : kind == KB_NORMAL ? ZONE_NORMAL : ZONE_DMA32;
}

void kernel_tell(unsigned int type, uint32_t pfn, unsigned int order, uint32_t arg)
{
	int zone = pfn == SPB_NO_PFN ? -1 : zone_of(pfn);
	const struct spb_event event = {
		.type = (uint8_t)type,
		.step = type == SPB_EV_ALLOC ? SPB_STEP_OWN : 0,
		.zone = zone < 0 ? 0 : (uint8_t)(kernel_map->zones[zone].nid * MAX_NR_ZONES +
						 zone_type(kernel_map->zones[zone].kind)),
		.order = (uint8_t)order,
		.spb = SPB_NO_SPB,
		.pfn = pfn,
		.arg = arg,
	};

	shim_event(&event);
}

/* --- operations --- */

uint32_t kernel_alloc(uint32_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask)
{
	const struct kernel_request asked = {
		.gfp = gfp, .order = order, .nid = nid, .nodemask = nodemask,
	};
	struct kernel_call before;
	uint32_t pfn;

	kernel_watch_begins(&asked);
	before = kernel_enter(gfp & __GFP_DIRECT_RECLAIM, gfp & __GFP_NOFAIL);
	pfn = kb_alloc(gfp, order, nid, nodemask);
	kernel_count_request(pfn != KB_NO_PFN);
	kernel_leave(before);
	kernel_watch_ends(&asked, &pfn, pfn != KB_NO_PFN);
	if (pfn == KB_NO_PFN)
		return NO_PFN;
	kernel_tell(SPB_EV_ALLOC, pfn, order, 0);
	return pfn;
}

static uint32_t op_alloc(uint32_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask)
{
	return kernel_is_refused() ? NO_PFN : kernel_alloc(gfp, order, nid, nodemask);
}

static unsigned int op_alloc_bulk(uint32_t gfp, unsigned int nid, unsigned int nr, uint32_t *pfns)
{
	unsigned int got;

	if (kernel_is_refused())
		return 0;
	got = kernel_alloc_bulk(gfp, nid, nr, pfns);
	for (unsigned int i = 0; i < got && i < nr; i++)
		kernel_tell(SPB_EV_ALLOC, pfns[i], 0, 1);
	return got;
}

static bool op_alloc_caller(enum caller_kind kind, uint32_t nr_pages, unsigned int order,
			    uint32_t gfp, struct extent_list *out)
{
	return !kernel_is_refused() && kernel_caller(kind, nr_pages, order, gfp, out);
}

static void op_free(uint32_t pfn, unsigned int order)
{
	if (context()->call.expect != SPB_RULE_NONE)
		kernel_free_wrongly(pfn, order);
	if (!kernel_is_refused())
		kernel_free(pfn, order);
}

/* Callers split what is no compound page, and only theirs, into single pages. */
static int op_split(uint32_t pfn, unsigned int order, unsigned int new_order)
{
	struct kernel_call before;

	(void)new_order;
	if (kernel_is_refused() || kernel_noted(pfn) & NOTE_COMPOUND || kernel_is_looked_at(pfn))
		return -1;
	kernel_page_acquire(pfn);
	if (kernel_noted(pfn) & NOTE_SPLIT)
		return 0;
	before = kernel_enter(false, false);
	kb_split(pfn, order);
	kernel_leave(before);
	kernel_was_split(pfn, order);
	return 0;
}

static void op_set_owner(uint32_t pfn, uint32_t owner)
{
	(void)owner;
	kernel_page_release(pfn);
}

static void op_drain(unsigned int cpu)
{
	struct kernel_call before = kernel_enter(true, false);

	kb_drain(cpu);
	kernel_leave(before);
	kernel_watch_drained((int)cpu);
}

static void op_drain_all(void)
{
	struct kernel_call before = kernel_enter(true, false);

	kb_drain_all();
	kernel_leave(before);
	kernel_watch_drained(-1);
}

static void op_reclaim(unsigned int zone, unsigned long nr)
{
	kernel_reclaim(kernel_map->zones[zone].nid, (int)zone, nr);
}

static void op_compact(unsigned int zone, unsigned int order)
{
	struct kernel_call before;

	kernel_fold();
	before = kernel_enter(true, false);
	kernel_watch_compacts_zone(zone, true);
	kb_compact(zone, order);
	kernel_watch_compacts_zone(zone, false);
	kernel_leave(before);
	kernel_tell(SPB_EV_COMPACT, SPB_NO_PFN, order, zone);
}

static int op_isolate(uint32_t pfn, bool on)
{
	struct kernel_call before;
	int error;

	if (kernel_is_refused())
		return -1;
	if (!kernel_may_isolate(pfn) || (on && !kernel_isolation_begins(pfn, 1, false)) ||
	    (!on && kernel_isolates_beside(pfn, 1, false)))
		return -1;
	kernel_has_isolated = true;
	before = kernel_enter(true, false);
	error = kb_isolate(pfn, on);
	/* As whoever isolates does: pages on the lists of CPUs would be handed out. */
	if (on && !error)
		kb_drain_all();
	kernel_leave(before);
	if (on)
		kernel_isolation_ends();
	if (on && !error)
		kernel_check_isolated(pfn);
	if (!error)
		kernel_tell(on ? SPB_EV_ISOLATE : SPB_EV_UNISOLATE, pfn, 0, 0);
	return error;
}

static unsigned int op_work(unsigned int limit)
{
	return kernel_run_kswapd(limit);
}

/*
 * The work of each second on each CPU: what too many isolated pages are judged by is counted. Where
 * others are in the midst of counting, each does it for itself.
 */
void kernel_fold(void)
{
	struct kernel_call before = kernel_enter(true, false);
	bool open = access_open(preempt.active);

	for (uint32_t cpu = 0; cpu < this_run->nr_cpus; cpu++) {
		if (preempt.active && cpu != shim_this->cpu)
			continue;
		kb_set_cpu(cpu);
		kb_advance_time(0);
	}
	kb_set_cpu(shim_this->cpu);
	access_open(open);
	kernel_leave(before);
}

static void op_advance_time(uint32_t ticks)
{
	struct kernel_call before = kernel_enter(true, false);

	kernel_watch_second();
	kb_advance_time(ticks);
	kernel_watch_second_over();
	kernel_leave(before);
}

/* Which of the kernel's a tunable stands for, and in what steps; while a program begins only
 * the one that means the same is set. */
static void op_set_tunable(unsigned int tunable, uint16_t value)
{
	static const struct {
		enum kb_tunable tunable;
		uint32_t step, least;
	} known[NR_SPB_TUNABLES] = {
		[SPB_TUNABLE_defrag] = { KB_DEFRAG_MODE, 1, 0 },
		[SPB_TUNABLE_relax_all_zones] = { KB_BOOST, 15000, 0 },
		[SPB_TUNABLE_reserve_min] = { KB_MIN_FREE, 32, 32 },
		[SPB_TUNABLE_reserve_divisor] = { KB_WATERMARK_SCALE, 15, 1 },
		[SPB_TUNABLE_aggressive_threshold] = { KB_PCP_HIGH, 1, 0 },
		[SPB_TUNABLE_refusal_keeps_promise] = { KB_PCP_BATCH, 8, 1 },
	};
	struct kernel_call before;
	bool there;

	if (!known[tunable].step || (!this_run->live && tunable != SPB_TUNABLE_defrag))
		return;
	before = kernel_enter(true, false);
	there = kb_set_tunable(known[tunable].tunable,
			       known[tunable].least + value * known[tunable].step);
	kernel_leave(before);
	if (known[tunable].tunable == KB_MIN_FREE || known[tunable].tunable == KB_WATERMARK_SCALE)
		kernel_watch_marks();
	if (there)
		kernel_tell(SPB_EV_TUNABLE, SPB_NO_PFN, 0, tunable);
}

static const struct allocator_ops ops = {
	.alloc = op_alloc,
	.alloc_bulk = op_alloc_bulk,
	.alloc_caller = op_alloc_caller,
	.free = op_free,
	.split = op_split,
	.set_owner = op_set_owner,
	.drain = op_drain,
	.drain_all = op_drain_all,
	.reclaim = op_reclaim,
	.compact = op_compact,
	.isolate = op_isolate,
	.contig = kernel_take_range,
	.contig_free = kernel_give_range,
	.range = kernel_take_pages,
	.cma = kernel_take_cma,
	.hold = kernel_hold,
	.unhold = kernel_unhold,
	.kswapd = kernel_kswapd,
	.kcompactd = kernel_kcompactd,
	.work = op_work,
	.advance_time = op_advance_time,
	.set_tunable = op_set_tunable,
	.nodes = kernel_set_nodes,
};

/* --- queries --- */

static uint32_t min_pfn(void)
{
	return kernel_map->min;
}

static uint32_t max_pfn(void)
{
	return kernel_map->max;
}

static unsigned int nr_zones(void)
{
	return kernel_map->nr_zones;
}

static bool zone_span(unsigned int zone, uint32_t *start, uint32_t *end)
{
	if (zone >= kernel_map->nr_zones)
		return false;
	*start = kernel_map->zones[zone].start;
	*end = kernel_map->zones[zone].end;
	return true;
}

/* On free lists, isolated ones too, which the kernel's own counter leaves out. */
static uint32_t free_pages(unsigned int number)
{
	uint32_t free, pcp;

	kb_zone_pages(number, &free, &pcp);
	return free;
}

/* And those that wait for somebody's last reference: neither free nor the program's. */
static uint32_t pcp_pages(unsigned int number)
{
	uint32_t free, pcp;

	kb_zone_pages(number, &free, &pcp);
	return pcp + kernel_left_in(kernel_map->zones[number].start,
				    kernel_map->zones[number].end);
}

/* The kernel does not know who has a page: what is on no list is what the program holds there. */
static void run_at(uint32_t pfn, struct page_run *run)
{
	struct kb_page page;
	unsigned int order;
	uint32_t owner;

	*run = (struct page_run){ .state = PAGE_NONE, .pfn = pfn, .pages = 1 };
	if (!kb_page(pfn, &page) || page.zone == KB_NO_PFN)
		return;
	run->state = PAGE_ALLOCATED;
	if (page.state == KB_PAGE_BUDDY && page.head == pfn) {
		run->state = PAGE_BUDDY;
		run->order = page.order;
		run->pages = 1u << page.order;
	} else if (owner_expects(pfn, &order, &owner)) {
		run->order = order;
		run->pages = 1u << order;
		run->owner = owner;
	} else if (kernel_held_at(pfn)) {
		run->state = PAGE_HELD;
		run->pages = kernel_held_at(pfn);
	} else if (kernel_left_at(pfn, &run->order) ||
		   kernel_is_on_pcp(pfn, page.zone, &run->order)) {
		run->state = PAGE_PCP;
		run->pages = 1u << run->order;
	}
}

static const struct allocator_queries queries = {
	.min_pfn = min_pfn,
	.max_pfn = max_pfn,
	.nr_zones = nr_zones,
	.zone_span = zone_span,
	.zone_of = zone_of,
	.free_pages = free_pages,
	.pcp_pages = pcp_pages,
	.run_at = run_at,
};

/* --- memory: boot.c boots it, and takes it back --- */

/* What is true of this kernel takes the place of what the header's geometry means elsewhere. */
static void describe(struct spb_config *config)
{
	config->block_order = (uint8_t)kernel_map->block_order;
	config->max_order = (uint8_t)kernel_map->max_order;
	config->pageblocks_per_spb = 1;
	config->nr_nodes = 1;
	memset(config->zones, 0, sizeof(config->zones));
	for (uint32_t i = 0; i < kernel_map->nr_zones; i++) {
		uint32_t nid = kernel_map->zones[i].nid;
		struct spb_zone_config *zone =
			&config->zones[nid][zone_type(kernel_map->zones[i].kind)];

		zone->start_pfn = kernel_map->zones[i].start;
		zone->nr_pages = kernel_map->zones[i].end - kernel_map->zones[i].start;
		if (nid >= config->nr_nodes)
			config->nr_nodes = (uint8_t)(nid + 1);
	}
	config->nr_ranges = (uint8_t)kernel_map->nr_ranges;
	memcpy(config->ranges, kernel_map->ranges, sizeof(kernel_map->ranges));
}

void kernel_begin(void)
{
	kernel_has_isolated = false;
	kernel_ranges_begin();
	kernel_refs_begin();
	describe(&this_run->config);
	kernel_handout_begin();
	kernel_host_begin();
}

static const char *const writers[NR_SPB_EVENTS];
static const char *const stems[] = { NULL };

/* Requests with a right to the reserves look beyond a policy's nodes before they fail, and so does
 * whose policy names none that its task may use. */
static uint32_t nodes_of(uint32_t gfp, uint32_t nodemask)
{
	return kernel_may_use_reserves(gfp) || !kernel_may_use(nodemask) ? 0 : nodemask;
}

static void reached_so_far(const struct reach *counts, char *to, size_t room)
{
	unsigned long long percent = counts->requests ? 100 * counts->slow / counts->requests : 0;

	snprintf(to, room, "slow path %llu%% of requests, compactions %llu, moved %llu, "
		 "ranges %llu, OOM %llu", percent, (unsigned long long)counts->compactions,
		 (unsigned long long)counts->event[SPB_EV_MIGRATE],
		 (unsigned long long)counts->event[SPB_EV_CONTIG],
		 (unsigned long long)counts->event[SPB_EV_OOM]);
}

const struct allocator allocator = {
	.name = "kernel",
	.ops = &ops,
	.queries = &queries,
	.memory = &kernel_memory,
	.writers = writers,
	.stems = stems,
	.nodes = nodes_of,
	.runs = kernel_runs,
	.reached = reached_so_far,
};
