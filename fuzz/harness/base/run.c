// SPDX-License-Identifier: GPL-2.0-only
/* The run of this process: see run.h. */
#include "fuzz/harness/base/run.h"

#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/program/state.h"

static PROGRAM_STATE struct run the_run;
struct run *const this_run = &the_run;

/* Of all programs: a statistic. */
PROCESS_STATE struct reach reached;

__attribute__((constructor)) static void choose_options(void)
{
	/* Nor may the compiler make initial values of it. */
	volatile struct run *run = &the_run;

	run->options.oracles = true;
	run->options.races = true;
	run->told = &observed_by_nobody;
}

void run_record(struct run *run, unsigned int n, struct program_record *record)
{
	program_record(&run->program, n, record);
	record->cpu = (uint8_t)(record->cpu % run->nr_cpus);
	if (run->mode->record)
		run->mode->record(run, n, record);
}
