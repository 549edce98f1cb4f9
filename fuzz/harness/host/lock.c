// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spinlocks and interrupt state, strict: every rule of the kernel that a wrong caller
 * could get away with by luck is a finding at once.
 */
#include <stdio.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/rule/rule.h"

static struct host_context *context(void)
{
	return container_of(shim_this, struct host_context, shim);
}

static const char *name_of(const spinlock_t *lock)
{
	return lock_class_name(lock->class);
}

size_t host_describe_locks(unsigned int cpu, const spinlock_t *waits_for, char *to, size_t room)
{
	size_t used = (size_t)snprintf(to, room, "CPU %u holds", cpu);

	for (unsigned int i = 0; i < NR_CONTEXTS; i++) {
		const struct host_context *c = host_context_at(cpu, i);

		for (unsigned int k = 0; k < c->nr_held && used < room; k++)
			used += (size_t)snprintf(to + used, room - used, " %s of %s()",
						 name_of(c->held[k].lock), c->held[k].by);
	}
	if (used < room && waits_for)
		used += (size_t)snprintf(to + used, room - used, " and waits for %s",
					 name_of(waits_for));
	if (used < room)
		used += (size_t)snprintf(to + used, room - used, "; ");
	return used;
}

static void check_class(const spinlock_t *lock)
{
	if (unlikely(lock->class >= MAX_LOCK_CLASSES))
		finding("lock-order", "a lock was never initialised: its class is %u", lock->class);
}

static void acquired(struct host_context *c, spinlock_t *lock, const char *func)
{
	if (unlikely(c->nr_held == HOST_MAX_HELD))
		finding("lock-order", "more than %d locks held", HOST_MAX_HELD);
	lock->owner = (u16)(c->shim.cpu + 1);
	c->held[c->nr_held++] = (struct held_lock){
		.lock = lock,
		.by = func,
		.budget = c->shim.budget,
		.events = this_run->recent.events,
	};
	host_acquire(lock);
}

static void check_self(const struct host_context *c, const spinlock_t *lock, const char *func)
{
	if (likely(lock->owner != c->shim.cpu + 1))
		return;
	finding_at(func);
	finding("lock-self-deadlock", "CPU %u waits for the %s lock that it holds%s", c->shim.cpu,
		name_of(lock), host_in_irq() ? " below the interrupt" : "");
}

static void check_use(const struct host_context *c, const spinlock_t *lock, const char *func)
{
	if (!c->irqs_off)
		lock_graph_use(lock->class, LOCK_USE_IRQS_ON, func);
}

static void wait_for(const spinlock_t *lock)
{
	if (!preempt.active)
		finding("deadlock", "CPU %u waits for a lock that CPU %u never gave back",
			shim_this->cpu, lock->owner - 1u);
	preempt.wait(lock);
}

void shim_lock(spinlock_t *lock, const char *func)
{
	struct host_context *c = context();

	looked(LOCK_ORDER);
	check_class(lock);
	check_self(c, lock, func);
	lock_graph_wait(c, lock, func);
	check_use(c, lock, func);
	if (host_in_irq())
		lock_graph_use(lock->class, LOCK_USE_IRQ, func);
	preempt_point();
	preempt_touch(lock, sizeof(*lock), true);
	while (unlikely(lock->owner)) {
		check_self(c, lock, func);
		wait_for(lock);
	}
	acquired(c, lock, func);
}

/* Waits for nothing, whatever it is called under. */
bool shim_trylock(spinlock_t *lock, const char *func)
{
	struct host_context *c = context();

	check_class(lock);
	check_use(c, lock, func);
	preempt_point();
	preempt_touch(lock, sizeof(*lock), true);
	if (lock->owner)
		return false;
	acquired(c, lock, func);
	return true;
}

static void forget(struct host_context *c, const struct held_lock *held)
{
	for (unsigned int i = (unsigned int)(held - c->held); i + 1 < c->nr_held; i++)
		c->held[i] = c->held[i + 1];
	c->nr_held--;
}

static bool holds_other_zone(const struct host_context *c, const spinlock_t *lock)
{
	for (unsigned int i = 0; i < c->nr_held; i++)
		if (c->held[i].lock->class == LOCK_ZONE && c->held[i].lock != lock)
			return true;
	return false;
}

static bool is_alone(const spinlock_t *lock)
{
	for (unsigned int i = 0; i < NR_ALL_CONTEXTS; i++)
		if (holds_other_zone(host_context_at(i / NR_CONTEXTS, i % NR_CONTEXTS), lock))
			return false;
	return true;
}

