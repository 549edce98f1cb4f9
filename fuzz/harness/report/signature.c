// SPDX-License-Identifier: GPL-2.0-only
/* What a finding is called: see signature.h. */
#include "fuzz/harness/report/signature.h"

#include <stdio.h>
#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/report/symptoms.h"
#include "fuzz/harness/text/text.h"

/* The core function that changes what an event is about, and tells it. */
static const char *const writers[NR_SPB_EVENTS] = {
	[SPB_EV_PCP_GET] = "rmqueue_pcplist",
	[SPB_EV_PCP_PUT] = "free_to_pcplist",
	[SPB_EV_FREE] = "__free_one_page",
	[SPB_EV_HAS_SET] = "__spb_set_has_type",
	[SPB_EV_HAS_CLEAR] = "__spb_clear_has_type",
	[SPB_EV_TAINT] = "spb_update_list",
	[SPB_EV_UNTAINT] = "spb_update_list",
	[SPB_EV_LIST_MOVE] = "spb_update_list",
	[SPB_EV_RELABEL] = "set_pageblock_migratetype",
	[SPB_EV_ISOLATE] = "set_isolated",
	[SPB_EV_UNISOLATE] = "set_isolated",
	[SPB_EV_MIGRATE] = "migrate_page",
	[SPB_EV_DEFRAG_RUN] = "defrag_finish",
	[SPB_EV_HIGHATOMIC] = "reserve_highatomic_pageblock",
	[SPB_EV_CONTIG] = "spb_alloc_contig",
};

static const struct spb_event *newest(const struct oracle_state *oracle)
{
	return &oracle->last[(oracle->events - 1) % ORACLE_LAST_EVENTS];
}

/* What an event is most about. */
static const char *place_of_event(const struct spb_event *event)
{
	const char *detail = text_event_detail(event);

	if (detail)
		return detail;
	return writers[event->type] ? writers[event->type]
				    : text_reach_name(REACH_EVENT, event->type);
}

/* A page taken or given back is that, whether a per-CPU list is in between or not. */
static const char *place_of_section(const char *function)
{
	static const char *const stems[] = { "rmqueue", "free" };

	for (unsigned int i = 0; i < ARRAY_SIZE(stems); i++)
		if (!strncmp(function, stems[i], strlen(stems[i])))
			return stems[i];
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
	const struct oracle_state *oracle = &run->oracle;

	if (!run->live || !run->options.oracles)
		return NR_MOMENTS;
	if (!oracle->events)
		return oracle->section || is_symptom(rule) ? MOMENT_OP : NR_MOMENTS;
	if (oracle->in_event)
		return is_between_steps(newest(oracle)) && !run->concurrent ? MOMENT_STEP
									   : NR_MOMENTS;
	/* A walk to a count that is wrong has no end. */
	if (!strcmp(rule, "endless"))
		return MOMENT_OP;
	if (!is_symptom(rule))
		return NR_MOMENTS;
	/* The core's own lists look after themselves, in the middle of a step. */
	if (!strcmp(rule, "list-corrupt"))
		return MOMENT_STEP;
	return oracle->section ? MOMENT_SECTION : MOMENT_OP;
}

static const char *place_of_symptom(const struct oracle_state *oracle,
				    const struct rule *symptom)
{
	if (symptom->placeless)
		return NULL;
	if (oracle->in_event)
		return place_of_events(1ull << newest(oracle)->type);
	return oracle->section ? place_of_section(oracle->section)
			       : place_of_events(oracle->happened);
}

/* A superpageblock is on the wrong list: was it put there, or did nobody put it on another? */
static void blame_filing(struct finding_info *info, const struct oracle_state *oracle)
{
	if (strcmp(info->cause, "spb-category") && strcmp(info->cause, "spb-fullness"))
		return;
	if (oracle->filed) {
		info->function = ORACLE_FILER;
	} else {
		info->cause = "spb-category";
		info->detail = "stale";
	}
}

void signature_find(struct run *run)
{
	struct finding_info *info = &run->finding;
	const struct oracle_state *oracle = &run->oracle;
	enum rule_moment moment = moment_of(run, info->rule);
	const struct rule *nearest = NULL;

	info->cause = info->as && !rule_off[rule_by_name(info->as) - rules] ? info->as : info->rule;
	if (moment < NR_MOMENTS)
		nearest = symptoms_nearest(run, moment, info->rule);
	if (nearest) {
		info->cause = nearest->name;
		info->function = place_of_symptom(oracle, nearest);
		if (run->options.close && (oracle->in_event || oracle->section))
			blame_filing(info, oracle);
	} else if (!info->function && !rule_by_name(info->rule)->placeless && run->live &&
		   oracle->in_event) {
		info->function = place_of_event(newest(oracle));
	}
}

void finding_signature(const struct finding_info *info, char *to, size_t room)
{
	snprintf(to, room, "%s/%s%s%s", info->cause, info->function ? info->function : "-",
		 info->detail ? "." : "", info->detail ? info->detail : "");
}
