// SPDX-License-Identifier: GPL-2.0-only
/* Per-CPU lists: see percpu.h. */
#include "fuzz/harness/check/percpu/percpu.h"

#include <string.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/rule/rule.h"
#include "spb/alloc.h"
#include "spb/mmzone.h"

#define NR_ZONES (MAX_NUMNODES * MAX_NR_ZONES)
#define NOWHERE 0

/*
 * An entry of a list, at its first page. @next leads to the last one, @prev to the first; pages
 * are counted from min_pfn + 1, so that NOWHERE is none. @list: counted likewise.
 */
struct entry {
	u16 next, prev;
	u16 list;
	u8 order;
};

struct list {
	u16 first, last;
};

/* The lists of one CPU in one zone; @pages are on them. */
struct lists {
	struct list list[NR_PCP_LISTS];
	u32 pages;
};

/*
 * struct giving - what a context is doing with the lists of a CPU
 * @lists: of whom
 * @owed: pages that still have to go to the zone, since the high mark was reached
 * @turn: where the search for the next of them begins
 * @given: pages that went to the zone without being owed
 * @stray: one of them at least was not the first of its list, so that only a drain explains it
 * @refilled: entries that a refill has brought
 */
struct giving {
	struct lists *lists;
	u32 owed, given, refilled;
	bool stray;
	u8 turn;
};

static PROGRAM_STATE struct entry entries[OWNER_MAX_PAGES + 1];
static PROGRAM_STATE struct lists all_lists[NR_ZONES][SPB_MAX_CPUS];
static PROGRAM_STATE struct giving giving[NR_ALL_CONTEXTS];

static void begin(struct run *run)
{
	u32 pages = this_core()->max_pfn - this_core()->min_pfn;

	if (pages > OWNER_MAX_PAGES)
		finding("harness", "%u pages", pages);
	memset(entries, 0, (pages + 1) * sizeof(entries[0]));
	memset(all_lists, 0, run->config.nr_nodes * sizeof(all_lists[0]) * MAX_NR_ZONES);
	memset(giving, 0, sizeof(giving));
}

/* --- lists --- */

static u16 entry_of(u32 pfn)
{
	return (u16)(pfn - this_core()->min_pfn + 1);
}

static u32 pfn_of(u16 entry)
{
	return this_core()->min_pfn + entry - 1;
}

static u32 index_of(unsigned int mt, unsigned int order)
{
	return MIGRATE_PCPTYPES * min_t(u32, order, PCP_ORDERS) + mt;
}

/* Of @lists, the n-th one: a number that no other list has. */
static u16 number_of(const struct lists *lists, u32 n)
{
	return (u16)((lists - &all_lists[0][0]) * NR_PCP_LISTS + n + 1);
}

static struct lists *lists_of(u16 number)
{
	return &all_lists[0][0] + (number - 1) / NR_PCP_LISTS;
}

static void put(struct lists *lists, u32 n, u16 at, unsigned int order, bool first)
{
	struct list *list = &lists->list[n];
	struct entry *e = &entries[at];

	*e = (struct entry){ .list = number_of(lists, n), .order = (u8)order };
	lists->pages += BIT(order);
	if (first) {
		e->next = list->first;
		*(list->first ? &entries[list->first].prev : &list->last) = at;
		list->first = at;
	} else {
		e->prev = list->last;
		*(list->last ? &entries[list->last].next : &list->first) = at;
		list->last = at;
	}
}

static void take(u16 at)
{
	struct entry *e = &entries[at];
	struct lists *lists = lists_of(e->list);
	struct list *list = &lists->list[(e->list - 1) % NR_PCP_LISTS];

	lists->pages -= BIT(e->order);
	*(e->prev ? &entries[e->prev].next : &list->first) = e->next;
	*(e->next ? &entries[e->next].prev : &list->last) = e->prev;
	e->list = NOWHERE;
}

/* --- what a context does --- */

static struct giving *giving_of(const struct run *run)
{
	return &giving[host_context_number(run->cpu)];
}

/* Something else begins: all that was owed has gone to the zone, and no more than that. */
static void settle(struct giving *g)
{
	if (unlikely(g->owed))
		rule_broken(PCP_BATCH,
			    "the high mark was reached, %u pages more should have gone to the zone",
			    g->owed);
	if (unlikely(g->stray))
		rule_broken(PCP_BATCH, "%u pages went to the zone without being asked for",
			    g->given);
	*g = (struct giving){ .lists = NULL };
}

/* Which entry goes back next: the last one of the first list that has any, each in turn. */
static u16 next_owed(struct giving *g, u32 *turn)
{
	for (u32 i = 0; i < NR_PCP_LISTS; i++) {
		u32 n = (g->turn + i) % NR_PCP_LISTS;

		if (!g->lists->list[n].last)
			continue;
		*turn = (n + 1) % NR_PCP_LISTS;
		return g->lists->list[n].last;
	}
	return NOWHERE;
}