/* While nobody is inside a zone, what was touched can be counted. */
static void end_section(const struct held_lock *held)
{
	const struct section section = {
		.lock = held->lock->class,
		.taken_by = held->by,
		.alone = held->lock->class == LOCK_ZONE && is_alone(held->lock),
	};
	bool open = access_open(false);

	observe_section(this_run, &section);
	if (section.alone && this_run->options.oracles)
		arena_op_done(this_run->arena);
	access_open(open);
}

/* A budget that was renewed meanwhile (host_call_begin()) says nothing. */
static void end_hold(const struct host_context *c, const struct held_lock *held)
{
	struct hold hold;

	looked(LOCK_HOLD);
	if (likely(c->shim.budget >= held->budget))
		return;
	hold = (struct hold){
		.lock = held->lock,
		.taken_by = held->by,
		.call = c->call.what,
		.steps = held->budget - c->shim.budget,
		.events = this_run->recent.events - held->events,
	};
	observe_hold(this_run, &hold);
}

void shim_unlock(spinlock_t *lock)
{
	struct host_context *c = context();
	unsigned int at = host_held_at(c, lock);

	looked(LOCK_FOREIGN_UNLOCK);
	if (unlikely(!lock->owner))
		finding("lock-not-held", "unlock of a %s lock that nobody holds", name_of(lock));
	if (unlikely(lock->owner != c->shim.cpu + 1))
		finding("lock-foreign-unlock", "CPU %u unlocks the %s lock of CPU %u", c->shim.cpu,
			name_of(lock), lock->owner - 1u);
	if (unlikely(at == c->nr_held))
		finding("lock-not-held", "this context does not hold the %s lock", name_of(lock));
	if (lock->class == LOCK_ZONE && this_run->told->hold[0])
		end_hold(c, &c->held[at]);
	if ((preempt.active || this_run->options.close) &&
	    this_run->told->locks >> lock->class & 1)
		end_section(&c->held[at]);
	forget(c, &c->held[at]);
	host_release(lock);
	preempt_touch(lock, sizeof(*lock), true);
	lock->owner = 0;
	preempt_point();
}

void shim_assert_held(const spinlock_t *lock, const char *func, int line)
{
	looked(LOCK_NOT_HELD);
	if (unlikely(this_run->options.close))
		observe_needs_lock(this_run, func);
	if (likely(lock->owner == shim_this->cpu + 1))
		return;
	finding_at(func);
	finding("lock-not-held", "%s(), line %d needs the %s lock", func, line, name_of(lock));
}

unsigned long shim_irq_save(void)
{
	struct host_context *c = context();

	preempt_point();
	if (unlikely(c->irq_depth == HOST_MAX_IRQ_DEPTH))
		finding("irq-state", "interrupts saved more than %d times", HOST_MAX_IRQ_DEPTH);
	if (!c->irqs_off && host_order)
		host_order->irqs(true);
	c->irq_saved[c->irq_depth++] = c->irqs_off;
	c->irqs_off = true;
	return (unsigned long)c->irq_depth << 1 | c->irq_saved[c->irq_depth - 1];
}

void shim_irq_restore(unsigned long flags)
{
	struct host_context *c = context();

	looked(IRQ_STATE);
	if (unlikely(!c->irq_depth ||
		     flags != ((unsigned long)c->irq_depth << 1 | c->irq_saved[c->irq_depth - 1])))
		finding("irq-state", "restored out of order: the flags are those of save %lu, the "
			"last one was %u", flags >> 1, c->irq_depth);
	c->irqs_off = c->irq_saved[--c->irq_depth];
	for (unsigned int i = 0; !c->irqs_off && i < c->nr_held; i++)
		lock_graph_use(c->held[i].lock->class, LOCK_USE_IRQS_ON, c->held[i].by);
	if (!c->irqs_off && host_order)
		host_order->irqs(false);
	preempt_point();
}

static const char *why_awake(const struct host_context *c)
{
	if (c->nr_held)
		return "under a lock";
	if (c->irqs_off)
		return "with interrupts off";
	return c->call.atomic ? "in a call that may not" : NULL;
}

void shim_might_sleep(const char *func, int line)
{
	const char *why = why_awake(context());

	looked(SLEEP_IN_ATOMIC);
	if (likely(!why))
		return;
	finding_at(func);
	finding("sleep-in-atomic", "%s(), line %d may sleep %s", func, line, why);
}
