// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that are given back one by one or together, references that others have to them, and frees
 * of what nobody holds.
 *
 *     held ──hold──▶ held, looked at ──unhold──▶ held
 *                        │
 *                      freed ──▶ left: the first page, or all of a compound one ──unhold──▶ free
 */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/adapter.h"
#include "fuzz/kernel/watch.h"
#include "shim/shim.h"
#include "spb/event.h"

#define MAX_REFERENCES 64
/* Of so many pages one is looked at by somebody else while it is freed, as walks over the memory
 * map and caches of pages do. */
#define LOOKED_AT 12
/* Of bad pages the kernel says 60 in a minute. */
#define MAX_SAID 30

/**
 * struct reference - somebody's who does not free
 * @order: what stays when the owner frees; 0 but for a compound page
 * @left: the owner has freed it
 */
struct reference {
	uint32_t owner, pfn;
	unsigned int order;
	bool left;
};

/* The oldest first. */
static PROGRAM_STATE struct reference references[MAX_REFERENCES];
static PROGRAM_STATE unsigned int nr_references;
static PROGRAM_STATE unsigned int nr_said;
/* What a CPU, or an interrupt on it, lets go of: 1 + the page, which has the reference still. */
static PROGRAM_STATE uint32_t let_go[PROGRAM_CPUS][NR_CONTEXTS];

void kernel_refs_begin(void)
{
	nr_references = 0;
	nr_said = 0;
	memset(let_go, 0, sizeof(let_go));
}

/* The oldest to that page: it stands for it where pages are counted. */
static const struct reference *reference_to(uint32_t pfn)
{
	for (unsigned int i = 0; i < nr_references; i++)
		if (references[i].pfn == pfn)
			return &references[i];
	return NULL;
}

static int count_of(uint32_t pfn)
{
	int count = 0;

	for (unsigned int i = 0; i < nr_references; i++)
		count += references[i].pfn == pfn;
	return count;
}

bool kernel_is_looked_at(uint32_t pfn)
{
	for (unsigned int i = 0; i < PROGRAM_CPUS * NR_CONTEXTS; i++)
		if (let_go[i / NR_CONTEXTS][i % NR_CONTEXTS] == pfn + 1)
			return true;
	return reference_to(pfn);
}

bool kernel_left_at(uint32_t pfn, unsigned int *order)
{
	const struct reference *reference = reference_to(pfn);

	if (!reference || !reference->left)
		return false;
	*order = reference->order;
	return true;
}

uint32_t kernel_left_in(uint32_t start, uint32_t end)
{
	uint32_t pages = 0;

	for (unsigned int i = 0; i < nr_references; i++) {
		const struct reference *reference = &references[i];

		uint32_t behind = reference->pfn + (1u << reference->order);

		/* A large page that only reaches into the range is not moved, either. */
		if (reference->left && reference->pfn < end && behind > start &&
		    reference_to(reference->pfn) == reference)
			pages += 1u << reference->order;
	}
	return pages;
}

static void check(const struct reference *reference)
{
	int expected = count_of(reference->pfn) + !reference->left;
	struct kb_page page;
	unsigned int order;

	if (this_run->concurrent)
		return;
	looked(REFERENCE_KEPT);
	if (!kb_page(reference->pfn, &page) || page.state != KB_PAGE_OTHER ||
	    kernel_is_on_pcp(reference->pfn, page.zone, &order))
		rule_broken(REFERENCE_KEPT, "page %u is free, and somebody has a reference to it",
			    reference->pfn);
	else if (page.refcount != expected)
		rule_broken(REFERENCE_KEPT, "page %u has %d references, not %d", reference->pfn,
			    page.refcount, expected);
}

void kernel_refs_check(void)
{
	for (unsigned int i = 0; i < nr_references; i++)
		check(&references[i]);
}

void kernel_hold(uint32_t owner, uint32_t pfn)
{
	struct kernel_call before;
	struct kb_page page;

	if (nr_references == MAX_REFERENCES || !kb_page(pfn, &page))
		return;
	references[nr_references++] = (struct reference){
		.owner = owner, .pfn = pfn, .order = page.compound_head ? page.compound_order : 0,
	};
	before = kernel_enter(false, false);
	kb_hold(pfn);
	kernel_leave(before);
}

void kernel_unhold(uint32_t owner)
{
	unsigned int n = nr_references;
	struct reference reference;
	struct kernel_call before;
	uint32_t *going = &let_go[shim_this->cpu][host_in_irq() ? CONTEXT_IRQ : CONTEXT_TASK];

	while (n && references[n - 1].owner != owner)
		n--;
	if (!n)
		return;
	reference = references[n - 1];
	check(&reference);
	memmove(&references[n - 1], &references[n], (nr_references - n) * sizeof(reference));
	nr_references--;
	*going = reference.pfn + 1;
	before = kernel_enter(false, false);
	kb_unhold(reference.pfn);
	kernel_leave(before);
	*going = 0;
}

