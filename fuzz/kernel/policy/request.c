// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests, by the state that was there before them. While owners let go, pages move or others run
 * that state is gone: what a request got is judged where it was alone, that it failed by what is
 * there afterwards, since a request that fails leaves everything as it saw it last. Where CPUs
 * preempt each other, those are judged that nobody was beside.
 */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/known.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/policy/policy.h"
#include "shim/shim.h"
#include "spb/gfp.h"

PROGRAM_STATE struct request policy_request;
/* Requests inside of each other: owners that are asked may have some. */
static PROGRAM_STATE unsigned int depth;
static PROGRAM_STATE bool compacting[PROGRAM_CPUS];
/* Lists and counters are looked at after each operation: of programs that begin alike in all or
 * in none. */
#define CLOSELY 32
static PROGRAM_STATE bool closely;

bool policy_looks(void)
{
	return this_run->options.oracles && !this_run->measuring && this_run->live;
}

bool policy_is_on(void)
{
	return policy_looks() && !this_run->concurrent;
}

bool policy_is_compacting(void)
{
	return compacting[shim_this->cpu];
}

static void copy_labels(struct request *to)
{
	for (uint32_t i = 0; i < to->nr_zones; i++) {
		const uint8_t *at = NULL;
		size_t size = kb_labels(i, &at);

		if (size <= LABEL_BYTES)
			memcpy(to->labels[i], at, size);
	}
}

void kernel_watch_begins(const struct kernel_request *asked)
{
	struct request *now = &policy_request;

	policy_zones_asked(asked);
	now->judged = !depth++ && policy_is_on();
	if (!now->judged)
		return;
	now->asked = *asked;
	now->zones_known = !asked->nodemask || (asked->nodemask & kernel_nodes());
	now->alone = now->zones_known;
	now->nr_zones = kb_look(now->before);
	copy_labels(now);
	kb_events(&now->events);
	memset(now->woken, 0, sizeof(now->woken));
	memset(now->woken_order, 0, sizeof(now->woken_order));
	memset(now->woken_kind, 0, sizeof(now->woken_kind));
	policy_supply_begins();
	policy_compaction_request();
	policy_effort_begins();
	now->claims = 0;
	now->reclaimed = now->compacted = now->killed = false;
}

/* --- what happens in between --- */

void kernel_watch_reclaims(void)
{
	policy_request.reclaimed = true;
	policy_request.alone = false;
}

void kernel_watch_nodes(void)
{
	policy_request.alone = false;
	policy_request.zones_known = false;
}

void kernel_watch_compacts(bool begins)
{
	policy_request.compacted = true;
	policy_request.alone = false;
	compacting[shim_this->cpu] = begins;
	policy_compaction_for_request(begins);
}

/* Large ones, those for low zones or one node, and those that say so fail instead. */
static bool may_kill(const struct kernel_request *asked, const struct zonelist *list)
{
	return asked->order <= PAGE_ALLOC_COSTLY_ORDER && list->kind >= KB_NORMAL &&
	       (asked->gfp & __GFP_DIRECT_RECLAIM) &&
	       !(asked->gfp & (__GFP_RETRY_MAYFAIL | __GFP_THISNODE)) &&
	       (!(asked->gfp & __GFP_NORETRY) || (asked->gfp & __GFP_NOFAIL));
}

/*
 * Whatever else was tried: it has what the request wants or what it may fall back to, above the
 * mark that surely binds it. Trees that count what is free of the highatomic reserve give all that
 * requests have a right to, those that cannot wait that reserve, too.
 */
static bool can_serve(const struct kb_look *zone, const struct request *now,
		      const struct zonelist *list)
{
	const struct kernel_request *asked = &now->asked;
	bool counts = zone->free_highatomic != KB_NO_PFN;
	uint32_t types = policy_fallback_types();

	if (policy_uses_cma(asked->gfp))
		types |= 1u << kernel_type("CMA");
	/* Who may ignore watermarks asks without that right in the end. */
	if (counts && policy_may_use_reserve(asked) && !(asked->gfp & __GFP_MEMALLOC) &&
	    (!asked->order || policy_may_make_reserve(asked)))
		types |= 1u << kernel_type("HighAtomic");
	return policy_is_above(zone, asked, list->kind, counts ? RIGHT_LEAST : RIGHT_SURE, 0) &&
	       policy_has_of(zone, types, asked->order);
}

