// SPDX-License-Identifier: GPL-2.0-only
/*
 * Phases of a machine's life: short sequences that build up a state and then use it. Which
 * kinds, orders and numbers, chance decides; only the course is given. Several in a row
 * leave the later ones a state that a fresh allocator never has.
 */
#include "fuzz/mutator/write.h"

#include "spb/gfp.h"
#include "spb/migratetype.h"

#define FILL_MOST 512   /* requests of one fill record */
#define FILL_PIECES 128 /* that are enough for a whole zone */

static unsigned int between(struct writer *w, unsigned int least, unsigned int most)
{
	return least + random_below(w->random, most - least + 1);
}

static enum shape_kind any_kind(struct writer *w)
{
	return (enum shape_kind)random_below(w->random, NR_SHAPE_KINDS);
}

/* --- what scenes consist of --- */

static void simple(struct writer *w, enum program_op op)
{
	struct program_record record = { .op = (uint8_t)op };

	aim_record(w, &record);
	write_record(w, &record);
}

static uint8_t request(struct writer *w, enum shape_kind kind, unsigned int order)
{
	struct program_record record = {
		.op = OP_alloc,
		.slot = writer_slot(w, SLOT_UNUSED),
		.order = (uint8_t)order,
		.gfp = shape_gfp(w->random, kind),
	};

	/* Nobody may insist on more than two pages. */
	if (record.gfp & __GFP_NOFAIL && !chance(w, 8))
		record.order &= 1;
	write_record(w, &record);
	return record.slot;
}

static void requests(struct writer *w, enum shape_kind kind, unsigned int nr)
{
	unsigned int order = writer_order(w);

	while (nr--)
		request(w, kind, order);
}

/* What may sleep would have others give up what they hold, and never come to an end. */
static void fill(struct writer *w, uint32_t gfp, unsigned int order, unsigned int times)
{
	if (!chance(w, 8))
		gfp &= ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL);
	write_record(w, &(struct program_record){
		.op = OP_fill,
		.order = (uint8_t)order,
		.gfp = gfp,
		.arg = (uint16_t)(times - 1),
	});
}

/*
 * Until requests of this kind fail. Page after page would take most of the time there is:
 * what is large is filled with larger pieces first, nearly always.
 */
static void fill_with(struct writer *w, uint32_t gfp, unsigned int order)
{
	uint32_t pages = draft_pages(&w->config);
	unsigned int coarse = order;

	while (pages >> coarse > FILL_PIECES && coarse < w->config.max_order)
		coarse++;
	if (coarse != order && !chance(w, 8))
		fill(w, gfp, coarse, FILL_MOST);
	fill(w, gfp, order, FILL_MOST);
}

static void fill_up(struct writer *w, enum shape_kind kind, unsigned int order)
{
	fill_with(w, shape_gfp(w->random, kind), order);
}

static void free_some(struct writer *w, unsigned int nr)
{
	while (nr-- && slots_count(&w->slots, SLOT_HELD))
		write_free(w, writer_slot(w, SLOT_HELD));
}

static void pin_some(struct writer *w, unsigned int nr)
{
	while (nr-- && slots_count(&w->slots, SLOT_HELD))
		write_record(w, &(struct program_record){
			.op = OP_pin,
			.slot = writer_slot(w, SLOT_HELD),
		});
}

static void at_zone(struct writer *w, enum program_op op, unsigned int order)
{
	write_record(w, &(struct program_record){
		.op = (uint8_t)op,
		.slot = writer_slot(w, SLOT_UNUSED),
		.order = (uint8_t)order,
		.extra = (uint8_t)random_below(w->random, 3),
		.arg = writer_zone(w),
	});
}

/* What the system does by itself to get room. */
static void make_room(struct writer *w)
{
	static const uint8_t ops[] = {
		OP_reclaim, OP_compact, OP_evacuate, OP_evacuate, OP_drain_all, OP_work,
	};

	simple(w, ops[random_below(w->random, sizeof(ops))]);
}

static void move_to_other_cpu(struct writer *w)
{
	w->cpu = (uint8_t)random_below(w->random, w->config.nr_cpus);
}

/* --- the scenes --- */

static void scene_aged(struct writer *w)
{
	simple(w, OP_age);
	if (chance(w, 3))
		simple(w, OP_age);
	for (unsigned int nr = between(w, 2, 6); nr; nr--)
		request(w, any_kind(w), writer_order(w));
	free_some(w, between(w, 0, 3));
	requests(w, any_kind(w), between(w, 1, 3));
}

