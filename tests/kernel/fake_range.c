// SPDX-License-Identifier: GPL-2.0-only
/* Pageblocks and ranges of the double of a kernel: see fake.h. */
#include <string.h>

#include "shim/types.h"
#include "spb/gfp.h"
#include "tests/kernel/fake.h"

static void relabel(struct fake_zone *zone, uint32_t block, uint8_t type)
{
	uint32_t pfn = block;

	*fake_label(block) = type;
	while (pfn < block + fake_block_pages()) {
		unsigned int order = 0;

		if (fake_page(pfn)->state == FAKE_FREE) {
			order = fake_page(pfn)->order;
			fake_take_buddy(zone, pfn);
			fake_give_back(zone, pfn, order);
		}
		pfn += 1u << order;
	}
}

/* A larger buddy is cut at the borders of pageblocks first. */
static void cut(struct fake_zone *zone, uint32_t block)
{
	unsigned int order = fake.config.max_order;

	for (; order > fake.config.pageblock_order; order--) {
		uint32_t head = block & ~((1u << order) - 1);

		if (head < zone->start || head + (1u << order) > zone->end ||
		    fake_page(head)->state != FAKE_FREE || fake_page(head)->order != order)
			continue;
		fake_take_buddy(zone, head);
		fake_put_buddy(zone, head + (1u << (order - 1)), order - 1);
		fake_put_buddy(zone, head, order - 1);
	}
}

static struct fake_zone *zone_of_block(uint32_t block)
{
	for (uint32_t i = 0; i < fake_block_pages(); i++)
		if (fake_exists(block + i))
			return &fake.zones[fake_page(block + i)->zone];
	return NULL;
}

static bool has_unmovable(uint32_t block)
{
	for (uint32_t pfn = block; pfn < block + fake_block_pages(); pfn++)
		if (fake_page(pfn)->state == FAKE_USED && !fake_host->may_move(pfn))
			return true;
	return false;
}

int kb_isolate(uint32_t pfn, bool on)
{
	uint32_t block = pfn & ~(fake_block_pages() - 1);
	struct fake_zone *zone = zone_of_block(block);

	if (!zone || (*fake_label(block) == FAKE_ISOLATE) == on ||
	    (on && has_unmovable(block) && fake_fault != FAKE_FAULT_UNMOVABLE))
		return -EBUSY;
	fake_lock(zone);
	if (fake_fault == FAKE_FAULT_CMA_LABEL) {
		cut(zone, fake.cma_start);
		relabel(zone, fake.cma_start, FAKE_MOVABLE);
	}
	cut(zone, block);
	relabel(zone, block, on ? FAKE_ISOLATE : fake_is_cma(block) ? FAKE_CMA : FAKE_MOVABLE);
	if (fake_fault != FAKE_FAULT_ISOLATED_COUNT)
		zone->isolated += on ? 1u : -1u;
	fake_unlock(zone);
	return 0;
}

static bool has_owner(uint32_t start, uint32_t end)
{
	for (uint32_t pfn = start; pfn < end; pfn++)
		if (fake_page(pfn)->state == FAKE_USED)
			return true;
	return false;
}

static bool move_out(struct fake_zone *zone, uint32_t pfn)
{
	unsigned int order = fake_page(pfn)->order;
	uint32_t to;

	if (fake_page(pfn)->state != FAKE_USED || !fake_host->may_move(pfn))
		return false;
	to = fake_take_from(zone, __GFP_MOVABLE, order);
	if (to == FAKE_NONE)
		return false;
	fake_prepare(to, 0, order);
	for (uint32_t i = 0; i < 1u << order; i++) {
		fake_page(to + i)->compound = fake_page(pfn + i)->compound;
		fake_page(to + i)->compound_order = (uint8_t)order;
		if (fake_fault != FAKE_FAULT_CONTENT)
			memcpy(kb_content(to + i), kb_content(pfn + i), KB_CONTENT_BYTES);
	}
	fake_host->moved(pfn, to, order + (fake_fault == FAKE_FAULT_MOVED_OTHER));
	fake_give_back(zone, pfn, order);
	return true;
}

/* What begins in the range moves; what only reaches into it is in the way. */
static bool clear_range(struct fake_zone *zone, uint32_t start, uint32_t end)
{
	for (uint32_t pfn = start; pfn < end; pfn++) {
		if (!fake_exists(pfn))
			return false;
		if (fake_page(pfn)->state == FAKE_USED && !move_out(zone, pfn))
			return false;
		if (fake_page(pfn)->state == FAKE_USED_TAIL)
			return false;
	}
	return true;
}

