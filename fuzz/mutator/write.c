// SPDX-License-Identifier: GPL-2.0-only
/* Single records, aimed: see write.h. */
#include "fuzz/mutator/write.h"

#include <string.h>

#include "fuzz/harness/program/fields.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/mutator/mutator.h"
#include "shim/types.h"

/* The longest stretch of points that a preemption waits for: most operations have fewer. */
#define PREEMPT_POINTS 1024
/* How many of the records configure, where that is what a target is about. */
#define BOOTS_ONE_IN 4

PROCESS_STATE bool mutator_boots;

void writer_open(struct writer *writer, struct draft *draft, struct random *random,
		 unsigned int at)
{
	struct program_header header;

	memset(writer, 0, sizeof(*writer));
	writer->draft = draft;
	writer->random = random;
	writer->at = at;
	draft_header(draft, &header);
	geometry_config(&header, &writer->config);
	for (unsigned int i = 0; i < MAX_NUMNODES * MAX_NR_ZONES; i++)
		writer->nr_zones +=
			writer->config.zones[i / MAX_NR_ZONES][i % MAX_NR_ZONES].nr_pages != 0;
	/* A target may have more CPUs than the header, never fewer than two for a race. */
	writer->nr_cpus = header.cpus < 2 ? 2 : header.cpus;
	writer->scattered = random_one_in(random, 4);
	writer->cpu = (uint8_t)random_below(random, writer->nr_cpus);
	writer->node = (uint8_t)random_below(random, writer->config.nr_nodes);
	slots_at(draft, at, &writer->slots);
}

unsigned int writer_order(struct writer *writer)
{
	struct random *random = writer->random;

	switch (random_below(random, 8)) {
	case 0:
	case 1:
	case 2:
		return 0;
	case 3:
		return writer->config.block_order;
	case 4:
		return random_below(random, writer->config.max_order + 2u);
	default:
		return random_below(random, writer->config.block_order + 1u);
	}
}

/* Nearly always there is an unused one: some are better shared. */
static uint8_t unused_slot(struct writer *writer)
{
	unsigned int unused = slots_count(&writer->slots, SLOT_UNUSED);

	if (!unused || random_one_in(writer->random, 8))
		return (uint8_t)random_small(writer->random, PROGRAM_SLOTS);
	return (uint8_t)slots_nth(&writer->slots, SLOT_UNUSED, 0);
}

uint8_t writer_slot(struct writer *writer, enum slot_state state)
{
	unsigned int count = slots_count(&writer->slots, state);

	if (state == SLOT_UNUSED || !count)
		return unused_slot(writer);
	return (uint8_t)slots_nth(&writer->slots, state, random_below(writer->random, count));
}

/* Of any zone, each as likely as it is large. */
static uint32_t any_pfn(struct writer *writer)
{
	uint32_t n = random_below(writer->random, draft_pages(&writer->config));

	for (unsigned int i = 0; i < MAX_NUMNODES * MAX_NR_ZONES; i++) {
		const struct spb_zone_config *zone =
			&writer->config.zones[i / MAX_NR_ZONES][i % MAX_NR_ZONES];

		if (n < zone->nr_pages)
			return zone->start_pfn + n;
		n -= zone->nr_pages;
	}
	return 0;
}

/* The argument that names a page: a share of the memory map, with some room at both ends. */
static uint16_t page_argument(const struct spb_config *config, uint32_t pfn)
{
	uint32_t first = UINT32_MAX, end = 0, pages;

	for (unsigned int i = 0; i < MAX_NUMNODES * MAX_NR_ZONES; i++) {
		const struct spb_zone_config *zone =
			&config->zones[i / MAX_NR_ZONES][i % MAX_NR_ZONES];

		if (zone->nr_pages && zone->start_pfn < first)
			first = zone->start_pfn;
		if (zone->nr_pages && zone->start_pfn + zone->nr_pages > end)
			end = zone->start_pfn + zone->nr_pages;
	}
	/* The map has whole pageblocks. */
	first &= -(1u << config->block_order);
	end = (end + (1u << config->block_order) - 1) & -(1u << config->block_order);
	pages = end - first + 2 * PROGRAM_PFN_MARGIN;
	return (uint16_t)((((uint64_t)(pfn - first + PROGRAM_PFN_MARGIN) << 16) + pages - 1) /
			  pages);
}

