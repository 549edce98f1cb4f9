// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything that holds between superpageblocks, zones and per-CPU lists, checked at the end
 * of a program, and the orders of lists for the trace.
 */
#include "fuzz/harness/rule/rule.h"
#include "fuzz/harness/text/said.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/spb/spb_said.h"
#include "spb/alloc.h"

/* --- lists of superpageblocks --- */

static const struct superpageblock *entry_spb(const struct list_head *entry)
{
	shim_uptr offset = (shim_uptr)entry - offsetof(struct superpageblock, list) -
			   (shim_uptr)this_core()->spbs;

	if (offset % sizeof(struct superpageblock) ||
	    offset / sizeof(struct superpageblock) >= this_core()->nr_spbs)
		return NULL;
	return &this_core()->spbs[offset / sizeof(struct superpageblock)];
}

static u32 walk_spb_list(const struct zone *zone, const struct list_head *head,
			 enum sb_category category, enum sb_fullness fullness)
{
	const struct list_head *at = head;
	u32 n = 0;

	while (at->next != head) {
		const struct superpageblock *sb = entry_spb(at->next);

		if (!sb)
			finding("spb-list", "zone %u: entry %u of the list %s is no superpageblock",
				zone->index, n, said_list(category, fullness));
		if (sb->list.prev != at)
			spb_rule_broken(sb, LIST_CORRUPT, "it does not point back in the list %s",
					said_list(category, fullness));
		if (sb->zone != zone || sb->category != category || sb->fullness != fullness)
			spb_rule_broken(
				sb, SPB_LIST,
				"it is on the list \"%s\" of zone %u and belongs on \"%s\" of %u",
				said_list(category, fullness), zone->index,
				said_list(sb->category, sb->fullness), sb->zone->index);
		if (++n > zone->nr_superpageblocks)
			spb_finding(sb, "spb-list", "the list \"%s\" never ends",
				    said_list(category, fullness));
		at = &sb->list;
	}
	return n;
}

/* Entries match their list, so as many of them as superpageblocks means each is on one. */
static void check_spb_lists(const struct zone *zone)
{
	u32 n = walk_spb_list(zone, &zone->spb_empty, SB_EMPTY, SB_FULL) +
		walk_spb_list(zone, &zone->spb_isolated, SB_ISOLATED, SB_FULL);

	for (unsigned int cat = 0; cat < __NR_SB_CATEGORIES; cat++)
		for (unsigned int full = 0; full < __NR_SB_FULLNESS; full++)
			n += walk_spb_list(zone, &zone->spb_lists[cat][full],
					   (enum sb_category)cat, (enum sb_fullness)full);
	if (n != zone->nr_superpageblocks)
		rule_broken(SPB_LIST, "zone %u: %u superpageblocks are on its lists, it has %u",
			    zone->index, n, zone->nr_superpageblocks);
}

/* --- zones --- */

static void check_cover(const struct zone *zone)
{
	u32 size = SUPERPAGEBLOCK_NR_PAGES, base = zone->superpageblock_base_pfn;

	if (base > zone->zone_start_pfn || base % size ||
	    base + zone->nr_superpageblocks * size < zone_end_pfn(zone))
		rule_broken(ZONE_COVER, "zone %u spans %u to %u, its superpageblocks %u to %u",
			    zone->index, zone->zone_start_pfn, zone_end_pfn(zone), base,
			    base + zone->nr_superpageblocks * size);
	for (u32 i = 0; i < zone->nr_superpageblocks; i++) {
		const struct superpageblock *sb = &zone->superpageblocks[i];
		u32 index = (u32)(sb - this_core()->spbs);
		struct spb_span span;

		if (sb->zone != zone || sb->start_pfn != base + i * size) {
			spb_rule_broken(sb, ZONE_COVER, "number %u of zone %u starts at %u", i,
					zone->index, sb->start_pfn);
			continue;
		}
		span = spb_span_of(sb);
		for (u32 b = 0; b < span.nr_blocks; b++)
			if (span.blocks[b].spb != index)
				spb_rule_broken(sb, BLOCK_SPB, "its pageblock %u says %u", b,
						span.blocks[b].spb);
	}
}

