// SPDX-License-Identifier: GPL-2.0-only
/* What every page of a traced machine is at a moment: see import.h for the estimates. */
#include "fuzz/harness/import/import_internal.h"

#include <stdlib.h>

#include "fuzz/harness/program/fields.h"
#include "spb/migratetype.h"

#define TYPE_NOT_KNOWN (TRACE_LIVE + NR_TRACE_TYPES)

/* HIGHATOMIC holds what cannot move, CMA what can. */
static unsigned int content_type(unsigned int migratetype)
{
	if (migratetype < NR_TRACE_TYPES)
		return migratetype;
	return migratetype == MIGRATE_CMA ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
}

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static uint64_t last_block(const struct import_event *event)
{
	return (event->pfn + (1ull << event->order) - 1) >> TRACE_BLOCK_ORDER;
}

/* The numbers of all blocks that the trace touches, sorted, each once. */
static uint64_t *touched_blocks(const struct import_trace *trace, size_t *nr)
{
	size_t room = 0, used = 0, kept = 0;
	uint64_t *numbers;

	for (size_t i = 0; i < trace->nr_events; i++)
		room += last_block(&trace->events[i]) -
			(trace->events[i].pfn >> TRACE_BLOCK_ORDER) + 1;
	numbers = malloc((room + 1) * sizeof(*numbers));
	if (!numbers)
		return NULL;
	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct import_event *event = &trace->events[i];

		if (!event->pfn)
			continue;
		for (uint64_t n = event->pfn >> TRACE_BLOCK_ORDER; n <= last_block(event); n++)
			numbers[used++] = n;
	}
	qsort(numbers, used, sizeof(*numbers), by_value);
	for (size_t i = 0; i < used; i++)
		if (!kept || numbers[kept - 1] != numbers[i])
			numbers[kept++] = numbers[i];
	*nr = kept;
	return numbers;
}

struct import_page *import_state_page(const struct import_state *state, uint64_t pfn,
				      size_t *block)
{
	uint64_t number = pfn >> TRACE_BLOCK_ORDER;
	size_t low = 0, high = state->nr_blocks;

	if (!pfn)
		return NULL;
	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (state->blocks[middle].number <= number)
			low = middle;
		else
			high = middle;
	}
	if (block)
		*block = low;
	return &state->pages[low * TRACE_BLOCK_PAGES + pfn % TRACE_BLOCK_PAGES];
}

/* The first time that a page is seen tells what it was before. */
static void note_first_sight(struct import_state *state, const struct import_event *event)
{
	bool alloc = event->kind == IMPORT_ALLOC;
	struct import_page *page;
	size_t block;

	page = import_state_page(state, event->pfn, &block);
	if (!page)
		return;
	if (alloc)
		state->blocks[block].seen[content_type(event->type)] += 1u << event->order;
	for (uint32_t i = 0; i < 1u << event->order; i++)
		if (page[i].start == TRACE_UNSEEN)
			page[i].start = alloc ? TRACE_FREE : TYPE_NOT_KNOWN;
}

static void guess_type(struct import_state *state, size_t n)
{
	struct import_page *pages = &state->pages[n * TRACE_BLOCK_PAGES];
	struct import_block *block = &state->blocks[n];

	block->type = MIGRATE_MOVABLE;
	for (unsigned int type = 0; type < NR_TRACE_TYPES; type++)
		if (block->seen[type] > block->seen[block->type])
			block->type = (uint8_t)type;
	for (unsigned int i = 0; i < TRACE_BLOCK_PAGES; i++)
		if (pages[i].start == TYPE_NOT_KNOWN)
			pages[i].start = TRACE_LIVE + block->type;
}

bool import_state_build(struct import_state *state, const struct import_trace *trace)
{
	uint64_t *numbers;

	*state = (struct import_state){ 0 };
	numbers = touched_blocks(trace, &state->nr_blocks);
	if (!numbers)
		return false;
	state->blocks = calloc(state->nr_blocks + 1, sizeof(*state->blocks));
	state->pages = calloc((state->nr_blocks + 1) * TRACE_BLOCK_PAGES, sizeof(*state->pages));
	if (!state->blocks || !state->pages) {
		free(numbers);
		return false;
	}
	for (size_t i = 0; i < state->nr_blocks; i++)
		state->blocks[i].number = numbers[i];
	free(numbers);
	for (size_t i = 0; i < trace->nr_events; i++)
		note_first_sight(state, &trace->events[i]);
	for (size_t i = 0; i < state->nr_blocks; i++)
		guess_type(state, i);
	import_state_rewind(state);
	return true;
}

void import_state_release(struct import_state *state)
{
	free(state->blocks);
	free(state->pages);
	*state = (struct import_state){ 0 };
}

