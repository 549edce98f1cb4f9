// SPDX-License-Identifier: GPL-2.0-only
/* The trace hash: see trace.h. */
#include "fuzz/harness/stats/trace.h"

#include "fuzz/harness/base/run.h"

/* Odd, with their bits spread: the fractions of the golden ratio, of e and of pi. */
#define TRACE_MULTIPLIER 0x9e3779b97f4a7c15ull
#define TRACE_MULTIPLIER_2 0xb7e151628aed2a6bull
#define TRACE_MULTIPLIER_3 0x243f6a8885a308d3ull
#define TRACE_START 0x5bb5bb5bb5bb5bb5ull

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * TRACE_MULTIPLIER;
	return hash ^ hash >> 29;
}

void trace_begin(void)
{
	this_run->trace = TRACE_START;
}

void trace_word(uint64_t word)
{
	this_run->trace = mix(this_run->trace, word);
}

/* Three multiplications that do not wait for each other, one that waits for the last event. */
void trace_event(const struct spb_event *event)
{
	uint64_t what = (uint64_t)event->type | (uint64_t)event->step << 8 |
			(uint64_t)event->zone << 16 | (uint64_t)event->order << 24 |
			(uint64_t)event->mt << 32 | (uint64_t)event->spb << 40;
	uint64_t which = event->pfn | (uint64_t)event->arg << 32;
	uint64_t all = what * TRACE_MULTIPLIER + which * TRACE_MULTIPLIER_2 +
		       event->arg2 * TRACE_MULTIPLIER_3;

	this_run->trace = mix(this_run->trace, all ^ all >> 32);
}

void trace_state(const struct run *run)
{
	uint32_t end = run->queries->max_pfn();
	struct page_run page;

	if (!run->options.hash_state)
		return;
	for (uint32_t pfn = run->queries->min_pfn(); pfn < end; pfn += page.pages) {
		run->queries->run_at(pfn, &page);
		trace_word((uint64_t)page.state | (uint64_t)page.order << 8 |
			   (uint64_t)page.type << 16 | (uint64_t)page.pages << 32);
		trace_word(page.pfn | (uint64_t)page.owner << 32);
		if (!page.pages)
			break;
	}
	if (run->extra && run->extra->hash)
		run->extra->hash(this_run);
}

uint64_t trace_hash(void)
{
	return this_run->trace;
}
