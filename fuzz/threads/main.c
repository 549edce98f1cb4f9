// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads: programs on real threads, over and over, until the time is up: see threads.h.
 * scripts/spb/fuzzing/threads.py starts it and reads what ThreadSanitizer prints.
 */
#include <getopt.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz/targets.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/threads/threads.h"
#include "fuzz/tool/common/tool.h"

static const char usage[] =
	"usage: threads [options] [-t TARGET] FILE|DIR... [-t TARGET FILE|DIR...]...\n"
	"Run programs with a thread for each logical CPU. The exit status is 1 after a\n"
	"finding or a report of ThreadSanitizer.\n"
	"  -t, --target NAME   for the files that follow (default: race)\n"
	"  -s, --seconds N     for so long (default: 10; 0 = until all is run)\n"
	"  -r, --runs N        each program so many times (default: 0 = until the time is up)\n"
	"  -f, --first N       begin with the N-th file (default: 0)\n"
	"  -h, --help          print this\n";

/* How many records may be under way, in turn from pass to pass: all, a few, or strictly one
 * after another: an access that nothing orders is seen all the same. */
static const unsigned int windows[] = { PROGRAM_MAX_RECORDS, 4, 1 };

static const struct target *const targets[] = {
#define TARGET(name, ...) &target_##name,
#include "fuzz/targets.def"
#undef TARGET
};

struct job {
	const struct target *target;
	struct tool_input input;
};

/* Options, counters over programs and what signals say. */
static PROCESS_STATE struct job *jobs;
static PROCESS_STATE size_t nr_jobs;
static PROCESS_DATA const char *running = "";
static PROCESS_DATA unsigned int reports, seconds = 10, passes, first;
static PROCESS_STATE unsigned long runs;
static PROCESS_STATE volatile sig_atomic_t stopped;

/* Called by the runtime too, with locks of its own: nothing that it intercepts. */
static void tell_program(void)
{
	char line[512];
	int size = snprintf(line, sizeof(line), "THREADS program %.400s\n", running);

	if (syscall(SYS_write, STDERR_FILENO, line, (size_t)size) < 0)
		abort();
}

/* The runtime calls it after each report. */
void __tsan_on_report(void *report);
void __tsan_on_report(void *report)
{
	(void)report;
	reports++;
	tell_program();
}

/* Now and then, so that it is known when the process dies. */
static void tell_runs(void)
{
	fprintf(stderr, "THREADS runs %lu\n", runs);
	runs = 0;
}

static void give_up(struct run *run)
{
	(void)run;
	tell_runs();
	tell_program();
	threads_exit(STATUS_FINDING);
}

static const struct target *target_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (!strcmp(targets[i]->name, name))
			return targets[i];
	tool_complain("no target %s", name);
	return NULL;
}

static bool add_files(const struct target *target, const char *argument)
{
	struct tool_paths paths = { 0 };
	bool good = tool_paths_add(&paths, argument);

	jobs = realloc(jobs, (nr_jobs + paths.nr + 1) * sizeof(*jobs));
	if (!jobs)
		abort();
	/* A fuzzer's folder may have what is no program: after a complaint it is left out. */
	for (size_t i = 0; good && i < paths.nr; i++) {
		struct job *job = &jobs[nr_jobs];

		job->target = target;
		if (!tool_load(&job->input, paths.path[i]))
			continue;
		job->input.path = strdup(paths.path[i]);
		nr_jobs++;
	}
	tool_paths_release(&paths);
	return good;
}

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "target", required_argument, NULL, 't' },
		{ "seconds", required_argument, NULL, 's' },
		{ "runs", required_argument, NULL, 'r' },
		{ "first", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const struct target *target = &target_race;
	int letter;
	bool good = true;

	while (good && (letter = getopt_long(argc, argv, "-t:s:r:f:h", longs, NULL)) != -1) {
		if (letter == 1)
			good = add_files(target, optarg);
		else if (letter == 't')
			good = (target = target_of(optarg)) != NULL;
		else if (letter == 's')
			good = tool_number(optarg, 0, 1000000, &seconds);
		else if (letter == 'r')
			good = tool_number(optarg, 0, 1000000000, &passes);
		else if (letter == 'f')
			good = tool_number(optarg, 0, 1000000000, &first);
		else
			return tool_usage(usage, letter);
	}
	if (good && nr_jobs && (seconds || passes))
		return -1;
	return good ? tool_usage(usage, '?') : STATUS_ERROR;
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void run_all(double began)
{
	for (unsigned int pass = 0; !passes || pass < passes; pass++) {
		threads_window = windows[pass % ARRAY_SIZE(windows)];
		tell_runs();
		for (size_t i = 0; i < nr_jobs; i++) {
			const struct job *job = &jobs[(i + first) % nr_jobs];

			running = job->input.path;
			job->target->run(job->input.bytes, job->input.size);
			runs++;
			if (stopped || (seconds && threads_now() - began >= seconds))
				return;
		}
	}
}

int main(int argc, char **argv)
{
	static PROCESS_STATE struct thread_place place;
	int status = read_arguments(argc, argv);

	if (status >= 0)
		return status;
	if (!geometry_from_environment(stderr))
		return STATUS_ERROR;
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	thread_place = &place;
	this_run->on_finding = give_up;
	/* A signal, say: a program that crashed is told, too. */
	__sanitizer_set_death_callback(tell_program);
	threads_enter();
	run_all(threads_now());
	threads_leave();
	tell_runs();
	fprintf(stderr, "THREADS end\n");
	threads_exit(reports ? STATUS_FINDING : STATUS_GOOD);
}