/* Half of a small memory map is margin, and holes: mostly a page that there is. */
uint16_t writer_page(struct writer *writer)
{
	const struct slots *slots = &writer->slots;

	if (slots->nr_isolated && random_below(writer->random, 2))
		return slots->isolated[random_below(writer->random, slots->nr_isolated)];
	if (!writer->nr_zones || random_one_in(writer->random, 4))
		return (uint16_t)random_next(writer->random);
	return page_argument(&writer->config, any_pfn(writer));
}

uint16_t writer_zone(struct writer *writer)
{
	if (writer->nr_zones > 1 && random_below(writer->random, 4))
		return (uint16_t)(1 + random_below(writer->random, writer->nr_zones - 1));
	return (uint16_t)random_below(writer->random, writer->nr_zones);
}

void write_record(struct writer *writer, const struct program_record *record)
{
	struct program_record complete = *record;

	if (writer->draft->nr == writer->draft->room)
		return;
	if (writer->scattered && random_one_in(writer->random, 2))
		writer->cpu = (uint8_t)random_below(writer->random, writer->nr_cpus);
	complete.cpu = writer->cpu;
	complete.node = writer->node;
	draft_make_room(writer->draft, writer->at, 1);
	draft_set_record(writer->draft, writer->at++, &complete);
	slots_apply(&writer->slots, &complete);
}

void write_free(struct writer *writer, uint8_t slot)
{
	write_record(writer, &(struct program_record){ .op = OP_free, .slot = slot });
}

void random_preempt(struct random *random, struct program_preempt *preempt, unsigned int cpus)
{
	preempt->at = (uint16_t)(1 + random_small(random, PREEMPT_POINTS));
	preempt->cpu = (uint8_t)random_below(random, cpus);
	preempt->interrupt = random_one_in(random, 3);
}

/* Of the three types, and of what is freed. */
static uint32_t random_shares(struct random *random)
{
	static const uint8_t shift[] = {
		FIELD_SHIFT(unmovable, gfp), FIELD_SHIFT(reclaimable, gfp),
		FIELD_SHIFT(movable, gfp),
	};
	uint32_t left = 160 + random_below(random, 96), shares = 0;
	unsigned int first = random_below(random, 3);

	for (unsigned int i = 0; i < 3; i++) {
		uint32_t share = i == 2 ? left : random_below(random, left + 1);

		shares |= share << shift[(first + i) % 3];
		left -= share;
	}
	if (random_below(random, 3))
		shares |= random_small(random, 256) << FIELD_SHIFT(free, gfp);
	return shares;
}

static void aim_request(struct writer *writer, struct program_record *record)
{
	record->slot = writer_slot(writer, SLOT_UNUSED);
	record->order = (uint8_t)writer_order(writer);
	record->gfp = shape_any(writer->random);
	record->arg = (uint16_t)random_small(writer->random, 64);
}

static void aim_held(struct writer *writer, struct program_record *record)
{
	bool pinned = random_one_in(writer->random, 6);

	record->slot = writer_slot(writer, pinned ? SLOT_PINNED : SLOT_HELD);
	record->order = (uint8_t)random_below(writer->random, writer->config.max_order + 1u);
	record->arg = (uint16_t)random_below(writer->random, 16);
}

static void aim_zone(struct writer *writer, struct program_record *record)
{
	record->arg = writer_zone(writer);
	record->order = (uint8_t)writer_order(writer);
	record->extra = (uint8_t)random_below(writer->random, 3);
}

static void aim_zone_new(struct writer *writer, struct program_record *record)
{
	aim_zone(writer, record);
	record->slot = writer_slot(writer, SLOT_UNUSED);
}

static void aim_whole(struct writer *writer, struct program_record *record)
{
	record->slot = writer_slot(writer, SLOT_CONTIG);
}

static void aim_freed(struct writer *writer, struct program_record *record)
{
	record->slot = writer_slot(writer, SLOT_FREED);
}

