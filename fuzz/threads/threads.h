/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same programs on real threads, for ThreadSanitizer: a second opinion on races.
 *
 *   thread of CPU 0   ─ record ── record ── ...        the core, compiled for ThreadSanitizer:
 *   thread of CPU 1   ─── record ── record ── ...      runs wherever the machine lets it
 *        │
 *        └ outside the core: the harness, one thread at a time
 *
 * Only the core is instrumented. The harness (owners, events, prediction) is the same as
 * everywhere, compiled without; a gate lets one thread at a time into it. The gate is made of
 * plain atomic instructions that ThreadSanitizer does not see, so that it orders nothing:
 * two accesses of the core are ordered by what orders them in the allocator alone:
 *
 *   locks             unlock ──▶ the next lock
 *   atomic operations
 *   pages             the owner is set ──▶ they are freed, split, moved or given up
 *   a program         its start ──▶ every thread ──▶ its end
 *
 * Records that build a state (age, fill, ...) at the beginning run alone, as in a schedule
 * mode. After that each CPU runs its records in order, and record n begins when all but the
 * window of records before it are complete. Interrupts run between operations of their CPU.
 * The preemptions of the records and the header's schedule mean nothing here. The model and
 * what follows events rest; pages, owners and content are checked all the time, everything
 * is recounted when the threads are done.
 */
#ifndef THREADS_H
#define THREADS_H

#include <time.h>

#include "fuzz/harness/base/run.h"
#include "shim/spinlock.h"

/* A lock or a program that takes longer hangs: the longest clean program takes 50 ms. */
#define THREADS_HANG_SECONDS 5

/**
 * struct thread_place - what a thread tells the harness while it is inside
 * @cpu, @step, @op: for the run
 * @inside: it has passed the gate
 * @waits_for: lock that it waits for, or NULL
 * @random: state of threads_jitter(); @naps: how often the operation has slept there
 */
struct thread_place {
	unsigned int cpu;
	unsigned int step;
	enum program_op op;
	bool inside;
	const spinlock_t *waits_for;
	uint32_t random;
	unsigned int naps;
};

extern _Thread_local struct thread_place *thread_place;

/* Into the harness, and out of it; the run is told where the thread is. */
void threads_enter(void);
void threads_leave(void);

/* Every now and then another thread may go first. */
void threads_jitter(void);
/* In a loop that waits: @waited counts its turns, and every now and then it sleeps a little. */
void threads_nap(unsigned int *waited);

/*
 * Wait while *@word is @value, at most for @limit (NULL: for ever), and wake up to @nr who do.
 * ThreadSanitizer knows nothing of a bare futex: it orders nothing.
 */
void threads_wait(const uint32_t *word, uint32_t value, const struct timespec *limit);
void threads_wake(const uint32_t *word, int nr);

/* End the process, whatever the other threads are doing. */
__attribute__((noreturn)) void threads_exit(int status);

/* Seconds of a clock that only goes forward. */
double threads_now(void);

/* Records that may be under way at once, counted from the oldest; at least 1. */
extern unsigned int threads_window;

/* Every thread with work: what it runs, holds and waits for. */
void threads_print_places(void);

#endif
