// SPDX-License-Identifier: GPL-2.0-only
/* The tables of allocator.h over include/spb/, and the callbacks of the core to owners. */
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/run/executor.h"
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/spb/spb_boot.h"
#include "fuzz/harness/spb/spb_field.h"
#include "fuzz/harness/spb/spb_state.h"
#include "fuzz/harness/spb/spb_view.h"
#include "shim/arena.h"
#include "spb/alloc.h"
#include "spb/event.h"

#define NR_ZONE_INDICES (MAX_NUMNODES * MAX_NR_ZONES)

static PROGRAM_STATE int8_t number_of_index[NR_ZONE_INDICES];
static PROGRAM_STATE uint8_t index_of_number[NR_ZONE_INDICES];
static PROGRAM_STATE unsigned int nr_numbers;

static struct zone *zone_of_index(unsigned int index)
{
	return &NODE_DATA(index / MAX_NR_ZONES)->node_zones[index % MAX_NR_ZONES];
}

static struct zone *zone_of_number(unsigned int number)
{
	return zone_of_index(index_of_number[number]);
}

static void begin(void)
{
	nr_numbers = 0;
	for (unsigned int i = 0; i < NR_ZONE_INDICES; i++) {
		number_of_index[i] = -1;
		if (i / MAX_NR_ZONES >= nr_online_nodes || !populated_zone(zone_of_index(i)))
			continue;
		number_of_index[i] = (int8_t)nr_numbers;
		index_of_number[nr_numbers++] = (uint8_t)i;
	}
}

static uint32_t pfn_or_none(const struct page *page)
{
	return page ? page_to_pfn(page) : NO_PFN;
}

/* A page number for calls that want a page; the numbers outside have no page. */
static struct page *page_or_null(uint32_t pfn)
{
	return pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;
}

/* --- operations: what the allocator accesses in them counts --- */

#define CORE(call)                                 \
	({                                         \
		bool _open = access_open(true);    \
		__auto_type _result = (call);      \
		access_open(_open);                \
		_result;                           \
	})
#define CORE_VOID(call)                            \
	do {                                       \
		bool _open = access_open(true);    \
		call;                              \
		access_open(_open);                \
	} while (0)

static uint32_t op_alloc(uint32_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask)
{
	return pfn_or_none(CORE(__alloc_pages(gfp, order, nid, nodemask)));
}

/* Where a call writes what it got there is garbage before, so that what it leaves out shows. */
static struct page *const garbage = (struct page *)0x5eed5eed5eed5eedULL;
#define GARBAGE_COUNT 0x5eed5eedU
#define GARBAGE_ORDER 0x5e

static bool was_written(const struct page *page)
{
	return page != garbage;
}

static unsigned int op_alloc_bulk(uint32_t gfp, unsigned int nid, unsigned int nr, uint32_t *pfns)
{
	struct page *pages[SPB_MAX_EXTENTS];
	unsigned int got;

	for (unsigned int i = 0; i < SPB_MAX_EXTENTS; i++)
		pages[i] = garbage;
	got = CORE(alloc_pages_bulk(gfp, nid, nr, pages));
	looked(RESULT_WHOLE);
	for (unsigned int i = 0; i < got && i < nr; i++) {
		if (!was_written(pages[i]))
			finding("result-whole", "of %u pages number %u was not written", got, i);
		pfns[i] = page_to_pfn(pages[i]);
	}
	return got;
}

/* @ok: as many pages as were wanted, in whole allocations, none of which is too much. */
static void check_extents(const struct spb_extents *extents, bool ok, uint32_t wanted)
{
	uint32_t pages = 0;

	looked(RESULT_WHOLE);
	if (extents->nr > SPB_MAX_EXTENTS || (!ok && extents->nr))
		finding("result-whole", "a caller that %s says that it has %u allocations",
			ok ? "was served" : "failed", extents->nr);
	for (uint32_t i = 0; i < extents->nr; i++) {
		if (!was_written(extents->page[i]) || extents->order[i] > MAX_PAGE_ORDER)
			finding("result-whole", "allocation %u of %u was not written", i,
				extents->nr);
		if (pages >= wanted)
			finding("result-whole", "a caller got %u pages, and more, of %u", pages,
				wanted);
		pages += 1u << extents->order[i];
	}
	if (ok && pages < wanted)
		finding("result-whole", "a caller got %u pages of %u", pages, wanted);
}

