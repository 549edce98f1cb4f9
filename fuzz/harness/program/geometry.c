// SPDX-License-Identifier: GPL-2.0-only
/* The table of geometries and profiles: see geometry.h. All numbers are pages. */
#include "fuzz/harness/program/geometry.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/program/state.h"

struct geometry {
	const char *name;
	bool pcp_off;
	struct spb_config config;
};

#define ZONE(start, nr) { .start_pfn = (start), .nr_pages = (nr) }
#define RANGE(start, nr, what) \
	{ .start_pfn = (start), .nr_pages = (nr), .kind = SPB_RANGE_##what }

/* Pageblocks of 8 pages, 16 of them (128 pages) in a superpageblock, buddies up to 32 pages. */
#define SMALL .block_order = 3, .max_order = 5, .pageblocks_per_spb = 16
#define SMALL_SPB 128

#define NORMAL_SPBS(label, n)                                                  \
	{                                                                      \
		.name = label, .config = {                                     \
			SMALL, .nr_nodes = 1,                                  \
			.zones[0] = { ZONE(1024, 2 * SMALL_SPB),               \
				      ZONE(1280, (n) * SMALL_SPB) },           \
		},                                                             \
	}

static const struct geometry geometries[] = {
	NORMAL_SPBS("default", 6),
	NORMAL_SPBS("spb1", 1),
	NORMAL_SPBS("spb2", 2),
	NORMAL_SPBS("spb8", 8),
	NORMAL_SPBS("spb9", 9),
	/* Both zones begin and end inside a pageblock, and inside a superpageblock. */
	{
		.name = "clipped",
		.config = {
			SMALL, .nr_nodes = 1,
			.zones[0] = { ZONE(1053, 200), ZONE(1307, 600) },
		},
	},
	{
		.name = "two-nodes",
		.config = {
			SMALL, .nr_nodes = 2,
			.zones = { { ZONE(1024, SMALL_SPB), ZONE(1152, 3 * SMALL_SPB) },
				   { [ZONE_NORMAL] = ZONE(2048, 3 * SMALL_SPB) } },
		},
	},
	{
		.name = "four-nodes",
		.config = {
			SMALL, .nr_nodes = 4,
			.zones = { { ZONE(1024, SMALL_SPB), ZONE(1152, 2 * SMALL_SPB) },
				   { [ZONE_NORMAL] = ZONE(1536, 2 * SMALL_SPB) },
				   { [ZONE_NORMAL] = ZONE(1792, SMALL_SPB),
				     [ZONE_MOVABLE] = ZONE(1920, 2 * SMALL_SPB) },
				   { [ZONE_MOVABLE] = ZONE(2304, 2 * SMALL_SPB) } },
		},
	},
	/* A reserve of 5, and of 6, pageblocks instead of the least of 4. */
	{
		.name = "wide160",
		.config = {
			.block_order = 2, .max_order = 4, .pageblocks_per_spb = 160,
			.nr_nodes = 1, .zones[0] = { ZONE(640, 320), ZONE(1280, 3 * 640) },
		},
	},
	{
		.name = "wide200",
		.config = {
			.block_order = 1, .max_order = 3, .pageblocks_per_spb = 200,
			.nr_nodes = 1, .zones[0] = { ZONE(400, 200), ZONE(800, 4 * 400) },
		},
	},
	{
		.name = "micro", .pcp_off = true,
		.config = {
			.block_order = 1, .max_order = 2, .pageblocks_per_spb = 4,
			.nr_nodes = 1, .zones[0] = { ZONE(64, 2), ZONE(72, 16) },
			.tunables.reserve_min = 1,
		},
	},
	{
		.name = "holes",
		.config = {
			SMALL, .nr_nodes = 1,
			.zones[0] = { ZONE(1024, 2 * SMALL_SPB), ZONE(1280, 6 * SMALL_SPB) },
			.nr_ranges = 8,
			.ranges = { RANGE(1030, 5, HOLE), RANGE(1064, 24, RESERVED),
				    RANGE(1280, 16, HOLE), RANGE(1421, 30, HOLE),
				    RANGE(1536, 128, RESERVED), RANGE(1680, 32, CMA),
				    RANGE(1792, 64, CMA), RANGE(2043, 5, RESERVED) },
		},
	},
	/* Superpageblocks end inside what alignment alone would let merge. */
	{
		.name = "odd-spb",
		.config = {
			.block_order = 3, .max_order = 6, .pageblocks_per_spb = 12,
			.nr_nodes = 1, .zones[0] = { ZONE(960, 192), ZONE(1152, 7 * 96) },
		},
	},
	{
		.name = "bigblock",
		.config = {
			.block_order = 4, .max_order = 4, .pageblocks_per_spb = 8,
			.nr_nodes = 1, .zones[0] = { ZONE(1024, 256), ZONE(1280, 768) },
		},
	},
	{
		.name = "real-ish",
		.config = {
			.block_order = 6, .max_order = 8, .pageblocks_per_spb = 16,
			.nr_nodes = 1, .zones[0] = { ZONE(4096, 1024), ZONE(5120, 6 * 1024) },
		},
	},
	/* So few pages that 64 requests fill it, and still with a highatomic reserve and CMA. */
	{
		.name = "tiny",
		.config = {
			.block_order = 2, .max_order = 4, .pageblocks_per_spb = 8,
			.nr_nodes = 1, .zones[0] = { ZONE(64, 64), ZONE(128, 256) },
			.nr_ranges = 1, .ranges = { RANGE(376, 8, CMA) },
			.tunables.reserve_min = 2,
		},
	},
	{
		.name = "micro-pcp",
		.config = {
			.block_order = 1, .max_order = 2, .pageblocks_per_spb = 4,
			.nr_nodes = 1, .zones[0] = { ZONE(64, 2), ZONE(72, 16) },
			.tunables.reserve_min = 1,
		},
	},
	/* Zones that begin and end at a pageblock, in the middle of a superpageblock. */
	{
		.name = "ragged",
		.config = {
			SMALL, .nr_nodes = 1,
			.zones[0] = { ZONE(1024, 192), ZONE(1344, 384) },
		},
	},
	/* The first pageblock of each zone is whole and has an odd index; so has the last. */
	{
		.name = "odd-block",
		.config = {
			SMALL, .nr_nodes = 1,
			.zones[0] = { ZONE(1032, 240), ZONE(1288, 624) },
		},
	},
	/* As many ranges as there is room for, most of them smaller than a pageblock. */
	{
		.name = "pitted",
		.config = {
			SMALL, .nr_nodes = 1,
			.zones[0] = { ZONE(1024, 2 * SMALL_SPB), ZONE(1280, 5 * SMALL_SPB) },
			.nr_ranges = SPB_MAX_RANGES,
			.ranges = { RANGE(1024, 1, HOLE), RANGE(1055, 2, RESERVED),
				    RANGE(1088, 8, HOLE), RANGE(1151, 1, RESERVED),
				    RANGE(1200, 24, CMA), RANGE(1279, 1, HOLE),
				    RANGE(1280, 7, RESERVED), RANGE(1336, 16, CMA),
				    RANGE(1407, 2, HOLE), RANGE(1440, 40, RESERVED),
				    RANGE(1536, 128, HOLE), RANGE(1664, 1, RESERVED),
				    RANGE(1696, 64, CMA), RANGE(1728, 1, HOLE),
				    RANGE(1856, 32, CMA), RANGE(1919, 1, RESERVED) },
		},
	},
	/* More superpageblocks than any walk that looks at a fixed number of them. */
	{
		.name = "many",
		.config = {
			.block_order = 1, .max_order = 2, .pageblocks_per_spb = 4,
			.nr_nodes = 1, .zones[0] = { ZONE(64, 8), ZONE(72, 24 * 8) },
			.tunables.reserve_min = 1,
		},
	},
};

static const struct pcp_profile {
	const char *name;
	uint16_t batch, high;
} pcp_profiles[] = {
	{ "default", 4, 16 },
	{ "off", 0, 0 },
	{ "tiny", 1, 2 },
	{ "large", 16, 64 },
	/* Each page that comes is one too many, and more go than there may be. */
	{ "over", 12, 3 },
};

static const struct watermark_profile {
	const char *name;
	uint16_t wmark, lowmem;
	enum spb_chooser chooser;
} watermark_profiles[] = {
	{ "default", 64, 0, SPB_CHOOSER_WALK },
	{ "none", 0, 0, SPB_CHOOSER_WALK },
	{ "tight", 12, 0, SPB_CHOOSER_WALK },
	{ "lowmem", 64, 32, SPB_CHOOSER_WALK },
	{ "default-bitmaps", 64, 0, SPB_CHOOSER_BITMAPS },
	{ "none-bitmaps", 0, 0, SPB_CHOOSER_BITMAPS },
	{ "tight-bitmaps", 12, 0, SPB_CHOOSER_BITMAPS },
	{ "lowmem-bitmaps", 64, 32, SPB_CHOOSER_BITMAPS },
};

/**
 * struct rule - what the bytes of a table mean
 * @name: of the byte, in text
 * @nr: entries
 * @modulus: of the bytes outside of the window
 * @old: entries that these can mean; where the remainder is not below, they mean the first
 * @window: first byte of the window
 * @room: its bytes
 */
struct rule {
	const char *name;
	unsigned int nr;
	uint8_t modulus;
	uint8_t old;
	uint8_t window;
	uint8_t room;
};

/* The windows are bytes that no committed input had. These numbers never change. */
static const struct rule rules[NR_ENTRY_TABLES] = {
	[ENTRY_GEOMETRY] = { "geometry", ARRAY_SIZE(geometries), 32, 18, 224, 32 },
	[ENTRY_PCP] = { "pcp", ARRAY_SIZE(pcp_profiles), 8, 4, 232, 8 },
	[ENTRY_WATERMARKS] = { "watermarks", ARRAY_SIZE(watermark_profiles), 8, 4, 232, 8 },
};

_Static_assert(ARRAY_SIZE(geometries) <= MAX_GEOMETRIES, "the table is full");
_Static_assert(ARRAY_SIZE(pcp_profiles) <= MAX_PCP_PROFILES, "the table is full");
_Static_assert(ARRAY_SIZE(watermark_profiles) <= MAX_WATERMARK_PROFILES, "the table is full");

unsigned int entry_nr(enum entry_table table)
{
	return rules[table].nr;
}

unsigned int entry_before(enum entry_table table, uint8_t byte)
{
	unsigned int entry = byte % rules[table].modulus;

	return entry < rules[table].old ? entry : 0;
}

int entry_of(enum entry_table table, uint8_t byte)
{
	const struct rule *rule = &rules[table];
	unsigned int entry;

	if (byte < rule->window || byte - rule->window >= rule->room)
		return (int)entry_before(table, byte);
	entry = rule->old + byte - rule->window;
	return entry < rule->nr ? (int)entry : -1;
}

uint8_t entry_byte(enum entry_table table, unsigned int entry)
{
	const struct rule *rule = &rules[table];

	return (uint8_t)(entry < rule->old ? entry : rule->window + entry - rule->old);
}

const char *entry_name(enum entry_table table, unsigned int entry)
{
	switch (table) {
	case ENTRY_PCP:
		return pcp_profiles[entry].name;
	case ENTRY_WATERMARKS:
		return watermark_profiles[entry].name;
	default:
		return geometries[entry].name;
	}
}

int entry_index(enum entry_table table, const char *name)
{
	for (unsigned int i = 0; i < rules[table].nr; i++)
		if (!strcmp(entry_name(table, i), name))
			return (int)i;
	return -1;
}

const char *entry_table_name(enum entry_table table)
{
	return rules[table].name;
}

/* A header that nobody runs may name one that is not there. */
static unsigned int entry(enum entry_table table, uint8_t byte)
{
	int found = entry_of(table, byte);

	return found < 0 ? 0 : (unsigned int)found;
}

/* Starting tunables: the default, unless the geometry says otherwise, then the switches. */
static void set_tunables(struct spb_tunables *tunables, uint8_t switches)
{
#define X(name, value, text)                     \
	if (!tunables->name)                     \
		tunables->name = (value);
	SPB_TUNABLES(X)
#undef X
#define SWITCH(text, name, value)          \
	if (switches & 1)                  \
		tunables->name = (value);  \
	switches >>= 1;
#include "fuzz/harness/program/fields.def"
}

static const char *const chooser_names[] = {
	[SPB_CHOOSER_WALK] = "walk",
	[SPB_CHOOSER_BITMAPS] = "bitmaps",
};

/* An option: it is set before the first program. */
PROCESS_DATA int geometry_chooser = -1;

const char *geometry_chooser_name(enum spb_chooser chooser)
{
	return chooser_names[chooser];
}

bool geometry_from_environment(FILE *complaints)
{
	const char *name = getenv("SPBFUZZ_CHOOSER");

	if (!name || !*name) {
		geometry_chooser = -1;
		return true;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(chooser_names); i++)
		if (!strcmp(chooser_names[i], name)) {
			geometry_chooser = (int)i;
			return true;
		}
	fprintf(complaints, "'%s' is no chooser; there are: walk, bitmaps\n", name);
	return false;
}

void geometry_config(const struct program_header *header, struct spb_config *config)
{
	const struct geometry *geometry = &geometries[entry(ENTRY_GEOMETRY, header->geometry)];
	const struct pcp_profile *pcp = &pcp_profiles[entry(ENTRY_PCP, header->pcp)];
	const struct watermark_profile *wmark =
		&watermark_profiles[entry(ENTRY_WATERMARKS, header->watermarks)];

	*config = geometry->config;
	config->nr_cpus = header->cpus;
	if (!geometry->pcp_off) {
		config->pcp_batch = pcp->batch;
		config->pcp_high = pcp->high;
	}
	config->wmark_divisor = wmark->wmark;
	config->lowmem_divisor = wmark->lowmem;
	config->chooser = (uint8_t)(geometry_chooser < 0 ? (int)wmark->chooser : geometry_chooser);
	set_tunables(&config->tunables, header->switches);
}

static void set_zone(const struct program_record *r, struct spb_config *config)
{
	struct spb_zone_config *zone = &config->zones[r->node][r->slot % 16 % MAX_NR_ZONES];

	zone->start_pfn = r->gfp;
	zone->nr_pages = (uint32_t)r->arg << r->slot / 16;
}

static void add_range(const struct program_record *r, struct spb_config *config)
{
	if (config->nr_ranges < SPB_MAX_RANGES)
		config->ranges[config->nr_ranges] = (struct spb_range){
			.start_pfn = r->gfp, .nr_pages = r->arg, .kind = r->extra,
		};
	if (config->nr_ranges < UINT8_MAX)
		config->nr_ranges++;
}

static void set_number(const struct program_record *r, struct spb_config *config)
{
	unsigned int slot = 0;

#define SETTING(id, name, field)                                    \
	if (slot++ == r->slot)                                      \
		config->field = (typeof(config->field))r->gfp;
#include "fuzz/harness/program/fields.def"
}

void geometry_boot(const struct program_record *record, struct spb_config *config)
{
	if (record->op == OP_boot_zone)
		set_zone(record, config);
	else if (record->op == OP_boot_range)
		add_range(record, config);
	else if (record->op == OP_boot_set)
		set_number(record, config);
}

uint32_t geometry_key(const struct program_header *header)
{
	uint32_t key = entry(ENTRY_GEOMETRY, header->geometry);

	key = key * MAX_PCP_PROFILES + entry(ENTRY_PCP, header->pcp);
	key = key * MAX_WATERMARK_PROFILES + entry(ENTRY_WATERMARKS, header->watermarks);
	return key * PROGRAM_CPUS + (header->cpus - 1u) % PROGRAM_CPUS;
}
