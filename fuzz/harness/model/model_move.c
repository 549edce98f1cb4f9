// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving content: which pageblocks an evacuation for a request empties, in which order and
 * until when; where evacuation and compaction move to; which pages they take.
 *
 *   tainted, fullest first, with movable content:  pass 1  labelled as wanted
 *                                                  pass 2  movable content alone
 *   until one of them serves the request, or all were tried
 * What compaction takes is known by the event after the one about its target.
 */
#include "fuzz/harness/model/model_check.h"
#include "fuzz/harness/owner/owner.h"

#define MIN_CANDIDATES 16

/* --- evacuation for a request --- */

/* Its own list, or a whole movable pageblock, has it. */
static bool has_wanted(const struct mspb *s, unsigned int order, unsigned int mt)
{
	return s->category == TAINTED &&
	       (smallest(s, mt, order, all_orders()) != NONE ||
		smallest(s, MOV, whole_order(order), all_orders()) != NONE);
}

static const struct mspb *serving_spb(unsigned int zone, unsigned int order, unsigned int mt)
{
	for_each_spb(s, zone)
		if (has_wanted(s, order, mt))
			return s;
	return NULL;
}

/* S10.2, S17.5: with bitmaps, of one list those without room come first, then lower ones. */
static bool looked_at_before(const struct mspb *a, const struct mspb *b)
{
	bool room_a = a->nr_free > tainted_reserve(a), room_b = b->nr_free > tainted_reserve(b);

	if (model.config.chooser != SPB_CHOOSER_BITMAPS || a->fullness != b->fullness)
		return walked_before(a, b);
	return room_a != room_b ? room_b : a < b;
}

/* Who has movable content, in the order of the walk, as many as are looked at. */
static void collect(struct mevacuation *ev, unsigned int zone)
{
	unsigned int tainted = 0, most;

	ev->nr = ev->at = 0;
	ev->pass = 1;
	ev->last = NO_PFN;
	for_each_spb(s, zone) {
		tainted += s->category == TAINTED;
		if (s->category == TAINTED && s->has[HAS_MOV])
			ev->nr = put_in_order(ev->candidates, ev->nr, EVACUATION_CANDIDATES, s,
					      looked_at_before);
	}
	most = tainted / 4 > MIN_CANDIDATES ? tainted / 4 : MIN_CANDIDATES;
	if (ev->nr > most)
		ev->nr = (uint8_t)most;
}

static bool is_wanted(const struct mspb *s, uint32_t pfn, unsigned int pass, unsigned int mt)
{
	const struct mblock *b = mblock(pfn);

	if (s->category != TAINTED || list_of(pfn) != (pass == 1 ? mt : MOV))
		return false;
	return pass == 1 ? b->has >> HAS_MOV & 1 : b->has == 1u << HAS_MOV && !b->partial;
}

/* S10.2: which pageblock comes next in this state, or NO_PFN. */
static uint32_t next_wanted(struct mevacuation *ev, unsigned int mt)
{
	for (; ev->pass <= 2; ev->pass++, ev->at = 0)
		for (; ev->at < ev->nr; ev->at++, ev->last = NO_PFN) {
			const struct mspb *s = &model.spb[ev->candidates[ev->at]];
			uint32_t pfn = block_start(s->start);

			if (ev->last != NO_PFN)
				pfn = ev->last + block_pages();
			for (; pfn < s->end; pfn += block_pages())
				if (is_wanted(s, pfn, ev->pass, mt))
					return ev->last = pfn;
		}
	return NO_PFN;
}

/* What the evacuation in this context is for; false where nobody knows. */
static bool wanted_here(struct mcontext *c, unsigned int zone, uint8_t *order, uint8_t *mt)
{
	const struct mwanted *wanted = &model.queued[zone / MAX_NR_ZONES];

	if (c->active) {
		*order = c->order;
		*mt = c->mt;
		return !c->vague;
	}
	if (c->wanted.known)
		wanted = &c->wanted;
	*order = wanted->order;
	*mt = wanted->mt;
	return wanted->known;
}

