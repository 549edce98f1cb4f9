// SPDX-License-Identifier: GPL-2.0-only
/*
 * The relax sequence, decided once more: see shape.h. Brute force over pageblock bits and
 * pages; no list and no counter of the allocator is read.
 *
 * Not checked: requests that may sleep (their decisions belong to allocations made on
 * their behalf), and programs with preemptions, where the state may have changed since.
 */
#include "fuzz/harness/looked.h"
#include "fuzz/harness/report.h"
#include "fuzz/harness/shape.h"
#include "spb/alloc.h"
#include "spb/event.h"

static struct {
	bool active;
	uint32_t gfp;
	unsigned int order;
	unsigned int nid;
	uint32_t nodemask;
} request;

static const char *const relax_names[NR_SPB_RELAXES] = {
#define X(id, name) [SPB_RELAX_##id] = name,
	SPB_RELAXES(X)
#undef X
};

void relax_check_begin(void)
{
	request.active = false;
}

void relax_check_before(struct run *run, uint32_t gfp, unsigned int order, unsigned int nid,
			uint32_t nodemask)
{
	request.active = !(gfp & __GFP_DIRECT_RECLAIM) && !run->concurrent;
	request.gfp = gfp;
	request.order = order;
	request.nid = nid;
	request.nodemask = nodemask ? nodemask : ~0u;
}

void relax_check_after(struct run *run, uint32_t pfn)
{
	(void)run;
	(void)pfn;
	request.active = false;
}

static unsigned int request_type(void)
{
	if (request.gfp & __GFP_MOVABLE)
		return MIGRATE_MOVABLE;
	return request.gfp & __GFP_RECLAIMABLE ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
}

static unsigned int highest_type(void)
{
	if (request.gfp & __GFP_DMA32)
		return ZONE_DMA32;
	return (request.gfp & __GFP_HIGHMEM) && (request.gfp & __GFP_MOVABLE) ? ZONE_MOVABLE
									      : ZONE_NORMAL;
}

/* The request's zones by preference, from @place on; NULL after the last. */
static struct zone *next_allowed(const struct spb_config *config, unsigned int *place)
{
	for (; *place < config->nr_nodes * MAX_NR_ZONES; ++*place) {
		unsigned int far = *place / MAX_NR_ZONES;
		unsigned int type = MAX_NR_ZONES - 1 - *place % MAX_NR_ZONES;
		unsigned int node = (request.nid + far) % config->nr_nodes;

		if (far && (request.gfp & __GFP_THISNODE))
			return NULL;
		if (type > highest_type() || !(request.nodemask >> node & 1))
			continue;
		if (populated_zone(&NODE_DATA(node)->node_zones[type])) {
			++*place;
			return &NODE_DATA(node)->node_zones[type];
		}
	}
	return NULL;
}

/* Content bits of all pageblocks of a superpageblock inside its zone. */
static uint16_t content_of(const struct superpageblock *sb, uint32_t start, uint32_t end)
{
	uint16_t bits = 0;

	if (sb->contig_allocated)
		return 0;
	for (uint32_t pfn = start; pfn < end; pfn += pageblock_nr_pages)
		bits |= this_core()->pageblock_map[(pfn - this_core()->min_pfn) >>
						   pageblock_order].flags;
	return bits;
}

static bool serves_smaller(uint32_t pfn)
{
	const struct page *page = pfn_to_page(pfn);
	unsigned int flags = this_core()->pageblock_map[(pfn - this_core()->min_pfn) >>
							pageblock_order].flags;
	unsigned int label = flags & PB_LABEL_MASK, type = request_type();

	if (!(page->flags & PG_buddy) || page_order(page) >= request.order ||
	    (flags & PB_migrate_isolate))
		return false;
	if (label == type)
		return true;
	return (label == MIGRATE_UNMOVABLE && type == MIGRATE_RECLAIMABLE) ||
	       (label == MIGRATE_RECLAIMABLE && type == MIGRATE_UNMOVABLE);
}

static bool spb_can(const struct zone *zone, const struct superpageblock *sb)
{
	uint32_t start = max(sb->start_pfn, zone->zone_start_pfn);
	uint32_t end = min(sb->start_pfn + SUPERPAGEBLOCK_NR_PAGES, zone_end_pfn(zone));
	uint16_t bits = content_of(sb, ALIGN_DOWN(start, pageblock_nr_pages), end);

	if (!(bits & (PB_has_unmovable | PB_has_reclaimable)))
		return false;
	if (bits & PB_has_movable)
		return true;
	for (uint32_t pfn = start; pfn < end; pfn++)
		if (serves_smaller(pfn))
			return true;
	return false;
}

static bool zone_can(const struct zone *zone)
{
	for (uint32_t i = 0; i < zone->nr_superpageblocks; i++)
		if (spb_can(zone, &zone->superpageblocks[i]))
			return true;
	return false;
}

static bool smaller_retry_can(const struct spb_config *config)
{
	unsigned int place = 0;
	struct zone *zone = next_allowed(config, &place);

	if (!this_core()->tunables.relax_all_zones)
		return zone && zone_can(zone);
	for (; zone; zone = next_allowed(config, &place))
		if (zone_can(zone))
			return true;
	return false;
}

static bool is_best_effort(void)
{
	return request.order > 0 && (request.gfp & __GFP_NOWARN) &&
	       !(request.gfp & (__GFP_NOFAIL | __GFP_NORETRY));
}

static enum spb_relax prescribed(const struct spb_config *config, uint32_t alloc_flags)
{
	if (request.gfp & __GFP_NORETRY)
		return SPB_RELAX_NORETRY;
	if (is_best_effort() && this_core()->tunables.lower_order_refusal &&
	    smaller_retry_can(config))
		return SPB_RELAX_SMALLER;
	return alloc_flags & ALLOC_NOFRAG_TAINTED_OK ? SPB_RELAX_DROP : SPB_RELAX_TAINTED_OK;
}

void relax_check_event(struct run *run, const struct spb_event *event)
{
	enum spb_relax expected;
	unsigned int place = 0;
	struct zone *preferred;

	if (event->type != SPB_EV_RELAX || !request.active)
		return;
	preferred = next_allowed(&run->config, &place);
	if (!preferred || preferred->index != event->zone)
		finding("relax-decision", "decided for zone %u, which is not the preferred one",
			event->zone);
	if (defrag_mode)
		finding("relax-decision", "the sequence ran in defrag_mode");
	/* What a promise-keeping refusal counts is the model's business; that it is kept is seen
	 * by what becomes of it (promise.h). */
	if (this_core()->tunables.refusal_keeps_promise && is_best_effort())
		return;
	expected = prescribed(&run->config, event->arg2);
	looked(RELAX);
	if (event->arg != expected)
		finding("relax-decision", "%s instead of %s for gfp %#x, order %u, flags %#x",
			event->arg < NR_SPB_RELAXES ? relax_names[event->arg] : "?",
			relax_names[expected], request.gfp, request.order, event->arg2);
}
