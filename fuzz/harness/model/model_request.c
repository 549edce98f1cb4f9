// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call asks for: the zones of a request (S5.1, S5.2), and the requests that a bulk
 * request or a caller makes one after the other (S5.14, S5.15). See model_stage.c for each.
 */
#include "fuzz/harness/model/model_check.h"

/* --- zones --- */

/* There is no ZONE_DMA. */
static unsigned int highest_zone(uint32_t gfp)
{
	if (gfp & __GFP_DMA32)
		return ZONE_DMA32;
	return (gfp & __GFP_HIGHMEM) && (gfp & __GFP_MOVABLE) ? ZONE_MOVABLE : ZONE_NORMAL;
}

/* S5.2 */
static void list_zones(struct mcontext *c)
{
	unsigned int nodes = has(c, __GFP_THISNODE) ? 1 : model.config.nr_nodes;
	uint32_t mask = c->asked.nodemask ? c->asked.nodemask : ~0u;

	c->nr_zones = c->nr_local = 0;
	for (unsigned int far = 0; far < nodes; far++) {
		unsigned int node = (c->asked.nid + far) % model.config.nr_nodes;

		for (int type = c->highest; (mask >> node & 1) && type >= 0; type--) {
			unsigned int zone = node * MAX_NR_ZONES + (unsigned int)type;

			if (!model.zone[zone].managed)
				continue;
			c->zones[c->nr_zones++] = (uint8_t)zone;
			if (c->zones[0] / MAX_NR_ZONES == node)
				c->nr_local = c->nr_zones;
		}
	}
}

/* --- the requests of a call --- */

static bool begin_request(struct mcontext *c, uint32_t gfp, unsigned int order, uint32_t bulk)
{
	c->gfp = gfp;
	c->order = (uint8_t)order;
	c->bulk = bulk;
	c->mt = gfp & __GFP_MOVABLE ? MOV : gfp & __GFP_RECLAIMABLE ? RECL : UNMOV;
	c->highest = (uint8_t)highest_zone(gfp);
	list_zones(c);
	c->stage = NO_WALK;
	c->flags = c->served = c->reclaimed = c->killed = 0;
	c->rounds = 0;
	c->been = 0;
	c->saw_compaction = c->saw_evacuation = c->saw_kill = false;
	c->gave_back = c->came_back = c->drained = false;
	c->entered = NO_ZONE;
	c->relaxed = NR_SPB_RELAXES;
	return true;
}

static unsigned int largest_order(uint32_t pages, unsigned int limit)
{
	unsigned int order = 0;

	while (order < limit && order < model.config.max_order && pages >> (order + 1))
		order++;
	return order;
}

/* High orders of the callers: S5.15. */
static uint32_t cheap_gfp(uint32_t gfp)
{
	return (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL)) | __GFP_NOWARN;
}

/* What kvmalloc asks for first. */
static uint32_t block_gfp(uint32_t gfp, unsigned int order)
{
	if (!order)
		return gfp;
	gfp = (gfp & ~__GFP_NOFAIL) | __GFP_NOWARN;
	if (gfp & __GFP_RETRY_MAYFAIL)
		return gfp;
	return model.tunables.kvmalloc_noretry ? gfp | __GFP_NORETRY :
						 gfp & ~__GFP_DIRECT_RECLAIM;
}

enum part { ONE_BLOCK, LARGE, SINGLES, ONE, DONE };

/* vmalloc's last resort (S5.15): bulk requests, then one page if such a request got none. */
static bool next_single(struct mcontext *c)
{
	uint32_t gfp = c->asked.gfp;

	if (!c->left || (c->part == ONE && !c->served))
		return false;
	if (c->part == SINGLES && !c->served) {
		c->part = ONE;
		return begin_request(c, gfp, 0, 0);
	}
	c->part = SINGLES;
	return begin_request(c, gfp & ~__GFP_NOFAIL, 0, c->left);
}

/* High orders while they come, one less when they do not. */
static bool next_extent(struct mcontext *c)
{
	unsigned int order = c->order;

	if (c->asked.ask == ASK_SKB && (!c->left || (!order && !c->served)))
		return false;
	order = largest_order(c->left, c->served ? order : order - 1u);
	if (c->asked.ask == ASK_SKB || order)
		return begin_request(c, order ? cheap_gfp(c->asked.gfp) : c->asked.gfp, order, 0);
	return next_single(c);
}

static bool next_part(struct mcontext *c)
{
	/* What is given back to a caller: whole pages of one order. */
	c->left -= c->served << c->order;
	switch (c->part) {
	case LARGE:
		return next_extent(c);
	case SINGLES:
	case ONE:
		return next_single(c);
	case ONE_BLOCK:
		if (c->served || !c->order || !(c->asked.gfp & __GFP_DIRECT_RECLAIM))
			return false;
		c->part = LARGE;
		c->order = MODEL_ORDERS;
		return next_extent(c);
	default:
		return false;
	}
}

bool next_request(struct mcontext *c)
{
	/* A batch that gets nothing asks once more, for one page. */
	if (c->bulk && !c->served)
		return begin_request(c, c->gfp, 0, 0);
	return next_part(c);
}

