// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does this tree behave as the adapter expects? All that is here must hold for a kernel without
 * bugs; a tree for which it does not is refused with the sentence that it gives.
 */
#include "fuzz/kernel/glue/glue.h"

#define MOST 8192
#define FREED 0xffffffffU

static const struct kb_config configs[] = {
	{ .max_order = 8, .pageblock_order = 5, .nr_nodes = 2, .nr_cpus = 4,
	  .pages = { 4096, 2048 }, .dma32_pages = 1024, .movable_pages = 512, .cma_pages = 256,
	  .pcp_high = 64, .pcp_batch = 8, .nr_holes = 2,
	  .holes = { { 1500, 20, false }, { 1700, 10, true } } },
	{ .max_order = 5, .pageblock_order = 5, .nr_nodes = 1, .nr_cpus = 1, .pages = { 2048 },
	  .clip_start = 7, .clip_end = 5 },
	{ .max_order = 10, .pageblock_order = 9, .nr_nodes = 1, .nr_cpus = 2, .pages = { 8192 },
	  .pcp_high = 4, .pcp_batch = 8 },
};

/* As gfp.def has them: unmovable, atomic, movable, reclaimable, DMA32. */
#define BIT_OF(n) (1U << (n))
#define RECLAIM (BIT_OF(10) | BIT_OF(11))
#define QUIET BIT_OF(13)
static const uint32_t masks[] = {
	RECLAIM | BIT_OF(6) | BIT_OF(7) | QUIET,
	BIT_OF(5) | BIT_OF(11) | QUIET,
	RECLAIM | BIT_OF(6) | BIT_OF(7) | BIT_OF(1) | BIT_OF(3) | QUIET | BIT_OF(18),
	RECLAIM | BIT_OF(6) | BIT_OF(7) | BIT_OF(4) | QUIET,
	RECLAIM | BIT_OF(2) | QUIET | BIT_OF(8),
	QUIET,
};
#define MOVABLE 2

static struct kb_host outer KB_KEPT;
static void *back[5] KB_KEPT;
static char said[160] KB_KEPT;
static uint32_t owned[MOST] KB_KEPT;
static uint32_t nr_owned KB_KEPT, nr_moved KB_KEPT;

static const char *say(const char *what, const char *where)
{
	int i = 0;

	for (; *what && i < 100; what++)
		said[i++] = *what;
	for (said[i++] = ' '; *where && i < 158; where++)
		said[i++] = *where;
	said[i] = 0;
	return said;
}

static void test_bug(const char *what, const char *file, int line)
{
	say(what, file);
	__builtin_longjmp(back, 1);
}

static void test_warn(const char *what, const char *file, int line)
{
	test_bug(what, file, line);
}

static void test_moved(uint32_t from, uint32_t to, uint32_t order)
{
	uint32_t i;

	nr_moved++;
	for (i = 0; i < nr_owned; i++)
		if (owned[i] == from)
			owned[i] = to;
}

static uint32_t free_now(void)
{
	struct kb_zone zone;
	uint32_t sum = 0, n;

	for (n = 0; kb_zone(n, &zone); n++)
		sum += zone.counted.free + zone.counted.pcp;
	return sum;
}

/* Entries of free lists by order. */
struct listed {
	uint32_t nr[KB_MAX_ORDERS];
	uint32_t pages;
};

static bool add_run(void *data, uint32_t pfn, uint32_t order, uint32_t type)
{
	struct listed *listed = data;

	listed->nr[order]++;
	listed->pages += 1U << order;
	return true;
}

static bool add_cpu_run(void *data, uint32_t cpu, uint32_t pfn, uint32_t order, uint32_t type)
{
	*(uint32_t *)data += 1U << order;
	return true;
}

static const char *check_lists(void)
{
	struct kb_zone zone;
	const char *why;
	uint32_t n, order;

	for (n = 0; kb_zone(n, &zone); n++) {
		struct listed listed = {};
		uint32_t on_cpus = 0;

		why = kb_walk_free(n, add_run, &listed) ?: kb_walk_pcp(n, add_cpu_run, &on_cpus);
		if (why)
			return why;
		for (order = 0; order < KB_MAX_ORDERS; order++)
			if (listed.nr[order] != zone.nr_free[order])
				return "entries of free lists are not those that are counted";
		if (listed.pages != zone.counted.free)
			return "pages on free lists are not those that are counted";
		if (on_cpus != zone.counted.pcp)
			return "pages on per-CPU lists are not those that are counted";
	}
	return NULL;
}

static void free_each_second(void)
{
	uint32_t i;

	for (i = 0; i < nr_owned; i += 2)
		if (owned[i] != FREED) {
			kb_free(owned[i], 0);
			owned[i] = FREED;
		}
}

