// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spinlocks that really spin, told to ThreadSanitizer as mutexes: it then knows what they
 * order and in which order they nest. Interrupts come between operations only, so the
 * state of a CPU's interrupts is kept for the checks alone.
 *
 * The checks are those that need no scheduler: who holds what, irq state, sleeping.
 */
#include <sanitizer/tsan_interface.h>

#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/sched/sched.h"
#include "fuzz/threads/threads.h"

static struct host_context *context(void)
{
	return container_of(shim_this, struct host_context, shim);
}

static const char *name_of(const spinlock_t *lock)
{
	return lock_class_name(lock->class);
}

/* A finding of a thread that is in the core: the harness is asked in first. */
#define lock_finding(...)               \
	do {                            \
		access_open(false);     \
		finding(__VA_ARGS__);   \
	} while (0)

static u16 self(void)
{
	return (u16)(shim_this->cpu + 1);
}

static u16 owner_of(const spinlock_t *lock)
{
	return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED);
}

static bool take(spinlock_t *lock)
{
	u16 nobody = 0;

	return __atomic_compare_exchange_n(&lock->owner, &nobody, self(), false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void acquired(spinlock_t *lock, const char *func)
{
	struct host_context *c = context();

	if (unlikely(c->nr_held == HOST_MAX_HELD))
		lock_finding("lock-order", "more than %d locks held", HOST_MAX_HELD);
	c->held[c->nr_held++] = (struct held_lock){ .lock = lock, .by = func };
}

static bool is_known(const struct host_context *c, const spinlock_t *lock, bool waits)
{
	for (unsigned int i = 0; waits && i < c->nr_held; i++)
		if (!(lock_graph.after[c->held[i].lock->class] >> lock->class & 1))
			return false;
	if (waits && host_in_irq() && !(lock_graph.uses[lock->class] >> LOCK_USE_IRQ & 1))
		return false;
	return c->irqs_off || lock_graph.uses[lock->class] >> LOCK_USE_IRQS_ON & 1;
}

/* The graph is everybody's: what is new in it is settled inside the harness. */
static void learn(const spinlock_t *lock, const char *func, bool waits)
{
	const struct host_context *c = context();
	bool open;

	if (likely(is_known(c, lock, waits)))
		return;
	open = access_open(false);
	if (waits)
		lock_graph_wait(c, lock, func);
	if (waits && host_in_irq())
		lock_graph_use(lock->class, LOCK_USE_IRQ, func);
	if (!c->irqs_off)
		lock_graph_use(lock->class, LOCK_USE_IRQS_ON, func);
	access_open(open);
}

static noinline void wait_for(spinlock_t *lock)
{
	double limit = threads_now() + THREADS_HANG_SECONDS;
	unsigned int waited = 0;

	thread_place->waits_for = lock;
	while (!take(lock)) {
		threads_nap(&waited);
		if (threads_now() < limit)
			continue;
		access_open(false);
		threads_print_places();
		finding("deadlock", "CPU %u waits for the %s lock of CPU %u for %d seconds",
			shim_this->cpu, name_of(lock), owner_of(lock) - 1u,
			THREADS_HANG_SECONDS);
	}
	thread_place->waits_for = NULL;
}

void shim_lock(spinlock_t *lock, const char *func)
{
	if (unlikely(lock->class >= MAX_LOCK_CLASSES))
		lock_finding("lock-order", "lock of class %u was never initialised", lock->class);
	if (unlikely(owner_of(lock) == self()))
		lock_finding("lock-self-deadlock", "CPU %u waits for the %s lock that it holds",
			     shim_this->cpu, name_of(lock));
	learn(lock, func, true);
	threads_jitter();
	__tsan_mutex_pre_lock(lock, 0);
	if (!take(lock))
		wait_for(lock);
	__tsan_mutex_post_lock(lock, 0, 0);
	acquired(lock, func);
}

bool shim_trylock(spinlock_t *lock, const char *func)
{
	bool taken;

	learn(lock, func, false);
	threads_jitter();
	__tsan_mutex_pre_lock(lock, __tsan_mutex_try_lock);
	taken = take(lock);
	__tsan_mutex_post_lock(lock,
			       __tsan_mutex_try_lock | (taken ? 0 : __tsan_mutex_try_lock_failed),
			       0);
	if (taken)
		acquired(lock, func);
	return taken;
}

void shim_unlock(spinlock_t *lock)
{
	struct host_context *c = context();
	unsigned int i = host_held_at(c, lock);

	if (unlikely(owner_of(lock) != self()))
		lock_finding("lock-not-held", "CPU %u unlocks a %s lock that it does not hold",
			     shim_this->cpu, name_of(lock));
	for (c->nr_held--; i < c->nr_held; i++)
		c->held[i] = c->held[i + 1];
	__tsan_mutex_pre_unlock(lock, 0);
	__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
	__tsan_mutex_post_unlock(lock, 0);
	threads_jitter();
}

void shim_assert_held(const spinlock_t *lock, const char *func, int line)
{
	if (likely(owner_of(lock) == self()))
		return;
	access_open(false);
	finding_at(func);
	finding("lock-not-held", "%s(), line %d needs the %s lock", func, line,
		name_of(lock));
}

unsigned long shim_irq_save(void)
{
	struct host_context *c = context();

	if (unlikely(c->irq_depth == HOST_MAX_IRQ_DEPTH))
		lock_finding("irq-state", "interrupts saved more than %d times",
			     HOST_MAX_IRQ_DEPTH);
	c->irq_saved[c->irq_depth++] = c->irqs_off;
	c->irqs_off = true;
	return (unsigned long)c->irq_depth << 1 | c->irq_saved[c->irq_depth - 1];
}

void shim_irq_restore(unsigned long flags)
{
	struct host_context *c = context();

	if (unlikely(!c->irq_depth ||
		     flags != ((unsigned long)c->irq_depth << 1 | c->irq_saved[c->irq_depth - 1])))
		lock_finding("irq-state", "restored out of order: %u saved, flags %#lx",
			     c->irq_depth, flags);
	c->irqs_off = c->irq_saved[--c->irq_depth];
}

void shim_might_sleep(const char *func, int line)
{
	const struct host_context *c = context();

	if (likely(!c->nr_held && !c->irqs_off))
		return;
	access_open(false);
	finding_at(func);
	finding("sleep-in-atomic", "%s(), line %d may sleep %s", func, line,
		c->nr_held ? "under a lock" : "with interrupts off");
}

/* --- fuzz/harness/sched/sched.h: nothing is preempted on purpose --- */

void sched_hold(bool on)
{
	(void)on;
}

void sched_abandon(void)
{
}

void sched_measure(struct run *run, const struct sched_work *to_do)
{
	(void)run;
	(void)to_do;
}

uint64_t sched_points(void)
{
	return 0;
}
