// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spin locks and mutexes. owner_cpu is the lock word:
 *
 *     free ──(host says when)──▶ held by a CPU ──(by that CPU)──▶ free, the host is told
 *
 * On one thread a lock is free at once, or never: the host of a scheduler runs others meanwhile.
 */
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "fuzz/kernel/glue/glue.h"

#define FREE (-1U)

/* By the place of a lock: those of lists of CPUs lie in areas, the others in struct pglist_data. */
static const char *class_of(const void *lock)
{
	unsigned int nid;

	if (kb_in_areas(lock))
		return "pcp->lock";
	for (nid = 0; nid < kb_booted.nr_nodes; nid++) {
		struct pglist_data *node = NODE_DATA(nid);
		unsigned long at = (char *)lock - (char *)node->node_zones;

		if (at < sizeof(node->node_zones) &&
		    at % sizeof(struct zone) == offsetof(struct zone, lock))
			return "zone->lock";
		if (lock == &node->__lruvec.lru_lock)
			return "lruvec->lru_lock";
	}
	return "other";
}

static void check(raw_spinlock_t *lock)
{
	if (lock->magic != SPINLOCK_MAGIC)
		kb_bug("a lock that was never initialised, or was overwritten", __FILE__, __LINE__);
	if (lock->owner_cpu == kb_cpu)
		kb_bug("a CPU waits for a lock that it holds", __FILE__, __LINE__);
}

static void take(raw_spinlock_t *lock)
{
	check(lock);
	preempt_disable();
	if (kb_host.lock)
		kb_host.lock(lock, class_of(lock), false);
	if (lock->owner_cpu != FREE)
		kb_bug("a lock that nobody gives back", __FILE__, __LINE__);
	lock->owner_cpu = kb_cpu;
	lock->owner = current;
}

static bool try(raw_spinlock_t *lock)
{
	bool taken;

	if (lock->magic != SPINLOCK_MAGIC)
		kb_bug("a lock that was never initialised, or was overwritten", __FILE__, __LINE__);
	preempt_disable();
	taken = !kb_host.lock || kb_host.lock(lock, class_of(lock), true);
	if (!taken || lock->owner_cpu != FREE) {
		preempt_enable();
		return false;
	}
	lock->owner_cpu = kb_cpu;
	lock->owner = current;
	return true;
}

static void give(raw_spinlock_t *lock)
{
	if (lock->magic != SPINLOCK_MAGIC)
		kb_bug("a lock that was never initialised, or was overwritten", __FILE__, __LINE__);
	if (lock->owner_cpu != kb_cpu)
		kb_bug("a CPU gives back a lock that it does not hold", __FILE__, __LINE__);
	lock->owner_cpu = FREE;
	lock->owner = SPINLOCK_OWNER_INIT;
	if (kb_host.unlock)
		kb_host.unlock(lock);
	preempt_enable();
}

bool kb_lock_held(const void *lock)
{
	return ((const raw_spinlock_t *)lock)->owner_cpu != FREE;
}

void __raw_spin_lock_init(raw_spinlock_t *lock, const char *name, struct lock_class_key *key,
			  short inner)
{
	lock->magic = SPINLOCK_MAGIC;
	lock->owner_cpu = FREE;
	lock->owner = SPINLOCK_OWNER_INIT;
}

void _raw_spin_lock(raw_spinlock_t *lock)
{
	take(lock);
}

unsigned long _raw_spin_lock_irqsave(raw_spinlock_t *lock)
{
	unsigned long flags = um_set_signals(0);

	take(lock);
	return flags;
}

void _raw_spin_lock_irq(raw_spinlock_t *lock)
{
	um_set_signals(0);
	take(lock);
}

int _raw_spin_trylock(raw_spinlock_t *lock)
{
	return try(lock);
}

void _raw_spin_unlock(raw_spinlock_t *lock)
{
	give(lock);
}

/* Interrupts are on again before the host may let others run: they may come in between. */
void _raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	give(lock);
	um_set_signals(flags);
}

void _raw_spin_unlock_irq(raw_spinlock_t *lock)
{
	give(lock);
	um_set_signals(1);
}

/* Mutexes: the owner's CPU plus one. */
static bool mutex_try(struct mutex *lock)
{
	if (atomic_long_read(&lock->owner))
		return false;
	atomic_long_set(&lock->owner, kb_cpu + 1);
	return true;
}

void mutex_lock(struct mutex *lock)
{
	kb_might_sleep(__func__);
	if (atomic_long_read(&lock->owner) == kb_cpu + 1)
		kb_bug("a CPU waits for a mutex that it holds", __FILE__, __LINE__);
	if (kb_host.lock)
		kb_host.lock(lock, "mutex", false);
	if (!mutex_try(lock))
		kb_bug("a mutex that nobody gives back", __FILE__, __LINE__);
}

int mutex_trylock(struct mutex *lock)
{
	return (!kb_host.lock || kb_host.lock(lock, "mutex", true)) && mutex_try(lock);
}

void mutex_unlock(struct mutex *lock)
{
	if (atomic_long_read(&lock->owner) != kb_cpu + 1)
		kb_bug("a CPU gives back a mutex that it does not hold", __FILE__, __LINE__);
	atomic_long_set(&lock->owner, 0);
	if (kb_host.unlock)
		kb_host.unlock(lock);
}
