// SPDX-License-Identifier: GPL-2.0-only
/* The one run, and what is left of it when the next program comes. */
#include "fuzz/harness/base/run.h"

#include "fuzz/harness/host/host.h"
#include "fuzz/harness/program/state.h"

static PROGRAM_STATE struct run the_run;
struct run *const this_run = &the_run;

/* Programs that were scrambled: each gets other garbage. */
static PROCESS_STATE uint32_t scrambled;

__attribute__((constructor)) static void choose_options(void)
{
	/* Nor may the compiler make initial values of it. */
	volatile struct run_options *options = &the_run.options;

	options->oracles = true;
	options->races = true;
}

/* What it was asked to do stays. Half of the time the arena is built anew. */
static void scramble(struct run *run)
{
	const struct run_options options = run->options;
	typeof(run->on_finding) on_finding = run->on_finding;
	typeof(run->watch) watch = run->watch;
	typeof(run->switched) switched = run->switched;

	state_scramble((uint64_t)options.scramble << 32 | scrambled);
	shim_this = NULL;
	if (scrambled++ & 1)
		arena_forget();
	run->options = options;
	run->on_finding = on_finding;
	run->watch = watch;
	run->switched = switched;
}

void run_forget(struct run *run)
{
	if (unlikely(run->options.scramble))
		scramble(run);
	run->live = false;
	run->measuring = false;
	run->needs_hooks = false;
	run->on_stop = NULL;
	run->stopped = NULL;
	run->step = 0;
	run->trace = 0;
}