static void check_kill(const struct request *now, const struct zonelist *list,
		       const struct kb_look *zones)
{
	looked(NEEDLESS_KILL);
	if (!may_kill(&now->asked, list) || !now->reclaimed)
		rule_broken(NEEDLESS_KILL, "somebody is killed for order %u, gfp %#x, which %s",
			    now->asked.order, now->asked.gfp,
			    now->reclaimed ? "may fail" : "has not reclaimed");
	for (uint32_t i = 0; i < list->nr; i++)
		if (can_serve(&zones[list->zone[i]], now, list))
			rule_broken(NEEDLESS_KILL,
				    "somebody is killed for order %u, gfp %#x; zone %u is above "
				    "the watermark that binds it and has such pages",
				    now->asked.order,
				    now->asked.gfp, list->zone[i]);
}

/* The reserve for others is for nobody once somebody is killed. */
void kernel_watch_kills(uint32_t order, uint32_t gfp)
{
	struct request *now = &policy_request;
	uint32_t reserved = 1u << kernel_type("HighAtomic");
	struct kb_look zones[KB_MAX_ZONES];
	struct zonelist list;

	now->killed = true;
	now->alone = false;
	policy_effort_kills();
	/* A bulk request asks for a single page then, with the same flags. */
	if (!now->judged || depth != 1 || !policy_is_on())
		return;
	looked(RESERVE_KEPT);
	policy_zonelist(&now->asked, now->asked.nodemask, &list);
	kb_look(zones);
	check_kill(now, &list, zones);
	for (uint32_t i = 0; i < list.nr; i++)
		for (unsigned int at = 0; at <= kernel_map->max_order; at++)
			if (zones[list.zone[i]].filled[at] & reserved)
				rule_broken(RESERVE_KEPT,
					    "order %u, gfp %#x, is out of memory, zone %u has "
					    "free pages of the highatomic reserve", order, gfp,
					    list.zone[i]);
}

/* --- where it was served from --- */

static uint32_t zone_of(uint32_t pfn)
{
	for (uint32_t i = 0; i < kernel_map->nr_zones; i++)
		if (pfn >= kernel_map->zones[i].start && pfn < kernel_map->zones[i].end)
			return i;
	return KB_NO_PFN;
}

static void check_watermark(const struct request *now, const struct zonelist *list, uint32_t zone)
{
	/* The bulk allocator keeps what is kept for its first zone. */
	enum kb_zone_kind kind = now->asked.nr && list->nr ?
					 kernel_map->zones[list->zone[0]].kind : list->kind;
	const struct kb_look *look = &now->before[zone];

	if (now->asked.gfp & __GFP_NOFAIL)
		return;
	looked(BELOW_WATERMARK);
	if (!policy_is_above(look, &now->asked, kind, RIGHT_LEAST, 0))
		rule_broken(BELOW_WATERMARK,
			    "order %u, gfp %#x, got pages of zone %u: %u were free, %u of them "
			    "CMA, min is %u + %u, %u are kept for lower zones", now->asked.order,
			    now->asked.gfp, zone, look->free, look->free_cma, look->watermark[0],
			    look->boost, look->lowmem_reserve[kind]);
}

/* Pageblocks of its own node are mixed before another one is asked. */
static void check_node(const struct request *now, const struct zonelist *list, uint32_t first,
		       uint32_t zone)
{
	uint32_t own = kernel_map->zones[list->zone[0]].nid;

	if (kernel_map->zones[first].nid == own && kernel_map->zones[zone].nid != own &&
	    policy_is_above(&now->before[first], &now->asked, list->kind, RIGHT_LOW, 0) &&
	    policy_has_of(&now->before[first], policy_fallback_types(), now->asked.order))
		rule_broken(ZONE_SKIPPED,
			    "order %u, gfp %#x, got pages of zone %u, of another node; zone %u is "
			    "above low and has some to fall back to",
			    now->asked.order, now->asked.gfp, zone, first);
}

static void check_zone_order(const struct request *now, const struct zonelist *list, uint32_t zone)
{
	looked(ZONE_SKIPPED);
	for (uint32_t i = 0; i < list->nr && list->zone[i] != zone; i++) {
		const struct kb_look *look = &now->before[list->zone[i]];

		if (policy_is_above(look, &now->asked, list->kind, RIGHT_LOW, 0) &&
		    policy_has(look, now->asked.gfp, now->asked.order))
			rule_broken(ZONE_SKIPPED,
				    "order %u, gfp %#x, node %u, was served by zone %u; zone %u "
				    "comes before it, is above low and has such pages",
				    now->asked.order,
				    now->asked.gfp, now->asked.nid, zone, list->zone[i]);
		check_node(now, list, list->zone[i], zone);
	}
}

