// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arenas and their cache: see arena.h.
 *
 * Each cached configuration has an arena of its own, since a snapshot is full of addresses.
 * The cache is an index by configuration over a fixed number of slots, filled in turn and
 * then reused in turn.
 */
#include "fuzz/harness/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz/harness/geometry.h"
#include "fuzz/harness/host.h"
#include "fuzz/harness/report.h"
#include "shim/arena.h"
#include "spb/alloc.h"

/* Slots: the corpus uses a few dozen configurations; each takes well below 1 MiB. */
#define NR_ARENAS 128
#define NR_KEYS (GEOMETRY_SLOTS * PCP_SLOTS * WATERMARK_SLOTS * PROGRAM_CPUS)
/* A full comparison with the snapshot costs about 30 resets. */
#define RESETS_PER_CHECK 1024

static struct arena arenas[NR_ARENAS];
static unsigned int next_arena;
static uint8_t arena_of_key[NR_KEYS]; /* 1 + index */
static uint32_t resets;

static uint32_t key_of(const struct program_header *header)
{
	uint32_t key = header->geometry % GEOMETRY_SLOTS;

	key = key * PCP_SLOTS + header->pcp % PCP_SLOTS;
	key = key * WATERMARK_SLOTS + header->watermarks % WATERMARK_SLOTS;
	return key * PROGRAM_CPUS + (header->cpus - 1u) % PROGRAM_CPUS;
}

static void *map_pages(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED) {
		perror("mmap of an arena");
		exit(2);
	}
	return mem;
}

static void unmap_arena(struct arena *arena)
{
	munmap(arena->base, arena->size);
	munmap(arena->snapshot, arena->size);
	munmap(arena->dirty, arena->lines);
	arena_of_key[arena->key] = 0;
	memset(arena, 0, sizeof(*arena));
}

static void find_always(struct arena *arena)
{
	const void *start;
	shim_size size;

	while (spb_restore_always((const struct spb_core *)arena->base, arena->nr_always, &start,
				  &size)) {
		if (arena->nr_always == ARENA_MAX_ALWAYS) {
			fprintf(stderr, "arena: more than %d ranges to restore always\n",
				ARENA_MAX_ALWAYS);
			exit(2);
		}
		arena->always[arena->nr_always].start = (size_t)((const uint8_t *)start - arena->base);
		arena->always[arena->nr_always].size = size;
		arena->nr_always++;
	}
}

/* The switches are no part of the key: they are set afterwards, like any tunable. */
static void build(struct arena *arena, uint32_t key, const struct program_header *header)
{
	struct program_header plain = *header;
	struct spb_config config;
	const char *wrong;

	plain.switches = 0;
	geometry_config(&plain, &config);
	wrong = spb_config_check(&config);
	if (wrong) {
		fprintf(stderr, "arena: bad geometry: %s\n", wrong);
		exit(2);
	}
	arena->key = key;
	arena->size = spb_arena_size(&config);
	arena->lines = ALIGN_UP(arena->size >> SHIM_LINE_SHIFT, 64);
	arena->base = map_pages(arena->size);
	arena->snapshot = map_pages(arena->size);
	arena->dirty = map_pages(arena->lines);
	host_attach(arena);
	if (spb_core_init(arena->base, &config)) {
		fprintf(stderr, "arena: the allocator refuses the geometry\n");
		exit(2);
	}
	memset(arena->dirty, 0, arena->lines);
	memcpy(arena->snapshot, arena->base, arena->size);
	find_always(arena);
}

static void restore_line(struct arena *arena, size_t line)
{
	size_t at = line << SHIM_LINE_SHIFT;

	memcpy(arena->base + at, arena->snapshot + at, SHIM_LINE);
}

/* Eight lines at a time: most words are zero. */
static void restore_dirty(struct arena *arena)
{
	for (size_t line = 0; line < arena->lines; line += 8) {
		uint64_t word;

		memcpy(&word, arena->dirty + line, sizeof(word));
		if (!word)
			continue;
		memset(arena->dirty + line, 0, sizeof(word));
		for (; word; word &= ~(0xffull << (__builtin_ctzll(word) & ~7)))
			restore_line(arena, line + (size_t)__builtin_ctzll(word) / 8);
	}
}

/* After a finding: the program ended anywhere, and notes of changes may be wrong too. */
static void restore_all(struct arena *arena)
{
	memcpy(arena->base, arena->snapshot, arena->size);
	memset(arena->dirty, 0, arena->lines);
	arena->used = false;
}

static void verify_reset(struct arena *arena)
{
	size_t at = 0;
	uint32_t is, was;

	if (likely(!memcmp(arena->base, arena->snapshot, arena->size)))
		return;
	while (!memcmp(arena->base + at, arena->snapshot + at, sizeof(is)))
		at += sizeof(is);
	memcpy(&is, arena->base + at, sizeof(is));
	memcpy(&was, arena->snapshot + at, sizeof(was));
	finding("reset-leak", "byte %zu of the arena changed from %#x to %#x without shim_touch()",
		at, was, is);
}

void arena_reset(struct arena *arena, bool verify)
{
	restore_dirty(arena);
	for (unsigned int i = 0; i < arena->nr_always; i++)
		memcpy(arena->base + arena->always[i].start,
		       arena->snapshot + arena->always[i].start, arena->always[i].size);
	arena->used = false;
	if (verify || !(++resets % RESETS_PER_CHECK))
		verify_reset(arena);
}

struct arena *arena_get(const struct program_header *header)
{
	uint32_t key = key_of(header);
	struct arena *arena;

	if (arena_of_key[key]) {
		arena = &arenas[arena_of_key[key] - 1];
		if (arena->used)
			restore_all(arena);
		host_attach(arena);
		return arena;
	}
	arena = &arenas[next_arena];
	if (arena->base)
		unmap_arena(arena);
	build(arena, key, header);
	arena_of_key[key] = (uint8_t)(next_arena + 1);
	next_arena = (next_arena + 1) % NR_ARENAS;
	return arena;
}

bool arena_touched_since_op(const struct arena *arena)
{
	uint64_t all = 0;

	for (size_t line = 0; line < arena->lines; line += 8) {
		uint64_t word;

		memcpy(&word, arena->dirty + line, sizeof(word));
		all |= word;
	}
	return all & (SHIM_DIRTY_OP * 0x0101010101010101ull);
}

void arena_copy(void *to, const void *from, shim_size size)
{
	shim_uptr offset = (shim_uptr)to - shim_this->arena;

	if (size && offset < shim_this->arena_size)
		memset(shim_this->dirty + (offset >> SHIM_LINE_SHIFT),
		       SHIM_DIRTY_RUN | SHIM_DIRTY_OP,
		       ((offset + size - 1) >> SHIM_LINE_SHIFT) - (offset >> SHIM_LINE_SHIFT) + 1);
	memcpy(to, from, size);
}
