// SPDX-License-Identifier: GPL-2.0-only
/*
 * schedules: every schedule of every pair of operations, with a bounded number of preemptions,
 * on a handful of states. See explore.h for how, docs/results/schedules.md for what it found.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/explore/schedules/session.h"
#include "fuzz/tool/common/tool.h"

static const char usage[] =
	"usage: schedules [options] STATE...\n"
	"Run every pair of letters on every state (text programs), in every schedule with up to N\n"
	"preemptions that may make a difference.\n"
	"  -a, --alphabet FILE   letters (default: fuzz/explore/schedules/alphabet)\n"
	"  -o, --only NAMES      of the letters, these\n"
	"  -b, --bound N         preemptions (default: 2)\n"
	"  -w, --walk-bound N    of a walk and another operation (default: 3)\n"
	"  -j, --jobs N          processes (default: 1)\n"
	"  -k, --checkpoint DIR  go on from an interrupted run there, and leave one there\n"
	"  -c, --crashes DIR     programs with findings (default: crashes/race)\n"
	"  -l, --limit N         end as if interrupted after N pairs\n"
	"  -1, --stop            end with the first finding\n"
	"      --no-prune        run every schedule\n"
	"      --pairs           print a line for each pair\n"
	"Exit status: 0 good, 1 finding or interrupted, 2 usage or input error.\n";

static volatile int interrupted;
static struct cases cases;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static int complain(const char *what, const char *which)
{
	fprintf(stderr, "schedules: %s: %s; see schedules --help\n", which, what);
	return STATUS_ERROR;
}

enum { LONG_NO_PRUNE = 256, LONG_PAIRS };

static const struct option longs[] = {
	{ "alphabet", required_argument, NULL, 'a' },
	{ "only", required_argument, NULL, 'o' },
	{ "bound", required_argument, NULL, 'b' },
	{ "walk-bound", required_argument, NULL, 'w' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "checkpoint", required_argument, NULL, 'k' },
	{ "crashes", required_argument, NULL, 'c' },
	{ "limit", required_argument, NULL, 'l' },
	{ "stop", no_argument, NULL, '1' },
	{ "no-prune", no_argument, NULL, LONG_NO_PRUNE },
	{ "pairs", no_argument, NULL, LONG_PAIRS },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static bool take_number(int letter, struct session *s)
{
	unsigned int *to = letter == 'b' ? &s->bound :
			   letter == 'w' ? &s->walk_bound :
			   letter == 'j' ? &s->jobs : &s->limit;
	unsigned int most = letter == 'b' || letter == 'w' ? MAX_BOUND :
			    letter == 'j' ? MAX_WORKERS : 1000000;

	return tool_number(optarg, letter == 'b' || letter == 'w' ? 0 : 1, most, to);
}

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct session *s)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "a:o:b:w:j:k:c:l:1h", longs, NULL)) != -1) {
		if (letter == 'a') {
			s->alphabet = optarg;
		} else if (letter == 'o') {
			s->only = optarg;
		} else if (letter == 'k') {
			s->checkpoint = optarg;
		} else if (letter == 'c') {
			s->crashes = optarg;
		} else if (letter == '1') {
			s->stop = true;
		} else if (letter == LONG_NO_PRUNE) {
			s->prune = false;
		} else if (letter == LONG_PAIRS) {
			s->pairs = true;
		} else if (letter == 'h') {
			fputs(usage, stdout);
			return STATUS_GOOD;
		} else if (letter == '?') {
			fputs(usage, stderr);
			return STATUS_ERROR;
		} else if (!take_number(letter, s)) {
			return STATUS_ERROR;
		}
	}
	return optind < argc ? -1 : complain("at least one is needed", "STATE");
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct session session = {
		.cases = &cases, .alphabet = "fuzz/explore/schedules/alphabet",
		.crashes = "crashes/race",
		.bound = 2, .walk_bound = 3, .jobs = 1, .prune = true,
		.interrupted = &interrupted,
	};
	int status = read_arguments(argc, argv, &session);

	if (status >= 0)
		return status;
	if (!rules_from_environment(stderr) || !geometry_from_environment(stderr))
		return 2;
	access_expect_hooks();
	for (int i = optind; i < argc; i++)
		if (!cases_add_state(&cases, argv[i]))
			return STATUS_ERROR;
	if (!cases_read_letters(&cases, session.alphabet) ||
	    !cases_make_jobs(&cases, session.bound, session.walk_bound, session.only))
		return STATUS_ERROR;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	return session_run(&session);
}
