// SPDX-License-Identifier: GPL-2.0-only
/* A thread for each logical CPU, in place of fuzz/harness/sched/sched.c: see threads.h. */
#include "fuzz/harness/sched/sched.h"

#include <limits.h>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/threads/threads.h"

#define NO_RECORD PROGRAM_MAX_RECORDS

/**
 * struct worker - the thread of a logical CPU
 * @place: where it is
 * @oldest: number of its first record that is not complete, or NO_RECORD
 *
 * They wait for the next program when one has ended.
 */
static PROCESS_STATE struct worker {
	struct thread_place place;
	uint32_t oldest;
} workers[PROGRAM_CPUS];

/* An option. */
PROCESS_DATA unsigned int threads_window = 1;

static PROGRAM_STATE const struct sched_work *work;

/* Programs that began, and threads that have not ended the present one: both are waited on. */
static PROCESS_STATE uint32_t programs, busy;
static PROCESS_STATE uint32_t completed; /* records of all programs: for those who wait for one */
static PROGRAM_STATE unsigned int alone; /* records that have run before the threads start */
/* What ThreadSanitizer takes for the start and the end of a program. */
static PROCESS_STATE char start, end;

static uint32_t load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* --- one CPU --- */

static unsigned int next_record_of(struct run *run, unsigned int cpu, unsigned int from,
				   struct program_record *record)
{
	for (unsigned int n = from; n < run->program.nr_records; n++) {
		run_record(run, n, record);
		if (record->cpu == cpu)
			return n;
	}
	return NO_RECORD;
}

/* The oldest record of all never waits, so somebody can always go on. */
static bool in_window(unsigned int n)
{
	for (unsigned int cpu = 0; cpu < this_run->nr_cpus; cpu++)
		if (n >= load(&workers[cpu].oldest) + threads_window)
			return false;
	return true;
}

static bool wants_interrupt(const struct program_record *record)
{
	bool named = record->irq_opcode && this_run->program.header.sched_mode != SCHED_ANCHORED;

	for (unsigned int i = 0; i < 2; i++)
		named |= record->preempt[i].at && record->preempt[i].interrupt;
	return named && !operation_is_idle(record->irq_op);
}

/* The thread is inside the harness. */
static void run_one(const struct program_record *record)
{
	struct thread_place *place = thread_place;

	place->naps = 0;
	this_run->step = place->step;
	this_run->op = place->op = record->op;
	work->op(this_run, record);
	if (!wants_interrupt(record))
		return;
	host_irq_enter();
	this_run->op = place->op = record->irq_op;
	work->interrupt(this_run, record);
	host_irq_exit();
}

static void run_cpu(unsigned int cpu)
{
	struct worker *worker = &workers[cpu];
	struct program_record record;
	unsigned int n, before;

	host_switch(cpu);
	while ((n = load(&worker->oldest)) != NO_RECORD) {
		for (before = load(&completed); !in_window(n); before = load(&completed))
			threads_wait(&completed, before, NULL);
		worker->place.step = n;
		threads_enter();
		run_record(this_run, n, &record);
		run_one(&record);
		n = next_record_of(this_run, cpu, n + 1, &record);
		threads_leave();
		store(&worker->oldest, n);
		__atomic_add_fetch(&completed, 1, __ATOMIC_ACQ_REL);
		threads_wake(&completed, INT_MAX);
	}
}

static void *worker_main(void *at)
{
	struct worker *worker = at;
	unsigned int cpu = (unsigned int)(worker - workers), program = 0;

	thread_place = &worker->place;
	for (;;) {
		while (load(&programs) == program)
			threads_wait(&programs, program, NULL);
		program = load(&programs);
		__tsan_acquire(&start);
		if (cpu < this_run->nr_cpus)
			run_cpu(cpu);
		__tsan_release(&end);
		if (!__atomic_sub_fetch(&busy, 1, __ATOMIC_ACQ_REL))
			threads_wake(&busy, INT_MAX);
	}
	return NULL;
}

static void start_workers(void)
{
	for (unsigned int cpu = 0; cpu < PROGRAM_CPUS; cpu++) {
		pthread_t thread;

		workers[cpu].place.cpu = cpu;
		if (pthread_create(&thread, NULL, worker_main, &workers[cpu])) {
			fprintf(stderr, "threads: no thread for CPU %u\n", cpu);
			exit(2);
		}
	}
}

/* --- a program --- */

static void run_alone(struct run *run)
{
	struct program_record record;

	for (alone = 0; alone < run->program.nr_records; alone++) {
		run_record(run, alone, &record);
		if (!operation_runs_alone(record.op))
			return;
		thread_place->step = run->step = alone;
		thread_place->cpu = run->cpu = record.cpu;
		host_switch(record.cpu);
		work->op(run, &record);
		work->after_op(run);
	}
}

void threads_print_places(void)
{
	for (unsigned int cpu = 0; cpu < this_run->nr_cpus; cpu++) {
		const struct host_context *c = host_context_at(cpu, CONTEXT_TASK);
		const struct thread_place *place = &workers[cpu].place;

		if (load(&workers[cpu].oldest) == NO_RECORD)
			continue;
		fprintf(stderr, "  CPU %u: %s, step %u", cpu, program_op_name(place->op),
			place->step);
		for (unsigned int i = 0; i < c->nr_held; i++)
			fprintf(stderr, ", holds %s", lock_class_name(c->held[i].lock->class));
		if (place->waits_for)
			fprintf(stderr, ", waits for %s", lock_class_name(place->waits_for->class));
		fputc('\n', stderr);
	}
}

static void wait_for_end(void)
{
	double limit = threads_now() + 2 * THREADS_HANG_SECONDS;
	const struct timespec second = { .tv_sec = 1 };
	uint32_t left;

	while ((left = load(&busy))) {
		threads_wait(&busy, left, &second);
		if (threads_now() < limit)
			continue;
		fprintf(stderr, "THREADS hang: the program did not end in %d seconds\n",
			2 * THREADS_HANG_SECONDS);
		threads_print_places();
		threads_exit(1);
	}
}

static void run_threads(struct run *run)
{
	static PROCESS_STATE bool started;
	struct program_record record;

	if (!started)
		start_workers();
	started = true;
	run->concurrent = true;
	for (unsigned int cpu = 0; cpu < run->nr_cpus; cpu++)
		workers[cpu].oldest = next_record_of(run, cpu, alone, &record);
	busy = PROGRAM_CPUS;
	threads_leave();
	__tsan_release(&start);
	__atomic_add_fetch(&programs, 1, __ATOMIC_ACQ_REL);
	threads_wake(&programs, INT_MAX);
	wait_for_end();
	__tsan_acquire(&end);
	threads_enter();
	run->concurrent = false;
}

void sched_run(struct run *run, const struct sched_work *to_do)
{
	work = to_do;
	run_alone(run);
	run_threads(run);
}

bool sched_wanted(struct run *run)
{
	return run->mode->preempt;
}

bool sched_counts_accesses(const struct run *run)
{
	(void)run;
	return false;
}
