// SPDX-License-Identifier: GPL-2.0-only
/* Events: was it allowed at that moment, and what does it change? See model.h. */
#include "fuzz/harness/model/model_check.h"
#include "fuzz/harness/base/run.h"

/* Free pages of the buddy that a claim relabels: its pageblocks, all of them. */
static void claim(const struct spb_event *e)
{
	uint32_t head = buddy_head(e->pfn);
	unsigned int order = mpage(head)->order;

	model_relabel(head, order < model.config.block_order ? 1 : 1u << order, e->mt);
}

static void check_place(const struct spb_event *e)
{
	model_must(MODEL_EVENT,
		   mpage_valid(e->pfn) && mpage_valid(e->pfn + (1u << e->order) - 1) &&
			   e->order <= model.config.max_order && e->mt < NR_MTYPES,
		   "page %u, order %u, type %s", e->pfn, e->order, said_type(e->mt));
	model_must(MODEL_EVENT, e->spb == mblock(e->pfn)->spb && e->zone == mspb(e->pfn)->zone,
		   "page %u is in superpageblock %u of zone %u, not %u of %u", e->pfn,
		   mblock(e->pfn)->spb, mspb(e->pfn)->zone, e->spb, e->zone);
}

static void check_states(const struct spb_event *e, unsigned int states, const char *what)
{
	check_place(e);
	for (uint32_t pfn = e->pfn; pfn < e->pfn + (1u << e->order); pfn++)
		model_must(MODEL_PAGES, states >> mpage(pfn)->state & 1,
			   "page %u of %u, order %u, %s", pfn, e->pfn, e->order, what);
}

/* S4.35: a refill has not looked at earlier steps again. */
static bool continues(const struct mcontext *c, const struct spb_event *e)
{
	return c->refill == e->step && (e->step == SPB_STEP_CMA || e->step == SPB_STEP_STEAL);
}

/* A page leaves the free lists for the request under way, or for a list of this CPU. */
static void check_asked(const struct spb_event *e)
{
	struct mcontext *c = context();
	/* A page from CMA lists is for a movable request, the reserve serves every type. */
	const struct request r = { e->zone, e->order, c->mt, e->arg };
	unsigned int mt = e->step == SPB_STEP_CMA	 ? CMA
			  : e->step == SPB_STEP_HIGHATOMIC ? HIGHATOMIC
							   : c->mt;

	model_check(REQUEST_FLAGS, c->active, "page %u was taken outside of every request", e->pfn);
	if (!c->active)
		return;
	if (c->vague) {
		c->order = e->order;
		c->flags = e->arg;
	}
	model_check_telling(
		REQUEST_FLAGS, e->arg == c->flags && e->order == c->order && e->mt == mt,
		model_tell_flags(e->arg ^ c->flags),
			    "order %u, type %s, flags %s in a walk for order %u, type %s, flags %s",
			    e->order, said_type(e->mt), said_flags(e->arg), c->order, said_type(mt),
			    said_flags(c->flags));
	check_entry(e);
	check_books_taken(e);
	if (!c->tuned && !continues(c, e))
		check_pick(&r, e->step, e->pfn);
	c->took = e->step;
	c->last = e->pfn;
	c->served++;
}

static void on_alloc(const struct spb_event *e)
{
	bool asked = e->step != SPB_STEP_EVACUATION && e->step != SPB_STEP_CONTIG;
	bool reserve = e->step == SPB_STEP_HIGHATOMIC;

	check_states(e, 1u << PAGE_BUDDY, "was not free when it was taken");
	model_must(MODEL_PAGES,
		   !(e->pfn & ((1u << e->order) - 1)) && buddy_head(e->pfn) != NO_PFN &&
			   mpage(buddy_head(e->pfn))->order >= e->order,
		   "no buddy holds the %u pages at %u", 1u << e->order, e->pfn);
	model_check(PICK_LIST, !mblock(e->pfn)->isolated || e->step == SPB_STEP_CONTIG,
		    "page %u of an isolated pageblock was taken", e->pfn);
	if (asked)
		check_asked(e);
	if (e->step == SPB_STEP_EVACUATION)
		check_target(e);
	if (e->step == SPB_STEP_CONTIG)
		check_contig_take(e);
	if (step_relabels(e->step, e->mt) && !model.labels_told)
		claim(e);
	/* What the reserve gives out is unmovable at least. */
	for (uint32_t b = block_start(e->pfn); reserve && b < e->pfn + (1u << e->order);
	     b += block_pages())
		model_set_content(b, HAS_UNMOV, true);
	model_take(e->pfn, e->order, reserve ? context()->mt : e->mt,
		   e->step == SPB_STEP_CONTIG ? PAGE_HELD : PAGE_ALLOCATED);
}

