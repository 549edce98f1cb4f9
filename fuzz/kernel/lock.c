// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's locks, for the harness's rules about locks: each has a shadow that is taken and
 * given back with it. Mutexes, and locks that have no name here, are left to the kernel.
 */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/kernel/adapter.h"

#define NR_SHADOWS 64 /* a power of two; a kernel of two nodes has some thirty locks */
#define NR_OWN_CLASSES (MAX_LOCK_CLASSES - LOCK_OWN)

struct shadow {
	const void *at;
	spinlock_t lock;
};

static PROGRAM_STATE struct shadow shadows[NR_SHADOWS];
static PROGRAM_STATE const char *own_classes[NR_OWN_CLASSES];
/* Of the shim: it saves and restores in pairs. */
static PROGRAM_STATE unsigned long irq_flags[PROGRAM_CPUS];
static PROGRAM_STATE bool irqs_off[PROGRAM_CPUS];

void kernel_locks_begin(void)
{
	memset(shadows, 0, sizeof(shadows));
	memset(own_classes, 0, sizeof(own_classes));
	memset(irq_flags, 0, sizeof(irq_flags));
	memset(irqs_off, 0, sizeof(irqs_off));
}

/* MAX_LOCK_CLASSES for what is one kind too many: it is not followed. */
static unsigned int class_of(const char *name)
{
	if (strstr(name, "zone->lock"))
		return LOCK_ZONE;
	if (strstr(name, "pcp->lock"))
		return LOCK_PCP;
	if (!strcmp(name, "mutex") || !strcmp(name, "other"))
		return MAX_LOCK_CLASSES;
	for (unsigned int i = 0; i < NR_OWN_CLASSES; i++) {
		if (!own_classes[i])
			own_classes[i] = name;
		if (!strcmp(own_classes[i], name))
			return LOCK_OWN + i;
	}
	return MAX_LOCK_CLASSES;
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

bool kernel_lock(const void *at, const char *name, bool trylock)
{
	struct shadow *shadow = shadow_of(at);

	kernel_sync_irqs();
	if (!shadow->at) {
		unsigned int class = class_of(name);

		if (class == MAX_LOCK_CLASSES)
			return true;
		shadow->at = at;
		spin_lock_init(&shadow->lock, (enum lock_class)class);
	}
	if (trylock)
		return shim_trylock(&shadow->lock, name);
	shim_lock(&shadow->lock, name);
	return true;
}

void kernel_unlock(const void *at)
{
	struct shadow *shadow = shadow_of(at);

	if (shadow->at)
		shim_unlock(&shadow->lock);
}

/* The kernel does not say when: it is asked where something depends on it. */
void kernel_sync_irqs(void)
{
	unsigned int cpu = shim_this->cpu;
	bool off = kb_irqs_off();

	if (off == irqs_off[cpu])
		return;
	irqs_off[cpu] = off;
	if (off)
		irq_flags[cpu] = shim_irq_save();
	else
		shim_irq_restore(irq_flags[cpu]);
}