static bool op_alloc_caller(enum caller_kind kind, uint32_t nr_pages, unsigned int order,
			    uint32_t gfp, struct extent_list *out)
{
	struct spb_extents extents = { .nr = GARBAGE_COUNT };
	bool ok = false;

	for (unsigned int i = 0; i < SPB_MAX_EXTENTS; i++) {
		extents.page[i] = garbage;
		extents.order[i] = GARBAGE_ORDER;
	}
	switch (kind) {
	case CALLER_KVMALLOC:
		ok = CORE(kvmalloc(nr_pages, gfp, &extents));
		break;
	case CALLER_VMALLOC:
		ok = CORE(vmalloc(nr_pages, gfp, &extents));
		break;
	case CALLER_SKB:
		ok = CORE(alloc_skb_with_frags(nr_pages, order, gfp, &extents));
		break;
	}
	check_extents(&extents, ok, nr_pages);
	out->nr = ok ? extents.nr : 0;
	for (uint32_t i = 0; i < out->nr; i++) {
		out->pfn[i] = page_to_pfn(extents.page[i]);
		out->order[i] = extents.order[i];
	}
	return ok;
}

/* Whoever frees or splits pages got them from their owner. */
static void receive(uint32_t pfn)
{
	if (pfn_valid(pfn))
		host_acquire(pfn_to_page(pfn));
}

static void op_free(uint32_t pfn, unsigned int order)
{
	receive(pfn);
	CORE_VOID(free_pages_pfn(pfn, order));
}

static int op_split(uint32_t pfn, unsigned int order, unsigned int new_order)
{
	receive(pfn);
	return CORE(split_page(page_or_null(pfn), order, new_order));
}

static void op_drain(unsigned int cpu)
{
	CORE_VOID(drain_pages(cpu));
}

static void op_drain_all(void)
{
	CORE_VOID(drain_all_pages());
}

static unsigned int op_work(unsigned int limit)
{
	return CORE(spb_run_work(limit));
}

static void op_advance_time(uint32_t ticks)
{
	CORE_VOID(spb_advance_time(ticks));
}

static void op_set_owner(uint32_t pfn, uint32_t owner)
{
	set_page_owner(pfn_to_page(pfn), owner);
	host_release(pfn_to_page(pfn));
}

static void op_reclaim(unsigned int zone, unsigned long nr)
{
	CORE_VOID(reclaim_zone(zone_of_number(zone), nr));
}

static void op_compact(unsigned int zone, unsigned int order)
{
	CORE_VOID(compact_zone(zone_of_number(zone), order));
}

/* The three types of a request come first, in the order of enum migratetype. */
static void op_evacuate(unsigned int zone, unsigned int order, unsigned int type)
{
	CORE_VOID(spb_evacuate_for_order(zone_of_number(zone), order, (int)type));
}

static int op_isolate(uint32_t pfn, bool on)
{
	return CORE(on ? spb_isolate_pageblock(pfn) : spb_unisolate_pageblock(pfn));
}

static uint32_t op_contig(unsigned int zone)
{
	return CORE(spb_alloc_contig(zone_of_number(zone)));
}

static void op_contig_free(uint32_t pfn)
{
	CORE_VOID(spb_free_contig(pfn));
}

static void op_set_tunable(unsigned int tunable, uint16_t value)
{
	CORE_VOID(spb_set_tunable((enum spb_tunable)tunable, value));
}

