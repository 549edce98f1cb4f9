// SPDX-License-Identifier: GPL-2.0-only
/*
 * spbfuzz compare: the same programs under changed policies, side by side.
 *
 * Every rule is checked in every run. Beyond that, the two runs of a program part at an event
 * that the change explains (policy.h), or not at all, and then their hashes are the same.
 */
#include "fuzz/tool/common/tool.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/harness/program/policy.h"
#include "fuzz/harness/stats/reach.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/stats/trace.h"
#include "fuzz/tool/common/plain.h"
#include "fuzz/tool/replay/replay.h"

static const char usage[] =
	"usage: spbfuzz compare [-t TARGET] [-q] FILE|DIR...\n"
	"Replay programs as they are and under changed policies, and print what differs, summed\n"
	"over all programs: superpageblocks that became tainted, and that are at the end, calls\n"
	"that got nothing, pages moved, promises of patch 35 made and broken. The exit status is\n"
	"1 when a run breaks a rule, or when two runs part for no reason of the policy.\n"
	"  -t, --target NAME  run them as this target does (default: alloc)\n"
	"  -q, --quiet        print only what is wrong\n"
	"      --only LIST    look at these rules and groups of rules alone (see spbfuzz rules)\n";

/* Of all programs under one policy, signed so that differences are at hand. */
struct tally {
	int64_t tainted, at_end, failed, moved, made, broken;
	int64_t parted; /* programs that differ from the usual run */
};

/* The events of the usual run. */
static struct {
	struct policy_step *step;
	size_t nr, room;
	uint64_t hash;
} usual;

/**
 * struct other - the run under way beside the usual one
 * @policy: NULL during the usual run itself
 * @at: event number
 * @op: of the record under way
 * @parted: the runs differ; @explained, or not
 */
static struct {
	const struct policy *policy;
	struct tally *tally;
	size_t at;
	uint8_t op;
	bool tainted, parted, explained;
} other;

static void count(struct tally *tally, const struct spb_event *event)
{
	switch (event->type) {
	case SPB_EV_TAINT:
		tally->tainted++;
		tally->at_end++;
		break;
	case SPB_EV_UNTAINT:
		tally->at_end--;
		break;
	case SPB_EV_MIGRATE:
		tally->moved += INT64_C(1) << event->order;
		break;
	case SPB_EV_TRACE_RESULT:
		tally->failed += event->pfn == SPB_NO_PFN;
		break;
	default:
		break;
	}
}

static void remember(const struct policy_step *step)
{
	if (usual.nr == usual.room) {
		usual.room = usual.room ? 2 * usual.room : 4096;
		usual.step = realloc(usual.step, usual.room * sizeof(*usual.step));
		if (!usual.step) {
			tool_complain("no memory for %zu events", usual.room);
			exit(STATUS_ERROR);
		}
	}
	usual.step[usual.nr++] = *step;
}

/* @step: of the run under way, NULL at its end. */
static void compare_step(const struct policy_step *step)
{
	const struct policy_step *was = other.at < usual.nr ? &usual.step[other.at] : NULL;

	if (other.parted || (!was && !step))
		return;
	if (was && step && policy_same_event(&was->event, &step->event)) {
		other.tainted |= was->event.type == SPB_EV_TAINT;
		other.at++;
		return;
	}
	other.parted = true;
	other.explained = policy_explains(other.policy, was, step, other.tainted);
}

static void note_op(struct run *run, const struct program_record *record)
{
	(void)run;
	other.op = record->op;
}

static void note_event(struct run *run, const struct spb_event *event)
{
	struct policy_step step;

	(void)run;
	step = (struct policy_step){ .event = *event, .op = other.op };
	count(other.tally, event);
	if (other.policy)
		compare_step(&step);
	else
		remember(&step);
}

static const struct observer watcher = {
	.name = "compare", .events = ALL_EVENTS, .op_begins = note_op, .event = note_event,
};

static void count_promises(struct tally *tally)
{
	for (unsigned int i = 0; i < NR_PROMISES; i++) {
		tally->made += (int64_t)reach_counts()->promise[i];
		tally->broken += i == PROMISE_KEPT ? 0 : (int64_t)reach_counts()->promise[i];
	}
	reach_reset();
}

static bool run_usual(const struct target *target, const struct tool_input *input,
		      struct tally *tally)
{
	other.policy = NULL;
	other.tally = tally;
	usual.nr = 0;
	this_run->options.policy = NULL;
	if (!replay(target, input))
		return false;
	usual.hash = trace_hash();
	count_promises(tally);
	return true;
}

