// SPDX-License-Identifier: GPL-2.0-only
/* What the model starts from: zones, superpageblocks and pageblocks of a geometry, all free, and
 * the rules that are on. */
#include <string.h>

#include "fuzz/harness/model/model_check.h"

static uint32_t spb_pages(const struct spb_config *config)
{
	return (uint32_t)config->pageblocks_per_spb << config->block_order;
}

/* Where one zone lies, and its superpageblocks: from the border before it to its end. */
static bool place_zone(struct mzone *zone, const struct spb_zone_config *from, unsigned int index)
{
	uint32_t size = spb_pages(&model.config);

	zone->start = from->start_pfn;
	zone->end = from->start_pfn + from->nr_pages;
	zone->compact_at = zone->reclaim_at = zone->start;
	zone->first_spb = (uint16_t)model.nr_spbs;
	for (uint32_t pfn = zone->start - zone->start % size; from->nr_pages && pfn < zone->end;
	     pfn += size) {
		struct mspb *s = &model.spb[model.nr_spbs];

		if (model.nr_spbs == MODEL_MAX_SPBS)
			return false;
		memset(s, 0, sizeof(*s));
		s->start = pfn > zone->start ? pfn : zone->start;
		s->end = pfn + size < zone->end ? pfn + size : zone->end;
		s->zone = (uint8_t)index;
		for (uint32_t b = block_start(s->start); b < s->end; b += block_pages()) {
			mblock(b)->spb = (uint16_t)model.nr_spbs;
			s->total++;
		}
		model.nr_spbs++;
		zone->nr_spbs++;
	}
	return true;
}

/* A pageblock is CMA by its first page, and when it is whole: see place_blocks(). */
static void place_range(const struct spb_range *range)
{
	uint32_t end = range->start_pfn + range->nr_pages, map_end = model.base + model.nr_pages;
	uint32_t pfn = range->start_pfn > model.base ? range->start_pfn : model.base;

	for (; pfn < end && pfn < map_end; pfn++) {
		if (range->kind != SPB_RANGE_CMA)
			mpage(pfn)->state = PAGE_NONE;
		else if (pfn == block_start(pfn))
			mblock(pfn)->label = CMA;
	}
}

/* Pages outside every zone, in holes and reserved ranges stay PAGE_NONE. */
static void place_pages(const struct spb_config *config)
{
	for (unsigned int z = 0; z < MODEL_ZONES; z++)
		for (uint32_t pfn = model.zone[z].start; pfn < model.zone[z].end; pfn++)
			mpage(pfn)->state = PAGE_ALLOCATED;
	for (unsigned int i = 0; i < config->nr_ranges; i++)
		place_range(&config->ranges[i]);
}

static void place_blocks(void)
{
	for (unsigned int i = 0; i < model.nr_spbs; i++) {
		struct mspb *s = &model.spb[i];

		for (uint32_t b = block_start(s->start); b < s->end; b += block_pages()) {
			struct mblock *block = mblock(b);

			for (uint32_t pfn = b; pfn < b + block_pages(); pfn++)
				block->usable += mpage_valid(pfn) && mpage(pfn)->state != PAGE_NONE;
			block->reserved = !block->usable;
			block->partial = block->usable && block->usable < block_pages();
			if (block->usable < block_pages())
				block->label = MOV;
			block->told_label = block->label;
			s->reserved += block->reserved;
			s->partial += block->partial;
			model.zone[s->zone].managed += block->usable;
		}
	}
}

static void place_watermarks(const struct spb_config *config)
{
	for (unsigned int z = 0; z < MODEL_ZONES; z++) {
		struct mzone *zone = &model.zone[z];
		uint32_t above = 0;

		if (!zone->managed)
			continue;
		if (config->wmark_divisor) {
			zone->wmark[0] = zone->managed / config->wmark_divisor;
			zone->wmark[1] = zone->wmark[0] * 5 / 4 + 1;
			zone->wmark[2] = zone->wmark[0] * 3 / 2 + 2;
		}
		for (unsigned int type = z % MAX_NR_ZONES + 1; type < MAX_NR_ZONES; type++) {
			above += model.zone[z / MAX_NR_ZONES * MAX_NR_ZONES + type].managed;
			if (config->lowmem_divisor)
				zone->lowmem[type] = above / config->lowmem_divisor;
		}
	}
}

