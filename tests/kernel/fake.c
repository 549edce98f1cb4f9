// SPDX-License-Identifier: GPL-2.0-only
/* What changes the double of a kernel: see fake.h. */
#include "tests/kernel/fake.h"

#include <string.h>

#include "spb/gfp.h"

struct fake fake;
const struct kb_host *fake_host;
enum fake_fault fake_fault;

/* --- locks --- */

void fake_lock(struct fake_zone *zone)
{
	fake.was_off[fake.cpu] = fake.irqs_off[fake.cpu];
	fake.irqs_off[fake.cpu] = fake_fault != FAKE_FAULT_IRQS_ON;
	if (fake_fault == FAKE_FAULT_UNLOCKED)
		return;
	fake_host->lock(&zone->lock, "&zone->lock", false);
	if (fake_fault == FAKE_FAULT_LOCK_TWICE)
		fake_host->lock(&zone->lock, "&zone->lock", false);
	fake.locks[fake.cpu]++;
	if (fake_fault == FAKE_FAULT_SLEEP)
		fake_host->may_sleep("get_page");
}

void fake_unlock(struct fake_zone *zone)
{
	if (fake_fault == FAKE_FAULT_LOCK_HELD)
		return;
	if (fake_fault != FAKE_FAULT_UNLOCKED) {
		fake.locks[fake.cpu]--;
		fake_host->unlock(&zone->lock);
	}
	fake.irqs_off[fake.cpu] = fake.was_off[fake.cpu];
}

/* --- lists --- */

static void list_add(struct fake_list *list, uint32_t pfn)
{
	struct fake_page *page = fake_page(pfn);

	page->prev = FAKE_NONE;
	page->next = list->first;
	if (list->first != FAKE_NONE)
		fake_page(list->first)->prev = fake_fault == FAKE_FAULT_LINKS ? FAKE_NONE : pfn;
	list->first = pfn;
}

static void list_del(struct fake_list *list, uint32_t pfn)
{
	struct fake_page *page = fake_page(pfn);

	if (page->prev != FAKE_NONE)
		fake_page(page->prev)->next = page->next;
	else
		list->first = page->next;
	if (page->next != FAKE_NONE)
		fake_page(page->next)->prev = page->prev;
}

static void count(struct fake_zone *zone, unsigned int order, unsigned int type, int sign)
{
	uint32_t pages = (uint32_t)sign << order;

	fake_access(&zone->nr_free[order], sizeof(zone->nr_free[order]));
	if (type != FAKE_ISOLATE || fake_fault == FAKE_FAULT_FREE_COUNT)
		zone->free += pages;
	if (type == FAKE_CMA && fake_fault != FAKE_FAULT_CMA_COUNT)
		zone->free_cma += pages;
	if (fake_fault != FAKE_FAULT_NR_FREE || sign > 0)
		zone->nr_free[order] += (uint32_t)sign;
}

void fake_mark(uint32_t pfn, unsigned int order, enum fake_state state)
{
	for (uint32_t i = 0; i < 1u << order; i++) {
		struct fake_page *page = fake_page(pfn + i);

		page->state = (uint8_t)(i ? state + 1 : state);
		page->order = (uint8_t)order;
		page->compound = 0;
		page->refcount = 0;
		if (state == FAKE_FREE && fake_fault == FAKE_FAULT_DIRTY_FREE)
			page->dirty = true;
	}
}

void fake_put_buddy(struct fake_zone *zone, uint32_t pfn, unsigned int order)
{
	unsigned int type = *fake_label(pfn);

	if (fake_fault == FAKE_FAULT_WRONG_LIST && type == FAKE_MOVABLE)
		type = FAKE_UNMOVABLE;
	fake_mark(pfn, order, FAKE_FREE);
	fake_page(pfn)->type = (uint8_t)type;
	list_add(&zone->lists[order][type], pfn);
	count(zone, order, type, 1);
}

void fake_take_buddy(struct fake_zone *zone, uint32_t pfn)
{
	struct fake_page *page = fake_page(pfn);

	list_del(&zone->lists[page->order][page->type], pfn);
	count(zone, page->order, page->type, -1);
}

/* As fallbacks mix them, or alike. */
static bool labels_merge(uint8_t label, uint8_t other)
{
	return label == other || (label <= FAKE_RECLAIMABLE && other <= FAKE_RECLAIMABLE);
}