/* Return: whether every rule holds, and the runs part where the policy says why, or never. */
static bool run_other(const struct target *target, const struct tool_input *input,
		      const struct policy *policy, struct tally *tally)
{
	other.policy = policy;
	other.tally = tally;
	other.at = 0;
	other.tainted = other.parted = false;
	this_run->options.policy = policy;
	if (!replay(target, input)) {
		fprintf(stderr, "POLICY %s\n", policy->name);
		return false;
	}
	compare_step(NULL);
	count_promises(tally);
	tally->parted += other.parted;
	if (other.parted ? other.explained : trace_hash() == usual.hash)
		return true;
	printf("%s: %s makes a difference at event %zu for no reason of its own\n", input->path,
	       policy->name, other.at);
	return false;
}

static int compare_file(const struct target *target, const char *path, struct tally *tallies)
{
	struct tool_input input;
	bool good;

	if (!tool_load(&input, path))
		return STATUS_ERROR;
	good = run_usual(target, &input, &tallies[0]);
	for (unsigned int i = 0; good && i < nr_policies; i++)
		good = run_other(target, &input, &policies[i], &tallies[i + 1]);
	if (!good)
		plain_line(stderr, "FILE ", path);
	tool_unload(&input);
	return good ? STATUS_GOOD : STATUS_FINDING;
}

static void print_row(const char *name, const struct tally *t, const char *meaning)
{
	printf("%-17s %8" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64
	       " %8" PRId64 "  %s\n",
	       name, t->tainted, t->at_end, t->failed, t->moved, t->made, t->broken, t->parted,
	       meaning);
}

static void print_difference(const struct tally *t, const struct tally *from)
{
	printf("%-17s %+8" PRId64 " %+8" PRId64 " %+8" PRId64 " %+8" PRId64 " %+8" PRId64
	       " %+8" PRId64 "\n",
	       "", t->tainted - from->tainted, t->at_end - from->at_end, t->failed - from->failed,
	       t->moved - from->moved, t->made - from->made, t->broken - from->broken);
}

static void print_table(const struct tally *tallies, size_t programs)
{
	printf("%zu programs\n%-17s %8s %8s %8s %8s %8s %8s %8s\n", programs, "policy", "tainted",
	       "at end", "failed", "moved", "promises", "broken", "differ");
	print_row("as it is", &tallies[0], "");
	for (unsigned int i = 0; i < nr_policies; i++) {
		print_row(policies[i].name, &tallies[i + 1], policies[i].meaning);
		print_difference(&tallies[i + 1], &tallies[0]);
	}
}

enum { LONG_ONLY = 256 };

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, const struct target **target, bool *quiet)
{
	static const struct option longs[] = {
		{ "target", required_argument, NULL, 't' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "only", required_argument, NULL, LONG_ONLY },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *name = "alloc";
	int letter;

	while ((letter = getopt_long(argc, argv, "t:qh", longs, NULL)) != -1) {
		switch (letter) {
		case 't':
			name = optarg;
			break;
		case 'q':
			*quiet = true;
			break;
		case LONG_ONLY:
			if (!tool_only(optarg))
				return STATUS_ERROR;
			break;
		default:
			return tool_usage(usage, letter);
		}
	}
	*target = replay_target(name);
	if (!*target)
		return STATUS_ERROR;
	if (optind == argc) {
		fputs(usage, stderr);
		return STATUS_ERROR;
	}
	return -1;
}

int cmd_compare(int argc, char **argv)
{
	const struct target *target = NULL;
	struct tool_paths paths = { 0 };
	struct tally *tallies;
	bool quiet = false;
	int status;

	this_run->options.model = true;
	status = read_arguments(argc, argv, &target, &quiet);
	if (status >= 0)
		return status;
	tallies = calloc(nr_policies + 1, sizeof(*tallies));
	if (!tallies)
		return tool_complain("no memory");
	replay_prepare(true, true, false);
	this_run->watcher = &watcher;
	status = tool_paths_add_all(&paths, argc, argv) ? STATUS_GOOD : STATUS_ERROR;
	for (size_t i = 0; status != STATUS_ERROR && i < paths.nr; i++) {
		int one = compare_file(target, paths.path[i], tallies);

		status = one > status ? one : status;
	}
	if (!quiet && status != STATUS_ERROR)
		print_table(tallies, paths.nr);
	tool_paths_release(&paths);
	free(tallies);
	free(usual.step);
	return status;
}
