// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz distil: few small programs that cover what many do. */
#include "fuzz/tool/common/tool.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/harness/program/program.h"
#include "fuzz/tool/corpus/cover.h"
#include "fuzz/tool/corpus/features.h"
#include "fuzz/tool/common/folder.h"
#include "fuzz/tool/common/json.h"
#include "fuzz/tool/common/number.h"
#include "fuzz/tool/replay/replay.h"

static const char usage[] =
	"usage: spbfuzz distil [options] -o OUT FILE|DIR...\n"
	"Choose programs that together cover what all of them do: edges of the allocator with how\n"
	"often (where the build counts them: build/plain/spbfuzz), and states of the allocator.\n"
	"OUT becomes a folder of these, whole or not at all; it is a new or empty one or one of\n"
	"the DIRs. The same programs give the same choice. The exit status is 1, and nothing is\n"
	"written, when a program crashes or the limits cost coverage.\n"
	"  -o, --output OUT   write there; without it, only say what would be\n"
	"  -t, --target NAME  run them as this target does (default: the folder's name, or alloc)\n"
	"  -m, --must FILE|DIR  keep these whatever they cover; may be repeated\n"
	"  -f, --max-files N  at most N programs (default: 1000)\n"
	"  -b, --max-bytes N  of at most N bytes together (default: 1048576)\n"
	"  -l, --lossy        write even when the limits cost coverage\n"
	"  -s, --skip         leave out what engines keep but is no program of this version\n"
	"      --states       write also where the build counts no edges: states alone decide\n"
	"  -j, --json         say what was done as JSON\n"
	"  -h, --help         print this\n";

#define OPTION_STATES 256 /* no letter */
#define DEFAULT_FILES 1000u
#define DEFAULT_BYTES (1u << 20)

struct distil_arguments {
	const char *target, *out;
	struct tool_paths paths, must;
	unsigned int max_files, max_bytes;
	bool lossy, skip, json, states;
};

/**
 * struct distillery - what is at work
 * @cover: the choice; its inputs have the place of their programs in @programs
 * @numbers: features as numbers from 0 on
 * @records: of all programs
 * @crashes: programs that crash
 * @skipped: files that are no programs
 */
struct distillery {
	const struct distil_arguments *arguments;
	struct cover cover;
	struct folder_file *programs;
	struct numbers numbers;
	uint64_t bytes;
	size_t crashes, skipped;
};

static bool keep_features(struct distillery *all, struct cover_input *input)
{
	const struct feature_list *list = worker_shared();

	input->nr = list->nr;
	input->feature = malloc((list->nr + 1) * sizeof(*input->feature));
	if (!input->feature)
		return tool_complain("out of memory"), false;
	for (uint32_t i = 0; i < list->nr; i++)
		if (!numbers_get(&all->numbers, list->feature[i], &input->feature[i]))
			return tool_complain("out of memory"), false;
	return true;
}

static bool run_program_of(struct distillery *all, const struct tool_input *input,
			   struct cover_input *to)
{
	const char *name = all->arguments->target ? all->arguments->target
						  : replay_target_of(input->path);
	const struct target *target = replay_target(name);
	struct verdict verdict;

	/* What is set up once for each geometry belongs to no program: the second run counts. */
	if (!target || !worker_run(target, input->bytes, input->size, &verdict) ||
	    !worker_run(target, input->bytes, input->size, &verdict)) {
		if (target && worker_interrupted())
			tool_complain("interrupted; nothing was changed");
		return false;
	}
	if (!worker_can_see(input->path, &verdict))
		return false;
	to->records = verdict.nr_records;
	to->size = input->size;
	all->bytes += input->size;
	if (verdict.kind == VERDICT_GOOD)
		return keep_features(all, to);
	tool_complain("%s: crashes: %s", input->path, verdict.signature);
	all->crashes++;
	return true;
}

