// SPDX-License-Identifier: GPL-2.0-only
/* States of a zone, made by calls alone: see states.h. */
#include "fuzz/overhead/states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/overhead/host.h"
#include "spb/alloc.h"

#define BLOCK (1u << REGION_ORDER)

struct spb_config states_config(uint32_t nr, const char *chooser)
{
	bool flat = !strcmp(chooser, "flat");

	return (struct spb_config){
		.block_order = REGION_ORDER,
		.max_order = 5,
		.pageblocks_per_spb = (u16)(flat ? nr * REGION_BLOCKS : REGION_BLOCKS),
		.nr_nodes = 1,
		.nr_cpus = 1,
		.chooser = strcmp(chooser, "bitmaps") ? SPB_CHOOSER_WALK : SPB_CHOOSER_BITMAPS,
		.zones[0][ZONE_NORMAL] = { .nr_pages = nr * REGION_PAGES },
		.tunables = SPB_DEFAULT_TUNABLES,
	};
}

/* xorshift: the same numbers everywhere. */
static uint32_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % n;
}

/* Blocks in use, by the order in which they were got. */
static struct page **blocks;
static uint32_t nr_blocks;

static bool take_block(gfp_t gfp)
{
	struct page *page;

	host_count();
	page = alloc_pages(gfp, REGION_ORDER);
	if (page)
		blocks[nr_blocks++] = page;
	return page;
}

static void take_blocks(gfp_t gfp, uint32_t nr)
{
	while (nr-- && take_block(gfp))
		;
}

static void split(struct page *block)
{
	host_count();
	split_page(block, REGION_ORDER, 0);
}

static void put_page_at(struct page *page)
{
	host_count();
	__free_pages(page, 0);
}

/* One page of three, at random. */
static void free_a_third(void)
{
	for (uint32_t i = 0; i < nr_blocks; i++) {
		split(blocks[i]);
		for (uint32_t at = 0; at < BLOCK; at++)
			if (!random_below(3))
				put_page_at(blocks[i] + at);
	}
}

static void free_every_other(struct page *block)
{
	split(block);
	for (uint32_t at = 1; at < BLOCK; at += 2)
		put_page_at(block + at);
}

static void build_clean(uint32_t all)
{
	uint32_t regions = max(all / REGION_BLOCKS / 20, 1u);

	take_blocks(GFP_INSISTS, regions * REGION_BLOCKS);
	take_blocks(GFP_PAGE_CACHE, all - nr_blocks);
	free_a_third();
}

static void build_tainted(uint32_t all)
{
	take_blocks(GFP_INSISTS, all / 10 * 9);
	take_blocks(GFP_PAGE_CACHE, all - nr_blocks);
	free_a_third();
}

/* The superpageblock that a walk over full tainted ones comes to last. */
static const struct superpageblock *last_full(void)
{
	const struct zone *zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	const struct list_head *list = &zone->spb_lists[SB_TAINTED][SB_FULL];

	if (list_empty(list)) {
		fprintf(stderr, "overhead: no tainted superpageblock is full\n");
		exit(3);
	}
	return list_entry(list->prev, struct superpageblock, list);
}

static void build_last(uint32_t all)
{
	const struct superpageblock *last;
	uint32_t end;

	take_blocks(GFP_INSISTS, all);
	last = last_full();
	end = last->start_pfn + SUPERPAGEBLOCK_NR_PAGES;
	for (uint32_t i = 0; i < nr_blocks; i++) {
		uint32_t pfn = page_to_pfn(blocks[i]);

		if (pfn >= end - REGION_PAGES && pfn < end)
			free_every_other(blocks[i]);
	}
}

/* (Without that one block no zone has a page of order 1, and the watermark refuses at once.) */
static void build_fragmented(uint32_t all)
{
	take_blocks(GFP_INSISTS, all - 1);
	for (uint32_t i = 0; i < nr_blocks; i++)
		free_every_other(blocks[i]);
}

/* Of ten requests seven are movable, two unmovable, one reclaimable. */
static gfp_t random_gfp(void)
{
	uint32_t of_ten = random_below(10);

	if (of_ten < 7)
		return GFP_PAGE_CACHE;
	return of_ten < 9 ? GFP_INSISTS : GFP_INSISTS | __GFP_RECLAIMABLE;
}

#define TURNOVER 20000
static void build_aged(uint32_t all)
{
	while (nr_blocks < all / 100 * 85 && take_block(random_gfp()))
		;
	for (uint32_t i = 0; i < TURNOVER; i++) {
		uint32_t victim = random_below(nr_blocks);
		struct page *page = blocks[victim], *got;
		unsigned int order = page_order(page);

		host_count();
		__free_pages(page, order);
		host_count();
		got = alloc_pages(random_gfp(), random_below(3));
		blocks[victim] = got ? got : blocks[--nr_blocks];
	}
}

static void build_fresh(uint32_t all __attribute__((unused)))
{
}

bool states_build(const char *name, uint32_t nr)
{
	uint32_t all = nr * REGION_BLOCKS;
	bool known = false;

	blocks = calloc(all, sizeof(struct page *));
	if (!blocks) {
		fprintf(stderr, "overhead: no memory for %u pageblocks\n", all);
		exit(3);
	}
	nr_blocks = 0;
	random_state = 2463534242u;
#define X(state)                           \
	if (!strcmp(name, #state)) {       \
		build_##state(all);        \
		known = true;              \
	}
	MEASURED_STATES(X)
#undef X
	free(blocks);
	return known;
}
