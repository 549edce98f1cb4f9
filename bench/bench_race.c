// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program costs whose schedule counts memory accesses: runs and accesses per second,
 * with the race detector and without, oracles off and on; and what one switch costs.
 *
 * Accesses are what the hooks count in the arena while an allocator call runs (with the lock
 * hooks, which are preemption points too). A target is measured without its engine.
 */
#include <stdio.h>
#include <time.h>

#include "bench/bench.h"
#include "fuzz/harness/access.h"
#include "fuzz/harness/fiber.h"
#include "fuzz/harness/run.h"
#include "fuzz/harness/sched.h"

#define SWITCHES 2000000u

static const struct target *const targets[] = {
#define TARGET(name) &target_##name,
#include "fuzz/targets.def"
#undef TARGET
};

static unsigned int switches;

static void count_switch(struct run *run, const struct sched_switch *told)
{
	(void)run;
	switches += told->kind != SWITCH_INTERRUPT && told->kind != SWITCH_INTERRUPT_END;
}

/* Of one run: points, which are the accesses and some lock hooks. */
static double accesses_of(const struct target *target, const struct input *input)
{
	switches = 0;
	this_run->switched = count_switch;
	target->run(input->bytes, input->size);
	this_run->switched = NULL;
	return (double)sched_points();
}

/* CPU time: a switch is too short to be told from what else the machine does. */
static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double runs_per_second(const struct target *target, const struct input *input,
			      uint64_t for_ns)
{
	uint64_t begin = cpu_ns(), runs = 0, elapsed;

	do {
		target->run(input->bytes, input->size);
		runs++;
		elapsed = cpu_ns() - begin;
	} while (elapsed < for_ns);
	return (double)runs * 1e9 / (double)elapsed;
}

static void report(const struct target *target, const struct input *input, const char *what)
{
	double accesses = accesses_of(target, input), runs;

	runs_per_second(target, input, WARM_UP_NS);
	runs = runs_per_second(target, input, MEASURE_NS);
	printf("%s %s accesses %.0f switches %u runs/s %.0f accesses/s %.0f\n", target->name, what,
	       accesses, switches, runs, runs * accesses);
}

static void report_target(const struct target *target, const struct input *input)
{
	struct run_options *options = &this_run->options;

	for (unsigned int detector = 0; detector < 2; detector++)
		for (unsigned int oracles = 0; oracles < 2; oracles++) {
			char what[32];

			options->races = detector;
			options->oracles = oracles;
			snprintf(what, sizeof(what), "%s-%s", detector ? "detector" : "none",
				 oracles ? "oracles" : "bare");
			report(target, input, what);
		}
}

static void ping(unsigned int fiber)
{
	for (;;)
		fiber_switch(fiber ? FIBER_MAIN : 1);
}

/* Main, fiber 0, fiber 1, main: three switches a round. */
static void report_switch(void)
{
	uint64_t start;

	sched_abandon();
	fiber_prepare(ping);
	start = cpu_ns();
	for (unsigned int i = 0; i < SWITCHES; i += 3)
		fiber_switch(0);
	printf("switch-ns %.1f\n", (double)(cpu_ns() - start) / SWITCHES);
}

void bench_race(const char *path)
{
	struct input input = assemble(path);
	bool hooked = access_hooked();

	for (size_t i = 0; hooked && i < sizeof(targets) / sizeof(targets[0]); i++) {
		this_run->needs_hooks = false;
		sched_abandon();
		targets[i]->run(input.bytes, input.size);
		if (sched_points())
			report_target(targets[i], &input);
	}
	report_switch();
}
