// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request may have at each stage: its allocation flags (S5), and the walks over the zones
 * that may follow each other: stages[] is the table of S6. A stage may be several walks: see
 * relaxes().
 */
#include "fuzz/harness/model/model_check.h"
#include "fuzz/harness/owner/owner.h"

#define COSTLY_ORDER 3
#define RECLAIM_ROUNDS 16
/* What reclaim is asked for at least, at a time. */
#define RECLAIM_BATCH 32u

bool sleeps(const struct mcontext *c)
{
	return has(c, __GFP_DIRECT_RECLAIM);
}

/* --- flags --- */

/* S5.5 */
static bool is_optional(const struct mcontext *c)
{
	if (has(c, __GFP_MEMALLOC | __GFP_NOFAIL) ||
	    (!c->order && !model.tunables.optional_any_order))
		return false;
	return (has(c, __GFP_NORETRY) && !has(c, __GFP_RETRY_MAYFAIL)) ||
	       !has(c, __GFP_DIRECT_RECLAIM | __GFP_NOMEMALLOC);
}

/* S5.3 */
static bool keeps_unfragmented(const struct mcontext *c)
{
	if (model.tunables.defrag)
		return true;
	return c->nr_zones && c->zones[0] % MAX_NR_ZONES == ZONE_NORMAL &&
	       (model.config.nr_nodes == 1 ||
		model.zone[c->zones[0] - ZONE_NORMAL + ZONE_DMA32].managed);
}

static uint32_t policy_flags(const struct mcontext *c)
{
	return (has(c, __GFP_KSWAPD_RECLAIM) ? ALLOC_KSWAPD : 0) |
	       (keeps_unfragmented(c) ? ALLOC_NOFRAGMENT : 0) |
	       (sleeps(c) ? ALLOC_NOFRAG_TAINTED_OK : 0) |
	       (is_optional(c) ? ALLOC_HIGHORDER_OPTIONAL : 0) | (c->mt == MOV ? ALLOC_CMA : 0);
}

static uint32_t slow_flags(const struct mcontext *c)
{
	bool atomic = !sleeps(c) && !has(c, __GFP_NOMEMALLOC);

	return ALLOC_WMARK_MIN | policy_flags(c) |
	       (has(c, __GFP_HIGH) ? ALLOC_MIN_RESERVE : 0) | (atomic ? ALLOC_NON_BLOCK : 0) |
	       (atomic && c->order && has(c, __GFP_HIGH) ? ALLOC_HIGHATOMIC : 0) |
	       (has(c, __GFP_MEMALLOC) && !has(c, __GFP_NOMEMALLOC) ? ALLOC_NO_WATERMARKS : 0);
}

/* --- the walks of one request --- */

static bool at_home_only(const struct mcontext *c)
{
	return c->bulk || ((c->flags & ALLOC_NOFRAGMENT) && !model.tunables.defrag);
}

unsigned int walk_length(const struct mcontext *c)
{
	return at_home_only(c) ? c->nr_local : c->nr_zones;
}

/* With NOFRAGMENT the walk stopped before a remote zone; most requests go on there. */
static bool goes_abroad(const struct mcontext *c)
{
	return walk_length(c) < c->nr_zones &&
	       (sleeps(c) || !(c->flags & ALLOC_HIGHORDER_OPTIONAL));
}

static bool has_gates(const struct mcontext *c)
{
	return c->stage != NO_WALK && !c->bulk && c->nr_zones && !model.tunables.defrag &&
	       (c->flags & ALLOC_NOFRAGMENT);
}

bool must_relax(const struct mcontext *c)
{
	return has_gates(c) && !goes_abroad(c) && !sleeps(c);
}

/* Another walk of the same stage, with a gate less. */
static bool relaxes(struct mcontext *c)
{
	if (has_gates(c) && goes_abroad(c)) {
		c->flags &= ~ALLOC_NOFRAGMENT;
		return true;
	}
	if (!must_relax(c))
		return false;
	model_check(REQUEST_STAGE, c->relaxed != NR_SPB_RELAXES,
		    "order %u, gfp %s, flags %s: nothing was decided after the walk", c->order,
		    said_gfp(c->gfp), said_flags(c->flags));
	if (c->relaxed == SPB_RELAX_TAINTED_OK)
		c->flags |= ALLOC_NOFRAG_TAINTED_OK;
	else if (c->relaxed == SPB_RELAX_DROP)
		c->flags &= ~ALLOC_NOFRAGMENT;
	else
		return false;
	return true;
}

