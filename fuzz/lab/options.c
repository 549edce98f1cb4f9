// SPDX-License-Identifier: GPL-2.0-only
/* The command line of the laboratory: see options.h. */
#include "fuzz/lab/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/policy.h"

#define MAX_GIGABYTES 1024u /* a terabyte */
#define MAX_FLAT 127u       /* whose pageblocks 16 bits can count, in one superpageblock */

static const char usage[] =
	"usage: spbfuzz lab [options] TRACE [POLICY...]\n"
	"Replay a trace of a small machine, many times over, on a zone of 2 MiB pageblocks and\n"
	"1 GiB superpageblocks, and say in CSV what becomes of the gigabytes.\n"
	"A POLICY is a name (see below) or TUNABLE=VALUE; there may be several.\n"
	"  -m, --memory GIB     of the zone, 2 to 1024 (64)\n"
	"  -e, --events N       steps of the trace, all copies together (4000000)\n"
	"  -s, --seed N         of all that is left to chance (1)\n"
	"  -u, --use PERCENT    of memory in use (90)\n"
	"  -t, --traced PERCENT of memory for copies of the trace, at most (30)\n"
	"  -c, --copies N       so many instead\n"
	"  -r, --recorded       requests as they were recorded; else those of several pages that\n"
	"                       cannot move are made by kvmalloc, which has a smaller retry\n"
	"      --huge PERCENT   of the memory that was not traced is in huge pages (75)\n"
	"      --cache PERCENT  of it is page cache, the rest anonymous (50)\n"
	"      --turnover N     pieces of it are replaced in 1000 steps (500)\n"
	"      --pinned N       of a million single pages of it are pinned where they are (1)\n"
	"  -n, --samples N      lines of the report (20)\n"
	"  -g, --tries N        how often gigabytes are asked for, on a copy of the process (1)\n"
	"  -o, --out FILE       write the report there, whole\n"
	"  -q, --quiet          do not say how far it is\n"
	"  -h, --help           print this\n"
	"Ctrl-C ends it: the report has what there is, and says so. Exit status: 0 good, 1 our\n"
	"books and those of the allocator do not agree, 2 usage, 3 no memory, no trace, or ended\n"
	"early.\n"
	"policies:\n"
	"  as-posted            the tunables' defaults\n"
	"  steering-off         one set of free lists for all memory\n"
	"  bitmaps              superpageblocks are chosen by bitmaps, not by walks\n";

enum { HUGE = 256, CACHE, TURNOVER, PINNED };

static const struct option long_options[] = {
	{ "memory", required_argument, NULL, 'm' },   { "events", required_argument, NULL, 'e' },
	{ "seed", required_argument, NULL, 's' },     { "use", required_argument, NULL, 'u' },
	{ "traced", required_argument, NULL, 't' },   { "copies", required_argument, NULL, 'c' },
	{ "recorded", no_argument, NULL, 'r' },	      { "samples", required_argument, NULL, 'n' },
	{ "tries", required_argument, NULL, 'g' },    { "out", required_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'q' },	      { "help", no_argument, NULL, 'h' },
	{ "huge", required_argument, NULL, HUGE },    { "cache", required_argument, NULL, CACHE },
	{ "turnover", required_argument, NULL, TURNOVER },
	{ "pinned", required_argument, NULL, PINNED }, { NULL, 0, NULL, 0 },
};

static void help(void)
{
	fputs(usage, stdout);
	for (unsigned int i = 0; i < nr_policies; i++)
		printf("  %-20s %s\n", policies[i].name, policies[i].meaning);
	printf("tunables and their defaults:\n");
#define X(name, value, text) printf("  %-20s %u: %s\n", #name, value, text);
	SPB_TUNABLES(X)
#undef X
}

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && *value >= least && *value <= most;
}

static bool number32(const char *text, uint32_t least, uint32_t most, uint32_t *value)
{
	uint64_t wide = 0;
	bool good = number(text, least, most, &wide);

	*value = (uint32_t)wide;
	return good;
}

