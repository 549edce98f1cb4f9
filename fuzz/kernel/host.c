// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel asks for while a program runs: owners let go of pages or let them move, retries
 * count against the budget.
 */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/kernel/adapter.h"
#include "fuzz/kernel/watch.h"
#include "spb/event.h"

/* As much as the kernel's own reclaim takes at a time. */
#define RECLAIM_BATCH 32u
/* Of a request that must not fail, where others run beside it. */
#define FOREVER_STEPS 1000u

/**
 * struct kswapd - of a node
 * @wanted: somebody woke it, for @order
 */
struct kswapd {
	bool wanted;
	uint32_t order;
};

/* Of each logical CPU, and of an interrupt on it. */
static PROGRAM_STATE struct kernel_call calls[PROGRAM_CPUS][NR_CONTEXTS];
/* The kernel has been told of the interrupt. */
static PROGRAM_STATE bool in_irq[PROGRAM_CPUS];
/* What a CPU waits for that lets others run: it is free when one of them does. */
static PROGRAM_STATE spinlock_t pause[PROGRAM_CPUS];
static PROGRAM_STATE struct kswapd kswapds[KB_MAX_NODES];
/* Where the next look for pages to let go begins. */
static PROGRAM_STATE uint32_t hand;
/* Of each node: a whole look has found nothing, and nothing has changed since. */
static PROGRAM_STATE bool barren[KB_MAX_NODES];

void kernel_host_begin(void)
{
	memset(calls, 0, sizeof(calls));
	memset(in_irq, 0, sizeof(in_irq));
	memset(pause, 0, sizeof(pause));
	memset(kswapds, 0, sizeof(kswapds));
	memset(barren, 0, sizeof(barren));
	hand = 0;
	kernel_log_begin();
}

static struct kernel_call *now(void)
{
	return &calls[shim_this->cpu][host_in_irq() ? CONTEXT_IRQ : CONTEXT_TASK];
}

void kernel_runs(unsigned int cpu, bool irq)
{
	kb_set_cpu(cpu);
	if (irq != in_irq[cpu])
		kb_irq(irq);
	in_irq[cpu] = irq;
	for (unsigned int other = 0; other < PROGRAM_CPUS; other++)
		if (other != cpu)
			pause[other].owner = 0;
}

/* Another CPU that is inside the kernel and does not sleep on a mutex, the next one first. */
static unsigned int next_inside(unsigned int self)
{
	unsigned int cpu = self;

	do
		cpu = (cpu + 1) % PROGRAM_CPUS;
	while (cpu != self && (!calls[cpu][CONTEXT_TASK].inside || kernel_sleeps(cpu)));
	return cpu;
}

/* Somebody would look again at once, and nothing would have changed. */
static void yield(void)
{
	unsigned int self = shim_this->cpu, other = next_inside(self);
	bool open = access_open(false);

	if (preempt.active && !host_in_irq() && other != self) {
		pause[self] = (spinlock_t){ .owner = (uint16_t)(other + 1), .class = LOCK_OWN };
		preempt.wait(&pause[self]);
	}
	kernel_fold();
	access_open(open);
}

struct kernel_call kernel_enter(bool may_sleep, bool forever)
{
	struct kernel_call before = *now();

	/* A request asks again and again while it waits; others may have changed what there is. */
	if (!before.inside) {
		memset(barren, 0, sizeof(barren));
		if (!host_in_irq())
			kernel_nodes_begin();
	}
	*now() = (struct kernel_call){ 
		.inside = true, .may_sleep = may_sleep, .forever = forever,
	};
	kb_set_cpu(shim_this->cpu);
	before.open = access_open(true);
	return before;
}

/* Who reclaims or compacts must not begin to reclaim, and all is over when the call is. */
static void check_task(uint32_t expected, const char *when)
{
	looked(TASK_STATE);
	if (!(kb_task() & KB_TASK_MEMALLOC) != !(expected & KB_TASK_MEMALLOC))
		rule_broken(TASK_STATE, "the task may %suse the reserves %s",
			    expected ? "not " : "", when);
	if (!expected && (kb_task() & KB_TASK_CATCHES))
		rule_broken(TASK_STATE, "pages are still caught for the task %s", when);
}

void kernel_leave(struct kernel_call before)
{
	if (!before.inside && !host_in_irq() && this_run->live) {
		check_task(0, "when its call is over");
		kernel_log_check();
	}
	kernel_sync_irqs();
	access_open(before.open);
	*now() = before;
}

void kernel_count_request(bool got)
{
	reached.requests++;
	reached.slow += now()->slow || !got;
}

/* --- owners let go --- */

