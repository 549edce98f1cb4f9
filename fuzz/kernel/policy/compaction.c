// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compaction of a zone, step by step: one scanner goes up from pageblock to pageblock and takes
 * what can be moved, the other goes down and takes free pages, until they meet or a page of the
 * order that is wanted is there.
 *
 *     zone start ──▶ migrate ...............  free ◀── zone end
 */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/reach.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/policy/policy.h"
#include "shim/shim.h"
#include "spb/gfp.h"

/* Entries of one free list that a search looks at, at most: half a pageblock, or this. */
#define SEARCH_LIMIT 33u
/* More than four CPUs have counted and not added up, in zones of this size. */
#define NOT_FOLDED 32u
/* Compaction that always fails is left out 64 times at most. */
#define MOST_SHIFT 6u
/* A request that was not served asks for compaction so often with one effort, and a fourth of that
 * for large orders. */
#define MOST_TRIES 16u

/**
 * struct compaction - that of a CPU
 * @last: as of its last step
 * @under_way: is there one?
 * @looks_next: a search has found pages, too few of them: it goes on around them
 * @tries: a request tried again after compaction that said success, with @effort
 * @due: zones that must be compacted for the request before its compaction is over, a bit each
 */
struct compaction {
	struct kb_compaction last;
	uint32_t tries, effort, due;
	bool under_way, looks_next;
};

static PROGRAM_STATE struct compaction compactions[PROGRAM_CPUS];

/* Of a zone, as it was last told; nothing after a boot. @left: times that it was left out since. */
static PROGRAM_STATE struct deferral {
	uint32_t shift, failed, left;
} deferrals[KB_MAX_ZONES];

void policy_compaction_begin(void)
{
	memset(compactions, 0, sizeof(compactions));
	memset(deferrals, 0, sizeof(deferrals));
}

static struct compaction *of_this_cpu(void)
{
	return &compactions[shim_this->cpu];
}

static uint32_t block_of(uint32_t pfn)
{
	return pfn >> kernel_map->block_order;
}

static bool is_in_zone(uint32_t zone, uint32_t from, uint32_t to)
{
	return from >= kernel_map->zones[zone].start && to <= kernel_map->zones[zone].end &&
	       from <= to;
}

/* The scanner of movable pages stays in one pageblock, below that of free pages. */
static void check_isolates(const struct kb_compaction *at)
{
	uint32_t block = 1u << kernel_map->block_order;
	uint32_t start = kernel_map->zones[at->zone].start;
	uint32_t distance = (at->free - at->migrate) >> (at->migrate == start ? 1 : 3);

	looked(COMPACT_SCANNERS);
	if (!is_in_zone(at->zone, at->from, at->to) ||
	    at->to > ALIGN_DOWN(at->from, block) + block ||
	    block_of(at->from) >= block_of(at->free))
		rule_broken(COMPACT_SCANNERS,
			    "pages %u to %u are looked through to be moved, free ones are taken "
			    "from %u on", at->from, at->to, at->free);
	if (at->from <= at->migrate || at->migrate > at->free)
		return;
	looked(COMPACT_SEARCH);
	if (block_of(at->from) > block_of(at->migrate + distance))
		rule_broken(COMPACT_SEARCH,
			    "a search chose page %u to move from, the scanner is at %u and free "
			    "pages are taken from %u on",
			    at->from, at->migrate, at->free);
}

static void check_looks(const struct kb_compaction *at)
{
	looked(COMPACT_SCANNERS);
	if (!is_in_zone(at->zone, at->from, at->to) || block_of(at->from) < block_of(at->migrate))
		rule_broken(COMPACT_SCANNERS,
			    "pages %u to %u are looked through for free ones, pages are moved from "
			    "%u on", at->from, at->to, at->migrate);
}

