// SPDX-License-Identifier: GPL-2.0-only
/* A task of each CPU, its nodes and interrupt flag, time, and what would wait for it. */
#include <linux/cpuhotplug.h>
#include <linux/cpuset.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "fuzz/kernel/glue/glue.h"

unsigned int kb_cpu;
struct thread_info kb_threads[NR_CPUS];
int signals_enabled;
unsigned long volatile jiffies;
enum system_states system_state;
bool static_key_initialized;

struct cpumask __cpu_online_mask, __cpu_possible_mask, __cpu_present_mask;
atomic_t __num_online_cpus;
#ifndef nr_cpu_ids
unsigned int nr_cpu_ids = NR_CPUS;
#endif

static struct task_struct tasks[NR_CPUS];
static struct signal_struct signals;
static struct sighand_struct handlers;
static int irq_flags[NR_CPUS];
/* What an interrupt came upon: data_race() may be open there. */
static struct below {
	int signals, preempt;
	unsigned int races;
} interrupted[NR_CPUS];
static struct cpumask node_masks[KB_MAX_NODES];

void kb_tasks_reset(unsigned int nr_cpus)
{
	unsigned int cpu;

	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		/* A realtime task has a right to the reserves. */
		tasks[cpu].prio = tasks[cpu].normal_prio = DEFAULT_PRIO;
		tasks[cpu].static_prio = DEFAULT_PRIO;
		tasks[cpu].signal = &signals;
		tasks[cpu].sighand = &handlers;
		nodes_setall(tasks[cpu].mems_allowed);
		tasks[cpu].stack = &kb_threads[cpu]; /* where struct thread_info is looked for */
		kb_threads[cpu].task = &tasks[cpu];
		kb_threads[cpu].cpu = cpu;
		irq_flags[cpu] = 1;
		if (cpu >= nr_cpus)
			continue;
		cpumask_set_cpu(cpu, &__cpu_online_mask);
		cpumask_set_cpu(cpu, &__cpu_possible_mask);
		cpumask_set_cpu(cpu, &__cpu_present_mask);
		cpumask_set_cpu(cpu, &node_masks[cpu % kb_booted.nr_nodes]);
		per_cpu(numa_node, cpu) = cpu % kb_booted.nr_nodes;
	}
	atomic_set(&__num_online_cpus, nr_cpus);
	signals_enabled = 1;
}

void kb_set_cpu(uint32_t cpu)
{
	irq_flags[kb_cpu] = signals_enabled;
	kb_cpu = cpu;
	signals_enabled = irq_flags[cpu];
}

/* On top of whatever the CPU does, with interrupts off: that is as it was when it ends. */
void kb_irq(bool begins)
{
	struct below *below = &interrupted[kb_cpu];

	if (!begins) {
		signals_enabled = below->signals;
		preempt_count_set(below->preempt);
		kb_data_races[kb_cpu] = below->races;
		return;
	}
	*below = (struct below){ signals_enabled, preempt_count(), kb_data_races[kb_cpu] };
	signals_enabled = 0;
	preempt_count_set(below->preempt + HARDIRQ_OFFSET);
	kb_data_races[kb_cpu] = 0;
}

/* --- nodes that a task may use, as kernel/cgroup/cpuset.c keeps them --- */

DEFINE_STATIC_KEY_FALSE(cpusets_pre_enable_key);
DEFINE_STATIC_KEY_FALSE(cpusets_enabled_key);
DEFINE_STATIC_KEY_FALSE(cpusets_insane_config_key);
int cpuset_memory_pressure_enabled;

void __cpuset_memory_pressure_bump(void)
{
}

void cpuset_print_current_mems_allowed(void)
{
}

/* The task that boots has all nodes, as all have. */
void cpuset_init_current_mems_allowed(void)
{
}

int cpuset_nodemask_valid_mems_allowed(nodemask_t *nodes)
{
	return nodes_intersects(*nodes, current->mems_allowed);
}

/* Who is not told to keep to its nodes may have what the root may, and that is all. */
static bool is_allowed(int node, gfp_t gfp)
{
	return in_interrupt() || node_isset(node, current->mems_allowed) ||
	       !(gfp & __GFP_HARDWALL);
}

#if KB_HAS_CPUSET_INLINE
bool __cpuset_node_allowed(int node, gfp_t gfp)
{
	return is_allowed(node, gfp);
}
#else
bool cpuset_node_allowed(int node, gfp_t gfp)
{
	return is_allowed(node, gfp);
}
#endif

/* Of each task at once: nobody runs while one changes. */
void kb_set_nodes(uint32_t nodes)
{
	unsigned int cpu, nid;

	atomic_set(&cpusets_pre_enable_key.key.enabled, 1);
	atomic_set(&cpusets_enabled_key.key.enabled, 1);
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		raw_write_seqcount_begin(&tasks[cpu].mems_allowed_seq);
		nodes_clear(tasks[cpu].mems_allowed);
		for (nid = 0; nid < kb_booted.nr_nodes; nid++)
			if (nodes & (1U << nid))
				__node_set(nid, &tasks[cpu].mems_allowed);
		raw_write_seqcount_end(&tasks[cpu].mems_allowed_seq);
	}
}

uint32_t kb_task(void)
{
	return (current->flags & PF_MEMALLOC ? KB_TASK_MEMALLOC : 0) |
	       (current->capture_control ? KB_TASK_CATCHES : 0);
}

const struct cpumask *cpumask_of_node(int node)
{
	return &node_masks[node == NUMA_NO_NODE ? 0 : node];
}

int um_set_signals(int enable)
{
	int old = signals_enabled;

	signals_enabled = enable;
	return old;
}

void block_signals(void)
{
	signals_enabled = 0;
}

void unblock_signals(void)
{
	signals_enabled = 1;
}

bool kb_irqs_off(void)
{
	return !signals_enabled;
}

bool kb_may_sleep(void)
{
	return signals_enabled && !preempt_count();
}

void kb_might_sleep(const char *where)
{
	if (kb_booting)
		return;
	if (!kb_may_sleep() && kb_host.warn)
		kb_host.warn("it may sleep here, with a lock held or interrupts off", where, 0);
	if (kb_host.may_sleep)
		kb_host.may_sleep(where);
}

int __cond_resched(void)
{
	kb_might_sleep("cond_resched");
	kb_step("cond_resched");
	return 0;
}

signed long schedule_timeout(signed long timeout)
{
	kb_might_sleep(__func__);
	kb_step(__func__);
	kb_yield();
	jiffies += timeout;
	return 0;
}

signed long schedule_timeout_uninterruptible(signed long timeout)
{
	return schedule_timeout(timeout);
}

/* Boot tells CPU hotplug what to call: nothing comes or goes. */
int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke,
			int (*startup)(unsigned int cpu), int (*teardown)(unsigned int cpu),
			bool multi)
{
	return 0;
}

bool kthread_should_stop(void)
{
	return false;
}

/* Nobody waits in a queue: threads of the kernel are operations of the program. */
void __init_waitqueue_head(struct wait_queue_head *queue, const char *name,
			   struct lock_class_key *key)
{
	__raw_spin_lock_init(&queue->lock.rlock, name, key, 0);
	INIT_LIST_HEAD(&queue->head);
}

int __wake_up(struct wait_queue_head *queue, unsigned int mode, int nr, void *key)
{
	return 0;
}
