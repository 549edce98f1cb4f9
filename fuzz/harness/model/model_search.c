// SPDX-License-Identifier: GPL-2.0-only
/*
 * From where a request may be served: the table of docs/specification.md, each step a question to
 * one superpageblock. The answer is the size of the buddy that the step takes there.
 *
 *   for each step in order: gate open? ─▶ fullest superpageblock, nearest to the head of its
 *   list, that has a buddy for it ─▶ that one, and no other
 */
#include "fuzz/harness/model/model_state.h"

int smallest(const struct mspb *s, unsigned int list, unsigned int from, unsigned int end)
{
	for (unsigned int order = from; order < end; order++)
		if (s->buddies[list][order])
			return (int)order;
	return NONE;
}

/* Whole pageblocks, smallest first, then fragments. */
static int own_order(const struct mspb *s, unsigned int list, unsigned int order)
{
	unsigned int whole = order > block_order() ? order : block_order();
	int found = smallest(s, list, whole, model.config.max_order + 1u);

	return found != NONE ? found : smallest(s, list, order, block_order());
}

static bool may_relabel(const struct request *r)
{
	return dropped(r) || (r->flags & ALLOC_NOFRAG_TAINTED_OK);
}

bool keeps_reserve(const struct mspb *s, const struct request *r)
{
	unsigned int blocks = r->order > block_order() ? 1u << (r->order - block_order()) : 1;

	return content_of(r->mt) != HAS_MOV || s->category != TAINTED || !steered(s->zone) ||
	       s->nr_free >= tainted_reserve(s) + blocks;
}

static bool has_tainted(unsigned int zone)
{
	for (unsigned int i = 0; i < model.zone[zone].nr_spbs; i++)
		if (model.spb[model.zone[zone].first_spb + i].category == TAINTED)
			return true;
	return false;
}

bool tainted_evidence(unsigned int zone, bool *block)
{
	bool page = false;

	*block = false;
	for (unsigned int i = 0; i < model.zone[zone].nr_spbs; i++) {
		const struct mspb *s = &model.spb[model.zone[zone].first_spb + i];

		if (s->category != TAINTED)
			continue;
		page |= s->free_pages > 0;
		*block |= s->nr_free > 0;
	}
	return page;
}

/* Optional: the tainted lists were walked, and there was a free page. */
static bool optional_refused(const struct request *r)
{
	bool block;

	return (r->flags & ALLOC_HIGHORDER_OPTIONAL) && nonmovable(r->mt) && steered(r->zone) &&
	       tainted_evidence(r->zone, &block);
}

bool can_serve_smaller(unsigned int zone, unsigned int order, unsigned int mt)
{
	for (unsigned int i = 0; order && i < model.zone[zone].nr_spbs; i++) {
		const struct mspb *s = &model.spb[model.zone[zone].first_spb + i];

		if (s->category != TAINTED)
			continue;
		if (s->has[HAS_MOV] || smallest(s, mt, 0, order) != NONE)
			return true;
		if (nonmovable(mt) && smallest(s, mt == UNMOV ? RECL : UNMOV, 0, order) != NONE)
			return true;
	}
	return false;
}

/* --- the steps up to the fallbacks --- */

/* The largest movable fragment whose pageblock is not clipped. */
static int part_order(const struct mspb *s, const struct request *r)
{
	for (int order = (int)block_order() - 1; order >= (int)r->order; order--) {
		if (!s->buddies[MOV][order])
			continue;
		if (!s->partial)
			return order;
		for (uint32_t pfn = s->start; pfn < s->end; pfn++)
			if (mpage(pfn)->order == order && mpage(pfn)->list == MOV &&
			    !mblock(pfn)->partial)
				return order;
	}
	return NONE;
}

static int empty_order(const struct mspb *s, const struct request *r)
{
	unsigned int whole = r->order > block_order() ? r->order : block_order();

	if (r->mt == MOV)
		return own_order(s, MOV, r->order);
	return smallest(s, MOV, whole, model.config.max_order + 1u);
}

static uint8_t step_category(const struct request *r, unsigned int step)
{
	if (step == SPB_STEP_EMPTY)
		return EMPTY;
	return r->mt == MOV && step != SPB_STEP_OTHER ? CLEAN : TAINTED;
}

