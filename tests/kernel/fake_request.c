// SPDX-License-Identifier: GPL-2.0-only
/* Requests of the double of a kernel, from their zones to what is tried when there is nothing: see
 * fake.h. */
#include "tests/kernel/fake.h"

#include <string.h>

#include "spb/gfp.h"

static enum kb_zone_kind highest(uint32_t gfp)
{
	if (fake_fault == FAKE_FAULT_WRONG_ZONE)
		return KB_MOVABLE;
	if (gfp & __GFP_DMA)
		return KB_NORMAL; /* it has no DMA zone */
	if (gfp & __GFP_DMA32)
		return KB_DMA32;
	return (gfp & __GFP_HIGHMEM) && (gfp & __GFP_MOVABLE) ? KB_MOVABLE : KB_NORMAL;
}

static bool is_urgent(uint32_t gfp)
{
	return (gfp & __GFP_HIGH) && !(gfp & __GFP_DIRECT_RECLAIM);
}

static bool ignores_watermarks(uint32_t gfp)
{
	return (gfp & __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC);
}

/* Its lower zones keep something from who could have higher ones. */
static bool may_take(const struct fake_zone *zone, uint32_t gfp, unsigned int order)
{
	uint32_t least = fake_kept(zone, highest(gfp)) + (1u << order) - 1;

	least += gfp & __GFP_HIGH ? fake_least(zone) / 2 : fake_least(zone);
	if (is_urgent(gfp) && !(gfp & __GFP_NOMEMALLOC))
		least -= fake_least(zone) / 8;
	if (fake.slow && ignores_watermarks(gfp))
		return true;
	return zone->free > least + (gfp & __GFP_MOVABLE ? 0 : zone->free_cma);
}

void kb_set_nodes(uint32_t nodes)
{
	fake.nodes = fake_fault == FAKE_FAULT_NODES ? ~0u : nodes;
}

uint32_t kb_task(void)
{
	return fake.memalloc ? KB_TASK_MEMALLOC : 0;
}

/* Who may use the reserves looks everywhere, before it fails. */
static uint32_t nodes_of(uint32_t nodemask, uint32_t gfp)
{
	if (fake.slow && (is_urgent(gfp) || ignores_watermarks(gfp)))
		return ~0u;
	return nodemask & fake.nodes ? nodemask & fake.nodes : fake.nodes;
}

static uint32_t take_anywhere(uint32_t gfp, unsigned int order, uint32_t nid, uint32_t nodemask)
{
	for (uint32_t n = 0; n < fake.config.nr_nodes; n++) {
		uint32_t node = (nid + n + (fake_fault == FAKE_FAULT_FAR_AWAY)) %
				fake.config.nr_nodes;

		if ((n && (gfp & __GFP_THISNODE)) || !(nodes_of(nodemask, gfp) >> node & 1))
			continue;
		for (uint32_t i = fake.nr_zones; i-- > 0;) {
			bool upwards = fake_fault == FAKE_FAULT_ZONES_UPWARDS;
			struct fake_zone *zone = &fake.zones[upwards ? fake.nr_zones - 1 - i : i];
			uint32_t pfn;

			if (zone->nid != node || zone->kind > highest(gfp) ||
			    !may_take(zone, gfp, order))
				continue;
			fake_lock(zone);
			pfn = fake_take_from(zone, gfp, order);
			fake_unlock(zone);
			if (pfn != FAKE_NONE)
				return pfn;
		}
	}
	return FAKE_NONE;
}

void fake_prepare(uint32_t pfn, uint32_t gfp, unsigned int order)
{
	uint8_t *content;

	fake_mark(pfn, order, FAKE_USED);
	fake_page(pfn)->refcount = fake_fault == FAKE_FAULT_REFCOUNT ? 2 : 1;
	for (uint32_t i = 0; i < 1u << order; i++) {
		content = kb_content(pfn + i);
		if ((gfp & __GFP_ZERO) && fake_fault != FAKE_FAULT_NOT_ZEROED)
			memset(content, 0, KB_CONTENT_BYTES);
		fake_page(pfn + i)->dirty = fake_fault == FAKE_FAULT_DIRTY;
		if (order && (gfp & __GFP_COMP) && fake_fault != FAKE_FAULT_NOT_COMPOUND) {
			fake_page(pfn + i)->compound = i ? 2 : 1;
			fake_page(pfn + i)->compound_order = (uint8_t)order;
		}
	}
}

static uint32_t on_lists(void)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < fake.nr_zones; i++)
		for (unsigned int cpu = 0; cpu < KB_MAX_CPUS; cpu++)
			sum += fake.zones[i].pcp_count[cpu];
	return sum;
}

/* Return: lists had something. */
static bool drain_all(void)
{
	uint32_t before = on_lists();

	kb_drain_all();
	return on_lists() < before;
}

/* It tries again and again, and does not say what it got. */
static void reclaim_in_vain(uint32_t gfp, unsigned int order, uint32_t nid)
{
	for (unsigned int n = 0; n < 18; n++) {
		fake_host->reclaim(nid, order, gfp);
		fake_host->reclaims_again();
	}
}

/* What may not be done under the lock of a zone. */
static void under_lock(void)
{
	fake_lock(&fake.zones[0]);
	if (fake_fault == FAKE_FAULT_WAKES_LOCKED)
		fake_host->wake_kswapd(0, 0, KB_NORMAL, true);
	else
		fake_host->print("there is a page");
	fake_unlock(&fake.zones[0]);
}

