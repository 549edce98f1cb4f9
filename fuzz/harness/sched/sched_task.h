/* SPDX-License-Identifier: GPL-2.0-only */
/* What each logical CPU has to do, and who waits for whom. */
#ifndef HARNESS_SCHED_TASK_H
#define HARNESS_SCHED_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/harness/program/program.h"
#include "shim/spinlock.h"

/**
 * struct sched_left - where another CPU, or an interrupt, came into an operation
 * @pc: where the allocator goes on; 0 = the operation had not entered it
 * @at: what it is about to access, or NULL
 * @write: it is about to write; an announced access has not said so yet (@announced)
 */
struct sched_left {
	uintptr_t pc;
	const volatile void *at;
	bool write, announced;
};

/**
 * struct task - one logical CPU
 * @record: the operation under way, decoded; @step is its number or SCHED_NO_RECORD
 * @next: number of the CPU's next unstarted record, or SCHED_NO_RECORD
 * @points: preemption points that the operation has passed, up to the last settle()
 * @at: of the record's preemptions, as points; 0 = none
 * @waits_for: lock that the operation cannot take yet, or NULL
 * @overlapped: another operation was under way at some time during this one
 * @irq_pending: an interrupt came while interrupts were off
 * @interrupts: that a mode has let the operation take
 * @left: where it was left last, in an interrupt or below it; @below: below it
 */
struct task {
	struct program_record record;
	unsigned int step;
	unsigned int next;
	uint64_t points;
	uint32_t at[2];
	const spinlock_t *waits_for;
	bool overlapped;
	bool irq_pending;
	unsigned int interrupts;
	struct sched_left left, below;
};

extern struct task sched_tasks[PROGRAM_CPUS];

unsigned int sched_first_unfinished(const struct task *task);

/* Whoever keeps @cpu from going on, or @cpu itself; POLICY_NO_CPU when they wait in a circle. */
unsigned int sched_able_to_run(unsigned int cpu);

/* Whose unfinished record has the lowest number. */
unsigned int sched_first_cpu(void);

bool sched_others_under_way(unsigned int self);

/* CPUs that have work, wait for nothing, and may begin it: see sched_window(). */
uint32_t sched_ready_cpus(unsigned int window);

/* "CPU 1 holds zone, waits for pcp" for each that has work. */
void sched_describe_circle(char *to, size_t room);

#endif