static void check_areas(const struct zone *zone, const struct spb_tally *tally)
{
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++) {
		const struct zone_area *area = &zone->area[order];
		u32 n = 0;

		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++) {
			n += tally->nr_list[order][mt];
			if (area->nr_list[mt] != tally->nr_list[order][mt])
				rule_broken(
					ZONE_AREA,
					"zone %u, order %u, type %s: counts %d, the lists have %u",
					zone->index, order, said_type(mt), (int)area->nr_list[mt],
					tally->nr_list[order][mt]);
		}
		if (area->nr_free != n)
			rule_broken(ZONE_AREA, "zone %u, order %u: counts %d, the lists have %u",
				    zone->index, order, (int)area->nr_free, n);
	}
}

static u32 pages_of_type(const struct spb_tally *tally, unsigned int mt)
{
	u32 pages = 0;

	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		pages += tally->nr_list[order][mt] << order;
	return pages;
}

static void check_zone_count(const struct zone *zone, enum rule_id rule, u32 count, u32 real)
{
	if (count != real && rule_is_on(rule))
		finding(rules[rule].name, "zone %u counts %u, recounted %u", zone->index, count,
			real);
}

static void check_zone(const struct zone *zone)
{
	struct spb_tally tally = { 0 };
	u32 pages = 0;

	looked(SPB_LIST);
	check_cover(zone);
	for (u32 i = 0; i < zone->nr_superpageblocks; i++) {
		struct spb_span span = spb_span_of(&zone->superpageblocks[i]);
		struct spb_content content = spb_count_content(&span);

		spb_recount(&zone->superpageblocks[i], &span, &content, NULL, &tally);
	}
	check_spb_lists(zone);
	check_areas(zone, &tally);
	for (unsigned int mt = 0; mt < MIGRATE_ISOLATE; mt++)
		pages += pages_of_type(&tally, mt);
	check_zone_count(zone, RULE_ZONE_FREE_PAGES, zone->nr_free_pages, pages);
	if (pages_of_type(&tally, MIGRATE_CMA))
		looked(ZONE_FREE_CMA);
	if (pages_of_type(&tally, MIGRATE_HIGHATOMIC))
		looked(ZONE_FREE_HIGHATOMIC);
	if (tally.nr_isolated)
		looked(ZONE_ISOLATED);
	check_zone_count(zone, RULE_ZONE_FREE_CMA, zone->nr_free_cma,
			 pages_of_type(&tally, MIGRATE_CMA));
	check_zone_count(zone, RULE_ZONE_FREE_HIGHATOMIC, zone->nr_free_highatomic,
			 pages_of_type(&tally, MIGRATE_HIGHATOMIC));
	check_zone_count(zone, RULE_ZONE_HIGHATOMIC, zone->nr_reserved_highatomic,
			 tally.nr_highatomic << pageblock_order);
	check_zone_count(zone, RULE_ZONE_ISOLATED, zone->nr_isolate_pageblock, tally.nr_isolated);
}

/* --- per-CPU lists --- */

static u32 walk_pcp_list(const struct zone *zone, unsigned int cpu, unsigned int index)
{
	const struct list_head *head = &zone->per_cpu_pageset[cpu].lists[index], *at;
	unsigned int order = index / MIGRATE_PCPTYPES;
	u32 pages = 0;

	if (order == PCP_ORDERS)
		order = pageblock_order;
	for (at = head; at->next != head; at = at->next) {
		const struct page *page = list_entry(at->next, struct page, pcp_list);

		if (page < this_core()->mem_map || !pfn_valid(page_to_pfn(page)) ||
		    page->pcp_list.prev != at)
			finding("list-corrupt", "zone %u: the list of CPU %u, order %u, %s",
				zone->index, cpu, order, said_type(index % MIGRATE_PCPTYPES));
		looked(PCP_ENTRY);
		if ((page->flags & PG_STATE_MASK) != PG_pcp || page_order(page) != order ||
		    page_type(page) != index % MIGRATE_PCPTYPES || page_zone(page) != zone) {
			finding_page(page_to_pfn(page));
			rule_broken(
				PCP_ENTRY,
				"page %u, %s, order %u, is on the list of CPU %u, order %u, %s, "
				"of zone %u",
				page_to_pfn(page), spb_said_page(page->flags), page_order(page),
				cpu, order, said_type(index % MIGRATE_PCPTYPES), zone->index);
		}
		pages += BIT(order);
		if (pages > zone->spanned_pages)
			finding("pcp-entry", "the list of CPU %u, order %u, %s never ends", cpu,
				order, said_type(index % MIGRATE_PCPTYPES));
	}
	return pages;
}