/* Nearly nothing is free, something comes back, and requests of all kinds want it. */
static void scene_pressure(struct writer *w)
{
	unsigned int order = chance(w, 2) ? 0 : writer_order(w);

	requests(w, any_kind(w), between(w, 1, 6));
	fill_up(w, any_kind(w), order);
	if (chance(w, 2))
		fill_up(w, SHAPE_UNMOVABLE, 0);
	for (unsigned int nr = between(w, 1, 3); nr; nr--) {
		free_some(w, between(w, 0, 3));
		if (chance(w, 3)) {
			simple(w, OP_thin);
			/* Now that there are holes everywhere, pages of another kind fill them. */
			if (chance(w, 2))
				fill_up(w, any_kind(w), random_below(w->random, 3));
		}
		requests(w, any_kind(w), between(w, 1, 3));
	}
}

/* Two kinds take turns, then one of them goes: what is left is in pieces. */
static void scene_mixed(struct writer *w)
{
	enum shape_kind kinds[2] = { any_kind(w), any_kind(w) };
	unsigned int order = random_below(w->random, w->config.block_order + 1u);
	unsigned int nr = between(w, 2, 6), times = between(w, 1, 1u << w->config.block_order);
	bool whole = chance(w, 2);
	uint8_t slots[8];

	for (unsigned int i = 0; i < nr; i++) {
		slots[i] = request(w, kinds[i & 1], order);
		if (whole)
			fill(w, shape_gfp(w->random, kinds[i & 1]), order, times);
	}
	for (unsigned int i = chance(w, 2); i < nr; i += 2)
		write_free(w, slots[i]);
	requests(w, any_kind(w), between(w, 1, 3));
}

/* Atomic requests at the edge of the watermarks; what they had comes back. */
static void scene_edge(struct writer *w)
{
	static const uint32_t fillers[] = {
		__GFP_NOMEMALLOC, __GFP_NOMEMALLOC, __GFP_NOMEMALLOC | __GFP_RECLAIMABLE,
		GFP_NOWAIT, __GFP_MOVABLE | __GFP_NORETRY,
	};
	unsigned int order = between(w, 1, w->config.block_order);

	requests(w, any_kind(w), between(w, 0, 2));
	fill_with(w, fillers[random_below(w->random, 5)], chance(w, 4) ? 0 : order);
	for (unsigned int nr = between(w, 1, 4); nr; nr--)
		request(w, chance(w, 4) ? any_kind(w) : SHAPE_ATOMIC, chance(w, 3) ? 0 : order);
	free_some(w, between(w, 0, 2));
	if (chance(w, 3))
		simple(w, OP_thin);
	request(w, chance(w, 2) ? SHAPE_DETERMINED : any_kind(w), writer_order(w));
	free_some(w, between(w, 0, 3));
	requests(w, SHAPE_ATOMIC, between(w, 0, 2));
}

/* Atomic requests leave a reserve behind, all the rest goes, and somebody insists. */
static void scene_reserve(struct writer *w)
{
	unsigned int order = between(w, 1, w->config.block_order);

	if (chance(w, 2))
		request(w, SHAPE_UNMOVABLE, 0);
	for (unsigned int nr = between(w, 1, 4); nr; nr--)
		request(w, SHAPE_ATOMIC, order);
	free_some(w, between(w, 1, 4));
	fill_up(w, chance(w, 2) ? SHAPE_MOVABLE : SHAPE_UNMOVABLE, 0);
	for (unsigned int nr = between(w, 1, 3); nr; nr--) {
		request(w, SHAPE_DETERMINED, chance(w, 2) ? 0 : order);
		if (chance(w, 3))
			move_to_other_cpu(w);
	}
}

/* Some of what could be moved cannot. */
static void scene_pinned(struct writer *w)
{
	requests(w, SHAPE_MOVABLE, between(w, 1, 6));
	if (chance(w, 2))
		fill(w, shape_gfp(w->random, any_kind(w)), 0, between(w, 1, 64));
	pin_some(w, between(w, 1, 3));
	if (chance(w, 2))
		fill_up(w, any_kind(w), chance(w, 2) ? 0 : w->config.block_order);
	for (unsigned int nr = between(w, 1, 3); nr; nr--) {
		if (chance(w, 3))
			at_zone(w, OP_contig, 0);
		else
			make_room(w);
	}
	requests(w, chance(w, 2) ? SHAPE_DETERMINED : any_kind(w), between(w, 1, 2));
}

