// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench MIX PLAIN INPUT...: what an execution costs, in this build. MIX and PLAIN are text.
 * bench RACE: the same of a program whose schedule counts accesses, see bench_race.c.
 *
 * Prints one "<name> <value>" per line for scripts/bench.sh, which makes the table:
 * executions per second of the empty target, of `alloc` on MIX, PLAIN and the INPUTs, with
 * oracles on and off; operations per second; nanoseconds of a reset. What MIX reaches is
 * counted in a run of its own. Does not measure an engine: no coverage, no mutation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bench.h"
#include "fuzz/harness/arena.h"
#include "fuzz/harness/reach.h"
#include "fuzz/harness/run.h"
#include "fuzz/harness/target.h"
#include "fuzz/harness/text.h"
#include "spb/event.h"

#define NR_RESETS 100000
#define MAX_FILE (1u << 20)

static struct {
	bool on;
	unsigned int nr;
	uint32_t ns[NR_RESETS];
} resets;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The linker puts these around arena_reset() in this program. */
void __real_arena_reset(struct arena *arena, bool verify);
void __wrap_arena_reset(struct arena *arena, bool verify);

void __wrap_arena_reset(struct arena *arena, bool verify)
{
	uint64_t start;

	if (!resets.on) {
		__real_arena_reset(arena, verify);
		return;
	}
	start = now_ns();
	__real_arena_reset(arena, verify);
	if (resets.nr < NR_RESETS)
		resets.ns[resets.nr++] = (uint32_t)(now_ns() - start);
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(2);
}

static struct input load(const char *path)
{
	struct input input = { .bytes = malloc(MAX_FILE) };
	FILE *file = fopen(path, "rb");

	if (!file || !input.bytes)
		fail(path, "cannot be read");
	input.size = fread(input.bytes, 1, MAX_FILE, file);
	fclose(file);
	return input;
}

struct input assemble(const char *path)
{
	struct input text = load(path), input = { .bytes = malloc(MAX_FILE) };
	struct text_error error;

	input.size = text_assemble((const char *)text.bytes, text.size, input.bytes, MAX_FILE,
				   NULL, &error);
	free(text.bytes);
	if (!input.size)
		fail(path, error.message);
	return input;
}

static uint64_t executed_ops(void)
{
	const struct reach *reach = reach_counts();
	uint64_t ops = 0;

	for (unsigned int op = OP_nop + 1; op < NR_OPS; op++)
		ops += reach->op[op];
	return ops;
}

/* Runs the inputs in turn for a while. Return: executions per second; ops: operations. */
static double measure(const struct target *target, const struct input *inputs, size_t nr,
		      uint64_t for_ns, double *ops)
{
	uint64_t start = now_ns(), ops_before = executed_ops(), runs = 0, elapsed;
	size_t i = 0;

	do {
		for (unsigned int k = 0; k < 64; k++) {
			target->run(inputs[i].bytes, inputs[i].size);
			i = i + 1 < nr ? i + 1 : 0;
		}
		runs += 64;
		elapsed = now_ns() - start;
	} while (elapsed < for_ns);
	if (ops)
		*ops = (double)(executed_ops() - ops_before) * 1e9 / (double)elapsed;
	return (double)runs * 1e9 / (double)elapsed;
}

static void report(const char *name, const struct target *target, const struct input *inputs,
		   size_t nr)
{
	double ops, runs;

	measure(target, inputs, nr, WARM_UP_NS, NULL);
	runs = measure(target, inputs, nr, MEASURE_NS, &ops);
	printf("%s_runs %.0f\n", name, runs);
	if (ops > 0)
		printf("%s_ops %.0f\n", name, ops);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void report_resets(const char *name, const struct input *inputs, size_t nr)
{
	resets.on = true;
	resets.nr = 0;
	for (size_t i = 0; resets.nr < NR_RESETS / 2; i = i + 1 < nr ? i + 1 : 0)
		target_alloc.run(inputs[i].bytes, inputs[i].size);
	resets.on = false;
	qsort(resets.ns, resets.nr, sizeof(resets.ns[0]), by_value);
	printf("%s_reset_median %u\n", name, resets.ns[resets.nr / 2]);
	printf("%s_reset_p99 %u\n", name, resets.ns[resets.nr / 100 * 99]);
}

/* --- what the mix is --- */

static struct {
	unsigned int served, refused;
} outcomes;

static void count_outcome(struct run *run, const struct spb_event *event)
{
	(void)run;
	if (event->type != SPB_EV_TRACE_RESULT)
		return;
	if (event->pfn == NO_PFN)
		outcomes.refused++;
	else
		outcomes.served++;
}

static void describe(const struct input *mix)
{
	static const struct run_mode mode = { .event = count_outcome };
	const struct reach *reach;
	unsigned int steps = 0;

	reach_reset();
	run_program(mix->bytes, mix->size, &mode);
	reach = reach_counts();
	for (unsigned int i = 0; i < NR_SPB_STEPS; i++)
		steps += reach->step[i] > 0;
	printf("mix_records %zu\n", (mix->size - PROGRAM_HEADER_SIZE) / PROGRAM_RECORD_SIZE);
	printf("mix_served %u\n", outcomes.served);
	printf("mix_refused %u\n", outcomes.refused);
	printf("mix_steps %u\n", steps);
	printf("all_steps %d\n", NR_SPB_STEPS);
}

static void stop(struct run *run)
{
	(void)run;
	exit(1);
}

/* What checks, and the names of the figures. */
static const struct {
	bool oracles, model;
	const char *plain, *mix, *corpus;
} levels[] = {
	{ false, false, "plain_bare", "mix_bare", "corpus_bare" },
	{ true, false, "plain", "mix", "corpus" },
	{ true, true, "plain_model", "mix_model", "corpus_model" },
};

int main(int argc, char **argv)
{
	struct input mix, plain, *inputs;
	size_t nr = argc > 3 ? (size_t)(argc - 3) : 0;

	this_run->on_finding = stop;
	if (argc == 2) {
		bench_race(argv[1]);
		return 0;
	}
	if (!nr)
		fail("usage", "bench MIX PLAIN INPUT...");
	mix = assemble(argv[1]);
	plain = assemble(argv[2]);
	inputs = calloc(nr, sizeof(*inputs));
	for (size_t i = 0; i < nr; i++)
		inputs[i] = load(argv[3 + i]);
	describe(&mix);
	report("empty", &target_empty, &mix, 1);
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		this_run->options.oracles = levels[i].oracles;
		this_run->options.model = levels[i].model;
		report(levels[i].plain, &target_alloc, &plain, 1);
		report(levels[i].mix, &target_alloc, &mix, 1);
		report(levels[i].corpus, &target_alloc, inputs, nr);
	}
	this_run->options.oracles = true;
	this_run->options.model = false;
	report_resets("plain", &plain, 1);
	report_resets("mix", &mix, 1);
	report_resets("corpus", inputs, nr);
	for (size_t i = 0; i < nr; i++)
		free(inputs[i].bytes);
	free(inputs);
	free(mix.bytes);
	free(plain.bytes);
	return 0;
}