static uint32_t block_number(uint32_t zone, uint32_t pfn)
{
	uint32_t block = kernel_map->block_order;

	return (pfn >> block) - (kernel_map->zones[zone].start >> block);
}

static uint32_t label_before(const struct request *now, uint32_t zone, uint32_t pfn)
{
	uint32_t at = block_number(zone, pfn);

	return now->labels[zone][at / 2] >> at % 2 * 4 & 7;
}

static void check_bulk(const struct request *now, const struct zonelist *list, unsigned int got)
{
	enum kb_zone_kind kind = list->nr ? kernel_map->zones[list->zone[0]].kind : list->kind;
	unsigned int enough = 0;
	unsigned int wanted = now->asked.nr - now->asked.filled;

	while (1u << enough < wanted)
		enough++;
	looked(BULK_PROGRESS);
	for (uint32_t i = 0; i < list->nr; i++) {
		const struct kb_look *look = &now->before[list->zone[i]];

		if (kernel_map->zones[list->zone[i]].nid != kernel_map->zones[list->zone[0]].nid)
			return;
		if (!policy_is_above(look, &now->asked, kind, RIGHT_LOW, now->asked.nr))
			continue;
		if (got < wanted && policy_has(look, now->asked.gfp, enough))
			rule_broken(BULK_PROGRESS,
				    "a bulk request got %u pages of %u, zone %u is above low and "
				    "has them", got, wanted, list->zone[i]);
		return;
	}
}

/* --- what it changed --- */

static void check_labels(const struct request *now, uint32_t zone)
{
	uint32_t block = 1u << kernel_map->block_order, start = kernel_map->zones[zone].start;
	const uint8_t *at = NULL;
	size_t size = kb_labels(zone, &at);

	looked(RELABEL);
	if (!size || size > LABEL_BYTES || !memcmp(at, now->labels[zone], size))
		return;
	for (uint32_t pfn = start & ~(block - 1); pfn < kernel_map->zones[zone].end; pfn += block) {
		uint32_t two = block_number(zone, pfn) / 2, was, is;

		if (at[two] == now->labels[zone][two])
			continue;
		was = label_before(now, zone, pfn);
		is = kb_label(pfn < start ? start : pfn);
		if (is == KB_NO_PFN || is == was)
			continue;
		if (was <= kernel_type("Reclaimable") &&
		    ((is == policy_type(now->asked.gfp) && now->claims) ||
		     (is == kernel_type("HighAtomic") && policy_may_make_reserve(&now->asked))))
			continue;
		rule_broken(RELABEL, "gfp %#x made a pageblock of type %s, at page %u, one of "
				     "type %s",
			    now->asked.gfp, kernel_type_name(was), pfn, kernel_type_name(is));
	}
}

static void check_reserve(const struct request *now, const struct kb_look *after, uint32_t zone)
{
	uint32_t limit = policy_reserve_limit(after->managed), was = now->before[zone].reserve;

	looked(RESERVE_LIMIT);
	if (after->reserve > was && was >= limit)
		rule_broken(RESERVE_LIMIT,
			    "the highatomic reserve of zone %u grows from %u to %u pages, one "
			    "percent of %u in pageblocks is %u",
			    zone, was, after->reserve, after->managed,
			    limit);
}

/* A page that was freed to a per-CPU list is on no list of the reserve, whatever its label. */
static void check_reserve_use(const struct request *now, const struct kb_look *after, uint32_t zone)
{
	uint32_t was = now->before[zone].free_highatomic;

	if (was == KB_NO_PFN || policy_may_use_reserve(&now->asked))
		return;
	looked(RESERVE_USED);
	if (after->free_highatomic < was)
		rule_broken(RESERVE_USED,
			    "gfp %#x takes %u pages of the highatomic reserve of zone %u",
			    now->asked.gfp, was - after->free_highatomic, zone);
}

static void check_changes(const struct request *now)
{
	struct kb_look after[KB_MAX_ZONES];

	kb_look(after);
	for (uint32_t zone = 0; zone < now->nr_zones; zone++) {
		check_labels(now, zone);
		check_reserve(now, &after[zone], zone);
		check_reserve_use(now, &after[zone], zone);
		policy_check_boost(now, &after[zone], zone);
	}
}

static void check_events(const struct request *now, uint64_t pages)
{
	struct kb_events events;

	kb_events(&events);
	looked(EVENT_COUNT);
	if (events.allocated - now->events.allocated != pages)
		rule_broken(EVENT_COUNT, "a request for order %u got %u pages, PGALLOC counts %u",
			    now->asked.order, (uint32_t)pages,
			    (uint32_t)(events.allocated - now->events.allocated));
}

