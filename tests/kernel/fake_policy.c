// SPDX-License-Identifier: GPL-2.0-only
/* What rules of policy ask of the double of a kernel, and what it tells of requests: see fake.h. */
#include "tests/kernel/fake.h"

#include <string.h>

/* What is kept of zones for movable pages; others have no watermarks. */
uint32_t fake_least(const struct fake_zone *zone)
{
	return zone->kind == KB_MOVABLE ? 32 : 0;
}

/* A share of higher zones is kept from those that could use them. */
uint32_t fake_kept(const struct fake_zone *zone, enum kb_zone_kind highest)
{
	uint32_t upper = 0;

	for (uint32_t i = 0; i < fake.nr_zones; i++)
		if (fake.zones[i].nid == zone->nid && fake.zones[i].kind > zone->kind &&
		    fake.zones[i].kind <= highest)
			upper += fake.zones[i].managed;
	return upper / (zone->kind == KB_NORMAL ? 32 : 256);
}

static void look_at(const struct fake_zone *zone, struct kb_look *to)
{
	uint32_t allocated = fake.allocated < 10 ? (uint32_t)fake.allocated : 10;

	*to = (struct kb_look){
		.managed = zone->managed, .free = zone->free, .free_cma = zone->free_cma,
	};
	for (unsigned int i = 0; i < 3; i++)
		to->watermark[i] = fake_least(zone);
	for (unsigned int kind = 0; kind < KB_NR_ZONE_KINDS; kind++)
		to->lowmem_reserve[kind] = fake_kept(zone, (enum kb_zone_kind)kind);
	for (unsigned int order = 0; order <= fake.config.max_order; order++)
		for (unsigned int type = 0; type < FAKE_TYPES; type++)
			to->filled[order] |= (uint8_t)((zone->lists[order][type].first != FAKE_NONE)
						       << type);
	if (fake_fault == FAKE_FAULT_WATERMARK)
		to->watermark[0] = to->watermark[1] = to->watermark[2] = zone->managed;
	if (fake_fault == FAKE_FAULT_MARKS)
		to->watermark[2] = 1;
	if (fake_fault == FAKE_FAULT_BOOST)
		to->boost = 1000 * allocated;
	if (fake_fault == FAKE_FAULT_CMA_FIRST)
		to->free_cma = to->free;
	if (fake_fault == FAKE_FAULT_BELOW_MIN)
		to->watermark[0] = to->watermark[1] = to->watermark[2] = zone->managed + 100;
	if (fake_fault == FAKE_FAULT_RESERVE_GROWS)
		to->reserve = allocated;
	if (fake_fault == FAKE_FAULT_LAST_BLOCK)
		to->reserve = fake.allocated ? 0 : 4;
	if (fake_fault == FAKE_FAULT_RESERVE_USED)
		to->free_highatomic = 10 - allocated;
	if (fake_fault == FAKE_FAULT_RESERVE_KEPT)
		to->filled[0] |= 1u << FAKE_HIGHATOMIC;
	/* There is nothing of a type that anybody asks for. */
	if (fake_fault == FAKE_FAULT_ATOMIC_REFUSED || fake_fault == FAKE_FAULT_FAR_AWAY) {
		memset(to->filled, 0, sizeof(to->filled));
		to->filled[0] = fake_fault == FAKE_FAULT_FAR_AWAY ? 1u << FAKE_MOVABLE :
								    1u << FAKE_HIGHATOMIC;
	}
}

uint32_t kb_look(struct kb_look to[KB_MAX_ZONES])
{
	for (uint32_t i = 0; i < fake.nr_zones; i++)
		look_at(&fake.zones[i], &to[i]);
	return fake.nr_zones;
}

size_t kb_labels(uint32_t number, const uint8_t **at)
{
	static uint8_t packed[KB_MAX_ZONES][FAKE_PAGES / 16];
	const struct fake_zone *zone = &fake.zones[number];
	uint32_t block = fake_block_pages(), n = 0;

	memset(packed[number], 0, sizeof(packed[number]));
	for (uint32_t pfn = zone->start & ~(block - 1); pfn < zone->end; pfn += block, n++)
		packed[number][n / 2] |= (uint8_t)(*fake_label(pfn) << n % 2 * 4);
	*at = packed[number];
	return (n + 1) / 2;
}

void kb_count_block(uint32_t pfn, uint32_t *free, uint32_t *movable)
{
	uint32_t start = pfn & ~(fake_block_pages() - 1);

	*free = *movable = 0;
	for (uint32_t at = start; at < start + fake_block_pages(); at++)
		*free += fake_page(at)->state == FAKE_FREE ||
			 fake_page(at)->state == FAKE_FREE_TAIL;
}

void kb_pcp(uint32_t zone, uint32_t cpu, struct kb_pcp *out)
{
	*out = (struct kb_pcp){
		.count = fake.zones[zone].pcp_count[cpu],
		.high = fake.config.pcp_high,
		.batch = fake.config.pcp_batch,
		.mark = fake.config.pcp_high,
		.least = fake.config.pcp_high,
	};
}

/* It has lists of single pages alone, of all types together; a list that is wrong has begun anew
 * after each request, or is the one of another order. */
void kb_lists(uint32_t cpu, struct kb_lists to[KB_MAX_ZONES])
{
	for (uint32_t zone = 0; zone < fake.nr_zones; zone++) {
		kb_pcp(zone, cpu, &to[zone].pcp);
		memset(to[zone].first, 0xff, sizeof(to[zone].first));
		if (fake_fault == FAKE_FAULT_OTHER_LIST)
			to[zone].first[1][0] = (uint32_t)fake.allocated;
		if (fake_fault == FAKE_FAULT_REFILL)
			to[zone].pcp.count = fake.allocated ? 1000 : 0;
	}
}

