// SPDX-License-Identifier: GPL-2.0-only
/* Watermarks, the order of zones, walks that failed, refusals, the relax sequence, kswapd. */
#include "fuzz/harness/model/model_check.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/text/text.h"

/* Is some free buddy large enough, on a list that the request may look at? */
static bool zone_holds_buddy(unsigned int zone, unsigned int order, uint32_t flags)
{
	return zone_has(zone,
			ALL | (flags & ALLOC_CMA ? 1u << CMA : 0) |
				(flags & ALLOC_HIGHATOMIC ? 1u << HIGHATOMIC : 0),
			order);
}

/*
 * Free pages that count, less what would be taken, must stay above the mark. Requests with
 * access to reserves go below it: half of it for MIN_RESERVE, a quarter of the rest for
 * those of them that cannot sleep.
 */
static bool above_mark(unsigned int zone, uint32_t pages, uint32_t flags, unsigned int highest)
{
	const struct mzone *z = &model.zone[zone];
	int64_t mark, free = 0;

	for (unsigned int list = UNMOV; list <= RECL; list++)
		free += z->pages[list];
	if (flags & ALLOC_CMA)
		free += z->pages[CMA];
	if (flags & ALLOC_RESERVES)
		free += z->pages[HIGHATOMIC];
	mark = z->wmark[flags & ALLOC_WMARK_MASK];
	if (flags & ALLOC_MIN_RESERVE) {
		mark -= mark / 2;
		if (flags & ALLOC_NON_BLOCK)
			mark -= mark / 4;
	}
	return free - (int64_t)pages > mark + z->lowmem[highest];
}

/* @more: pages that must stay above the mark on top of it */
static bool watermark_ok(unsigned int zone, unsigned int order, uint32_t flags,
			 unsigned int highest, uint32_t more)
{
	if (flags & ALLOC_NO_WATERMARKS)
		return true;
	return above_mark(zone, (1u << order) - 1 + more, flags, highest) &&
	       (!order || zone_holds_buddy(zone, order, flags));
}

/* --- the walk --- */

/* Where walks are not foretold, which of them are for a batch is not known. */
static bool batch_unknown(const struct mcontext *c)
{
	return c->vague && !c->tuned && c->asked.ask != ASK_PAGES && c->asked.ask != ASK_ANY;
}

static bool zone_open(const struct mcontext *c, unsigned int zone)
{
	return watermark_ok(zone, c->order, c->flags, c->highest,
			    batch_unknown(c) ? 0 : c->bulk);
}

/* What an open zone has for the request: this CPU's list, a step, the atomic reserve. */
static bool zone_serves(const struct mcontext *c, unsigned int zone, struct pick *pick)
{
	const struct request r = { (uint8_t)zone, c->order, c->mt, c->flags };
	bool atomic = c->flags & (ALLOC_HIGHATOMIC | ALLOC_NON_BLOCK);

	*pick = (struct pick){ .step = SPB_STEP_PCP, .order = c->order };
	if (model.zone[zone].lists[model.now / 2][c->mt][c->order] || model_search(&r, pick))
		return true;
	pick->step = SPB_STEP_HIGHATOMIC;
	return atomic && zone_has(zone, 1u << HIGHATOMIC, c->order);
}

static void check_nothing(const struct mcontext *c, unsigned int zone)
{
	struct pick pick;

	model_check_telling(NULL_EARLY, model_legal(DROPPED_FAILED, !zone_serves(c, zone, &pick)),
		    finding_missed(pick.step),
			    "order %u, type %s, flags %s: step %s of zone %u has order %u in "
			    "superpageblock %u", c->order, said_type(c->mt), said_flags(c->flags),
			    said_step(pick.step), zone, pick.order, pick.spb);
}

static void check_open(const struct mcontext *c, unsigned int zone)
{
	model_check_telling(WATERMARK, model_legal(DROPPED_SERVED_BELOW, zone_open(c, zone)),
			    finding_at("open"),
			    "zone %u was open to order %u, flags %s, below its watermark", zone,
			    c->order, said_flags(c->flags));
}

/* Of those that refused it was said that they may: see refused_by_watermark(). */
static bool has_refused(const struct mcontext *c, unsigned int zone)
{
	return c->refused >> zone & 1;
}

void check_failed_walk(const struct mcontext *c)
{
	for (unsigned int i = 0; i < walk_length(c); i++) {
		if (has_refused(c, c->zones[i]))
			continue;
		if (!c->bulk)
			check_open(c, c->zones[i]);
		check_nothing(c, c->zones[i]);
	}
}