/* Each list is looked at to a limit, and in the end one entry is taken. */
static void check_search(const struct kb_compaction *at)
{
	uint32_t half = 1u << kernel_map->block_order >> 1;
	uint32_t limit = half > SEARCH_LIMIT ? half : SEARCH_LIMIT;
	uint32_t orders = at->order > 0 ? (uint32_t)at->order : 1;

	looked(COMPACT_SEARCH);
	if (at->scanned > orders * limit + at->taken)
		rule_broken(COMPACT_SEARCH,
			    "a search of %u orders looks at %u entries, %u at most of each", orders,
			    at->scanned - at->taken, limit);
	of_this_cpu()->looks_next = at->taken && at->room < at->waiting && !at->hasty;
}

/* Is there a page of the order, of none of @types? */
static bool is_there(uint32_t number, uint32_t order, uint32_t types)
{
	struct kb_look zones[KB_MAX_ZONES];

	return number < kb_look(zones) && policy_has_of(&zones[number], ~types, order);
}

static void check_end(const struct kb_compaction *at)
{
	bool met = block_of(at->free) <= block_of(at->migrate);

	looked(COMPACT_RESULT);
	if (at->result == KB_COMPACT_SUCCESS) {
		reached.compactions++;
		/* Else somebody may have had it since. */
		if (policy_is_on() && at->caught == KB_NO_PFN &&
		    (at->order < 0 || !is_there(at->zone, (uint32_t)at->order,
						     1u << kernel_type("Isolate"))))
			rule_broken(COMPACT_RESULT,
				    "compaction says that there is a page of order %d, there is "
				    "none", at->order);
	} else if (at->result == KB_COMPACT_MET && !met) {
		rule_broken(COMPACT_RESULT,
			    "compaction is complete, and its scanners are at %u and %u",
			    at->migrate, at->free);
	}
	looked(COMPACT_LEFT);
	if (at->waiting)
		rule_broken(COMPACT_LEFT, "%u pages are isolated when compaction is over",
			    at->waiting);
}

/* What is caught for a request of another type stays where it was. */
static void check_caught(const struct kb_compaction *at)
{
	struct kb_page page;

	if (at->caught == KB_NO_PFN || !policy_is_on() || !kb_page(at->caught, &page))
		return;
	looked(CAPTURE_TYPE);
	if (page.type == kernel_type("CMA") || page.type == kernel_type("Isolate") ||
	    (page.type == kernel_type("Movable") && at->type != page.type &&
	     at->order < (int32_t)kernel_map->block_order))
		rule_broken(CAPTURE_TYPE,
			    "compaction for pages of type %s catches page %u of order %d, of a "
			    "pageblock that is %s",
			    kernel_type_name(at->type), at->caught, at->order,
			    kernel_type_name(page.type));
}

/* Free pages are taken for others to move to above the min watermark alone. */
static void check_room(const struct compaction *now, const struct kb_compaction *at)
{
	struct kb_look zones[KB_MAX_ZONES];

	if (at->room <= now->last.room || !policy_is_on() || at->zone >= kb_look(zones))
		return;
	looked(COMPACT_WATERMARK);
	if (zones[at->zone].free + NOT_FOLDED <= zones[at->zone].watermark[0])
		rule_broken(COMPACT_WATERMARK,
			    "compaction of zone %u takes free pages, of which there are %u, min is "
			    "%u", at->zone, zones[at->zone].free, zones[at->zone].watermark[0]);
}

/*
 * How often it is left out: twice as often each time that it came to nothing, up to a limit; not
 * at all once a request has a page that it made. Inside of it success is expected, not certain.
 */
static void check_deferral(const struct kb_compaction *at)
{
	struct deferral *was = &deferrals[at->zone];
	uint32_t order = (uint32_t)at->order, shift = was->shift, failed = was->failed;

	if (at->step == KB_COMPACT_DEFERRED) {
		shift += shift < MOST_SHIFT;
		failed = order < failed ? order : failed;
	} else {
		failed = order >= failed ? order + 1 : failed;
		if (!policy_is_compacting() && policy_request.judged)
			shift = 0;
	}
	if (policy_is_on()) {
		looked(COMPACT_DEFERRAL);
		if (at->shift != shift || at->failed != failed)
			rule_broken(COMPACT_DEFERRAL,
				    "compaction of zone %u %s for order %u: it is left out 1 << %u "
				    "times from order %u on, not 1 << %u from %u on", at->zone,
				    at->step == KB_COMPACT_DEFERRED ? "came to nothing" : "helped",
				    order, at->shift, at->failed, shift, failed);
	}
	*was = (struct deferral){ .shift = at->shift, .failed = at->failed };
}