static bool take_file(struct distillery *all, const char *path, bool must)
{
	struct folder_file *program = &all->programs[all->cover.nr];
	struct cover_input *to = &all->cover.input[all->cover.nr];
	struct tool_input input;
	bool good;

	if (!tool_load(&input, path))
		return false;
	good = run_program_of(all, &input, to);
	to->name = path;
	to->must = must;
	*program = (struct folder_file){ .path = path, .bytes = input.bytes, .size = input.size };
	all->cover.nr++;
	return good;
}

/* Of another version, or of none: engines keep one or two, since a target says no to them. */
static bool is_no_program(const char *path)
{
	size_t length = strlen(path), size;
	bool text = length >= 5 && !strcmp(path + length - 5, ".spbt");
	FILE *file = text ? NULL : fopen(path, "rb");
	uint8_t head[PROGRAM_HEADER_SIZE];
	char why[200];

	/* What cannot be read, tool_load() complains of. */
	if (!file)
		return false;
	size = fread(head, 1, sizeof(head), file);
	fclose(file);
	return program_refusal(head, size, why, sizeof(why));
}

static bool take_files(struct distillery *all)
{
	const struct distil_arguments *arguments = all->arguments;
	size_t room = arguments->paths.nr + arguments->must.nr + 1;

	all->cover.input = calloc(room, sizeof(*all->cover.input));
	all->programs = calloc(room, sizeof(*all->programs));
	if (!all->cover.input || !all->programs)
		return tool_complain("out of memory"), false;
	for (size_t i = 0; i < arguments->must.nr; i++)
		if (!take_file(all, arguments->must.path[i], true))
			return false;
	for (size_t i = 0; i < arguments->paths.nr; i++) {
		const char *path = arguments->paths.path[i];

		if (arguments->skip && is_no_program(path))
			all->skipped++;
		else if (!take_file(all, path, false))
			return false;
	}
	return true;
}

static void say(const struct distillery *all)
{
	const struct cover *cover = &all->cover;
	size_t states = 0, edges = 0;

	for (uint32_t i = 0; i < all->numbers.nr; i++)
		*(all->numbers.value[i] & FEATURE_STATE ? &states : &edges) += 1;
	if (all->arguments->json)
		printf("{\"programs\": %zu, \"bytes\": %llu, \"kept\": %zu, \"kept_bytes\": %zu, "
		       "\"edge_features\": %zu, \"state_features\": %zu, \"lost\": %u, "
		       "\"crashes\": %zu, \"skipped\": %zu}\n",
		       cover->nr, (unsigned long long)all->bytes, cover->nr_chosen, cover->bytes,
		       edges, states, cover->nr_lost, all->crashes, all->skipped);
	else
		printf("%zu of %zu programs, %zu of %llu bytes: %zu edge features, %zu states, "
		       "%u of them lost",
		       cover->nr_chosen, cover->nr, cover->bytes, (unsigned long long)all->bytes,
		       edges, states, cover->nr_lost);
	if (!all->arguments->json && all->skipped)
		printf("; %zu files are no programs", all->skipped);
	if (!all->arguments->json)
		putchar('\n');
}

static int write_chosen(struct distillery *all)
{
	struct folder_file *to = all->programs;
	size_t nr = 0;

	for (size_t i = 0; i < all->cover.nr; i++) {
		struct folder_file swap = *to;

		if (!all->cover.input[i].chosen)
			continue;
		*to++ = all->programs[i];
		all->programs[i] = swap;
		nr++;
	}
	return folder_write(all->arguments->out, all->programs, nr) ? STATUS_GOOD : STATUS_ERROR;
}

/* Programs that differ in edges alone would be given up. */
static bool counts_enough(const struct distil_arguments *arguments)
{
	if (feature_edges())
		return true;
	tool_complain("this build counts no edges: states alone are covered; build/plain/spbfuzz "
		      "counts them%s",
		      arguments->out && !arguments->states ? "; nothing was written" : "");
	return !arguments->out || arguments->states;
}

