// SPDX-License-Identifier: GPL-2.0-only
/* Logical CPUs and what they have to do: see sched_task.h. */
#include "fuzz/harness/sched/sched_task.h"

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/sched/sched.h"
#include "fuzz/harness/sched/sched_policy.h"

PROGRAM_STATE struct task sched_tasks[PROGRAM_CPUS];

unsigned int sched_first_unfinished(const struct task *task)
{
	return task->step != SCHED_NO_RECORD ? task->step : task->next;
}

unsigned int sched_able_to_run(unsigned int cpu)
{
	for (unsigned int hops = 0; hops <= PROGRAM_CPUS; hops++) {
		const spinlock_t *lock = sched_tasks[cpu].waits_for;

		if (!lock || !lock->owner)
			return cpu;
		cpu = lock->owner - 1u;
	}
	return POLICY_NO_CPU;
}

unsigned int sched_first_cpu(void)
{
	unsigned int best = POLICY_NO_CPU;

	for (unsigned int cpu = 0; cpu < this_run->nr_cpus; cpu++) {
		unsigned int n = sched_first_unfinished(&sched_tasks[cpu]);

		if (n != SCHED_NO_RECORD &&
		    (best == POLICY_NO_CPU || n < sched_first_unfinished(&sched_tasks[best])))
			best = cpu;
	}
	return best;
}

bool sched_others_under_way(unsigned int self)
{
	for (unsigned int cpu = 0; cpu < this_run->nr_cpus; cpu++)
		if (cpu != self && sched_tasks[cpu].step != SCHED_NO_RECORD)
			return true;
	return false;
}

uint32_t sched_ready_cpus(unsigned int window)
{
	unsigned int first = sched_first_cpu(), n;
	uint32_t ready = 0;

	for (unsigned int cpu = 0; cpu < this_run->nr_cpus; cpu++) {
		n = sched_first_unfinished(&sched_tasks[cpu]);
		if (n != SCHED_NO_RECORD && sched_able_to_run(cpu) == cpu &&
		    (n == sched_tasks[cpu].step ||
		     n - sched_first_unfinished(&sched_tasks[first]) <= window))
			ready |= 1u << cpu;
	}
	return ready;
}

void sched_describe_circle(char *to, size_t room)
{
	size_t used = 0;

	to[0] = '\0';
	for (unsigned int cpu = 0; cpu < this_run->nr_cpus && used < room; cpu++)
		if (sched_first_unfinished(&sched_tasks[cpu]) != SCHED_NO_RECORD)
			used += host_describe_locks(cpu, sched_tasks[cpu].waits_for, to + used,
						    room - used);
}