/* Its zone is the first at home that stays above the mark with all of the batch gone. */
void check_batch(const struct mcontext *c)
{
	unsigned int zone = c->entered;

	if (!model.alone || c->served >= c->bulk)
		return;
	for (unsigned int i = 0; zone == NO_ZONE && i < c->nr_local; i++)
		if (zone_open(c, c->zones[i]))
			zone = c->zones[i];
	if (zone != NO_ZONE)
		check_nothing(c, zone);
}

void check_entry(const struct spb_event *e)
{
	struct mcontext *c = context();
	unsigned int i = 0;

	if (c->entered == e->zone)
		return;
	while (i < walk_length(c) && c->zones[i] != e->zone)
		i++;
	model_check(ZONE_ORDER, c->vague || (i < walk_length(c) && c->entered == NO_ZONE),
		    "order %u, gfp %s, flags %s is served from zone %u", c->order, said_gfp(c->gfp),
		    said_flags(c->flags), e->zone);
	c->entered = e->zone;
	check_open(c, e->zone);
	while (model.alone && !c->vague && i--) {
		unsigned int zone = c->zones[i];
		struct pick pick;
		bool open = zone_open(c, zone), serves = open && zone_serves(c, zone, &pick);

		if (!c->bulk && !has_refused(c, zone))
			check_open(c, zone);
		/* A batch skips a zone without a look at what it has. */
		model_check_telling(ZONE_ORDER, !serves && !(open && c->bulk),
				    if (serves) finding_missed(pick.step),
				    "zone %u serves order %u, flags %s, zone %u could", e->zone,
				    c->order, said_flags(c->flags), zone);
	}
}

/* --- refusals --- */

/* Some tainted superpageblock has a buddy for movable content, and too small a reserve. */
static bool reserve_bars(const struct spb_event *e)
{
	const struct request r = { e->zone, e->order, MOV, 0 };

	for_each_spb(s, e->zone)
		if (!keeps_reserve(s, &r))
			return true;
	return false;
}

/* The lowest of the flags that differ. */
void model_tell_flags(uint32_t differ)
{
	const char *name = said_first_flag(differ);

	if (name)
		finding_at(name);
}

static void check_flags(const struct mcontext *c, uint32_t flags)
{
	model_check(REQUEST_FLAGS, c->vague || flags == c->flags,
		    "order %u, gfp %s: flags %s in a walk with %s", c->order, said_gfp(c->gfp),
		    said_flags(flags), said_flags(c->flags));
}

/* The slow path gives up for a reason that the request has. */
static bool true_for(const struct mcontext *c, enum spb_refusal reason)
{
	switch (reason) {
	case SPB_REFUSAL_NORETRY:
		return c->gfp & __GFP_NORETRY;
	case SPB_REFUSAL_SMALLER:
		return c->relaxed == SPB_RELAX_SMALLER;
	case SPB_REFUSAL_NO_RECLAIM:
		return !sleeps(c);
	case SPB_REFUSAL_MEMALLOC:
		return c->gfp & __GFP_MEMALLOC;
	case SPB_REFUSAL_COSTLY:
		return c->order > 3 && !(c->gfp & (__GFP_RETRY_MAYFAIL | __GFP_NOFAIL));
	case SPB_REFUSAL_NO_OOM:
		return !kill_allowed(c);
	case SPB_REFUSAL_EXHAUSTED:
		return !(c->gfp & __GFP_NOFAIL);
	default:
		return true;
	}
}

static void refused_by_watermark(const struct spb_event *e)
{
	struct mcontext *c = context();

	if (c->vague)
		c->flags = e->arg2 & 0xffff;
	check_flags(c, e->arg2 & 0xffff);
	model_check(REQUEST_FLAGS, c->vague || e->arg2 >> SPB_REFUSE_ZONE_SHIFT == c->highest,
		    "gfp %s: zones up to %s instead of %s", said_gfp(c->gfp),
		    said_zone_type(e->arg2 >> SPB_REFUSE_ZONE_SHIFT), said_zone_type(c->highest));
	model_check_telling(WATERMARK,
		    batch_unknown(c) ||
			    model_legal(DROPPED_REFUSED_ABOVE, !zone_open(c, e->zone)),
		    finding_at("refused"),
			    "zone %u refused order %u, flags %s, above its watermark", e->zone,
			    e->order, said_flags(c->flags));
	c->refused |= (uint16_t)(1u << e->zone);
}

