/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and meanings of what the allocator tells: the tables of include/spb, in memory. */
#ifndef HARNESS_EVENT_NAMES_H
#define HARNESS_EVENT_NAMES_H

#include "spb/event.h"
#include "spb/rules.h"

/**
 * struct event_name - one row of a table
 * @arg: what the event's field of that name is; NULL in all tables but that of events, "" for
 *       none
 * @arg2: likewise
 */
struct event_name {
	const char *name;
	const char *meaning;
	const char *arg, *arg2;
};

extern const struct event_name step_names[NR_SPB_STEPS];
extern const struct event_name refusal_names[NR_SPB_REFUSALS];
extern const struct event_name relax_names[NR_SPB_RELAXES];
extern const struct event_name event_names[NR_SPB_EVENTS];
/* What breaks none is called "none". */
extern const struct event_name contract_names[NR_SPB_RULES];

#endif
