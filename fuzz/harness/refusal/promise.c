// SPDX-License-Identifier: GPL-2.0-only
/* Promises of patch 35, followed: see promise.h. */
#include "fuzz/harness/refusal/promise.h"

#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/refusal/promise_look.h"
#include "fuzz/harness/spb/spb_view.h"
#include "fuzz/harness/text/said.h"
#include "spb/alloc.h"
#include "spb/gfp.h"

/* The function that made the promise. */
#define PROMISER "spb_tainted_can_serve_smaller"

enum caller_state {
	CALLER_NONE,     /* no caller is under way */
	CALLER_ASKS,     /* nothing was refused yet */
	CALLER_REFUSED,  /* ... and nothing served since */
	CALLER_SERVED,   /* ... and something served since */
	CALLER_SETTLED,  /* one broken promise of a call is enough */
};

/*
 * The request under way.
 * @refused: its last relax decision was to refuse; @decision is that event
 * @look: at that moment
 * @taint: superpageblock that a retry tainted, or SPB_NO_SPB
 * @order: of the last retry
 * @closed: the zone that promised was below the watermark of the last retry
 * @barred: the reserve kept a retry out of it
 * @being_served: a page was taken, and what it changes has not all been told yet
 */
static PROGRAM_STATE struct {
	bool refused;
	struct spb_event decision;
	struct promise_look look;
	uint16_t taint;
	unsigned int order;
	bool closed, barred;
	enum caller_state caller;
	enum caller_kind kind;
	uint32_t gfp;
	bool being_served;
} asked;

static void begin(struct run *run)
{
	(void)run;
	asked.refused = false;
	asked.caller = CALLER_NONE;
}

/* --- why --- */

static enum promise kind_of_content(unsigned int seen)
{
	static const struct {
		unsigned int bit;
		enum promise kind;
	} kinds[] = {
		{ PROMISE_SEEN_OPPOSITE_BLOCK, PROMISE_OPPOSITE_BLOCK },
		{ PROMISE_SEEN_MOVABLE, PROMISE_NOT_MOVED },
		{ PROMISE_SEEN_NO_TARGET, PROMISE_NO_TARGET },
		{ PROMISE_SEEN_PINNED, PROMISE_PINNED },
		{ PROMISE_SEEN_CMA, PROMISE_CMA },
		{ PROMISE_SEEN_ISOLATED, PROMISE_ISOLATED },
		{ PROMISE_SEEN_STALE, PROMISE_STALE },
	};

	/* What can be taken as it is was not: none of the reasons below. */
	if (seen & PROMISE_SEEN_BUDDY)
		return PROMISE_UNEXPLAINED;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (seen & kinds[i].bit)
			return kinds[i].kind;
	return PROMISE_UNEXPLAINED;
}

static bool another_zone_promised(void)
{
	return this_core()->tunables.relax_all_zones && !asked.look.seen;
}

/* Of a promise whose retry failed, or tainted asked.taint. */
static enum promise why_broken(void)
{
	if (asked.taint != SPB_NO_SPB &&
	    this_core()->spbs[asked.taint].zone->index != asked.decision.zone)
		return PROMISE_OTHER_ZONE;
	if (another_zone_promised())
		return PROMISE_OTHER_ZONE;
	if (asked.barred && (asked.look.seen & PROMISE_SEEN_OWN))
		return PROMISE_RESERVE;
	if (asked.closed)
		return asked.look.seen & PROMISE_SEEN_BUDDY ? PROMISE_WATERMARK : PROMISE_FULL;
	if (!policy_on(zone_by_index(asked.decision.zone)))
		return PROMISE_UNSTEERED;
	return kind_of_content(asked.look.seen);
}

/*
 * The posted rule is a guess. With refusal_keeps_promise a smaller retry is certain, if there
 * is one; that it is enough is not.
 */
static bool is_finding(enum promise kind)
{
	if (kind == PROMISE_KEPT || !rule_is_on(promise_rule(kind) - rules))
		return false;
	if (this_run->options.strict)
		return true;
	return this_core()->tunables.refusal_keeps_promise && kind != PROMISE_TOO_FEW &&
	       kind != PROMISE_NO_FALLBACK;
}

static void settle(enum promise kind)
{
	reach_promise(kind);
	if (!is_finding(kind))
		return;
	this_run->finding.nr_spbs = 0;
	if (asked.look.spb != SPB_NO_SPB)
		finding_spb(asked.look.spb);
	if (asked.taint != SPB_NO_SPB)
		finding_spb(asked.taint);
	finding_at(PROMISER);
	if (asked.taint != SPB_NO_SPB)
		finding(promise_rule(kind)->name,
			"order %u, %s, gfp %s was refused for a smaller retry; that one, "
			"order %u, tainted superpageblock %u",
			asked.decision.order, said_type(asked.decision.mt),
			said_gfp(asked.decision.gfp), asked.order, asked.taint);
	finding(promise_rule(kind)->name,
		"order %u, %s, gfp %s was refused for a smaller retry; that one, order %u, "
		"failed",
		asked.decision.order, said_type(asked.decision.mt),
		said_gfp(asked.decision.gfp), asked.order);
}

/* --- what retries do --- */

static void note_retry(unsigned int order)
{
	asked.order = order;
	asked.closed = false;
	asked.barred = false;
	asked.taint = SPB_NO_SPB;
}

/* A superpageblock of a zone that is not steered may become what it likes. */
static bool is_harm(const struct spb_event *event)
{
	return policy_on(this_core()->spbs[event->spb].zone);
}

