// SPDX-License-Identifier: GPL-2.0-only
/* Where migration may move to: evacuation to clean superpageblocks, compaction to what is
 * left of tainted ones, too. */
#include "fuzz/harness/model_state.h"

/* Which superpageblock an evacuation of @leaving moves to: clean, fullest first. */
static const struct mspb *evacuation_target(const struct spb_event *e, uint32_t leaving)
{
	const struct mzone *zone = &model.zone[e->zone];
	const struct mspb *best = NULL;

	for (unsigned int i = zone->first_spb; i < zone->first_spb + zone->nr_spbs; i++) {
		const struct mspb *s = &model.spb[i];

		if (s->category == CLEAN && s != mspb(leaving) &&
		    smallest(s, MOV, e->order, model.config.max_order + 1u) != NONE &&
		    (!best || walked_before(s, best)))
			best = s;
	}
	return best;
}

void check_target(const struct spb_event *e)
{
	const struct request r = { e->zone, e->order, MOV, 0 };
	const struct mspb *s = mspb(e->pfn), *want;
	uint32_t leaving = context()->leaving, head = buddy_head(e->pfn);

	model_check(PICK_LIST, mpage(head)->list == MOV, "page %u of list %u as a target", e->pfn,
		    mpage(head)->list);
	if (leaving == NO_PFN) {
		model_check(TARGET,
			    !steered(e->zone) || s->category == CLEAN ||
				    (s->category == TAINTED && keeps_reserve(s, &r)),
			    "compaction moves to page %u, superpageblock %u of category %u",
			    e->pfn, mblock(e->pfn)->spb, s->category);
		return;
	}
	want = evacuation_target(e, leaving);
	model_check(TARGET,
		    s == want && mpage(head)->order ==
					 smallest(s, MOV, e->order, model.config.max_order + 1u),
		    "the pageblock at %u is evacuated to page %u, order %u, of superpageblock %u",
		    leaving, e->pfn, mpage(head)->order, mblock(e->pfn)->spb);
}