/* A pageblock is about to be emptied for a request. */
static void check_evacuation(const struct spb_event *e)
{
	struct mcontext *c = context();
	struct mevacuation *ev = &c->evacuation;
	uint8_t order, mt;
	uint32_t next;

	if (!model.alone || !rule_is_on(RULE_EVACUATE_RESULT) ||
	    !wanted_here(c, e->zone, &order, &mt)) {
		ev->unseen = true;
		return;
	}
	if (!ev->walking)
		collect(ev, e->zone);
	model_check(EVACUATE_RESULT,
		    ev->walking ? !has_wanted(&model.spb[ev->candidates[ev->at]], order, mt) :
				  !serving_spb(e->zone, order, mt),
		    "the pageblock at %u is evacuated, order %u, type %s is there", e->pfn, order,
		    said_type(mt));
	ev->walking = true;
	next = next_wanted(ev, mt);
	model_check(EVACUATE_RESULT, next == e->pfn && ev->pass == e->arg,
		    "pass %u evacuates the pageblock at %u, the one at %u is next, pass %u",
		    e->arg, e->pfn, next, ev->pass);
}

static void check_evacuated(const struct spb_event *e)
{
	struct mevacuation *ev = &context()->evacuation;
	const struct mspb *serves = serving_spb(e->zone, e->order, e->mt);
	bool walking = ev->walking, unseen = ev->unseen;
	uint32_t next = NO_PFN;

	ev->walking = ev->unseen = false;
	model_check(EVACUATE_RESULT, model_legal(DROPPED_EVACUATION, e->arg2 == (serves != NULL)),
		    "order %u, type %s: %s, superpageblock %d has it", e->order, said_type(e->mt),
		    e->arg2 ? "served" : "not served", serves ? (int)spb_number(serves) : -1);
	/* Which were emptied, nobody has followed: another CPU may have queued it meanwhile. */
	if (unseen || !model.alone)
		return;
	if (!walking)
		collect(ev, e->zone);
	if (walking ? !has_wanted(&model.spb[ev->candidates[ev->at]], e->order, e->mt) : !serves)
		next = next_wanted(ev, e->mt);
	model_check(EVACUATE_RESULT, next == NO_PFN,
		    "order %u, type %s: ended before the pageblock at %u was tried", e->order,
		    said_type(e->mt), next);
}

/* --- targets --- */

/* Which superpageblock an evacuation of @leaving moves to: clean, fullest first. */
static const struct mspb *evacuation_target(unsigned int order, uint32_t leaving)
{
	const struct mspb *best = NULL;

	for_each_spb(s, mspb(leaving)->zone)
		if (s->category == CLEAN && s != mspb(leaving) &&
		    smallest(s, MOV, order, all_orders()) != NONE &&
		    (!best || walked_before(s, best)))
			best = s;
	return best;
}

/* The last superpageblock of a category that has room for a page of @order, or SPB_NO_SPB. */
static uint16_t last_room(const struct request *r, enum category category)
{
	uint16_t last = SPB_NO_SPB;

	for_each_spb(s, r->zone)
		if (s->category == category && keeps_reserve(s, r) &&
		    smallest(s, MOV, r->order, all_orders()) != NONE)
			last = spb_number(s);
	return last;
}

/*
 * Compaction: from the last superpageblock down to that of the source, clean ones before
 * tainted ones. What had no room is not looked at again, though lists of a CPU may give
 * something back to it.
 */
static void check_compaction_target(const struct spb_event *e, uint32_t head)
{
	const struct request r = { e->zone, e->order, MOV, 0 };
	const struct mspb *s = mspb(e->pfn);
	struct mcompaction *moves = &context()->compaction;

	model_check(MIGRATE_TARGET,
		    !steered(e->zone) || s->category == CLEAN ||
			    (s->category == TAINTED && keeps_reserve(s, &r)),
		    "compaction moves to page %u, of superpageblock %u, which is %s", e->pfn,
		    mblock(e->pfn)->spb, said_category(s->category));
	moves->clean = steered(e->zone) ? last_room(&r, CLEAN) : SPB_NO_SPB;
	moves->fits = mpage(head)->order == smallest(s, MOV, e->order, all_orders());
	if (!model.alone || moves->room_came || !steered(e->zone))
		return;
	model_check(MIGRATE_TARGET, e->spb == last_room(&r, (enum category)s->category),
		    "compaction moves to superpageblock %u, number %u, %s too, has room", e->spb,
		    last_room(&r, (enum category)s->category), said_category(s->category));
}