static void free_rest(void)
{
	uint32_t pfns[KB_BATCH], nr = 0, i;

	for (i = 0; i < nr_owned; i++) {
		if (owned[i] == FREED)
			continue;
		pfns[nr++] = owned[i];
		if (nr == KB_BATCH) {
			kb_free_batch(pfns, nr);
			nr = 0;
		}
	}
	kb_free_batch(pfns, nr);
}

static const char *test_orders(const struct kb_config *config)
{
	uint32_t before = free_now(), order, mask, pfn;

	for (order = 0; order <= config->max_order; order++)
		for (mask = 0; mask < ARRAY_SIZE(masks); mask++) {
			kb_set_cpu(mask % config->nr_cpus);
			pfn = kb_alloc(masks[mask], order, 0, 0);
			if (pfn == KB_NO_PFN)
				continue; /* DMA32 that is not there, one that may not wait */
			if (pfn & ((1U << order) - 1))
				return "a page is not aligned to its order";
			kb_free(pfn, order);
		}
	pfn = kb_alloc(masks[0], 0, 0, 0);
	if (pfn == KB_NO_PFN)
		return "there is no page at all";
	kb_free(pfn, 0);
	kb_set_cpu(0);
	kb_drain_all();
	return free_now() == before ? check_lists() : "pages were lost";
}

/* Fill a zone with movable pages, free each second, let compaction make a large one. */
static const char *test_compaction(const struct kb_config *config)
{
	uint32_t pfn, order = config->pageblock_order;

	while (nr_owned < MOST) {
		pfn = kb_alloc((masks[MOVABLE] & ~RECLAIM) | BIT_OF(19), 0, 0, 0);
		if (pfn == KB_NO_PFN)
			break;
		owned[nr_owned++] = pfn;
	}
	if (nr_owned == MOST)
		return "memory has no end";
	free_each_second();
	kb_drain_all();
	nr_moved = 0;
	for (pfn = 0; pfn < kb_nr_zones(); pfn++)
		kb_compact(pfn, 0);
	if (!nr_moved)
		return "compaction moves nothing";
	kb_kswapd_sleeps(0, order);
	pfn = kb_alloc(masks[MOVABLE], order, 0, 0);
	if (pfn == KB_NO_PFN)
		return "compaction makes no large page";
	kb_free(pfn, order);
	return check_lists();
}

/* The pageblock of a page that is in use becomes a range. */
static const char *test_range(const struct kb_config *config)
{
	uint32_t pages = 1U << config->pageblock_order, start = KB_NO_PFN, i;

	for (i = 1; i < nr_owned && start == KB_NO_PFN; i++) {
		struct kb_page first, last;

		if (owned[i] == FREED)
			continue;
		start = owned[i] & ~(pages - 1);
		if (!kb_page(start, &first) || !kb_page(start + pages - 1, &last) ||
		    first.zone == KB_NO_PFN || first.zone != last.zone)
			start = KB_NO_PFN;
	}
	nr_moved = 0;
	if (start == KB_NO_PFN || kb_contig(start, pages, false, 0))
		return "a range of movable pages cannot be had";
	if (!nr_moved)
		return "a range in use was had, and nothing was moved";
	kb_contig_free(start, pages);
	return check_lists();
}

static const char *test_cma(const struct kb_config *config)
{
	uint32_t pfn;

	if (!config->cma_pages)
		return NULL;
	pfn = kb_cma_alloc(16, 0);
	if (pfn == KB_NO_PFN)
		return "the CMA area has nothing";
	return kb_cma_release(pfn, 16) ? check_lists() : "the CMA area takes nothing back";
}

static const char *test(const struct kb_config *config)
{
	const char *why = kb_boot(config);
	uint32_t before;

	nr_owned = 0;
	if (why)
		return why;
	before = free_now();
	why = check_lists() ?: test_orders(config) ?: test_compaction(config);
	if (!why)
		why = test_range(config) ?: test_cma(config);
	if (why)
		return why;
	free_rest();
	kb_drain_all();
	return free_now() == before ? check_lists() : "pages were lost in the end";
}

/* A BUG comes back here, to a frame of which a sanitizer would no longer know where it is. */
KB_PLAIN const char *kb_self_test(void)
{
	const char *why = NULL;
	unsigned int i;

	outer = kb_host;
	kb_host = (struct kb_host){
		.bug = test_bug, .warn = test_warn, .moved = test_moved, .print = outer.print,
		.access = outer.access,
	};
	if (__builtin_setjmp(back))
		why = said;
	else
		for (i = 0; i < ARRAY_SIZE(configs) && !why; i++)
			why = test(&configs[i]);
	kb_host = outer;
	return why;
}
