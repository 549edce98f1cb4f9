// SPDX-License-Identifier: GPL-2.0-only
/* What a program covers: see features.h. */
#include "fuzz/tool/corpus/features.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "spb/mmzone.h"

/* event 6 bits, detail 4, order 4, type 3, category 3, fullness 3 */
#define STATE_BITS 23
#define NOWHERE 7 /* category and fullness of an event about no superpageblock */

static uint8_t *counters;
static size_t nr_counters;
static uint8_t seen[1u << (STATE_BITS - 3)];

_Static_assert(NR_SPB_EVENTS <= 64 && NR_SPB_STEPS <= 16 && NR_SPB_REFUSALS <= 16 &&
	       NR_SPB_RELAXES <= 16 && NR_PAGE_ORDERS <= 16 && MIGRATE_TYPES <= 8 &&
	       NR_SB_ALL_CATEGORIES < NOWHERE && __NR_SB_FULLNESS < NOWHERE,
	       "a state fits its bits");

/* What the compiler's instrumentation calls: once per object, with the same bounds. */
void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);
void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop);

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop)
{
	counters = start;
	nr_counters = (size_t)(stop - start);
}

void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop)
{
	(void)start;
	(void)stop;
}

size_t feature_edges(void)
{
	return nr_counters;
}

static uint32_t detail_of(const struct spb_event *event)
{
	switch (event->type) {
	case SPB_EV_ALLOC:
		return event->step;
	case SPB_EV_REFUSE:
	case SPB_EV_RELAX:
	case SPB_EV_STEAL:
	case SPB_EV_BORROW:
	case SPB_EV_RELABEL:
		return event->arg & 15;
	case SPB_EV_DEFRAG_RUN:
	case SPB_EV_EVACUATE_DONE:
		return event->arg2 & 15;
	default:
		return 0;
	}
}

static uint32_t state_of(const struct spb_event *event)
{
	uint32_t state = event->type, category = NOWHERE, fullness = NOWHERE;

	if (event->spb != SPB_NO_SPB) {
		category = this_core()->spbs[event->spb].category;
		fullness = this_core()->spbs[event->spb].fullness;
	}
	state = state << 4 | detail_of(event);
	state = state << 4 | (event->order & 15);
	state = state << 3 | (event->mt & 7);
	state = state << 3 | (category & 7);
	return state << 3 | (fullness & 7);
}

static void add(struct feature_list *list, uint32_t feature)
{
	if (list->nr < FEATURE_MAX)
		list->feature[list->nr++] = feature;
}

static void begin(void *shared)
{
	struct feature_list *list = shared;

	/* After a program that did not come to its end. */
	for (uint32_t i = 0; i < list->nr; i++)
		if (list->feature[i] & FEATURE_STATE)
			seen[(list->feature[i] & ~FEATURE_STATE) / 8] = 0;
	list->nr = 0;
	if (nr_counters)
		memset(counters, 0, nr_counters);
}

static void note_event(void *shared, const struct spb_event *event)
{
	uint32_t state = state_of(event);
	uint8_t bit = (uint8_t)(1u << state % 8);

	if (event->type == SPB_EV_TRACE_RESULT || (seen[state / 8] & bit))
		return;
	seen[state / 8] |= bit;
	add(shared, FEATURE_STATE | state);
}

static uint32_t bucket_of(uint8_t count)
{
	static const uint8_t least[] = { 1, 2, 3, 4, 8, 16, 32, 128 };
	uint32_t bucket = 0;

	while (bucket + 1 < sizeof(least) && count >= least[bucket + 1])
		bucket++;
	return bucket;
}

static int by_value(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

static void end(void *shared)
{
	struct feature_list *list = shared;

	for (size_t i = 0; i < nr_counters; i++)
		if (counters[i])
			add(list, (uint32_t)i << FEATURE_BUCKET_BITS | bucket_of(counters[i]));
	qsort(list->feature, list->nr, sizeof(*list->feature), by_value);
}

const struct worker_hooks feature_hooks = {
	.begin = begin,
	.event = note_event,
	.end = end,
	.room = sizeof(struct feature_list),
};
