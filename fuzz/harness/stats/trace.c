// SPDX-License-Identifier: GPL-2.0-only
/* The trace hash: see trace.h. */
#include "fuzz/harness/stats/trace.h"

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/base/switch.h"

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

static void begin(struct run *run)
{
	run->trace = TRACE_START;
}

static void trace_word(uint64_t word)
{
	this_run->trace = mix(this_run->trace, word);
}

/* Three multiplications that do not wait for each other, one that waits for the last event. */
static void on_event(struct run *run, const struct spb_event *event)
{
	uint64_t what = (uint64_t)event->type | (uint64_t)event->step << 8 |
			(uint64_t)event->zone << 16 | (uint64_t)event->order << 24 |
			(uint64_t)event->mt << 32 | (uint64_t)event->spb << 40;
	uint64_t which = event->pfn | (uint64_t)event->arg << 32;
	uint64_t all = what * TRACE_MULTIPLIER + which * TRACE_MULTIPLIER_2 +
		       event->arg2 * TRACE_MULTIPLIER_3;

	run->trace = mix(run->trace, all ^ all >> 32);
}

/* The same bytes give the same interleaving. */
static void on_switch(struct run *run, const struct sched_switch *told)
{
	run->trace = mix(run->trace, (uint64_t)told->kind << 60 | (uint64_t)told->to << 56 |
					     (uint64_t)told->from << 52 | told->point);
}

static void add_state(struct run *run)
{
	uint32_t end = run->queries->max_pfn();
	struct page_run page;

	for (uint32_t pfn = run->queries->min_pfn(); pfn < end; pfn += page.pages) {
		run->queries->run_at(pfn, &page);
		trace_word((uint64_t)page.state | (uint64_t)page.order << 8 |
			   (uint64_t)page.type << 16 | (uint64_t)page.pages << 32);
		trace_word(page.pfn | (uint64_t)page.owner << 32);
		if (!page.pages)
			break;
	}
	for (const struct observer *const *at = observers_of(run); *at; at++)
		if ((*at)->hash)
			(*at)->hash(run, trace_word);
}

static void end(struct run *run)
{
	if (run->options.hash_state && !run->stopped)
		add_state(run);
}

const struct observer trace_observer = {
	.name = "trace",
	/* What a chooser tells is for whoever compares it: the walk tells nothing. */
	.events = ALL_EVENTS & ~EVENT_BIT(CHOICE),
	.begin = begin,
	.event = on_event,
	.switched = on_switch,
	.end = end,
};

uint64_t trace_hash(void)
{
	return this_run->trace;
}

uint64_t trace_of_state(struct run *run)
{
	uint64_t trace = run->trace, of_state;

	run->trace = TRACE_START;
	add_state(run);
	of_state = run->trace;
	run->trace = trace;
	return of_state;
}
