// SPDX-License-Identifier: GPL-2.0-only
/* Who isolates, and what is left of it when a request is over. */
#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/kernel/contig/contig.h"
#include "shim/shim.h"

#define LEAST_BLOCK 8 /* pages of the smallest pageblock */

/* What each CPU is in the midst of isolating: labels need not show it yet. */
static PROGRAM_STATE struct contig isolating[PROGRAM_CPUS];
/* Labels of the pageblocks of a request, before it. */
static PROGRAM_STATE uint8_t labels[OWNER_MAX_PAGES / LEAST_BLOCK];

void contig_isolate_begin(void)
{
	memset(isolating, 0, sizeof(isolating));
}

/* Isolation looks at the first page of a pageblock, whether there is memory or not. */
bool kernel_may_isolate(uint32_t pfn)
{
	struct kb_page page;

	return kb_page(ALIGN_DOWN(pfn, 1u << kernel_map->block_order), &page) &&
	       (page.zone != KB_NO_PFN || page.reserved);
}

/* Of what is no movable zone, each page could be moved. A CMA area is isolated by its owner. */
void kernel_check_isolated(uint32_t pfn)
{
	uint32_t block = 1u << kernel_map->block_order, start = ALIGN_DOWN(pfn, block);
	struct kb_page page;

	looked(ISOLATE_UNMOVABLE);
	for (uint32_t at = start; at < start + block && !this_run->concurrent; at++) {
		if (!kb_page(at, &page))
			continue;
		if (page.reserved)
			rule_broken(ISOLATE_UNMOVABLE, "page %u, which is reserved, is in a "
						       "pageblock that was isolated", at);
		else if (page.zone != KB_NO_PFN && owner_in_use(at) && page.refcount &&
			 kernel_map->zones[page.zone].kind != KB_MOVABLE &&
			 !(kernel_noted(at) & NOTE_MOVABLE))
			rule_broken(ISOLATE_UNMOVABLE, "page %u, which is not movable, is in a "
						       "pageblock that was isolated", at);
	}
}

/*
 * Isolated pageblocks that are free merge, and the first of them to be released takes the others
 * along; a contiguous request that finds a pageblock isolated releases it (docs/kernel.md). Who
 * isolates keeps away from what somebody else has isolated by a whole buddy of the largest order,
 * and so does who releases from what somebody else is about to isolate.
 */
bool kernel_isolates_beside(uint32_t pfn, uint32_t pages, bool cma)
{
	uint32_t most = 1u << kernel_map->max_order;
	uint32_t start = ALIGN_DOWN(pfn, most), end = ALIGN_UP(pfn + pages, most);

	for (unsigned int cpu = 0; cpu < PROGRAM_CPUS; cpu++) {
		const struct contig *other = &isolating[cpu];

		/* The kernel keeps requests for CMA pages apart by itself. */
		if (other->pages && !(cma && other->cma) && other->pfn < end &&
		    other->pfn + other->pages > start)
			return true;
	}
	return false;
}

bool kernel_isolation_begins(uint32_t pfn, uint32_t pages, bool cma)
{
	uint32_t block = 1u << kernel_map->block_order, most = 1u << kernel_map->max_order;
	struct kb_page page;

	if (kernel_isolates_beside(pfn, pages, cma))
		return false;
	for (uint32_t at = ALIGN_DOWN(pfn, most); at < ALIGN_UP(pfn + pages, most); at += block)
		if (kb_page(at, &page) && page.isolated)
			return false;
	isolating[shim_this->cpu] = (struct contig){ .pfn = pfn, .pages = pages, .cma = cma };
	return true;
}

void kernel_isolation_ends(void)
{
	isolating[shim_this->cpu].pages = 0;
}

uint32_t contig_isolated_blocks(void)
{
	uint32_t block = 1u << kernel_map->block_order, isolated = 0;
	struct kb_page page;

	for (uint32_t pfn = kernel_map->min; pfn < kernel_map->max; pfn += block)
		isolated += kb_page(pfn, &page) && page.isolated;
	return isolated;
}

uint32_t contig_first_block(const struct contig *range)
{
	return ALIGN_DOWN(range->pfn, 1u << kernel_map->block_order);
}

void contig_note_labels(const struct contig *range)
{
	uint32_t block = 1u << kernel_map->block_order, end = range->pfn + range->pages, n = 0;
	struct kb_page page;

	for (uint32_t pfn = contig_first_block(range); pfn < end; pfn += block)
		labels[n++] = kb_page(pfn, &page) ? (uint8_t)page.type : KB_MAX_TYPES;
}

/* Isolation ends with the label that the request names, also where it had another one. */
void contig_check_labels(const struct contig *range)
{
	uint32_t block = 1u << kernel_map->block_order, end = range->pfn + range->pages;
	uint32_t n = 0, named;
	struct kb_page page;

	named = kernel_type(range->cma ? "CMA" : "Movable");
	looked(RANGE_LABELS);
	for (uint32_t pfn = contig_first_block(range); pfn < end; pfn += block, n++)
		if (kb_page(pfn, &page) && page.type != labels[n] &&
		    (page.type != named || labels[n] == kernel_type("CMA")))
			rule_broken(RANGE_LABELS,
				    "page %u is of type %s after a request for %u pages at %u, "
				    "%s before",
				    pfn, kernel_type_name(page.type), range->pages, range->pfn,
				    kernel_type_name(labels[n]));
}

void contig_check_isolated(const struct contig *range, uint32_t before)
{
	uint32_t after = contig_isolated_blocks();

	looked(RANGE_RESTORED);
	if (after != before)
		rule_broken(RANGE_RESTORED,
			    "%u pageblocks are isolated after a request for %u pages at %u, "
			    "%u before", after, range->pages, range->pfn, before);
}