static bool is_there(uint32_t pfn, uint32_t nid, int zone)
{
	for (uint32_t i = 0; i < kernel_map->nr_zones; i++)
		if (pfn >= kernel_map->zones[i].start && pfn < kernel_map->zones[i].end)
			return kernel_map->zones[i].nid == nid && (zone < 0 || i == (uint32_t)zone);
	return false;
}

/* Return: pages that are freed soon. @step: pages to go on by */
static unsigned long let_go(struct kernel_batch *batch, uint32_t pfn, uint32_t nid, int zone,
			    uint32_t *step)
{
	unsigned int order;
	uint32_t owner;

	*step = 1;
	/* Most pages are not, and a note is cheaper than its owner. */
	if (!(kernel_noted(pfn) & (NOTE_MOVABLE | NOTE_RECLAIMABLE)) ||
	    !owner_expects(pfn, &order, &owner))
		return 0;
	*step = 1u << order;
	if (!is_there(pfn, nid, zone) || !owner_give_up(pfn))
		return 0;
	kernel_free_soon(batch, pfn, order);
	return *step;
}

/* Once around the memory map at most, from where the last look ended. */
unsigned long kernel_reclaim(uint32_t nid, int zone, unsigned long wanted)
{
	uint32_t pages = kernel_map->max - kernel_map->min, step;
	struct kernel_batch batch = { .nr = 0 };
	unsigned long freed = 0;

	if (zone < 0 && barren[nid])
		return 0;
	for (uint32_t seen = 0; seen < pages && freed < wanted; seen += step) {
		freed += let_go(&batch, kernel_map->min + hand, nid, zone, &step);
		hand = (hand + step) % pages;
	}
	if (batch.nr)
		kernel_free_now(&batch);
	barren[nid] = zone < 0 && !freed;
	kernel_tell(SPB_EV_RECLAIM, SPB_NO_PFN, 0, (uint32_t)freed);
	return freed;
}

static unsigned long reclaim(uint32_t nid, uint32_t order, uint32_t gfp)
{
	uint32_t wanted = 2u << order;
	bool open = access_open(false);
	unsigned long freed;

	(void)gfp;
	now()->slow = true;
	check_task(KB_TASK_MEMALLOC, "while it reclaims");
	kernel_watch_reclaims();
	kernel_nodes_moment(NODES_AT_RECLAIM);
	freed = kernel_reclaim(nid, -1, wanted > RECLAIM_BATCH ? wanted : RECLAIM_BATCH);
	kernel_watch_reclaimed(freed);
	access_open(open);
	return freed;
}

/* Nobody can help a request that must not fail: it waits for ever, and the program is over. */
static void wait_for_ever(void)
{
	kernel_tell(SPB_EV_BLOCKED, SPB_NO_PFN, 0, 0);
	if (this_run->on_stop)
		this_run->on_stop(this_run);
	finding("harness", "a request waits for ever, and no program runs that could end");
}

static unsigned long out_of_memory(uint32_t order, uint32_t gfp)
{
	bool open = access_open(false);
	unsigned long freed;

	now()->slow = true;
	kernel_watch_kills(order, gfp);
	kernel_nodes_moment(NODES_AT_KILL);
	freed = executor_out_of_memory(this_run);
	kernel_tell(SPB_EV_OOM, SPB_NO_PFN, order, (uint32_t)freed);
	if (!freed && now()->forever)
		wait_for_ever();
	access_open(open);
	return freed;
}

static void compacts(bool begins)
{
	bool open = access_open(false);

	kernel_watch_compacts(begins);
	check_task(KB_TASK_MEMALLOC, "while it compacts");
	if (begins)
		kernel_nodes_moment(NODES_AT_COMPACTION);
	access_open(open);
}

static void wake_kswapd(uint32_t nid, uint32_t order, uint32_t zone_kind, bool boosted)
{
	bool open = access_open(false);

	now()->slow = true;
	if (nid >= KB_MAX_NODES)
		return;
	if (!kswapds[nid].wanted || kswapds[nid].order < order)
		kswapds[nid].order = order;
	kswapds[nid].wanted = true;
	kernel_watch_wakes(nid, order, zone_kind, boosted);
	kernel_tell(SPB_EV_KSWAPD_WAKE, SPB_NO_PFN, order, nid);
	access_open(open);
}

static bool is_low(uint32_t nid)
{
	struct kb_zone zone;

	for (uint32_t i = 0; kb_zone(i, &zone); i++)
		if (zone.nid == nid && zone.counted.free < zone.watermark[2] + zone.boost)
			return true;
	return false;
}

