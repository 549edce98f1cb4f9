// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ageing: a zone in the state of a machine that has run for a while, in one record.
 *
 * Whole pageblocks are allocated by type, cut into pieces, and a share of the pieces freed:
 *
 *   after allocation  |UUUU|UUUU|RRRR|MMMM|MMMM|FFFF|
 *   after thinning    |UU.U|.UU.|R.R.|M..M|.MM.|FFFF|
 *
 * What is freed stays on the lists of its pageblock's label.
 */
#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/run/executor.h"
#include "spb/gfp.h"

/* Odd and far from any small fraction of 256, so that neighbours fall far apart. */
#define PATTERN_STEP 97

struct age {
	struct run *run;
	unsigned int zone;
	unsigned int node;
	uint32_t zone_gfp;
	unsigned int piece_order;
	unsigned int free_share; /* in 256ths */
	uint8_t pattern;
};

/* Optional requests would be refused as soon as they need to fragment. */
static const uint32_t type_gfp[] = {
	__GFP_THISNODE | __GFP_NOMEMALLOC,
	__GFP_THISNODE | __GFP_NOMEMALLOC | __GFP_RECLAIMABLE,
	__GFP_THISNODE | __GFP_NOMEMALLOC | __GFP_MOVABLE,
};

static bool piece_is_freed(struct age *age)
{
	age->pattern = (uint8_t)(age->pattern + PATTERN_STEP);
	return age->pattern < age->free_share;
}

static void keep_pieces(struct age *age, uint32_t pfn)
{
	unsigned int block_order = age->run->config.block_order;

	if (age->piece_order < block_order &&
	    executor_split_call(age->run, pfn, block_order, age->piece_order, SPB_RULE_NONE))
		return;
	for (uint32_t i = 0; i < 1u << block_order; i += 1u << age->piece_order) {
		if (piece_is_freed(age))
			executor_free_call(age->run, pfn + i, age->piece_order, SPB_RULE_NONE);
		else
			owner_take(0, pfn + i, age->piece_order);
	}
}

/* Other zones may serve the request too: then this one has had enough. */
static bool age_block(struct age *age, uint32_t gfp)
{
	struct run *run = age->run;
	unsigned int block_order = run->config.block_order;
	uint32_t pfn = executor_alloc_raw(run, gfp | age->zone_gfp, block_order, age->node,
					  0);

	if (pfn == NO_PFN)
		return false;
	if (run->queries->zone_of(pfn) != (int)age->zone) {
		executor_free_call(run, pfn, block_order, SPB_RULE_NONE);
		return false;
	}
	keep_pieces(age, pfn);
	return true;
}

/* The node and the gfp bits that prefer a zone: populated ones are counted. */
static void find_zone(struct age *age)
{
	static const uint32_t zone_gfp[MAX_NR_ZONES] = {
		[ZONE_DMA32] = __GFP_DMA32,
		[ZONE_MOVABLE] = __GFP_HIGHMEM,
	};
	unsigned int left = age->zone;

	for (unsigned int i = 0; i < age->run->config.nr_nodes * MAX_NR_ZONES; i++) {
		if (!age->run->config.zones[i / MAX_NR_ZONES][i % MAX_NR_ZONES].nr_pages)
			continue;
		if (left--)
			continue;
		age->node = i / MAX_NR_ZONES;
		age->zone_gfp = zone_gfp[i % MAX_NR_ZONES];
		return;
	}
}

void executor_age(struct run *run, const struct program_record *r)
{
	struct age age = {
		.run = run,
		.zone = FIELD_PART(r->arg, age_zone, arg) % run->queries->nr_zones(),
		.piece_order = r->order % (run->config.block_order + 1u),
		.free_share = FIELD_PART(r->gfp, free, gfp),
		.pattern = (uint8_t)FIELD_PART(r->arg, age_seed, arg),
	};
	const uint32_t shares[] = {
		FIELD_PART(r->gfp, unmovable, gfp), FIELD_PART(r->gfp, reclaimable, gfp),
		FIELD_PART(r->gfp, movable, gfp),
	};
	uint32_t start, end, blocks;

	find_zone(&age);
	if (!run->queries->zone_span(age.zone, &start, &end))
		return;
	blocks = (end - start) >> run->config.block_order;
	for (unsigned int type = 0; type < 3; type++)
		for (uint32_t n = (blocks * shares[type] + 128) / 256; n; n--)
			if (!age_block(&age, type_gfp[type]))
				break;
}
