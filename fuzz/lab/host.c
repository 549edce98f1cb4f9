// SPDX-License-Identifier: GPL-2.0-only
/* The host of the laboratory: see host.h. */
#include "fuzz/lab/host.h"

#include "fuzz/native/native.h"
#include "spb/alloc.h"

const char native_name[] = "lab";
const int native_bug_status = 1;

static struct lab_owner owner;
static struct lab_counts counts;
static uint32_t budget_at_lock;

void host_attach(void *arena, size_t size, const struct lab_owner *asked)
{
	native_attach(arena, size);
	owner = *asked;
	counts = (struct lab_counts){ 0 };
}

void host_call(unsigned int on)
{
	native_cpu.cpu = on;
	native_cpu.budget = ~0U;
}

const struct lab_counts *host_counts(void)
{
	return &counts;
}

uint32_t host_hold(unsigned int of_thousand)
{
	uint64_t wanted = (counts.sections * of_thousand + 999) / 1000, seen = 0;

	for (uint32_t steps = 0; steps < HOLD_STEPS; steps++) {
		seen += counts.hold[steps];
		if (seen >= wanted)
			return steps;
	}
	return HOLD_STEPS;
}

/* ---- locks ---- */

void shim_lock(spinlock_t *lock, const char *func __attribute__((unused)))
{
	if (lock->class == LOCK_ZONE)
		budget_at_lock = native_cpu.budget;
}

void shim_unlock(spinlock_t *lock)
{
	uint32_t steps = budget_at_lock - native_cpu.budget;

	if (lock->class != LOCK_ZONE)
		return;
	counts.sections++;
	counts.hold[steps < HOLD_STEPS ? steps : HOLD_STEPS]++;
	if (steps > counts.longest)
		counts.longest = steps;
}

/* ---- owners ---- */

int shim_migrate(struct page *src, struct page *dst)
{
	uint32_t object = src->owner;

	owner.moved(owner.context, object, page_to_pfn(dst));
	set_page_owner(dst, object);
	return 0;
}

bool shim_give_up(struct page *page)
{
	return owner.lets_go(owner.context, page->owner);
}

unsigned long shim_out_of_memory(void)
{
	return owner.kill(owner.context);
}

/* ---- what is told ---- */

void shim_event(const struct spb_event *event)
{
	switch (event->type) {
	case SPB_EV_RELAX:
		counts.relax[event->arg]++;
		break;
	case SPB_EV_REFUSE:
		counts.refused[event->arg]++;
		break;
	case SPB_EV_TAINT:
		counts.taints++;
		break;
	case SPB_EV_UNTAINT:
		counts.untaints++;
		break;
	case SPB_EV_MIGRATE:
		counts.moved += 1ull << event->order;
		break;
	case SPB_EV_RECLAIM:
		counts.reclaimed += event->arg;
		break;
	}
}
