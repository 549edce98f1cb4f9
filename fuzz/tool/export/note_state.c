// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator's state as members of a JSON object: a letter, a number, a value.
 *
 *   "b12": [free, per-CPU, unmovable, reclaimable, movable, other, none, largest free order]
 *          pages of a pageblock, by what the memory map says of them
 *   "f0":  buddies of a zone by order; its pages on free lists; on per-CPU lists; start; end
 *
 * and what the allocator has of its own (struct allocator). What is as it was told last is left
 * out, so that a program of a thousand steps is a few hundred kilobytes.
 */
#include "fuzz/tool/export/export.h"

#include <string.h>

#include "fuzz/harness/base/run.h"

#define MAX_MEMBERS (1u << 18)
#define MAX_ORDERS 16u

/* What was told of each member, by hash; 0 = nothing. */
static uint32_t told[MAX_MEMBERS];
static FILE *out;

void note_state_begin(void)
{
	memset(told, 0, sizeof(told));
}

static uint32_t hash_of(uint32_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x01000193u;
	return hash;
}

/* Each member has a place of its own: numbers are below MAX_MEMBERS / 32. */
static void member(char letter, unsigned int number, const char *value)
{
	uint32_t hash = hash_of(0x811c9dc5u, value) | 1;
	uint32_t *place = &told[(number * 32 + (letter & 31)) % MAX_MEMBERS];

	if (*place == hash)
		return;
	*place = hash;
	fprintf(out, ",\"%c%u\":%s", letter, number, value);
}

enum { PAGES_FREE, PAGES_PCP, PAGES_UNMOVABLE, PAGES_RECLAIMABLE, PAGES_MOVABLE, PAGES_OTHER,
       PAGES_NONE, NR_PAGE_KINDS };

struct block {
	uint32_t pages[NR_PAGE_KINDS];
	unsigned int largest; /* 1 + order of its largest buddy, 0 = none */
};

static unsigned int kind_of(const struct page_run *run)
{
	switch (run->state) {
	case PAGE_BUDDY:
		return PAGES_FREE;
	case PAGE_PCP:
		return PAGES_PCP;
	case PAGE_ALLOCATED:
		return run->type == 1 ? PAGES_MOVABLE : run->type == 2 ? PAGES_RECLAIMABLE :
								       PAGES_UNMOVABLE;
	case PAGE_HELD:
		return PAGES_OTHER;
	default:
		return PAGES_NONE;
	}
}

/* The state may be what is broken: a run that cannot be is one page. */
static struct page_run run_at(uint32_t pfn, uint32_t end)
{
	struct page_run run;

	this_run->queries->run_at(pfn, &run);
	if (!run.pages || run.pages > end - pfn)
		run.pages = 1;
	return run;
}

static void tell_block(unsigned int number, const struct block *block)
{
	char text[128];
	size_t used = 0;

	for (unsigned int kind = 0; kind < NR_PAGE_KINDS; kind++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%c%u",
					 kind ? ',' : '[', block->pages[kind]);
	snprintf(text + used, sizeof(text) - used, ",%d]", (int)block->largest - 1);
	member('b', number, text);
}

static void add(struct block *block, const struct page_run *run, uint32_t pages)
{
	block->pages[kind_of(run)] += pages;
	if (run->state == PAGE_BUDDY && run->order + 1 > block->largest)
		block->largest = run->order + 1;
}

/* A run may go over the end of a pageblock. */
static void tell_blocks(void)
{
	uint32_t size = 1u << this_run->config.block_order;
	uint32_t first = this_run->queries->min_pfn() & ~(size - 1);
	uint32_t end = this_run->queries->max_pfn(), left = 0;
	struct block block;
	struct page_run run = { 0 };

	for (uint32_t pfn = first; pfn < end;) {
		uint32_t block_end = pfn + size;

		memset(&block, 0, sizeof(block));
		while (pfn < block_end && pfn < end) {
			uint32_t pages;

			if (pfn < this_run->queries->min_pfn()) {
				pfn++;
				continue;
			}
			if (!left) {
				run = run_at(pfn, end);
				left = run.pages;
			}
			pages = left < block_end - pfn ? left : block_end - pfn;
			add(&block, &run, pages);
			left -= pages;
			pfn += pages;
		}
		tell_block((block_end - size - first) / size, &block);
	}
}

static void tell_zone(unsigned int zone)
{
	unsigned int count[MAX_ORDERS] = { 0 };
	char text[256] = "[[";
	uint32_t start, end;
	size_t used = 2;

	if (!this_run->queries->zone_span(zone, &start, &end))
		return;
	for (uint32_t pfn = start; pfn < end;) {
		struct page_run run = run_at(pfn, end);

		if (run.state == PAGE_BUDDY && run.order < MAX_ORDERS)
			count[run.order]++;
		pfn += run.pages;
	}
	for (unsigned int order = 0; order <= this_run->config.max_order; order++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u",
					 order ? "," : "", count[order]);
	snprintf(text + used, sizeof(text) - used, "],%u,%u,%u,%u]",
		 this_run->queries->free_pages(zone), this_run->queries->pcp_pages(zone), start,
		 end);
	member('f', zone, text);
}

void note_state(FILE *to)
{
	out = to;
	tell_blocks();
	for (unsigned int zone = 0; zone < this_run->queries->nr_zones(); zone++)
		tell_zone(zone);
	if (allocator.state)
		allocator.state(member);
}
