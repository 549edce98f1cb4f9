// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz min: the smallest program with the same signature. */
#include "fuzz/tool/common/tool.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/harness/program/shrink.h"
#include "fuzz/tool/common/json.h"
#include "fuzz/tool/common/options.h"
#include "fuzz/tool/replay/replay.h"
#include "fuzz/tool/replay/worker.h"

static const char usage[] =
	"usage: spbfuzz min [options] FILE\n"
	"Shrink a crash to the fewest operations and the simplest values that still give the\n"
	"same signature: records first, then CPUs, preemptions, geometry, flags, numbers. The\n"
	"same file gives the same result. Ctrl-C ends it with the best so far; the exit status\n"
	"is 1 then, and when N candidates were not enough.\n"
	"  -t, --target NAME  run it as this target does (default: the folder's name, or alloc)\n"
	"  -o, --output OUT   write there, whole or not at all, each time it gets smaller\n"
	"                     (default: standard output, as text)\n"
	"  -T, --text         write text; so does an OUT that ends in .spbt\n"
	"  -k, --keep WHAT    'signature', or 'rule' alone (default: signature)\n"
	"  -n, --tries N      give up after N candidates (default: 50000)\n"
	"      --only LIST    look at these rules and groups of rules alone: safety, books, "
	"policy,\n"
	"                     conformance, or what spbfuzz rules lists; -NAME leaves one out\n"
	"  -q, --quiet        do not say what was done\n"
	"  -j, --json         say what was done as JSON, on the standard output\n"
	"  -h, --help         print this\n";

#define DEFAULT_TRIES 50000

struct min_arguments {
	const struct target *target;
	const char *path, *out;
	bool text, rule_only, quiet, json;
	unsigned int tries;
};

/**
 * struct minimum - the search
 * @wanted: what the crash shows
 * @failed: something went wrong beside the programs
 * @unwritten: the best so far is not in its file; the end may have more luck
 */
struct minimum {
	const struct min_arguments *arguments;
	struct shrink shrink;
	struct verdict wanted;
	unsigned int nr_records;
	bool failed, unwritten;
};

static bool same(const struct minimum *minimum, const struct verdict *verdict)
{
	if (!verdict_is_crash(verdict))
		return false;
	if (minimum->arguments->rule_only)
		return !strcmp(verdict->rule, minimum->wanted.rule);
	return !strcmp(verdict->signature, minimum->wanted.signature);
}

struct bytes {
	const uint8_t *bytes;
	size_t size;
};

static bool text_form(FILE *to, const void *what)
{
	const struct bytes *program = what;

	return text_show(to, program->bytes, program->size, false);
}

static bool write_best(const struct min_arguments *arguments, const uint8_t *bytes, size_t size)
{
	if (arguments->text)
		return tool_write_form(arguments->out, text_form, &(struct bytes){ bytes, size });
	return tool_write(arguments->out, bytes, size);
}

static bool still(void *context, const uint8_t *bytes, size_t size)
{
	struct minimum *minimum = context;
	const struct min_arguments *arguments = minimum->arguments;
	struct verdict verdict;

	if (!worker_run_again(arguments->target, bytes, size, &verdict)) {
		minimum->failed = !worker_interrupted();
		minimum->shrink.stop = true;
		return false;
	}
	if (!same(minimum, &verdict))
		return false;
	/* What is there when the process is killed is the best so far. */
	if (strcmp(arguments->out, "-") && !minimum->unwritten)
		minimum->unwritten = !write_best(arguments, bytes, size);
	return true;
}

/* Else it was ended early: a smaller one may be there. */
static bool is_minimal(const struct minimum *minimum)
{
	return !worker_interrupted() && minimum->shrink.tries < minimum->arguments->tries;
}

static void say(const struct minimum *minimum, size_t size)
{
	const struct min_arguments *arguments = minimum->arguments;
	const struct shrink *shrink = &minimum->shrink;

	if (arguments->json) {
		printf("{\"file\": ");
		json_string(stdout, arguments->path);
		printf(", \"target\": ");
		json_string(stdout, arguments->target->name);
		printf(", \"signature\": ");
		json_string(stdout, minimum->wanted.signature);
		printf(", \"output\": ");
		json_string(stdout, arguments->out);
		printf(", \"records_before\": %u, \"records\": %u, \"bytes_before\": %zu, "
		       "\"bytes\": %zu, \"tries\": %u, \"minimal\": %s}\n",
		       minimum->nr_records, shrink->nr, size, shrink_size(shrink), shrink->tries,
		       is_minimal(minimum) ? "true" : "false");
	} else if (!arguments->quiet) {
		fflush(stdout);
		fprintf(stderr, "%s: %u of %u records left, %u tries%s\n  SIGNATURE %s\n",
			arguments->path, shrink->nr, minimum->nr_records, shrink->tries,
			is_minimal(minimum) ? "" : ", ended early", minimum->wanted.signature);
	}
}

