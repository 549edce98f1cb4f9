// SPDX-License-Identifier: GPL-2.0-only
/* Gigabytes for contiguous requests: see contig.h. */
#include "fuzz/lab/contig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/lab/host.h"
#include "fuzz/lab/memory.h"
#include "fuzz/native/native.h"
#include "spb/alloc.h"

#define NO_ANSWER 3 /* status of a copy that could not say what came of it */
#define GIVES_UP 3 /* requests in vain, one after the other, with more room before each */

static struct zone *the_zone(void)
{
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

/* ---- a gigabyte of a zone that knows of none ---- */

static uint32_t in_use(const struct lab_memory *memory, uint32_t gigabyte)
{
	uint32_t pages = 0;

	for (unsigned int kind = 0; kind < NR_LAB_KINDS; kind++)
		pages += memory->in_gigabyte[gigabyte][kind];
	return pages;
}

/* A gigabyte while others are asked for: tried in vain stands until memory was given back. */
enum { NOT_TRIED, IN_VAIN, HELD };

/* That with least to move, of those not tried. */
static uint32_t best(const struct lab_memory *memory, const uint8_t *state)
{
	uint32_t found = memory->nr_gigabytes, least = 0;

	for (uint32_t i = 0; i < memory->nr_gigabytes; i++) {
		uint32_t pages = in_use(memory, i);

		if (state[i] != NOT_TRIED || lab_memory_staying(memory, i) ||
		    (found < memory->nr_gigabytes && pages >= least))
			continue;
		found = i;
		least = pages;
	}
	return found;
}

static bool room_for_another(void)
{
	const struct zone *zone = the_zone();

	return zone->nr_free_pages >= LAB_GIGABYTE + zone->_watermark[WMARK_MIN];
}

static bool isolate(uint32_t start, bool on)
{
	bool all = true;

	for (uint32_t pfn = start; pfn < start + LAB_GIGABYTE; pfn += 1u << LAB_BLOCK_ORDER) {
		host_call(0);
		all &= !(on ? spb_isolate_pageblock(pfn) : spb_unisolate_pageblock(pfn));
	}
	return all;
}

/* Return: pages from here to the next allocation or buddy; what can be moved has moved. */
static uint32_t move_away(struct lab_memory *memory, uint32_t pfn, uint64_t *moved)
{
	struct page *page = pfn_to_page(pfn), *to;
	unsigned int order = page_order(page);
	uint32_t object = page->owner;

	if (!(page->flags & (PG_buddy | PG_pcp | PG_head)))
		return 1;
	if (!(page->flags & PG_head) || !object)
		return 1u << order;
	host_call(0);
	to = alloc_pages(GFP_HIGHUSER_MOVABLE & ~__GFP_RECLAIM, order);
	if (!to)
		return 1u << order;
	lab_memory_moved(memory, object, page_to_pfn(to));
	set_page_owner(to, object);
	set_page_owner(page, 0);
	__free_pages(page, order);
	*moved += 1ull << order;
	return 1u << order;
}

static bool all_free(uint32_t start)
{
	const struct pageblock_data *map = this_core()->pageblock_map;

	for (uint32_t i = 0; i < LAB_BLOCKS; i++)
		if (!(map[(start >> LAB_BLOCK_ORDER) + i].flags & PB_all_free))
			return false;
	return true;
}

/* (What is held stays isolated: nobody gets a page of it.) */
static bool take_gigabyte(struct lab_memory *memory, uint8_t *state, uint64_t *moved)
{
	uint32_t gigabyte, start;

	while ((gigabyte = best(memory, state)) < memory->nr_gigabytes) {
		start = gigabyte * LAB_GIGABYTE;
		if (!room_for_another())
			return false;
		if (!isolate(start, true))
			return false;
		for (uint32_t pfn = start; pfn < start + LAB_GIGABYTE;)
			pfn += move_away(memory, pfn, moved);
		host_call(0);
		drain_all_pages();
		state[gigabyte] = all_free(start) ? HELD : IN_VAIN;
		if (state[gigabyte] == HELD)
			return true;
		isolate(start, false);
	}
	return false;
}

/* ---- any zone ---- */

static bool get_one(struct lab_memory *memory, uint8_t *state, uint64_t *moved)
{
	host_call(0);
	if (state)
		return take_gigabyte(memory, state, moved);
	return spb_alloc_contig(the_zone()) != SPB_NO_PFN;
}

static uint32_t get_all(struct lab_memory *memory, uint8_t *state, uint64_t *moved)
{
	uint32_t got = 0;

	for (uint32_t i = 0; state && i < memory->nr_gigabytes; i++)
		if (state[i] == IN_VAIN)
			state[i] = NOT_TRIED;
	while (get_one(memory, state, moved))
		got++;
	return got;
}

static void try_all(struct lab_memory *memory, bool flat, struct lab_tried *tried)
{
	uint64_t moved = host_counts()->moved, before = memory->pages, by_us = 0;
	uint8_t *state = flat ? calloc(memory->nr_gigabytes, 1) : NULL;
	unsigned int in_vain = 0;

	tried->gets = get_all(memory, state, &by_us);
	tried->moved = host_counts()->moved - moved + by_us;
	tried->gets_more = tried->gets;
	while (in_vain < GIVES_UP) {
		uint32_t got;

		host_call(0);
		if (!reclaim_zone(the_zone(), LAB_GIGABYTE))
			break;
		got = get_all(memory, state, &by_us);
		tried->gets_more += got;
		in_vain = got ? 0 : in_vain + 1;
	}
	tried->given_up = before - memory->pages;
	free(state);
}

enum lab_try lab_contig_try(struct lab_memory *memory, bool flat, struct lab_tried *tried)
{
	int ends[2], status;
	pid_t child;
	ssize_t got;

	fflush(NULL);
	if (pipe(ends))
		return LAB_NOT_TRIED;
	child = fork();
	if (!child) {
		struct lab_tried found = { 0 };

		try_all(memory, flat, &found);
		_exit(write(ends[1], &found, sizeof(found)) == sizeof(found) ? 0 : NO_ANSWER);
	}
	close(ends[1]);
	got = child < 0 ? 0 : read(ends[0], tried, sizeof(*tried));
	close(ends[0]);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return LAB_NOT_TRIED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == native_bug_status)
		return LAB_TRY_FOUND;
	return !status && got == sizeof(*tried) ? LAB_TRIED : LAB_NOT_TRIED;
}
