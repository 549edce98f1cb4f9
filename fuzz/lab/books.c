// SPDX-License-Identifier: GPL-2.0-only
/* The books of the allocator beside ours: see books.h. */
#include "fuzz/lab/books.h"

#include <inttypes.h>
#include <stdio.h>

#include "fuzz/lab/memory.h"
#include "spb/mmzone.h"

static uint32_t list_length(const struct list_head *head)
{
	uint32_t nr = 0;

	for (const struct list_head *at = head->next; at != head; at = at->next)
		nr++;
	return nr;
}

static void read_lists(struct lab_books *books, const struct zone *zone)
{
	for (unsigned int cat = 0; cat < __NR_SB_CATEGORIES; cat++)
		for (unsigned int full = 0; full < __NR_SB_FULLNESS; full++)
			books->on_lists += list_length(&zone->spb_lists[cat][full]);
	books->on_lists += list_length(&zone->spb_empty) + list_length(&zone->spb_isolated);
}

static void read_gigabyte(struct lab_books *books, const struct pageblock_data *blocks,
			  uint16_t *has)
{
	bool all_free = true;

	*has = 0;
	for (unsigned int i = 0; i < LAB_BLOCKS; i++) {
		*has |= blocks[i].flags & PB_HAS_MASK;
		all_free &= (blocks[i].flags & PB_all_free) != 0;
	}
	if (*has & (PB_has_unmovable | PB_has_reclaimable))
		books->tainted++;
	else if (all_free)
		books->empty++;
	else
		books->clean++;
}

void lab_books_read(struct lab_books *books, uint32_t nr_gigabytes, uint16_t *has)
{
	const struct spb_core *core = this_core();
	const struct zone *zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];

	*books = (struct lab_books){
		.managed = zone->managed_pages,
		.free = zone->nr_free_pages,
		.nr_superpageblocks = zone->nr_superpageblocks,
	};
	for (unsigned int cpu = 0; cpu < SPB_MAX_CPUS; cpu++)
		books->in_lists += zone->per_cpu_pageset[cpu].count;
	for (uint32_t i = 0; i < zone->nr_superpageblocks; i++)
		books->in_superpageblocks += zone->superpageblocks[i].nr_free_pages;
	read_lists(books, zone);
	for (uint32_t i = 0; i < nr_gigabytes; i++)
		read_gigabyte(books, &core->pageblock_map[i * LAB_BLOCKS], &has[i]);
}

static uint16_t content_of(const uint32_t *in)
{
	uint16_t has = 0;

	if (in[LAB_UNMOVABLE])
		has |= PB_has_unmovable;
	if (in[LAB_RECLAIMABLE])
		has |= PB_has_reclaimable;
	if (in[LAB_MOVABLE] || in[LAB_PINNED] || in[LAB_CACHE] || in[LAB_ANON])
		has |= PB_has_movable;
	return has;
}

bool lab_books_agree(const struct lab_books *books, const uint16_t *has,
		     const struct lab_memory *memory, char *why, size_t size)
{
	if (memory->pages + books->free + books->in_lists != books->managed) {
		snprintf(why, size, "%" PRIu64 " pages are in use, %" PRIu64 " free and %" PRIu64
			 " kept for CPUs, of %" PRIu64,
			 memory->pages, books->free, books->in_lists, books->managed);
		return false;
	}
	if (books->in_superpageblocks != books->free) {
		snprintf(why, size,
			 "superpageblocks have %" PRIu64 " free pages, the zone %" PRIu64,
			 books->in_superpageblocks, books->free);
		return false;
	}
	if (books->on_lists != books->nr_superpageblocks) {
		snprintf(why, size, "%u superpageblocks are on lists, of %u", books->on_lists,
			 books->nr_superpageblocks);
		return false;
	}
	for (uint32_t i = 0; i < memory->nr_gigabytes; i++) {
		uint16_t missing = (uint16_t)(content_of(memory->in_gigabyte[i]) & ~has[i]);

		if (missing) {
			snprintf(why, size,
				 "gigabyte %u has content that its bits do not show: %#x", i,
				 missing);
			return false;
		}
	}
	return true;
}
