// SPDX-License-Identifier: GPL-2.0-only
/* Configurations out of programs: see spb_boot.h. Specified in S15 of docs/specification.md. */
#include "fuzz/harness/spb/spb_boot.h"

#include <string.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/base/run.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/rule/rule.h"
#include "shim/arena.h"
#include "spb/alloc.h"
#include "spb/event.h"
#include "spb/summary.h"

/* What is larger is judged, and not built: an arena keeps as many ranges, and time is short. */
#define MAX_BUILT_PAGES 8192
#define MAX_BUILT_SPBS 64
#define MAX_BUILT_BLOCKS 4095
/* Where a bad configuration is handed to the allocator. */
#define REFUSED_ROOM (256u * 1024)
#define REFUSED_FILL 0xa5
#define FIRST_PFN_TOO_FAR (1u << 30)

/* --- from records --- */

static void configure(struct run *run)
{
	struct program_record record;

	for (unsigned int n = 0; n < run->program.nr_records; n++) {
		program_record(&run->program, n, &record);
		geometry_boot(&record, &run->config);
	}
}

/* --- contracts --- */

static const struct spb_zone_config *zone_of(const struct spb_config *config, unsigned int z)
{
	return &config->zones[z / MAX_NR_ZONES][z % MAX_NR_ZONES];
}

static bool too_far(uint32_t start, uint32_t pages)
{
	return (uint64_t)start + pages > FIRST_PFN_TOO_FAR;
}

/* Both have pages, below 2^30. */
static bool in_one_block(const struct spb_config *config, const struct spb_zone_config *a,
			 const struct spb_zone_config *b)
{
	unsigned int order = config->block_order;

	return a->start_pfn >> order <= (b->start_pfn + b->nr_pages - 1) >> order &&
	       b->start_pfn >> order <= (a->start_pfn + a->nr_pages - 1) >> order;
}

static const char *zones_break(const struct spb_config *config)
{
	unsigned int nr = (unsigned int)config->nr_nodes * MAX_NR_ZONES;
	bool memory = false;

	for (unsigned int z = 0; z < nr; z++) {
		const struct spb_zone_config *zone = zone_of(config, z);

		if (!zone->nr_pages)
			continue;
		memory = true;
		if (too_far(zone->start_pfn, zone->nr_pages))
			return "a zone ends beyond pfn 2^30";
		for (unsigned int before = 0; before < z; before++)
			if (zone_of(config, before)->nr_pages &&
			    in_one_block(config, zone, zone_of(config, before)))
				return "two zones overlap or share a pageblock";
	}
	return memory ? NULL : "no zone has memory";
}

static const char *ranges_break(const struct spb_config *config)
{
	for (unsigned int i = 0; i < config->nr_ranges; i++) {
		if (config->ranges[i].kind > SPB_RANGE_CMA)
			return "a range is of a kind that does not exist";
		if (too_far(config->ranges[i].start_pfn, config->ranges[i].nr_pages))
			return "a range ends beyond pfn 2^30";
	}
	return NULL;
}

/* Superpageblocks that the zone has a page of. */
static uint64_t spbs_of(const struct spb_config *config, const struct spb_zone_config *zone)
{
	uint64_t size = (uint64_t)config->pageblocks_per_spb << config->block_order;

	if (!zone->nr_pages)
		return 0;
	return ((uint64_t)zone->start_pfn + zone->nr_pages - 1) / size - zone->start_pfn / size + 1;
}

static uint64_t count_spbs(const struct spb_config *config)
{
	uint64_t spbs = 0;

	for (unsigned int z = 0; z < (unsigned int)config->nr_nodes * MAX_NR_ZONES; z++)
		spbs += spbs_of(config, zone_of(config, z));
	return spbs;
}

const char *spb_config_breaks(const struct spb_config *config)
{
	const char *why;

	if (config->block_order < 1 || config->block_order > config->max_order)
		return "block_order is not between 1 and max_order";
	if (config->max_order > MAX_PAGE_ORDER)
		return "max_order is above MAX_PAGE_ORDER";
	if (config->pageblocks_per_spb < 1)
		return "a superpageblock has no pageblock";
	if (config->nr_nodes < 1 || config->nr_nodes > MAX_NUMNODES)
		return "nr_nodes is not between 1 and MAX_NUMNODES";
	if (config->nr_cpus < 1 || config->nr_cpus > SPB_MAX_CPUS)
		return "nr_cpus is not between 1 and SPB_MAX_CPUS";
	if (config->nr_ranges > SPB_MAX_RANGES)
		return "nr_ranges is above SPB_MAX_RANGES";
	if (config->tunables.reserve_divisor < 1)
		return "reserve_divisor is 0";
	if (config->chooser != SPB_CHOOSER_WALK && config->chooser != SPB_CHOOSER_BITMAPS)
		return "chooser is none";
	why = zones_break(config);
	if (!why)
		why = ranges_break(config);
	if (!why && count_spbs(config) >= SPB_NO_SPB)
		why = "more superpageblocks than an index can name";
	return why;
}