/* A page enters or leaves a list of a CPU. */
static void count_pcp(const struct spb_event *e, unsigned int cpu, int more)
{
	uint8_t *entries = &model.zone[e->zone].lists[cpu][mpage(e->pfn)->type][e->order];

	*entries = (uint8_t)(*entries + more);
}

static void on_free(const struct spb_event *e)
{
	context()->changed |= 1u << e->zone;
	check_states(e, 1u << PAGE_ALLOCATED | 1u << PAGE_PCP | 1u << PAGE_HELD,
		     "was free already when freed");
	model_check(PCP_CONTENT,
		    mpage(e->pfn)->state != PAGE_ALLOCATED || !fits_pcp(e->order) ||
			    list_of(e->pfn) == HIGHATOMIC || list_of(e->pfn) == ISOLATED ||
			    model_legal(DROPPED_LIST_BUSY, false),
		    "page %u, order %u, did not go to a per-CPU list", e->pfn, e->order);
	if (mpage(e->pfn)->state == PAGE_PCP) {
		count_pcp(e, mpage(e->pfn)->list, -1);
		note_room(e);
		context()->drained = true;
		/* It comes back to the reserve after that was asked. */
		context()->came_back |= list_of(e->pfn) == HIGHATOMIC;
	}
	model_put(e->pfn, e->order);
}

static void on_pcp_get(const struct spb_event *e)
{
	struct mcontext *c = context();

	check_states(e, 1u << PAGE_PCP, "was not on a per-CPU list");
	model_check(REQUEST_FLAGS,
		    c->active && (c->vague || (e->order == c->order && e->mt == c->mt)),
		    "order %u, type %s from a per-CPU list for order %u, type %s", e->order,
		    said_type(e->mt), c->order, said_type(c->mt));
	check_entry(e);
	model_must(PCP_CONTENT,
		   mpage(e->pfn)->type == e->mt && mpage(e->pfn)->list == e->arg &&
			   (mblock(e->pfn)->has | model.stored) >> kind_of(e->mt) & 1,
		   "page %u of the list of CPU %u, type %s: of CPU %u, type %s, content %s",
		   e->pfn, e->arg, said_type(e->mt), mpage(e->pfn)->list,
		   said_type(mpage(e->pfn)->type), said_contents(mblock(e->pfn)->has));
	check_refill(c, e);
	c->last = e->pfn;
	c->served++;
	c->refill = NR_SPB_STEPS;
	c->refilled = 0;
	count_pcp(e, e->arg, -1);
	model_set_pages(e->pfn, e->order, PAGE_ALLOCATED, e->mt);
}

/* A label is read before the list is chosen: another CPU may have changed it meanwhile. */
static void on_pcp_put(const struct spb_event *e)
{
	uint8_t label = mblock(e->pfn)->label;

	check_states(e, 1u << PAGE_ALLOCATED, "went to a per-CPU list without being used");
	model_check_telling(PCP_CONTENT,
		    e->arg < PROGRAM_CPUS && e->mt <= RECL && fits_pcp(e->order) &&
			    (e->arg2 ||
			     model_legal(DROPPED_LIST_LABEL,
					 !mblock(e->pfn)->isolated &&
						 e->mt == (label < HIGHATOMIC ? label : MOV))),
		    finding_detail(mblock(e->pfn)->isolated ? "isolated" : "label"),
			    "page %u, order %u, of a pageblock labelled %s went to list %s of CPU "
			    "%u", e->pfn, e->order, said_type(label), said_type(e->mt), e->arg);
	model_must(PCP_CONTENT, e->arg < PROGRAM_CPUS && e->mt <= RECL,
		   "page %u went to list %s of CPU %u: there is none", e->pfn, said_type(e->mt),
		   e->arg);
	if (e->arg2) {
		context()->refill = context()->took;
		context()->refilled++;
		context()->served--;
	}
	model_set_pages(e->pfn, e->order, PAGE_PCP, e->mt);
	for (uint32_t pfn = e->pfn; pfn < e->pfn + (1u << e->order); pfn++)
		mpage(pfn)->list = (uint8_t)e->arg;
	count_pcp(e, e->arg, 1);
}