void check_target(const struct spb_event *e)
{
	const struct mspb *s = mspb(e->pfn), *want;
	uint32_t leaving = context()->leaving, head = buddy_head(e->pfn);

	model_check(PICK_LIST, mpage(head)->list == MOV,
		    "page %u of list %s as a target", e->pfn, said_type(mpage(head)->list));
	if (leaving == NO_PFN)
		return check_compaction_target(e, head);
	want = evacuation_target(e->order, leaving);
	model_check(MIGRATE_TARGET,
		    s == want && mpage(head)->order == smallest(s, MOV, e->order, all_orders()),
		    "the pageblock at %u is evacuated to page %u, order %u, of superpageblock %u",
		    leaving, e->pfn, mpage(head)->order, mblock(e->pfn)->spb);
}

/* --- sources --- */

static void check_compaction_source(const struct spb_event *e)
{
	const struct mcompaction *moves = &context()->compaction;
	unsigned int low = mblock(e->pfn)->spb;
	uint32_t least = 1u << e->order > block_pages() ? 1u << e->order : block_pages();

	model_check(MIGRATE_SOURCE, list_of(e->pfn) != ISOLATED,
		    "compaction moves page %u out of an isolated pageblock", e->pfn);
	model_check(MIGRATE_TARGET, e->arg >= block_start(e->pfn) + least,
		    "compaction moves page %u, order %u, to %u", e->pfn, e->order, e->arg);
	model_check(MIGRATE_TARGET, mblock(e->arg)->spb == low || moves->fits,
		    "compaction of page %u, order %u, splits more than it must at %u", e->pfn,
		    e->order, e->arg);
	model_check(MIGRATE_TARGET,
		    moves->room_came || moves->clean == SPB_NO_SPB || moves->clean <= low ||
			    mspb(e->arg)->category == CLEAN,
		    "compaction of page %u goes to tainted page %u, superpageblock %u is clean",
		    e->pfn, e->arg, moves->clean);
}

/* The order of a page that would move, and a superpageblock further up has room for it, or
 * NO_ORDER. */
static unsigned int order_left_over(uint32_t pfn, unsigned int zone)
{
	struct request r = { (uint8_t)zone, 0, MOV, 0 };
	uint16_t clean, tainted;
	unsigned int order;
	uint32_t owner;

	if (!is_content(pfn, HAS_MOV) || list_of(pfn) == ISOLATED || !owner_would_move(pfn) ||
	    !owner_expects(pfn, &order, &owner))
		return NO_ORDER;
	r.order = (uint8_t)order;
	clean = last_room(&r, CLEAN);
	tainted = last_room(&r, TAINTED);
	if (clean != SPB_NO_SPB && clean > mblock(pfn)->spb)
		return order;
	return tainted != SPB_NO_SPB && tainted > mblock(pfn)->spb ? order : NO_ORDER;
}

/* It begins where the one before stopped. Which order it is for is known at its end. */
static void check_first_source(const struct spb_event *e)
{
	struct mcompaction *moves = &context()->compaction;
	uint32_t from = model.zone[e->zone].compact_at;

	if (from == NO_PFN)
		return;
	model_check(MIGRATE_SOURCE, e->pfn >= from,
		    "compaction stopped before page %u, and goes on with page %u", from, e->pfn);
	if (moves->room_came || !steered(e->zone))
		return;
	for (uint32_t pfn = from; pfn < e->pfn; pfn++)
		if (order_left_over(pfn, e->zone) < moves->missed_order) {
			moves->missed_order = (uint8_t)order_left_over(pfn, e->zone);
			moves->missed = pfn;
		}
}