/* The buddy size that a step takes from one superpageblock, or NONE. */
static int step_order(const struct mspb *s, const struct request *r, unsigned int step,
		      uint8_t *list)
{
	unsigned int whole = r->order > block_order() ? r->order : block_order();

	*list = MOV;
	switch (step) {
	case SPB_STEP_OTHER:
	case SPB_STEP_OWN:
		*list = r->mt;
		return keeps_reserve(s, r) ? own_order(s, r->mt, r->order) : NONE;
	case SPB_STEP_CLAIM_WHOLE:
		return smallest(s, MOV, whole, model.config.max_order + 1u);
	case SPB_STEP_CLAIM_PART:
		return part_order(s, r);
	case SPB_STEP_BORROW_OTHER:
		*list = r->mt == UNMOV ? RECL : UNMOV;
		return smallest(s, *list, r->order, block_order());
	case SPB_STEP_BORROW_MOVABLE:
		return smallest(s, MOV, r->order, block_order());
	case SPB_STEP_EMPTY:
		return empty_order(s, r);
	case SPB_STEP_CMA:
		*list = CMA; /* no use to others: no reserve */
		return smallest(s, CMA, r->order, model.config.max_order + 1u);
	default:
		return NONE;
	}
}

/* Is the step open to this request at all? */
static bool step_open(const struct request *r, unsigned int step)
{
	bool pool = steered(r->zone), kernel = nonmovable(r->mt);

	switch (step) {
	case SPB_STEP_OWN:
		return true;
	case SPB_STEP_CLAIM_WHOLE:
		return pool && kernel && may_relabel(r);
	case SPB_STEP_CLAIM_PART:
		return pool && kernel && may_relabel(r) && may_relabel_fragment(r);
	case SPB_STEP_BORROW_OTHER:
	case SPB_STEP_BORROW_MOVABLE:
		return pool && kernel;
	case SPB_STEP_EMPTY:
		return pool && (r->mt == MOV || (kernel && (dropped(r) || !has_tainted(r->zone))));
	case SPB_STEP_OTHER:
		return pool && r->mt == MOV;
	case SPB_STEP_CMA:
		return r->mt == MOV && (r->flags & ALLOC_CMA);
	case SPB_STEP_CLAIM:
		return r->mt <= RECL && !optional_refused(r) &&
		       (may_relabel(r) || !steered(r->zone));
	case SPB_STEP_STEAL:
		return r->mt <= RECL && !optional_refused(r) && dropped(r);
	default:
		return false;
	}
}

bool walked_before(const struct mspb *a, const struct mspb *b)
{
	return a->fullness != b->fullness ? a->fullness < b->fullness : a->moved > b->moved;
}

static bool search_step(const struct request *r, unsigned int step, struct pick *pick)
{
	const struct mzone *zone = &model.zone[r->zone];
	const struct mspb *best = NULL;
	uint8_t list;

	for (unsigned int i = zone->first_spb; i < zone->first_spb + zone->nr_spbs; i++) {
		const struct mspb *s = &model.spb[i];
		int order;

		if (s->category == HELD_WHOLE || (best && !walked_before(s, best)))
			continue;
		if (steered(r->zone) && step != SPB_STEP_CMA &&
		    s->category != step_category(r, step))
			continue;
		order = step_order(s, r, step, &list);
		if (order == NONE)
			continue;
		best = s;
		*pick = (struct pick){ (uint8_t)step, (uint16_t)i, list, (uint8_t)order };
	}
	return best;
}

/* --- all of them --- */

bool model_search(const struct request *r, struct pick *pick)
{
	uint32_t pfn;

	for (unsigned int step = SPB_STEP_OWN; step <= SPB_STEP_STEAL; step++) {
		if (!step_open(r, step))
			continue;
		if (step < SPB_STEP_CLAIM) {
			if (search_step(r, step, pick))
				return true;
			continue;
		}
		pfn = fallback_find(r, step, NO_PFN);
		if (pfn == NO_PFN)
			continue;
		*pick = (struct pick){ (uint8_t)step, mblock(pfn)->spb, mpage(pfn)->list,
				       mpage(pfn)->order };
		return true;
	}
	return false;
}

/* --- what a step did --- */

/* A claimed pageblock serves from any of its buddies; the largest had to be there. */
static bool block_has(uint32_t pfn, unsigned int list, unsigned int order)
{
	for (uint32_t i = block_start(pfn); i < block_start(pfn) + block_pages(); i++)
		if (mpage(i)->order == order && mpage(i)->list == list)
			return true;
	return false;
}

/* With a policy the reserve is in tainted superpageblocks. */
bool reserve_has(unsigned int zone, unsigned int order)
{
	for (unsigned int i = 0; i < model.zone[zone].nr_spbs; i++)
		if (smallest(&model.spb[model.zone[zone].first_spb + i], HIGHATOMIC, order,
			     model.config.max_order + 1u) != NONE)
			return true;
	return false;
}

