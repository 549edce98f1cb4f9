// SPDX-License-Identifier: GPL-2.0-only
/* Events of a trace to steps of objects: see trace.h. */
#include "fuzz/lab/load/trace.h"

#include <stdlib.h>

#include "fuzz/harness/import/import.h"
#include "spb/gfp.h"
#include "spb/migratetype.h"

/* Which allocation a page is of, by its number: open addressing, nothing is ever taken out. */
struct page_map {
	uint64_t *pfns;
	uint32_t *steps; /* counted from 1; 0: nobody has the page */
	size_t mask;
};

static bool map_init(struct page_map *map, size_t nr)
{
	size_t room = 64;

	while (room < 2 * nr)
		room *= 2;
	map->mask = room - 1;
	map->pfns = calloc(room, sizeof(*map->pfns));
	map->steps = calloc(room, sizeof(*map->steps));
	return map->pfns && map->steps;
}

static void map_release(struct page_map *map)
{
	free(map->pfns);
	free(map->steps);
}

/* (A page number is never 0 here: that is what a failed request has.) */
static uint32_t *map_find(struct page_map *map, uint64_t pfn)
{
	size_t at = (size_t)(pfn * 0x9e3779b97f4a7c15u >> 20) & map->mask;

	while (map->pfns[at] && map->pfns[at] != pfn)
		at = (at + 1) & map->mask;
	map->pfns[at] = pfn;
	return &map->steps[at];
}

/* Flags that our one zone can take, with the mobility that the trace names. */
static uint32_t request_gfp(const struct import_event *event)
{
	static const uint32_t mobility[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE };
	uint32_t gfp = event->gfp & ~(uint32_t)(__GFP_DMA | __GFP_DMA32 | __GFP_THISNODE);

	if (event->type < sizeof(mobility) / sizeof(mobility[0]))
		gfp = (gfp & ~GFP_MOVABLE_MASK) | mobility[event->type];
	else if (gfp & __GFP_MOVABLE)
		gfp &= ~__GFP_RECLAIMABLE;
	if (event->order > 1 || !(gfp & __GFP_DIRECT_RECLAIM) || (gfp & __GFP_MEMALLOC))
		gfp &= ~__GFP_NOFAIL;
	return gfp;
}

static uint32_t step_of(const struct import_event *event)
{
	return event->order < 11 ? event->order : 10;
}

/* Which event gives back what an allocation got: @freed_by, counted from 1; 0 = none. */
static void pair(struct lab_trace *trace, struct page_map *map, const struct import_event *events,
		 size_t nr, uint32_t *partner)
{
	for (size_t i = 0; i < nr; i++) {
		const struct import_event *event = &events[i];
		uint32_t *had;

		if (!event->pfn) {
			trace->failed += event->kind == IMPORT_ALLOC;
			continue;
		}
		had = map_find(map, event->pfn);
		if (event->kind == IMPORT_ALLOC) {
			trace->replaced += *had != 0;
			*had = (uint32_t)i + 1;
			continue;
		}
		if (!*had || events[*had - 1].order != event->order) {
			trace->unknown_frees++;
			continue;
		}
		partner[i] = *had;
		partner[*had - 1] = (uint32_t)i + 1;
		*had = 0;
	}
}

static void add_step(struct lab_trace *trace, const struct import_event *event, uint32_t object,
		     uint64_t *pages)
{
	bool gets = event->kind == IMPORT_ALLOC;

	trace->steps[trace->nr_steps++] = (struct lab_step){
		.object = object,
		.gfp = gets ? request_gfp(event) : 0,
		.order = (uint8_t)step_of(event),
		.cpu = event->cpu,
		.gets = gets,
	};
	*pages += gets ? 1ull << event->order : -(1ull << event->order);
	if (*pages > trace->peak_pages)
		trace->peak_pages = *pages;
}

/*
 * Numbers of objects that are given back are used again, at once; @object has that of each
 * allocation. What is kept is numbered behind them.
 */
static void number(struct lab_trace *trace, const struct import_event *events, size_t nr,
		   const uint32_t *partner, uint32_t *object, uint32_t *spare)
{
	uint32_t nr_spare = 0, shared = 0;
	uint64_t pages = 0;

	for (size_t i = 0; i < nr; i++)
		if (events[i].kind == IMPORT_ALLOC && partner[i])
			object[i] = nr_spare ? spare[--nr_spare] : shared++;
		else if (events[i].kind == IMPORT_FREE && partner[i])
			spare[nr_spare++] = object[partner[i] - 1];
	for (size_t i = 0; i < nr; i++) {
		if (events[i].kind == IMPORT_ALLOC && events[i].pfn) {
			if (!partner[i])
				object[i] = shared + trace->nr_kept++;
			add_step(trace, &events[i], object[i], &pages);
		} else if (partner[i]) {
			add_step(trace, &events[i], object[partner[i] - 1], &pages);
		}
	}
	trace->nr_objects = shared + trace->nr_kept;
}

bool lab_trace_build(struct lab_trace *trace, const struct import_event *events, size_t nr_events)
{
	uint32_t *words = calloc(3 * nr_events + 1, sizeof(*words));
	struct page_map map = { 0 };
	bool good;

	*trace = (struct lab_trace){ 0 };
	trace->steps = malloc((nr_events + 1) * sizeof(*trace->steps));
	good = map_init(&map, nr_events) && words && trace->steps;
	if (good) {
		pair(trace, &map, events, nr_events, words);
		number(trace, events, nr_events, words, words + nr_events, words + 2 * nr_events);
	}
	map_release(&map);
	free(words);
	return good;
}

void lab_trace_release(struct lab_trace *trace)
{
	free(trace->steps);
	*trace = (struct lab_trace){ 0 };
}