static void aim_page(struct writer *writer, struct program_record *record)
{
	record->order = (uint8_t)random_below(writer->random, writer->config.max_order + 1u);
	record->arg = writer_page(writer);
	if (record->op != OP_range)
		return;
	record->slot = writer_slot(writer, SLOT_UNUSED);
	record->extra = (uint8_t)random_small(writer->random, 16);
	record->gfp = shape_any(writer->random);
}

static void aim_fill(struct writer *writer, struct program_record *record)
{
	struct random *random = writer->random;

	record->order = (uint8_t)writer_order(writer);
	record->gfp = shape_any(random);
	record->arg = random_one_in(random, 3) ? 511 : (uint16_t)random_small(random, 128);
}

static void aim_age(struct writer *writer, struct program_record *record)
{
	struct random *random = writer->random;

	record->order = (uint8_t)random_below(random, writer->config.block_order + 1u);
	record->gfp = random_shares(random);
	record->arg = writer_zone(writer);
	record->arg |= (uint16_t)(random_below(random, 256) << FIELD_SHIFT(age_seed, arg));
}

static void aim_time(struct writer *writer, struct program_record *record)
{
	struct random *random = writer->random;

	record->arg = (uint16_t)(250 * random_below(random, 24) + random_below(random, 3));
}

static void aim_tunable(struct writer *writer, struct program_record *record)
{
	record->slot = program_tunable_slot(random_below(writer->random, NR_SPB_TUNABLES));
	record->arg = (uint16_t)random_small(writer->random, 64);
}

/* The configuration that target boot makes of the program as it is. */
static void config_so_far(const struct writer *writer, struct spb_config *config)
{
	struct program_record record;

	*config = writer->config;
	for (unsigned int n = 0; n < writer->draft->nr; n++) {
		draft_record(writer->draft, n, &record);
		geometry_boot(&record, config);
	}
}

/* A number at the border of what is allowed, or a small one, or anything. */
static uint32_t any_setting(struct random *random)
{
	switch (random_below(random, 4)) {
	case 0:
		return random_below(random, 2);
	case 1:
		return random_below(random, 24);
	case 2:
		return random_small(random, 1024);
	default:
		return random_next(random) >> random_below(random, 32);
	}
}

/* Of two orders the one nearly always goes with the other as it is. */
static void aim_setting(struct writer *writer, const struct spb_config *config,
			struct program_record *record)
{
	struct random *random = writer->random;

	record->slot = (uint8_t)random_below(random, NR_SETTINGS);
	record->gfp = any_setting(random);
	if (random_one_in(random, 4))
		return;
	if (record->slot == SETTING_BLOCK_ORDER)
		record->gfp = random_below(random, config->max_order + 2u);
	else if (record->slot == SETTING_MAX_ORDER)
		record->gfp = config->block_order + random_below(random, 8);
}

/* Beyond the last page that there can be. */
#define END_OF_PFNS (1u << 30)

/* From somewhere in the zone on; or close behind another one, or close to the end of all. */
static void aim_start(struct writer *writer, const struct spb_config *config,
		      const struct spb_zone_config *zone, struct program_record *record)
{
	struct random *random = writer->random;
	const struct spb_zone_config *other = &config->zones[0][zone == config->zones[0]];

	switch (random_below(random, 16)) {
	case 0:
		record->gfp = random_next(random) >> random_below(random, 32);
		break;
	case 1:
		record->gfp = END_OF_PFNS - random_small(random, 1024);
		break;
	case 2:
	case 3:
		record->gfp = other->start_pfn + other->nr_pages + random_small(random, 8);
		break;
	default:
		record->gfp = zone->start_pfn + random_below(random, zone->nr_pages + 1);
	}
}

/* Parts of a configuration near to those that there are; now and then far from all. */
static void aim_boot(struct writer *writer, struct program_record *record)
{
	struct random *random = writer->random;
	unsigned int zone = random_below(random, 2);
	struct spb_config config;

	config_so_far(writer, &config);
	if (record->op == OP_boot_set) {
		aim_setting(writer, &config, record);
		return;
	}
	aim_start(writer, &config, &config.zones[0][zone], record);
	record->slot = (uint8_t)zone;
	if (random_one_in(random, 8))
		record->slot = (uint8_t)random_below(random, MAX_NR_ZONES);
	record->node = (uint8_t)random_small(random, MAX_NUMNODES);
	record->extra = (uint8_t)random_small(random, 4);
	record->arg = (uint16_t)random_small(random, 512);
	if (random_one_in(random, 4))
		record->arg = (uint16_t)((1 + random_below(random, 32)) << random_below(random, 9));
	if (random_one_in(random, 32))
		record->slot = (uint8_t)random_next(random);
}