/* See SPB_REFUSE_ZONE_SHIFT for arg2. */
void check_refusal(const struct spb_event *e)
{
	const struct mcontext *c = context();
	bool block, page = tainted_evidence(e->zone, &block);

	model_check(REQUEST_FLAGS, c->active,
		    "a refusal, %s, outside of every request", said_refusal(e->arg));
	switch ((enum spb_refusal)e->arg) {
	case SPB_REFUSAL_WATERMARK:
		return refused_by_watermark(e);
	case SPB_REFUSAL_NOFRAGMENT:
		check_flags(c, e->arg2);
		model_check(REFUSAL_TRUE, e->arg2 & ALLOC_NOFRAGMENT,
			    "flags %s lack NOFRAGMENT", said_flags(e->arg2));
		return;
	case SPB_REFUSAL_OPTIONAL_BLOCK:
	case SPB_REFUSAL_OPTIONAL_PAGE:
		model_check(REFUSAL_TRUE,
			    page && block == (e->arg == SPB_REFUSAL_OPTIONAL_BLOCK) &&
				    (c->vague || (c->flags & ALLOC_HIGHORDER_OPTIONAL)),
			    "flags %s refused for what is free in the tainted pool: %s page, %s "
			    "pageblock", said_flags(c->flags), page ? "a" : "no",
			    block ? "a" : "no");
		return;
	case SPB_REFUSAL_RESERVE:
		/* It may have been looked at before a tunable changed. */
		model_check(REFUSAL_TRUE, e->mt == MOV && (c->tuned || reserve_bars(e)),
			    "type %s: no reserve of a tainted superpageblock is at its limit",
			    said_type(e->mt));
		return;
	case SPB_REFUSAL_CROSS_TYPE:
		model_check(REFUSAL_TRUE, e->mt == UNMOV || e->mt == RECL,
			    "type %s mixes nothing", said_type(e->mt));
		return;
	default:
		model_check(REFUSAL_TRUE, c->vague || true_for(c, (enum spb_refusal)e->arg),
			    "order %u, gfp %s was refused as %s", c->order, said_gfp(c->gfp),
			    said_refusal(e->arg));
		return;
	}
}

/* --- the relax sequence --- */

/* Pages of a tainted superpageblock that smaller requests may have without a relabel. */
static uint32_t free_for_retries(const struct mspb *s, unsigned int zone, unsigned int mt)
{
	const struct request r = { (uint8_t)zone, 0, (uint8_t)mt, 0 };
	uint32_t pages = 0;

	if (!keeps_reserve(s, &r))
		return 0;
	for (unsigned int o = 0; o < MODEL_ORDERS; o++) {
		bool fragment = o < model.config.block_order;
		uint32_t buddies = s->buddies[mt][o];

		if (steered(zone) && nonmovable(mt) && fragment)
			buddies += s->buddies[mt == UNMOV ? RECL : UNMOV][o] + s->buddies[MOV][o];
		pages += buddies << o;
	}
	return pages;
}

/* S5.13, refusal_keeps_promise. */
static bool promise_is_kept(unsigned int zone, const struct mcontext *c)
{
	uint32_t flags = ALLOC_WMARK_LOW | (c->flags & ALLOC_CMA), pages = 0;
	uint32_t enough = model.tunables.refusal_keeps_promise > 1 ? 1u << c->order : 1;

	/* The retry does not leave the node while NOFRAGMENT holds. */
	if (zone / MAX_NR_ZONES != c->zones[0] / MAX_NR_ZONES)
		return false;
	for_each_spb(s, zone)
		if (s->category == TAINTED)
			pages += free_for_retries(s, zone, c->mt);
	return pages >= enough && above_mark(zone, (1u << c->order) - 1, flags, c->highest);
}

/* S5.12 and S5.13: in which zones a smaller retry counts. */
static bool retry_is_promised(const struct mcontext *c)
{
	unsigned int nr = model.tunables.relax_all_zones ? c->nr_zones : 1;

	for (unsigned int i = 0; i < nr; i++)
		if (model.tunables.refusal_keeps_promise ?
			    promise_is_kept(c->zones[i], c) :
			    can_serve_smaller(c->zones[i], c->order, c->mt))
			return true;
	return false;
}

static enum spb_relax relax_decision(const struct mcontext *c)
{
	if (c->gfp & __GFP_NORETRY)
		return SPB_RELAX_NORETRY;
	if (model.tunables.lower_order_refusal && c->order && (c->gfp & __GFP_NOWARN) &&
	    !(c->gfp & __GFP_NOFAIL) && retry_is_promised(c))
		return SPB_RELAX_SMALLER;
	return c->flags & ALLOC_NOFRAG_TAINTED_OK ? SPB_RELAX_DROP : SPB_RELAX_TAINTED_OK;
}