bool kill_allowed(const struct mcontext *c)
{
	return has(c, __GFP_NOFAIL) ||
	       (c->order <= COSTLY_ORDER && has(c, __GFP_FS) &&
		!has(c, __GFP_RETRY_MAYFAIL | __GFP_THISNODE));
}

/* --- stages: S6 --- */

const char *stage_name(enum stage stage)
{
	static const char *const names[] = {
		[NO_WALK] = "none",	      [FAST] = "fast",		 [SLOW] = "slow",
		[RECLAIMED] = "reclaimed",    [DRAINED] = "drained",	 [COMPACTED] = "compacted",
		[PROGRESS] = "progress",      [EVACUATED] = "evacuated", [UNGATED] = "dropped",
		[GIVEN_BACK] = "given back", [KILLED] = "killed",	 [LAST] = "last",
	};

	return names[stage];
}

enum fact {
	ALWAYS = 0,
	HAS_ZONES = 1u << 0,
	NEVER_WAITS = 1u << 1,
	HAS_RECLAIMED = 1u << 2,
	HAS_ORDER = 1u << 3,
	GIVES_UP = 1u << 4, /* S6.6 */
	MAY_REPEAT = 1u << 5,
	MAY_EVACUATE = 1u << 6,
	HAS_GATE = 1u << 7,
	GETS_BACK = 1u << 8,
	HAS_KILLED = 1u << 9,
	NEVER_FAILS = 1u << 10,
};

static unsigned int facts(const struct mcontext *c)
{
	bool costly = c->order > COSTLY_ORDER && !has(c, __GFP_RETRY_MAYFAIL);
	bool nofail = has(c, __GFP_NOFAIL);

	return (c->nr_zones ? HAS_ZONES : 0) |
	       (!sleeps(c) || has(c, __GFP_MEMALLOC) ? NEVER_WAITS : 0) |
	       (c->reclaimed ? HAS_RECLAIMED : 0) | (c->order ? HAS_ORDER : 0) |
	       (!nofail && (costly || has(c, __GFP_NORETRY)) ? GIVES_UP : 0) |
	       (c->rounds < RECLAIM_ROUNDS ? MAY_REPEAT : 0) |
	       (nonmovable(c->mt) && !(c->been >> EVACUATED & 1) ? MAY_EVACUATE : 0) |
	       (c->slow_flags & ALLOC_NOFRAGMENT ? HAS_GATE : 0) |
	       (c->gave_back || !(c->been >> GIVEN_BACK & 1) ? GETS_BACK : 0) |
	       (c->killed ? HAS_KILLED : 0) | (nofail ? NEVER_FAILS : 0);
}

#define BIT_OF(stage) (1u << (stage))
#define RETRY (BIT_OF(PROGRESS) | BIT_OF(EVACUATED) | BIT_OF(UNGATED) | BIT_OF(GIVEN_BACK) | \
	       BIT_OF(KILLED))
#define LATER (BIT_OF(SLOW) | BIT_OF(DRAINED) | BIT_OF(COMPACTED) | RETRY)

/* What must have been told before the walk of a stage begins. */
enum due { NOTHING, COMPACTION, EVACUATION, RESERVE_BACK, DRAIN, KILL };

/*
 * After a walk of one of these stages that served nothing the first row whose facts all hold is
 * next; NO_WALK: the request fails. Of the flags: which go, which come.
 */
static const struct stage_row {
	uint16_t after, facts;
	enum stage stage;
	enum due due;
	uint32_t drops, adds;
} stages[] = {
	{ BIT_OF(NO_WALK), ALWAYS, FAST, NOTHING, 0, 0 },
	{ BIT_OF(FAST), HAS_ZONES, SLOW, NOTHING, 0, 0 },
	{ BIT_OF(SLOW), NEVER_WAITS, NO_WALK, NOTHING, 0, 0 },
	{ BIT_OF(SLOW) | RETRY, HAS_RECLAIMED, RECLAIMED, NOTHING, 0, 0 },
	{ BIT_OF(RECLAIMED), ALWAYS, DRAINED, RESERVE_BACK, 0, 0 },
	{ BIT_OF(SLOW) | BIT_OF(DRAINED) | RETRY, HAS_ORDER, COMPACTED, COMPACTION, 0, 0 },
	{ LATER, GIVES_UP, NO_WALK, NOTHING, 0, 0 },
	{ LATER, HAS_RECLAIMED | MAY_REPEAT, PROGRESS, NOTHING, 0, 0 },
	{ LATER, MAY_EVACUATE, EVACUATED, EVACUATION, 0, 0 },
	{ LATER, HAS_GATE, UNGATED, NOTHING, ALLOC_NOFRAGMENT, 0 },
	{ LATER, GETS_BACK, GIVEN_BACK, DRAIN, 0, 0 },
	{ LATER, HAS_KILLED, KILLED, KILL, 0, 0 },
	{ LATER, NEVER_FAILS, LAST, KILL, 0, ALLOC_NO_WATERMARKS },
	{ LATER, ALWAYS, NO_WALK, KILL, 0, 0 },
	{ BIT_OF(FAST) | BIT_OF(LAST), ALWAYS, NO_WALK, NOTHING, 0, 0 },
};

