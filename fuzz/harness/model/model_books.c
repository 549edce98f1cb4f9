// SPDX-License-Identifier: GPL-2.0-only
/* Comparing: what follows from the pages, what was told, and what the allocator says. */
#include "fuzz/harness/model/model_state.h"
#include "fuzz/harness/text/said.h"
#include "fuzz/harness/base/run.h"

/* The superpageblock that a picture would show. */
static void about(unsigned int spb)
{
	this_run->finding.nr_spbs = 0;
	finding_spb(spb);
}

static void settle_block(struct mblock *b)
{
	uint32_t pfn = model.base + ((uint32_t)(b - model.block) << model.config.block_order);

	b->touched = false;
	about(b->spb);
	if (b->label != b->told_label || b->has != b->told_has)
		finding_page(pfn);
	model_check(MODEL_LABEL, b->label == b->told_label,
		    "pageblock at %u should be labelled %s, %s was told", pfn, said_type(b->label),
		    said_type(b->told_label));
	if (b->label != b->told_label)
		model_relabel(pfn, 1, b->told_label);
	model_check(MODEL_CONTENT, b->has == b->told_has,
		    "the pageblock at %u should count as having %s, %s was told", pfn,
		    said_contents(b->has), said_contents(b->told_has));
}

static void compare_view(const struct mspb *s, unsigned int i)
{
	struct model_spb_view v;

	model.view(i, &v);
	model_check(MODEL_BOOKS, v.total == s->total && v.reserved == s->reserved,
		    "superpageblock %u: %u pageblocks, %u reserved; the model has %u, %u", i,
		    v.total, v.reserved, s->total, s->reserved);
	model_check(MODEL_BOOKS, v.nr_free == s->nr_free && v.free_pages == s->free_pages,
		    "superpageblock %u: %u free pageblocks, %u free pages; the model has %u, %u", i,
		    v.nr_free, v.free_pages, s->nr_free, s->free_pages);
	model_check(MODEL_BOOKS,
		    v.nr_unmovable == s->has[HAS_UNMOV] && v.nr_reclaimable == s->has[HAS_RECL] &&
			    v.nr_movable == s->has[HAS_MOV],
		    "superpageblock %u: U %u, R %u, M %u; the model has %u, %u, %u", i,
		    v.nr_unmovable, v.nr_reclaimable, v.nr_movable, s->has[HAS_UNMOV],
		    s->has[HAS_RECL], s->has[HAS_MOV]);
	model_check(MODEL_BOOKS,
		    v.category == s->category &&
			    (s->category >= EMPTY || v.fullness == s->fullness),
		    "superpageblock %u is %s; in the model %s", i,
		    said_list(v.category, v.fullness), said_list(s->category, s->fullness));
}

static void settle_spb(struct mspb *s)
{
	unsigned int i = (unsigned int)(s - model.spb);
	uint8_t category, fullness;

	s->touched = false;
	derive_category(s, &category, &fullness);
	about(i);
	model_check(MODEL_LIST, s->told_category == category && s->told_fullness == fullness,
		    "superpageblock %u should be on the list \"%s\", \"%s\" was told", i,
		    said_list(category, fullness), said_list(s->told_category, s->told_fullness));
	model_check(MODEL_TAINT, s->told_tainted == (category == TAINTED),
		    "superpageblock %u is %s: %s was told", i, said_category(category),
		    s->told_tainted ? "taint" : "untaint");
	if (model.view)
		compare_view(s, i);
}

void check_books_taken(const struct spb_event *e)
{
	const struct mspb *s = mspb(e->pfn);
	struct model_spb_view v;

	if (!model.view || !this_run->options.close)
		return;
	model.view(mblock(e->pfn)->spb, &v);
	model_check(MODEL_BOOKS, v.free_pages + (1u << e->order) == s->free_pages,
		    "superpageblock %u: %u free pages after order %u was taken; the model has %u",
		    mblock(e->pfn)->spb, v.free_pages, e->order, s->free_pages);
}

/* An evacuation may still be under way, whose scan is to come. */
void model_settle_section(void)
{
	if (!model.on)
		return;
	for (uint32_t i = 0; i < model.nr_touched_blocks; i++)
		settle_block(&model.block[model.touched_blocks[i]]);
	for (uint32_t i = 0; i < model.nr_touched_spbs; i++)
		settle_spb(&model.spb[model.touched_spbs[i]]);
	model.nr_touched_blocks = model.nr_touched_spbs = 0;
	this_run->finding.nr_spbs = 0;
}

void model_settle(void)
{
	if (!model.on)
		return;
	model_settle_section();
	for (uint32_t i = 0; i < model.nr_evacuated_blocks; i++)
		model.block[model.evacuated_blocks[i]].evacuated = false;
	model.nr_evacuated_blocks = 0;
}

/* --- everything --- */

static enum page_state state_of(const struct mpage *p)
{
	static const enum page_state states[] = {
		[M_NONE] = PAGE_NONE,	   [M_FREE] = PAGE_BUDDY, [M_PCP] = PAGE_PCP,
		[M_USED] = PAGE_ALLOCATED, [M_HELD] = PAGE_HELD,
	};

	return states[p->state];
}

/* Only while the rule is on. */
static void compare_run(const struct page_run *run)
{
	for (uint32_t pfn = run->pfn; pfn < run->pfn + run->pages && mpage_valid(pfn); pfn++)
		model_must(MODEL_MAP,
			   state_of(mpage(pfn)) == run->state || run->state == PAGE_HELD,
			   "page %u: state %u, the model has %u", pfn, run->state,
			   state_of(mpage(pfn)));
	if (run->state == PAGE_BUDDY)
		model_must(MODEL_MAP, mpage(run->pfn)->order == run->order,
			   "free buddy at %u: order %u, the model has %u", run->pfn, run->order,
			   mpage(run->pfn)->order);
	if (run->state == PAGE_ALLOCATED)
		model_must(MODEL_MAP, kind_of(run->type) == kind_of(mpage(run->pfn)->type),
			   "page %u is %s, in the model %s", run->pfn, said_type(run->type),
			   said_type(mpage(run->pfn)->type));
}

void model_full(const struct allocator_queries *queries)
{
	struct page_run run;

	if (!model.on)
		return;
	model_settle();
	for (unsigned int i = 0; i < model.nr_spbs; i++)
		settle_spb(&model.spb[i]);
	if (!rule_is_on(RULE_MODEL_MAP))
		return;
	for (uint32_t pfn = queries->min_pfn(); pfn < queries->max_pfn(); pfn += run.pages) {
		queries->run_at(pfn, &run);
		compare_run(&run);
	}
}