static int distil(struct distillery *all)
{
	const struct distil_arguments *arguments = all->arguments;
	struct cover *cover = &all->cover;

	if (!counts_enough(arguments))
		return STATUS_ERROR;
	if (!take_files(all))
		return STATUS_ERROR;
	cover->nr_features = all->numbers.nr;
	cover->max_files = arguments->max_files;
	cover->max_bytes = arguments->max_bytes;
	if (!cover_choose(cover))
		return tool_complain("out of memory");
	say(all);
	if (all->crashes) {
		tool_complain("%zu programs crash: spbfuzz triage says which are the same; "
			      "nothing was written", all->crashes);
		return STATUS_FINDING;
	}
	if (cover->nr_lost && !arguments->lossy) {
		tool_complain("the limits cost %u features; nothing was written", cover->nr_lost);
		return STATUS_FINDING;
	}
	return arguments->out ? write_chosen(all) : STATUS_GOOD;
}

static void release(struct distillery *all)
{
	for (size_t i = 0; all->cover.input && all->programs && i < all->cover.nr; i++) {
		free(all->cover.input[i].feature);
		free(all->programs[i].bytes);
	}
	free(all->cover.input);
	free(all->programs);
	numbers_release(&all->numbers);
}

/* Return: -1 to go on, else the exit status. */
static int take_option(struct distil_arguments *arguments, int letter)
{
	switch (letter) {
	case 'o':
		arguments->out = optarg;
		return -1;
	case 't':
		arguments->target = optarg;
		return replay_target(optarg) ? -1 : STATUS_ERROR;
	case 'm':
		return tool_paths_add(&arguments->must, optarg) ? -1 : STATUS_ERROR;
	case 'f':
		return tool_number(optarg, 1, 100000000, &arguments->max_files) ? -1 : STATUS_ERROR;
	case 'b':
		return tool_number(optarg, 1, 2000000000, &arguments->max_bytes) ? -1
										 : STATUS_ERROR;
	case 'l':
		arguments->lossy = true;
		return -1;
	case 's':
		arguments->skip = true;
		return -1;
	case OPTION_STATES:
		arguments->states = true;
		return -1;
	case 'j':
		arguments->json = true;
		return -1;
	default:
		return tool_usage(usage, letter);
	}
}

static bool same_folder(const char *a, const char *b)
{
	struct stat first, second;

	return !stat(a, &first) && !stat(b, &second) && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

/* What is in OUT now is given up, so all of it must have been read. */
static bool may_give_up(const char *out, char **inputs)
{
	if (access(out, F_OK) || folder_is_empty(out))
		return true;
	for (; *inputs; inputs++)
		if (same_folder(out, *inputs))
			return true;
	tool_complain("%s: holds what is not read; name it as an input too, or another folder",
		      out);
	return false;
}

static int read_arguments(int argc, char **argv, struct distil_arguments *arguments)
{
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "target", required_argument, NULL, 't' },
		{ "must", required_argument, NULL, 'm' },
		{ "max-files", required_argument, NULL, 'f' },
		{ "max-bytes", required_argument, NULL, 'b' },
		{ "lossy", no_argument, NULL, 'l' },
		{ "skip", no_argument, NULL, 's' },
		{ "states", no_argument, NULL, OPTION_STATES },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int letter, status;

	while ((letter = getopt_long(argc, argv, "o:t:m:f:b:lsjh", longs, NULL)) != -1) {
		status = take_option(arguments, letter);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return tool_usage(usage, '?');
	if (!tool_paths_add_all(&arguments->paths, argc, argv))
		return STATUS_ERROR;
	return arguments->out && !may_give_up(arguments->out, argv + optind) ? STATUS_ERROR : -1;
}

int cmd_distil(int argc, char **argv)
{
	struct distil_arguments arguments = {
		.max_files = DEFAULT_FILES,
		.max_bytes = DEFAULT_BYTES,
	};
	struct distillery all = { .arguments = &arguments };
	int status = read_arguments(argc, argv, &arguments);

	if (status < 0 && !worker_begin(&feature_hooks, false))
		status = STATUS_ERROR;
	else if (status < 0) {
		worker_catch_signals();
		status = distil(&all);
		worker_end();
	}
	release(&all);
	tool_paths_release(&arguments.paths);
	tool_paths_release(&arguments.must);
	return status;
}