/* The counter of its block that a page is in. */
static uint16_t *counter(struct import_block *block, uint8_t page_state)
{
	if (page_state == TRACE_FREE)
		return &block->free;
	if (page_state == TRACE_UNSEEN)
		return &block->live[block->type];
	return &block->live[page_state - TRACE_LIVE];
}

/* Free pages next to this one in its block: 0 to 2. */
static int free_neighbours(const struct import_page *pages, unsigned int i)
{
	return (i > 0 && pages[i - 1].state == TRACE_FREE) +
	       (i + 1 < TRACE_BLOCK_PAGES && pages[i + 1].state == TRACE_FREE);
}

/* Each page that becomes free adds a run, and joins those on its sides; and back. */
static void set_state(struct import_state *state, size_t page, uint8_t becomes)
{
	struct import_block *block = &state->blocks[page / TRACE_BLOCK_PAGES];
	unsigned int i = page % TRACE_BLOCK_PAGES;
	struct import_page *pages = &state->pages[page - i];
	int change = (becomes == TRACE_FREE) - (pages[i].state == TRACE_FREE);

	block->runs = (uint16_t)(block->runs + change * (1 - free_neighbours(pages, i)));
	--*counter(block, pages[i].state);
	++*counter(block, becomes);
	pages[i].state = becomes;
}

void import_state_rewind(struct import_state *state)
{
	for (size_t n = 0; n < state->nr_blocks; n++) {
		struct import_page *page = &state->pages[n * TRACE_BLOCK_PAGES];
		struct import_block *block = &state->blocks[n];

		block->free = block->runs = 0;
		for (unsigned int type = 0; type < NR_TRACE_TYPES; type++)
			block->live[type] = 0;
		for (unsigned int i = 0; i < TRACE_BLOCK_PAGES; i++, page++) {
			page->state = page->start;
			page->allocated = 0;
			page->window = 0;
			++*counter(block, page->state);
			block->runs += page->state == TRACE_FREE &&
				       (!i || page[-1].state != TRACE_FREE);
		}
	}
}

void import_state_apply(struct import_state *state, const struct import_event *event,
			uint32_t index)
{
	struct import_page *page = import_state_page(state, event->pfn, NULL);
	uint8_t becomes = TRACE_FREE;

	if (!page)
		return;
	if (event->kind == IMPORT_ALLOC)
		becomes = (uint8_t)(TRACE_LIVE + content_type(event->type));
	for (uint32_t i = 0; i < 1u << event->order; i++) {
		set_state(state, (size_t)(page + i - state->pages), becomes);
		page[i].allocated = 0;
	}
	if (event->kind == IMPORT_ALLOC)
		page->allocated = index + 1;
}

unsigned int import_scale_order(unsigned int order, const struct spb_config *config)
{
	unsigned int scaled = (order * config->block_order + TRACE_BLOCK_ORDER / 2) /
			      TRACE_BLOCK_ORDER;

	if (order > TRACE_BLOCK_ORDER)
		scaled = config->block_order + order - TRACE_BLOCK_ORDER;
	if (order && !scaled)
		return 1;
	return scaled < config->max_order ? scaled : config->max_order;
}

/* In 256ths, as an age record has it; all of it is the largest number. */
static uint32_t share(uint64_t part, uint64_t whole)
{
	uint64_t parts = whole ? (part * 256 + whole / 2) / whole : 0;

	return parts < 255 ? (uint32_t)parts : 255;
}

void import_state_age(const struct import_state *state, const struct spb_config *config,
		      struct program_record *record)
{
	static const unsigned int types[] = { MIGRATE_UNMOVABLE, MIGRATE_RECLAIMABLE,
					      MIGRATE_MOVABLE };
	static const uint8_t shift[] = { FIELD_SHIFT(unmovable, gfp),
					 FIELD_SHIFT(reclaimable, gfp),
					 FIELD_SHIFT(movable, gfp) };
	uint64_t nr[NR_TRACE_TYPES] = { 0 }, used = 0, nr_free = 0, runs = 0;
	unsigned int order = 0;

	for (size_t n = 0; n < state->nr_blocks; n++) {
		const struct import_block *block = &state->blocks[n];
		unsigned int kind = 0;

		while (kind < NR_TRACE_TYPES && !block->live[types[kind]])
			kind++;
		if (kind == NR_TRACE_TYPES)
			continue;
		nr[kind]++;
		used++;
		nr_free += block->free;
		runs += block->runs;
	}
	record->gfp = share(nr_free, used * TRACE_BLOCK_PAGES) << FIELD_SHIFT(free, gfp);
	for (unsigned int kind = 0; kind < NR_TRACE_TYPES; kind++)
		record->gfp |= share(nr[kind], state->nr_blocks) << shift[kind];
	while (runs && nr_free / runs >= 2ull << order)
		order++;
	record->order = (uint8_t)import_scale_order(order, config);
}
