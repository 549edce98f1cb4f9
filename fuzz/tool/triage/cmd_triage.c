// SPDX-License-Identifier: GPL-2.0-only
/* spbfuzz triage: which crashes are the same, and which are new. */
#include "fuzz/tool/common/tool.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz/harness/program/shrink.h"
#include "fuzz/tool/common/options.h"
#include "fuzz/tool/replay/replay.h"
#include "fuzz/tool/triage/triage.h"
#include "fuzz/tool/replay/worker.h"

static const char usage[] =
	"usage: spbfuzz triage [options] FILE|DIR...\n"
	"Run each program in a child process, group those that crash by signature and print a\n"
	"table with the smallest of each. The exit status is 1 when there is a crash; with\n"
	"a baseline, when there is one that it does not name.\n"
	"  -t, --target NAME    run them as this target does (default: the folder's name, or\n"
	"                       alloc)\n"
	"      --only LIST      look at these rules and groups of rules alone: safety, books,\n"
	"                       policy, conformance, or what spbfuzz rules lists; -NAME leaves\n"
	"                       one out\n"
	"  -b, --baseline FILE  signatures that are known, one per line\n"
	"  -w, --write-baseline FILE  write those of this run, and those of the baseline\n"
	"  -k, --keep DIR       copy the smallest of each group there, named by its signature\n"
	"  -m, --minimize       shrink each crash first, keeping the rule of its signature: it is\n"
	"                       that of the smallest program then, and so is what --keep copies\n"
	"  -J, --junit FILE     write JUnit XML: a test case per file\n"
	"  -S, --sarif FILE     write SARIF 2.1.0: a result per group\n"
	"  -g, --github         print GitHub annotations instead of the table\n"
	"  -j, --json           print JSON instead of the table\n"
	"  -h, --help           print this\n";

struct triage_arguments {
	const char *target, *only;
	const char *baseline, *write_baseline;
	const char *keep, *junit, *sarif;
	bool github, json, minimize;
};

/* More than any program of the corpus needed. */
#define MINIMIZE_TRIES 5000

static bool still_breaks(void *context, const uint8_t *bytes, size_t size)
{
	const struct triage_file *file = context;
	struct verdict verdict;

	return worker_run_again(file->target, bytes, size, &verdict) &&
	       verdict_is_crash(&verdict) &&
	       !strcmp(verdict.rule, file->verdict.rule);
}

/* Return: false when the run has to end. */
static bool minimize(struct triage_file *file, const struct tool_input *input)
{
	struct shrink *shrink = calloc(1, sizeof(*shrink));
	bool good = shrink != NULL;

	if (!good)
		return tool_complain("out of memory"), false;
	shrink->still = still_breaks;
	shrink->context = file;
	shrink->max_tries = MINIMIZE_TRIES;
	if (shrink_program(shrink, input->bytes, input->size, file->verdict.step)) {
		file->size = shrink_size(shrink);
		file->small = malloc(file->size);
		if (file->small)
			memcpy(file->small, shrink->bytes, file->size);
		good = file->small && worker_run(file->target, file->small, file->size,
						 &file->verdict);
	}
	free(shrink);
	return good && !worker_interrupted();
}

/* Return: false when the run has to end. */
static bool run_file(struct triage_file *file, bool small)
{
	struct tool_input input;
	bool good;

	if (!tool_load(&input, file->path))
		return true;
	file->readable = true;
	file->size = input.size;
	good = worker_run(file->target, input.bytes, input.size, &file->verdict);
	if (good)
		file->readable = worker_can_see(file->path, &file->verdict);
	if (good && small && triage_is_crash(file))
		good = minimize(file, &input);
	tool_unload(&input);
	return good;
}

static bool run_files(struct triage *triage, bool small)
{
	for (size_t i = 0; i < triage->nr_files; i++) {
		if (run_file(&triage->files[i], small))
			continue;
		if (worker_interrupted())
			tool_complain("interrupted after %zu of %zu files; no report is written", i,
				      triage->nr_files);
		return false;
	}
	return true;
}

/* --- results --- */

/* A signature as a part of a file name. */
static bool path_for(char *to, size_t room, const char *dir, const char *signature)
{
	char name[SIGNATURE_ROOM];
	size_t i;

	for (i = 0; signature[i] && i < sizeof(name) - 1; i++) {
		bool plain = isalnum((unsigned char)signature[i]) || strchr("._-", signature[i]);

		name[i] = plain ? signature[i] : signature[i] == '/' ? '.' : '_';
	}
	name[i] = '\0';
	return (size_t)snprintf(to, room, "%s/%s", dir, name) < room;
}