static void on_isolate(const struct spb_event *e)
{
	bool on = e->type == SPB_EV_ISOLATE;
	uint32_t first = block_start(e->pfn);

	check_place(e);
	model_check(MODEL_LABEL, mblock(first)->isolated != on, "pageblock at %u %s twice", first,
		    on ? "isolated" : "released");
	check_contig_isolation(e, on);
	context()->isolated += on ? 1 : -1;
	model_isolate(first, on);
}

/* S9.1 */
static uint32_t reserve_limit(unsigned int zone)
{
	uint32_t share = model.zone[zone].managed / 100;

	return share < block_pages() / 2 ? 0 :
					   (share + block_pages() - 1) & ~(block_pages() - 1);
}

static uint32_t reserve_pages(unsigned int zone)
{
	uint32_t pages = 0;

	for (uint32_t b = block_start(model.zone[zone].start); b < model.zone[zone].end;
	     b += block_pages())
		pages += mblock(b)->label == HIGHATOMIC ? block_pages() : 0;
	return pages;
}

static bool may_be_reserved(uint32_t pfn, unsigned int order)
{
	unsigned int zone = mspb(pfn)->zone;

	return order < model.config.block_order && list_of(pfn) <= RECL && !mblock(pfn)->partial &&
	       (!steered(zone) || mspb(pfn)->category == TAINTED) &&
	       reserve_pages(zone) < reserve_limit(zone);
}

/* A request of high priority and order that was served at @pfn adds to the reserve. */
void check_reserved(const struct mcontext *c, uint32_t pfn)
{
	model_check(STEP_GATE, model_legal(DROPPED_RESERVE, !may_be_reserved(pfn, c->order)),
		    "order %u, flags %s: the pageblock of page %u was not reserved", c->order,
		    said_flags(c->flags), pfn);
}

/* S9.5: a request gets the first pageblock back that has a free page, before lists are emptied. */
static void check_given_back_first(const struct mcontext *c, const struct spb_event *e)
{
	if (c->vague)
		return;
	model_check(REQUEST_PASSED_ON, e->mt == c->mt,
		    "the reserve gives the pageblock at %u back as %s to a request of type %s",
		    e->pfn, said_type(e->mt), said_type(c->mt));
	model_check(REQUEST_STAGE, !c->gave_back && !c->drained,
		    "the reserve gives the pageblock at %u back, after %s", e->pfn,
		    c->gave_back ? "another one" : "pages from lists of CPUs");
	for (unsigned int i = 0; model.alone && i < c->nr_zones && c->zones[i] != e->zone; i++)
		model_check(REQUEST_STAGE, !zone_has(c->zones[i], 1u << HIGHATOMIC, 0),
			    "the reserve of zone %u gives a pageblock back, zone %u comes first",
			    e->zone, c->zones[i]);
	for_each_spb(s, e->zone)
		model_check(REQUEST_STAGE,
			    !model.alone || s >= mspb(e->pfn) ||
				    smallest(s, HIGHATOMIC, 0, all_orders()) == NONE,
			    "the reserve gives the pageblock at %u back, superpageblock %u comes "
			    "first", e->pfn, spb_number(s));
}

static void on_reserve(const struct spb_event *e)
{
	uint32_t head = buddy_head(e->pfn);
	uint32_t pages = 1;

	check_place(e);
	if (!e->arg)
		check_given_back_first(context(), e);
	context()->gave_back |= !e->arg;
	model_check(MODEL_LABEL, (mblock(e->pfn)->label == HIGHATOMIC) != e->arg,
		    "pageblock at %u labelled %s: reserve %u", e->pfn,
		    said_type(mblock(e->pfn)->label), e->arg);
	model_check(STEP_GATE, !e->arg || context()->vague || (context()->flags & ALLOC_HIGHATOMIC),
		    "pageblock at %u reserved for a request with flags %s", e->pfn,
		    said_flags(context()->flags));
	model_check(STEP_GATE, !e->arg || may_be_reserved(e->pfn, e->order),
		    "pageblock at %u, list %s, reserved for order %u: %u of %u pages are", e->pfn,
		    said_type(list_of(e->pfn)), e->order, reserve_pages(e->zone),
		    reserve_limit(e->zone));
	if (head == e->pfn && mpage(head)->order > model.config.block_order)
		pages = 1u << mpage(head)->order;
	if (!model.labels_told)
		model_relabel(e->pfn, pages, e->arg ? HIGHATOMIC : e->mt);
	/* The reserve counts as unmovable. */
	if (e->arg && !all_free(e->pfn))
		model_set_content(e->pfn, HAS_UNMOV, true);
	model_follow(mspb(e->pfn));
}