static void scene_contiguous(struct writer *w)
{
	requests(w, SHAPE_MOVABLE, between(w, 1, 4));
	if (chance(w, 2))
		requests(w, any_kind(w), between(w, 1, 2));
	if (chance(w, 3))
		simple(w, OP_age);
	for (unsigned int nr = between(w, 1, 3); nr; nr--) {
		if (chance(w, 4))
			pin_some(w, 1);
		at_zone(w, OP_contig, 0);
		if (chance(w, 3))
			free_some(w, 1);
	}
	requests(w, any_kind(w), between(w, 0, 3));
	if (chance(w, 2))
		make_room(w);
	simple(w, OP_contig_free);
	requests(w, any_kind(w), between(w, 0, 2));
}

static void scene_isolated(struct writer *w)
{
	unsigned int nr = between(w, 1, 3);

	requests(w, any_kind(w), between(w, 1, 4));
	if (chance(w, 3))
		fill_up(w, any_kind(w), writer_order(w));
	while (nr--)
		simple(w, OP_isolate);
	move_to_other_cpu(w);
	free_some(w, between(w, 1, 4));
	if (chance(w, 3))
		simple(w, OP_thin);
	requests(w, any_kind(w), between(w, 1, 3));
	while (w->slots.nr_isolated && !chance(w, 4))
		write_record(w, &(struct program_record){
			.op = OP_unisolate,
			.arg = w->slots.isolated[0],
		});
	requests(w, any_kind(w), between(w, 0, 2));
}

/*
 * Content that can move lies where it is in the way, and there is room elsewhere:
 *
 *   held, stays, all the rest    | MMMM | MUUM | MMMM |
 *   some of what is held goes    | M..M | MUUM | MMMM |
 */
static void crowd(struct writer *w)
{
	enum shape_kind stays = chance(w, 3) ? SHAPE_RECLAIMABLE : SHAPE_UNMOVABLE;
	unsigned int order = random_below(w->random, w->config.block_order + 1u);
	unsigned int some = 1u << w->config.block_order;
	unsigned int nr = between(w, 2, 6);

	requests(w, SHAPE_MOVABLE, nr);
	if (chance(w, 2))
		fill(w, shape_gfp(w->random, SHAPE_MOVABLE), order, between(w, 1, 2 * some));
	request(w, stays, chance(w, 2) ? 0 : order);
	fill_up(w, SHAPE_MOVABLE, chance(w, 2) ? 0 : order);
	if (chance(w, 2))
		fill(w, shape_gfp(w->random, stays), 0, between(w, 1, 2 * some));
	if (chance(w, 3))
		pin_some(w, between(w, 1, 2));
	free_some(w, between(w, 1, nr));
	if (chance(w, 4))
		simple(w, OP_thin);
}

static void scene_in_the_way(struct writer *w)
{
	crowd(w);
	for (unsigned int nr = between(w, 1, 2); nr; nr--) {
		if (chance(w, 4))
			make_room(w);
		else
			at_zone(w, OP_evacuate, between(w, 0, w->config.max_order));
	}
	requests(w, any_kind(w), between(w, 1, 3));
}

/* Requests wake workers; these run, and time passes, again and again. */
static void scene_workers(struct writer *w)
{
	enum shape_kind kind = any_kind(w);
	unsigned int order = writer_order(w);

	if (chance(w, 2))
		simple(w, OP_age);
	else
		crowd(w);
	for (unsigned int nr = between(w, 2, 5); nr; nr--) {
		request(w, kind, order);
		write_record(w, &(struct program_record){
			.op = OP_work,
			.arg = (uint16_t)between(w, 0, 15),
		});
		if (chance(w, 2))
			simple(w, OP_time);
		if (chance(w, 3))
			free_some(w, 1);
	}
}

/*
 * What is held as a whole, isolated or pinned, nobody can give: requests that may not fail find
 * out, where they may not go elsewhere.
 */
static void scene_exhausted(struct writer *w)
{
	static const uint32_t elsewhere[] = { 0, __GFP_THISNODE, __GFP_DMA32, __GFP_MOVABLE };
	bool whole = chance(w, 2);

	if (whole)
		for (unsigned int nr = between(w, 1, 8); nr; nr--)
			at_zone(w, OP_contig, 0);
	for (unsigned int nr = between(w, whole ? 0 : 4, 16); nr; nr--)
		simple(w, OP_isolate);
	if (chance(w, 2)) {
		fill_up(w, SHAPE_UNMOVABLE, 0);
		pin_some(w, between(w, 0, 2));
	}
	for (unsigned int nr = between(w, 1, 3); nr; nr--)
		write_record(w, &(struct program_record){
			.op = OP_alloc,
			.slot = writer_slot(w, SLOT_UNUSED),
			.order = (uint8_t)random_below(w->random, 2),
			.gfp = GFP_KERNEL | __GFP_NOFAIL | elsewhere[random_below(w->random, 4)],
		});
}