/* Balances a node, then compacts it for what it was woken for. */
static void run_kswapd(uint32_t nid)
{
	uint32_t order = kswapds[nid].order;
	struct kernel_call before;

	kswapds[nid] = (struct kswapd){ 0 };
	/* There is one of a node, on whatever CPU it runs. */
	kernel_lock(&kswapds[nid], "other", false);
	while (is_low(nid) && kernel_reclaim(nid, -1, RECLAIM_BATCH))
		;
	before = kernel_enter(true, false);
	kb_kswapd_sleeps(nid, order);
	kernel_leave(before);
	kernel_unlock(&kswapds[nid]);
}

unsigned int kernel_run_kswapd(unsigned int limit)
{
	unsigned int done = 0;

	for (uint32_t nid = 0; nid < KB_MAX_NODES && done < limit; nid++) {
		if (!kswapds[nid].wanted)
			continue;
		run_kswapd(nid);
		done++;
	}
	return done;
}

void kernel_kswapd(unsigned int nid, unsigned int order)
{
	wake_kswapd(nid, order, KB_NORMAL, true);
	run_kswapd(nid);
}

void kernel_kcompactd(unsigned int nid, unsigned int order)
{
	struct kernel_call before;

	if (!order)
		return;
	kernel_fold();
	/* There is one of a node, and kswapd runs it here. */
	kernel_lock(&kswapds[nid % KB_MAX_NODES], "other", false);
	before = kernel_enter(true, false);
	kb_kcompactd(nid, order);
	kernel_leave(before);
	kernel_unlock(&kswapds[nid % KB_MAX_NODES]);
}

static void got(uint32_t pfn, uint32_t order, uint32_t gfp)
{
	bool open = access_open(false);

	if (kernel_map)
		kernel_handed_out(pfn, order, gfp);
	access_open(open);
}

/* --- owners let pages move --- */

/* What was split is single pages to the kernel, and may be more to its owner. */
static bool may_move(uint32_t pfn)
{
	unsigned int order;
	uint32_t owner;

	if (!(kernel_noted(pfn) & NOTE_MOVABLE) || !owner_would_move(pfn))
		return false;
	return !(kernel_noted(pfn) & NOTE_SPLIT) ||
	       (owner_expects(pfn, &order, &owner) && !order);
}

static void moved(uint32_t from, uint32_t to, uint32_t order)
{
	bool open = access_open(false);
	unsigned int real_order = 0;
	uint32_t owner;

	looked(KERNEL_MOVES);
	if (!owner_expects(from, &real_order, &owner) || real_order != order)
		finding("kernel-moves", "page %u moved, of order %u: no allocation of the program",
			from, order);
	kernel_was_moved(from, to, order);
	if (owner_migrate(from, to))
		finding("kernel-moves", "page %u moved, whose owner does not let it", from);
	kernel_watch_moves(from, to);
	kernel_page_acquire(from);
	kernel_page_release(to);
	kernel_tell(SPB_EV_MIGRATE, from, order, to);
	access_open(open);
}

/* --- rules of the running code --- */

static const struct host_context *context(void)
{
	return container_of(shim_this, struct host_context, shim);
}

static void step(const char *where)
{
	struct kernel_call *call = now();

	/* That it never fails is what was asked for: before there are too many accesses. */
	if (call->forever && preempt.active && ++call->steps > FOREVER_STEPS)
		wait_for_ever();
	if (likely(--shim_this->budget))
		return;
	if (call->forever)
		wait_for_ever();
	finding_at(where);
	finding("kernel-retries", "more than %u steps, the last in %s", context()->steps, where);
}

static void may_sleep(const char *where)
{
	looked(SLEEP_IN_ATOMIC);
	if (now()->may_sleep && kb_may_sleep())
		return;
	finding_at(where);
	finding("sleep-in-atomic", "%s may sleep %s", where,
		kb_may_sleep()	? "in a call that may not" :
		kb_irqs_off()	? "with interrupts off" :
				  "under a lock");
}

const struct kb_host kernel_host = {
	.reclaim = reclaim,
	.out_of_memory = out_of_memory,
	.wake_kswapd = wake_kswapd,
	.may_move = may_move,
	.moved = moved,
	.step = step,
	.may_sleep = may_sleep,
	.lock = kernel_lock,
	.unlock = kernel_unlock,
	.access = kernel_access,
	.got = got,
	.yield = yield,
	.warn = kernel_warns,
	.bug = kernel_bugs,
	.print = kernel_prints,
	.compacts = compacts,
	.compacts_again = kernel_watch_compacts_again,
	.compaction = kernel_watch_compaction,
	.reclaims_again = kernel_watch_reclaims_again,
	.fallback = kernel_watch_falls_back,
};