static bool can_merge(const struct fake_zone *zone, uint32_t pfn, unsigned int order)
{
	uint32_t buddy = pfn ^ 1u << order;

	if (order >= fake.config.max_order || buddy < zone->start ||
	    buddy + (1u << order) > zone->end || fake_fault == FAKE_FAULT_NO_MERGE)
		return false;
	/* Isolated pageblocks stay apart: one of them may be released alone. */
	if (order >= fake.config.pageblock_order &&
	    (*fake_label(pfn) == FAKE_ISOLATE || fake_fault == FAKE_FAULT_NO_MERGE_BLOCKS))
		return false;
	return fake_page(buddy)->state == FAKE_FREE &&
	       (fake_page(buddy)->order == order || fake_fault == FAKE_FAULT_MERGE_ANY) &&
	       labels_merge(*fake_label(buddy), *fake_label(pfn));
}

void fake_give_back(struct fake_zone *zone, uint32_t pfn, unsigned int order)
{
	uint8_t label = *fake_label(pfn);

	/* Each pageblock by its own label: one may be isolated, and the next not. */
	if (order > fake.config.pageblock_order) {
		fake_give_back(zone, pfn, order - 1);
		fake_give_back(zone, pfn + (1u << (order - 1)), order - 1);
		return;
	}
	while (can_merge(zone, pfn, order)) {
		fake_take_buddy(zone, pfn ^ 1u << order);
		pfn &= ~(1u << order);
		order++;
	}
	for (uint32_t at = pfn; at < pfn + (1u << order); at += fake_block_pages())
		*fake_label(at) = label;
	fake_put_buddy(zone, pfn, order);
}

/* --- boot --- */

static struct fake_zone *add_zone(enum kb_zone_kind kind, uint32_t nid, uint32_t start,
				  uint32_t pages)
{
	struct fake_zone *zone = &fake.zones[fake.nr_zones];

	if (!pages)
		return NULL;
	fake.nr_zones++;
	*zone = (struct fake_zone){
		.kind = kind, .nid = nid, .start = start, .end = start + pages,
	};
	memset(zone->lists, 0xff, sizeof(zone->lists));
	memset(zone->pcps, 0xff, sizeof(zone->pcps));
	return zone;
}

static bool is_memory(const struct kb_config *config, uint32_t pfn)
{
	uint32_t at = pfn - FAKE_FIRST;

	if (at < config->clip_start || pfn >= fake.end - config->clip_end)
		return false;
	for (uint32_t i = 0; i < config->nr_holes; i++)
		if (at - config->holes[i].pfn < config->holes[i].pages)
			return false;
	return true;
}

static void fill_zone(struct fake_zone *zone)
{
	for (uint32_t pfn = zone->start; pfn < zone->end; pfn++) {
		fake_page(pfn)->zone = (uint8_t)(zone - fake.zones);
		*fake_label(pfn) = fake_is_cma(pfn) ? FAKE_CMA :
										 FAKE_MOVABLE;
	}
	for (uint32_t pfn = zone->start; pfn < zone->end; pfn++) {
		if (!is_memory(&fake.config, pfn))
			continue;
		zone->managed++;
		fake_give_back(zone, pfn, 0);
	}
}

const char *kb_boot(const struct kb_config *config)
{
	uint32_t at = FAKE_FIRST;

	if (config->pages[0] + config->pages[1] > FAKE_PAGES)
		return "too many pages";
	memset(&fake, 0, sizeof(fake));
	fake.config = *config;
	fake.nodes = (1u << config->nr_nodes) - 1;
	fake.end = FAKE_FIRST + config->pages[0] + config->pages[1];
	for (uint32_t nid = 0; nid < config->nr_nodes; nid++) {
		uint32_t low = nid ? 0 : config->dma32_pages;
		uint32_t normal = config->pages[nid] - low - config->movable_pages;

		if (low + config->movable_pages >= config->pages[nid])
			return "a node has no NORMAL zone";
		add_zone(KB_DMA32, nid, at, low);
		add_zone(KB_NORMAL, nid, at + low, normal);
		if (!nid) {
			fake.cma_end = at + low + normal;
			fake.cma_start = fake.cma_end - config->cma_pages;
		}
		add_zone(KB_MOVABLE, nid, at + low + normal, config->movable_pages);
		at += config->pages[nid];
	}
	for (uint32_t i = 0; i < fake.nr_zones; i++)
		fill_zone(&fake.zones[i]);
	return NULL;
}

