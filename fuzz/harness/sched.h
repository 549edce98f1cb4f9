/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which logical CPU runs next.
 *
 * By default the lowest-numbered unfinished record runs. A preemption moves to another CPU,
 * where the suspended operation goes on or the next record of that CPU begins; when that
 * operation ends, the default applies again. A CPU that waits for a lock yields to whoever
 * holds it.
 */
#ifndef HARNESS_SCHED_H
#define HARNESS_SCHED_H

#include "fuzz/harness/run.h"
#include "shim/spinlock.h"

/* Operations run on fibers, and may be preempted. */
extern bool sched_active;

/* A preemption point was reached. */
void sched_point_slow(void);
static inline void sched_point(void)
{
	if (__builtin_expect(sched_active, false))
		sched_point_slow();
}

/* The running CPU cannot go on before @lock is free; returns when it may look again. */
void sched_wait(const spinlock_t *lock);

/**
 * sched_run - run every record of the current program, each on a fiber of its CPU
 */
void sched_run(struct run *run);

/* Forget operations that a finding left unfinished. */
void sched_abandon(void);

#endif