static void give_owed(struct giving *g, u16 at)
{
	u32 turn = 0;
	u16 next = next_owed(g, &turn);

	looked(PCP_ORDER);
	if (unlikely(at != next))
		rule_broken(PCP_ORDER, "page %u of a batch goes to the zone, page %u is the next",
			    pfn_of(at), pfn_of(next));
	g->turn = (u8)turn;
	g->owed -= min_t(u32, g->owed, BIT(entries[at].order));
}

/* A drain, which is told of afterwards; or what a list may not hand out. */
static void give_unasked(struct giving *g, u16 at)
{
	const struct entry *e = &entries[at];

	looked(PCP_ORDER);
	if (unlikely(e->prev && e->next))
		rule_broken(PCP_ORDER,
			    "page %u goes to the zone, it is neither first nor last of its list",
			    pfn_of(at));
	g->stray |= e->prev != NOWHERE;
	g->given += BIT(e->order);
}

static void on_free(struct giving *g, const struct spb_event *event)
{
	u16 at = entry_of(event->pfn);

	/* In use until now, or held as a part of a superpageblock. */
	if (!entries[at].list)
		return;
	if (g->owed && lists_of(entries[at].list) == g->lists)
		give_owed(g, at);
	else
		give_unasked(g, at);
	take(at);
}

/* --- events --- */

static void on_refill(struct giving *g, struct lists *lists, const struct spb_event *event)
{
	u32 batch = max_t(u32, this_core()->config.pcp_batch >> event->order, 1);
	u32 n = index_of(event->mt, event->order);

	if (!g->refilled || g->lists != lists)
		settle(g);
	g->lists = lists;
	g->refilled++;
	looked(PCP_BATCH);
	if (unlikely(g->refilled > batch))
		rule_broken(PCP_BATCH, "a refill with order %u brings %u entries, a batch is %u",
			    event->order, g->refilled, batch);
	put(lists, n, entry_of(event->pfn), event->order, false);
}

static void on_put(struct giving *g, struct lists *lists, const struct spb_event *event)
{
	settle(g);
	put(lists, index_of(event->mt, event->order), entry_of(event->pfn), event->order, true);
	looked(PCP_BATCH);
	if (lists->pages < this_core()->config.pcp_high)
		return;
	g->lists = lists;
	g->owed = min_t(u32, lists->pages, this_core()->config.pcp_batch);
}

static void on_get(struct giving *g, const struct spb_event *event)
{
	u16 at = entry_of(event->pfn);

	settle(g);
	looked(PCP_ORDER);
	if (unlikely(entries[at].list && entries[at].prev))
		rule_broken(PCP_ORDER, "page %u is handed out, it is not the first of its list",
			    event->pfn);
	if (entries[at].list)
		take(at);
}

static void on_drain(struct giving *g, const struct lists *lists, const struct spb_event *event)
{
	looked(PCP_BATCH);
	if (unlikely(g->given < event->arg2 || lists->pages))
		rule_broken(PCP_BATCH,
			    "CPU %u was drained of %u pages: %u went to the zone, %u are left",
			    event->arg, event->arg2, g->given, lists->pages);
	g->stray = false;
	settle(g);
}

static void on_event(struct run *run, const struct spb_event *event)
{
	struct giving *g = giving_of(run);
	struct lists *lists;

	if (event->type == SPB_EV_FREE)
		return on_free(g, event);
	/* Other rules say what is wrong with it. */
	if (event->arg >= SPB_MAX_CPUS || event->mt >= MIGRATE_PCPTYPES)
		return;
	lists = &all_lists[event->zone][event->arg];
	if (event->type == SPB_EV_PCP_DRAIN)
		return on_drain(g, lists, event);
	if (event->type == SPB_EV_PCP_GET)
		return on_get(g, event);
	/* It would be on two lists. */
	if (entries[entry_of(event->pfn)].list)
		take(entry_of(event->pfn));
	if (event->arg2)
		on_refill(g, lists, event);
	else
		on_put(g, lists, event);
}

static void after_op(struct run *run)
{
	(void)run;
	for (unsigned int i = 0; i < NR_ALL_CONTEXTS; i++)
		settle(&giving[i]);
}

const struct observer percpu_observer = {
	.name = "per-cpu-lists",
	.events = EVENT_BIT(FREE) | EVENT_BIT(PCP_PUT) | EVENT_BIT(PCP_GET) | EVENT_BIT(PCP_DRAIN),
	.rests = oracles_rest,
	.begin = begin,
	.event = on_event,
	.after_op = after_op,
};