/* Its owner has freed it. */
static void was_freed(uint32_t pfn)
{
	for (unsigned int i = 0; i < nr_references; i++) {
		if (references[i].pfn != pfn)
			continue;
		references[i].left = true;
		check(&references[i]);
	}
}

/* --- right frees --- */

/* Somebody has a reference to some of them for a while: @look takes it, or lets go of it. */
static void look_at_some(const uint32_t *pfns, uint32_t nr, void (*look)(uint32_t pfn))
{
	for (uint32_t i = 0; i < nr; i++)
		if (pfns[i] % LOOKED_AT == 0)
			look(pfns[i]);
}

static void free_one(uint32_t pfn, unsigned int order)
{
	kernel_watch_frees(&pfn, 1);
	look_at_some(&pfn, 1, kb_hold);
	kb_free(pfn, order);
	look_at_some(&pfn, 1, kb_unhold);
	kernel_watch_freed(&pfn, 1, 1u << order);
}

static void free_together(const uint32_t *pfns, uint32_t nr, uint32_t pages)
{
	kernel_watch_frees(pfns, nr);
	look_at_some(pfns, nr, kb_hold);
	kb_free_batch(pfns, nr);
	look_at_some(pfns, nr, kb_unhold);
	kernel_watch_freed(pfns, nr, pages);
}

/* As whoever split them would. */
static void free_pieces(uint32_t pfn, uint32_t pages)
{
	uint32_t pfns[KB_BATCH], nr = 0;

	for (uint32_t i = 0; i < pages; i++) {
		pfns[nr++] = pfn + i;
		if (nr < KB_BATCH && i + 1 < pages)
			continue;
		free_together(pfns, nr, nr);
		nr = 0;
	}
}

void kernel_free(uint32_t pfn, unsigned int order)
{
	bool split = kernel_noted(pfn) & NOTE_SPLIT;
	struct kernel_call before;

	kernel_given_back(pfn, order);
	kernel_page_acquire(pfn);
	before = kernel_enter(false, false);
	if (split)
		free_pieces(pfn, 1u << order);
	else
		free_one(pfn, order);
	kernel_leave(before);
	was_freed(pfn);
	kernel_tell(SPB_EV_FREE, pfn, order, 0);
}

void kernel_free_soon(struct kernel_batch *batch, uint32_t pfn, unsigned int order)
{
	uint8_t note = kernel_noted(pfn);

	if (order && (!(note & NOTE_COMPOUND) || note & NOTE_SPLIT)) {
		kernel_free(pfn, order);
		return;
	}
	kernel_given_back(pfn, order);
	kernel_page_acquire(pfn);
	batch->order[batch->nr] = (uint8_t)order;
	batch->pfn[batch->nr++] = pfn;
	if (batch->nr == KB_BATCH)
		kernel_free_now(batch);
}

void kernel_free_now(struct kernel_batch *batch)
{
	struct kernel_call before = kernel_enter(false, false);
	uint32_t pages = 0;

	for (uint32_t i = 0; i < batch->nr; i++)
		pages += 1u << batch->order[i];
	free_together(batch->pfn, batch->nr, pages);
	kernel_leave(before);
	for (uint32_t i = 0; i < batch->nr; i++) {
		was_freed(batch->pfn[i]);
		kernel_tell(SPB_EV_FREE, batch->pfn[i], batch->order[i], 0);
	}
	batch->nr = 0;
}

/* --- frees of what nobody holds --- */

/*
 * What the kernel's own checks must see, before anything has changed: no reference is left to
 * give back, or the page is reserved. What has its reference in order (a tail that was split, a
 * wrong order, a page of a range) no kernel can tell from a right free. What is in no zone is left
 * out: with a flat memory map dump_page() looks up the label of its pageblock in a zone that does
 * not have it, wherever that leads.
 */
static bool is_seen(const struct kb_page *page, unsigned int order)
{
	return page->in_zone && (!page->refcount || (page->reserved && !order));
}

void kernel_free_wrongly(uint32_t pfn, unsigned int order)
{
	struct kernel_call before;
	struct kb_page was, page;
	bool said;

	if (this_run->concurrent || !kb_page(pfn, &was) || !is_seen(&was, order) ||
	    nr_said == MAX_SAID)
		return;
	nr_said++;
	before = kernel_enter(false, false);
	/* Nothing orders what it reads, to print the page, after what the page's owner has done. */
	access_open(false);
	said = kernel_complains(kb_free, pfn, order);
	kernel_leave(before);
	looked(WRONG_FREE);
	if (!said)
		rule_broken(WRONG_FREE, "page %u, order %u, which is %s, is freed, and nothing is "
					"said", pfn, order,
			    was.reserved ? "reserved" :
			    was.state == KB_PAGE_BUDDY ? "free" : "a tail or on a per-CPU list");
	if (!kb_page(pfn, &page) || page.state != was.state || page.head != was.head ||
	    page.order != was.order || (page.refcount != was.refcount && !was.reserved))
		rule_broken(WRONG_FREE, "page %u is another one after a wrong free", pfn);
}
