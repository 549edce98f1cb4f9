// SPDX-License-Identifier: GPL-2.0-only
/* A run over all jobs: see session.h. */
#include "fuzz/explore/schedules/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/harness/sched/sched.h"
#include "fuzz/tool/common/tool.h"
#include "shim/types.h"

/* Different signatures that are told; docs/triage.md is for more. */
#define MAX_TOLD 64
#define MAX_NAME_OF_JOB 80

static uint64_t told[MAX_TOLD];
static unsigned int nr_told;

/* Jobs that are not done yet, by the number of the task. */
static uint32_t job_of[MAX_JOBS];

static struct session *session_of(const struct process_pool *processes)
{
	return container_of((struct process_pool *)processes, struct session, processes);
}

static void execute(const struct process_pool *processes, uint32_t task)
{
	const struct session *s = session_of(processes);
	uint32_t n = job_of[task];

	explore(s->cases, &s->cases->job[n], s->prune, s->stop, &s->result[n]);
	if (s->stop && s->result[n].nr_kinds)
		process_pool_stop(processes);
}

static void lost(const struct process_pool *processes, uint32_t task, unsigned int signal)
{
	struct result *result = &session_of(processes)->result[job_of[task]];

	result->lost = true;
	result->done = true;
	result->signal = (uint8_t)signal;
	if (session_of(processes)->stop)
		process_pool_stop(processes);
}

/* --- findings --- */

static bool is_new(const char *signature)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *signature; signature++)
		hash = (hash ^ (uint8_t)*signature) * 0x100000001b3ull;
	for (unsigned int i = 0; i < nr_told; i++)
		if (told[i] == hash)
			return false;
	if (nr_told == MAX_TOLD)
		return false;
	told[nr_told++] = hash;
	return true;
}

static void print_report(const uint8_t *bytes, size_t size)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child < 0)
		perror("schedules: fork");
	if (child > 0)
		waitpid(child, NULL, 0);
	if (child)
		return;
	alarm(60);
	sched_tap.touch = NULL;
	explore_replay(bytes, size, false);
	_exit(0);
}

static bool tell_finding(const struct session *s, const char *name, const char *signature,
			 uint64_t after, const uint8_t *bytes, size_t size)
{
	char path[512];

	if (!is_new(signature))
		return true;
	printf("finding: %s, schedule %" PRIu64 ": %s\n", name, after, signature);
	snprintf(path, sizeof(path), "%s/crash-schedules-%016" PRIx64, s->crashes,
		 told[nr_told - 1]);
	if (!tool_write(path, bytes, size))
		return false;
	printf("  %s\n", path);
	print_report(bytes, size);
	return true;
}

static bool tell_findings(const struct session *s, uint32_t n)
{
	const struct result *result = &s->result[n];
	char name[MAX_NAME_OF_JOB], signature[MAX_SIGNATURE];
	bool good = true;

	cases_name_job(s->cases, &s->cases->job[n], name, sizeof(name));
	for (uint32_t i = 0; i < result->nr_kinds; i++)
		good &= tell_finding(s, name, result->kind[i].signature, result->kind[i].after,
				     result->kind[i].bytes, result->kind[i].size);
	if (!result->lost)
		return good;
	snprintf(signature, sizeof(signature), "the process ended with signal %u",
		 result->signal);
	return good & tell_finding(s, name, signature, result->schedules, result->now,
				   result->now_size);
}

/* --- the summary --- */

static void print_pair(const struct session *s, uint32_t n)
{
	const struct result *result = &s->result[n];
	char name[MAX_NAME_OF_JOB];

	cases_name_job(s->cases, &s->cases->job[n], name, sizeof(name));
	printf("%-44s %9" PRIu64 " %12" PRIu64 " %6" PRIu64 "  %016" PRIx64 "\n", name,
	       result->schedules, result->unpruned, result->ends, result->sum);
}

static int print_summary(const struct session *s)
{
	uint64_t schedules = 0, unpruned = 0, far = 0, long_runs = 0, ends = 0;
	uint32_t done = 0, findings = 0;
	bool written = true;

	for (uint32_t n = 0; n < s->cases->nr_jobs; n++) {
		const struct result *result = &s->result[n];

		schedules += result->schedules;
		unpruned += result->unpruned;
		far += result->far;
		long_runs += result->long_runs;
		ends += result->ends;
		done += result->done;
		findings += result->nr_kinds + result->lost;
		if (s->pairs && result->done)
			print_pair(s, n);
		written &= tell_findings(s, n);
	}
	printf("pairs: %u of %u, %u letters, %u states\n", done, s->cases->nr_jobs,
	       s->cases->letters.nr, s->cases->nr_states);
	printf("schedules: %" PRIu64 " explored, about %" PRIu64 " pruned, in %.1f s, %.0f/s\n",
	       schedules, unpruned > schedules ? unpruned - schedules : 0, s->seconds,
	       (double)schedules / (s->seconds > 0 ? s->seconds : 1));
	printf("end states: %" PRIu64 " different ones, pair by pair\n", ends);
	if (far || long_runs)
		printf("left out: %" PRIu64 " classes that no record can say, what follows %" PRIu64
		       " long runs\n", far, long_runs);
	printf("findings: %u, of %u signatures\n", findings, nr_told);
	if (!written)
		return STATUS_ERROR;
	return findings || done < s->cases->nr_jobs ? STATUS_FINDING : STATUS_GOOD;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Return: how many are to be done. */
static uint32_t find_jobs(const struct session *s)
{
	uint32_t nr = 0;

	for (uint32_t n = 0; n < s->cases->nr_jobs; n++)
		if (!s->result[n].done)
			job_of[nr++] = n;
	return s->limit && s->limit < nr ? s->limit : nr;
}

static bool is_complete(const struct session *s)
{
	for (uint32_t n = 0; n < s->cases->nr_jobs; n++)
		if (!s->result[n].done)
			return false;
	return true;
}

int session_run(struct session *s)
{
	double began;
	uint32_t tasks;
	bool kept;
	int status;

	s->processes.name = "schedules";
	s->processes.execute = execute;
	s->processes.lost = lost;
	s->processes.interrupted = s->interrupted;
	s->result = process_pool_map(&s->processes, s->cases->nr_jobs * sizeof(*s->result));
	if (s->checkpoint && checkpoint_load(s))
		printf("going on after %.1f s\n", s->seconds);
	fflush(stdout);
	began = now();
	tasks = find_jobs(s);
	process_pool_open(&s->processes, s->jobs);
	process_pool_run(&s->processes, tasks);
	process_pool_close(&s->processes);
	s->seconds += now() - began;
	status = print_summary(s);
	if (s->stop || is_complete(s)) {
		if (s->checkpoint)
			checkpoint_remove(s);
		return status;
	}
	kept = s->checkpoint && checkpoint_save(s);
	printf("interrupted; %s\n", kept ? "the same command goes on from here"
					 : "the next one starts anew");
	return status;
}
