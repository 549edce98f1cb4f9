// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request does that the free lists could not serve at the low watermark:
 *
 *   wake kswapd ─▶ min watermark, reserves ─▶ may it sleep? ── no ──▶ fail
 *   ┌─▶ reclaim ─▶ compact ─▶ worth more? ── no ──▶ fail
 *   │   evacuate for order ─▶ drop NOFRAGMENT ─▶ give back reserves ─▶ kill an owner ─┐
 *   └──────────────────────────────────────────────────────────────────────────────────┘
 *
 * Tainting a clean superpageblock comes last before what others have: the atomic reserve, the
 * lists of other CPUs, then the memory of whoever is killed. NOFAIL never fails: with nothing
 * left to try it ends as "blocked", where a kernel would sleep for ever.
 *
 * Specified in S6 of docs/specification.md.
 */
#include "core/internal.h"

/* Rounds of reclaim without success; mainline's figure. */
#define MAX_RECLAIM_RETRIES 16

struct slowpath {
	gfp_t gfp;
	unsigned int order;
	unsigned int alloc_flags;
	struct alloc_context *ac;
	unsigned int rounds;
	bool evacuated;
	bool drained; /* the lists of all CPUs, since everything else was in vain */
};

static unsigned int gfp_to_alloc_flags(gfp_t gfp, unsigned int order, struct zone *preferred)
{
	unsigned int alloc_flags = ALLOC_WMARK_MIN | alloc_flags_policy(preferred, gfp, order);

	if (gfp & __GFP_HIGH)
		alloc_flags |= ALLOC_MIN_RESERVE;
	if (!(gfp & __GFP_DIRECT_RECLAIM) && !(gfp & __GFP_NOMEMALLOC)) {
		alloc_flags |= ALLOC_NON_BLOCK;
		if (order && (alloc_flags & ALLOC_MIN_RESERVE))
			alloc_flags |= ALLOC_HIGHATOMIC;
	}
	if ((gfp & __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC))
		alloc_flags |= ALLOC_NO_WATERMARKS;
	return alloc_flags;
}

static struct page *try_freelist(const struct slowpath *s)
{
	return get_page_from_freelist(s->gfp, s->order, s->alloc_flags, s->ac);
}

static void wake_all_kswapds(const struct slowpath *s)
{
	u32 woken = 0;
	struct zoneref *z;
	struct zone *zone;

	for_each_zone_allowed(zone, z, s->ac) {
		if (!(woken & BIT(zone_to_nid(zone))))
			wakeup_kswapd(zone, s->order);
		woken |= BIT(zone_to_nid(zone));
	}
}

/* Reclaimed pages may sit on a list that the walk does not see: empty those once. */
static struct page *direct_reclaim(const struct slowpath *s, unsigned long *progress)
{
	struct page *page;

	*progress = try_to_free_pages(s->ac, s->order);
	if (!*progress)
		return NULL;
	page = try_freelist(s);
	if (page)
		return page;
	unreserve_highatomic_pageblock(s->ac);
	drain_all_pages();
	return try_freelist(s);
}

static struct page *direct_compact(const struct slowpath *s)
{
	if (!s->order)
		return NULL;
	/* Even when nothing moved: it emptied the per-CPU lists first. */
	try_to_compact_pages(s->ac, s->order);
	return try_freelist(s);
}

static enum spb_refusal give_up_reason(const struct slowpath *s)
{
	if (s->gfp & __GFP_NOFAIL)
		return NR_SPB_REFUSALS;
	if (s->gfp & __GFP_NORETRY)
		return SPB_REFUSAL_NORETRY;
	if (s->order > PAGE_ALLOC_COSTLY_ORDER && !(s->gfp & __GFP_RETRY_MAYFAIL))
		return SPB_REFUSAL_COSTLY;
	return NR_SPB_REFUSALS;
}

static void refuse(const struct slowpath *s, enum spb_refusal reason)
{
	spb_event_zone(SPB_EV_REFUSE, zonelist_zone(s->ac->preferred_zoneref), s->order,
		       s->ac->migratetype, reason, 0);
}

static bool evacuate_tainted(struct slowpath *s)
{
	if (s->evacuated || !migratetype_is_nonmovable(s->ac->migratetype))
		return false;
	s->evacuated = true;
	/* Whatever it says: emptied per-CPU lists may have what can be borrowed. */
	spb_evacuate_for_order(zonelist_zone(s->ac->preferred_zoneref), s->order,
			       s->ac->migratetype);
	return true;
}