void check_relax(const struct spb_event *e)
{
	struct mcontext *c = context();
	enum spb_relax expected;

	if (c->vague)
		return;
	check_flags(c, e->arg2);
	model_check(RELAX_MODEL, must_relax(c) && e->gfp == c->gfp && e->zone == c->zones[0],
		    "order %u, gfp %s, flags %s, zone %u: nothing to decide", c->order,
		    said_gfp(c->gfp), said_flags(c->flags), e->zone);
	expected = relax_decision(c);
	c->relaxed = (uint8_t)e->arg;
	/* Another CPU may have changed what smaller retries find. */
	model_check_telling(RELAX_MODEL,
		    expected == e->arg ||
			    (expected != SPB_RELAX_NORETRY && e->arg != SPB_RELAX_NORETRY &&
			     model_legal(DROPPED_RELAX, false)),
		    finding_detail(text_reach_name(REACH_RELAX, expected)),
			    "order %u, type %s, gfp %s, flags %s in zone %u: decided %s, the "
			    "pages say %s", c->order, said_type(c->mt), said_gfp(c->gfp),
			    said_flags(c->flags), e->zone, said_relax(e->arg),
			    said_relax(expected));
}

/* --- kswapd --- */

/*
 * It ends with the zone above its high watermark, or when it has asked every owner. What other
 * workers move after that may leave room where nobody counts it, in an isolated pageblock or
 * the atomic reserve: then it cannot be told any more.
 */
static void check_balanced(unsigned int zone)
{
	uint32_t flags = ALLOC_WMARK_HIGH | ALLOC_CMA | ALLOC_HIGHATOMIC;
	const struct mzone *z = &model.zone[zone];

	if (watermark_ok(zone, 0, flags, zone % MAX_NR_ZONES, 0))
		return;
	for (uint32_t pfn = z->start; pfn < z->end; pfn++)
		model_check(MIGRATE_SOURCE,
			    mpage(pfn)->state != PAGE_ALLOCATED ||
				    kind_of(mpage(pfn)->type) == HAS_UNMOV ||
				    !owner_would_move(pfn),
			    "page %u outlived kswapd, zone %u is below its high watermark", pfn,
			    zone);
}

/* For an order there is a buddy of it, or compaction was asked for one: see model_move.c. */
static void check_compacted(unsigned int zone)
{
	uint32_t flags = ALLOC_WMARK_HIGH | ALLOC_CMA | ALLOC_HIGHATOMIC;
	unsigned int order = context()->kswapd[zone / MAX_NR_ZONES];

	model_check(KSWAPD_ORDER,
		    !order || context()->compacted >> zone & 1 ||
			    watermark_ok(zone, order, flags, zone % MAX_NR_ZONES, 0),
		    "kswapd for order %u leaves zone %u without one, and compacted nothing",
		    order, zone);
}

/*
 * Nothing moved and nothing came free since kswapd began: so it is as it was when it decided.
 */
void check_compaction_needed(const struct mcontext *c, const struct spb_event *e)
{
	unsigned int node = e->zone / MAX_NR_ZONES;

	if (!c->worker || e->order != c->kswapd[node] || e->arg || c->changed >> e->zone & 1 ||
	    !model.alone)
		return;
	model_check(COMPACT_NEEDLESS,
		    !watermark_ok(e->zone, e->order, ALLOC_WMARK_HIGH, e->zone % MAX_NR_ZONES,
				  0),
		    "kswapd compacts zone %u for order %u, which it has", e->zone, e->order);
}

void begin_kswapd(const struct spb_event *e)
{
	struct mcontext *c = context();

	model_must(MODEL_EVENT, e->arg < model.config.nr_nodes, "kswapd of node %u", e->arg);
	c->kswapd[e->arg] = e->order;
	c->compacted &= ~(((1u << MAX_NR_ZONES) - 1) << e->arg * MAX_NR_ZONES);
	c->changed = c->given_up = 0;
}

void check_kswapd(uint32_t nodes)
{
	if (!model.on || !model.alone || context()->migrated)
		return;
	for (unsigned int z = 0; z < MODEL_ZONES; z++) {
		if (!(nodes >> z / MAX_NR_ZONES & 1) || !model.zone[z].managed)
			continue;
		if (context()->given_up >> z & 1)
			check_nothing_kept(z, "kswapd");
		check_balanced(z);
		check_compacted(z);
	}
}
