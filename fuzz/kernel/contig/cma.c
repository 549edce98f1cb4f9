// SPDX-License-Identifier: GPL-2.0-only
/* Pages of CMA areas. */
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/contig/contig.h"

static void check_cma_refusal(const struct contig *range, uint32_t align_order, uint32_t place)
{
	looked(RANGE_REFUSED);
	if (range->pfn == KB_NO_PFN)
		rule_broken(RANGE_REFUSED,
			    "%u pages of the CMA area, aligned to order %u, are refused; nobody "
			    "has pages of the pageblocks at %u", range->pages, align_order, place);
}

bool contig_take_cma(struct contig *range, uint32_t align_order)
{
	struct contig area = { .cma = true };
	struct kernel_call before;
	bool alone = !this_run->concurrent;
	uint32_t taken, isolated, place;

	if (!kb_cma_area(&area.pfn, &area.pages, &taken) ||
	    !kernel_isolation_begins(area.pfn, area.pages, true))
		return false;
	place = NO_PFN;
	if (alone && contig_moves_nothing(&area))
		place = contig_place_in(&area, range->pages, 1u << align_order);
	isolated = contig_isolated_blocks();
	contig_note_labels(&area);
	before = kernel_enter(true, false);
	range->pfn = kb_cma_alloc(range->pages, align_order);
	range->cma = true;
	kernel_leave(before);
	kernel_isolation_ends();
	alone = alone && !this_run->concurrent;
	if (place != NO_PFN && alone)
		check_cma_refusal(range, align_order, place);
	if (alone) {
		contig_check_isolated(&area, isolated);
		contig_check_labels(&area);
	}
	looked(MISALIGNED);
	if (range->pfn != KB_NO_PFN && (range->pfn & ((1u << align_order) - 1)))
		rule_broken(MISALIGNED,
			    "%u pages of the CMA area, aligned to order %u, begin at %u",
			    range->pages, align_order, range->pfn);
	return range->pfn != KB_NO_PFN;
}

uint32_t kernel_take_cma(uint32_t pages, unsigned int align_order)
{
	struct contig range = { .pages = pages };

	contig_begin();
	return contig_take_cma(&range, align_order) ? contig_hold(&range) : NO_PFN;
}