/* Return: try once more? */
static bool make_room(uint32_t gfp, unsigned int order, uint32_t nid)
{
	uint32_t nodes = fake.nodes;
	unsigned long freed;

	fake_host->step("make_room");
	if (!(gfp & __GFP_DIRECT_RECLAIM) || fake_fault == FAKE_FAULT_NO_RECLAIM ||
	    (fake_fault == FAKE_FAULT_NOFAIL && (gfp & __GFP_NOFAIL)))
		return false;
	fake_host->may_sleep("make_room");
	if (fake_fault == FAKE_FAULT_ENDLESS)
		return true;
	fake.memalloc = fake_fault != FAKE_FAULT_TASK;
	if (order && fake_fault != FAKE_FAULT_NO_COMPACTION) {
		fake_host->compacts(true);
		if ((gfp & __GFP_IO) && fake_fault != FAKE_FAULT_SKIPPED)
			fake_tell_attempts(order);
		if (fake_fault == FAKE_FAULT_HELPED)
			fake_tell_helped(order);
		if (fake_fault == FAKE_FAULT_IO)
			fake_tell_compaction(0, order);
		fake_host->compacts(false);
		for (unsigned int n = 0; n < 18 && fake_fault == FAKE_FAULT_AGAIN; n++)
			fake_host->compacts_again(order, 1, true);
	}
	if (fake_fault == FAKE_FAULT_LOOPS)
		reclaim_in_vain(gfp, order, nid);
	freed = fake_host->reclaim(nid, order, gfp);
	fake.memalloc = false;
	if (order && order <= PAGE_ALLOC_COSTLY_ORDER && !(gfp & __GFP_NOFAIL)) {
		fake_host->reclaims_again();
		fake_host->compacts_again(order, 1, false);
	}
	/* It begins anew where its task may use other nodes now. */
	if (freed + drain_all() || fake.nodes != nodes)
		return true;
	if ((gfp & __GFP_NORETRY) && !(gfp & __GFP_NOFAIL))
		return false;
	if (((gfp & (__GFP_RETRY_MAYFAIL | __GFP_THISNODE | __GFP_DMA32)) || order > 3) &&
	    fake_fault != FAKE_FAULT_KILL)
		return gfp & __GFP_NOFAIL;
	return fake_host->out_of_memory(order, gfp) || (gfp & __GFP_NOFAIL);
}

static uint32_t served(uint32_t pfn, uint32_t gfp, unsigned int order)
{
	if (fake_fault == FAKE_FAULT_MISALIGNED && order)
		pfn++;
	fake_prepare(pfn, gfp, order);
	fake.allocated += fake_fault == FAKE_FAULT_NOT_COUNTED ? 1u : 1u << order;
	fake_tell_served(pfn, order);
	fake_host->got(pfn, order, gfp);
	return pfn;
}

uint32_t kb_alloc(uint32_t gfp, uint32_t order, uint32_t nid, uint32_t nodemask)
{
	uint32_t pfn;

	fake.slow = false;
	pfn = take_anywhere(gfp, order, nid, nodemask);
	if (fake_fault == FAKE_FAULT_WARN)
		fake_host->warn("WARN_ON(order > 3)", "mm/fake.c", 1);
	if (fake_fault == FAKE_FAULT_BUG)
		fake_host->bug("BUG_ON(order > 3)", "mm/fake.c", 2);
	for (uint32_t n = 0; n < fake.config.nr_nodes && pfn == FAKE_NONE; n++)
		if ((gfp & __GFP_KSWAPD_RECLAIM) && fake_fault != FAKE_FAULT_ASLEEP)
			fake_host->wake_kswapd(n, order, highest(gfp), false);
	if (fake_fault == FAKE_FAULT_WOKEN || fake_fault == FAKE_FAULT_NO_RIGHT)
		fake_host->wake_kswapd(0, order, highest(gfp), fake_fault == FAKE_FAULT_NO_RIGHT);
	if (fake_fault == FAKE_FAULT_WAKES_LOCKED || fake_fault == FAKE_FAULT_PRINTS_LOCKED)
		under_lock();
	if (fake_fault == FAKE_FAULT_REFUSED || fake_fault == FAKE_FAULT_ATOMIC_REFUSED)
		return KB_NO_PFN;
	fake.slow = true;
	if (pfn == FAKE_NONE)
		pfn = take_anywhere(gfp, order, nid, nodemask);
	while (pfn == FAKE_NONE && make_room(gfp, order, nid))
		pfn = take_anywhere(gfp, order, nid, nodemask);
	if (pfn == FAKE_NONE)
		return KB_NO_PFN;
	return served(pfn, gfp, order);
}

/* All but the first one are of the node that was asked for, as they come. */
static uint32_t one_more(uint32_t gfp, uint32_t nid)
{
	uint32_t pfn;

	fake.slow = false;
	pfn = take_anywhere(gfp | __GFP_THISNODE, 0, nid, 0);
	return pfn == FAKE_NONE ? KB_NO_PFN : served(pfn, gfp, 0);
}

uint32_t kb_alloc_bulk(uint32_t gfp, uint32_t nid, uint32_t nr, uint32_t *pfns)
{
	bool far = fake_fault == FAKE_FAULT_BULK_FAR;
	uint32_t got = 0;

	for (uint32_t i = 0; i < nr; i++) {
		if (pfns[i] != KB_NO_PFN && fake_fault != FAKE_FAULT_BULK_ARRAY)
			continue;
		if (got && fake_fault == FAKE_FAULT_BULK_ONE)
			return i;
		pfns[i] = got && !far ? one_more(gfp, nid) : kb_alloc(gfp, 0, far ? !nid : nid, 0);
		if (pfns[i] == KB_NO_PFN)
			return i;
		got++;
		/* There is nothing on that node. */
		if (!far && fake.zones[fake_page(pfns[i])->zone].nid != nid)
			return i + 1;
	}
	return fake_fault == FAKE_FAULT_BEHIND_ARRAY ? 64 : nr;
}