static bool set_tunable(struct spb_tunables *tunables, const char *word)
{
	size_t len = strcspn(word, "=");
	uint32_t value;

	if (!word[len] || !number32(word + len + 1, 0, UINT16_MAX, &value))
		return false;
#define X(name, initial, text)                                          \
	if (len == sizeof(#name) - 1 && !strncmp(word, #name, len)) {   \
		tunables->name = (uint16_t)value;                       \
		return true;                                            \
	}
	SPB_TUNABLES(X)
#undef X
	return false;
}

static bool take_policy(struct lab_options *options, const char *word)
{
	size_t used = strlen(options->policy);

	if (used + strlen(word) + 2 > sizeof(options->policy))
		return false;
	snprintf(options->policy + used, sizeof(options->policy) - used, "%s%s", used ? " " : "",
		 word);
	if (!strcmp(word, "as-posted"))
		return true;
	if (!strcmp(word, "steering-off")) {
		options->flat = true;
		return true;
	}
	if (!strcmp(word, "bitmaps")) {
		options->bitmaps = true;
		return true;
	}
	for (unsigned int i = 0; i < nr_policies; i++)
		if (!strcmp(word, policies[i].name)) {
			policy_apply(&policies[i], &options->tunables);
			return true;
		}
	return set_tunable(&options->tunables, word);
}

/* Return: whether it has a value that makes sense. */
static bool take_option(struct lab_options *o, int c)
{
	switch (c) {
	case 'm':
		return number32(optarg, 2, MAX_GIGABYTES, &o->gigabytes);
	case 'e':
		return number(optarg, 1, 1ull << 40, &o->events);
	case 's':
		return number(optarg, 0, UINT64_MAX, &o->seed);
	case 'u':
		return number32(optarg, 1, 99, &o->use);
	case 't':
		return number32(optarg, 1, 90, &o->traced);
	case 'c':
		return number32(optarg, 1, 100000, &o->copies);
	case 'n':
		return number32(optarg, 1, 10000, &o->samples);
	case 'g':
		return number32(optarg, 0, 1000, &o->tries);
	case HUGE:
		return number32(optarg, 0, 100, &o->fill.huge);
	case CACHE:
		return number32(optarg, 0, 100, &o->fill.cache);
	case TURNOVER:
		return number32(optarg, 0, 1000, &o->fill.turnover);
	case PINNED:
		return number32(optarg, 0, 1000000, &o->fill.pinned);
	case 'o':
		o->out = optarg;
		return true;
	}
	o->callers &= c != 'r';
	o->quiet |= c == 'q';
	return c == 'r' || c == 'q';
}

static const char *take_words(struct lab_options *options, int argc, char **argv)
{
	static char said[200];

	if (optind >= argc)
		return "no trace is named";
	options->trace = argv[optind++];
	for (; optind < argc; optind++)
		if (!take_policy(options, argv[optind])) {
			snprintf(said, sizeof(said), "%.150s is no policy: see --help",
				 argv[optind]);
			return said;
		}
	if (!options->policy[0])
		snprintf(options->policy, sizeof(options->policy), "as-posted");
	if (!options->tunables.reserve_divisor)
		return "reserve_divisor is at least 1";
	if (options->flat && options->gigabytes > MAX_FLAT)
		return "steering-off: at most 127 GiB, which one superpageblock can count";
	if (options->tries > options->samples)
		return "more tries than samples";
	return NULL;
}

const char *lab_options_read(struct lab_options *options, int argc, char **argv)
{
	int c;

	*options = (struct lab_options){
		.callers = true,
		.tunables = SPB_DEFAULT_TUNABLES,
		.gigabytes = 64, .use = 90, .traced = 30, .samples = 20, .tries = 1,
		.events = 4000000, .seed = 1,
		.fill = { .huge = 75, .cache = 50, .turnover = 500, .pinned = 1 },
	};
	while ((c = getopt_long(argc, argv, "m:e:s:u:t:c:rn:g:o:qh", long_options, NULL)) != -1) {
		if (c == 'h') {
			help();
			return "";
		}
		if (!take_option(options, c))
			return "an option, or what it is given, is wrong: see --help";
	}
	return take_words(options, argc, argv);
}
