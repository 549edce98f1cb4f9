// SPDX-License-Identifier: GPL-2.0-only
/* Memory that nobody traced: see fill.h. */
#include "fuzz/lab/fill.h"

#include <stdlib.h>

#define HUGE_PAGES (1u << LAB_BLOCK_ORDER)
#define KILLED 4096 /* pieces of whoever is killed for memory */
#define MOST 4096   /* pieces that come in one step */

bool lab_fill_init(struct lab_fill *fill, struct lab_memory *memory,
		   const struct lab_fill_shape *shape, uint64_t seed)
{
	*fill = (struct lab_fill){ .memory = memory, .shape = *shape };
	fill->random = lab_random(~seed);
	fill->pieces = malloc((size_t)memory->nr_gigabytes * LAB_GIGABYTE * sizeof(uint32_t));
	return fill->pieces;
}

void lab_fill_release(struct lab_fill *fill)
{
	free(fill->pieces);
	*fill = (struct lab_fill){ 0 };
}

static void note(struct lab_fill *fill, uint32_t object)
{
	fill->memory->objects[object].at = fill->nr;
	fill->pieces[fill->nr++] = object;
}

static void strike(struct lab_fill *fill, uint32_t object)
{
	uint32_t at = fill->memory->objects[object].at, last = fill->pieces[--fill->nr];

	fill->pieces[at] = last;
	fill->memory->objects[last].at = at;
}

/* Pieces are asked for by number, their share is one of pages. */
static bool next_is_huge(struct lab_fill *fill)
{
	uint32_t huge = fill->shape.huge, single = (100 - huge) * HUGE_PAGES;

	return random_below(&fill->random, huge + single) < huge;
}

static enum lab_kind next_kind(struct lab_fill *fill, bool huge)
{
	if (!huge && random_below(&fill->random, 1000000) < fill->shape.pinned)
		return LAB_PINNED;
	return random_below(&fill->random, 100) < fill->shape.cache ? LAB_CACHE : LAB_ANON;
}

/* Return: whether a piece came. (Where no huge page is to be had, single ones come.) */
static bool grow(struct lab_fill *fill)
{
	unsigned int cpu = random_below(&fill->random, SPB_MAX_CPUS);
	uint32_t object = LAB_NO_OBJECT;
	bool huge = next_is_huge(fill);
	enum lab_kind kind = next_kind(fill, huge);

	if (huge)
		object = lab_memory_add(fill->memory, kind, GFP_TRANSHUGE_LIGHT, LAB_BLOCK_ORDER,
					cpu);
	fill->memory->failures.fill_failed += huge && object == LAB_NO_OBJECT;
	if (object == LAB_NO_OBJECT)
		object = lab_memory_add(fill->memory, kind, GFP_HIGHUSER_MOVABLE, 0, cpu);
	if (object == LAB_NO_OBJECT) {
		fill->memory->failures.fill_failed++;
		return false;
	}
	note(fill, object);
	return true;
}

static void shrink(struct lab_fill *fill)
{
	unsigned int cpu = random_below(&fill->random, SPB_MAX_CPUS);
	uint32_t object;

	if (!fill->nr)
		return;
	object = fill->pieces[random_below(&fill->random, fill->nr)];
	strike(fill, object);
	lab_memory_put(fill->memory, object, cpu);
}

void lab_fill_step(struct lab_fill *fill, uint64_t target)
{
	if (random_below(&fill->random, 1000) < fill->shape.turnover)
		shrink(fill);
	for (unsigned int i = 0; i < MOST && fill->memory->pages > target && fill->nr; i++)
		shrink(fill);
	for (unsigned int i = 0; i < MOST && fill->memory->pages + HUGE_PAGES <= target; i++)
		if (!grow(fill))
			break;
}

bool lab_fill_lets_go(struct lab_fill *fill, uint32_t object)
{
	if (fill->memory->objects[object].kind != LAB_CACHE)
		return false;
	strike(fill, object);
	lab_memory_forget(fill->memory, object);
	return true;
}

unsigned long lab_fill_kill(struct lab_fill *fill)
{
	uint64_t before = fill->memory->pages;

	for (unsigned int i = 0; i < KILLED; i++)
		shrink(fill);
	return (unsigned long)(before - fill->memory->pages);
}