/* --- single pages of CPUs --- */

static void pcp_put(struct fake_zone *zone, uint32_t pfn)
{
	fake_mark(pfn, 0, FAKE_PCP);
	fake_page(pfn)->refcount = fake_fault == FAKE_FAULT_PCP_USED;
	fake_page(pfn)->type =
		fake_fault == FAKE_FAULT_PCP_TYPE ? FAKE_RECLAIMABLE : *fake_label(pfn);
	list_add(&zone->pcps[fake.cpu], pfn);
	zone->pcp_count[fake.cpu]++;
	zone->pcp += fake_fault != FAKE_FAULT_PCP_COUNT;
}

static uint32_t pcp_get(struct fake_zone *zone, uint32_t cpu, unsigned int type)
{
	uint32_t pfn = zone->pcps[cpu].first;

	while (pfn != FAKE_NONE && type != FAKE_NONE && fake_page(pfn)->type != type)
		pfn = fake_page(pfn)->next;
	if (pfn == FAKE_NONE)
		return FAKE_NONE;
	list_del(&zone->pcps[cpu], pfn);
	zone->pcp_count[cpu]--;
	zone->pcp -= fake_fault != FAKE_FAULT_PCP_COUNT;
	return pfn;
}

static void drain_zone(struct fake_zone *zone, uint32_t cpu)
{
	uint32_t pfn;

	if (fake_fault == FAKE_FAULT_NO_DRAIN)
		return;
	fake_lock(zone);
	while ((pfn = pcp_get(zone, cpu, FAKE_NONE)) != FAKE_NONE)
		fake_give_back(zone, pfn, 0);
	fake_unlock(zone);
}

void kb_drain(uint32_t cpu)
{
	for (uint32_t i = 0; i < fake.nr_zones; i++)
		drain_zone(&fake.zones[i], cpu);
}

void kb_drain_all(void)
{
	for (uint32_t cpu = 0; cpu < fake.config.nr_cpus; cpu++)
		kb_drain(cpu);
}

/* --- requests --- */

uint32_t fake_pop(struct fake_zone *zone, unsigned int order, unsigned int type)
{
	for (unsigned int from = order; from <= fake.config.max_order; from++) {
		uint32_t pfn = zone->lists[from][type].first;

		if (pfn == FAKE_NONE)
			continue;
		fake_take_buddy(zone, pfn);
		while (from > order) {
			from--;
			fake_put_buddy(zone, pfn + (1u << from), from);
		}
		if (fake_fault == FAKE_FAULT_TWICE)
			fake_put_buddy(zone, pfn, order);
		if (fake_fault == FAKE_FAULT_LEAK)
			fake_take_buddy(zone, zone->lists[0][type].first == FAKE_NONE ? pfn :
					 zone->lists[0][type].first);
		return pfn;
	}
	return FAKE_NONE;
}

static unsigned int type_of(uint32_t gfp)
{
	return gfp & __GFP_MOVABLE     ? FAKE_MOVABLE :
	       gfp & __GFP_RECLAIMABLE ? FAKE_RECLAIMABLE :
					 FAKE_UNMOVABLE;
}

uint32_t fake_take_from(struct fake_zone *zone, uint32_t gfp, unsigned int order)
{
	static const uint8_t fallback[] = { FAKE_MOVABLE, FAKE_RECLAIMABLE, FAKE_UNMOVABLE };
	uint32_t pfn = FAKE_NONE;

	if ((gfp & __GFP_MOVABLE) && zone->free_cma > zone->free / 2)
		pfn = fake_pop(zone, order, FAKE_CMA);
	if (!order && pfn == FAKE_NONE)
		pfn = pcp_get(zone, fake.cpu, type_of(gfp));
	if (pfn == FAKE_NONE && fake_fault == FAKE_FAULT_ISOLATED)
		pfn = fake_pop(zone, order, FAKE_ISOLATE);
	if (pfn == FAKE_NONE && fake_fault == FAKE_FAULT_CMA_UNMOVABLE)
		pfn = fake_pop(zone, order, FAKE_CMA);
	if (pfn == FAKE_NONE)
		pfn = fake_pop(zone, order, type_of(gfp));
	if (pfn == FAKE_NONE && (gfp & __GFP_MOVABLE))
		pfn = fake_pop(zone, order, FAKE_CMA);
	for (unsigned int i = 0; i < 3 && pfn == FAKE_NONE; i++)
		pfn = fake_pop(zone, order, fallback[i]);
	return pfn;
}

