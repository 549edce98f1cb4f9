// SPDX-License-Identifier: GPL-2.0-only
/* Watermarks, the reasons of refusals, the relax sequence, and requests that failed. */
#include "fuzz/harness/model_state.h"

/* Is some free buddy large enough, on a list that the request may look at? */
static bool has_buddy(unsigned int zone, unsigned int order, uint32_t flags)
{
	for (unsigned int i = 0; i < model.zone[zone].nr_spbs; i++) {
		const struct mspb *s = &model.spb[model.zone[zone].first_spb + i];

		for (unsigned int o = order; o <= model.config.max_order; o++)
			if (s->buddies[UNMOV][o] || s->buddies[MOV][o] || s->buddies[RECL][o] ||
			    (s->buddies[CMA][o] && (flags & ALLOC_CMA)) ||
			    (s->buddies[HIGHATOMIC][o] && (flags & ALLOC_HIGHATOMIC)))
				return true;
	}
	return false;
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

bool watermark_ok(unsigned int zone, unsigned int order, uint32_t flags, unsigned int highest)
{
	if (flags & ALLOC_NO_WATERMARKS)
		return true;
	return above_mark(zone, (1u << order) - 1, flags, highest) &&
	       (!order || has_buddy(zone, order, flags));
}

/* Some tainted superpageblock has a buddy for movable content, and too small a reserve. */
static bool reserve_bars(const struct spb_event *e)
{
	for (unsigned int i = 0; i < model.zone[e->zone].nr_spbs; i++) {
		const struct mspb *s = &model.spb[model.zone[e->zone].first_spb + i];
		unsigned int blocks = e->order > model.config.block_order
					      ? 1u << (e->order - model.config.block_order)
					      : 1;

		if (s->category == TAINTED && s->nr_free < tainted_reserve(s) + blocks)
			return true;
	}
	return false;
}

/* See SPB_REFUSE_ZONE_SHIFT for arg2. */
void check_refusal(const struct spb_event *e, bool alone)
{
	uint32_t flags = e->arg2 & 0xffff;
	bool block, page = tainted_evidence(e->zone, &block);

	switch ((enum spb_refusal)e->arg) {
	case SPB_REFUSAL_WATERMARK:
		if (alone)
			model_check(WATERMARK,
				    !watermark_ok(e->zone, e->order, flags,
						  e->arg2 >> SPB_REFUSE_ZONE_SHIFT),
				    "zone %u refused order %u, flags %#x, above its watermark",
				    e->zone, e->order, flags);
		return;
	case SPB_REFUSAL_NOFRAGMENT:
		model_check(REFUSAL, flags & ALLOC_NOFRAGMENT, "flags %#x lack NOFRAGMENT", flags);
		return;
	case SPB_REFUSAL_OPTIONAL_BLOCK:
	case SPB_REFUSAL_OPTIONAL_PAGE:
		model_check(REFUSAL, page && block == (e->arg == SPB_REFUSAL_OPTIONAL_BLOCK),
			    "refused for what is free in the tainted pool: %s page, %s pageblock",
			    page ? "a" : "no", block ? "a" : "no");
		return;
	case SPB_REFUSAL_RESERVE:
		model_check(REFUSAL, e->mt == MOV && reserve_bars(e),
			    "type %u: no reserve of a tainted superpageblock is at its limit",
			    e->mt);
		return;
	case SPB_REFUSAL_CROSS_TYPE:
		model_check(REFUSAL, e->mt == UNMOV || e->mt == RECL, "type %u mixes nothing",
			    e->mt);
		return;
	default:
		return;
	}
}

/* The highest zone type that the zone modifiers allow. There is no ZONE_DMA. */
static unsigned int highest_zone(uint32_t gfp)
{
	if ((gfp & (__GFP_HIGHMEM | __GFP_MOVABLE)) == (__GFP_HIGHMEM | __GFP_MOVABLE))
		return ZONE_MOVABLE;
	return gfp & __GFP_DMA32 ? ZONE_DMA32 : ZONE_NORMAL;
}

/* Pages of a tainted superpageblock that smaller requests may have without a relabel. */
static uint32_t free_for_retries(const struct mspb *s, unsigned int zone, unsigned int mt)
{
	uint32_t pages = 0;

	if (mt == MOV && steered(zone) && s->nr_free <= tainted_reserve(s))
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

/* refusal_keeps_promise: 1 a page above the low watermark, 2 as many as were asked for. */
static bool promise_is_kept(unsigned int zone, const struct spb_event *e)
{
	uint32_t flags = ALLOC_WMARK_LOW | (e->arg2 & ALLOC_CMA), pages = 0;
	uint32_t enough = model.tunables.refusal_keeps_promise > 1 ? 1u << e->order : 1;

	for (unsigned int i = 0; i < model.zone[zone].nr_spbs; i++) {
		const struct mspb *s = &model.spb[model.zone[zone].first_spb + i];

		if (s->category == TAINTED)
			pages += free_for_retries(s, zone, e->mt);
	}
	return pages >= enough && above_mark(zone, (1u << e->order) - 1, flags,
					     highest_zone(e->gfp));
}

static bool zone_serves_smaller(unsigned int zone, const struct spb_event *e)
{
	return model.tunables.refusal_keeps_promise ? promise_is_kept(zone, e)
						    : can_serve_smaller(zone, e->order, e->mt);
}

static bool any_zone_serves_smaller(const struct spb_event *e)
{
	if (!model.tunables.relax_all_zones)
		return zone_serves_smaller(e->zone, e);
	for (unsigned int z = 0; z < MODEL_ZONES; z++)
		if (zone_serves_smaller(z, e))
			return true;
	return false;
}

static enum spb_relax relax_decision(const struct spb_event *e)
{
	if (e->gfp & __GFP_NORETRY)
		return SPB_RELAX_NORETRY;
	if (model.tunables.lower_order_refusal && e->order && (e->gfp & __GFP_NOWARN) &&
	    !(e->gfp & __GFP_NOFAIL) && any_zone_serves_smaller(e))
		return SPB_RELAX_SMALLER;
	return e->arg2 & ALLOC_NOFRAG_TAINTED_OK ? SPB_RELAX_DROP : SPB_RELAX_TAINTED_OK;
}

/*
 * arg2: alloc_flags. Which zones of others are eligible is not known here: with
 * relax_all_zones only the decisions that do not ask for it are checked.
 */
void check_relax(const struct spb_event *e, bool alone)
{
	enum spb_relax expected = relax_decision(e);

	model.refused = e->arg == SPB_RELAX_NORETRY || e->arg == SPB_RELAX_SMALLER;
	model_check(RELAX,
		    !(e->gfp & __GFP_DIRECT_RECLAIM) && !model.tunables.defrag &&
			    (e->arg2 & ALLOC_NOFRAGMENT),
		    "relax with gfp %#x, flags %#x, defrag %u", e->gfp, e->arg2,
		    model.tunables.defrag);
	if (!alone || (model.tunables.relax_all_zones && expected == SPB_RELAX_SMALLER))
		return;
	model_check(RELAX, expected == e->arg,
		    "order %u, type %u, gfp %#x, flags %#x in zone %u: decided %u, the pages say "
		    "%u",
		    e->order, e->mt, e->gfp, e->arg2, e->zone, e->arg, expected);
}

/* Moving pages empties per-CPU lists: the buddy may appear where nothing was moved. */
void check_evacuated(const struct spb_event *e)
{
	const struct mzone *zone = &model.zone[e->zone];

	for (unsigned int i = zone->first_spb; i < zone->first_spb + zone->nr_spbs; i++)
		for (unsigned int o = e->order; o <= model.config.max_order; o++)
			model_check(EVACUATED,
				    e->arg2 || model.spb[i].category != TAINTED ||
					    !model.spb[i].buddies[e->mt][o],
				    "order %u, type %u: not served, superpageblock %u has order %u",
				    e->order, e->mt, i, o);
}

/* --- requests that failed --- */

static unsigned int request_type(uint32_t gfp)
{
	return gfp & __GFP_MOVABLE ? MOV : gfp & __GFP_RECLAIMABLE ? RECL : UNMOV;
}

/*
 * The least that every request may have: the low watermark, NOFRAGMENT as strict as it can be.
 * A request that fails although some zone has that much was turned away for nothing, unless
 * the relax sequence did so on purpose.
 */
void model_null(uint32_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask)
{
	unsigned int highest = highest_zone(gfp);
	struct pick pick;

	if (!model.on || model.refused)
		return;
	for (unsigned int z = 0; z < MODEL_ZONES; z++) {
		const struct request r = { (uint8_t)z, (uint8_t)order, (uint8_t)request_type(gfp),
					   ALLOC_NOFRAGMENT };
		unsigned int node = z / MAX_NR_ZONES;

		if (z % MAX_NR_ZONES > highest || !model.zone[z].managed ||
		    (nodemask && !(nodemask >> node & 1)) ||
		    ((gfp & __GFP_THISNODE) && node != nid))
			continue;
		model_check(NULL_EARLY,
			    !watermark_ok(z, order, ALLOC_WMARK_LOW, highest) ||
				    !model_search(&r, &pick),
			    "order %u, gfp %#x failed; step %u of zone %u has order %u in "
			    "superpageblock %u",
			    order, gfp, pick.step, z, pick.order, pick.spb);
	}
}