/* Before it looks once more: the atomic reserve gives back a pageblock that has a free page. */
static void check_given_back(struct mcontext *c)
{
	for (unsigned int i = 0; i < c->nr_zones; i++)
		model_check(REQUEST_STAGE,
			    c->gave_back || c->came_back || !model.alone ||
				    !zone_has(c->zones[i], 1u << HIGHATOMIC, 0),
			    "order %u, gfp %s: the reserve gave nothing back", c->order,
			    said_gfp(c->gfp));
	c->gave_back = c->came_back = false;
}

/* Nor is anything left on the lists of any CPU. */
static void check_drained(const struct mcontext *c)
{
	for (unsigned int zone = 0; model.alone && zone < MODEL_ZONES; zone++)
		model_check(REQUEST_STAGE, !model.zone[zone].pcp,
			    "order %u, gfp %s: per-CPU lists of zone %u have %u pages still",
			    c->order, said_gfp(c->gfp), zone, model.zone[zone].pcp);
}

static void check_due(struct mcontext *c, enum due due)
{
	switch (due) {
	case NOTHING:
		return;
	case COMPACTION:
		model_check(REQUEST_STAGE, c->saw_compaction,
			    "order %u, gfp %s: nothing was compacted", c->order, said_gfp(c->gfp));
		c->saw_compaction = false;
		return;
	case EVACUATION:
		model_check(REQUEST_STAGE, c->saw_evacuation || !steered(c->zones[0]),
			    "order %u, gfp %s: no evacuation was tried", c->order,
			    said_gfp(c->gfp));
		c->saw_evacuation = false;
		return;
	case RESERVE_BACK:
		check_given_back(c);
		return check_drained(c);
	case DRAIN:
		return check_drained(c);
	case KILL:
		model_check(REQUEST_STAGE, c->saw_kill == kill_allowed(c),
			    "order %u, gfp %s: %s", c->order, said_gfp(c->gfp),
			    c->saw_kill ? "somebody was killed" : "nobody was asked to die");
		c->saw_kill = false;
	}
}

static bool next_stage(struct mcontext *c)
{
	const struct stage_row *row = stages;
	unsigned int true_now = facts(c);

	while (!(row->after >> c->stage & 1) || (row->facts & ~true_now))
		row++;
	check_due(c, row->due);
	if (row->stage == NO_WALK)
		return false;
	c->stage = row->stage;
	c->been |= (uint16_t)BIT_OF(c->stage);
	if (c->stage == SLOW)
		c->slow_flags = slow_flags(c);
	c->slow_flags = (c->slow_flags & ~row->drops) | row->adds;
	c->flags = c->stage == FAST ? ALLOC_WMARK_LOW | policy_flags(c) : c->slow_flags;
	/* What earlier rounds did does not count. */
	if (BIT_OF(c->stage) & (RETRY | BIT_OF(SLOW)))
		c->reclaimed = 0;
	if (c->stage == PROGRESS)
		c->rounds++;
	if (c->stage == KILLED)
		c->rounds = 0;
	if (c->stage == GIVEN_BACK)
		c->gave_back = false;
	return true;
}

bool next_walk(struct mcontext *c)
{
	bool more = relaxes(c) || next_stage(c);

	model_check(REQUEST_STAGE,
		    !c->saw_compaction && !c->saw_evacuation && !c->saw_kill && !c->gave_back,
		    "order %u, gfp %s, before the walk \"%s\": %s out of turn", c->order,
		    said_gfp(c->gfp), stage_name(c->stage),
		    c->saw_kill		? "a kill" :
		    c->saw_evacuation	? "evacuation" :
		    c->saw_compaction	? "compaction" :
					  "the end of a reserve");
	c->killed = c->served = 0;
	c->refused = 0;
	c->entered = NO_ZONE;
	c->refill = NR_SPB_STEPS;
	c->relaxed = NR_SPB_RELAXES;
	return more;
}

/* --- reclaim and the shrinker --- */

void check_nothing_kept(unsigned int zone, const char *who)
{
	const struct mzone *z = &model.zone[zone];

	for (uint32_t pfn = z->start; z->pcp && pfn < z->end; pfn++)
		model_check(FREED_KEPT, !on_own_list(pfn),
			    "page %u is on a list of the CPU whose %s has ended", pfn, who);
}