/*
 * Direct compaction says that it came to something, whether it had to begin for that or not: there
 * is a page of its order that the request may have, or one was caught.
 */
static void check_helped(const struct compaction *now, const struct kb_compaction *at)
{
	const struct request *request = &policy_request;
	uint32_t others = 1u << kernel_type("Isolate");

	if (!policy_is_compacting() || !policy_is_on() || !request->judged || at->order < 0)
		return;
	if (!policy_uses_cma(request->asked.gfp) && kernel_type("CMA") < KB_MAX_TYPES)
		others |= 1u << kernel_type("CMA");
	looked(COMPACT_RESULT);
	if (now->last.caught == KB_NO_PFN && !is_there(at->zone, (uint32_t)at->order, others))
		rule_broken(COMPACT_RESULT,
			    "compaction of zone %u says that there is a page of order %d for gfp "
			    "%#x, there is none", at->zone, at->order, request->asked.gfp);
}

/* The last of 1 << @shift times it is tried. */
static void check_left_out(const struct kb_compaction *at)
{
	struct deferral *was = &deferrals[at->zone];

	was->left = policy_is_on() ? was->left + 1 : 0;
	looked(COMPACT_DEFERRAL);
	if (was->left >= 1u << at->shift)
		rule_broken(COMPACT_DEFERRAL,
			    "compaction of zone %u is left out %u times in a row, at order %u, and "
			    "is to be tried each 1 << %u times",
			    at->zone, was->left, at->order, at->shift);
}

static void check_next(struct compaction *now, bool looks)
{
	if (now->looks_next && !looks)
		rule_broken(COMPACT_SEARCH, "a search found too few free pages, and is over");
	now->looks_next = false;
}

/* One that helps ends it, and one that came to nothing before may be left out. */
static void note_due(struct compaction *now, const struct kb_compaction *at)
{
	if (at->step == KB_COMPACT_HELPED)
		now->due = 0;
	else if (at->step == KB_COMPACT_BEGINS || at->step == KB_COMPACT_LEFT_OUT)
		now->due &= ~(1u << at->zone);
}

void kernel_watch_compaction(const struct kb_compaction *at)
{
	struct compaction *now = of_this_cpu();

	if (!policy_looks() || at->zone >= kernel_map->nr_zones)
		return;
	note_due(now, at);
	if (at->step == KB_COMPACT_DEFERRED || at->step == KB_COMPACT_HELPED) {
		check_deferral(at);
		if (at->step == KB_COMPACT_HELPED)
			check_helped(now, at);
		return;
	}
	if (at->step == KB_COMPACT_LEFT_OUT) {
		check_left_out(at);
		return;
	}
	check_next(now, at->step == KB_COMPACT_LOOKS);
	if (now->under_way && (at->step == KB_COMPACT_LOOKS || at->step == KB_COMPACT_SEARCHED))
		check_room(now, at);
	now->last = *at;
	now->under_way = at->step != KB_COMPACT_ENDS;
	switch (at->step) {
	case KB_COMPACT_BEGINS:
		if (policy_is_compacting())
			policy_effort_compacts();
		looked(COMPACT_SCANNERS);
		if (!is_in_zone(at->zone, at->migrate, at->migrate) ||
		    !is_in_zone(at->zone, at->free | (kernel_map->zones[at->zone].start &
						      ((1u << kernel_map->block_order) - 1)),
				kernel_map->zones[at->zone].end))
			rule_broken(COMPACT_SCANNERS,
				    "compaction of zone %u begins at %u and %u", at->zone,
				    at->migrate, at->free);
		break;
	case KB_COMPACT_ISOLATES:
		check_isolates(at);
		break;
	case KB_COMPACT_LOOKS:
		check_looks(at);
		break;
	case KB_COMPACT_SEARCHED:
		check_search(at);
		break;
	case KB_COMPACT_ENDS:
		check_end(at);
		check_caught(at);
		break;
	default:
		break;
	}
}