/* Requests of high priority and order try the reserve first, other atomic ones last. */
static void check_reserve_step(const struct request *r, uint32_t head)
{
	struct pick pick = { .step = NR_SPB_STEPS };

	model_check(STEP_GATE, r->flags & (ALLOC_HIGHATOMIC | ALLOC_NON_BLOCK),
		    "the atomic reserve served a request with flags %#x", r->flags);
	model_check(PICK_LIST, mpage(head)->list == HIGHATOMIC,
		    "the atomic reserve served page %u of list %u", head, mpage(head)->list);
	model_check_telling(SEARCH_ORDER,
			    (r->flags & ALLOC_HIGHATOMIC) || !model_search(r, &pick),
			    finding_missed(pick.step),
		    "the atomic reserve served order %u, type %u, flags %#x; step %u has order %u "
		    "in superpageblock %u",
		    r->order, r->mt, r->flags, pick.step, pick.order, pick.spb);
}

bool fits_pcp(unsigned int order)
{
	return model.config.pcp_batch &&
	       (order == block_order() || (order <= 3 && order < block_order()));
}

static void check_same_step(const struct request *r, const struct pick *pick, uint32_t pfn)
{
	uint32_t head = buddy_head(pfn);
	const struct mspb *want = &model.spb[pick->spb];
	bool part = pick->step == SPB_STEP_CLAIM_PART;

	model_check_telling(FULLEST_FIRST,
		    !steered(r->zone) || pick->step == SPB_STEP_CMA || mspb(pfn) == want,
		    finding_detail(mspb(pfn)->fullness == want->fullness ? "head" : "list"),
		    "step %u took from superpageblock %u, list %u; %u, list %u, comes first",
		    pick->step, mblock(pfn)->spb, mspb(pfn)->fullness, pick->spb, want->fullness);
	model_check(PICK_LIST, mpage(head)->list == pick->list,
		    "step %u took page %u of list %u instead of %u", pick->step, pfn,
		    mpage(head)->list, pick->list);
	if (!steered(r->zone) || pick->step == SPB_STEP_CMA)
		return;
	model_check(PICK_ORDER,
		    part ? block_has(pfn, pick->list, pick->order) && !mblock(pfn)->partial
			 : mpage(head)->order == pick->order,
		    "step %u took page %u from a buddy of order %u instead of %u", pick->step, pfn,
		    mpage(head)->order, pick->order);
}

void tell_gate(const struct request *r, uint32_t pfn, bool open)
{
	if (!open)
		finding_detail("closed");
	else if (!keeps_reserve(mspb(pfn), r))
		finding_as("reserve");
}

void check_pick(const struct request *r, unsigned int step, uint32_t pfn)
{
	bool taints = mspb(pfn)->category != TAINTED && content_of(r->mt) != HAS_MOV;
	struct pick pick = { .step = NR_SPB_STEPS };

	if (!model_judges_search() && !rule_is_on(RULE_NEEDLESS_TAINT))
		return;
	if (step == SPB_STEP_HIGHATOMIC)
		return check_reserve_step(r, buddy_head(pfn));
	model_check(SEARCH_ORDER,
		    !(r->flags & ALLOC_HIGHATOMIC) || fits_pcp(r->order) ||
			    !reserve_has(r->zone, r->order),
		    "step %u served order %u, flags %#x; the atomic reserve has one", step,
		    r->order, r->flags);
	model_search(r, &pick);
	if (taints && steered(r->zone))
		model_check_telling(NEEDLESS_TAINT,
			    pick.step >= step || model.spb[pick.spb].category != TAINTED,
			    finding_missed(pick.step),
			    "step %u taints superpageblock %u for order %u, type %u, flags %#x; "
			    "step %u has order %u in %u",
			    step, mblock(pfn)->spb, r->order, r->mt, r->flags, pick.step,
			    pick.order, pick.spb);
	if (!model_judges_search())
		return;
	model_check_telling(SEARCH_ORDER, pick.step >= step, finding_missed(pick.step),
		    "step %u served order %u, type %u, flags %#x; step %u has order %u in "
		    "superpageblock %u",
		    step, r->order, r->mt, r->flags, pick.step, pick.order, pick.spb);
	/* That is said: of another step's pick nothing follows. */
	if (pick.step < step)
		return;
	if (step >= SPB_STEP_CLAIM)
		return check_fallback(r, step, buddy_head(pfn), step_open(r, step));
	model_check_telling(STEP_GATE, pick.step == step, tell_gate(r, pfn, step_open(r, step)),
		    "step %u cannot serve order %u, type %u, flags %#x from page %u", step,
		    r->order, r->mt, r->flags, pfn);
	check_same_step(r, &pick, pfn);
}
