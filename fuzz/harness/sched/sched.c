// SPDX-License-Identifier: GPL-2.0-only
/* The scheduler: see sched.h. Each logical CPU has a fiber that runs its records in turn. */
#include "fuzz/harness/sched/sched.h"

#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/base/switch.h"
#include "fuzz/harness/base/symbol.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/sched/fiber.h"
#include "fuzz/harness/sched/sched_policy.h"
#include "fuzz/harness/sched/sched_task.h"

#define NO_CPU POLICY_NO_CPU

/*
 * Points of one operation, at memory accesses: five times what the longest of 73,000
 * operations passed, a fill (the corpus of race and some fuzzing), in a fifth of a second.
 */
#define OP_POINTS_MAX 10000000
/* Interrupts of one operation that a mode decides: more would only repeat themselves. */
#define MAX_INTERRUPTS 4

/* Not after a finding, which leaves the fibers anywhere. */
static PROCESS_STATE bool fibers_ready;
/* Of whoever explores schedules, for all programs. */
PROCESS_STATE struct sched_tap sched_tap;
static PROGRAM_STATE unsigned int now; /* the running CPU */
static PROGRAM_STATE const struct sched_work *work;

/* Points are counted down in access_state.left: @armed is what it was set to, or what it
 * was at the last settle(); @passed are those of the run before. */
static PROGRAM_STATE uint64_t passed;
static PROGRAM_STATE uint32_t armed;
static PROGRAM_STATE struct sched_policy policy;
static PROGRAM_STATE bool accesses;        /* are points */
static PROGRAM_STATE bool announced;       /* announced ones alone */
static PROGRAM_STATE unsigned int window;  /* records that may begin before others are finished */
static PROGRAM_STATE bool measuring;       /* a dry run: nothing is decided */
static PROGRAM_STATE bool held;            /* nothing is decided just now */
static PROGRAM_STATE unsigned int alone;   /* records that run in order before decisions begin */
static PROGRAM_STATE uint64_t passed_alone; /* points of those, measured */
static PROGRAM_STATE uint64_t length;      /* points of the whole run, measured */

static unsigned int by_default(void)
{
	unsigned int best = sched_first_cpu();

	return best == NO_CPU ? NO_CPU : sched_able_to_run(best);
}

/* --- counting --- */

/* An interrupt is part of the point that it comes at, unless a mode counts every point. */
static bool counts_here(void)
{
	return policy.mode != SCHED_ANCHORED || !host_in_irq();
}

static void settle(void)
{
	uint32_t points = armed - access_state.left;

	sched_tasks[now].points += points;
	passed += points;
	armed = access_state.left;
}

uint64_t sched_points(void)
{
	return passed + (armed - access_state.left);
}

static bool is_tapped(void)
{
	return sched_tap.touch && !measuring && sched_tasks[now].step >= sched_tap.from;
}

/* The running task and all points so far are settled: when is something to be done? */
static void arm(void)
{
	const struct task *task = &sched_tasks[now];
	uint64_t distance = UINT32_MAX;

	if (accesses)
		distance = policy_sooner(distance, OP_POINTS_MAX, task->points);
	if (!measuring && policy.mode == SCHED_ANCHORED)
		for (unsigned int i = 0; i < 2; i++)
			distance = policy_sooner(distance, task->at[i], task->points);
	else if (!measuring)
		distance = policy.next <= passed ? 1 : policy_sooner(distance, policy.next, passed);
	if (is_tapped())
		distance = counts_here();
	/* With 0 left and a step of 0 each access is told, and none counts. */
	armed = access_state.left = (uint32_t)distance;
	access_state.step = accesses && !announced && counts_here();
	access_state.announced_step = announced && counts_here();
}

/* --- switching --- */

/* The running fiber is @cpu's: let the rest of the harness see that. */
static void resumed(unsigned int cpu)
{
	struct task *task = &sched_tasks[cpu];

	now = cpu;
	task->overlapped |= sched_others_under_way(cpu);
	host_switch(cpu);
	this_run->cpu = cpu;
	this_run->step = task->step;
	this_run->op = host_in_irq() ? task->record.irq_op : task->record.op;
	this_run->concurrent = task->overlapped || host_in_irq();
	access_compare(this_run);
	arm();
}

