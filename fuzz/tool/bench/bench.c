// SPDX-License-Identifier: GPL-2.0-only
/*
 * What running programs costs in this build: see bench.h. Neither an engine nor mutation is
 * measured, and files are read before. CPU time, which other work on the machine disturbs
 * least: of two measurements, compare ratios.
 */
#include "fuzz/tool/bench/bench.h"
#include "fuzz/tool/common/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/sched/fiber.h"
#include "fuzz/harness/stats/reach.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/base/switch.h"
#include "fuzz/harness/sched/sched.h"
#include "fuzz/targets.h"

#define NR_RESETS 50000u
#define SWITCHES 2000000u
/* So long that reading the clock does not matter. */
#define BATCH_NS 1000000u

static uint64_t cpu_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t now(void)
{
	return cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* --- what they are --- */

static struct {
	unsigned int served, refused, switches;
} outcomes;

static void count_outcome(struct run *run, const struct spb_event *event)
{
	(void)run;
	*(event->pfn == SPB_NO_PFN ? &outcomes.refused : &outcomes.served) += 1;
}

static void count_switch(struct run *run, const struct sched_switch *told)
{
	(void)run;
	outcomes.switches += told->kind != SWITCH_INTERRUPT && told->kind != SWITCH_INTERRUPT_END;
}

static const struct observer counter = {
	.name = "outcomes",
	.events = EVENT_BIT(TRACE_RESULT),
	.event = count_outcome,
	.switched = count_switch,
};

static int describe_input(struct bench *bench, const struct tool_input *input)
{
	if (!replay(bench->target, input)) {
		plain_line(stderr, "FILE ", input->path);
		return STATUS_FINDING;
	}
	if (this_run->needs_hooks)
		return tool_complain("%s: its schedule counts memory accesses, which this build "
				     "does not see; build/race/spbfuzz does", input->path);
	bench->points += sched_points();
	return STATUS_GOOD;
}

static void tell(struct bench *bench, uint64_t records)
{
	const struct reach *reach = reach_counts();
	unsigned int steps = 0;

	for (unsigned int i = 0; i < NR_SPB_STEPS; i++)
		steps += reach->step[i] > 0;
	bench->figure("programs", (double)bench->nr);
	bench->figure("records", (double)records);
	bench->figure("requests-served", outcomes.served);
	bench->figure("requests-refused", outcomes.refused);
	bench->figure("search-steps", steps);
	bench->figure("search-steps-there-are", NR_SPB_STEPS);
	if (!bench->points)
		return;
	bench->figure("accesses-per-run", (double)bench->points / (double)bench->nr);
	bench->figure("switches-per-run", (double)outcomes.switches / (double)bench->nr);
}

int bench_describe(struct bench *bench)
{
	uint64_t records = 0;

	reach_reset();
	this_run->watcher = &counter;
	for (size_t i = 0; i < bench->nr; i++) {
		int status = describe_input(bench, &bench->inputs[i]);

		if (status != STATUS_GOOD)
			return status;
		records += this_run->program.nr_records;
	}
	this_run->watcher = NULL;
	tell(bench, records);
	return STATUS_GOOD;
}

/* --- runs and operations --- */

static uint64_t executed_ops(void)
{
	const struct reach *reach = reach_counts();
	uint64_t ops = 0;

	for (unsigned int n = 0; n < operations_nr(); n++)
		ops += reach->op[operations_nth(n)];
	return ops;
}

static void run_some(const struct bench *bench, const struct target *target, uint64_t nr)
{
	static size_t next;

	while (nr--) {
		const struct tool_input *input = &bench->inputs[next++ % bench->nr];

		target->run(input->bytes, input->size);
	}
}

/* Return: runs per second; @ops: operations per second. */
static double measure(const struct bench *bench, const struct target *target, uint64_t for_ns,
		      double *ops)
{
	uint64_t batch = 1, runs = 0, elapsed = 0, before = executed_ops(), start = now();

	while (elapsed < for_ns) {
		uint64_t last = elapsed;

		run_some(bench, target, batch);
		runs += batch;
		elapsed = now() - start;
		if (elapsed - last < BATCH_NS)
			batch *= 2;
	}
	*ops = (double)(executed_ops() - before) * 1e9 / (double)elapsed;
	return (double)runs * 1e9 / (double)elapsed;
}

static double measure_warm(const struct bench *bench, const struct target *target, double *ops)
{
	measure(bench, target, bench->ms * 200000ull, ops);
	return measure(bench, target, bench->ms * 1000000ull, ops);
}

static void measure_level(const struct bench *bench, const char *name)
{
	double ops, runs = measure_warm(bench, bench->target, &ops);
	char full[64];

	snprintf(full, sizeof(full), "%s-runs/s", name);
	bench->figure(full, runs);
	snprintf(full, sizeof(full), "%s-operations/s", name);
	bench->figure(full, ops);
	if (!bench->points)
		return;
	snprintf(full, sizeof(full), "%s-accesses/s", name);
	bench->figure(full, runs * (double)bench->points / (double)bench->nr);
}

/* What checks, and what it is called; the last one is as programs run otherwise. */
static const struct {
	bool detector, oracles, model;
	const char *name;
} levels[] = {
	{ false, false, false, "bare" },
	{ false, true, false, "oracles" },
	{ false, true, true, "model" },
	{ true, false, false, "detector-bare" },
	{ true, true, false, "detector-oracles" },
	{ true, true, true, "detector-model" },
};
#define NR_LEVELS (sizeof(levels) / sizeof(levels[0]))

bool bench_knows(const char *level)
{
	for (size_t i = 0; i < NR_LEVELS; i++)
		if (!strcmp(levels[i].name, level))
			return true;
	return false;
}

static bool is_wanted(const struct bench *bench, size_t level)
{
	if (levels[level].detector && !bench->points)
		return false;
	return !bench->level || !strcmp(bench->level, levels[level].name);
}

static void measure_levels(const struct bench *bench)
{
	struct run_options *options = &this_run->options;

	for (size_t i = 0; i < NR_LEVELS; i++) {
		if (!is_wanted(bench, i))
			continue;
		options->races = levels[i].detector;
		options->oracles = levels[i].oracles;
		options->model = levels[i].model;
		measure_level(bench, levels[i].name);
	}
}

/* --- resets --- */

static struct {
	unsigned int nr;
	uint64_t start;
	uint32_t ns[NR_RESETS];
} resets;

static void time_reset(bool begins)
{
	/* (Wall time: reading CPU time takes longer than a reset.) */
	uint64_t time = cpu_ns(CLOCK_MONOTONIC);

	if (begins)
		resets.start = time;
	else if (resets.nr < NR_RESETS)
		resets.ns[resets.nr++] = (uint32_t)(time - resets.start);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void measure_resets(const struct bench *bench)
{
	uint64_t end = now() + bench->ms * 1000000ull;

	this_run->options.oracles = true;
	this_run->options.model = false;
	resets.nr = 0;
	arena_on_reset(time_reset);
	while (resets.nr < NR_RESETS && (!resets.nr || now() < end))
		run_some(bench, bench->target, 1);
	arena_on_reset(NULL);
	qsort(resets.ns, resets.nr, sizeof(resets.ns[0]), by_value);
	bench->figure("reset-median-ns", resets.ns[resets.nr / 2]);
	bench->figure("reset-99th-percentile-ns", resets.ns[resets.nr * 99ull / 100]);
}

/* --- switches --- */

static void ping(unsigned int fiber)
{
	for (;;)
		fiber_switch(fiber ? FIBER_MAIN : 1);
}

/* Main, fiber 0, fiber 1, main: three switches a round. */
static void measure_switch(const struct bench *bench)
{
	uint64_t start;

	sched_abandon();
	fiber_prepare(ping);
	start = now();
	for (unsigned int i = 0; i < SWITCHES; i += 3)
		fiber_switch(0);
	bench->figure("switch-ns", (double)(now() - start) / SWITCHES);
}

/* Each program ended well with every check: this would be the harness's own fault. */
static void stop(struct run *run)
{
	(void)run;
	exit(STATUS_FINDING);
}

void bench_measure(struct bench *bench)
{
	double ops;

	this_run->on_finding = stop;
	if (bench->level) {
		measure_levels(bench);
		return;
	}
	bench->figure("empty-runs/s", measure_warm(bench, &target_empty, &ops));
	measure_levels(bench);
	measure_resets(bench);
	measure_switch(bench);
}
