// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftest [-v] [boots]: the self-test of a tree's object, then so many boots and how long one
 * took. Status 0, or 3 with what went wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/kernel/bridge.h"

#define INCONCLUSIVE 3

static void bug(const char *what, const char *file, int line)
{
	fprintf(stderr, "selftest: %s, %s:%d\n", what, file, line);
	exit(INCONCLUSIVE);
}

static void print(const char *text)
{
	fputs(text, stderr);
}

/* Builds that count edges tell where: nobody is here to look. */
__attribute__((weak)) void __sanitizer_cov_8bit_counters_init(char *start, char *stop)
{
	(void)start, (void)stop;
}

__attribute__((weak)) void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop)
{
	(void)start, (void)stop;
}

static unsigned long nr_accesses, nr_marked;

static void count_access(const void *at, size_t size, bool write, bool marked, const void *pc)
{
	(void)at, (void)size, (void)write, (void)pc;
	nr_accesses++;
	nr_marked += marked;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

static void time_boots(unsigned long boots)
{
	const struct kb_config config = {
		.max_order = 8, .pageblock_order = 5, .nr_nodes = 1, .nr_cpus = 4,
		.pages = { 4096 }, .pcp_high = 16, .pcp_batch = 4,
	};
	double *took = calloc(boots, sizeof(*took)), total = 0;
	unsigned long i;
	unsigned int n;
	void *start;
	size_t size;

	if (!took)
		return;
	for (i = 0; i < boots; i++) {
		double began = seconds();

		kb_boot(&config);
		took[i] = (seconds() - began) * 1e6;
	}
	qsort(took, boots, sizeof(*took), by_value);
	printf("selftest: a boot of 16 MB takes %.1f us, 99th percentile %.1f us\n",
	       took[boots / 2], took[boots * 99 / 100]);
	free(took);
	for (n = 0; kb_state(n, &start, &size); n++)
		total += (double)size;
	printf("selftest: its state is %.0f KB\n", total / 1024);
}

int main(int argc, char **argv)
{
	bool talk = argc > 1 && !strcmp(argv[1], "-v");
	const struct kb_host host = {
		.bug = bug, .print = talk ? print : NULL, .access = count_access,
	};
	const char *number = argc > 1 + talk ? argv[1 + talk] : "0";
	const char *why;

	kb_attach(&host);
	why = kb_self_test();
	if (why) {
		fprintf(stderr, "selftest: %s: %s\n", kb_build()->version, why);
		return INCONCLUSIVE;
	}
	printf("selftest: %s is as expected\n", kb_build()->version);
	if (nr_accesses)
		printf("selftest: %lu accesses, %lu of them marked\n", nr_accesses, nr_marked);
	if (strtoul(number, NULL, 10))
		time_boots(strtoul(number, NULL, 10));
	return 0;
}
