// SPDX-License-Identifier: GPL-2.0-only
/* The calls that are counted: see calls.h. */
#include "fuzz/overhead/calls.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else /* make overhead installs it; without it there are no instructions, but all other counts */
#define RUNNING_ON_VALGRIND 0
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_TOGGLE_COLLECT
#define CALLGRIND_DUMP_STATS_AT(name)
#endif

#include "fuzz/overhead/host.h"
#include "fuzz/overhead/states.h"
#include "spb/alloc.h"

#define MAX_CALLS 32
#define ROUNDS 9

/* Best effort, as patch 35 of the series has it: it may not sleep, and no warning is wanted. */
#define GFP_BEST_EFFORT (GFP_INSISTS | __GFP_NOWARN)

/**
 * struct call - one kind
 * @name: in the result
 * @calls: how often in a round
 * @rounds: how many; 1 for what changes the state for those that come after, which has no time:
 *          most of that would be page faults of the image
 * @frees: pages of order 0 are got before the round, for it to free
 * @order: of what it allocates
 * @make: the call itself; what it returns is freed after the round
 */
struct call {
	const char *name;
	unsigned int calls, rounds;
	bool frees;
	unsigned int order;
	struct page *(*make)(struct page *page);
};

static struct page *alloc_unmovable(struct page *page __attribute__((unused)))
{
	return alloc_pages(GFP_INSISTS, 0);
}

static struct page *alloc_movable(struct page *page __attribute__((unused)))
{
	return alloc_pages(GFP_PAGE_CACHE, 0);
}

static struct page *best_effort_2(struct page *page __attribute__((unused)))
{
	return alloc_pages(GFP_BEST_EFFORT, 2);
}

static struct page *insisting_2(struct page *page __attribute__((unused)))
{
	return alloc_pages(GFP_INSISTS, 2);
}

static struct page *free_one(struct page *page)
{
	if (page)
		__free_pages(page, 0);
	return NULL;
}

static struct page *walk(struct page *page __attribute__((unused)))
{
	spb_can_serve_smaller(&NODE_DATA(0)->node_zones[ZONE_NORMAL], 1, MIGRATE_UNMOVABLE);
	return NULL;
}

static const struct call calls[] = {
	{ "alloc-unmovable", 32, ROUNDS, false, 0, alloc_unmovable },
	{ "free-unmovable", 32, ROUNDS, true, 0, free_one },
	{ "alloc-movable", 1, 1, false, 0, alloc_movable },
	{ "order-2-best-effort", 1, 1, false, 2, best_effort_2 },
	{ "order-2-insisting", 1, 1, false, 2, insisting_2 },
	{ "tainted-walk", 8, ROUNDS, false, 0, walk },
};

static struct page *pages[MAX_CALLS];

static void before(const struct call *call)
{
	for (unsigned int i = 0; call->frees && i < call->calls; i++)
		pages[i] = alloc_unmovable(NULL);
}

/* Everything is as it was. Return: calls that got something, or freed it. */
static unsigned int after(const struct call *call)
{
	unsigned int served = 0;

	for (unsigned int i = 0; i < call->calls; i++) {
		served += pages[i] != NULL;
		if (pages[i] && !call->frees)
			__free_pages(pages[i], call->order);
		pages[i] = NULL;
	}
	return served;
}

static void make_call(const struct call *call, unsigned int i)
{
	struct page *got = call->make(pages[i]);

	if (!call->frees)
		pages[i] = got;
}

static void make_calls(const struct call *call)
{
	for (unsigned int i = 0; i < call->calls; i++)
		make_call(call, i);
}

static uint64_t round_ns(const struct call *call, unsigned int *served)
{
	uint64_t from, ns;

	before(call);
	host_count();
	from = now_ns();
	make_calls(call);
	ns = now_ns() - from;
	*served = after(call);
	return ns;
}

static void round_instructions(const struct call *call)
{
	before(call);
	host_count();
	CALLGRIND_ZERO_STATS;
	CALLGRIND_TOGGLE_COLLECT;
	make_calls(call);
	CALLGRIND_TOGGLE_COLLECT;
	CALLGRIND_DUMP_STATS_AT(call->name);
	after(call);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void print_holds(const char *unit, const uint32_t *values, uint32_t nr)
{
	static uint32_t sorted[MAX_HOLDS];

	memcpy(sorted, values, nr * sizeof(*values));
	qsort(sorted, nr, sizeof(*sorted), by_size);
	printf(", \"hold-%s-median\": %u, \"hold-%s-longest\": %u", unit, nr ? sorted[nr / 2] : 0,
	       unit, nr ? sorted[nr - 1] : 0);
}

/* Call by call, since a superpageblock counts once for each. */
static struct counted round_counts(const struct call *call)
{
	struct counted sum = { 0 };

	before(call);
	holds_begin();
	for (unsigned int i = 0; i < call->calls; i++) {
		struct counted one;

		host_count();
		make_call(call, i);
		one = host_counted();
		sum.accesses += one.accesses;
		sum.spbs += one.spbs;
		sum.sections += one.sections;
	}
	return sum;
}

static uint32_t longest_ns(const struct holds *sections)
{
	uint32_t nr = min(sections->nr, (uint32_t)MAX_HOLDS), longest = 0;

	for (uint32_t i = 0; i < nr; i++)
		longest = max(longest, sections->ns[i]);
	return longest;
}

/* A refusal leaves the state as it was, and is refused again. */
static unsigned int nr_rounds(const struct call *call, unsigned int served)
{
	return served ? call->rounds : ROUNDS;
}

static void print(const struct call *call, uint64_t ns, unsigned int served, struct counted sum,
		  const struct holds *sections)
{
	uint32_t nr = min(sections->nr, (uint32_t)MAX_HOLDS);

	printf("{\"call\": \"%s\", \"calls\": %u, \"served\": %u, \"accesses\": %.1f, "
	       "\"spbs\": %.1f, \"sections\": %.2f",
	       call->name, call->calls, served, (double)sum.accesses / call->calls,
	       (double)sum.spbs / call->calls, (double)sum.sections / call->calls);
	print_holds("accesses", sections->accesses, nr);
	if (nr_rounds(call, served) > 1)
		printf(", \"ns\": %.1f", (double)ns / call->calls);
	if (call->rounds > 1)
		print_holds("ns", sections->ns, nr);
	printf("}\n");
}

/*
 * Of several rounds the one whose longest section is the shortest: whatever else the machine
 * does in the middle of a section makes it longer by milliseconds.
 */
static struct counted counts_undisturbed(const struct call *call, struct holds *sections)
{
	struct counted sum = { 0 };

	host_time_locks(true);
	for (unsigned int i = 0; i < call->rounds; i++) {
		struct counted one = round_counts(call);

		if (!i || longest_ns(holds()) < longest_ns(sections)) {
			*sections = *holds();
			sum = one;
		}
		after(call);
	}
	host_time_locks(false);
	return sum;
}

static void measure(const struct call *call, void (*fresh)(void))
{
	static struct holds sections;
	unsigned int served, ignored;
	uint64_t best = round_ns(call, &served);

	for (unsigned int i = 1; i < nr_rounds(call, served); i++) {
		uint64_t ns = round_ns(call, &ignored);

		best = min(best, ns);
	}
	fresh();
	print(call, best, served, counts_undisturbed(call, &sections), &sections);
}

void calls_measure(void (*fresh)(void))
{
	for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		fresh();
		if (RUNNING_ON_VALGRIND)
			round_instructions(&calls[i]);
		else
			measure(&calls[i], fresh);
	}
}
