// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last two steps of a search, claim and steal: buddies of other lists. Which one a step
 * takes is partly left to it, so this names what it may take and what it must not pass over.
 */
#include "fuzz/harness/model/model_check.h"

static const uint8_t fallbacks[3][2] = {
	[UNMOV] = { RECL, MOV },
	[MOV] = { RECL, UNMOV },
	[RECL] = { UNMOV, MOV },
};

/* S4.29 */
static unsigned int search_class(const struct mspb *s, const struct request *r)
{
	return s->category == EMPTY ? 2 : s->category != preferred(r);
}

/*
 * At least half of the pageblock is free or alike. Per-CPU pages may count either way, and so
 * may what another CPU is about to free: its page is movable no more before the event says so.
 */
static bool half_alike(uint32_t pfn, const struct request *r, unsigned int list, bool strict)
{
	const struct mblock *b = mblock(pfn);
	unsigned int alike = 0;

	if (!model.alone)
		return !strict;
	if (r->mt == MOV)
		alike = b->used[HAS_MOV];
	else if (list == MOV)
		alike = block_pages() - b->free - b->used[HAS_MOV] - (strict ? b->pcp : 0);
	return b->free + alike + (r->mt == MOV && !strict ? b->pcp : 0) >= block_pages() / 2;
}

/*
 * May this step take from the free buddy at @pfn? @strict: as sure as the documents are, to
 * say that the step must; otherwise that it can.
 */
static bool fallback_ok(const struct request *r, const struct search_row *row, uint32_t pfn,
			bool strict)
{
	unsigned int order = mpage(pfn)->order, list = mpage(pfn)->list;
	bool mixes = nonmovable(r->mt) && nonmovable(list);

	if (order < r->order || (list != fallbacks[r->mt][0] && list != fallbacks[r->mt][1]))
		return false;
	if (!row_takes_from(row, mspb(pfn), r))
		return false;
	if (row->size != TO_FLOOR)
		return !mixes;
	if (order >= block_order())
		return true;
	if (r->mt == MOV && order < block_order() / 2)
		return false;
	return may_relabel_fragment(r) && !mixes && !mblock(pfn)->partial &&
	       half_alike(pfn, r, list, strict);
}

/* The first free buddy of @s from @pfn on, or NO_PFN. Most pageblocks have none. */
static uint32_t next_buddy(const struct mspb *s, uint32_t pfn)
{
	for (; pfn < s->end; pfn++) {
		if (mpage(pfn)->order != NO_ORDER)
			return pfn;
		if (pfn == block_start(pfn) && !mblock(pfn)->free)
			pfn += block_pages() - 1;
	}
	return NO_PFN;
}

/* Which buddy of a list is looked at is not said: all of them must do. */
static bool list_ok(const struct request *r, const struct search_row *row, uint32_t pfn)
{
	const struct mspb *s = mspb(pfn);
	const struct mpage *p = mpage(pfn);

	if (row->size != TO_FLOOR || p->order >= block_order())
		return true;
	for (uint32_t i = next_buddy(s, s->start); i != NO_PFN; i = next_buddy(s, i + 1))
		if (mpage(i)->order == p->order && mpage(i)->list == p->list &&
		    !fallback_ok(r, row, i, true))
			return false;
	return true;
}

/* Would the walk have come to buddy @a before buddy @b, whichever way it nests? */
static bool dominates(uint32_t a, uint32_t b, const struct request *r,
		      const struct search_row *row)
{
	const struct mspb *sa = mspb(a), *sb = mspb(b);
	int size = mpage(a)->order - mpage(b)->order, class = 0, fullness = 0;

	if (row->size != TO_FLOOR)
		size = -size;
	if (steered(r->zone)) {
		class = (int)search_class(sb, r) - (int)search_class(sa, r);
		fullness = class ? 0 : (int)sb->fullness - (int)sa->fullness;
	}
	return size >= 0 && class >= 0 && fullness >= 0 && (size || class || fullness);
}

/* Has it any buddy that a fallback looks at? */
static bool has_fallback(const struct mspb *s, const struct request *r)
{
	for (unsigned int i = 0; i < 2; i++)
		if (smallest(s, fallbacks[r->mt][i], r->order, all_orders()) != NONE)
			return true;
	return false;
}

uint32_t fallback_find(const struct request *r, const struct search_row *row, uint32_t over)
{
	for_each_spb(s, r->zone) {
		if (!row_takes_from(row, s, r) || !has_fallback(s, r))
			continue;
		for (uint32_t pfn = next_buddy(s, s->start); pfn != NO_PFN;
		     pfn = next_buddy(s, pfn + 1))
			if (fallback_ok(r, row, pfn, true) &&
			    (over == NO_PFN || dominates(pfn, over, r, row)) &&
			    list_ok(r, row, pfn))
				return pfn;
	}
	return NO_PFN;
}

void check_fallback(const struct request *r, const struct search_row *row, uint32_t head,
		    bool open)
{
	uint32_t better;
	bool can = false;

	/* What was relabelled may be served from any buddy of its pageblock. */
	if (row->label == CHANGES && mpage(head)->order < block_order()) {
		for (uint32_t pfn = block_start(head); pfn < block_start(head) + block_pages();
		     pfn++)
			if (mpage(pfn)->order != NO_ORDER && fallback_ok(r, row, pfn, false) &&
			    (!can || mpage(pfn)->order > mpage(head)->order)) {
				can = true;
				head = pfn;
			}
	} else {
		can = fallback_ok(r, row, head, false);
	}
	model_check_telling(STEP_GATE, open && can, tell_gate(r, head, open),
			    "step %s took from page %u (list %s, order %u) for order %u, type %s, "
			    "flags %s", said_step(row->step), head, said_type(mpage(head)->list),
			    mpage(head)->order, r->order, said_type(r->mt), said_flags(r->flags));
	better = fallback_find(r, row, head);
	model_check(FULLEST_FIRST, better == NO_PFN,
		    "step %s took from page %u (order %u); the one at %u (order %u) comes first",
		    said_step(row->step), head, mpage(head)->order, better,
		    better == NO_PFN ? 0u : mpage(better)->order);
}
