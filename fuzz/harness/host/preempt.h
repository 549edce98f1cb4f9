/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host asks of a scheduler, while one runs. Where operations run one after the other
 * nobody is asked.
 */
#ifndef HARNESS_PREEMPT_H
#define HARNESS_PREEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/spinlock.h"

/**
 * struct preempt - who decides which CPU runs
 * @active: operations may be preempted
 * @pc: where the last hook that was a point was called
 * @point: a hook of the shim that is a preemption point was reached
 * @wait: the running CPU cannot go on before the lock is free. Returns when it may look again
 * @touched: told what CPUs share without an access of the core: locks, and what the harness
 *           remembers; NULL = nobody wants to know
 */
struct preempt {
	bool active;
	uintptr_t pc;
	void (*point)(void);
	void (*wait)(const spinlock_t *lock);
	void (*touched)(const volatile void *at, unsigned int size, bool write);
};

extern struct preempt preempt;

/* For a hook: its own caller is the place. */
static inline __attribute__((always_inline)) void preempt_point(void)
{
	if (__builtin_expect(preempt.active, false)) {
		preempt.pc = (uintptr_t)__builtin_return_address(0);
		preempt.point();
	}
}

static inline void preempt_touch(const volatile void *at, unsigned int size, bool write)
{
	if (__builtin_expect(preempt.touched != NULL, false))
		preempt.touched(at, size, write);
}

#endif
