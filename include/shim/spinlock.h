/* SPDX-License-Identifier: GPL-2.0-only */
/* Spinlocks and interrupt state under the kernel's names. The host owns the meaning. */
#ifndef SHIM_SPINLOCK_H
#define SHIM_SPINLOCK_H

#include "shim/shim.h"

/*
 * The first classes nest in this order. Interrupts take locks of zone and work, so those are
 * held with interrupts off; of pcp they only try. A lock that a patch brings gets a class
 * from LOCK_OWN on: where it stands is learnt from what a program does with it.
 */
enum lock_class {
	LOCK_PCP,
	LOCK_ZONE,
	LOCK_WORK,
	LOCK_OWN,
	MAX_LOCK_CLASSES = 8,
};

/**
 * struct spinlock - a lock of the arena
 * @owner: 1 + the logical CPU that holds it, 0 when free
 * @class: enum lock_class
 */
struct spinlock {
	u16 owner;
	u16 class;
};

static inline void spin_lock_init(spinlock_t *lock, enum lock_class class)
{
	lock->owner = 0;
	lock->class = (u16)class;
}

#define spin_lock(lock) shim_lock(lock, __func__)
#define spin_unlock(lock) shim_unlock(lock)
#define spin_trylock(lock) shim_trylock(lock, __func__)

#define local_irq_save(flags) ((flags) = shim_irq_save())
#define local_irq_restore(flags) shim_irq_restore(flags)

#define spin_lock_irqsave(lock, flags)      \
	do {                                \
		(flags) = shim_irq_save();  \
		shim_lock(lock, __func__);  \
	} while (0)

#define spin_unlock_irqrestore(lock, flags) \
	do {                                \
		shim_unlock(lock);          \
		shim_irq_restore(flags);    \
	} while (0)

#define spin_trylock_irqsave(lock, flags)                   \
	({                                                  \
		(flags) = shim_irq_save();                  \
		bool _taken = shim_trylock(lock, __func__); \
		if (!_taken)                                \
			shim_irq_restore(flags);            \
		_taken;                                     \
	})

#define lockdep_assert_held(lock) shim_assert_held(lock, __func__, __LINE__)
#define might_sleep() shim_might_sleep(__func__, __LINE__)

#endif
