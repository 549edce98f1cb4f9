/* SPDX-License-Identifier: GPL-2.0-only */
/* Spinlocks and interrupt state under the kernel's names. The host owns the meaning. */
#ifndef SHIM_SPINLOCK_H
#define SHIM_SPINLOCK_H

#include "shim/shim.h"

/* The order in which locks nest: a lock may be taken under one of a lower class only. */
enum lock_class {
	LOCK_PCP,
	LOCK_ZONE,
	LOCK_WORK,
	NR_LOCK_CLASSES,
};

/**
 * struct spinlock - a lock of the arena
 * @owner: 1 + the logical CPU that holds it, 0 when free
 * @class: enum lock_class
 * @irqs_off: it was taken with interrupts off at least once, or on at least once
 *            (two bits, for the check that both never happen to a lock that an
 *            interrupt takes too)
 */
struct spinlock {
	u16 owner;
	u8 class;
	u8 irqs_off;
};

static inline void spin_lock_init(spinlock_t *lock, enum lock_class class)
{
	lock->owner = 0;
	lock->class = (u8)class;
	lock->irqs_off = 0;
}

#define spin_lock(lock) shim_lock(lock)
#define spin_unlock(lock) shim_unlock(lock)
#define spin_trylock(lock) shim_trylock(lock)

#define local_irq_save(flags) ((flags) = shim_irq_save())
#define local_irq_restore(flags) shim_irq_restore(flags)

#define spin_lock_irqsave(lock, flags)      \
	do {                                \
		(flags) = shim_irq_save();  \
		shim_lock(lock);            \
	} while (0)

#define spin_unlock_irqrestore(lock, flags) \
	do {                                \
		shim_unlock(lock);          \
		shim_irq_restore(flags);    \
	} while (0)

#define spin_trylock_irqsave(lock, flags)                \
	({                                               \
		(flags) = shim_irq_save();               \
		bool _taken = shim_trylock(lock);        \
		if (!_taken)                             \
			shim_irq_restore(flags);         \
		_taken;                                  \
	})

#define lockdep_assert_held(lock) shim_assert_held(lock, __func__, __LINE__)
#define might_sleep() shim_might_sleep(__func__, __LINE__)

#endif
