// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model's own state: pages, buddies, what follows from them, and whether that is what was told.
 * How events change it is in model_event.c, what may be served in model_search.c, watermarks and
 * refusals in model_zone.c, what a request may have in model_request.c.
 */
#include "fuzz/harness/model/model_check.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"

PROGRAM_STATE struct model model;

/* --- pages and buddies --- */

void model_touch(uint32_t pfn)
{
	struct mblock *b = mblock(pfn);
	struct mspb *s = &model.spb[b->spb];

	if (!b->touched) {
		b->touched = true;
		model.touched_blocks[model.nr_touched_blocks++] = (uint16_t)(b - model.block);
	}
	if (!s->touched) {
		s->touched = true;
		model.touched_spbs[model.nr_touched_spbs++] = b->spb;
	}
}

/* The count of its pageblock that a page is in. */
static uint16_t *page_count(struct mblock *b, const struct mpage *p)
{
	if (p->state == PAGE_BUDDY)
		return &b->free;
	return p->state == PAGE_PCP ? &b->pcp : &b->used[kind_of(p->type)];
}

void model_set_pages(uint32_t pfn, unsigned int order, enum page_state state, unsigned int type)
{
	for (uint32_t i = pfn; i < pfn + (1u << order); i++) {
		struct mblock *b = mblock(i);
		struct mpage *p = mpage(i);
		struct mspb *s = &model.spb[b->spb];
		uint16_t *old = page_count(b, p);

		s->nr_free = (uint16_t)(s->nr_free - all_free(i));
		*old = (uint16_t)(*old - (*old > 0));
		s->free_pages += (state == PAGE_BUDDY) - (p->state == PAGE_BUDDY);
		model.zone[s->zone].pcp += (state == PAGE_PCP) - (p->state == PAGE_PCP);
		p->state = (uint8_t)state;
		p->type = (uint8_t)type;
		++*page_count(b, p);
		s->nr_free = (uint16_t)(s->nr_free + all_free(i));
		model_touch(i);
	}
}

uint32_t buddy_head(uint32_t pfn)
{
	for (unsigned int order = 0; order <= model.config.max_order; order++) {
		uint32_t head = pfn & ~((1u << order) - 1);

		if (!mpage_valid(head))
			break;
		if (mpage(head)->order == order)
			return head;
	}
	return NO_PFN;
}

static void add_buddy(uint32_t pfn, unsigned int order)
{
	struct mpage *p = mpage(pfn);

	p->order = (uint8_t)order;
	p->list = list_of(pfn);
	mspb(pfn)->buddies[p->list][order]++;
	model.zone[mspb(pfn)->zone].pages[p->list] += 1u << order;
}

static void del_buddy(uint32_t pfn)
{
	struct mpage *p = mpage(pfn);

	mspb(pfn)->buddies[p->list][p->order]--;
	model.zone[mspb(pfn)->zone].pages[p->list] -= 1u << p->order;
	p->order = NO_ORDER;
}

/* Cut a buddy down to one of @order that holds @pfn; the other halves stay free. */
static void split_to(uint32_t head, uint32_t pfn, unsigned int order)
{
	unsigned int now = mpage(head)->order;

	del_buddy(head);
	while (now > order) {
		uint32_t half = 1u << --now;
		bool upper = pfn - head >= half;

		add_buddy(upper ? head : head + half, now);
		head += upper ? half : 0;
	}
	add_buddy(head, order);
}

static void merge_free(uint32_t pfn, unsigned int order);

void model_relabel(uint32_t pfn, uint32_t pages, unsigned int mt)
{
	unsigned int old = mblock(pfn)->label, head_order;

	for (uint32_t b = block_start(pfn); b < pfn + pages; b += block_pages()) {
		mblock(b)->label = (uint8_t)mt;
		model_touch(b);
		for (uint32_t i = b; i < b + block_pages(); i++) {
			unsigned int order = mpage(i)->order;

			if (order == NO_ORDER)
				continue;
			del_buddy(i);
			add_buddy(i, order);
		}
	}
	/* What was a reserve of its own can merge from now on. */
	head_order = mpage(block_start(pfn))->order;
	if (old != HIGHATOMIC || mt == HIGHATOMIC || head_order == NO_ORDER ||
	    head_order < model.config.block_order)
		return;
	del_buddy(block_start(pfn));
	merge_free(block_start(pfn), head_order);
}

