// SPDX-License-Identifier: GPL-2.0-only
/* The trace hash: see trace.h. */
#include "fuzz/harness/trace.h"

#include "fuzz/harness/run.h"

/* Odd, with its bits spread: the golden ratio in 64 bits. */
#define TRACE_MULTIPLIER 0x9e3779b97f4a7c15ull
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

void trace_event(const struct spb_event *event)
{
	uint64_t hash = this_run->trace;

	hash = mix(hash, (uint64_t)event->type | (uint64_t)event->step << 8 |
				 (uint64_t)event->zone << 16 | (uint64_t)event->order << 24 |
				 (uint64_t)event->mt << 32 | (uint64_t)event->spb << 40);
	hash = mix(hash, event->pfn | (uint64_t)event->arg << 32);
	this_run->trace = mix(hash, event->arg2);
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
