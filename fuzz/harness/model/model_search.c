// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may serve a request: search.def has a row for each step, and what is here reads them.
 *
 *   row after row: for this type? gates open? ─▶ of the superpageblocks where it looks, the one
 *   that is walked first and has a buddy of the size ─▶ that one, and no other
 */
#include "fuzz/harness/model/model_check.h"

bool may_relabel_fragment(const struct request *r)
{
	return dropped(r) || (steered(r->zone) && model.zone[r->zone].nr_spbs >
							  model.tunables.aggressive_threshold);
}

static const struct search_row rows[] = {
#define STEP(id, who, where, list, size, label, gates) \
	{ SPB_STEP_##id, who, where, list, size, label, gates },
#include "fuzz/harness/model/search.def"
#undef STEP
};

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

int smallest(const struct mspb *s, unsigned int list, unsigned int from, unsigned int end)
{
	for (unsigned int order = from; order < end; order++)
		if (s->buddies[list][order])
			return (int)order;
	return NONE;
}

static bool may_relabel(const struct request *r)
{
	return dropped(r) || (r->flags & ALLOC_NOFRAG_TAINTED_OK);
}

bool keeps_reserve(const struct mspb *s, const struct request *r)
{
	unsigned int blocks = 1u << (whole_order(r->order) - block_order());

	return kind_of(r->mt) != HAS_MOV || s->category != TAINTED || !steered(s->zone) ||
	       s->nr_free >= tainted_reserve(s) + blocks;
}

static bool has_tainted(unsigned int zone)
{
	for_each_spb(s, zone)
		if (s->category == TAINTED)
			return true;
	return false;
}

bool tainted_evidence(unsigned int zone, bool *block)
{
	bool page = false;

	*block = false;
	for_each_spb(s, zone) {
		if (s->category != TAINTED)
			continue;
		page |= s->free_pages > 0;
		*block |= s->nr_free > 0;
	}
	return page;
}

/* Optional: the tainted lists were walked, and there was a free page. */
static bool pool_bars_optional(const struct request *r)
{
	bool block;

	return (r->flags & ALLOC_HIGHORDER_OPTIONAL) && nonmovable(r->mt) && steered(r->zone) &&
	       tainted_evidence(r->zone, &block);
}

bool can_serve_smaller(unsigned int zone, unsigned int order, unsigned int mt)
{
	for_each_spb(s, zone) {
		if (s->category != TAINTED || !order)
			continue;
		if (s->has[HAS_MOV] || smallest(s, mt, 0, order) != NONE)
			return true;
		if (nonmovable(mt) && smallest(s, mt == UNMOV ? RECL : UNMOV, 0, order) != NONE)
			return true;
	}
	return false;
}

/* --- the rows --- */

enum category preferred(const struct request *r)
{
	return r->mt == MOV ? CLEAN : TAINTED;
}

static bool gates_open(const struct search_row *row, const struct request *r)
{
	unsigned int gates = row->gates;

	return (!(gates & POLICY) || steered(r->zone)) &&
	       (!(gates & RELABEL) || may_relabel(r) || !steered(r->zone)) &&
	       (!(gates & DROPPED) || dropped(r)) &&
	       (!(gates & FLOOR) || may_relabel_fragment(r)) &&
	       (!(gates & FIRST_TAINT) || dropped(r) || !has_tainted(r->zone)) &&
	       (!(gates & NOT_OPTIONAL) || !pool_bars_optional(r)) &&
	       (!(gates & CMA_ALLOWED) || (r->flags & ALLOC_CMA));
}

static bool is_open(const struct search_row *row, const struct request *r)
{
	return (row->who >> r->mt & 1) && gates_open(row, r);
}

bool row_takes_from(const struct search_row *row, const struct mspb *s, const struct request *r)
{
	if (s->category == HELD_WHOLE || ((row->gates & RESERVE) && !keeps_reserve(s, r)))
		return false;
	if (!steered(r->zone))
		return true;
	switch (row->where) {
	case PREFERRED:
		return s->category == preferred(r);
	case BY_CLASS:
		return s->category == preferred(r) || dropped(r);
	case ANYWHERE:
		return true;
	default:
		return s->category == (row->where == IN_EMPTY ? EMPTY : TAINTED);
	}
}

static uint8_t row_list(const struct search_row *row, const struct request *r)
{
	if (row->list == OTHER)
		return r->mt == UNMOV ? RECL : UNMOV;
	return row->list == OWN ? r->mt : row->list;
}

static int largest_fragment(const struct mspb *s, unsigned int list, unsigned int least)
{
	for (int order = (int)block_order() - 1; order >= (int)least; order--) {
		if (!s->buddies[list][order])
			continue;
		if (!s->partial)
			return order;
		for (uint32_t pfn = s->start; pfn < s->end; pfn++)
			if (mpage(pfn)->order == order && mpage(pfn)->list == list &&
			    !mblock(pfn)->partial)
				return order;
	}
	return NONE;
}

/* Of the buddy that is taken from this superpageblock, or NONE. */
static int row_order(const struct search_row *row, const struct mspb *s, const struct request *r)
{
	unsigned int list = row_list(row, r);
	int found = NONE;

	if (row->size == LARGEST_FRAGMENT)
		return largest_fragment(s, list, r->order);
	if (row->size == ANY_SIZE)
		return smallest(s, list, r->order, all_orders());
	if (row->size != FRAGMENT)
		found = smallest(s, list, whole_order(r->order), all_orders());
	if (row->size != WHOLE && found == NONE)
		found = smallest(s, list, r->order, block_order());
	return found;
}

bool walked_before(const struct mspb *a, const struct mspb *b)
{
	return a->fullness != b->fullness ? a->fullness < b->fullness : a->moved > b->moved;
}

uint8_t put_in_order(uint16_t *sorted, uint8_t nr, unsigned int most, const struct mspb *s,
		     bool (*before)(const struct mspb *a, const struct mspb *b))
{
	unsigned int at = nr;

	for (; at && before(s, &model.spb[sorted[at - 1]]); at--)
		if (at < most)
			sorted[at] = sorted[at - 1];
	if (at < most)
		sorted[at] = spb_number(s);
	return (uint8_t)(nr + (nr < most));
}

static bool search_row(const struct search_row *row, const struct request *r, struct pick *pick)
{
	const struct mspb *best = NULL;

	for_each_spb(s, r->zone) {
		int order;

		if ((best && !walked_before(s, best)) || !row_takes_from(row, s, r))
			continue;
		order = row_order(row, s, r);
		if (order == NONE)
			continue;
		best = s;
		*pick = (struct pick){ .spb = spb_number(s), .list = row_list(row, r),
				       .order = (uint8_t)order };
	}
	return best;
}

static bool search_fallbacks(const struct search_row *row, const struct request *r,
			     struct pick *pick)
{
	uint32_t pfn = fallback_find(r, row, NO_PFN);

	if (pfn == NO_PFN)
		return false;
	*pick = (struct pick){ .spb = mblock(pfn)->spb, .list = mpage(pfn)->list,
			       .order = mpage(pfn)->order };
	return true;
}

bool model_search(const struct request *r, struct pick *pick)
{
	for (unsigned int i = 0; i < NR_ROWS; i++) {
		const struct search_row *row = &rows[i];

		if (!is_open(row, r) ||
		    !(row->where == BY_CLASS ? search_fallbacks : search_row)(row, r, pick))
			continue;
		pick->row = (uint8_t)i;
		pick->step = row->step;
		return true;
	}
	*pick = (struct pick){ .row = NR_ROWS, .step = NR_SPB_STEPS };
	return false;
}

/* The row of a step for a request of this type, or one of another type; NULL: it serves nobody. */
static const struct search_row *row_of(unsigned int step, unsigned int mt)
{
	const struct search_row *found = NULL;

	for (unsigned int i = 0; i < NR_ROWS; i++)
		if (rows[i].step == step && (!found || (rows[i].who >> mt & 1)))
			found = &rows[i];
	return found;
}

bool step_relabels(unsigned int step, unsigned int mt)
{
	const struct search_row *row = row_of(step, mt);

	return row && row->label == CHANGES;
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

bool zone_has(unsigned int zone, unsigned int lists, unsigned int order)
{
	for_each_spb(s, zone)
		for (unsigned int list = 0; list < ISOLATED; list++)
			if ((lists >> list & 1) && smallest(s, list, order, all_orders()) != NONE)
				return true;
	return false;
}

/* Requests of high priority and order try the reserve first, other atomic ones last. */
static void check_reserve_step(const struct request *r, uint32_t head)
{
	struct pick pick = { .step = NR_SPB_STEPS };

	model_check(STEP_GATE, r->flags & (ALLOC_HIGHATOMIC | ALLOC_NON_BLOCK),
		    "the atomic reserve served a request with flags %s", said_flags(r->flags));
	model_check(PICK_LIST, mpage(head)->list == HIGHATOMIC,
		    "the atomic reserve served page %u of list %s", head,
		    said_type(mpage(head)->list));
	model_check_telling(SEARCH_ORDER,
			    (r->flags & ALLOC_HIGHATOMIC) || !model_search(r, &pick),
			    finding_missed(pick.step),
			    "the atomic reserve served order %u, type %s, flags %s; step %s has "
			    "order %u in superpageblock %u", r->order, said_type(r->mt),
			    said_flags(r->flags), said_step(pick.step), pick.order, pick.spb);
}

bool fits_pcp(unsigned int order)
{
	return model.config.pcp_batch &&
	       (order == block_order() || (order <= 3 && order < block_order()));
}

/* S17.4: with bitmaps all on one list that do are alike. */
static bool is_tie(const struct request *r, const struct search_row *row, const struct mspb *s,
		   const struct mspb *want)
{
	return model.config.chooser == SPB_CHOOSER_BITMAPS && s->category == want->category &&
	       s->fullness == want->fullness && row_takes_from(row, s, r) &&
	       row_order(row, s, r) != NONE;
}

static void check_same_step(const struct request *r, const struct pick *pick, uint32_t pfn)
{
	uint32_t head = buddy_head(pfn);
	const struct mspb *want = &model.spb[pick->spb];
	const struct search_row *row = &rows[pick->row];
	bool anywhere = !steered(r->zone) || row->where == ANYWHERE;
	int order = pick->order;

	if (mspb(pfn) != want && is_tie(r, row, mspb(pfn), want)) {
		want = mspb(pfn);
		order = row_order(row, want, r);
	}
	model_check_telling(FULLEST_FIRST, anywhere || mspb(pfn) == want,
		    finding_detail(mspb(pfn)->fullness == want->fullness ? "head" : "list"),
			    "step %s took from superpageblock %u (%s); %u (%s) comes first",
			    said_step(pick->step), mblock(pfn)->spb,
			    said_list(mspb(pfn)->category, mspb(pfn)->fullness), pick->spb,
			    said_list(want->category, want->fullness));
	model_check(PICK_LIST, mpage(head)->list == pick->list,
		    "step %s took page %u of list %s instead of %s", said_step(pick->step), pfn,
		    said_type(mpage(head)->list), said_type(pick->list));
	if (anywhere)
		return;
	model_check(PICK_ORDER,
		    row->size == LARGEST_FRAGMENT
			 ? block_has(pfn, pick->list, (unsigned int)order) && !mblock(pfn)->partial
			 : mpage(head)->order == order,
		    "step %s took page %u from a buddy of order %u instead of %d",
		    said_step(pick->step), pfn, mpage(head)->order, order);
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
	bool taints = mspb(pfn)->category != TAINTED && kind_of(r->mt) != HAS_MOV;
	const struct search_row *row = row_of(step, r->mt);
	unsigned int at = row ? (unsigned int)(row - rows) : 0;
	struct pick pick;

	if (!model_judges_search() && !rule_is_on(RULE_NEEDLESS_TAINT))
		return;
	if (step == SPB_STEP_HIGHATOMIC)
		return check_reserve_step(r, buddy_head(pfn));
	model_check(SEARCH_ORDER,
		    !(r->flags & ALLOC_HIGHATOMIC) || fits_pcp(r->order) ||
			    !zone_has(r->zone, 1u << HIGHATOMIC, r->order),
		    "step %s served order %u, flags %s; the atomic reserve has one",
		    said_step(step), r->order, said_flags(r->flags));
	model_search(r, &pick);
	if (taints && steered(r->zone))
		model_check_telling(NEEDLESS_TAINT,
			    pick.row >= at || model.spb[pick.spb].category != TAINTED,
			    finding_missed(pick.step),
				    "step %s taints superpageblock %u for order %u, type %s, "
				    "flags %s; step %s has order %u in %u", said_step(step),
				    mblock(pfn)->spb, r->order, said_type(r->mt),
				    said_flags(r->flags), said_step(pick.step), pick.order,
				    pick.spb);
	if (!model_judges_search())
		return;
	model_check_telling(SEARCH_ORDER, pick.row >= at, finding_missed(pick.step),
			    "step %s served order %u, type %s, flags %s; step %s has order %u in "
			    "superpageblock %u", said_step(step), r->order, said_type(r->mt),
			    said_flags(r->flags), said_step(pick.step), pick.order, pick.spb);
	/* That is said: of another step's pick nothing follows. */
	if (pick.row < at)
		return;
	if (row && row->where == BY_CLASS)
		return check_fallback(r, row, buddy_head(pfn), is_open(row, r));
	model_check_telling(STEP_GATE, pick.step == step,
		    tell_gate(r, pfn, row && is_open(row, r)),
			    "step %s cannot serve order %u, type %s, flags %s from page %u",
			    said_step(step), r->order, said_type(r->mt), said_flags(r->flags), pfn);
	check_same_step(r, &pick, pfn);
}

/*
 * A refill ends with a batch, or with nothing that its last step finds: it does not look again at
 * the steps before those two that a refill goes on with.
 */
void check_refill(const struct mcontext *c, const struct spb_event *e)
{
	const struct request r = { e->zone, e->order, c->mt, c->flags };
	uint32_t batch = model.config.pcp_batch >> e->order;
	struct pick pick;

	if (!c->refilled || c->refilled >= batch || !model.alone || c->vague ||
	    c->refill == SPB_STEP_CMA || c->refill == SPB_STEP_STEAL)
		return;
	model_check_telling(PCP_BATCH, !model_search(&r, &pick), finding_missed(pick.step),
			    "a refill with order %u, type %s, ends after %u entries, a batch is "
			    "%u; step %s has order %u in superpageblock %u", e->order,
			    said_type(e->mt), c->refilled, batch, said_step(pick.step), pick.order,
			    pick.spb);
}

/* --- walks over the tainted lists --- */

/*
 * What a walk over the tainted lists answers: see model.h. Other CPUs go on meanwhile, so
 * the answer is right if it was right at any moment of the call when nobody was inside a
 * section under the lock:
 *
 *   walk      ├──────────────────────────┤ no
 *   section        ├──┤       ├────┤
 *   has free  yes     ▲ yes        ▲ yes      (never "no": the answer is wrong)
 */
static void look_at(struct mwalk *walk)
{
	bool block, any = walk->order == NO_ORDER;

	walk->was[any ? tainted_evidence(walk->zone, &block)
		      : can_serve_smaller(walk->zone, walk->order, walk->mt)] = true;
}

uint8_t zone_with_memory(unsigned int n)
{
	uint8_t zone = 0;

	while (zone < MODEL_ZONES - 1 && (!model.zone[zone].managed || n--))
		zone++;
	return zone;
}

void model_walk_begin(unsigned int n, bool below_order, unsigned int order, unsigned int mt)
{
	if (!model.on)
		return;
	context()->walk = (struct mwalk){
		.active = true, .zone = zone_with_memory(n), .mt = (uint8_t)mt,
		.order = below_order ? (uint8_t)order : NO_ORDER,
	};
	model.walks++;
	look_at(&context()->walk);
}

void walks_go_on(void)
{
	for (unsigned int i = 0; model.walks && i < 2 * PROGRAM_CPUS; i++)
		if (model.context[i].walk.active)
			look_at(&model.context[i].walk);
}

void model_walk_end(bool answer)
{
	struct mwalk *walk = &context()->walk;

	if (!model.on || !walk->active)
		return;
	look_at(walk);
	walk->active = false;
	model.walks--;
	model_check(WALK_ANSWER, walk->was[answer], "%s of zone %u says %s, and that was never so",
		    walk->order == NO_ORDER ? "the walk for a free page" :
					      "the walk for a smaller request",
		    walk->zone, answer ? "yes" : "no");
}