static void put(uint32_t pfn, unsigned int order)
{
	struct fake_zone *zone = &fake.zones[fake_page(pfn)->zone];
	const struct kb_config *config = &fake.config;
	const uint32_t *held = &zone->pcp_count[fake.cpu];
	uint32_t batch = config->pcp_batch ? config->pcp_batch : 1;
	bool empties = fake_fault == FAKE_FAULT_PCP_EMPTIED && *held + 1 >= config->pcp_high;

	/* Whoever has another reference frees the first page, or all of a compound one. */
	if (fake_page(pfn)->refcount > 1 && fake_fault != FAKE_FAULT_REFERENCE) {
		fake_page(pfn)->refcount--;
		while (!fake_page(pfn)->compound && order-- && fake_fault != FAKE_FAULT_LATE_FREE)
			put(pfn + (1u << order), order);
		return;
	}
	fake.freed += 1u << order;
	fake_lock(zone);
	if (!order && config->pcp_high && *fake_label(pfn) < FAKE_HIGHATOMIC) {
		pcp_put(zone, pfn);
		if (fake_fault == FAKE_FAULT_PCP_GROWS)
			batch = 0;
		if (empties)
			batch = *held;
		if (!empties && *held < config->pcp_high)
			batch = 0;
		for (; batch && *held; batch--)
			fake_give_back(zone, pcp_get(zone, fake.cpu, FAKE_NONE), 0);
	} else {
		/* Its pageblocks may have different labels. */
		unsigned int piece = order < config->pageblock_order ? order :
								       config->pageblock_order;

		for (uint32_t at = pfn; at < pfn + (1u << order); at += 1u << piece)
			fake_give_back(zone, at, piece);
	}
	fake_unlock(zone);
}

void kb_free(uint32_t pfn, uint32_t order)
{
	/* What it does with a page of no zone nobody can know. */
	if (fake_page(pfn)->state == FAKE_HOLE)
		return;
	if (fake_page(pfn)->refcount)
		put(pfn, order);
	else if (fake_fault != FAKE_FAULT_WRONG_FREE)
		fake_host->bug("no reference", "fake.c", 1);
}

void kb_free_batch(const uint32_t *pfns, uint32_t nr)
{
	if (fake_fault == FAKE_FAULT_BATCH_KEPT)
		nr--;
	for (uint32_t i = 0; i < nr; i++)
		kb_unhold(pfns[i]);
}

void kb_split(uint32_t pfn, uint32_t order)
{
	for (uint32_t i = 0; i < 1u << order; i++) {
		fake_mark(pfn + i, 0, FAKE_USED);
		fake_page(pfn + i)->refcount =
			i + 1 < 1u << order || fake_fault != FAKE_FAULT_SPLIT_REFS;
	}
}

/* --- the rest --- */

void kb_compact(uint32_t zone, uint32_t order)
{
	fake_host->may_sleep("compact");
	fake_tell_compaction(zone, order);
	/* Another zone than the one that was asked for. */
	if (fake_fault == FAKE_FAULT_COMPACT_OUT && zone + 1 < fake.nr_zones)
		kb_contig(fake.zones[zone + 1].end - 64, 64, false, 0);
}

void kb_kswapd_sleeps(uint32_t nid, uint32_t order)
{
	(void)nid;
	(void)order;
}

void kb_kcompactd(uint32_t nid, uint32_t order)
{
	(void)nid;
	(void)order;
}

/* What is above the mark goes back, on the CPU that runs. */
void kb_advance_time(uint32_t ticks)
{
	(void)ticks;
	for (uint32_t i = 0; i < fake.nr_zones; i++) {
		struct fake_zone *zone = &fake.zones[i];

		fake_lock(zone);
		while (zone->pcp_count[fake.cpu] > fake.config.pcp_high)
			fake_give_back(zone, pcp_get(zone, fake.cpu, FAKE_NONE), 0);
		fake_unlock(zone);
	}
	if (fake_fault == FAKE_FAULT_DECAY)
		fake.config.pcp_high /= 2;
}

bool kb_set_tunable(enum kb_tunable tunable, uint32_t value)
{
	if (tunable != KB_PCP_HIGH)
		return false;
	fake.config.pcp_high = value;
	return true;
}