static void tell(enum sched_switch_kind kind, unsigned int to, uintptr_t pc)
{
	const struct sched_switch told = {
		.kind = kind, .from = now, .to = to, .step = sched_tasks[now].step,
		.point = sched_tasks[now].points, .pc = pc,
	};

	observe_switch(this_run, &told);
}

/* At a hook of the shim @pc is 0. */
static struct sched_left leave(uintptr_t pc)
{
	return (struct sched_left){
		.pc = pc ? pc : preempt.pc,
		.at = !pc	  ? NULL :
		      announced ? access_state.announced : (const void *)access_state.last,
		.write = access_state.write,
		.announced = announced,
	};
}

static void go_to(unsigned int cpu, enum sched_switch_kind kind, uintptr_t pc)
{
	struct access_context context = access_leave();
	unsigned int self = now;

	if (cpu == self)
		return;
	settle();
	tell(kind, cpu, pc);
	sched_tasks[self].left = leave(pc);
	sched_tasks[self].overlapped = true;
	fiber_switch(cpu);
	access_return(&context);
	resumed(self);
}

static void interrupt(struct task *task, uintptr_t pc)
{
	struct access_context context = access_leave();

	task->irq_pending = false;
	task->below = leave(pc);
	/* What the operation below has seen may be no longer so. */
	task->overlapped = true;
	settle();
	tell(SWITCH_INTERRUPT, now, pc);
	access_reset();
	task->overlapped = true;
	host_irq_enter();
	resumed(now);
	work->interrupt(this_run, &task->record);
	settle();
	host_irq_exit();
	tell(SWITCH_INTERRUPT_END, now, 0);
	access_return(&context);
	resumed(now);
}

static void obey(struct task *task, const struct program_preempt *order, uintptr_t pc)
{
	unsigned int cpu = order->cpu % this_run->nr_cpus;

	if (order->interrupt) {
		task->irq_pending = true;
		return;
	}
	if (cpu == now || sched_first_unfinished(&sched_tasks[cpu]) == SCHED_NO_RECORD)
		return;
	cpu = sched_able_to_run(cpu);
	if (cpu != NO_CPU)
		go_to(cpu, SWITCH_PREEMPTED, pc);
}

static void decide(struct task *task, uintptr_t pc)
{
	const struct program_record *record = &task->record;
	bool may = record->irq_opcode && !operation_is_idle(record->irq_op) && !task->irq_pending &&
		   !host_in_irq() && task->interrupts < MAX_INTERRUPTS;
	bool irq;
	unsigned int cpu = policy_decide(&policy, now, sched_ready_cpus(window), may, &irq);

	task->irq_pending |= irq;
	task->interrupts += irq;
	if (cpu != now)
		go_to(cpu, SWITCH_PREEMPTED, pc);
}

static void check_budget(const struct task *task, uintptr_t pc)
{
	if (!accesses || task->points < OP_POINTS_MAX)
		return;
	finding_at(symbol_of(pc));
	finding("endless", "more than %d memory accesses in one operation", OP_POINTS_MAX);
}

static void due(uintptr_t pc)
{
	struct task *task = &sched_tasks[now];

	settle();
	check_budget(task, pc);
	if (held) {
		arm();
		return;
	}
	if (!measuring && policy.mode != SCHED_ANCHORED && policy.next <= passed)
		decide(task, pc);
	else if (!measuring && policy.mode == SCHED_ANCHORED)
		for (unsigned int i = 0; i < 2; i++)
			if (task->at[i] && task->at[i] == task->points)
				obey(task, &task->record.preempt[i], pc);
	arm();
}

static void take_interrupt(uintptr_t pc)
{
	struct task *task = &sched_tasks[now];

	if (task->irq_pending && !held && !host_in_irq() && host_irqs_on())
		interrupt(task, pc);
}

void sched_hold(bool on)
{
	held = on;
}

void sched_due(void)
{
	uintptr_t at = access_state.last;
	unsigned int size = access_state.bytes;
	bool write = access_state.write;

	if (!preempt.active) {
		access_state.left = UINT32_MAX;
		return;
	}
	if (counts_here())
		due(access_state.pc);
	take_interrupt(access_state.pc);
	preempt_touch((const void *)at, size, write);
}

static void touched(const volatile void *at, unsigned int size, bool write)
{
	if (preempt.active && is_tapped())
		sched_tap.touch(&(struct sched_touch){
			.at = at, .size = size, .write = write, .irq = host_in_irq(),
			.cpu = now, .step = sched_tasks[now].step,
			.point = sched_tasks[now].points });
}

