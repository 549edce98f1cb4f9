// SPDX-License-Identifier: GPL-2.0-only
/* Logical CPUs, calls and their refusals, events, budgets: see host.h. Locks: lock.c. */
#include "fuzz/harness/host/host.h"

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/text/event_names.h"
#include "spb/event.h"

static PROGRAM_STATE struct host_cpu {
	struct host_context context[NR_CONTEXTS];
	enum cpu_context now;
} cpus[PROGRAM_CPUS];

/* After a finding: where it left the fibers, which is for the scheduler to know. */
PROCESS_STATE struct preempt preempt;
PROGRAM_STATE const struct host_order *host_order;

static PROGRAM_STATE uint32_t call_budget;

/* Between host_side_begin() and host_side_end(). */
static PROGRAM_STATE void (*side_tap)(const struct spb_event *event);
static PROGRAM_STATE uint32_t side_budget;

THREAD_STATE _Thread_local struct shim_cpu *shim_this =
	&cpus[0].context[CONTEXT_TASK].shim;

static struct host_context *context(void)
{
	return container_of(shim_this, struct host_context, shim);
}

const char *host_rule_name(enum spb_rule rule)
{
	return contract_names[rule].name;
}

static void reset_context(struct host_context *c, enum cpu_context level)
{
	c->nr_held = 0;
	c->irq_depth = 0;
	c->calls = 0;
	c->irqs_off = level == CONTEXT_IRQ;
	/* A finding leaves the call that it ended under way. */
	c->call = (struct host_call){ .expect = SPB_RULE_NONE };
}

void host_attach(struct arena *arena)
{
	for (unsigned int i = 0; i < NR_ALL_CONTEXTS; i++) {
		struct host_cpu *cpu = &cpus[i / NR_CONTEXTS];
		struct host_context *c = &cpu->context[i % NR_CONTEXTS];

		c->arena = arena;
		c->shim.core = (struct spb_core *)arena->base;
		c->shim.arena = (shim_uptr)arena->base;
		c->shim.arena_size = arena->size;
		c->shim.dirty = arena->dirty;
		c->shim.cpu = i / NR_CONTEXTS;
		c->shim.budget = ~0u;
		c->shim.choices = true;
		reset_context(c, i % NR_CONTEXTS);
		cpu->now = CONTEXT_TASK;
	}
	side_tap = NULL;
	host_order = NULL;
	lock_graph_begin();
	access_attach(arena->base, arena->size, arena->id);
	host_switch(0);
}

void host_set_budget(uint32_t steps)
{
	call_budget = steps;
}

uint32_t host_steps_used(void)
{
	struct host_context *c = context();

	return c->calls == 1 ? c->steps - c->shim.budget : 0;
}

/* The running context is another. */
static void runs(void)
{
	unsigned int cpu = shim_this->cpu;
	bool irq = cpus[cpu].now == CONTEXT_IRQ;

	if (allocator.runs)
		allocator.runs(cpu, irq);
	if (host_order)
		host_order->context(cpu, irq);
}

void host_switch(unsigned int cpu)
{
	shim_this = &cpus[cpu].context[cpus[cpu].now].shim;
	runs();
}

void host_irq_enter(void)
{
	struct host_cpu *cpu = &cpus[shim_this->cpu];

	cpu->now = CONTEXT_IRQ;
	shim_this = &cpu->context[CONTEXT_IRQ].shim;
	runs();
	if (host_order)
		host_order->irqs(true);
}

void host_irq_exit(void)
{
	struct host_cpu *cpu = &cpus[shim_this->cpu];

	if (host_order)
		host_order->irqs(false);
	cpu->now = CONTEXT_TASK;
	shim_this = &cpu->context[CONTEXT_TASK].shim;
	runs();
}

const struct host_context *host_context_at(unsigned int cpu, enum cpu_context level)
{
	return &cpus[cpu].context[level];
}

bool host_in_irq(void)
{
	return cpus[shim_this->cpu].now == CONTEXT_IRQ;
}

bool host_irqs_on(void)
{
	return !context()->irqs_off;
}

/* Checks of the state are off, or another CPU may change it meanwhile. */
static bool state_is_open(void)
{
	return !this_run->options.oracles || this_run->concurrent || this_run->measuring;
}

/* Another operation may have isolated the pageblock since the call was predicted. */
static bool is_up_to_others(enum spb_rule rule)
{
	return rule == SPB_RULE_ISOLATE_TWICE && this_run->concurrent;
}