/*
 * Where a page of an order is wanted, free ones come from lists, too: the other scanner may pass
 * these later, and move what it finds above them downwards.
 */
void policy_compaction_moves(uint32_t from, uint32_t to)
{
	struct compaction *now = of_this_cpu();
	const struct kb_compaction *last = &now->last;

	if (!now->under_way || !policy_looks())
		return;
	check_next(now, false);
	looked(COMPACT_UPWARDS);
	if ((last->order <= 0 && block_of(to) < block_of(from)) ||
	    !is_in_zone(last->zone, to, to + 1) || !is_in_zone(last->zone, from, from + 1))
		rule_broken(COMPACT_UPWARDS, "compaction of zone %u moves page %u to page %u",
			    last->zone, from, to);
}

/*
 * Zones that the request may use, where there are far more pages than a page of the order takes to
 * make and no such page: nothing but compaction helps there. Of large orders it may be thought that
 * reclaim would.
 */
static uint32_t due_zones(const struct request *request)
{
	struct kb_look zones[KB_MAX_ZONES];
	uint32_t order = request->asked.order, due = 0;
	struct zonelist list;

	if (!policy_is_on() || !request->judged || !request->zones_known || request->asked.nr ||
	    order > PAGE_ALLOC_COSTLY_ORDER || !(request->asked.gfp & __GFP_IO))
		return 0;
	policy_zonelist(&request->asked, request->asked.nodemask, &list);
	kb_look(zones);
	looked(COMPACT_SKIPPED);
	for (uint32_t i = 0; i < list.nr; i++)
		if (kernel_watch_has_room(list.zone[i], 1u << order) &&
		    !policy_has_of(&zones[list.zone[i]], ~(1u << kernel_type("Isolate")), order))
			due |= 1u << list.zone[i];
	return due;
}

void policy_compaction_for_request(bool begins)
{
	struct compaction *now = of_this_cpu();

	if (begins) {
		now->last.caught = KB_NO_PFN;
		now->due = due_zones(&policy_request);
	} else if (now->due && policy_is_on()) {
		rule_broken(COMPACT_SKIPPED,
			    "compaction for order %u, gfp %#x, leaves out zone %u, which has no "
			    "page of that order and enough others",
			    policy_request.asked.order, policy_request.asked.gfp,
			    (uint32_t)__builtin_ctz(now->due));
	}
}

/* A request has said that it is not served, though compaction said that it would be. */
void kernel_watch_compacts_again(uint32_t order, uint32_t effort, bool success)
{
	struct compaction *now = of_this_cpu();
	uint32_t most = order > PAGE_ALLOC_COSTLY_ORDER ? MOST_TRIES / 4 : MOST_TRIES;

	if (!policy_is_on() || !policy_request.judged || !policy_request.zones_known)
		return;
	if (now->effort != effort)
		now->tries = 0;
	now->effort = effort;
	now->tries += success;
	looked(COMPACT_RETRIES);
	/* The last of them is with the next effort. */
	if (now->tries > most + 1)
		rule_broken(COMPACT_RETRIES,
			    "a request for order %u tries again after compaction for the %u. time "
			    "with the same effort, %u are the limit", order, now->tries, most);
}

void policy_compaction_request(void)
{
	of_this_cpu()->tries = 0;
}

void policy_compaction_full(void)
{
	for (uint32_t i = 0; i < kernel_map->nr_zones; i++) {
		uint32_t nid = kernel_map->zones[i].nid, left = kb_lru_isolated(nid);

		looked(COMPACT_LEFT);
		if (left)
			rule_broken(COMPACT_LEFT, "%u pages of node %u are still off its LRU lists",
				    left, nid);
	}
}
