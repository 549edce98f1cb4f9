// SPDX-License-Identifier: GPL-2.0-only
/*
 * exhaustive: every program of up to --depth operations out of a small alphabet, on a small
 * geometry, all oracles and the model on. See search.h for how, state.h for what counts as
 * the same state, docs/results/exhaustive.md for what it found.
 */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fuzz/harness/rule/rule.h"
#include "fuzz/explore/pool/key.h"
#include "fuzz/explore/exhaustive/search.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/stats/reach.h"

enum { STATUS_GOOD, STATUS_FINDING, STATUS_ERROR };

static const char usage[] =
	"usage: exhaustive [options]\n"
	"Execute every program of up to N operations out of an alphabet, each state once.\n"
	"  -d, --depth N         operations in the longest programs (default: 4)\n"
	"  -a, --alphabet NAMES  mix, wide or letters: docs/exhaustive.md (default: mix)\n"
	"  -g, --geometry NAME   (default: micro)\n"
	"  -p, --pcp NAME        profile of the per-CPU lists (default: tiny)\n"
	"  -w, --watermarks NAME (default: default)\n"
	"  -j, --jobs N          processes that execute (default: 1)\n"
	"  -k, --checkpoint DIR  go on from an interrupted search there, and leave one there\n"
	"  -c, --crashes DIR     programs with findings (default: crashes/alloc)\n"
	"  -r, --reach FILE      add what is reached to the counts there, and print it\n"
	"  -s, --sample N        compare what follows for one in N programs (default: 512)\n"
	"  -l, --limit N         end as if interrupted after N programs\n"
	"  -1, --stop            end with the first finding\n"
	"      --no-prune        continue every program, even from a known state\n"
	"Exit status: 0 good, 1 finding or interrupted, 2 usage or input error.\n";

struct arguments {
	const char *alphabet, *geometry, *pcp, *watermarks, *checkpoint, *crashes, *reach;
	unsigned int depth, jobs;
	uint64_t limit, sample;
	bool stop, no_prune;
};

static const struct {
	int letter;
	size_t at;
} texts[] = {
	{ 'a', offsetof(struct arguments, alphabet) },
	{ 'g', offsetof(struct arguments, geometry) },
	{ 'p', offsetof(struct arguments, pcp) },
	{ 'w', offsetof(struct arguments, watermarks) },
	{ 'k', offsetof(struct arguments, checkpoint) },
	{ 'c', offsetof(struct arguments, crashes) },
	{ 'r', offsetof(struct arguments, reach) },
};

#define NR_TEXTS (sizeof(texts) / sizeof(texts[0]))

static volatile int interrupted;

static struct alphabet alphabet;
static struct store store;
static struct pool pool;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static int complain(const char *what, const char *which)
{
	fprintf(stderr, "exhaustive: %s: %s; see exhaustive --help\n", which, what);
	return STATUS_ERROR;
}

static int check_numbers(const struct arguments *a)
{
	if (!a->depth || a->depth >= MAX_DEPTH)
		return complain("must be 1 to 14", "--depth");
	if (!a->jobs || !a->sample)
		return complain("must be at least 1", a->jobs ? "--sample" : "--jobs");
	return -1;
}

/* Options with a value. Return: whether it is one. */
static bool take_value(struct arguments *a, int letter)
{
	switch (letter) {
	case 'd':
		a->depth = (unsigned int)strtoul(optarg, NULL, 10);
		return true;
	case 'j':
		a->jobs = (unsigned int)strtoul(optarg, NULL, 10);
		return true;
	case 's':
		a->sample = strtoull(optarg, NULL, 10);
		return true;
	case 'l':
		a->limit = strtoull(optarg, NULL, 10);
		return true;
	}
	for (size_t i = 0; i < NR_TEXTS; i++)
		if (letter == texts[i].letter) {
			*(const char **)((char *)a + texts[i].at) = optarg;
			return true;
		}
	return false;
}

/* Return: -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option longs[] = {
		{ "depth", required_argument, NULL, 'd' },
		{ "alphabet", required_argument, NULL, 'a' },
		{ "geometry", required_argument, NULL, 'g' },
		{ "pcp", required_argument, NULL, 'p' },
		{ "watermarks", required_argument, NULL, 'w' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "checkpoint", required_argument, NULL, 'k' },
		{ "crashes", required_argument, NULL, 'c' },
		{ "reach", required_argument, NULL, 'r' },
		{ "sample", required_argument, NULL, 's' },
		{ "limit", required_argument, NULL, 'l' },
		{ "stop", no_argument, NULL, '1' },
		{ "no-prune", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "d:a:g:p:w:j:k:c:r:s:l:1h", longs, NULL)) != -1) {
		if (letter == '1') {
			a->stop = true;
		} else if (letter == 'n') {
			a->no_prune = true;
		} else if (letter == 'h') {
			fputs(usage, stdout);
			return STATUS_GOOD;
		} else if (!take_value(a, letter)) {
			fputs(usage, stderr);
			return STATUS_ERROR;
		}
	}
	if (optind != argc)
		return complain("no arguments are taken", argv[optind]);
	return check_numbers(a);
}

static int set_up(const struct arguments *a)
{
	int geometry = entry_index(ENTRY_GEOMETRY, a->geometry);
	int pcp = entry_index(ENTRY_PCP, a->pcp);
	int watermarks = entry_index(ENTRY_WATERMARKS, a->watermarks);
	const char *wrong;

	if (geometry < 0)
		return complain("no such geometry", a->geometry);
	if (pcp < 0)
		return complain("no such per-CPU profile", a->pcp);
	if (watermarks < 0)
		return complain("no such watermark profile", a->watermarks);
	alphabet.header = (struct program_header){
		.geometry = entry_byte(ENTRY_GEOMETRY, (unsigned int)geometry),
		.pcp = entry_byte(ENTRY_PCP, (unsigned int)pcp), .cpus = 1,
		.watermarks = entry_byte(ENTRY_WATERMARKS, (unsigned int)watermarks),
	};
	wrong = alphabet_read(&alphabet, a->alphabet);
	if (wrong)
		return complain("no such letter", wrong);
	if (!alphabet.calls.nr)
		return complain("no letters", a->alphabet);
	return -1;
}

/* --- the checkpoint --- */

