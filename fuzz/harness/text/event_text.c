// SPDX-License-Identifier: GPL-2.0-only
/* Events in words: see event_text.h. What their arguments are is in events.def. */
#include "fuzz/harness/text/event_text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/text/names.h"
#include "fuzz/harness/text/said.h"
#include "fuzz/harness/text/text.h"
#include "shim/types.h"
#include "spb/event.h"
#include "spb/migratetype.h"

struct line {
	char *to;
	size_t room, used;
};

__attribute__((format(printf, 2, 3)))
static void say(struct line *line, const char *fmt, ...)
{
	va_list args;

	if (line->used >= line->room)
		return;
	va_start(args, fmt);
	line->used += (size_t)vsnprintf(line->to + line->used, line->room - line->used, fmt, args);
	va_end(args);
}

/* What an event of its type does not say comes as 0, which would be a name, too. */
static bool is_about_a_type(const struct spb_event *event)
{
	switch (event->type) {
	case SPB_EV_ISOLATE:
	case SPB_EV_UNISOLATE:
	case SPB_EV_CONTIG:
	case SPB_EV_EVACUATE:
	case SPB_EV_MIGRATE:
	case SPB_EV_MIGRATE_FAIL:
	case SPB_EV_TRACE_RESULT:
		return false;
	default:
		return event->mt < MIGRATE_TYPES;
	}
}

static bool is_about_a_request(const struct spb_event *event)
{
	return event->type == SPB_EV_REFUSE || event->type == SPB_EV_RELAX ||
	       event->type == SPB_EV_WALK;
}

static void say_object(struct line *line, const struct spb_event *event)
{
	if (event->pfn != SPB_NO_PFN)
		say(line, ": page %u, order %u", event->pfn, event->order);
	else if (is_about_a_request(event))
		say(line, ": order %u", event->order);
	else if (event->type == SPB_EV_KSWAPD_ASK || event->type == SPB_EV_KSWAPD_RUN)
		say(line, ": node %u, order %u", event->arg, event->order);
	if ((event->pfn != SPB_NO_PFN || is_about_a_request(event)) && is_about_a_type(event))
		say(line, ", %s", said_type(event->mt));
	if (event->spb != SPB_NO_SPB)
		say(line, "%s superpageblock %u", event->pfn == SPB_NO_PFN ? ":" : ", in",
		    event->spb);
	if (event->spb != SPB_NO_SPB || is_about_a_request(event))
		say(line, " of zone %u", event->zone);
}

static void say_refusal(struct line *line, const struct spb_event *event)
{
	uint32_t highest = event->arg2 >> SPB_REFUSE_ZONE_SHIFT;
	uint32_t flags = event->arg2 & ((1u << SPB_REFUSE_ZONE_SHIFT) - 1);

	say(line, "; because of %s", said_refusal(event->arg));
	if (event->arg == SPB_REFUSAL_WATERMARK || event->arg == SPB_REFUSAL_NOFRAGMENT)
		say(line, ", flags %s", said_flags(flags));
	if (event->arg == SPB_REFUSAL_WATERMARK)
		say(line, ", zones up to %s", said_zone_type(highest));
}

static void say_move(struct line *line, const struct spb_event *event)
{
	/* Categories and fullnesses as events.def numbers them. */
	enum { FULLNESSES = 5 };

	say(line, "; from the list %s to %s",
	    said_list(event->arg / FULLNESSES, event->arg % FULLNESSES),
	    said_list(event->arg2 / FULLNESSES, event->arg2 % FULLNESSES));
}

static void say_evacuation(struct line *line, const struct spb_event *event)
{
	static const char *const whys[] = {
		"for a worker", "in the first pass", "in the second pass",
		"for a contiguous request",
	};

	say(line, "; %s", event->arg < ARRAY_SIZE(whys) ? whys[event->arg] : "for nobody");
}

static void say_request(struct line *line, const struct spb_event *event)
{
	say(line, ", gfp %s, flags %s", said_gfp(event->gfp), said_flags(event->arg2));
}

/* Of those who make room: evacuation, workers, reclaim and compaction. */
static void say_work(struct line *line, const struct spb_event *event)
{
	switch (event->type) {
	case SPB_EV_EVACUATE:
		say_evacuation(line, event);
		break;
	case SPB_EV_EVACUATE_DONE:
		say(line, "; %u pages moved, the order is %s", event->arg,
		    event->arg2 ? "there" : "not there");
		break;
	case SPB_EV_DEFRAG_RUN:
		say(line, "; %u pages moved, %s", event->arg,
		    event->arg2 ? "progress" : "no progress");
		break;
	case SPB_EV_RECLAIM:
	case SPB_EV_COMPACT:
	case SPB_EV_OOM:
		say(line, "; %u pages", event->arg);
		break;
	case SPB_EV_DEFRAG_START:
		say(line, "; %s", event->arg ? "it has something to do" : "nothing to do");
		break;
	case SPB_EV_SHRINK_KICK:
	case SPB_EV_DEFRAG_WAKE:
		say(line, "%s", event->arg2 ? "; it was queued already" : "");
		break;
	default:
		break;
	}
}

static void say_arguments(struct line *line, const struct spb_event *event)
{
	switch (event->type) {
	case SPB_EV_ALLOC:
		if (event->step != SPB_STEP_OWN)
			say(line, "; flags %s", said_flags(event->arg));
		break;
	case SPB_EV_PCP_GET:
	case SPB_EV_PCP_PUT:
		say(line, "; list of CPU %u%s", event->arg,
		    event->type == SPB_EV_PCP_PUT && event->arg2 ? ", by a refill" : "");
		break;
	case SPB_EV_PCP_DRAIN:
		say(line, "; %u pages of the list of CPU %u", event->arg2, event->arg);
		break;
	case SPB_EV_REFUSE:
		say_refusal(line, event);
		break;
	case SPB_EV_RELAX:
		say(line, "; decided %s", said_relax(event->arg));
		say_request(line, event);
		break;
	case SPB_EV_WALK:
		say(line, "; %s", event->arg ? "found nothing" : "begins");
		say_request(line, event);
		break;
	case SPB_EV_LIST_MOVE:
		say_move(line, event);
		break;
	case SPB_EV_RELABEL:
		say(line, "; the label was %s", said_type(event->arg));
		break;
	case SPB_EV_BORROW:
	case SPB_EV_STEAL:
		say(line, "; from the list %s", said_type(event->arg));
		break;
	case SPB_EV_MIGRATE:
		say(line, "; to page %u, of owner %u", event->arg, event->arg2);
		break;
	case SPB_EV_MIGRATE_FAIL:
		say(line, "; of owner %u", event->arg2);
		break;
	case SPB_EV_HIGHATOMIC:
		say(line, "; %s", event->arg ? "reserved" : "given back");
		break;
	case SPB_EV_CONTIG:
		say(line, "; %s", event->arg ? "taken" : "released");
		break;
	case SPB_EV_TUNABLE:
		say(line, "; %s is %u", tunable_name(event->arg) ? tunable_name(event->arg) : "?",
		    event->arg2);
		break;
	case SPB_EV_TRACE_RESULT:
		say(line, "; of step %u", event->arg);
		break;
	default:
		say_work(line, event);
		break;
	}
}

const char *event_text(const struct spb_event *event, char *to, size_t room)
{
	struct line line = { to, room, 0 };

	say(&line, "%s", text_reach_name(REACH_EVENT, event->type));
	if (event->type == SPB_EV_ALLOC && event->step != SPB_STEP_OWN)
		say(&line, " by %s", said_step(event->step));
	say_object(&line, event);
	say_arguments(&line, event);
	return to;
}
