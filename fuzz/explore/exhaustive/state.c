// SPDX-License-Identifier: GPL-2.0-only
/* The canonical hash of a state: see state.h. */
#include "fuzz/explore/exhaustive/state.h"

#include <string.h>

#include "fuzz/harness/check/spb/liveness.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/owner/predict.h"
#include "shim/shim.h"
#include "spb/mmzone.h"

#define WORDS_PER_LINE (SHIM_LINE / sizeof(uint64_t))
#define MAX_SPBS 16

/* Spaces of the word's place; words of the arena have the lowest. */
#define WHERE_PAGE (1ull << 32)
#define WHERE_PREDICT (2ull << 32)
#define WHERE_ORACLE (3ull << 32)

/* --- the sum --- */

/* A permutation that spreads each bit over all: the finaliser of splitmix64. */
static uint64_t spread(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

void state_word(uint64_t *hash, uint64_t where, uint64_t word)
{
	hash[0] += spread((word ^ where * 0x9e3779b97f4a7c15ull) + 0x243f6a8885a308d3ull);
	hash[1] += spread((word << 32 | word >> 32) * 0xb7e151628aed2a6bull +
			  spread(where + 0x13198a2e03707344ull));
}

/* --- extents --- */

struct extents {
	unsigned int nr;
	uint8_t slot[MAX_EXTENTS + 1];
	uint32_t pfn[MAX_EXTENTS + 1], pages[MAX_EXTENTS + 1];
	uint16_t held;
};

/* Who holds the superpageblock at @pfn. */
static unsigned int holder_of(uint32_t pfn)
{
	unsigned int slot = 0;

	while (slot < MAX_EXTENTS && owner_held_pfn(1u + slot) != pfn)
		slot++;
	return slot;
}

/* In the order of page numbers. */
static void find_extents(const struct run *run, struct extents *extents)
{
	uint32_t end = run->queries->max_pfn();
	struct page_run page;

	extents->nr = 0;
	extents->held = 0;
	for (uint32_t pfn = run->queries->min_pfn(); pfn < end; pfn += page.pages) {
		run->queries->run_at(pfn, &page);
		if (!page.pages)
			break;
		if ((page.state != PAGE_ALLOCATED && page.state != PAGE_HELD) ||
		    extents->nr == MAX_EXTENTS)
			continue;
		extents->pfn[extents->nr] = pfn;
		extents->pages[extents->nr] = page.pages;
		extents->slot[extents->nr] = (uint8_t)(page.owner - 1);
		if (page.state == PAGE_HELD) {
			extents->slot[extents->nr] = (uint8_t)holder_of(pfn);
			extents->held |= (uint16_t)(1u << extents->nr);
		}
		extents->nr++;
	}
}

/* How the owner of the n-th extent is known: see "symmetries" in state.h. */
static unsigned int name_of(const struct extents *extents, unsigned int n, bool ranks)
{
	unsigned int rank = 1;

	for (unsigned int i = 0; ranks && i < extents->nr; i++)
		rank += extents->pages[i] == extents->pages[n] &&
			extents->slot[i] < extents->slot[n];
	return rank;
}

static void hash_extents(const struct extents *extents, bool ranks, struct state_id *id)
{
	id->slots = 0;
	for (unsigned int i = 0; i < extents->nr; i++) {
		id->slots |= (uint64_t)(extents->slot[i] & 15) << 4 * i;
		state_word(id->hash, WHERE_PAGE | 1ull << 31 | extents->pfn[i],
			   name_of(extents, i, ranks));
	}
	id->held = extents->held;
	id->nr_extents = (uint8_t)extents->nr;
}

/* --- the arena --- */

/* Addresses of the arena as distances. */
static uint64_t canonical(const struct arena *arena, uint64_t word)
{
	uint64_t distance = word - (uint64_t)(uintptr_t)arena->base;

	return distance < arena->size ? distance : word;
}

static void hash_words(const struct arena *arena, size_t start, size_t size, uint64_t *hash)
{
	const uint64_t *is = (const uint64_t *)(arena->base + start);
	const uint64_t *was = (const uint64_t *)(arena->snapshot + start);

	for (size_t i = 0; i < size / sizeof(*is); i++)
		if (is[i] != was[i])
			state_word(hash, start / sizeof(*is) + i, canonical(arena, is[i]));
}

static bool line_is_in(size_t line, size_t start, size_t size)
{
	return (line << SHIM_LINE_SHIFT) - start < size;
}

/* Of the memory map, or changing unnoted: each word counts once. */
static bool hashed_elsewhere(const struct arena *arena, size_t line)
{
	const struct spb_core *core = this_core();
	size_t map = (size_t)((const uint8_t *)core->mem_map - arena->base);

	if (line_is_in(line, map, (core->max_pfn - core->min_pfn) * sizeof(struct page)))
		return true;
	for (unsigned int i = 0; i < arena->nr_always; i++)
		if (line_is_in(line, arena->always[i].start, arena->always[i].size))
			return true;
	return false;
}

static void hash_lines(const struct arena *arena, uint64_t *hash)
{
	for (unsigned int i = 0; i < arena->nr_always; i++)
		hash_words(arena, arena->always[i].start, arena->always[i].size, hash);
	for (uint32_t i = 0; i < arena->nr_run; i++)
		if (!hashed_elsewhere(arena, arena->run_lines[i]))
			hash_words(arena, (size_t)arena->run_lines[i] << SHIM_LINE_SHIFT, SHIM_LINE,
				   hash);
}

/* Owners are hashed with the extents. */
static void hash_pages(const struct arena *arena, uint64_t *hash)
{
	const struct spb_core *core = this_core();
	uint32_t nr = core->max_pfn - core->min_pfn;

	for (uint32_t i = 0; i < nr; i++) {
		const struct page *page = &core->mem_map[i];

		state_word(hash, WHERE_PAGE | 8 * i,
			   (uint64_t)page->flags | (uint64_t)page->refcount << 24 |
				   (uint64_t)page->private << 48);
		if (!(page->flags & (PG_buddy | PG_pcp)))
			continue;
		state_word(hash, WHERE_PAGE | (8 * i + 1),
			   canonical(arena, (uint64_t)(uintptr_t)page->lru.next));
		state_word(hash, WHERE_PAGE | (8 * i + 2),
			   canonical(arena, (uint64_t)(uintptr_t)page->lru.prev));
	}
}

/* Fields that are hashed as something else than what they hold: put so, and put back. */
struct rewritten {
	u32 now;
	u32 stamp[MAX_SPBS];
	u8 evacuate_order[MAX_NUMNODES], evacuate_migratetype[MAX_NUMNODES];
};

static u32 age_of(const struct spb_core *core, u32 stamp)
{
	u32 age = core->now - stamp + 1;

	return stamp && age <= COOLDOWN ? age : 0;
}

static void rewrite(struct spb_core *core, struct rewritten *kept)
{
	for (u32 i = 0; i < core->nr_spbs; i++) {
		u32 *stamp = &core->spbs[i].defrag_last_no_progress_jiffies;

		kept->stamp[i] = *stamp;
		*stamp = age_of(core, *stamp);
	}
	for (unsigned int i = 0; i < core->config.nr_nodes; i++) {
		pg_data_t *node = &core->nodes[i];

		kept->evacuate_order[i] = node->evacuate_order;
		kept->evacuate_migratetype[i] = node->evacuate_migratetype;
		if (!node->evacuate_work.pending)
			node->evacuate_order = node->evacuate_migratetype = 0;
	}
	kept->now = core->now;
	core->now = 0;
}

static void put_back(struct spb_core *core, const struct rewritten *kept)
{
	core->now = kept->now;
	for (u32 i = 0; i < core->nr_spbs; i++)
		core->spbs[i].defrag_last_no_progress_jiffies = kept->stamp[i];
	for (unsigned int i = 0; i < core->config.nr_nodes; i++) {
		core->nodes[i].evacuate_order = kept->evacuate_order[i];
		core->nodes[i].evacuate_migratetype = kept->evacuate_migratetype[i];
	}
}

/* --- what the harness remembers --- */

static void hash_harness(const struct run *run, uint64_t *hash)
{
	const struct spb_core *core = this_core();

	for (u32 i = 0; i < core->nr_spbs; i++)
		state_word(hash, WHERE_ORACLE | i,
			   spb_state.tainted[i] | liveness_memory(i) << 1);
	for (u32 pfn = core->min_pfn; pfn < core->max_pfn; pfn += pageblock_nr_pages)
		state_word(hash, WHERE_PREDICT | pfn, predict_isolate(run, pfn, true));
}

void state_identify(struct run *run, bool ranks, struct state_id *id)
{
	struct spb_core *core = this_core();
	struct rewritten kept;
	struct extents extents;

	memset(id, 0, sizeof(*id));
	if (core->nr_spbs > MAX_SPBS)
		finding("harness", "%u superpageblocks are too many to enumerate", core->nr_spbs);
	find_extents(run, &extents);
	hash_extents(&extents, ranks, id);
	rewrite(core, &kept);
	hash_lines(run->arena, id->hash);
	put_back(core, &kept);
	hash_pages(run->arena, id->hash);
	hash_harness(run, id->hash);
	state_model(id->hash);
}