static void claim_range(struct fake_zone *zone, uint32_t start, uint32_t end)
{
	for (uint32_t pfn = start & ~(fake_block_pages() - 1); pfn < end;) {
		uint32_t next = pfn + (fake_page(pfn)->state == FAKE_FREE ?
					       1u << fake_page(pfn)->order : 1);

		if (fake_page(pfn)->state == FAKE_FREE && next > start) {
			fake_take_buddy(zone, pfn);
			for (uint32_t at = pfn; at < next; at++)
				if (at < start || at >= end)
					fake_give_back(zone, at, 0);
			for (uint32_t at = start > pfn ? start : pfn; at < next && at < end; at++) {
				fake_mark(at, 0, FAKE_USED);
				fake_page(at)->refcount = 1;
			}
		}
		pfn = next;
	}
}

static void put_labels(struct fake_zone *zone, uint32_t start, uint32_t end, uint8_t type)
{
	uint32_t pages = fake_block_pages();

	for (uint32_t block = start & ~(pages - 1); block < end; block += pages)
		if (*fake_label(block) == FAKE_ISOLATE) {
			cut(zone, block);
			relabel(zone, block, type);
		}
}

int kb_contig(uint32_t start, uint32_t pages, bool cma, uint32_t gfp)
{
	uint8_t type = fake_fault == FAKE_FAULT_RANGE_LABEL ? FAKE_RECLAIMABLE :
		       cma ? FAKE_CMA : FAKE_MOVABLE;
	struct fake_zone *zone = NULL;
	uint32_t end = start + pages, size = fake_block_pages();
	bool good;

	(void)gfp;
	if (fake_fault == FAKE_FAULT_RANGE_REFUSED)
		return -EBUSY;
	for (uint32_t pfn = start & ~(size - 1); pfn < end; pfn++)
		if (!fake_exists(pfn) || *fake_label(pfn) == FAKE_ISOLATE ||
		    (*fake_label(pfn) == FAKE_CMA) != cma)
			return -EBUSY;
	zone = &fake.zones[fake_page(start)->zone];
	if (fake_fault == FAKE_FAULT_RANGE_BUSY && has_owner(start, end))
		return -EBUSY;
	if (fake_page(end - 1)->zone != fake_page(start)->zone)
		return -EBUSY;
	kb_drain_all();
	fake_lock(zone);
	for (uint32_t block = start & ~(size - 1); block < end; block += size) {
		cut(zone, block);
		relabel(zone, block, FAKE_ISOLATE);
	}
	good = clear_range(zone, start, end);
	if (good)
		claim_range(zone, start, end);
	if (good || fake_fault != FAKE_FAULT_RANGE)
		put_labels(zone, start, end, type);
	fake_unlock(zone);
	return good ? 0 : -EBUSY;
}

void kb_contig_free(uint32_t start, uint32_t pages)
{
	if (fake_fault == FAKE_FAULT_RANGE_KEPT)
		pages--;
	for (uint32_t pfn = start; pfn < start + pages; pfn++)
		kb_free(pfn, 0);
}

static uint32_t place_in(const struct fake_zone *zone, uint32_t pages)
{
	for (uint32_t pfn = ALIGN_UP(zone->start, pages); pfn + pages <= zone->end; pfn += pages)
		if (!kb_contig(pfn, pages, false, 0))
			return pfn;
	return KB_NO_PFN;
}

uint32_t kb_contig_pages(uint32_t pages, uint32_t nid, enum kb_zone_kind kind)
{
	uint32_t pfn = KB_NO_PFN;

	if (fake_fault == FAKE_FAULT_CONTIG_NONE)
		return KB_NO_PFN;
	for (uint32_t i = fake.nr_zones; i-- && pfn == KB_NO_PFN;)
		if ((fake.zones[i].nid == nid && fake.zones[i].kind <= kind) ||
		    fake_fault == FAKE_FAULT_CONTIG_FAR)
			pfn = place_in(&fake.zones[i], pages);
	return pfn;
}

uint32_t kb_cma_alloc(uint32_t pages, uint32_t align_order)
{
	uint32_t step = 1u << align_order;
	uint32_t start = fake_fault == FAKE_FAULT_CMA_OFFSET ? fake.cma_start :
							       ALIGN_UP(fake.cma_start, step);

	for (uint32_t pfn = start; pfn + pages <= fake.cma_end; pfn += step)
		if (!kb_contig(pfn, pages, true, 0)) {
			fake.cma_taken += pages;
			return pfn;
		} else if (fake_fault == FAKE_FAULT_CMA_ONCE) {
			break;
		}
	return KB_NO_PFN;
}

bool kb_cma_release(uint32_t pfn, uint32_t pages)
{
	if (pfn < fake.cma_start || pfn + pages > fake.cma_end)
		return false;
	kb_contig_free(pfn, pages);
	fake.cma_taken -= pages - (fake_fault == FAKE_FAULT_CMA_TAKEN);
	return true;
}