static bool copy_file(const char *to, const struct triage_file *file)
{
	struct tool_input input;
	bool good;

	if (file->small)
		return tool_write(to, file->small, file->size);
	if (!tool_load(&input, file->path))
		return false;
	good = tool_write(to, input.bytes, input.size);
	tool_unload(&input);
	return good;
}

static bool keep_smallest(const struct triage *triage, const char *dir)
{
	if (mkdir(dir, 0777) && errno != EEXIST)
		return tool_complain("%s: %s", dir, strerror(errno)), false;
	for (size_t i = 0; i < triage->nr_groups; i++) {
		const struct triage_group *group = &triage->groups[i];
		char path[4096];

		if (!path_for(path, sizeof(path), dir, group->signature))
			return tool_complain("%s: the name is too long", dir), false;
		if (!copy_file(path, &triage->files[group->smallest]))
			return false;
	}
	return true;
}

static bool baseline(FILE *to, const void *what)
{
	triage_baseline(to, what);
	return true;
}

static bool junit(FILE *to, const void *what)
{
	triage_junit(to, what);
	return true;
}

static bool sarif(FILE *to, const void *what)
{
	triage_sarif(to, what);
	return true;
}

static bool write_results(const struct triage_arguments *arguments, const struct triage *triage)
{
	if (arguments->json)
		triage_json(stdout, triage);
	else if (arguments->github)
		triage_github(stdout, triage);
	else
		triage_table(stdout, triage);
	if (arguments->junit && !tool_write_form(arguments->junit, junit, triage))
		return false;
	if (arguments->sarif && !tool_write_form(arguments->sarif, sarif, triage))
		return false;
	if (arguments->keep && !keep_smallest(triage, arguments->keep))
		return false;
	return !arguments->write_baseline ||
	       tool_write_form(arguments->write_baseline, baseline, triage);
}

/* --- arguments --- */

static bool prepare(struct triage *triage, const struct tool_paths *paths,
		    const struct triage_arguments *arguments)
{
	triage->nr_files = paths->nr;
	triage->files = calloc(paths->nr + 1, sizeof(*triage->files));
	if (!triage->files)
		return tool_complain("out of memory"), false;
	for (size_t i = 0; i < paths->nr; i++) {
		const char *path = paths->path[i];

		triage->files[i].path = path;
		triage->files[i].target = replay_target(
			arguments->target ? arguments->target : replay_target_of(path));
		if (!triage->files[i].target)
			return false;
	}
	return true;
}

static int triage_paths(const struct triage_arguments *arguments, const struct tool_paths *paths)
{
	struct triage triage = { .version = TOOL_VERSION };
	char *known = NULL;
	int status = STATUS_ERROR;

	if ((!arguments->baseline || tool_read_text(arguments->baseline, &known)) &&
	    prepare(&triage, paths, arguments) && worker_begin(NULL, true)) {
		worker_catch_signals();
		triage.known = known;
		if (run_files(&triage, arguments->minimize) && triage_group_files(&triage) &&
		    write_results(arguments, &triage))
			status = triage_new(&triage) ? STATUS_FINDING : STATUS_GOOD;
		worker_end();
	}
	if (triage.unreadable)
		status = STATUS_ERROR;
	triage_release(&triage);
	free(triage.files);
	free(known);
	return status;
}

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct triage_arguments *arguments)
{
	const struct tool_option options[] = {
		{ 't', "target", .text = &arguments->target },
		{ 0, "only", .text = &arguments->only },
		{ 'b', "baseline", .text = &arguments->baseline },
		{ 'w', "write-baseline", .text = &arguments->write_baseline },
		{ 'k', "keep", .text = &arguments->keep },
		{ 'm', "minimize", .flag = &arguments->minimize },
		{ 'J', "junit", .text = &arguments->junit },
		{ 'S', "sarif", .text = &arguments->sarif },
		{ 'g', "github", .flag = &arguments->github },
		{ 'j', "json", .flag = &arguments->json },
		{ 0 },
	};
	int status = tool_options(argc, argv, usage, options);

	if (status < 0 && optind == argc)
		status = tool_usage(usage, '?');
	if (status < 0 && !tool_only(arguments->only))
		status = STATUS_ERROR;
	return status;
}

int cmd_triage(int argc, char **argv)
{
	struct triage_arguments arguments = { 0 };
	struct tool_paths paths = { 0 };
	int status = read_arguments(argc, argv, &arguments);

	if (status >= 0)
		return status;
	status = tool_paths_add_all(&paths, argc, argv) ? STATUS_GOOD : STATUS_ERROR;
	if (status == STATUS_GOOD)
		status = triage_paths(&arguments, &paths);
	tool_paths_release(&paths);
	return status;
}
