// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's locks, for the harness's rules about locks: each has a shadow that is taken and
 * given back with it. Of mutexes, and of locks that have no name here, only who waits for whom is
 * known: what rules there are for them the kernel's side has.
 */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/kernel/adapter.h"

#define NR_SHADOWS 64 /* a power of two; a kernel of two nodes has some thirty locks */
#define LOCK_OTHER (MAX_LOCK_CLASSES - 1)
#define NR_OWN_CLASSES (LOCK_OTHER - LOCK_OWN)

/* What the race detector knows of a lock has a place of 32 bytes. */
struct shadow {
	const void *at;
	spinlock_t lock;
} __attribute__((aligned(32)));

static PROGRAM_STATE struct shadow shadows[NR_SHADOWS];
static PROGRAM_STATE const char *own_classes[NR_OWN_CLASSES];
/* Of the shim: it saves and restores in pairs. */
static PROGRAM_STATE unsigned long irq_flags[PROGRAM_CPUS];

/* CPUs that sleep on a mutex. */
static PROGRAM_STATE bool sleeps[PROGRAM_CPUS];
static PROGRAM_STATE uint32_t zone_locks[PROGRAM_CPUS];

bool kernel_sleeps(unsigned int cpu)
{
	return sleeps[cpu];
}

void kernel_locks_begin(void)
{
	memset(sleeps, 0, sizeof(sleeps));
	memset(zone_locks, 0, sizeof(zone_locks));
	memset(shadows, 0, sizeof(shadows));
	memset(own_classes, 0, sizeof(own_classes));
	memset(irq_flags, 0, sizeof(irq_flags));
}

const void *kernel_locks(size_t *size)
{
	*size = sizeof(shadows);
	return shadows;
}

bool kernel_has_zone_lock(void)
{
	const struct host_context *context = container_of(shim_this, struct host_context, shim);

	for (unsigned int i = 0; i < context->nr_held; i++)
		if (context->held[i].lock->class == LOCK_ZONE)
			return true;
	return false;
}

uint32_t kernel_zone_locks(void)
{
	return zone_locks[shim_this->cpu];
}

static unsigned int class_of(const char *name)
{
	if (strstr(name, "zone->lock"))
		return LOCK_ZONE;
	if (strstr(name, "pcp->lock"))
		return LOCK_PCP;
	if (!strcmp(name, "mutex") || !strcmp(name, "other"))
		return LOCK_OTHER;
	for (unsigned int i = 0; i < NR_OWN_CLASSES; i++) {
		if (!own_classes[i])
			own_classes[i] = name;
		if (!strcmp(own_classes[i], name))
			return LOCK_OWN + i;
	}
	return LOCK_OTHER;
}

static struct shadow *shadow_of(const void *at)
{
	size_t hash = ((uintptr_t)at >> 3) * 0x9e3779b97f4a7c15ull >> 32;

	for (unsigned int i = 0; i < NR_SHADOWS; i++) {
		struct shadow *shadow = &shadows[(hash + i) % NR_SHADOWS];

		if (!shadow->at || shadow->at == at)
			return shadow;
	}
	finding("harness", "more than %d locks", NR_SHADOWS);
}

/* That somebody waits for a lock of their own is for the kernel's side to say. */
static bool take_other(spinlock_t *lock, bool trylock)
{
	uint16_t me = (uint16_t)(shim_this->cpu + 1);

	preempt_point();
	while (lock->owner && lock->owner != me && preempt.active) {
		if (trylock)
			return false;
		sleeps[me - 1] = true;
		preempt.wait(lock);
		sleeps[me - 1] = false;
	}
	lock->owner = me;
	host_acquire(lock);
	return true;
}

static void give_other(spinlock_t *lock)
{
	host_release(lock);
	lock->owner = 0;
	preempt_point();
}

static bool take(spinlock_t *lock, const char *name, bool trylock)
{
	if (lock->class == LOCK_OTHER)
		return take_other(lock, trylock);
	if (trylock)
		return shim_trylock(lock, name);
	shim_lock(lock, name);
	return true;
}

bool kernel_lock(const void *at, const char *name, bool trylock)
{
	struct shadow *shadow;
	bool open, taken;

	/* Another CPU may run in there: a free place that was found before it may be taken then. */
	kernel_sync_irqs();
	shadow = shadow_of(at);
	open = access_open(false);
	if (!shadow->at) {
		shadow->at = at;
		spin_lock_init(&shadow->lock, (enum lock_class)class_of(name));
	}
	taken = take(&shadow->lock, name, trylock);
	zone_locks[shim_this->cpu] += taken && shadow->lock.class == LOCK_ZONE;
	access_open(open);
	return taken;
}

void kernel_unlock(const void *at)
{
	struct shadow *shadow = shadow_of(at);
	bool open = access_open(false);

	if (shadow->at && shadow->lock.class == LOCK_OTHER)
		give_other(&shadow->lock);
	else if (shadow->at)
		shim_unlock(&shadow->lock);
	access_open(open);
}

/* The kernel does not say when: it is asked where something depends on it. */
void kernel_sync_irqs(void)
{
	unsigned int cpu = shim_this->cpu;
	bool off = kb_irqs_off();

	if (likely(off != host_irqs_on()))
		return;
	if (off)
		irq_flags[cpu] = shim_irq_save();
	else
		shim_irq_restore(irq_flags[cpu]);
}
