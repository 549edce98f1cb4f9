// SPDX-License-Identifier: GPL-2.0-only
/* Freeing, splitting, references: S3.8, S14.5 and the contracts of S14.1. */
#include "core/internal.h"

/* The run that a page without a state of its own belongs to starts at an aligned head. */
static u32 state_of_head(u32 pfn)
{
	for (unsigned int order = 1; order <= max_page_order; order++) {
		u32 head_pfn = pfn & ~(BIT(order) - 1);
		const struct page *head;
		u32 state;

		if (!pfn_valid(head_pfn))
			continue;
		head = pfn_to_page(head_pfn);
		state = READ_ONCE(head->flags) & PG_STATE_MASK;
		if (state && head_pfn + BIT(page_order(head)) > pfn)
			return state;
	}
	/* In no run: of a superpageblock that is held as a whole. */
	return PG_head;
}

static bool is_free_state(u32 state)
{
	return state & (PG_buddy | PG_pcp | PG_released);
}

static bool is_bad_free(const struct page *page, u32 pfn, unsigned int order)
{
	u32 state = READ_ONCE(page->flags) & PG_STATE_MASK;
	u32 run_state = state ? state : state_of_head(pfn);

	return bad_call(state & PG_reserved, SPB_RULE_FREE_RESERVED) ||
	       bad_call(is_free_state(run_state), SPB_RULE_FREE_FREE) ||
	       bad_call(!state, SPB_RULE_FREE_TAIL) ||
	       bad_call(page_order(page) != order, SPB_RULE_FREE_ORDER);
}

static void free_frozen_page(struct page *page)
{
	unsigned int order = page_order(page);
	struct zone *zone = page_zone(page);
	u32 pfn = page_to_pfn(page);

	if (pcp_allowed_order(order) && free_to_pcplist(zone, page, pfn, order))
		return;
	free_one_page(zone, page, pfn, order);
}

void put_page(struct page *page)
{
	shim_touch(page);
	if (!atomic_dec_return_u32(&page->refcount))
		free_frozen_page(page);
}

bool get_page_unless_free(struct page *page)
{
	u32 state = READ_ONCE(page->flags) & PG_STATE_MASK;
	u32 count = READ_ONCE(page->refcount);

	lockdep_assert_held(&page_zone(page)->lock);
	if (state != PG_head)
		return false;
	shim_touch(page);
	/* Never from 0: the last put may be on its way to a per-CPU list, without the lock. */
	while (count)
		if (atomic_compare_exchange(&page->refcount, &count, count + 1))
			return true;
	return false;
}

/* The owner lets go: from here on nobody may move the pages or free them once more. */
static void release_owner(struct page *page)
{
	shim_touch(page);
	atomic_fetch_or_u32(&page->flags, PG_released);
	put_page(page);
}

void __free_pages(struct page *page, unsigned int order)
{
	if (bad_call(!page, SPB_RULE_FREE_NULL) || is_bad_free(page, page_to_pfn(page), order))
		return;
	release_owner(page);
}

void free_pages_pfn(u32 pfn, unsigned int order)
{
	if (bad_call(!pfn_valid(pfn), SPB_RULE_FREE_PFN))
		return;
	__free_pages(pfn_to_page(pfn), order);
}

int split_page(struct page *page, unsigned int order, unsigned int new_order)
{
	unsigned long flags;
	struct zone *zone;
	bool busy;

	if (bad_call(!page, SPB_RULE_FREE_NULL) || is_bad_free(page, page_to_pfn(page), order) ||
	    bad_call(new_order >= order, SPB_RULE_SPLIT_ORDER))
		return -EINVAL;
	zone = page_zone(page);
	/* Under the lock nobody starts to look at the pages as one allocation. */
	spin_lock_irqsave(&zone->lock, flags);
	busy = READ_ONCE(page->refcount) != 1;
	/* Backwards, so that the head says what the parts are until it is one. */
	for (u32 i = BIT(order); !busy && i; i -= BIT(new_order))
		set_page_allocated(page + i - BIT(new_order), new_order, page_type(page));
	spin_unlock_irqrestore(&zone->lock, flags);
	return busy ? -EBUSY : 0;
}
