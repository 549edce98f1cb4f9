// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations that were under way when something was found, beside the one that found it:
 *
 *   under way on CPU 0: evacuate of step 9
 *     left in content_of() at core/migrate.c:142, inlined in content_of_block() at ...
 *     about to read page 1376 flags
 *     CPU 0 holds zone of clear_stale_content()
 */
#include "fuzz/harness/sched/sched_picture.h"

#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/base/symbol.h"
#include "fuzz/harness/debuginfo/source.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/preempt.h"
#include "fuzz/harness/sched/sched.h"
#include "fuzz/harness/sched/sched_task.h"

static void print_place(FILE *out, uintptr_t pc)
{
	char text[512];

	if (source_text(pc, text, sizeof(text))[0])
		fprintf(out, "    left in %s\n", text);
	else if (symbol_of(pc))
		fprintf(out, "    left in %s()\n", symbol_of(pc));
	else
		fprintf(out, "    left before it was in the allocator, or after it\n");
}

static void print_access(FILE *out, const struct sched_left *left)
{
	size_t offset = (uintptr_t)left->at - access_state.base;
	char name[64];

	if (left->at && offset < access_state.arena_size)
		fprintf(out, "    about to %s %s\n",
			left->announced ? "access" : left->write ? "write" : "read",
			allocator.memory->field_name(offset, name, sizeof(name)));
}

static void print_locks(FILE *out, unsigned int cpu)
{
	const struct task *task = &sched_tasks[cpu];
	char text[200];

	if (!host_context_at(cpu, CONTEXT_TASK)->nr_held &&
	    !host_context_at(cpu, CONTEXT_IRQ)->nr_held && !task->waits_for)
		return;
	host_describe_locks(cpu, task->waits_for, text, sizeof(text));
	fprintf(out, "    %s\n", text);
}

static void print_task(FILE *out, unsigned int cpu, const struct sched_left *left,
		       const char *how)
{
	const struct task *task = &sched_tasks[cpu];

	fprintf(out, "  %s on CPU %u: %s of step %u\n", how, cpu,
		program_op_name((enum program_op)task->record.op), task->step);
	print_place(out, left->pc);
	print_access(out, left);
	print_locks(out, cpu);
}

static void draw(FILE *out, const struct run *run, const struct finding_info *info)
{
	(void)info;
	if (!preempt.active)
		return;
	for (unsigned int cpu = 0; cpu < run->nr_cpus; cpu++) {
		const struct task *task = &sched_tasks[cpu];

		if (task->step == SCHED_NO_RECORD)
			continue;
		if (cpu != run->cpu)
			print_task(out, cpu, &task->left, "under way");
		else if (host_in_irq())
			print_task(out, cpu, &task->below, "interrupted");
	}
}

const struct observer sched_observer = { .name = "cpus", .picture = draw };