/* --- why it failed --- */

static void check_refusal(const struct request *now, const struct zonelist *list)
{
	struct kb_look zones[KB_MAX_ZONES];

	kb_look(zones);
	looked(REFUSED_IN_VAIN);
	for (uint32_t i = 0; i < list->nr; i++)
		if (can_serve(&zones[list->zone[i]], now, list))
			rule_broken(REFUSED_IN_VAIN,
				    "order %u, gfp %#x, got nothing; zone %u is above the "
				    "watermark that binds it and has such pages", now->asked.order,
				    now->asked.gfp, list->zone[i]);
}

static void check_effort(const struct request *now, const struct zonelist *list)
{
	uint32_t gfp = now->asked.gfp;
	bool costly = now->asked.order > PAGE_ALLOC_COSTLY_ORDER;

	if (!list->nr || !(gfp & __GFP_DIRECT_RECLAIM) || (gfp & __GFP_NOFAIL) ||
	    (costly && (gfp & __GFP_NORETRY)))
		return;
	looked(GAVE_UP_EARLY);
	if (!now->reclaimed)
		rule_broken(GAVE_UP_EARLY, "order %u, gfp %#x, failed and did not reclaim",
			    now->asked.order, gfp);
	if (now->asked.order && kb_build()->has_compaction && !now->compacted)
		rule_broken(GAVE_UP_EARLY, "order %u, gfp %#x, failed and did not compact",
			    now->asked.order, gfp);
	if (!costly && list->kind >= KB_NORMAL && !now->killed &&
	    !(gfp & (__GFP_NORETRY | __GFP_RETRY_MAYFAIL | __GFP_THISNODE)))
		rule_broken(GAVE_UP_EARLY,
			    "order %u, gfp %#x, failed, and no owner was asked to give everything "
			    "up",
			    now->asked.order, gfp);
}

static void check_served(const struct request *now, const struct zonelist *list, uint32_t pfn)
{
	uint32_t zone = zone_of(pfn);

	if (zone == KB_NO_PFN)
		return;
	check_watermark(now, list, zone);
	if (!now->asked.nr)
		check_zone_order(now, list, zone);
}

void kernel_watch_ends(const struct kernel_request *asked, const uint32_t *pfns, unsigned int got)
{
	struct request *now = &policy_request;
	struct zonelist list;

	if (--depth || !now->judged)
		return;
	/* What falls back from now on asks for itself: the targets of a migration. */
	now->judged = false;
	if (!policy_is_on())
		return;
	policy_zonelist(asked, asked->nodemask, &list);
	policy_check_woken(now, &list);
	policy_effort_ends(now, &list, pfns, got);
	if (got && now->alone) {
		check_served(now, &list, pfns[0]);
		policy_supply_ends(now, pfns[0]);
		check_changes(now);
	}
	if (now->alone) {
		check_events(now, (uint64_t)got << asked->order);
		if (asked->nr)
			check_bulk(now, &list, got);
	}
	if (!got && (!asked->nr || asked->filled < asked->nr)) {
		/* Who has a right to the reserves has looked beyond the nodes of its policy, but
		 * not where these have no zone for it. */
		if (list.nr && kernel_may_use_reserves(asked->gfp))
			policy_zonelist(asked, 0, &list);
		check_refusal(now, &list);
		check_effort(now, &list);
	}
}

static uint32_t header_hash(const struct program_header *header)
{
	const uint8_t *at = (const uint8_t *)header;
	uint32_t hash = 0x811c9dc5u;

	for (size_t i = 0; i < sizeof(*header); i++)
		hash = (hash ^ at[i]) * 0x01000193u;
	return hash ^ hash >> 15;
}

static void begin(struct run *run)
{
	depth = 0;
	memset(compacting, 0, sizeof(compacting));
	policy_zones_begin();
	memset(&policy_request, 0, sizeof(policy_request));
	policy_lists_begin();
	policy_fallback_begin();
	policy_compaction_begin();
	/* What is known to leave lists wrong has consequences: it ends a program before them. */
	closely = header_hash(&run->program.header) % CLOSELY == 0 ||
		  known_number("entry-type/") >= 0;
}

/* So that what is found there names the operation. */
static void after_op(struct run *run)
{
	if (closely && !run->concurrent)
		kernel_observer.full(run);
}

static void full(struct run *run)
{
	(void)run;
	policy_check_zones();
	policy_compaction_full();
}

const struct observer kernel_policy_observer = {
	.name = "policy",
	.rests = oracles_rest,
	.begin = begin,
	.after_op = after_op,
	.full = full,
};