static void note_event(const struct spb_event *event)
{
	switch (event->type) {
	case SPB_EV_TAINT:
		if (asked.taint == SPB_NO_SPB && is_harm(event))
			asked.taint = event->spb;
		break;
	case SPB_EV_REFUSE:
		if (event->zone != asked.decision.zone)
			break;
		asked.closed |= event->arg == SPB_REFUSAL_WATERMARK;
		asked.barred |= event->arg == SPB_REFUSAL_RESERVE;
		break;
	default:
		break;
	}
}

/* In the zone that is asked first; where all are asked, it need not be what promised. */
static void look_now(void)
{
	asked.look = promise_look(asked.decision.zone, asked.decision.order, asked.decision.mt);
}

/* --- single requests --- */

/* Smaller orders until one is served. Return: whether one was. */
static bool retry(const struct run *run, const struct call *call)
{
	for (unsigned int order = asked.decision.order; order-- > 0;) {
		struct host_call outer;
		uint32_t pfn;

		note_retry(order);
		host_call_begin(SPB_RULE_NONE, &outer);
		pfn = run->ops->alloc(call->gfp, order, call->nid, call->nodemask);
		host_call_end(&outer);
		if (pfn != NO_PFN)
			return true;
	}
	return false;
}

/* A single request has failed: follow its smaller retries on the side. */
static void alloc_failed(struct run *run, const struct call *call)
{
	bool served;

	if (!asked.refused)
		return;
	asked.refused = false;
	look_now();
	arena_side_begin(run->arena);
	host_side_begin(note_event);
	served = retry(run, call);
	host_side_end();
	arena_side_end(run->arena);
	settle(served && asked.taint == SPB_NO_SPB ? PROMISE_KEPT : why_broken());
}

/* --- callers with retries of their own --- */

static void caller_begins(enum caller_kind kind, uint32_t gfp)
{
	asked.refused = false;
	asked.caller = CALLER_ASKS;
	asked.kind = kind;
	asked.gfp = gfp;
	asked.being_served = false;
	note_retry(0);
}

static void caller_break(enum promise kind)
{
	asked.caller = CALLER_SETTLED;
	settle(kind);
}

/* The taint, if there was one, came with the page. */
static void caller_served(void)
{
	asked.being_served = false;
	if (asked.caller != CALLER_REFUSED)
		return;
	asked.caller = CALLER_SERVED;
	settle(PROMISE_KEPT);
}

static void caller_refused(void)
{
	/* A chain of refusals ends with what is served: one promise. */
	asked.refused = false;
	if (asked.caller == CALLER_REFUSED)
		return;
	asked.caller = CALLER_REFUSED;
	note_retry(0);
	look_now();
}

static bool starts_request(const struct spb_event *event)
{
	return event->type == SPB_EV_RELAX || event->type == SPB_EV_REFUSE ||
	       event->type == SPB_EV_ALLOC;
}

static bool is_for_caller(const struct spb_event *event)
{
	if (event->type == SPB_EV_PCP_GET)
		return true;
	return event->type == SPB_EV_ALLOC && event->step != SPB_STEP_EVACUATION &&
	       event->step != SPB_STEP_CONTIG;
}

static void caller_event(const struct spb_event *event)
{
	if (asked.caller == CALLER_SETTLED)
		return;
	if (asked.being_served && starts_request(event))
		caller_served();
	note_event(event);
	if (event->type == SPB_EV_REFUSE && event->arg == SPB_REFUSAL_NO_RECLAIM && asked.refused)
		caller_refused();
	if (asked.caller == CALLER_REFUSED || asked.caller == CALLER_SERVED) {
		asked.order = event->order;
		asked.being_served |= is_for_caller(event);
		if (asked.taint != SPB_NO_SPB)
			caller_break(asked.caller == CALLER_SERVED ? PROMISE_TOO_FEW
								   : why_broken());
	}
}

static void caller_ends(bool ok)
{
	enum caller_state state;

	if (asked.being_served)
		caller_served();
	state = asked.caller;
	asked.caller = CALLER_NONE;
	if (ok || (state != CALLER_REFUSED && state != CALLER_SERVED))
		return;
	if (state == CALLER_SERVED)
		settle(PROMISE_TOO_FEW);
	else if (asked.kind == CALLER_KVMALLOC && !(asked.gfp & __GFP_DIRECT_RECLAIM))
		settle(PROMISE_NO_FALLBACK);
	else
		settle(why_broken());
}

/* --- both --- */

static void on_event(struct run *run, const struct spb_event *event)
{
	(void)run;
	if (event->type == SPB_EV_RELAX) {
		asked.refused = event->arg == SPB_RELAX_SMALLER;
		if (asked.refused && asked.caller != CALLER_REFUSED)
			asked.decision = *event;
	}
	if (asked.caller != CALLER_NONE)
		caller_event(event);
}

static void call_begins(struct run *run, const struct call *call)
{
	(void)run;
	asked.refused = false;
	if (call->kind == CALL_caller)
		caller_begins(call->caller, call->gfp);
}

static void call_ends(struct run *run, const struct call *call)
{
	if (call->kind == CALL_caller)
		caller_ends(call->answer);
	else if (call->pfn == NO_PFN)
		alloc_failed(run, call);
}

/* Of other events those, too, that tell of what a caller asks for next. */
const struct observer promise_observer = {
	.name = "promises",
	.events = ALL_EVENTS,
	.calls = CALL_BIT(alloc) | CALL_BIT(caller),
	.begin = begin,
	.event = on_event,
	.call_begins = call_begins,
	.call_ends = call_ends,
};