/* --- what it takes --- */

/* Pages from the first pageblock of any zone to the last. */
static uint64_t map_pages(const struct spb_config *config)
{
	uint64_t block = 1ull << config->block_order, first = UINT64_MAX, last = 0;

	for (unsigned int z = 0; z < (unsigned int)config->nr_nodes * MAX_NR_ZONES; z++) {
		const struct spb_zone_config *zone = zone_of(config, z);
		uint64_t from = zone->start_pfn / block, to = from;

		if (!zone->nr_pages)
			continue;
		to = ((uint64_t)zone->start_pfn + zone->nr_pages - 1) / block;
		first = from < first ? from : first;
		last = to > last ? to : last;
	}
	return (last - first + 1) * block;
}

static uint64_t add_part(uint64_t size, uint64_t nr, size_t each)
{
	return ALIGN_UP(size + nr * each, (uint64_t)SHIM_LINE) + SHIM_GAP;
}

/* A map has a bit for each superpageblock, and a bit for each word of them above, up to one
 * word. */
static uint64_t summary_of(uint64_t spbs)
{
	uint64_t words = 0, bits = spbs;

	if (!spbs)
		return 0;
	do {
		bits = (bits + 63) / 64;
		words += bits;
	} while (bits > 1);
	words *= NR_SPB_BUCKETS * NR_SPB_ROWS;
	return ALIGN_UP(sizeof(struct spb_summary) + words * sizeof(u64), (uint64_t)SHIM_LINE);
}

static uint64_t summaries_of(const struct spb_config *config)
{
	uint64_t size = 0;

	for (unsigned int z = 0; z < (unsigned int)config->nr_nodes * MAX_NR_ZONES; z++)
		size += summary_of(spbs_of(config, zone_of(config, z)));
	return size;
}

/* S15.4 */
static uint64_t size_of(const struct spb_config *config)
{
	uint64_t pages = map_pages(config), size = 0;

	size = add_part(size, 1, sizeof(struct spb_core));
	size = add_part(size, count_spbs(config), sizeof(struct superpageblock));
	size = add_part(size, pages >> config->block_order, sizeof(struct pageblock_data));
	size = add_part(size, pages, sizeof(struct page));
	return config->chooser == SPB_CHOOSER_BITMAPS ? add_part(size, 1, summaries_of(config)) :
							size;
}

/* --- what the allocator makes of it --- */

/* Nothing is to be seen of an allocator that is none. */
static void clear(void)
{
	arena_blank(REFUSED_ROOM, 0);
	allocator.memory->begin();
}

static bool memory_as_it_was(const struct arena *arena)
{
	for (size_t i = 0; i < arena->size; i++)
		if (arena->base[i] != REFUSED_FILL)
			return false;
	return true;
}

static void refuse(const struct spb_config *config, const char *breaks)
{
	const char *said = allocator.memory->check(config);
	size_t size = allocator.memory->size(config);
	struct arena *arena;
	bool untouched;
	int failed;

	looked(CONFIG_MISSING);
	if (!said || strcmp(said, breaks))
		finding("config-missing", "a configuration is %s%s; %s", said ? "refused since " :
			"accepted", said ? said : "", breaks);
	if (size)
		finding("config-missing", "%zu bytes are said to be enough; %s", size, breaks);
	arena = arena_blank(REFUSED_ROOM, REFUSED_FILL);
	failed = allocator.memory->init(arena->base, config);
	untouched = memory_as_it_was(arena);
	clear();
	if (!failed)
		finding("config-missing", "an allocator is initialised; %s", breaks);
	if (!untouched)
		finding("config-late", "memory has changed, then it was refused: %s", breaks);
}

static void accept(const struct spb_config *config)
{
	const char *said = allocator.memory->check(config);
	size_t size = allocator.memory->size(config);

	looked(CONFIG_UNPREDICTED);
	if (said)
		finding("config-unpredicted", "a configuration is refused: %s", said);
	looked(CONFIG_SIZE);
	if (size != size_of(config))
		finding("config-size", "an allocator of %zu bytes; its arrays take %llu", size,
			(unsigned long long)size_of(config));
}

struct arena *spb_boot(struct run *run)
{
	struct spb_config *config = &run->config;
	const char *breaks;
	struct arena *arena;

	clear();
	configure(run);
	breaks = spb_config_breaks(config);
	if (breaks) {
		refuse(config, breaks);
		return NULL;
	}
	accept(config);
	if (map_pages(config) > MAX_BUILT_PAGES || count_spbs(config) > MAX_BUILT_SPBS ||
	    map_pages(config) >> config->block_order > MAX_BUILT_BLOCKS)
		return NULL;
	run->program.header.cpus = config->nr_cpus;
	run->nr_cpus = config->nr_cpus;
	arena = arena_blank(size_of(config), 0);
	if (allocator.memory->init(arena->base, config)) {
		clear();
		finding("config-unpredicted",
			"an allocator is not initialised, and nothing is wrong with its "
			"configuration");
	}
	arena_settle(arena);
	return arena;
}