/* Everything merges as far as it can, whatever the order in which it came. */
static void free_all(void)
{
	for (uint32_t b = model.base; b < model.base + model.nr_pages; b += block_pages()) {
		bool whole = mblock(b)->usable == block_pages();

		if (whole)
			model_put(b, model.config.block_order);
		for (uint32_t pfn = b; !whole && pfn < b + block_pages(); pfn++)
			if (mpage(pfn)->state == PAGE_ALLOCATED)
				model_put(pfn, 0);
	}
	for (unsigned int i = 0; i < model.nr_spbs; i++) {
		struct mspb *s = &model.spb[i];

		model_follow(s);
		s->told_list = list_number(s);
		/* Lower ones nearer to the head. */
		s->moved = model.nr_spbs - i;
	}
	model.clock = model.nr_spbs;
}

static void build_zones(const struct spb_config *config)
{
	uint32_t first = ~0u, end = 0;

	model.on = false;
	model.nr_spbs = 0;
	model.operation = 1;
	model.nr_touched_blocks = model.nr_touched_spbs = 0;
	memset(model.zone, 0, sizeof(model.zone));
	for (unsigned int z = 0; z < (unsigned int)config->nr_nodes * MAX_NR_ZONES; z++) {
		const struct spb_zone_config *from =
			&config->zones[z / MAX_NR_ZONES][z % MAX_NR_ZONES];

		if (!from->nr_pages)
			continue;
		first = from->start_pfn < first ? from->start_pfn : first;
		if (from->start_pfn + from->nr_pages > end)
			end = from->start_pfn + from->nr_pages;
	}
	model.base = block_start(first);
	model.nr_pages = block_start(end - 1) + block_pages() - model.base;
	if (first >= end || model.nr_pages > MODEL_MAX_PAGES)
		return;
	model.nr_blocks = model.nr_pages >> config->block_order;
	memset(model.page, 0, model.nr_pages * sizeof(model.page[0]));
	memset(model.block, 0, model.nr_blocks * sizeof(model.block[0]));
	for (uint32_t i = 0; i < model.nr_pages; i++)
		model.page[i].order = NO_ORDER;
	for (uint32_t i = 0; i < model.nr_blocks; i++)
		model.block[i].label = model.block[i].told_label = MOV;
	for (unsigned int z = 0; z < (unsigned int)config->nr_nodes * MAX_NR_ZONES; z++)
		if (!place_zone(&model.zone[z], &config->zones[z / MAX_NR_ZONES][z % MAX_NR_ZONES],
				z))
			return;
	place_pages(config);
	place_blocks();
	place_watermarks(config);
	free_all();
	model.on = true;
}

/*
 * Without a rule about requests, events say what each may have; the same goes for labels. What
 * a search must do follows from labels before it relabels, so that wants the model's own.
 */
static void choose_what_to_follow(void)
{
	model.foretells = rule_is_on(RULE_REQUEST_FLAGS) || rule_is_on(RULE_REQUEST_STAGE) ||
			  rule_is_on(RULE_CALLER_REQUEST) || rule_is_on(RULE_ZONE_ORDER);
	model.labels_told = !rule_is_on(RULE_MODEL_LABEL) && !model_judges_search();
}

bool model_begin(const struct spb_config *config,
		 void (*view)(unsigned int spb, struct model_spb_view *view))
{
	model.config = *config;
	model.tunables = config->tunables;
	model.view = view;
	model.now = 0;
	model.alone = true;
	model.tuning = model.walks = 0;
	choose_what_to_follow();
	/* A program may have ended anywhere. */
	memset(model.context, 0, sizeof(model.context));
	for (unsigned int i = 0; i < 2 * PROGRAM_CPUS; i++) {
		model.context[i].leaving = NO_PFN;
		/* No target has been taken yet. */
		model.context[i].compaction.fits = true;
		model.context[i].compaction.clean = SPB_NO_SPB;
		begin_moves(&model.context[i]);
	}
	memset(model.queued, 0, sizeof(model.queued));
	build_zones(config);
	return model.on;
}

void model_sleep(void)
{
	model.on = false;
}