/* The request that a call begins with, if it makes any. */
static void first_request(struct mcontext *c)
{
	const struct model_request *r = &c->asked;
	unsigned int order = 0;

	c->part = DONE;
	c->left = r->nr;
	switch (r->ask) {
	case ASK_KVMALLOC:
		while (1u << order < r->nr)
			order++;
		c->part = ONE_BLOCK;
		begin_request(c, block_gfp(r->gfp, order), order, 0);
		c->active = order <= model.config.max_order || next_part(c);
		return;
	case ASK_VMALLOC:
	case ASK_SKB:
		c->part = LARGE;
		c->served = 0;
		c->order = (uint8_t)(r->ask == ASK_SKB ? r->order + 1 : MODEL_ORDERS);
		next_extent(c);
		return;
	default:
		begin_request(c, r->gfp, r->order, r->ask == ASK_BULK ? r->nr : 0);
		return;
	}
}

void model_request(const struct model_request *request)
{
	struct mcontext *c = context();

	if (!model.on)
		return;
	c->active = true;
	c->tuned = model.tuning;
	c->vague = request->ask == ASK_ANY || c->tuned || !model.foretells;
	c->asked = *request;
	first_request(c);
}

/* A batch is one walk; other requests end with a page, or when no walk may follow. */
static bool is_over(struct mcontext *c)
{
	if (!c->bulk)
		return c->served || !next_walk(c);
	if (c->stage != NO_WALK)
		check_batch(c);
	return c->stage != NO_WALK;
}

/* What it may have is what the event says; what it did before says nothing any more. */
static void follow_walk(struct mcontext *c, const struct spb_event *e)
{
	c->gfp = e->gfp;
	c->order = e->order;
	c->flags = e->arg2;
	if (c->tuned)
		return;
	c->entered = NO_ZONE;
	c->refill = NR_SPB_STEPS;
	c->refused = 0;
}

/* Which walk it must be, and with what; until a rule that is switched off was broken. */
static void foretell_walk(struct mcontext *c, const struct spb_event *e)
{
	/* Asked whether it is over, a request that is not goes on to its next walk. */
	if (c->bulk && c->stage == NO_WALK) {
		next_walk(c);
	} else if (is_over(c)) {
		model_check(CALLER_REQUEST, next_request(c),
			    "order %u, gfp %s: nobody asks for more, %u pages are wanted", e->order,
			    said_gfp(e->gfp), c->left);
		next_walk(c);
	}
	model_check(CALLER_REQUEST,
		    c->vague || (e->order == c->order && e->gfp == c->gfp && e->mt == c->mt),
		    "order %u, gfp %s, type %s instead of order %u, gfp %s, type %s", e->order,
		    said_gfp(e->gfp), said_type(e->mt), c->order, said_gfp(c->gfp),
		    said_type(c->mt));
	model_check_telling(REQUEST_FLAGS, c->vague || e->arg2 == c->flags,
		    (model_tell_flags(e->arg2 ^ c->flags),
		     finding_detail(c->stage ? "later" : "first")),
			    "order %u, gfp %s, %s: flags %s instead of %s", c->order,
			    said_gfp(c->gfp), stage_name(c->stage), said_flags(e->arg2),
			    said_flags(c->flags));
	model_check(ZONE_ORDER, c->vague || !c->nr_zones || e->zone == c->zones[0],
		    "zone %u is preferred, it should be %u", e->zone, c->zones[0]);
}

void begin_walk(const struct spb_event *e)
{
	struct mcontext *c = context();

	model_check(REQUEST_FLAGS, c->active,
		    "a walk, flags %s, outside of every request", said_flags(e->arg2));
	if (!c->vague)
		foretell_walk(c, e);
	if (c->vague)
		follow_walk(c, e);
}

/* S5.17. Compaction and kswapd are told of no type. */
void check_passed_on(const struct spb_event *e)
{
	const struct mcontext *c = context();
	bool typed = e->type != SPB_EV_COMPACT && e->type != SPB_EV_KSWAPD_ASK;

	if (!c->active || c->vague)
		return;
	model_check(REQUEST_PASSED_ON, e->order == c->order && (!typed || e->mt == c->mt),
		    "order %u, type %s is passed on by a request of order %u, type %s", e->order,
		    said_type(e->mt), c->order, said_type(c->mt));
}

void model_request_end(void)
{
	struct mcontext *c = context();

	if (!model.on || !c->active)
		return;
	c->active = false;
	if (c->vague)
		return;
	if (c->served && !c->bulk && (c->flags & ALLOC_HIGHATOMIC))
		check_reserved(c, c->last);
	model_check(REQUEST_STAGE, is_over(c),
		    "order %u, gfp %s, flags %s gave up after its walk \"%s\"", c->order,
		    said_gfp(c->gfp), said_flags(c->flags), stage_name(c->stage));
	model_check(CALLER_REQUEST, c->vague || !next_request(c),
		    "order %u, gfp %s should be asked for next, %u pages are wanted", c->order,
		    said_gfp(c->gfp), c->left);
}