/*
 * A call that begins may take what calls under way elsewhere have gained: they get their
 * steps again. Together the calls of a program are still bounded.
 */
static void renew_budgets(const struct host_context *beginning)
{
	for (unsigned int i = 0; i < NR_ALL_CONTEXTS; i++) {
		struct host_context *c = &cpus[i / NR_CONTEXTS].context[i % NR_CONTEXTS];

		if (c != beginning && c->calls && c->shim.budget)
			c->shim.budget = c->steps;
	}
}

void host_call_begin(enum spb_rule expect, struct host_call *outer)
{
	struct host_context *c = context();

	looked(BAD_CALL_UNPREDICTED);
	if (expect != SPB_RULE_NONE)
		looked(BAD_CALL_MISSING);
	*outer = c->call;
	c->call = (struct host_call){ .expect = expect };
	if (expect != SPB_RULE_NONE && !state_is_open())
		c->call.before = arena_hash_always(c->arena);
	if (!c->calls++)
		c->shim.budget = c->steps = call_budget;
	if (this_run->concurrent)
		renew_budgets(c);
}

void host_call_is(const struct call *what)
{
	context()->call.what = what;
}

void host_call_atomic(void)
{
	context()->call.atomic = true;
}

struct host_call host_call_end(const struct host_call *outer)
{
	struct host_context *c = context();
	struct host_call call = c->call;

	c->calls--;
	c->call = *outer;
	if (unlikely(call.expect != SPB_RULE_NONE && !call.fired &&
		     !is_up_to_others(call.expect))) {
		finding_at(host_rule_name(call.expect));
		finding("bad-call-missing", "the call breaks %s and was not refused",
			host_rule_name(call.expect));
	}
	return call;
}

void host_side_begin(void (*tap)(const struct spb_event *event))
{
	side_tap = tap;
	side_budget = shim_this->budget;
	shim_this->budget = call_budget;
}

void host_side_end(void)
{
	side_tap = NULL;
	shim_this->budget = side_budget;
}

void host_check_idle(void)
{
	struct host_context *c = context();

	looked(LOCK_HELD_AT_RETURN);
	if (unlikely(c->nr_held))
		finding("lock-held-at-return", "%u locks held, the last is %s of %s()", c->nr_held,
			lock_class_name(c->held[c->nr_held - 1].lock->class),
			c->held[c->nr_held - 1].by);
	if (unlikely(c->irq_depth || c->irqs_off != host_in_irq()))
		finding("irq-state", "interrupts are %s after the operation, saved %u times",
			c->irqs_off ? "off" : "on", c->irq_depth);
}

void shim_note_line(shim_size line)
{
	bool open = access_open(false);

	arena_note_line(context()->arena, line);
	access_open(open);
}

void shim_bad_call(enum spb_rule rule)
{
	struct host_context *c = context();
	bool open = access_open(false);

	if (c->call.expect != rule && !is_up_to_others(rule)) {
		finding_at(host_rule_name(rule));
		finding("bad-call-unpredicted", "refused as %s, expected %s", host_rule_name(rule),
			host_rule_name(c->call.expect));
	}
	if (!state_is_open() &&
	    (c->arena->nr_op || c->call.before != arena_hash_always(c->arena)))
		finding("bad-call-late", "refused as %s after state had changed",
			host_rule_name(rule));
	c->call.fired = true;
	access_open(open);
}

void shim_bug(const char *what, const char *func, int line)
{
	access_open(false);
	finding_at(func);
	finding("core-bug", "%s in %s(), line %d", what, func, line);
}

void shim_list_corrupt(const char *what, const void *node)
{
	shim_uptr at = (shim_uptr)node - shim_this->arena;
	char name[64];

	access_open(false);
	finding("list-corrupt", "%s; the entry is %s", what,
		at < shim_this->arena_size ?
			allocator.memory->field_name(at, name, sizeof(name)) :
			"outside the allocator's memory");
}

void shim_budget_exhausted(const char *func, int line)
{
	access_open(false);
	finding_at(func);
	finding("endless", "more than %u steps; last in %s(), line %d", context()->steps, func,
		line);
}

/* Observers may call the allocator's own functions: those accesses are not its own. */
void shim_event(const struct spb_event *event)
{
	bool open = access_open(false);

	if (unlikely(side_tap)) {
		side_tap(event);
	} else {
		if (event->type == SPB_EV_BLOCKED)
			context()->call.blocked = true;
		observe_event(this_run, event);
	}
	access_open(open);
}
