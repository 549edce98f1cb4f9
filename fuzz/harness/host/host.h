/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's side of include/shim/shim.h: logical CPUs with their locks and interrupt
 * state, budgets, and what a call is expected to be refused for.
 */
#ifndef HARNESS_HOST_H
#define HARNESS_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/harness/program/program.h"
#include "shim/spinlock.h"
#include "spb/rules.h"

struct arena;
struct call;
struct spb_event;

#define HOST_MAX_HELD 8
#define HOST_MAX_IRQ_DEPTH 8

enum cpu_context {
	CONTEXT_TASK,
	CONTEXT_IRQ,
	NR_CONTEXTS,
};

/* Contexts of all CPUs, which host_context_number() numbers. */
#define NR_ALL_CONTEXTS (PROGRAM_CPUS * NR_CONTEXTS)

/**
 * struct host_call - the allocator call under way on a context
 * @what: the call; NULL where nobody said so: it is no part of the program
 * @expect: the rule that it breaks, or SPB_RULE_NONE
 * @fired: the allocator said so
 * @blocked: SPB_EV_BLOCKED was seen
 * @atomic: it may not sleep
 * @before: of a call that is expected to be refused, a hash of what changes unnoted
 */
struct host_call {
	const struct call *what;
	enum spb_rule expect;
	bool fired;
	bool blocked;
	bool atomic;
	uint64_t before;
};

/**
 * struct held_lock - a lock that a context holds
 * @by: the core function that took it
 * @budget: what was left of the context's budget then
 * @events: as many events had been told
 */
struct held_lock {
	spinlock_t *lock;
	const char *by;
	uint32_t budget, events;
};

/**
 * struct host_context - a logical CPU at one interrupt level
 * @shim: what the core sees
 * @arena: where it notes changes
 * @held: locks, oldest first
 * @irqs_off: interrupts are disabled
 * @irq_saved: what each local_irq_save() found
 * @call: the allocator call under way; @calls says how deeply calls nest
 * @steps: budget that the outermost call began with
 */
struct host_context {
	struct shim_cpu shim;
	struct arena *arena;
	struct held_lock held[HOST_MAX_HELD];
	unsigned int nr_held;
	bool irqs_off;
	bool irq_saved[HOST_MAX_IRQ_DEPTH];
	unsigned int irq_depth;
	unsigned int calls;
	uint32_t steps;
	struct host_call call;
};

/* The place of @lock in @held, or @nr_held where @c does not hold it. */
static inline unsigned int host_held_at(const struct host_context *c, const spinlock_t *lock)
{
	unsigned int i = 0;

	while (i < c->nr_held && c->held[i].lock != lock)
		i++;
	return i;
}

/**
 * struct host_order - who follows what orders the accesses of one context before another's
 * @context: from now on this context runs
 * @acquire: what others released at this place of the arena is ordered before what follows
 * @release: what the running context did is ordered before what those do who acquire here
 * @irqs: interrupts go off or on on the running CPU; an interrupt begins or ends
 */
struct host_order {
	void (*context)(unsigned int cpu, bool irq);
	void (*acquire)(const void *at);
	void (*release)(const void *at);
	void (*irqs)(bool off);
};

/* NULL = nobody; host_attach() forgets it. */
extern const struct host_order *host_order;

static inline void host_acquire(const void *at)
{
	if (host_order)
		host_order->acquire(at);
}

static inline void host_release(const void *at)
{
	if (host_order)
		host_order->release(at);
}

/* Point every context at an arena, and shim_this at CPU 0: nothing held, interrupts on. */
void host_attach(struct arena *arena);
/* Steps for each call that begins from now on. */
void host_set_budget(uint32_t steps);
/* What the running CPU's call has used of its own; 0 below another call. */
uint32_t host_steps_used(void);

/* Make a logical CPU the running one, at the interrupt level that it was at. */
void host_switch(unsigned int cpu);
/* An interrupt begins or ends on the running CPU. */
void host_irq_enter(void);
void host_irq_exit(void);
bool host_in_irq(void);
/* Of what runs on @cpu, which is the running one: below NR_ALL_CONTEXTS. */
static inline unsigned int host_context_number(unsigned int cpu)
{
	return cpu * NR_CONTEXTS + host_in_irq();
}
/* May an interrupt come on the running CPU now? */
bool host_irqs_on(void);

/**
 * host_call_begin - about to call the allocator
 * @expect: the rule that the call breaks, or SPB_RULE_NONE
 * @outer: receives what host_call_end() puts back: calls nest when memory runs out
 */
void host_call_begin(enum spb_rule expect, struct host_call *outer);
/* What the call that has just begun is; @what stays until host_call_end(). */
void host_call_is(const struct call *what);
/* The call that has just begun may not sleep: nor may one below it. */
void host_call_atomic(void);
/* Return: what happened in the call; a refusal that did not come is a finding. */
struct host_call host_call_end(const struct host_call *outer);

/**
 * host_side_begin, host_side_end - calls in between are no part of the program
 * @tap: gets their events; nobody else does
 *
 * For the running CPU with no lock held: the call under way, if any, keeps its budget. See
 * arena_side_begin() for the allocator's memory; calls that ask owners have no way back.
 */
void host_side_begin(void (*tap)(const struct spb_event *event));
void host_side_end(void);

/* A logical CPU at an interrupt level. */
const struct host_context *host_context_at(unsigned int cpu, enum cpu_context level);

/**
 * host_describe_locks - "CPU 1 holds zone of drain_zone_pages() and waits for pcp"
 * @waits_for: or NULL
 *
 * Return: characters written, without the final 0.
 */
size_t host_describe_locks(unsigned int cpu, const spinlock_t *waits_for, char *to, size_t room);

/* After an operation: no lock may be held, interrupts must be on (in an interrupt: off). */
void host_check_idle(void);

const char *host_rule_name(enum spb_rule rule);

#endif
