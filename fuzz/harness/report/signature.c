// SPDX-License-Identifier: GPL-2.0-only
/* What a finding is called: see signature.h. */
#include "fuzz/harness/report/signature.h"

#include <stdio.h>
#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/report/symptoms.h"
#include "fuzz/harness/text/text.h"

static const struct spb_event *newest(const struct recent *recent)
{
	return &recent->last[(recent->events - 1) % RECENT_EVENTS];
}

/* What an event is most about. */
static const char *place_of_event(const struct spb_event *event)
{
	const char *detail = text_event_detail(event);

	if (detail)
		return detail;
	if (allocator.writers[event->type])
		return allocator.writers[event->type];
	return text_reach_name(REACH_EVENT, event->type);
}

/* A page taken or given back is that, whether a per-CPU list is in between or not. */
static const char *place_of_section(const char *function)
{
	for (const char *const *stem = allocator.stems; *stem; stem++)
		if (!strncmp(function, *stem, strlen(*stem)))
			return *stem;
	return function;
}

/* The rarest of what happened is the likeliest to have gone wrong. */
static const char *place_of_events(uint64_t happened)
{
	static const struct {
		enum spb_event_type type;
		const char *place;
	} places[] = {
		{ SPB_EV_CONTIG, "contig" },	     { SPB_EV_ISOLATE, "isolate" },
		{ SPB_EV_UNISOLATE, "isolate" },     { SPB_EV_HIGHATOMIC, "highatomic" },
		{ SPB_EV_FREE, "free" },	     { SPB_EV_PCP_PUT, "free" },
		{ SPB_EV_ALLOC, "rmqueue" },	     { SPB_EV_PCP_GET, "rmqueue" },
		{ SPB_EV_REFUSE, "rmqueue" },	     { SPB_EV_WALK, "rmqueue" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++)
		if (happened >> places[i].type & 1)
			return places[i].place;
	return NULL;
}

/* Between these events nothing is half done. */
static bool is_between_steps(const struct spb_event *event)
{
	switch (event->type) {
	case SPB_EV_ALLOC:
	case SPB_EV_FREE:
	case SPB_EV_PCP_GET:
	case SPB_EV_PCP_PUT:
	case SPB_EV_REFUSE:
	case SPB_EV_WALK:
		return true;
	default:
		return false;
	}
}

/* It can be counted again, here and now. */
static bool is_symptom(const char *rule)
{
	return rule_by_name(rule)->near;
}

/* Rules about what happens at once, anywhere in the core, are believed as they are. */
static enum rule_moment moment_of(const struct run *run, const char *rule)
{
	const struct recent *recent = &run->recent;

	if (!run->live || !run->options.oracles)
		return NR_MOMENTS;
	if (!recent->events)
		return recent->section || is_symptom(rule) ? MOMENT_OP : NR_MOMENTS;
	if (recent->in_event)
		return is_between_steps(newest(recent)) && !run->concurrent ? MOMENT_STEP
									   : NR_MOMENTS;
	/* A walk to a count that is wrong has no end. */
	if (!strcmp(rule, "endless"))
		return MOMENT_OP;
	if (!is_symptom(rule))
		return NR_MOMENTS;
	/* The core's own lists look after themselves, in the middle of a step. */
	if (!strcmp(rule, "list-corrupt"))
		return MOMENT_STEP;
	return recent->section ? MOMENT_SECTION : MOMENT_OP;
}

static const char *place_of_symptom(const struct recent *recent, const struct rule *symptom)
{
	if (symptom->placeless)
		return NULL;
	if (recent->in_event)
		return place_of_events(1ull << newest(recent)->type);
	return recent->section ? place_of_section(recent->section)
			       : place_of_events(recent->happened);
}

static void improve(struct run *run)
{
	for (const struct observer *const *at = run->told->all; *at; at++)
		if ((*at)->blame)
			(*at)->blame(run, &run->finding);
}

void signature_find(struct run *run)
{
	struct finding_info *info = &run->finding;
	const struct recent *recent = &run->recent;
	enum rule_moment moment = moment_of(run, info->rule);
	const struct rule *nearest = NULL;

	info->cause = info->as && !rule_off[rule_by_name(info->as) - rules] ? info->as : info->rule;
	if (moment < NR_MOMENTS)
		nearest = symptoms_nearest(run, moment, info->rule);
	if (nearest) {
		info->cause = nearest->name;
		info->function = place_of_symptom(recent, nearest);
		improve(run);
	} else if (!info->function && !rule_by_name(info->rule)->placeless && run->live &&
		   recent->in_event) {
		info->function = place_of_event(newest(recent));
	}
}

void finding_signature(const struct finding_info *info, char *to, size_t room)
{
	snprintf(to, room, "%s/%s%s%s", info->cause, info->function ? info->function : "-",
		 info->detail ? "." : "", info->detail ? info->detail : "");
}
