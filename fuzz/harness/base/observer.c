// SPDX-License-Identifier: GPL-2.0-only
/* Telling observers: see observer.h. */
#include "fuzz/harness/base/observer.h"

#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"

const struct observed observed_by_nobody;
static PROGRAM_STATE struct observed somebody;

const struct observer *const *observers_of(const struct run *run)
{
	static const struct observer *const none[] = { NULL };

	return run->mode && run->mode->observers ? run->mode->observers : none;
}

static void add_events(struct observed *told, const struct observer *observer)
{
	for (unsigned int type = 0; type < NR_SPB_EVENTS; type++) {
		observer_event_fn *to = told->event[type];

		if (!(observer->events >> type & 1))
			continue;
		while (*to)
			to++;
		*to = observer->event;
	}
}

static void add(struct run *run, struct observed *told, const struct observer *observer,
		bool in_dry_run)
{
	unsigned int n = 0, calls = 0, holds = 0;

	if (in_dry_run ? !observer->in_dry_runs : observer->rests && observer->rests(run))
		return;
	while (told->all[n])
		n++;
	while (told->calls[calls])
		calls++;
	while (told->hold[holds])
		holds++;
	if (n == OBSERVERS_MAX)
		finding("harness", "more than %u observers", OBSERVERS_MAX);
	told->all[n] = observer;
	if (observer->calls)
		told->calls[calls] = observer;
	told->hold[holds] = observer->hold;
	told->call_kinds |= observer->calls;
	told->locks |= observer->locks;
	if (observer->event)
		add_events(told, observer);
}

static void choose(struct run *run, bool in_dry_run)
{
	memset(&somebody, 0, sizeof(somebody));
	for (const struct observer *const *at = observers_of(run); *at; at++)
		add(run, &somebody, *at, in_dry_run);
	if (run->watcher)
		add(run, &somebody, run->watcher, in_dry_run);
	run->told = &somebody;
}

#define TELL(hook, ...)                                                              \
	do {                                                                         \
		for (const struct observer *const *_at = run->told->all; *_at; _at++) \
			if ((*_at)->hook)                                            \
				(*_at)->hook(run, ##__VA_ARGS__);                    \
	} while (0)

void observe_nothing(struct run *run)
{
	run->told = &observed_by_nobody;
}

void observe_again(struct run *run)
{
	choose(run, false);
}

void observe_dry_run(struct run *run)
{
	choose(run, true);
	TELL(begin);
}

void observe_begin(struct run *run)
{
	choose(run, false);
	memset(&run->recent, 0, sizeof(run->recent));
	TELL(begin);
}

unsigned int observers_of_fresh(const struct run *run)
{
	unsigned int n = 0;

	for (const struct observer *const *at = run->told->all; *at; at++)
		n += (*at)->fresh != NULL;
	return n;
}

void observe_fresh(struct run *run)
{
	run->recent.section = "init";
	TELL(fresh);
	run->recent.section = NULL;
}

void observe_op(struct run *run, const struct program_record *record)
{
	TELL(op_begins, record);
}

void observe_call_begin(struct run *run, const struct call *call)
{
	for (const struct observer *const *at = run->told->calls; *at; at++)
		if ((*at)->calls >> call->kind & 1 && (*at)->call_begins)
			(*at)->call_begins(run, call);
}

void observe_call_end(struct run *run, const struct call *call)
{
	for (const struct observer *const *at = run->told->calls; *at; at++)
		if ((*at)->calls >> call->kind & 1 && (*at)->call_ends)
			(*at)->call_ends(run, call);
}

void observe_event(struct run *run, const struct spb_event *event)
{
	struct recent *recent = &run->recent;

	recent->last[recent->events % RECENT_EVENTS] = *event;
	recent->by[recent->events++ % RECENT_EVENTS] = (struct teller){
		.step = (uint16_t)run->step, .cpu = (uint8_t)run->cpu, .op = (uint8_t)run->op,
	};
	recent->happened |= 1ull << event->type;
	recent->in_event = true;
	for (const observer_event_fn *tell = run->told->event[event->type]; *tell; tell++)
		(*tell)(run, event);
	recent->in_event = false;
}

void observe_section(struct run *run, const struct section *section)
{
	run->recent.section = section->alone ? section->taken_by : NULL;
	for (const struct observer *const *at = run->told->all; *at; at++)
		if ((*at)->locks >> section->lock & 1)
			(*at)->section(run, section);
	run->recent.section = NULL;
	run->recent.sections += section->alone;
}

void observe_hold(struct run *run, const struct hold *hold)
{
	for (const observer_hold_fn *tell = run->told->hold; *tell; tell++)
		(*tell)(run, hold);
}

void observe_needs_lock(struct run *run, const char *func)
{
	TELL(needs_lock, func);
}

void observe_switch(struct run *run, const struct sched_switch *told)
{
	TELL(switched, told);
}

void observe_after_op(struct run *run)
{
	TELL(after_op);
}

void observe_full(struct run *run)
{
	TELL(full);
	TELL(rest);
}

void observe_page(struct run *run, const struct page_run *page)
{
	TELL(page, page);
}

void observe_end(struct run *run)
{
	TELL(end);
}

bool oracles_rest(const struct run *run)
{
	return !run->options.oracles;
}