static void scene_callers(struct writer *w)
{
	static const uint8_t ops[] = { OP_kvmalloc, OP_vmalloc, OP_skb, OP_bulk };

	if (chance(w, 2))
		simple(w, OP_age);
	if (chance(w, 2))
		fill_up(w, any_kind(w), writer_order(w));
	for (unsigned int nr = between(w, 1, 4); nr; nr--) {
		simple(w, ops[random_below(w->random, sizeof(ops))]);
		if (chance(w, 3))
			free_some(w, 1);
	}
}

/* Per-CPU lists: what one CPU frees, another one asks for. */
static void scene_cpus(struct writer *w)
{
	enum shape_kind kind = any_kind(w);
	unsigned int order = writer_order(w);

	for (unsigned int nr = between(w, 2, 6); nr; nr--) {
		request(w, kind, order);
		if (chance(w, 2))
			move_to_other_cpu(w);
	}
	for (unsigned int nr = between(w, 1, 4); nr; nr--) {
		free_some(w, 1);
		if (chance(w, 2))
			move_to_other_cpu(w);
		if (chance(w, 4))
			simple(w, chance(w, 2) ? OP_drain : OP_drain_all);
	}
	requests(w, chance(w, 2) ? kind : any_kind(w), between(w, 1, 4));
}

/* Calls that break a rule, beside ones that do not. */
static void scene_wrong(struct writer *w)
{
	static const uint8_t ops[] = {
		OP_free_order, OP_free_pfn, OP_free_again, OP_split_bad, OP_contig_bad,
		OP_isolate, OP_unisolate, OP_split_free, OP_pin,
	};

	requests(w, any_kind(w), between(w, 1, 3));
	free_some(w, between(w, 0, 1));
	for (unsigned int nr = between(w, 1, 3); nr; nr--)
		simple(w, ops[random_below(w->random, sizeof(ops))]);
	requests(w, any_kind(w), between(w, 0, 2));
}

/*
 * Tainted superpageblocks, full ones before one with movable content, and an evacuation, which has
 * to come to it; in a zone that has many, where nothing else was before:
 *
 *   | UUUU | UUUU | ... | UUM. | MMMM |
 */
static void scene_evacuated(struct writer *w)
{
	uint32_t blocks;
	uint8_t slot;

	if (!w->draft->nr && !chance(w, 4))
		writer_geometry(w, "many");
	blocks = draft_pages(&w->config) >> w->config.block_order;
	fill(w, chance(w, 4) ? __GFP_RECLAIMABLE : __GFP_NOMEMALLOC, w->config.block_order,
	     1 + random_below(w->random, blocks));
	slot = request(w, SHAPE_MOVABLE, w->config.max_order);
	fill(w, __GFP_MOVABLE, chance(w, 4) ? 0 : w->config.block_order, FILL_MOST);
	write_free(w, slot);
	write_record(w, &(struct program_record){
		.op = OP_evacuate,
		.order = (uint8_t)(w->config.max_order - chance(w, 3)),
		.arg = writer_zone(w),
		.extra = (uint8_t)(chance(w, 4) ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE),
	});
}

/* Several ways of making room, and who looks whether there is any. */
static void scene_upkeep(struct writer *w)
{
	static const uint8_t ops[] = { OP_can_serve, OP_has_free, OP_tunable, OP_thin };

	for (unsigned int nr = between(w, 1, 3); nr; nr--) {
		make_room(w);
		if (chance(w, 2))
			simple(w, ops[random_below(w->random, sizeof(ops))]);
		requests(w, any_kind(w), between(w, 0, 2));
	}
}

static const struct {
	const char *name;
	void (*write)(struct writer *w);
} scenes[] = {
	{ "aged", scene_aged },
	{ "pressure", scene_pressure },
	{ "mixed", scene_mixed },
	{ "edge", scene_edge },
	{ "reserve", scene_reserve },
	{ "pinned", scene_pinned },
	{ "contiguous", scene_contiguous },
	{ "isolated", scene_isolated },
	{ "in-the-way", scene_in_the_way },
	{ "workers", scene_workers },
	{ "exhausted", scene_exhausted },
	{ "callers", scene_callers },
	{ "cpus", scene_cpus },
	{ "wrong", scene_wrong },
	{ "evacuated", scene_evacuated },
	{ "upkeep", scene_upkeep },
};

const char *write_scene(struct writer *writer)
{
	unsigned int n = random_below(writer->random, sizeof(scenes) / sizeof(scenes[0]));

	scenes[n].write(writer);
	return scenes[n].name;
}