/*
 * Told content: what follows from pages that come and go is compared later. A bit goes while
 * other pages are in use only after a scan of the pageblock that found none of its own, and
 * none on a per-CPU list, which may become content of any type. Another CPU may just be taking
 * one of those, or have freed one to its list since the scan.
 */
static void on_content(const struct spb_event *e)
{
	bool on = e->type == SPB_EV_HAS_SET;
	enum content content = kind_of(e->mt);
	struct mblock *b = mblock(e->pfn);

	check_place(e);
	model_touch(e->pfn);
	model_check(MODEL_CONTENT, (b->told_has >> content & 1) != on,
		    "pageblock at %u: %s content %s twice", e->pfn, said_type(e->mt),
		    on ? "came" : "went");
	b->told_has ^= (uint8_t)(1u << content);
	if (on || b->evacuated != model.operation || b->used[content] ||
	    !model_legal(DROPPED_LIST_CONTENT, !b->pcp))
		return;
	model_set_content(e->pfn, content, false);
	model_follow(mspb(e->pfn));
}

static void on_list_move(const struct spb_event *e)
{
	struct mspb *s = &model.spb[e->spb];

	model_check(MODEL_LIST,
		    e->arg == s->told_list && e->arg != e->arg2,
		    "superpageblock %u moves from the list \"%s\" to \"%s\", it was on \"%s\"",
		    e->spb, said_list(e->arg / 5, e->arg % 5), said_list(e->arg2 / 5, e->arg2 % 5),
		    said_list(s->told_list / 5, s->told_list % 5));
	s->told_list = (uint8_t)e->arg2;
	s->moved = ++model.clock;
	model_touch(s->start);
}

static void on_taint(const struct spb_event *e)
{
	bool on = e->type == SPB_EV_TAINT;
	struct mspb *s = &model.spb[e->spb];

	model_check(MODEL_TAINT, s->told_tainted != on, "superpageblock %u %s twice", e->spb,
		    on ? "tainted" : "untainted");
	s->told_tainted = on;
	model_touch(s->start);
}

static void on_relabel(const struct spb_event *e)
{
	struct mblock *b = mblock(e->pfn);

	check_place(e);
	model_touch(e->pfn);
	model_check(MODEL_LABEL, b->told_label == e->arg,
		    "pageblock at %u had label %s, not %s", e->pfn, said_type(b->told_label),
		    said_type(e->arg));
	b->told_label = e->mt;
	if (model.labels_told)
		model_relabel(e->pfn, 1, e->mt);
}

static void on_contig(const struct spb_event *e)
{
	struct mspb *s = &model.spb[e->spb];

	model_check(MODEL_LIST, s->held != e->arg, "superpageblock %u: held twice", e->spb);
	s->held = e->arg;
	model_follow(s);
	model_touch(s->start);
}

static void on_tunable(const struct spb_event *e)
{
	uint16_t *const at[NR_SPB_TUNABLES] = {
#define X(name, value, text) [SPB_TUNABLE_##name] = &model.tunables.name,
		SPB_TUNABLES(X)
#undef X
	};

	if (e->arg < NR_SPB_TUNABLES)
		*at[e->arg] = (uint16_t)e->arg2;
}

/* Its content bits may be cleared from now on. */
static void on_evacuate(const struct spb_event *e)
{
	mblock(e->pfn)->evacuated = model.operation;
	enter_block(e);
}

/* A refill that steals goes on to steal: what a search looks at was in vain. */
static void on_wake(const struct spb_event *e)
{
	model_check(SEARCH_ORDER, context()->refill != SPB_STEP_STEAL,
		    "order %u, type %s: a refill that steals searches zone %u again", e->order,
		    said_type(e->mt), e->zone);
}

