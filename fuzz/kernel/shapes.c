// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program's geometry is on a kernel: the same names, other sizes, since a kernel needs some
 * hundred pages for itself, has two nodes at most, and no pageblocks of two pages. Sizes are
 * units of 32 pages, rounded up to buddies of the largest order. A clipped pageblock has most of
 * its pages where a node begins, so that what is free of it is enough for a claim, which is not
 * due.
 */
#include <string.h>

#include "fuzz/harness/program/geometry.h"
#include "fuzz/kernel/adapter.h"

#define UNIT 32u

/**
 * struct shape - one geometry
 * @block_order, @max_order: of pageblocks and buddies
 * @node, @dma32, @movable, @cma: in units; the zones are of each node but for DMA32, of the first
 * @cma_short: of the CMA area the first pageblock is none: it begins in the midst of a buddy of
 *             the largest order
 * @clip_start, @clip_end: pages
 * @holes: where in units, and pages
 */
struct shape {
	const char *name;
	uint8_t block_order, max_order;
	uint16_t node[KB_MAX_NODES];
	uint16_t dma32, movable, cma;
	uint16_t clip_start, clip_end;
	bool cma_short, pcp_off;
	struct {
		uint16_t unit, pages;
		bool reserved;
	} holes[KB_MAX_HOLES];
};

static const struct shape shapes[] = {
	{ "default", 3, 5, .node = { 64 }, .dma32 = 16 },
	{ "spb1", 3, 5, .node = { 24 } },
	{ "spb2", 3, 5, .node = { 32 }, .dma32 = 8 },
	{ "spb8", 3, 5, .node = { 144 }, .dma32 = 16 },
	{ "spb9", 3, 5, .node = { 160 }, .movable = 32 },
	{ "clipped", 3, 5, .node = { 64 }, .dma32 = 16, .clip_start = 27, .clip_end = 19 },
	{ "two-nodes", 3, 5, .node = { 48, 48 }, .dma32 = 16 },
	{ "four-nodes", 3, 5, .node = { 48, 48 }, .dma32 = 16, .movable = 16 },
	{ "wide160", 4, 6, .node = { 80 }, .movable = 32 },
	{ "wide200", 3, 5, .node = { 96 }, .cma = 16 },
	{ "micro", 3, 5, .node = { 16 }, .clip_start = 3, .pcp_off = true },
	{ "holes", 3, 5, .node = { 96 }, .dma32 = 16, .cma = 8, .cma_short = true,
	  .holes = { { 4, 37, false }, { 24, 32, true }, { 40, 70, false }, { 60, 11, true } } },
	{ "odd-spb", 3, 6, .node = { 72 }, .movable = 16, .cma = 8 },
	{ "bigblock", 5, 5, .node = { 64 },
	  .holes = { { 20, 32, true }, { 33, 32, false } } },
	{ "real-ish", 6, 8, .node = { 256 }, .dma32 = 32, .movable = 64, .cma = 32 },
	{ "tiny", 3, 5, .node = { 20 }, .cma = 2, .cma_short = true },
	{ "micro-pcp", 3, 4, .node = { 16 } },
	{ "ragged", 3, 5, .node = { 40, 24 }, .clip_end = 7 },
};

static const struct shape *shape_of(const struct program_header *header)
{
	int entry = entry_of(ENTRY_GEOMETRY, header->geometry);
	const char *name = entry < 0 ? "" : entry_name(ENTRY_GEOMETRY, (unsigned int)entry);

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		if (!strcmp(shapes[i].name, name))
			return &shapes[i];
	return &shapes[0];
}

static uint32_t pages_of(const struct shape *shape, uint32_t units)
{
	return ALIGN_UP(units * UNIT, 1u << shape->max_order);
}

static uint32_t cma_of(const struct shape *shape)
{
	return pages_of(shape, shape->cma) - (shape->cma_short ? 1u << shape->block_order : 0);
}

static void add_holes(const struct shape *shape, struct kb_config *config)
{
	for (unsigned int i = 0; i < KB_MAX_HOLES && shape->holes[i].pages; i++) {
		config->holes[i].pfn = shape->holes[i].unit * UNIT;
		config->holes[i].pages = shape->holes[i].pages;
		config->holes[i].reserved = shape->holes[i].reserved;
		config->nr_holes++;
	}
}

void kernel_config(const struct program_header *header, struct kb_config *config)
{
	const struct shape *shape = shape_of(header);
	struct spb_config ours;

	geometry_config(header, &ours);
	*config = (struct kb_config){
		.max_order = shape->max_order,
		.pageblock_order = shape->block_order,
		.nr_nodes = shape->node[1] ? 2 : 1,
		/* Each node has one, whether the program runs there or not. */
		.nr_cpus = shape->node[1] && header->cpus < 2 ? 2 : header->cpus,
		.pages = { pages_of(shape, shape->node[0]), pages_of(shape, shape->node[1]) },
		.dma32_pages = pages_of(shape, shape->dma32),
		.movable_pages = pages_of(shape, shape->movable),
		.cma_pages = kb_build()->has_cma ? cma_of(shape) : 0,
		.clip_start = shape->clip_start,
		.clip_end = shape->clip_end,
		.pcp_high = shape->pcp_off ? 0 : ours.pcp_high,
		.pcp_batch = shape->pcp_off ? 0 : ours.pcp_batch,
	};
	add_holes(shape, config);
}

/* The first profile leaves what the kernel computes from its size. */
uint32_t kernel_min_pages(const struct program_header *header, uint32_t pages)
{
	int entry = entry_of(ENTRY_WATERMARKS, header->watermarks);
	const char *name = entry < 0 ? "" : entry_name(ENTRY_WATERMARKS, (unsigned int)entry);

	if (!strcmp(name, "none"))
		return 1;
	return strcmp(name, "tight") ? 0 : pages / 12;
}
