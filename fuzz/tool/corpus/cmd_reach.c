// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz reach: what programs reach, and whether it is what they say. */
#include "fuzz/tool/common/tool.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "fuzz/harness/stats/reach.h"
#include "fuzz/tool/common/options.h"
#include "fuzz/tool/common/plain.h"
#include "fuzz/tool/replay/replay.h"

static const char usage[] =
	"usage: spbfuzz reach [-t TARGET] [-q] FILE|DIR...\n"
	"Replay programs and print how often each search step, refusal, relax outcome, event and\n"
	"operation was reached by all of them. What the head of a text program names in reaches:\n"
	"must be reached by that program; the exit status is 1 when something is not.\n"
	"  -t, --target NAME  run them as this target does (default: alloc)\n"
	"  -q, --quiet        print only what is missed\n"
	"      --least-steps N  status 1 also when fewer than N search steps are reached\n"
	"      --shared FILE  run nothing: print the counts that engines keep in FILE, the\n"
	"                     value of SPBFUZZ_REACH for them; in one line with -q\n"
	"  -j, --json         print the counts as JSON\n"
	"  -h, --help         print this\n";

struct reach_arguments {
	const struct target *target;
	bool quiet, json;
	unsigned int least_steps;
	const char *shared;
};

static uint64_t count_of(const struct reach *reach, const struct text_reach *want)
{
	switch (want->kind) {
	case REACH_STEP:
		return reach->step[want->index];
	case REACH_REFUSAL:
		return reach->refusal[want->index];
	case REACH_RELAX:
		return reach->relax[want->index];
	case REACH_PROMISE:
		return reach->promise[want->index];
	default:
		return reach->event[want->index];
	}
}

static void print_json(void)
{
	const struct reach *reach = reach_counts();
	const char *name;

	printf("{\"programs\": %" PRIu64 ", \"relaxed\": %" PRIu64, reach->runs,
	       reach->relaxed_runs);
	for (uint8_t kind = 0; kind < NR_REACH_KINDS; kind++) {
		struct text_reach one = { .kind = kind };

		printf(",\n \"%s\": {", text_reach_kind_name(kind));
		for (; (name = text_reach_name(kind, one.index)); one.index++)
			printf("%s\"%s\": %" PRIu64, one.index ? ", " : "", name,
			       count_of(reach, &one));
		putchar('}');
	}
	puts("}");
}

static bool check(const struct tool_input *input, const struct reach *before)
{
	bool good = true;

	for (unsigned int i = 0; i < input->reaches.nr; i++) {
		const struct text_reach *want = &input->reaches.want[i];

		if (count_of(reach_counts(), want) > count_of(before, want))
			continue;
		printf("%s: does not reach %s:%s\n", input->path, text_reach_kind_name(want->kind),
		       text_reach_name(want->kind, want->index));
		good = false;
	}
	return good;
}

static int reach_file(const struct reach_arguments *arguments, const char *path)
{
	struct reach before = *reach_counts();
	struct tool_input input;
	bool good;

	if (!tool_load(&input, path))
		return STATUS_ERROR;
	good = replay(arguments->target, &input);
	if (!good)
		plain_line(stderr, "FILE ", path);
	good = check(&input, &before) && good;
	tool_unload(&input);
	return good ? STATUS_GOOD : STATUS_FINDING;
}

static bool reached_enough(const struct reach_arguments *arguments)
{
	unsigned int steps = 0;

	for (unsigned int i = 0; i < NR_SPB_STEPS; i++)
		steps += reach_counts()->step[i] != 0;
	if (steps >= arguments->least_steps)
		return true;
	printf("%u of %d search steps reached, %u were asked for\n", steps, NR_SPB_STEPS,
	       arguments->least_steps);
	return false;
}

static int reach_files(const struct reach_arguments *arguments, const struct tool_paths *paths)
{
	int worst = STATUS_GOOD;

	for (size_t i = 0; i < paths->nr; i++) {
		int status = reach_file(arguments, paths->path[i]);

		if (status > worst)
			worst = status;
	}
	if (arguments->json)
		print_json();
	else if (!arguments->quiet)
		reach_print(stdout);
	if (!reached_enough(arguments) && worst < STATUS_FINDING)
		worst = STATUS_FINDING;
	return worst;
}

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct reach_arguments *arguments)
{
	const char *target = "alloc";
	const struct tool_option options[] = {
		{ 't', "target", .text = &target },
		{ 'q', "quiet", .flag = &arguments->quiet },
		{ 0, "least-steps", .number = &arguments->least_steps },
		{ 0, "shared", .text = &arguments->shared },
		{ 'j', "json", .flag = &arguments->json },
		{ 0 },
	};
	int status = tool_options(argc, argv, usage, options);

	if (status >= 0)
		return status;
	arguments->target = replay_target(target);
	if (!arguments->target)
		return STATUS_ERROR;
	if ((optind == argc) != (arguments->shared != NULL))
		return tool_usage(usage, '?');
	return -1;
}

static int show_shared(const struct reach_arguments *arguments)
{
	char line[256];

	/* A file that is not there would be made. */
	if (access(arguments->shared, R_OK | W_OK) || !reach_map(arguments->shared))
		return tool_complain("%s: holds no counts of this version", arguments->shared);
	if (arguments->json)
		print_json();
	else if (arguments->quiet)
		printf("%" PRIu64 " %s\n", reach_counts()->runs, reach_line(line, sizeof(line)));
	else
		reach_print(stdout);
	return STATUS_GOOD;
}

int cmd_reach(int argc, char **argv)
{
	struct reach_arguments arguments = { 0 };
	struct tool_paths paths = { 0 };
	int status = read_arguments(argc, argv, &arguments);

	if (status >= 0)
		return status;
	if (arguments.shared)
		return show_shared(&arguments);
	replay_prepare(true, false, false);
	status = tool_paths_add_all(&paths, argc, argv) ? STATUS_GOOD : STATUS_ERROR;
	if (status == STATUS_GOOD)
		status = reach_files(&arguments, &paths);
	tool_paths_release(&paths);
	return status;
}