/* The shrinker asked every owner in a tainted superpageblock that would let go. */
static void check_shrunk(const struct spb_event *e)
{
	if (!model.alone || e->mt != RECL)
		return;
	for_each_spb(s, e->zone) {
		for (uint32_t pfn = s->start; s->category == TAINTED && pfn < s->end; pfn++)
			model_check(MIGRATE_SOURCE,
				    !is_content(pfn, HAS_RECL) || !owner_would_move(pfn),
				    "reclaimable page %u outlived the shrinker", pfn);
	}
	check_nothing_kept(e->zone, "shrinker");
}

/* Of a request, in all. */
static uint32_t batch_of(const struct mcontext *c)
{
	return 1u << c->order > RECLAIM_BATCH ? 1u << c->order : RECLAIM_BATCH;
}

static uint32_t wanted_pages(const struct mcontext *c)
{
	if (c->wants)
		return c->wants;
	return c->active ? batch_of(c) - c->reclaimed : RECLAIM_BATCH;
}

/* Reclaim that got too little has asked everybody. */
static void check_all_asked(uint32_t zone, uint32_t wanted, uint32_t got)
{
	const struct mzone *z = &model.zone[zone];

	for (uint32_t pfn = z->start; pfn < z->end; pfn++)
		model_check(RECLAIM_COUNT,
			    !(is_content(pfn, HAS_MOV) || is_content(pfn, HAS_RECL)) ||
				    !owner_would_move(pfn),
			    "zone %u: %u pages were wanted, %u given up, and the owner of page %u "
			    "was not asked", zone, wanted, got, pfn);
}

uint32_t page_or_start(const struct mzone *z, uint32_t pfn)
{
	return pfn < z->end ? pfn : z->start;
}

/* Reclaim goes on where it stopped: nobody before the first who let go would have done so. */
static void check_first_asked(const struct mzone *z, uint32_t zone, uint32_t first)
{
	uint32_t pfn = z->reclaim_at;

	while (pfn != NO_PFN && pfn != first) {
		model_check(RECLAIM_COUNT,
			    !(is_content(pfn, HAS_MOV) || is_content(pfn, HAS_RECL)) ||
				    !owner_would_move(pfn),
			    "zone %u: reclaim stopped before page %u, goes on at page %u, and did "
			    "not ask the owner of page %u", zone, z->reclaim_at, first, pfn);
		pfn = page_or_start(z, pfn + 1);
	}
}

/* Where reclaim stops when it has enough; when it has not, somewhere among those who keep all. */
static void follow_reclaim(uint32_t zone, const struct given *given, bool enough)
{
	struct mzone *z = &model.zone[zone];

	if (!model.alone || !enough) {
		z->reclaim_at = NO_PFN;
		return;
	}
	check_first_asked(z, zone, given->first_pfn);
	z->reclaim_at = page_or_start(z, given->last_pfn + given->last);
}

/* Of the shrinker's count and reclaim's, and of whom they asked; the shrinker asks everybody. */
static void check_given(const struct mcontext *c, const struct spb_event *e)
{
	struct given given = owner_given(model.now / 2);
	uint32_t wanted = wanted_pages(c);

	model_check(RECLAIM_COUNT, e->arg == given.pages,
		    "zone %u: %u pages are said to be given up, it were %u", e->zone, e->arg,
		    given.pages);
	/* (That nothing was wanted any more is another finding: on_reclaim().) */
	if (e->mt == RECL)
		return;
	follow_reclaim(e->zone, &given,
		       !c->vague && (int32_t)wanted > 0 && given.pages >= wanted);
	if (c->vague || (int32_t)wanted <= 0)
		return;
	model_check(RECLAIM_COUNT, given.pages - given.last < wanted,
		    "zone %u: %u pages were wanted, an owner is asked for %u more after %u",
		    e->zone, wanted, given.last, given.pages - given.last);
	if (model.alone && given.pages < wanted)
		check_all_asked(e->zone, wanted, given.pages);
}

/* Direct reclaim asks the next zone only when those before gave too little. */
void on_reclaim(const struct spb_event *e)
{
	struct mcontext *c = context();

	check_shrunk(e);
	check_given(c, e);
	if (e->mt != RECL && e->arg)
		c->given_up |= 1u << e->zone;
	model_check(REQUEST_STAGE, !c->active || c->vague || c->reclaimed < batch_of(c),
		    "order %u: zone %u was reclaimed from, %u pages were enough", c->order,
		    e->zone, c->reclaimed);
	c->reclaimed += e->arg;
}