static bool op_can_serve(unsigned int zone, unsigned int order, unsigned int type)
{
	return CORE(spb_can_serve_smaller(zone_of_number(zone), order, (int)type));
}

static bool op_has_free(unsigned int zone)
{
	return CORE(spb_tainted_pool_has_free(zone_of_number(zone)));
}

static const struct allocator_ops ops = {
	.alloc = op_alloc,
	.alloc_bulk = op_alloc_bulk,
	.alloc_caller = op_alloc_caller,
	.free = op_free,
	.split = op_split,
	.set_owner = op_set_owner,
	.drain = op_drain,
	.drain_all = op_drain_all,
	.reclaim = op_reclaim,
	.compact = op_compact,
	.evacuate = op_evacuate,
	.isolate = op_isolate,
	.contig = op_contig,
	.contig_free = op_contig_free,
	.work = op_work,
	.advance_time = op_advance_time,
	.set_tunable = op_set_tunable,
	.can_serve = op_can_serve,
	.has_free = op_has_free,
};

/* --- queries --- */

static uint32_t query_min_pfn(void)
{
	return this_core()->min_pfn;
}

static uint32_t query_max_pfn(void)
{
	return this_core()->max_pfn;
}

static unsigned int query_nr_zones(void)
{
	return nr_numbers;
}

static bool query_zone_span(unsigned int zone, uint32_t *start, uint32_t *end)
{
	if (zone >= nr_numbers)
		return false;
	*start = zone_of_number(zone)->zone_start_pfn;
	*end = zone_end_pfn(zone_of_number(zone));
	return true;
}

static int query_zone_of(uint32_t pfn)
{
	for (unsigned int number = 0; number < nr_numbers; number++) {
		const struct zone *zone = zone_of_number(number);

		if (pfn - zone->zone_start_pfn < zone->spanned_pages)
			return (int)number;
	}
	return -1;
}

static uint32_t query_free_pages(unsigned int number)
{
	const struct zone *zone = zone_of_number(number);
	uint32_t pages = 0;

	for (uint32_t i = 0; i < zone->nr_superpageblocks; i++)
		pages += zone->superpageblocks[i].nr_free_pages;
	return pages;
}

static uint32_t query_pcp_pages(unsigned int number)
{
	const struct zone *zone = zone_of_number(number);
	uint32_t pages = 0;

	for (unsigned int cpu = 0; cpu < SPB_MAX_CPUS; cpu++)
		pages += zone->per_cpu_pageset[cpu].count;
	return pages;
}

/* Pages from @pfn to the end of its superpageblock, or of the zone. */
static uint32_t pages_held_from(uint32_t pfn, const struct superpageblock *sb)
{
	uint32_t end = sb->start_pfn + SUPERPAGEBLOCK_NR_PAGES;

	return min(end, zone_end_pfn(sb->zone)) - pfn;
}

static void query_run_at(uint32_t pfn, struct page_run *run)
{
	const struct page *page = pfn_to_page(pfn);
	const struct pageblock_data *pb =
		&this_core()->pageblock_map[(pfn - this_core()->min_pfn) >> pageblock_order];
	const struct superpageblock *sb;

	*run = (struct page_run){ .state = PAGE_NONE, .pfn = pfn, .pages = 1 };
	if (page->flags & PG_reserved)
		return;
	if (page->flags & (PG_buddy | PG_pcp | PG_head)) {
		run->order = page_order(page);
		run->pages = BIT(run->order);
		run->type = page_type(page);
		run->owner = page->owner;
		run->state = page->flags & PG_buddy ? PAGE_BUDDY :
			     page->flags & PG_pcp   ? PAGE_PCP :
						      PAGE_ALLOCATED;
		return;
	}
	sb = &this_core()->spbs[pb->spb];
	if (!sb->contig_allocated)
		return;
	run->state = PAGE_HELD;
	run->pages = pages_held_from(pfn, sb);
}

