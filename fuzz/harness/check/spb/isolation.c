// SPDX-License-Identifier: GPL-2.0-only
/* What isolation promises: see isolation.h. */
#include "fuzz/harness/check/spb/isolation.h"

#include <string.h>

#include "fuzz/harness/base/run.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "spb/alloc.h"

/* Of a pageblock: not isolated, promised, or (from FIRST_CONTEXT on) still being isolated by that
 * context. */
enum { NOT_ISOLATED, PROMISED, FIRST_CONTEXT };

static PROGRAM_STATE uint8_t state_of[OWNER_MAX_PAGES];
/* By context: the pageblock that it has isolated last and may still be emptying lists for. */
static PROGRAM_STATE u32 isolating[NR_ALL_CONTEXTS];

static u32 index_of(u32 pfn)
{
	return (pfn - this_core()->min_pfn) >> pageblock_order;
}

void isolation_begin(void)
{
	memset(state_of, NOT_ISOLATED, index_of(this_core()->max_pfn));
	for (unsigned int i = 0; i < NR_ALL_CONTEXTS; i++)
		isolating[i] = SPB_NO_PFN;
}

/* Whoever ends it takes the label away before it tells so. */
static bool is_promised(u32 pfn)
{
	return state_of[index_of(pfn)] == PROMISED &&
	       (block_of(pfn)->flags & PB_migrate_isolate);
}

/* @order: of the pages at @pfn, which may be several pageblocks. */
static void check_left_alone(u32 pfn, unsigned int order, const char *what)
{
	for (u32 at = pfn; at < pfn + BIT(order); at += pageblock_nr_pages)
		if (unlikely(is_promised(at))) {
			finding_page(at);
			spb_rule_broken(&this_core()->spbs[block_of(at)->spb], ISOLATION_KEPT,
					"page %u of an isolated pageblock %s", at, what);
		}
}

static void check_no_list_has_any(u32 block)
{
	for (u32 pfn = block; pfn < block + pageblock_nr_pages; pfn++)
		if (unlikely(pfn_valid(pfn) && (pfn_to_page(pfn)->flags & PG_pcp))) {
			finding_page(pfn);
			spb_rule_broken(&this_core()->spbs[block_of(pfn)->spb], ISOLATION_KEPT,
					"isolation has returned, page %u is on a per-CPU list",
					pfn);
		}
}

void isolation_returns(const struct run *run)
{
	unsigned int context = host_context_number(run->cpu);
	u32 block = isolating[context];
	u8 *state;

	isolating[context] = SPB_NO_PFN;
	if (block == SPB_NO_PFN)
		return;
	state = &state_of[index_of(block)];
	/* Others may have ended it, and even begun another one. */
	if (*state != FIRST_CONTEXT + context)
		return;
	*state = PROMISED;
	looked(ISOLATION_KEPT);
	check_no_list_has_any(block);
}

void isolation_event(const struct run *run, const struct spb_event *event)
{
	unsigned int context = host_context_number(run->cpu);

	switch (event->type) {
	case SPB_EV_ISOLATE:
		isolation_returns(run);
		isolating[context] = event->pfn;
		state_of[index_of(event->pfn)] = (u8)(FIRST_CONTEXT + context);
		break;
	case SPB_EV_UNISOLATE:
		isolation_returns(run);
		state_of[index_of(event->pfn)] = NOT_ISOLATED;
		break;
	case SPB_EV_EVACUATE:
		isolation_returns(run);
		break;
	case SPB_EV_ALLOC:
		if (event->step != SPB_STEP_CONTIG)
			check_left_alone(event->pfn, event->order, "leaves the free lists");
		break;
	case SPB_EV_PCP_PUT:
		check_left_alone(event->pfn, event->order, "goes to a per-CPU list");
		break;
	case SPB_EV_PCP_GET:
		check_left_alone(event->pfn, event->order, "is handed out by a per-CPU list");
		break;
	}
}
