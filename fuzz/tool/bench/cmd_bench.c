// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz bench: what running programs costs. */
#include "fuzz/tool/common/tool.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/tool/bench/bench.h"
#include "fuzz/tool/common/json.h"

static const char usage[] =
	"usage: spbfuzz bench [options] FILE|DIR...\n"
	"Run the programs in turn, over and over, and print what that costs in this build: runs\n"
	"and operations per second of CPU time without oracles (bare), with them, and with the\n"
	"model too; the same of a target that does nothing; nanoseconds of a reset and of a\n"
	"switch between CPUs. Where schedules count memory accesses (build/race/spbfuzz),\n"
	"accesses per second, and all of it once more with the race detector. The exit status is\n"
	"1 when a program breaks a rule: nothing is measured then.\n"
	"  -t, --target NAME  run them as this target does (default: the first folder's name, or\n"
	"                     alloc)\n"
	"  -m, --ms N         CPU time of each measurement (default: 1000)\n"
	"  -l, --level NAME   measure that alone: bare, oracles, model, detector-bare,\n"
	"                     detector-oracles, detector-model (for a profiler)\n"
	"  -j, --json         print JSON\n"
	"  -h, --help         print this\n";

#define DEFAULT_MS 1000u
#define MAX_MS 3600000u


static bool as_json;

/* Short times have a digit behind the point; nothing else is worth one. */
static void print_figure(const char *name, double value)
{
	static const char *before = "{";
	int digits = value < 100 && value != (unsigned int)value;

	if (!as_json) {
		printf("%-26s %14.*f\n", name, digits, value);
		return;
	}
	printf("%s", before);
	json_string(stdout, name);
	printf(": %.*f", digits, value);
	before = ",\n ";
}

static int bench_inputs(struct bench *bench)
{
	int status;

	replay_prepare(true, false, false);
	this_run->options.model = true;
	this_run->options.verify_reset = false;
	status = bench_describe(bench);
	if (status == STATUS_GOOD)
		bench_measure(bench);
	if (as_json && status == STATUS_GOOD)
		puts("}");
	return status;
}

static int bench_paths(struct bench *bench, const char *name, const struct tool_paths *paths)
{
	struct tool_input *inputs = calloc(paths->nr + 1, sizeof(*inputs));
	int status = STATUS_ERROR;
	bool good = inputs != NULL;

	if (!good)
		tool_complain("out of memory");
	for (; good && bench->nr < paths->nr; bench->nr += good)
		good = tool_load(&inputs[bench->nr], paths->path[bench->nr]);
	bench->inputs = inputs;
	bench->target = good ? replay_target(name ? name : replay_target_of(paths->path[0])) : NULL;
	if (bench->target)
		status = bench_inputs(bench);
	for (size_t i = 0; i < bench->nr; i++)
		tool_unload(&inputs[i]);
	free(inputs);
	return status;
}

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct bench *bench, const char **target)
{
	static const struct option longs[] = {
		{ "target", required_argument, NULL, 't' },
		{ "ms", required_argument, NULL, 'm' },
		{ "level", required_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "t:m:l:jh", longs, NULL)) != -1) {
		switch (letter) {
		case 't':
			*target = optarg;
			break;
		case 'm':
			if (!tool_number(optarg, 1, MAX_MS, &bench->ms))
				return STATUS_ERROR;
			break;
		case 'l':
			if (!bench_knows(optarg))
				return tool_complain("%s is no level", optarg);
			bench->level = optarg;
			break;
		case 'j':
			as_json = true;
			break;
		default:
			return tool_usage(usage, letter);
		}
	}
	return optind == argc ? tool_usage(usage, '?') : -1;
}

int cmd_bench(int argc, char **argv)
{
	struct bench bench = { .ms = DEFAULT_MS, .figure = print_figure };
	struct tool_paths paths = { 0 };
	const char *target = NULL;
	int status = read_arguments(argc, argv, &bench, &target);

	if (status >= 0)
		return status;
	status = tool_paths_add_all(&paths, argc, argv) ? STATUS_GOOD : STATUS_ERROR;
	if (status == STATUS_GOOD)
		status = bench_paths(&bench, target, &paths);
	tool_paths_release(&paths);
	return status;
}
