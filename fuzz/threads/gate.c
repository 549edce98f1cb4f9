// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate between the core and the harness, and what the harness tells the race detector,
 * for ThreadSanitizer in its place: see threads.h.
 *
 * ThreadSanitizer intercepts memcpy() and memset() of the harness too: it is told to ignore
 * what a thread does inside the gate.
 */
#include <linux/futex.h>
#include <sanitizer/tsan_interface.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/harness/host/access.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/race/hooks.h"
#include "fuzz/harness/race/racedetect.h"
#include "fuzz/threads/threads.h"

void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);

/*
 * One hook of a lock in so many waits, at most for so many turns of a loop: a few microseconds,
 * as long as a section under zone->lock. One in so many of those sleeps instead, so that others
 * get that far too where threads share a processor. (sched_yield() gives it to everything else
 * that the machine has to do: a hundred times as slow with a load of 14.) With each sleep
 * the next is half as likely until the operation ends: some operations take thousands of locks.
 */
#define JITTER_EVERY 8
#define JITTER_SPINS 4096
#define JITTER_NAPS 2
#define JITTER_MAX_NAPS 10
/* Turns of a loop before somebody who waits sleeps. */
#define SPINS 200
#define NAP_NS 20000

PROGRAM_STATE struct access_state access_state;
THREAD_STATE _Thread_local struct thread_place *thread_place;

/* 0 free, 1 taken, 2 taken and perhaps waited for; threads hand it on between programs, too. */
static PROCESS_STATE uint32_t gate;

void threads_wait(const uint32_t *word, uint32_t value, const struct timespec *limit)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, limit, NULL, 0);
}

void threads_wake(const uint32_t *word, int nr)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, nr, NULL, NULL, 0);
}

static void nap(void)
{
	static const struct timespec limit = { .tv_nsec = NAP_NS };
	uint32_t nothing = 0;

	threads_wait(&nothing, 0, &limit);
}

/* Numbers that need not be good, only different from thread to thread. */
static uint32_t draw(struct thread_place *place)
{
	place->random = place->random * 1664525u + 1013904223u + place->cpu;
	return place->random >> 16;
}

void threads_jitter(void)
{
	struct thread_place *place = thread_place;

	if (place->inside || !this_run->concurrent || draw(place) % JITTER_EVERY)
		return;
	if (!(draw(place) % (JITTER_NAPS << place->naps))) {
		place->naps += place->naps < JITTER_MAX_NAPS;
		nap();
		return;
	}
	for (volatile uint32_t spins = draw(place) % JITTER_SPINS; spins; spins--)
		;
}

void threads_exit(int status)
{
	if (thread_place->inside)
		AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
	fflush(NULL);
	_exit(status);
}

double threads_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void threads_nap(unsigned int *waited)
{
	if (++*waited % SPINS == 0)
		nap();
}

static bool take_gate(void)
{
	uint32_t nobody = 0;

	return !__atomic_load_n(&gate, __ATOMIC_RELAXED) &&
	       __atomic_compare_exchange_n(&gate, &nobody, 1, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

void threads_enter(void)
{
	struct thread_place *place = thread_place;

	unsigned int spins = SPINS;
	bool taken = take_gate();

	while (!taken && spins--)
		taken = take_gate();
	while (!taken && __atomic_exchange_n(&gate, 2, __ATOMIC_ACQUIRE))
		threads_wait(&gate, 2, NULL);
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	place->inside = true;
	this_run->cpu = place->cpu;
	this_run->step = place->step;
	this_run->op = place->op;
}

void threads_leave(void)
{
	thread_place->inside = false;
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
	if (__atomic_exchange_n(&gate, 0, __ATOMIC_RELEASE) == 2)
		threads_wake(&gate, 1);
}

/* --- fuzz/harness/host/access.h --- */

bool access_open(bool on)
{
	bool was = !thread_place->inside;

	if (on && !was)
		threads_leave();
	if (!on && was)
		threads_enter();
	return was;
}

static void follow(unsigned int cpu, bool irq)
{
	(void)cpu;
	(void)irq;
}

static void acquire(const void *at)
{
	__tsan_acquire((void *)at);
}

static void release(const void *at)
{
	__tsan_release((void *)at);
}

static void irqs(bool off)
{
	(void)off;
}

static const struct host_order order = {
	.context = follow, .acquire = acquire, .release = release, .irqs = irqs,
};

/* ThreadSanitizer follows what orders accesses in every program. */
void access_attach(const void *base, size_t size, uint32_t id)
{
	(void)id;
	access_state = (struct access_state){ .base = (uintptr_t)base, .arena_size = size };
	host_order = &order;
}

void access_compare(const struct run *run)
{
	(void)run;
}

void access_reset(void)
{
}

bool access_hooked(void)
{
	return false;
}

void shim_data_race(int change)
{
	if (change > 0)
		AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	else
		AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

/* --- fuzz/harness/race/racedetect.h --- */

void race_begin(void)
{
}