static void check_pcp(const struct zone *zone)
{
	for (unsigned int cpu = 0; cpu < SPB_MAX_CPUS; cpu++) {
		u32 pages = 0;

		for (unsigned int index = 0; index < NR_PCP_LISTS; index++)
			pages += walk_pcp_list(zone, cpu, index);
		if (zone->per_cpu_pageset[cpu].count == pages || !rule_is_on(RULE_PCP_COUNT))
			continue;
		/* A count that went below nothing is too low. */
		finding_detail((s32)zone->per_cpu_pageset[cpu].count > (s32)pages ? "high"
										  : "low");
		finding("pcp-count", "zone %u, CPU %u counts %u pages, its lists have %u",
			zone->index, cpu, zone->per_cpu_pageset[cpu].count, pages);
	}
}

void spb_full_part(const struct zone *zone, enum zone_part part)
{
	switch (part) {
	case ZONE_PART_SUMS:
		spb_check_zone_sums(zone);
		break;
	case ZONE_PART_LISTS:
		check_spb_lists(zone);
		break;
	case ZONE_PART_PCP:
		check_pcp(zone);
		break;
	case ZONE_PART_REST:
		check_zone(zone);
		break;
	case NR_ZONE_PARTS:
		break;
	}
}

void spb_full(struct run *run)
{
	(void)run;
	for_each_zone_index(index) {
		const struct zone *zone = zone_by_index(index);

		if (!populated_zone(zone))
			continue;
		check_zone(zone);
		check_pcp(zone);
	}
}

/* --- references --- */

void spb_check_references(struct run *run)
{
	const struct page *map = this_core()->mem_map;
	u32 first = this_core()->min_pfn, end = this_core()->max_pfn;

	(void)run;
	looked(PAGE_REFERENCES);
	for (u32 pfn = first; pfn < end; pfn++) {
		const struct page *page = &map[pfn - first];
		u32 state = page->flags & PG_STATE_MASK;

		if (likely(page->refcount == (state == PG_head)) ||
		    !rule_is_on(RULE_PAGE_REFERENCES))
			continue;
		finding_detail(page->refcount ? "high" : "low");
		finding_page(pfn);
		finding("page-references", "page %u, %s, has %u references at rest", pfn,
			spb_said_page(page->flags), page->refcount);
	}
}

/* --- the trace --- */

static void hash_spb_list(const struct list_head *head, u64 which, void (*word)(uint64_t word))
{
	word(which << 32);
	for (const struct list_head *at = head->next; at != head; at = at->next)
		word((u64)(entry_spb(at) - this_core()->spbs));
}

static void hash_free_lists(const struct superpageblock *sb, void (*word)(uint64_t word))
{
	for (unsigned int i = 0; i < NR_PAGE_ORDERS * MIGRATE_TYPES; i++) {
		const struct list_head *head =
			&sb->free_area[i / MIGRATE_TYPES].free_list[i % MIGRATE_TYPES];
		const struct page *page;

		if (list_empty(head))
			continue;
		word((u64)i << 32);
		for (const struct list_head *at = head->next; at != head; at = at->next) {
			page = list_entry(at, struct page, buddy_list);
			word(page_to_pfn(page));
		}
	}
}

void spb_hash(struct run *run, void (*word)(uint64_t word))
{
	(void)run;
	for_each_zone_index(index) {
		const struct zone *zone = zone_by_index(index);

		if (!populated_zone(zone))
			continue;
		for (unsigned int cat = 0; cat < __NR_SB_CATEGORIES; cat++)
			for (unsigned int full = 0; full < __NR_SB_FULLNESS; full++)
				hash_spb_list(&zone->spb_lists[cat][full],
					      cat * __NR_SB_FULLNESS + full, word);
		hash_spb_list(&zone->spb_empty, SB_EMPTY * __NR_SB_FULLNESS, word);
		hash_spb_list(&zone->spb_isolated, SB_ISOLATED * __NR_SB_FULLNESS, word);
		for (u32 i = 0; i < zone->nr_superpageblocks; i++)
			hash_free_lists(&zone->superpageblocks[i], word);
	}
}