/* Nobody is killed for a request that can fail, or whose failure killing cannot mend. */
static bool oom_allowed(const struct slowpath *s)
{
	if (s->gfp & __GFP_NOFAIL)
		return true;
	return s->order <= PAGE_ALLOC_COSTLY_ORDER && (s->gfp & __GFP_FS) &&
	       !(s->gfp & (__GFP_RETRY_MAYFAIL | __GFP_THISNODE));
}

/*
 * Memory that is free, but not to this request: nobody dies, and nothing fails, while there is
 * some. The reserve goes pageblock by pageblock, so that no more of it is lost than is needed.
 */
static bool give_back_reserves(struct slowpath *s)
{
	bool given = unreserve_highatomic_pageblock(s->ac);

	if (s->drained)
		return given;
	s->drained = true;
	drain_all_pages();
	return true;
}

static bool kill_an_owner(const struct slowpath *s)
{
	unsigned long freed;

	if (!oom_allowed(s)) {
		refuse(s, SPB_REFUSAL_NO_OOM);
		return false;
	}
	spb_event_zone(SPB_EV_KILL, zonelist_zone(s->ac->preferred_zoneref), s->order,
		       s->ac->migratetype, 0, 0);
	freed = shim_out_of_memory();
	spb_event_zone(SPB_EV_OOM, zonelist_zone(s->ac->preferred_zoneref), s->order,
		       s->ac->migratetype, (u32)freed, 0);
	/* On the lists of this CPU its pages do not merge. */
	if (freed)
		drain_all_pages();
	return freed;
}

/* Everything short of failing, cheapest first. Return: whether to walk the zones again. */
static bool escalate(struct slowpath *s, unsigned long progress)
{
	if (progress && s->rounds++ < MAX_RECLAIM_RETRIES)
		return true;
	if (evacuate_tainted(s))
		return true;
	if (s->alloc_flags & ALLOC_NOFRAGMENT) {
		s->alloc_flags &= ~ALLOC_NOFRAGMENT;
		return true;
	}
	if (give_back_reserves(s))
		return true;
	s->rounds = 0;
	return kill_an_owner(s);
}

/* The last try of a request that must not fail may use the reserves. */
static struct page *nothing_left(struct slowpath *s)
{
	struct page *page;

	if (!(s->gfp & __GFP_NOFAIL)) {
		refuse(s, SPB_REFUSAL_EXHAUSTED);
		return NULL;
	}
	s->alloc_flags |= ALLOC_NO_WATERMARKS;
	page = try_freelist(s);
	if (!page)
		spb_event_zone(SPB_EV_BLOCKED, zonelist_zone(s->ac->preferred_zoneref), s->order,
			       s->ac->migratetype, 0, 0);
	return page;
}

static struct page *sleeping_retries(struct slowpath *s)
{
	unsigned long progress;
	struct page *page;

	do {
		enum spb_refusal reason;

		shim_step();
		page = direct_reclaim(s, &progress);
		if (!page)
			page = direct_compact(s);
		if (page)
			return page;
		reason = give_up_reason(s);
		if (reason != NR_SPB_REFUSALS) {
			refuse(s, reason);
			return NULL;
		}
		if (!escalate(s, progress))
			return nothing_left(s);
		page = try_freelist(s);
	} while (!page);
	return page;
}

struct page *__alloc_pages_slowpath(gfp_t gfp_mask, unsigned int order, struct alloc_context *ac)
{
	struct zone *preferred = zonelist_zone(ac->preferred_zoneref);
	struct slowpath s = { .gfp = gfp_mask, .order = order, .ac = ac };
	struct page *page;

	if (!preferred) {
		/* No zone of the allowed nodes has the memory: waiting does not help. */
		if (gfp_mask & __GFP_NOFAIL)
			spb_event_zone(SPB_EV_BLOCKED, NODE_DATA(ac->nid)->node_zones, order,
				       ac->migratetype, 0, 0);
		return NULL;
	}
	s.alloc_flags = gfp_to_alloc_flags(gfp_mask, order, preferred);
	if (s.alloc_flags & ALLOC_KSWAPD)
		wake_all_kswapds(&s);
	page = try_freelist(&s);
	if (page)
		return page;
	if (!(gfp_mask & __GFP_DIRECT_RECLAIM)) {
		refuse(&s, SPB_REFUSAL_NO_RECLAIM);
		return NULL;
	}
	if (gfp_mask & __GFP_MEMALLOC) {
		refuse(&s, SPB_REFUSAL_MEMALLOC);
		return NULL;
	}
	return sleeping_retries(&s);
}