static bool may_merge(uint32_t pfn, uint32_t buddy, unsigned int order)
{
	uint8_t a, b;

	if (!mpage_valid(buddy) || mpage(buddy)->order != order ||
	    mblock(buddy)->spb != mblock(pfn)->spb)
		return false;
	if (order < model.config.block_order)
		return true;
	a = list_of(pfn);
	b = list_of(buddy);
	if (a == ISOLATED || b == ISOLATED)
		return false;
	return a == b || (a < HIGHATOMIC && b < HIGHATOMIC);
}

/* Free pages, in no buddy yet, become one and merge. */
static void merge_free(uint32_t pfn, unsigned int order)
{
	uint8_t label = mblock(pfn)->label;

	while (order < model.config.max_order) {
		uint32_t buddy = pfn ^ (1u << order);

		if (!may_merge(pfn, buddy, order))
			break;
		del_buddy(buddy);
		if (order >= model.config.block_order && !model.labels_told)
			model_relabel(buddy, 1u << order, label);
		pfn &= ~(1u << order);
		order++;
	}
	add_buddy(pfn, order);
}

/* --- what follows from the pages --- */

void model_set_content(uint32_t pfn, enum content content, bool on)
{
	struct mblock *b = mblock(pfn);
	struct mspb *s = &model.spb[b->spb];
	bool was = b->has >> content & 1;

	s->has[content] = (uint16_t)(s->has[content] + on - was);
	b->has = (uint8_t)(b->has & ~(1u << content)) | (uint8_t)((unsigned int)on << content);
}

uint16_t tainted_reserve(const struct mspb *s)
{
	uint16_t share =
		s->total / (model.tunables.reserve_divisor ? model.tunables.reserve_divisor : 1);

	return share > model.tunables.reserve_min ? share : model.tunables.reserve_min;
}

static uint8_t category_of(const struct mspb *s)
{
	if (s->held)
		return HELD_WHOLE;
	if (s->has[HAS_UNMOV] || s->has[HAS_RECL])
		return TAINTED;
	return s->has[HAS_MOV] ? CLEAN : EMPTY;
}

/* From 0, full, to 4; what is empty or held as a whole has 0, too. */
static uint8_t fullness_of(const struct mspb *s)
{
	unsigned int usable = s->total - s->reserved, used = usable - s->nr_free;

	if (s->category >= EMPTY || !s->nr_free)
		return 0;
	return used * 4 >= usable * 3 ? 1 : used * 2 >= usable ? 2 : used * 4 >= usable ? 3 : 4;
}

/* Content came or went: an untainted superpageblock keeps no non-movable label. */
void model_follow(struct mspb *s)
{
	uint8_t before = s->category;

	s->category = category_of(s);
	s->fullness = fullness_of(s);
	if (before != TAINTED || s->category == TAINTED || model.labels_told)
		return;
	for (uint32_t b = block_start(s->start); b < s->end; b += block_pages())
		if (mblock(b)->label != MOV && mblock(b)->label != CMA)
			model_relabel(b, block_pages(), MOV);
}

void model_put(uint32_t pfn, unsigned int order)
{
	unsigned int chunk = order < model.config.block_order ? order : model.config.block_order;

	/* Labels may differ from pageblock to pageblock: S3.8. */
	for (uint32_t b = pfn; b < pfn + (1u << order); b += 1u << chunk) {
		model_set_pages(b, chunk, PAGE_BUDDY, 0);
		merge_free(b, chunk);
		for (unsigned int content = 0; all_free(b) && content < NR_CONTENTS; content++)
			model_set_content(b, content, false);
	}
	model_follow(mspb(pfn));
}

void model_take(uint32_t pfn, unsigned int order, unsigned int mt, enum page_state state)
{
	split_to(buddy_head(pfn), pfn, order);
	del_buddy(pfn);
	model_set_pages(pfn, order, state, mt);
	for (uint32_t b = block_start(pfn); b < pfn + (1u << order); b += block_pages())
		if (state != PAGE_HELD)
			model_set_content(b, kind_of(mt), true);
	model_follow(mspb(pfn));
}