/* The disk may have room again. If not, people can still copy it. */
static bool write_at_last(const struct minimum *minimum)
{
	const struct shrink *shrink = &minimum->shrink;

	if (write_best(minimum->arguments, shrink->bytes, shrink_size(shrink)))
		return true;
	printf("# could not be written: the program as text\n");
	text_show(stdout, shrink->bytes, shrink_size(shrink), false);
	return false;
}

static bool is_written(const struct minimum *minimum)
{
	const struct min_arguments *arguments = minimum->arguments;
	const struct shrink *shrink = &minimum->shrink;

	if (strcmp(arguments->out, "-"))
		return !minimum->unwritten || write_at_last(minimum);
	return arguments->json || write_best(arguments, shrink->bytes, shrink_size(shrink));
}

static int minimise(void *state, const struct tool_input *input, const void *data)
{
	const struct min_arguments *arguments = data;
	struct minimum *minimum = state;
	struct shrink *shrink = &minimum->shrink;

	minimum->arguments = arguments;
	if (!worker_run(arguments->target, input->bytes, input->size, &minimum->wanted))
		return STATUS_ERROR;
	if (!worker_can_see(input->path, &minimum->wanted))
		return STATUS_ERROR;
	if (!verdict_is_crash(&minimum->wanted)) {
		tool_complain("%s: runs to its end with target %s: nothing to shrink", input->path,
			      arguments->target->name);
		return STATUS_ERROR;
	}
	minimum->nr_records = minimum->wanted.nr_records;
	shrink->still = still;
	shrink->context = minimum;
	shrink->max_tries = arguments->tries;
	if (!shrink_program(shrink, input->bytes, input->size, minimum->wanted.step)) {
		if (!minimum->failed && !worker_interrupted())
			tool_complain("%s: does not show %s again when run once more", input->path,
				      minimum->wanted.signature);
		return STATUS_ERROR;
	}
	if (minimum->failed)
		return STATUS_ERROR;
	if (!is_written(minimum))
		return STATUS_ERROR;
	say(minimum, input->size);
	return is_minimal(minimum) ? STATUS_GOOD : STATUS_FINDING;
}

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length >= tail && !strcmp(name + length - tail, end);
}

static bool take_keep(struct min_arguments *arguments, const char *what)
{
	arguments->rule_only = !strcmp(what, "rule");
	if (arguments->rule_only || !strcmp(what, "signature"))
		return true;
	tool_complain("'%s' cannot be kept: signature or rule can", what);
	return false;
}

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct min_arguments *arguments)
{
	const char *target = NULL, *keep = "signature", *only = NULL;
	const struct tool_option options[] = {
		{ 't', "target", .text = &target },
		{ 'o', "output", .text = &arguments->out },
		{ 'T', "text", .flag = &arguments->text },
		{ 'k', "keep", .text = &keep },
		{ 'n', "tries", .number = &arguments->tries },
		{ 0, "only", .text = &only },
		{ 'q', "quiet", .flag = &arguments->quiet },
		{ 'j', "json", .flag = &arguments->json },
		{ 0 },
	};
	int status = tool_options(argc, argv, usage, options);

	if (status >= 0)
		return status;
	if (!take_keep(arguments, keep) || !tool_only(only))
		return STATUS_ERROR;
	if (optind != argc - 1)
		return tool_usage(usage, '?');
	arguments->path = argv[optind];
	arguments->target = replay_target(target ? target : replay_target_of(arguments->path));
	if (!strcmp(arguments->out, "-") || ends_in(arguments->out, ".spbt"))
		arguments->text = true;
	return arguments->target ? -1 : STATUS_ERROR;
}

int cmd_min(int argc, char **argv)
{
	struct min_arguments arguments = { .out = "-", .tries = DEFAULT_TRIES };
	int status = read_arguments(argc, argv, &arguments);

	return status >= 0 ? status :
			     worker_on_file(arguments.path, !arguments.rule_only,
					    sizeof(struct minimum), minimise, &arguments);
}
