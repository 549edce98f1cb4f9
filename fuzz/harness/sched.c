// SPDX-License-Identifier: GPL-2.0-only
/* The scheduler: see sched.h. Each logical CPU has a fiber that runs its records in turn. */
#include "fuzz/harness/sched.h"

#include <string.h>

#include "fuzz/harness/executor.h"
#include "fuzz/harness/fiber.h"
#include "fuzz/harness/host.h"
#include "fuzz/harness/report.h"

#define NO_RECORD (~0u)
#define NO_CPU (~0u)

/**
 * struct task - one logical CPU
 * @record: the operation under way, decoded; @step is its number or NO_RECORD
 * @next: number of the CPU's next unstarted record, or NO_RECORD
 * @points: preemption points that the operation has passed
 * @waits_for: lock that the operation cannot take yet, or NULL
 * @overlapped: another operation was under way at some time during this one
 * @irq_pending: an interrupt came while interrupts were off
 */
struct task {
	struct program_record record;
	unsigned int step;
	unsigned int next;
	unsigned int points;
	const spinlock_t *waits_for;
	bool overlapped;
	bool irq_pending;
};

bool sched_active;

static struct task tasks[PROGRAM_CPUS];
static unsigned int now; /* the running CPU */
static bool fibers_ready;

static unsigned int next_record_of(struct run *run, unsigned int cpu, unsigned int from)
{
	struct program_record record;

	for (unsigned int n = from; n < run->program.nr_records; n++) {
		executor_record(run, n, &record);
		if (record.cpu == cpu)
			return n;
	}
	return NO_RECORD;
}

static unsigned int first_unfinished(const struct task *task)
{
	return task->step != NO_RECORD ? task->step : task->next;
}

/* Whoever keeps @cpu from going on, or @cpu itself; NO_CPU when they wait in a circle. */
static unsigned int able_to_run(unsigned int cpu)
{
	for (unsigned int hops = 0; hops <= PROGRAM_CPUS; hops++) {
		const spinlock_t *lock = tasks[cpu].waits_for;

		if (!lock || !lock->owner)
			return cpu;
		cpu = lock->owner - 1u;
	}
	return NO_CPU;
}

static unsigned int by_default(void)
{
	unsigned int best = NO_CPU;

	for (unsigned int cpu = 0; cpu < this_run->nr_cpus; cpu++) {
		unsigned int n = first_unfinished(&tasks[cpu]);

		if (n != NO_RECORD && (best == NO_CPU || n < first_unfinished(&tasks[best])))
			best = cpu;
	}
	return best == NO_CPU ? NO_CPU : able_to_run(best);
}

static bool others_under_way(unsigned int self)
{
	for (unsigned int cpu = 0; cpu < this_run->nr_cpus; cpu++)
		if (cpu != self && tasks[cpu].step != NO_RECORD)
			return true;
	return false;
}

/* The running fiber is @cpu's: let the rest of the harness see that. */
static void resumed(unsigned int cpu)
{
	struct task *task = &tasks[cpu];

	now = cpu;
	task->overlapped |= others_under_way(cpu);
	host_switch(cpu);
	this_run->cpu = cpu;
	this_run->step = task->step;
	this_run->op = host_in_irq() ? task->record.irq_op : task->record.op;
	this_run->concurrent = task->overlapped || host_in_irq();
}

static void go_to(unsigned int cpu)
{
	unsigned int self = now;

	if (cpu == self)
		return;
	tasks[self].overlapped = true;
	fiber_switch(cpu);
	resumed(self);
}

static void interrupt(struct task *task)
{
	task->irq_pending = false;
	host_irq_enter();
	resumed(now);
	executor_interrupt(this_run, &task->record);
	host_irq_exit();
	resumed(now);
}

static void preempt(struct task *task, const struct program_preempt *preempt)
{
	unsigned int cpu = preempt->cpu % this_run->nr_cpus;

	if (preempt->interrupt) {
		task->irq_pending = true;
		return;
	}
	if (cpu == now || first_unfinished(&tasks[cpu]) == NO_RECORD)
		return;
	cpu = able_to_run(cpu);
	if (cpu != NO_CPU)
		go_to(cpu);
}

void sched_point_slow(void)
{
	struct task *task = &tasks[now];

	if (host_in_irq())
		return;
	task->points++;
	for (unsigned int i = 0; i < 2; i++)
		if (task->record.preempt[i].at == task->points)
			preempt(task, &task->record.preempt[i]);
	if (task->irq_pending && host_irqs_on())
		interrupt(task);
}

void sched_wait(const spinlock_t *lock)
{
	struct task *task = &tasks[now];
	unsigned int cpu;

	if (!sched_active)
		finding("deadlock", "CPU %u waits for a lock that CPU %u never gave back",
			shim_this->cpu, lock->owner - 1u);
	task->waits_for = lock;
	cpu = able_to_run(now);
	if (cpu == NO_CPU)
		finding("deadlock", "CPU %u waits for CPU %u, which waits for CPU %u%s", now,
			lock->owner - 1u, tasks[lock->owner - 1u].waits_for->owner - 1u,
			this_run->nr_cpus > 2 ? " or another" : "");
	go_to(cpu);
	task->waits_for = NULL;
}

static void run_one(struct task *task)
{
	struct run *run = this_run;

	task->step = task->next;
	task->points = 0;
	task->overlapped = false;
	task->irq_pending = false;
	executor_record(run, task->step, &task->record);
	task->next = next_record_of(run, now, task->step + 1);
	resumed(now);
	executor_op(run, &task->record);
	task->step = NO_RECORD;
	if (!others_under_way(now))
		executor_after_op(run);
}

/* A fiber's whole life: control comes back here when its CPU has another record to run. */
static void cpu_loop(unsigned int cpu)
{
	for (;;) {
		unsigned int next;

		now = cpu;
		run_one(&tasks[cpu]);
		next = by_default();
		if (next == NO_CPU)
			fiber_switch(FIBER_MAIN);
		else if (next != cpu)
			fiber_switch(next);
	}
}

void sched_run(struct run *run)
{
	unsigned int cpu;

	for (cpu = 0; cpu < PROGRAM_CPUS; cpu++) {
		memset(&tasks[cpu], 0, sizeof(tasks[cpu]));
		tasks[cpu].step = NO_RECORD;
		tasks[cpu].next = next_record_of(run, cpu, 0);
	}
	cpu = by_default();
	if (cpu == NO_CPU)
		return;
	if (!fibers_ready)
		fiber_prepare(cpu_loop);
	fibers_ready = true;
	sched_active = true;
	fiber_switch(cpu);
	sched_active = false;
}

void sched_abandon(void)
{
	if (sched_active)
		fibers_ready = false;
	sched_active = false;
}
