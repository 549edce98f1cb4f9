// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contiguous requests: which superpageblock they take, and how they empty one.
 *
 *   an empty one, nearest to the head of its list; else, of the clean ones, those with least
 *   in them, one after the other:
 *
 *   isolate all of it ─▶ evacuate what is not free ─▶ all free: held
 *                                  └── something stays ─▶ released, the next one
 *
 * Another operation under way may change each of these meanwhile: then nothing is said.
 */
#include "fuzz/harness/model/model_check.h"

static uint32_t spb_pages(void)
{
	return (uint32_t)model.config.pageblocks_per_spb << model.config.block_order;
}

/* S12.3: without it the zone is still at its min watermark. */
static bool spares_one(const struct mzone *zone)
{
	return zone->pages[UNMOV] + zone->pages[MOV] + zone->pages[RECL] >=
	       spb_pages() + zone->wmark[0];
}

/* All of it is memory of the zone, labelled movable and not isolated. */
static bool may_be_held(const struct mspb *s)
{
	if (s->end - s->start != spb_pages() || s->reserved || s->partial ||
	    !spares_one(&model.zone[s->zone]))
		return false;
	for (uint32_t pfn = s->start; pfn < s->end; pfn += block_pages())
		if (list_of(pfn) != MOV)
			return false;
	return true;
}

static bool is_candidate(const struct mspb *s)
{
	return s->category == CLEAN && may_be_held(s);
}

static uint32_t used_pages(const struct mspb *s)
{
	return spb_pages() - s->free_pages;
}

/* Less to move comes first; of equals, what the walk of the lists finds first. */
static bool tried_before(const struct mspb *a, const struct mspb *b)
{
	return used_pages(a) != used_pages(b) ? used_pages(a) < used_pages(b) :
						walked_before(a, b);
}

static void choose(struct mcontig *contig)
{
	if (contig->chosen)
		return;
	contig->chosen = true;
	contig->empty = SPB_NO_SPB;
	contig->nr = contig->tried = 0;
	for_each_spb(s, contig->zone) {
		if (is_candidate(s))
			contig->nr = put_in_order(contig->tries, contig->nr, CONTIG_TRIES, s,
						  tried_before);
		if (s->category == EMPTY && s->nr_free == s->total && may_be_held(s) &&
		    (contig->empty == SPB_NO_SPB || s->moved > model.spb[contig->empty].moved))
			contig->empty = spb_number(s);
	}
}

/* The request under way here, when what it does can be foretold. */
static struct mcontig *contig_now(void)
{
	struct mcontig *contig = &context()->contig;

	if (!contig->asked || !model.alone || !rule_is_on(RULE_CONTIG_CHOICE))
		return NULL;
	choose(contig);
	return contig;
}

/* What it works on: the last that was tried. */
static uint16_t current(const struct mcontig *contig)
{
	return contig->tried ? contig->tries[contig->tried - 1] : SPB_NO_SPB;
}

/* Candidates that are none any more are passed over. */
static uint16_t next_try(struct mcontig *contig)
{
	while (contig->tried < contig->nr)
		if (is_candidate(&model.spb[contig->tries[contig->tried++]]))
			return current(contig);
	return SPB_NO_SPB;
}

static uint32_t first_unfree(const struct mspb *s)
{
	for (uint32_t pfn = s->start; pfn < s->end; pfn += block_pages())
		if (!all_free(pfn))
			return pfn;
	return NO_PFN;
}

static bool is_emptied(const struct mcontig *contig)
{
	return contig->tried && first_unfree(&model.spb[current(contig)]) == NO_PFN;
}

void check_contig_take(const struct spb_event *e)
{
	struct mcontig *contig = contig_now();
	uint32_t want;

	if (!contig)
		return;
	want = contig->empty == SPB_NO_SPB ? current(contig) : contig->empty;
	model_check(CONTIG_CHOICE, e->spb == want,
		    "superpageblock %u is held, number %u is empty, or was emptied", e->spb, want);
}

void check_contig_isolation(const struct spb_event *e, bool on)
{
	struct mcontext *c = context();
	struct mcontig *contig = contig_now();
	const struct mspb *s = mspb(e->pfn);

	/* Whatever others do meanwhile: each release of a request is of an isolation of its own. */
	model_check(CONTIG_ISOLATION, on || !c->contig.asked || c->isolated > 0,
		    "the pageblock at %u is released, nothing that this request isolated is left",
		    e->pfn);
	if (!contig)
		return;
	if (on && !c->isolated)
		model_check(CONTIG_CHOICE,
			    contig->empty == SPB_NO_SPB && !is_emptied(contig) &&
				    next_try(contig) == e->spb,
			    "superpageblock %u is to be emptied: number %u is empty, %u is next",
			    e->spb, contig->empty, current(contig));
	if (on)
		model_check(CONTIG_CHOICE,
			    e->spb == current(contig) &&
				    e->pfn == s->start + (uint32_t)c->isolated * block_pages(),
			    "the pageblock at %u is isolated, %d of superpageblock %u are", e->pfn,
			    c->isolated, current(contig));
	else if (!contig->releases)
		model_check(CONTIG_CHOICE,
			    c->isolated == s->total &&
				    (is_emptied(contig) || first_unfree(s) == c->leaving),
			    "superpageblock %u is given up, %d pageblocks were isolated, %u was "
			    "evacuated last, %u is not free",
			    e->spb, c->isolated, c->leaving, first_unfree(s));
	model_check(CONTIG_CHOICE, on || e->spb == current(contig),
		    "the pageblock at %u is released, superpageblock %u was isolated", e->pfn,
		    current(contig));
	contig->releases = !on;
}

void check_contig_block(const struct spb_event *e)
{
	const struct mcontext *c = context();
	struct mcontig *contig = contig_now();
	const struct mspb *s = mspb(e->pfn);

	if (!contig)
		return;
	model_check(CONTIG_CHOICE,
		    e->spb == current(contig) && c->isolated == s->total &&
			    first_unfree(s) == e->pfn && c->leaving != e->pfn,
		    "the pageblock at %u is evacuated, %d of superpageblock %u are isolated, %u is "
		    "the first that is not free",
		    e->pfn, c->isolated, current(contig), first_unfree(s));
}

void model_contig_begin(unsigned int n)
{
	struct mcontext *c = context();

	begin_moves(c);
	c->isolated = 0;
	c->contig.asked = true;
	c->contig.chosen = c->contig.releases = false;
	c->contig.zone = zone_with_memory(n);
}

void model_contig_end(uint32_t pfn)
{
	struct mcontext *c = context();
	struct mcontig *contig;

	if (!model.on)
		return;
	/* Others may have released what it isolated. */
	model_check(CONTIG_ISOLATION, !model.alone || !c->isolated,
		    "%d pageblocks more are isolated than before", c->isolated);
	leave_block(c);
	contig = contig_now();
	c->contig.asked = false;
	if (!contig)
		return;
	if (pfn == NO_PFN)
		model_check(CONTIG_CHOICE,
			    contig->empty == SPB_NO_SPB && !is_emptied(contig) &&
				    next_try(contig) == SPB_NO_SPB,
			    "nothing was held: superpageblock %u is empty, %u is or may be emptied",
			    contig->empty, current(contig));
	else
		model_check(CONTIG_CHOICE, mspb(pfn)->held && mspb(pfn)->start == pfn,
			    "page %u is no superpageblock that was held", pfn);
}
