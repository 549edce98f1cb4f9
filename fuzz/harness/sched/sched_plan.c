// SPDX-License-Identifier: GPL-2.0-only
/* What the bytes of a program ask the scheduler for: see sched.h. */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/sched/sched.h"

unsigned int sched_count_alone(struct run *run)
{
	struct program_record record;
	unsigned int n;

	for (n = 0; n < run->program.nr_records; n++) {
		run_record(run, n, &record);
		if (!operation_runs_alone(record.op))
			break;
	}
	return n;
}

bool sched_counts_accesses(const struct run *run)
{
	return run->mode->preempt && (run->mode->accesses || run->program.header.accesses);
}

unsigned int sched_window(const struct run *run)
{
	return 1 + run->program.header.sched_param / 8 % 4;
}

static bool has_preemptions(struct run *run)
{
	struct program_record record;

	for (unsigned int n = 0; n < run->program.nr_records; n++) {
		run_record(run, n, &record);
		if (record.preempt[0].at || record.preempt[1].at)
			return true;
	}
	return false;
}

bool sched_wanted(struct run *run)
{
	if (!run->mode->preempt)
		return false;
	if (sched_tap.touch)
		return true;
	return run->program.header.sched_mode != SCHED_ANCHORED || has_preemptions(run);
}

unsigned int sched_next_record(struct run *run, unsigned int cpu, unsigned int from)
{
	struct program_record record;

	for (unsigned int n = from; n < run->program.nr_records; n++) {
		run_record(run, n, &record);
		if (record.cpu == cpu)
			return n;
	}
	return SCHED_NO_RECORD;
}