/* A page moved, or its owner kept it: pages are tried one after the other. */
void check_source(const struct spb_event *e)
{
	struct mcontext *c = context();
	struct mcompaction *moves = &c->compaction;

	if (e->type == SPB_EV_MIGRATE) {
		moves->pages += 1u << e->order;
		c->migrated = true;
	}
	if (e->order >= moves->orders)
		moves->orders = (uint8_t)(e->order + 1);
	if (!model.alone)
		return;
	model_check(MIGRATE_SOURCE,
		    is_content(e->pfn, HAS_MOV) &&
			    (moves->last == NO_PFN || e->pfn > moves->last),
		    "page %u, state %u, type %s was to be moved, after page %u", e->pfn,
		    mpage(e->pfn)->state, said_type(mpage(e->pfn)->type), moves->last);
	if (c->leaving == NO_PFN && moves->last == NO_PFN)
		check_first_source(e);
	moves->last = e->pfn;
	if (c->leaving == NO_PFN)
		return check_compaction_source(e);
	model_check(MIGRATE_SOURCE, block_start(e->pfn) == c->leaving,
		    "page %u was to be moved, the pageblock at %u is evacuated", e->pfn,
		    c->leaving);
}

/* An evacuated pageblock keeps what nobody would move, and what there is no room for. */
static void check_left_behind(uint32_t block)
{
	unsigned int order;
	uint32_t owner;

	for (uint32_t pfn = block; pfn < block + block_pages(); pfn++) {
		if (!is_content(pfn, HAS_MOV) || !owner_would_move(pfn) ||
		    !owner_expects(pfn, &order, &owner))
			continue;
		model_check(MIGRATE_SOURCE, !evacuation_target(order, block),
			    "page %u, order %u, of the evacuated pageblock at %u did not move",
			    pfn, order, block);
	}
}

/* --- the end of compaction --- */

/*
 * It ends when the order is there, or with every page tried that has somewhere to go: from where
 * the one before stopped, which is the start of the zone unless that one found the order.
 */
static void check_compaction(const struct spb_event *e)
{
	const struct mcompaction *moves = &context()->compaction;
	const struct mzone *zone = &model.zone[e->zone];
	uint32_t pfn = zone->compact_at;

	/* Moving as much as is wanted uses up what it frees. */
	model_check(MIGRATE_SOURCE, moves->orders <= e->order,
		    "compaction for order %u moved order %u", e->order, moves->orders - 1);
	model_check(MIGRATE_SOURCE, moves->missed_order >= e->order,
		    "compaction for order %u left out page %u, order %u", e->order, moves->missed,
		    moves->missed_order);
	if (moves->last != NO_PFN)
		pfn = block_start(moves->last) + block_pages();
	if (!model.alone)
		return;
	if (moves->pages)
		check_nothing_kept(e->zone, "compaction");
	if (steered(e->zone) && !zone_has(e->zone, ALL, e->order) && !moves->room_came)
		for (; pfn < zone->end; pfn++)
			model_check(MIGRATE_SOURCE, order_left_over(pfn, e->zone) >= e->order,
				    "compaction for order %u ended before page %u was tried",
				    e->order, pfn);
}

/*
 * Where the next one goes on: at the start when all was tried, else behind the pageblock that
 * gave the order. Which that is, is not known where pages came from lists of a CPU elsewhere.
 */
static void follow_compaction(const struct spb_event *e)
{
	const struct mcompaction *moves = &context()->compaction;
	struct mzone *zone = &model.zone[e->zone];
	bool found = zone_has(e->zone, ALL, e->order);

	if (!model.alone || (found && moves->strayed))
		zone->compact_at = NO_PFN;
	else if (!found)
		zone->compact_at = zone->start;
	else if (moves->last != NO_PFN)
		zone->compact_at = page_or_start(zone, block_start(moves->last) + block_pages());
}