static const struct allocator_queries queries = {
	.min_pfn = query_min_pfn,
	.max_pfn = query_max_pfn,
	.nr_zones = query_nr_zones,
	.zone_span = query_zone_span,
	.zone_of = query_zone_of,
	.free_pages = query_free_pages,
	.pcp_pages = query_pcp_pages,
	.run_at = query_run_at,
};

/* --- its memory and its names --- */

static bool unnoted(const void *memory, unsigned int n, const void **start, size_t *size)
{
	return spb_restore_always(memory, n, start, size);
}

/* Where bitmaps choose, the summaries of zones are the last part. */
static const void *first_summary(void)
{
	for_each_zone_index(z)
		if (zone_by_index(z)->summary)
			return zone_by_index(z)->summary;
	return NULL;
}

/* A line before each part but the first, and one behind the last. */
static bool gap(const void *mem, unsigned int n, size_t *start)
{
	const struct spb_core *core = mem;
	const void *const parts[] = { core->spbs, core->pageblock_map, core->mem_map,
				      first_summary() };
	unsigned int nr = ARRAY_SIZE(parts) - !parts[ARRAY_SIZE(parts) - 1];
	size_t end = spb_arena_size(&core->config);

	if (n < nr)
		end = (size_t)((const char *)parts[n] - (const char *)mem);
	*start = end - SHIM_GAP;
	return n <= nr;
}

static const struct allocator_memory memory = {
	.check = spb_config_check,
	.size = spb_arena_size,
	.init = spb_core_init,
	.boot = spb_boot,
	.unnoted = unnoted,
	.gap = gap,
	.begin = begin,
	.field_name = spb_field_name,
	.field_lock = spb_field_lock,
};

static const char *const writers[NR_SPB_EVENTS] = {
	[SPB_EV_PCP_GET] = "rmqueue_pcplist",
	[SPB_EV_PCP_PUT] = "free_to_pcplist",
	[SPB_EV_FREE] = "__free_one_page",
	[SPB_EV_HAS_SET] = "__spb_set_has_type",
	[SPB_EV_HAS_CLEAR] = "__spb_clear_has_type",
	[SPB_EV_TAINT] = "spb_update_list",
	[SPB_EV_UNTAINT] = "spb_update_list",
	[SPB_EV_LIST_MOVE] = "spb_update_list",
	[SPB_EV_RELABEL] = "set_pageblock_migratetype",
	[SPB_EV_ISOLATE] = "set_isolated",
	[SPB_EV_UNISOLATE] = "set_isolated",
	[SPB_EV_MIGRATE] = "migrate_page",
	[SPB_EV_DEFRAG_RUN] = "defrag_finish",
	[SPB_EV_HIGHATOMIC] = "reserve_highatomic_pageblock",
	[SPB_EV_CONTIG] = "spb_alloc_contig",
};

static const char *const stems[] = { "rmqueue", "free", NULL };

const struct allocator allocator = {
	.name = "superpageblocks",
	.ops = &ops,
	.queries = &queries,
	.memory = &memory,
	.writers = writers,
	.stems = stems,
	.state = spb_tell_state,
};

/* --- what the core asks of owners: the harness runs meanwhile --- */

#define HARNESS(call)                              \
	({                                         \
		bool _open = access_open(false);   \
		__auto_type _result = (call);      \
		access_open(_open);                \
		_result;                           \
	})

int shim_migrate(struct page *src, struct page *dst)
{
	shim_might_sleep(__func__, __LINE__);
	host_acquire(src);
	return HARNESS(owner_migrate(page_to_pfn(src), page_to_pfn(dst)));
}

bool shim_give_up(struct page *page)
{
	shim_might_sleep(__func__, __LINE__);
	host_acquire(page);
	return HARNESS(owner_give_up(page_to_pfn(page)));
}

unsigned long shim_out_of_memory(void)
{
	shim_might_sleep(__func__, __LINE__);
	return HARNESS(executor_out_of_memory(this_run));
}