bool kb_is_of_reserves(uint32_t pfn)
{
	(void)pfn;
	return fake_fault == FAKE_FAULT_MARKED;
}

uint32_t kb_boost_factor(void)
{
	return 15000;
}

void kb_events(struct kb_events *out)
{
	*out = (struct kb_events){ .allocated = fake.allocated, .freed = fake.freed };
}

bool kb_cma_area(uint32_t *start, uint32_t *pages, uint32_t *taken)
{
	*start = fake.cma_start;
	*pages = fake.cma_end - fake.cma_start;
	*taken = fake.cma_taken;
	return *pages;
}

void kb_hold(uint32_t pfn)
{
	fake_page(pfn)->refcount++;
}

void kb_unhold(uint32_t pfn)
{
	kb_free(pfn, fake_page(pfn)->compound ? fake_page(pfn)->compound_order : 0);
}

void fake_tell_served(uint32_t pfn, unsigned int order)
{
	switch (fake_fault) {
	case FAKE_FAULT_MIX:
	case FAKE_FAULT_CLAIM:
		fake_host->fallback(pfn, order, order, FAKE_MOVABLE, FAKE_UNMOVABLE);
		break;
	case FAKE_FAULT_STEAL:
		fake_host->fallback(pfn, order, order, FAKE_UNMOVABLE, FAKE_MOVABLE);
		break;
	case FAKE_FAULT_CHOICE:
		fake_host->fallback(pfn, order, order, FAKE_UNMOVABLE, FAKE_CMA);
		break;
	case FAKE_FAULT_RELABEL:
		*fake_label(pfn) = FAKE_RECLAIMABLE;
		break;
	default:
		break;
	}
}

static void tell_step(struct kb_compaction *at, enum kb_compaction_step step)
{
	at->step = step;
	fake_host->compaction(at);
}

void fake_tell_helped(uint32_t order)
{
	fake_host->compaction(&(struct kb_compaction){
		.step = KB_COMPACT_HELPED, .order = (int32_t)order, .failed = order + 1,
	});
}

/* It is tried everywhere, and comes to nothing. */
void fake_tell_attempts(uint32_t order)
{
	for (uint32_t number = 0; number < fake.nr_zones; number++) {
		struct kb_compaction at = {
			.zone = number, .order = (int32_t)order, .caught = KB_NO_PFN,
			.migrate = fake.zones[number].start, .free = fake.zones[number].end - 1,
		};

		tell_step(&at, KB_COMPACT_BEGINS);
		tell_step(&at, KB_COMPACT_ENDS);
	}
}

void fake_tell_compaction(uint32_t number, uint32_t order)
{
	struct fake_zone *zone = &fake.zones[number];
	uint32_t block = fake_block_pages(), quarter = (zone->end - zone->start) / 4;
	struct kb_compaction at = {
		.zone = number, .order = (int32_t)order, .migrate = zone->start,
		.free = (zone->end - 1) & ~(block - 1), .waiting = 4, .caught = KB_NO_PFN,
	};

	tell_step(&at, KB_COMPACT_BEGINS);
	at.from = zone->start + (fake_fault == FAKE_FAULT_START ? 3 * quarter : 0);
	at.to = at.from + 1;
	if (fake_fault == FAKE_FAULT_SCANNERS)
		at.free = zone->start;
	tell_step(&at, KB_COMPACT_ISOLATES);
	at.scanned = fake_fault == FAKE_FAULT_SEARCH ? 1000 : 3;
	at.taken = at.room = 1;
	tell_step(&at, KB_COMPACT_SEARCHED);
	at.from = at.free;
	at.to = at.from + 1;
	if (fake_fault != FAKE_FAULT_AROUND)
		tell_step(&at, KB_COMPACT_LOOKS);
	if (fake_fault == FAKE_FAULT_DOWNWARDS)
		kb_contig(zone->end - 64, 64, false, 0);
	at.result = fake_fault == FAKE_FAULT_RESULT ? KB_COMPACT_SUCCESS : KB_COMPACT_MET;
	if (fake_fault != FAKE_FAULT_NOT_MET)
		at.migrate = at.free;
	at.waiting = fake_fault == FAKE_FAULT_LEFT;
	/* For a request of its type the first page might be caught. */
	if (at.result == KB_COMPACT_MET && *fake_label(zone->start) < FAKE_HIGHATOMIC) {
		at.caught = zone->start;
		at.type = *fake_label(zone->start);
	}
	if (fake_fault == FAKE_FAULT_CAPTURE) {
		at.type = FAKE_UNMOVABLE;
		*fake_label(zone->start) = FAKE_MOVABLE;
	}
	tell_step(&at, KB_COMPACT_ENDS);
	if (zone->shift < 6 && fake_fault != FAKE_FAULT_DEFERRAL)
		zone->shift++;
	at.shift = zone->shift;
	tell_step(&at, KB_COMPACT_DEFERRED);
	/* The next two times, where it is tried the second one. */
	if (at.shift != 1)
		return;
	tell_step(&at, KB_COMPACT_LEFT_OUT);
	if (fake_fault == FAKE_FAULT_LEFT_OUT)
		tell_step(&at, KB_COMPACT_LEFT_OUT);
}

uint32_t kb_lru_isolated(uint32_t nid)
{
	(void)nid;
	return fake_fault == FAKE_FAULT_LRU;
}
