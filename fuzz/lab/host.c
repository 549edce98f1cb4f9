// SPDX-License-Identifier: GPL-2.0-only
/* The host of the laboratory: see host.h. */
#include "fuzz/lab/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/arena.h"
#include "spb/alloc.h"

static struct shim_cpu cpu;
_Thread_local struct shim_cpu *shim_this = &cpu;

static struct lab_owner owner;
static struct lab_counts counts;
static uint32_t budget_at_lock;

void host_attach(void *arena, size_t size, const struct lab_owner *asked)
{
	/* Of size 0: shim_touch() then has nothing to note. */
	cpu = (struct shim_cpu){ .core = arena, .arena = (uintptr_t)arena + size, .budget = ~0U };
	owner = *asked;
	counts = (struct lab_counts){ 0 };
}

void host_call(unsigned int on)
{
	cpu.cpu = on;
	cpu.budget = ~0U;
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
		budget_at_lock = cpu.budget;
}

bool shim_trylock(spinlock_t *lock, const char *func)
{
	shim_lock(lock, func);
	return true;
}

void shim_unlock(spinlock_t *lock)
{
	uint32_t steps = budget_at_lock - cpu.budget;

	if (lock->class != LOCK_ZONE)
		return;
	counts.sections++;
	counts.hold[steps < HOLD_STEPS ? steps : HOLD_STEPS]++;
	if (steps > counts.longest)
		counts.longest = steps;
}

void shim_assert_held(const spinlock_t *lock __attribute__((unused)),
		      const char *func __attribute__((unused)), int line __attribute__((unused)))
{
}

unsigned long shim_irq_save(void)
{
	return 0;
}

void shim_irq_restore(unsigned long flags __attribute__((unused)))
{
}

void shim_might_sleep(const char *func __attribute__((unused)), int line __attribute__((unused)))
{
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

void shim_note_line(shim_size line __attribute__((unused)))
{
}

/* ---- what should not come ---- */

static __attribute__((noreturn)) void die(const char *what, const char *func, int line)
{
	fprintf(stderr, "lab: the allocator says in %s(), line %d: %s\n", func, line, what);
	exit(1);
}

void shim_bad_call(enum spb_rule rule)
{
	fprintf(stderr, "lab: the allocator refuses a call by rule %d\n", (int)rule);
	exit(1);
}

void shim_bug(const char *what, const char *func, int line)
{
	die(what, func, line);
}

void shim_list_corrupt(const char *what, const void *node __attribute__((unused)))
{
	die(what, "a list", 0);
}

void shim_budget_exhausted(const char *func, int line)
{
	die("more steps than a call of it can need", func, line);
}

void arena_copy(void *to, const void *from, shim_size size)
{
	memcpy(to, from, size);
}