static void aim_count(struct writer *writer, struct program_record *record)
{
	record->arg = (uint16_t)random_small(writer->random, 16);
}

static void (*const aims[NR_AIMS])(struct writer *writer, struct program_record *record) = {
	[AIM_REQUEST] = aim_request, [AIM_HELD] = aim_held,
	[AIM_FREED] = aim_freed,     [AIM_WHOLE] = aim_whole,
	[AIM_ZONE] = aim_zone,	     [AIM_ZONE_NEW] = aim_zone_new,
	[AIM_PAGE] = aim_page,	     [AIM_FILL] = aim_fill,
	[AIM_AGE] = aim_age,	     [AIM_TIME] = aim_time,
	[AIM_TUNABLE] = aim_tunable, [AIM_BOOT] = aim_boot,
	[AIM_COUNT] = aim_count,
};

void aim_record(struct writer *writer, struct program_record *record)
{
	aims[operations[record->op].aim](writer, record);
}

/* By the table of 256, which gives each operation its share; requests and frees prevail. */
static enum program_op any_op(struct random *random)
{
	static const enum program_op boot[] = { OP_boot_zone, OP_boot_range, OP_boot_set };
	enum program_op op = program_op_of((uint8_t)random_below(random, 256));

	if (mutator_boots && random_one_in(random, BOOTS_ONE_IN))
		return boot[random_below(random, ARRAY_SIZE(boot))];
	while (operation_is_idle(op))
		op = program_op_of((uint8_t)random_below(random, 256));
	return op;
}

void write_any(struct writer *writer)
{
	struct program_record record = { .op = (uint8_t)any_op(writer->random) };

	aim_record(writer, &record);
	if (random_one_in(writer->random, 16)) {
		random_preempt(writer->random, &record.preempt[0], PROGRAM_CPUS);
		record.irq_op = (uint8_t)any_op(writer->random);
	}
	write_record(writer, &record);
}

uint8_t geometry_named(const char *name)
{
	return entry_byte(ENTRY_GEOMETRY, (unsigned int)entry_index(ENTRY_GEOMETRY, name));
}

void writer_geometry(struct writer *writer, const char *name)
{
	struct program_header header;

	draft_header(writer->draft, &header);
	header.geometry = geometry_named(name);
	draft_set_header(writer->draft, &header);
	writer_open(writer, writer->draft, writer->random, 0);
}

static uint8_t any_entry(struct random *random, enum entry_table table)
{
	return entry_byte(table, random_below(random, entry_nr(table)));
}

/* Small geometries get into trouble with few operations: they come more often. */
static uint8_t any_geometry(struct random *random)
{
	static const char *const handy[] = {
		"micro", "micro", "micro", "tiny", "tiny", "spb1", "spb2", "default", "many",
	};

	if (random_below(random, 3))
		return geometry_named(handy[random_below(random, ARRAY_SIZE(handy))]);
	return any_entry(random, ENTRY_GEOMETRY);
}

void write_header(struct draft *draft, struct random *random)
{
	struct program_header header = {
		.geometry = any_geometry(random),
		.cpus = (uint8_t)(1 + random_small(random, PROGRAM_CPUS)),
		.pcp = any_entry(random, ENTRY_PCP),
		.watermarks = any_entry(random, ENTRY_WATERMARKS),
		.switches = random_below(random, 2) ? 0 : (uint8_t)random_below(random, 32),
		.sched_mode = (uint8_t)(random_below(random, 2) ? 0 :
					random_below(random, NR_SCHEDULES)),
		.accesses = random_below(random, 2),
		.announced = random_below(random, 2),
		.sched_param = (uint8_t)random_next(random),
		.sched_seed = random_next(random),
	};

	draft_set_header(draft, &header);
}