/* Its free pages change lists; what spans it is cut, and merges again afterwards. */
void model_isolate(uint32_t first, bool on)
{
	unsigned int order = model.config.block_order;
	uint32_t head = buddy_head(first);

	if (head != NO_PFN && mpage(head)->order > order)
		split_to(head, first, order);
	mblock(first)->isolated = on;
	model_relabel(first, 1, mblock(first)->label);
	if (on || mpage(first)->order != order)
		return;
	del_buddy(first);
	merge_free(first, order);
}

/* --- comparing: what follows from the pages, what was told, what the allocator says --- */

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
	model_check(MODEL_BOOKS, v.nr_free == s->nr_free && v.free_pages == s->free_pages,
		    "superpageblock %u: %u free pageblocks, %u free pages; the model has %u, %u", i,
		    v.nr_free, v.free_pages, s->nr_free, s->free_pages);
	model_check(MODEL_BOOKS,
		    v.nr_unmovable == s->has[HAS_UNMOV] && v.nr_reclaimable == s->has[HAS_RECL] &&
			    v.nr_movable == s->has[HAS_MOV],
		    "superpageblock %u: U %u, R %u, M %u; the model has %u, %u, %u", i,
		    v.nr_unmovable, v.nr_reclaimable, v.nr_movable, s->has[HAS_UNMOV],
		    s->has[HAS_RECL], s->has[HAS_MOV]);
}

static void settle_spb(struct mspb *s)
{
	unsigned int i = spb_number(s);

	s->touched = false;
	about(i);
	model_check(MODEL_LIST, s->told_list == list_number(s),
		    "superpageblock %u should be on the list \"%s\", \"%s\" was told", i,
		    said_list(s->category, s->fullness),
		    said_list(s->told_list / 5, s->told_list % 5));
	model_check(MODEL_TAINT, s->told_tainted == (s->category == TAINTED),
		    "superpageblock %u is %s: %s was told", i, said_category(s->category),
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
static void compare_touched(void)
{
	for (uint32_t i = 0; i < model.nr_touched_blocks; i++)
		settle_block(&model.block[model.touched_blocks[i]]);
	for (uint32_t i = 0; i < model.nr_touched_spbs; i++)
		settle_spb(&model.spb[model.touched_spbs[i]]);
	model.nr_touched_blocks = model.nr_touched_spbs = 0;
	this_run->finding.nr_spbs = 0;
}

void model_section(bool alone)
{
	if (!model.on)
		return;
	walks_go_on();
	if (alone)
		compare_touched();
}

void model_settle(void)
{
	if (!model.on)
		return;
	compare_touched();
	model.operation++;
}

/* --- everything --- */

/* Only while the rule is on. */
static void compare_run(const struct page_run *run)
{
	for (uint32_t pfn = run->pfn; pfn < run->pfn + run->pages && mpage_valid(pfn); pfn++)
		model_must(MODEL_MAP,
			   mpage(pfn)->state == run->state || run->state == PAGE_HELD,
			   "page %u: state %u, the model has %u", pfn, run->state,
			   mpage(pfn)->state);
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

/* --- rules that are switched off --- */

bool model_judges_search(void)
{
	return rule_is_on(RULE_SEARCH_ORDER) || rule_is_on(RULE_STEP_GATE) ||
	       rule_is_on(RULE_FULLEST_FIRST) || rule_is_on(RULE_PICK_LIST) ||
	       rule_is_on(RULE_PICK_ORDER);
}

void model_pass_over(enum rule_id rule)
{
	switch (rule) {
	case RULE_REQUEST_FLAGS:
	case RULE_REQUEST_STAGE:
	case RULE_CALLER_REQUEST:
	case RULE_ZONE_ORDER:
		context()->vague = true;
		break;
	default:
		break;
	}
}

void model_context(unsigned int cpu, unsigned int level, bool alone)
{
	model.now = (uint8_t)(2 * cpu + level);
	model.alone = alone;
}

void model_stored(uint8_t content)
{
	model.stored = content;
}

void model_tuning(bool begins)
{
	model.tuning = (uint8_t)(begins ? model.tuning + 1 : model.tuning - 1);
	for (unsigned int i = 0; i < 2 * PROGRAM_CPUS; i++)
		model.context[i].vague = model.context[i].tuned = true;
}
