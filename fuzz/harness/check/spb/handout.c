// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is handed out is pristine: each field of each of its pages has the value that mmzone.h gives
 * it, whoever had the page before.
 *
 *            flags                   references  private  owner   in a list
 *   head     PG_head, type, zone     1           order    nobody  no
 *   others   zone                    0           0        nobody  no
 */
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/spb/spb_said.h"
#include "fuzz/harness/text/said.h"
#include "spb/alloc.h"

#define wrong(pfn, what, fmt, ...)                                                            \
	do {                                                                                  \
		finding_spb(block_of(pfn)->spb);                                              \
		finding_page(pfn);                                                            \
		finding_detail(what);                                                         \
		rule_broken(HANDOUT_PRISTINE, "page %u of what was handed out: " fmt, pfn,    \
			    ##__VA_ARGS__);                                                   \
	} while (0)

static u32 type_of(u32 gfp)
{
	if (gfp & __GFP_MOVABLE)
		return MIGRATE_MOVABLE;
	return gfp & __GFP_RECLAIMABLE ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
}

/* Taken off a list it has the marks of that; what never was in one has what it began with. */
static bool is_in_a_list(const struct page *page)
{
	return (page->lru.next && page->lru.next != LIST_POISON1) ||
	       (page->lru.prev && page->lru.prev != LIST_POISON2);
}

static void check_page(u32 pfn, u32 flags, u32 references, u32 private)
{
	const struct page *page = pfn_to_page(pfn);

	if (unlikely(page->flags != flags))
		wrong(pfn, "flags", "its flags are %s, not %s",
		      spb_said_page(page->flags), spb_said_page(flags));
	if (unlikely(page->refcount != references))
		wrong(pfn, "refcount", "it has %u references, not %u", page->refcount, references);
	if (unlikely(page->private != private))
		wrong(pfn, "private", "the field private is %u, not %u", page->private, private);
	if (unlikely(page->owner))
		wrong(pfn, "owner", "it belongs to owner %u", page->owner);
	if (unlikely(is_in_a_list(page)))
		wrong(pfn, "list", "it is in a list");
}

static void check_allocation(u32 pfn, unsigned int order, u32 gfp)
{
	u32 zone, head;

	/* Of no zone: another rule says so. */
	if (!pfn_valid(pfn) || !pfn_valid(pfn + BIT(order) - 1))
		return;
	looked(HANDOUT_PRISTINE);
	zone = (u32)this_core()->spbs[block_of(pfn)->spb].zone->index << PG_ZONE_SHIFT;
	head = zone | PG_head | type_of(gfp) << PG_TYPE_SHIFT;
	check_page(pfn, head, 1, order);
	for (u32 i = 1; i < BIT(order); i++)
		check_page(pfn + i, zone, 0, 0);
}

void spb_check_handout(const struct call *call)
{
	for (u32 i = 0; i < call->nr_got; i++)
		check_allocation(call->got[i], call->orders ? call->orders[i] : call->order,
				 call->gfp);
}