/* Nobody dies while memory is free that only the reserve or the list of a CPU keeps back. */
static void on_kill(const struct spb_event *e)
{
	const struct mcontext *c = context();

	(void)e;
	for (unsigned int i = 0; !c->vague && model.alone && i < c->nr_zones; i++) {
		const struct mzone *z = &model.zone[c->zones[i]];

		model_check(KILL_EARLY, !z->pcp,
			    "order %u, gfp %s: a kill, lists of CPUs have %u pages of zone %u",
			    c->order, said_gfp(c->gfp), z->pcp, c->zones[i]);
		model_check(KILL_EARLY, !zone_has(c->zones[i], 1u << HIGHATOMIC, 0),
			    "order %u, gfp %s: a kill, the reserve of zone %u has free pages",
			    c->order, said_gfp(c->gfp), c->zones[i]);
	}
}

/* Others fail instead. */
static void on_blocked(const struct spb_event *e)
{
	const struct mcontext *c = context();

	model_check(REQUEST_STAGE, c->active && (c->vague || (c->gfp & __GFP_NOFAIL)),
		    "order %u, gfp %s: said to be blocked, it may fail", e->order,
		    said_gfp(c->gfp));
}

static void on_oom(const struct spb_event *e)
{
	context()->saw_kill = true;
	context()->killed = e->arg;
}

static void on_refuse(const struct spb_event *e)
{
	on_wake(e);
	check_refusal(e);
}

static void on_walk(const struct spb_event *e)
{
	begin_moves(context());
	model_check(REQUEST_STAGE, e->arg <= 1, "a walk neither begins nor ends: %u", e->arg);
	context()->drained = false;
	if (!e->arg)
		begin_walk(e);
	else if (!context()->vague)
		check_failed_walk(context());
}

/* What follows an event; @passed_on: it is one that a request has others do, as S5.17 says. */
static const struct {
	void (*follow)(const struct spb_event *e);
	bool passed_on;
} followers[NR_SPB_EVENTS] = {
	[SPB_EV_ALLOC] = { on_alloc, false },
	[SPB_EV_FREE] = { on_free, false },
	[SPB_EV_PCP_GET] = { on_pcp_get, false },
	[SPB_EV_PCP_PUT] = { on_pcp_put, false },
	[SPB_EV_ISOLATE] = { on_isolate, false },
	[SPB_EV_UNISOLATE] = { on_isolate, false },
	[SPB_EV_HIGHATOMIC] = { on_reserve, false },
	[SPB_EV_HAS_SET] = { on_content, false },
	[SPB_EV_HAS_CLEAR] = { on_content, false },
	[SPB_EV_LIST_MOVE] = { on_list_move, false },
	[SPB_EV_TAINT] = { on_taint, false },
	[SPB_EV_UNTAINT] = { on_taint, false },
	[SPB_EV_RELABEL] = { on_relabel, false },
	[SPB_EV_CONTIG] = { on_contig, false },
	[SPB_EV_TUNABLE] = { on_tunable, false },
	[SPB_EV_WAKE] = { on_wake, false },
	[SPB_EV_REFUSE] = { on_refuse, false },
	[SPB_EV_RELAX] = { check_relax, false },
	[SPB_EV_WALK] = { on_walk, false },
	[SPB_EV_MIGRATE] = { check_source, false },
	[SPB_EV_MIGRATE_FAIL] = { check_source, false },
	[SPB_EV_EVACUATE] = { on_evacuate, false },
	[SPB_EV_EVACUATE_QUEUE] = { queue_evacuation, true },
	[SPB_EV_EVACUATE_DONE] = { end_evacuation, true },
	[SPB_EV_DEFRAG_RUN] = { end_moves, false },
	[SPB_EV_COMPACT] = { end_compaction, true },
	[SPB_EV_RECLAIM] = { on_reclaim, false },
	[SPB_EV_KILL] = { on_kill, true },
	[SPB_EV_OOM] = { on_oom, true },
	[SPB_EV_BLOCKED] = { on_blocked, false },
	[SPB_EV_KSWAPD_ASK] = { NULL, true },
	[SPB_EV_KSWAPD_RUN] = { begin_kswapd, false },
};

void model_event(const struct spb_event *e)
{
	if (!model.on || e->type >= NR_SPB_EVENTS)
		return;
	if (followers[e->type].passed_on)
		check_passed_on(e);
	if (followers[e->type].follow)
		followers[e->type].follow(e);
}