/* What a run of compaction, of an evacuation or of a worker moved, as it says. */
static void check_moved(const struct spb_event *e)
{
	struct mcompaction *moves = &context()->compaction;

	model_check(MIGRATE_SOURCE, !model.alone || e->arg == moves->pages,
		    "%u pages were moved, it says %u", moves->pages, e->arg);
	begin_moves(context());
}

void begin_moves(struct mcontext *c)
{
	c->compaction.last = NO_PFN;
	c->compaction.pages = 0;
	c->compaction.orders = 0;
	c->compaction.room_came = c->compaction.strayed = false;
	c->compaction.missed_order = NO_ORDER;
}

/* From the list of a CPU back to the zone: there may be room where there was none. */
void note_room(const struct spb_event *e)
{
	struct mcompaction *moves = &context()->compaction;

	moves->strayed |= moves->last == NO_PFN ||
			  block_start(e->pfn) != block_start(moves->last);
	/* It may become clean by this page: any superpageblock may give room. */
	if (context()->leaving != NO_PFN)
		moves->room_came = true;
	else
		moves->room_came |= moves->last == NO_PFN || e->spb > mblock(moves->last)->spb;
}

/*
 * The pageblock that was evacuated last has been scanned: its bits are exact, unless a per-CPU
 * list has something of it, and that is not the list of this CPU.
 */
void leave_block(struct mcontext *c)
{
	uint32_t pfn = c->leaving;
	const struct mblock *b;

	c->leaving = NO_PFN;
	c->compaction.last = NO_PFN;
	if (pfn == NO_PFN || !model.alone)
		return;
	b = mblock(pfn);
	if (!c->compaction.room_came && rule_is_on(RULE_MIGRATE_SOURCE))
		check_left_behind(pfn);
	for (uint32_t i = pfn; b->pcp && i < pfn + block_pages(); i++)
		model_check(MODEL_CONTENT, !on_own_list(i),
			    "pageblock at %u: evacuated, page %u is on a list of this CPU", pfn, i);
	for (unsigned int content = 0; !b->pcp && content < NR_CONTENTS; content++)
		model_check(MODEL_CONTENT, !(b->has >> content & 1) || b->used[content],
			    "the pageblock at %u was evacuated and counts as having %s, no page "
			    "is %s", pfn, said_contents(b->has), said_contents(1u << content));
}

void enter_block(const struct spb_event *e)
{
	struct mcontext *c = context();

	check_contig_block(e);
	leave_block(c);
	c->compaction.room_came = false;
	if (e->arg == 1 || e->arg == 2)
		check_evacuation(e);
	c->leaving = e->pfn;
}

void queue_evacuation(const struct spb_event *e)
{
	model.queued[e->arg] = (struct mwanted){ model.alone, e->order, e->mt };
}

void end_evacuation(const struct spb_event *e)
{
	struct mcontext *c = context();

	c->saw_evacuation = true;
	leave_block(c);
	check_evacuated(e);
	check_moved(e);
}

void end_compaction(const struct spb_event *e)
{
	struct mcontext *c = context();

	c->saw_compaction = true;
	check_compaction_needed(c, e);
	if (e->order == c->kswapd[e->zone / MAX_NR_ZONES])
		c->compacted |= 1u << e->zone;
	check_compaction(e);
	follow_compaction(e);
	check_moved(e);
}

void end_moves(const struct spb_event *e)
{
	leave_block(context());
	check_moved(e);
}

void model_room_begins(unsigned int kind, unsigned int order, unsigned int mt)
{
	struct mcontext *c = context();

	/* Workers know themselves what they make room for. */
	c->wanted = (struct mwanted){ kind == CALL_evacuate, (uint8_t)order, (uint8_t)mt };
	c->worker = kind == CALL_work;
	c->wants = kind == CALL_reclaim ? 1u << order : 0;
	c->migrated = false;
	begin_moves(c);
}

void model_room_ends(uint32_t nodes)
{
	check_kswapd(nodes);
	model_room_begins(CALL_compact, 0, 0);
}