/* Of all that the numbers depend on: this program, the alphabet, how it is searched. */
static uint64_t key_of(const struct arguments *a)
{
	uint8_t header[PROGRAM_HEADER_SIZE];
	uint64_t key = key_add(key_of_program(), a->alphabet, strlen(a->alphabet) + 1);

	program_encode_header(&alphabet.header, header);
	key = key_add(key, header, sizeof(header));
	return key_add(key, &a->depth, sizeof(a->depth)) ^ a->no_prune;
}

static void name_checkpoint(const struct arguments *a, uint64_t key, char *to, size_t room)
{
	snprintf(to, room, "%s/%016" PRIx64 ".checkpoint", a->checkpoint ? a->checkpoint : "",
		 key);
}

/* --- the summary --- */

static void print_programs(const struct search *search)
{
	uint64_t programs[MAX_DEPTH + 1] = { 0 }, sum = 0;

	search_count_programs(search, programs);
	printf("programs of each number of operations:");
	for (unsigned int d = 1; d <= search->depth; d++) {
		printf(" %" PRIu64, programs[d]);
		sum = sum + programs[d] < sum ? UINT64_MAX : sum + programs[d];
	}
	printf("\nprograms: %" PRIu64 "%s\n", sum, sum == UINT64_MAX ? " or more" : "");
}

static void print_summary(const struct search *search, enum search_end end)
{
	const struct progress *p = &search->store->progress;
	uint64_t states = 0, run = 0;

	for (unsigned int d = 0; d <= search->depth; d++) {
		states += p->fresh[d];
		run += p->run[d];
	}
	if (end == SEARCH_DONE)
		print_programs(search);
	printf("executed: %" PRIu64 " programs in %.1f s (%.1f s of CPU), %.0f states/s; %.1f%% "
	       "led to a known state\n", run, p->seconds, p->cpu_seconds,
	       (double)states / (p->seconds > 0 ? p->seconds : 1),
	       run ? 100.0 * (double)(run - states + 1) / (double)run : 0.0);
	printf("states: %" PRIu64 ", of hash sum %016" PRIx64 "%016" PRIx64 "\n", states,
	       p->sum[1], p->sum[0]);
	printf("a wrong merge: less likely than %.1e (states^2 / 2^129); %" PRIu64
	       " merges were followed one letter further\n",
	       (double)states * (double)states / ldexp(1.0, 129), p->checked);
	for (uint32_t i = 0; i < p->nr_kinds; i++)
		printf("finding %016" PRIx64 ": first at depth %u, in %" PRIu64 " programs\n",
		       p->kind[i].signature, p->kind[i].depth, p->kind[i].count);
}

static int finish(const struct search *search, const struct arguments *a, enum search_end end,
		  const char *file)
{
	bool kept = false;
	char line[256];

	print_summary(search, end);
	if (a->reach)
		printf("reached: %s\n", reach_line(line, sizeof(line)));
	if (end == SEARCH_INTERRUPTED && a->checkpoint)
		kept = store_save(search->store, file);
	else if (a->checkpoint)
		unlink(file);
	if (end == SEARCH_INTERRUPTED)
		printf("interrupted; %s\n", kept ? "the same command goes on from here"
						 : "the next one starts anew");
	if (end == SEARCH_FULL)
		printf("out of room for states: take a smaller DEPTH or ALPHABET\n");
	return end != SEARCH_DONE || search->store->progress.nr_kinds ? STATUS_FINDING
								      : STATUS_GOOD;
}

static double cpu_seconds(int whose)
{
	struct rusage usage;

	getrusage(whose, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

int main(int argc, char **argv)
{
	struct arguments a = {
		.alphabet = "mix", .geometry = "micro", .pcp = "tiny",
		.watermarks = "default", .crashes = "crashes/alloc", .depth = 4, .jobs = 1,
		.sample = SAMPLE,
	};
	const struct sigaction action = { .sa_handler = on_signal };
	struct search search;
	enum search_end end;
	char file[512];
	int status = read_arguments(argc, argv, &a);

	if (status < 0)
		status = set_up(&a);
	if (status >= 0)
		return status;
	if (!rules_from_environment(stderr) || !geometry_from_environment(stderr))
		return 2;
	search = (struct search){
		.pool = &pool, .store = &store, .depth = a.depth, .prune = !a.no_prune,
		.stop_at_first = a.stop, .limit = a.limit, .sample = a.sample,
		.interrupted = &interrupted,
		.crashes = a.crashes,
	};
	store_open(&store);
	name_checkpoint(&a, key_of(&a), file, sizeof(file));
	if (a.checkpoint && store_load(&store, file, key_of(&a)))
		printf("going on after %.1f s\n", store.progress.seconds);
	store.progress.key = key_of(&a);
	if (a.reach && !reach_map(a.reach))
		return complain("cannot be used", a.reach);
	pool.alphabet = &alphabet;
	pool.store = &store;
	pool_open(&pool, a.jobs);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	end = search_run(&search);
	pool_close(&pool);
	store.progress.cpu_seconds += cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN);
	return finish(&search, &a, end, file);
}