static void point(void)
{
	if (counts_here() && !--access_state.left)
		due(0);
	take_interrupt(0);
}

static void wait_for(const spinlock_t *lock)
{
	struct task *task = &sched_tasks[now];
	char circle[200];
	unsigned int cpu;

	task->waits_for = lock;
	cpu = sched_able_to_run(now);
	if (cpu == NO_CPU) {
		sched_describe_circle(circle, sizeof(circle));
		finding("deadlock", "nobody can go on: %s", circle);
	}
	go_to(cpu, SWITCH_BLOCKED, 0);
	task->waits_for = NULL;
}

/* --- a program --- */

static void start_op(struct task *task)
{
	struct run *run = this_run;

	task->step = task->next;
	task->points = 0;
	task->overlapped = false;
	task->irq_pending = false;
	task->interrupts = 0;
	task->left = task->below = (struct sched_left){ .pc = 0 };
	run_record(run, task->step, &task->record);
	for (unsigned int i = 0; i < 2; i++)
		task->at[i] = accesses ? policy_point(task->record.preempt[i].at) :
					 task->record.preempt[i].at;
	task->next = sched_next_record(run, now, task->step + 1);
	if (task->step < alone)
		return;
	if (measuring && !passed_alone)
		passed_alone = passed;
	if (policy.mode != SCHED_ANCHORED && !measuring && policy.next == UINT64_MAX &&
	    !policy.changed)
		policy_start_at(&policy, passed);
}

static void run_one(struct task *task)
{
	struct run *run = this_run;

	access_reset();
	start_op(task);
	resumed(now);
	work->op(run, &task->record);
	settle();
	task->step = SCHED_NO_RECORD;
	if (!sched_others_under_way(now))
		work->after_op(run);
}

static unsigned int after_op(void)
{
	unsigned int next = by_default();

	if (next == NO_CPU || measuring || sched_first_unfinished(&sched_tasks[next]) < alone)
		return next;
	return policy_after_op(&policy, sched_ready_cpus(window), next);
}

/* A fiber's whole life: control comes back here when its CPU has another record to run. */
static void cpu_loop(unsigned int cpu)
{
	for (;;) {
		unsigned int next;

		now = cpu;
		run_one(&sched_tasks[cpu]);
		next = after_op();
		if (next == NO_CPU) {
			fiber_switch(FIBER_MAIN);
		} else if (next != cpu) {
			tell(SWITCH_DONE, next, 0);
			fiber_switch(next);
		}
	}
}

static void begin_run(struct run *run)
{
	passed = 0;
	held = false;
	armed = access_state.left = UINT32_MAX;
	accesses = sched_counts_accesses(run);
	announced = accesses && run->program.header.announced && !run->mode->accesses;
	window = announced ? sched_window(run) : PROGRAM_MAX_RECORDS;
	alone = run->program.header.sched_mode == SCHED_ANCHORED ? 0 : sched_count_alone(run);
	policy_begin(&policy, &run->program.header, run->nr_cpus, passed_alone, length);
	for (unsigned int cpu = 0; cpu < PROGRAM_CPUS; cpu++) {
		memset(&sched_tasks[cpu], 0, sizeof(sched_tasks[cpu]));
		sched_tasks[cpu].step = SCHED_NO_RECORD;
		sched_tasks[cpu].next = sched_next_record(run, cpu, 0);
	}
}

void sched_run(struct run *run, const struct sched_work *to_do)
{
	unsigned int cpu;

	work = to_do;
	begin_run(run);
	cpu = by_default();
	if (cpu == NO_CPU)
		return;
	if (!fibers_ready)
		fiber_prepare(cpu_loop);
	fibers_ready = true;
	preempt = (struct preempt){
		.active = true, .point = point, .wait = wait_for,
		.touched = sched_tap.touch ? touched : NULL,
	};
	fiber_switch(cpu);
	preempt = (struct preempt){ .active = false };
	access_reset();
}

void sched_measure(struct run *run, const struct sched_work *to_do)
{
	measuring = true;
	passed_alone = length = 0;
	sched_run(run, to_do);
	length = passed;
	measuring = false;
}

void sched_abandon(void)
{
	if (preempt.active) {
		fibers_ready = false;
		fiber_abandon();
	}
	preempt = (struct preempt){ .active = false };
	measuring = false;
	passed = 0;
	armed = access_state.left = UINT32_MAX;
	access_reset();
}
