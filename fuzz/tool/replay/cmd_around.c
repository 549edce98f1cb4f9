// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz around: does a signature show in schedules near that of a program? */
#include "fuzz/tool/common/tool.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/tool/common/options.h"
#include "fuzz/tool/replay/around.h"
#include "fuzz/tool/replay/replay.h"
#include "fuzz/tool/replay/worker.h"

static const char usage[] =
	"usage: spbfuzz around -s SIGNATURE [options] FILE\n"
	"Run a program, then the same with its preemptions some points earlier or later and its\n"
	"schedule's seed changed, the nearest first, until one shows the signature. The same file\n"
	"gives the same result. The exit status is 1 when one does, and 0 when none of N did or\n"
	"there are no more.\n"
	"  -s, --signature S  what is looked for, as triage prints it\n"
	"  -t, --target NAME  run it as this target does (default: the folder's name, or alloc)\n"
	"  -n, --tries N      so many programs at most (default: 2000)\n"
	"  -o, --output OUT   write the program that shows it there\n"
	"  -h, --help         print this\n";

#define DEFAULT_TRIES 2000

struct around_arguments {
	const struct target *target;
	const char *path, *signature, *out;
	unsigned int tries;
};

/**
 * struct around_look - one search
 * @unseen: the build does not see what the schedule counts
 * @failed: something went wrong beside the programs
 */
struct around_look {
	const struct around_arguments *arguments;
	struct around around;
	bool unseen, failed;
};

static bool shows(void *context, const uint8_t *bytes, size_t size)
{
	struct around_look *look = context;
	struct verdict verdict;

	if (!worker_run_again(look->arguments->target, bytes, size, &verdict)) {
		look->failed = true;
		look->around.stop = true;
		return false;
	}
	look->unseen = verdict.kind == VERDICT_UNSEEN;
	look->around.stop = look->unseen;
	return verdict_is_crash(&verdict) &&
	       !strcmp(verdict.signature, look->arguments->signature);
}

static int search(void *state, const struct tool_input *input, const void *data)
{
	const struct around_arguments *arguments = data;
	struct around_look *look = state;
	struct around *around = &look->around;
	const struct verdict unseen = { .kind = VERDICT_UNSEEN };
	bool found;

	look->arguments = arguments;
	around->found = shows;
	around->context = look;
	around->max_tries = arguments->tries;
	found = around_search(around, input->bytes, input->size);
	if (look->failed)
		return tool_complain("%s: ended after %u programs", input->path, around->tries);
	if (look->unseen) {
		worker_can_see(input->path, &unseen);
		return STATUS_ERROR;
	}
	printf("%s: %s after %u programs\n", arguments->signature,
	       found ? "shows" : "does not show", around->tries);
	if (!found)
		return STATUS_GOOD;
	if (arguments->out && !tool_write(arguments->out, around->bytes, around->size))
		return STATUS_ERROR;
	return STATUS_FINDING;
}

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct around_arguments *arguments)
{
	const char *target = NULL;
	const struct tool_option options[] = {
		{ 's', "signature", .text = &arguments->signature },
		{ 't', "target", .text = &target },
		{ 'n', "tries", .number = &arguments->tries },
		{ 'o', "output", .text = &arguments->out },
		{ 0 },
	};
	int status = tool_options(argc, argv, usage, options);

	if (status >= 0)
		return status;
	if (optind != argc - 1 || !arguments->signature)
		return tool_usage(usage, '?');
	arguments->path = argv[optind];
	arguments->target = replay_target(target ? target : replay_target_of(arguments->path));
	return arguments->target ? -1 : STATUS_ERROR;
}

int cmd_around(int argc, char **argv)
{
	struct around_arguments arguments = { .tries = DEFAULT_TRIES };
	int status = read_arguments(argc, argv, &arguments);

	return status >= 0 ? status :
			     worker_on_file(arguments.path, true, sizeof(struct around_look),
					    search, &arguments);
}
