// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arenas and their cache: see arena.h.
 *
 * Each cached configuration has an arena of its own, since a snapshot is full of addresses.
 * The cache is an index by configuration over a fixed number of slots, filled in turn and
 * then reused in turn.
 */
#include "fuzz/harness/host/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/rule/rule.h"
#include "shim/arena.h"

/*
 * Half of what the table of geometries and profiles can ask for; building an arena costs as
 * much as running 30 programs. Each slot takes well below 1 MiB.
 */
#define NR_ARENAS 512
/* A full comparison with the snapshot costs about 30 resets. */
#define RESETS_PER_CHECK 1024
/* Room is rounded up to this, so that a slot seldom needs more. A multiple of the line. */
#define ROOM_UNIT (256u * 1024)

/* All of it is a cache, its bounds and its clock: what is in it changes no result. */
static PROCESS_STATE struct arena arenas[NR_ARENAS];
/* Of the last configuration that no header names. */
static PROCESS_STATE struct arena booted;
static PROCESS_STATE unsigned int next_arena;
static PROCESS_STATE uint16_t arena_of_key[GEOMETRY_KEYS]; /* 1 + index */
static PROCESS_STATE uint32_t resets;
static PROCESS_STATE uint32_t last_id;
/* Of an engine or a measurement, for all programs. */
static PROCESS_STATE void (*build_hook)(bool begins);
static PROCESS_STATE void (*reset_hook)(bool begins);

static void *map_pages(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED) {
		perror("mmap of an arena");
		exit(2);
	}
	return mem;
}

static void unmap_room(struct arena *arena)
{
	size_t lines = arena->room >> SHIM_LINE_SHIFT;

	if (!arena->room)
		return;
	/* Whatever is mapped there next would be found poisoned. */
	arena_guard(arena, false);
	munmap(arena->base, arena->room);
	munmap(arena->snapshot, arena->room);
	munmap(arena->dirty, lines);
	munmap(arena->run_lines, lines * sizeof(*arena->run_lines));
	munmap(arena->op_lines, lines * sizeof(*arena->op_lines));
}

static void map_room(struct arena *arena, size_t size)
{
	size_t lines;

	arena->room = ALIGN_UP(size, ROOM_UNIT);
	lines = arena->room >> SHIM_LINE_SHIFT;
	arena->base = map_pages(arena->room);
	arena->snapshot = map_pages(arena->room);
	arena->dirty = map_pages(lines);
	arena->run_lines = map_pages(lines * sizeof(*arena->run_lines));
	arena->op_lines = map_pages(lines * sizeof(*arena->op_lines));
}

/* Nothing has changed: after initialisation, and after a copy of everything. */
static void forget_notes(struct arena *arena)
{
	memset(arena->dirty, 0, arena->size >> SHIM_LINE_SHIFT);
	arena->nr_run = 0;
	arena->nr_op = 0;
	arena->aside = false;
}

void arena_make_room(struct arena *arena, size_t size)
{
	if (arena->room >= size) {
		arena_guard(arena, false);
		memset(arena->base, 0, size);
	} else {
		unmap_room(arena);
		map_room(arena, size);
	}
	arena->size = size;
	arena->nr_gaps = 0;
	arena->id = ++last_id;
	arena->nr_always = 0;
	arena->used = false;
	arena->compared = 0;
	forget_notes(arena);
}

void arena_note_line(struct arena *arena, size_t line)
{
	uint8_t known = arena->dirty[line];

	if (unlikely(known & ARENA_GAP))
		finding("wild-access", "a byte from %zu of the arena on, behind the end of a part, "
			"is written", line << SHIM_LINE_SHIFT);
	if (unlikely(arena->aside)) {
		arena_side_note(arena, line);
		return;
	}
	if (!(known & SHIM_DIRTY_RUN))
		arena->run_lines[arena->nr_run++] = (uint32_t)line;
	if (!(known & SHIM_DIRTY_OP))
		arena->op_lines[arena->nr_op++] = (uint32_t)line;
	arena->dirty[line] = SHIM_DIRTY;
}

uint64_t arena_hash_always(const struct arena *arena)
{
	uint64_t hash = 0;

	for (unsigned int i = 0; i < arena->nr_always; i++) {
		const uint8_t *at = arena->base + arena->always[i].start;
		const uint8_t *end = at + arena->always[i].size;

		for (; at < end; at += sizeof(uint64_t)) {
			uint64_t word;

			memcpy(&word, at, sizeof(word));
			hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
			hash ^= hash >> 32;
		}
	}
	return hash;
}

void arena_op_done(struct arena *arena)
{
	for (uint32_t i = 0; i < arena->nr_op; i++)
		arena->dirty[arena->op_lines[i]] &= (uint8_t)~SHIM_DIRTY_OP;
	arena->nr_op = 0;
}

void arena_find_always(struct arena *arena)
{
	const void *start;
	size_t size;

	while (allocator.memory->unnoted(arena->base, arena->nr_always, &start, &size)) {
		if (arena->nr_always == ARENA_MAX_ALWAYS) {
			fprintf(stderr, "arena: more than %d ranges to restore always\n",
				ARENA_MAX_ALWAYS);
			exit(2);
		}
		arena->always[arena->nr_always].start =
			(size_t)((const uint8_t *)start - arena->base);
		arena->always[arena->nr_always].size = size;
		arena->nr_always++;
	}
}

void arena_settle(struct arena *arena)
{
	/* That is no part of the program which happens to be the first. */
	lock_graph_begin();
	forget_notes(arena);
	arena_find_gaps(arena);
	memcpy(arena->snapshot, arena->base, arena->size);
	arena_find_always(arena);
	arena_guard(arena, true);
}

/* The switches are no part of the key: they are set afterwards, like any tunable. */
static void build(struct arena *arena, uint32_t key, const struct program_header *header)
{
	struct program_header plain = *header;
	struct spb_config config;
	const char *wrong;

	plain.switches = 0;
	geometry_config(&plain, &config);
	wrong = allocator.memory->check(&config);
	if (wrong) {
		fprintf(stderr, "arena: bad geometry: %s\n", wrong);
		exit(2);
	}
	if (arena->room && arena_of_key[arena->key] == arena - arenas + 1)
		arena_of_key[arena->key] = 0;
	arena->key = key;
	arena_make_room(arena, allocator.memory->size(&config));
	host_attach(arena);
	if (allocator.memory->init(arena->base, &config)) {
		fprintf(stderr, "arena: the allocator refuses the geometry\n");
		exit(2);
	}
	arena_settle(arena);
}

struct arena *arena_blank(size_t size, uint8_t fill)
{
	arena_make_room(&booted, size);
	memset(booted.base, fill, size);
	host_attach(&booted);
	return &booted;
}

static void restore_line(struct arena *arena, size_t line)
{
	size_t at = line << SHIM_LINE_SHIFT;

	memcpy(arena->base + at, arena->snapshot + at, SHIM_LINE);
}

static void restore_dirty(struct arena *arena)
{
	for (uint32_t i = 0; i < arena->nr_run; i++) {
		restore_line(arena, arena->run_lines[i]);
		arena->dirty[arena->run_lines[i]] = 0;
	}
	arena->nr_run = 0;
	arena->nr_op = 0;
}

/* After a finding: the program ended anywhere, and notes of changes may be wrong too. */
static void restore_all(struct arena *arena)
{
	arena_guard(arena, false);
	memcpy(arena->base, arena->snapshot, arena->size);
	forget_notes(arena);
	arena_guard(arena, true);
	arena->used = false;
}

static void verify_reset(struct arena *arena)
{
	size_t at = 0;
	uint32_t is, was;

	looked(RESET_LEAK);
	arena_guard(arena, false);
	if (unlikely(memcmp(arena->base, arena->snapshot, arena->size))) {
		while (!memcmp(arena->base + at, arena->snapshot + at, sizeof(is)))
			at += sizeof(is);
		memcpy(&is, arena->base + at, sizeof(is));
		memcpy(&was, arena->snapshot + at, sizeof(was));
		finding("reset-leak",
			"byte %zu of the arena changed from %#x to %#x without shim_touch()",
			at, was, is);
	}
	arena_guard(arena, true);
}

void arena_reset(struct arena *arena, bool verify)
{
	if (unlikely(reset_hook))
		reset_hook(true);
	restore_dirty(arena);
	for (unsigned int i = 0; i < arena->nr_always; i++)
		memcpy(arena->base + arena->always[i].start,
		       arena->snapshot + arena->always[i].start, arena->always[i].size);
	arena->used = false;
	if (verify || !(++resets % RESETS_PER_CHECK))
		verify_reset(arena);
	if (unlikely(reset_hook))
		reset_hook(false);
}

void arena_on_reset(void (*hook)(bool begins))
{
	reset_hook = hook;
}

void arena_on_build(void (*hook)(bool begins))
{
	build_hook = hook;
}

void arena_forget(void)
{
	memset(arena_of_key, 0, sizeof(arena_of_key));
	next_arena = 0;
}

struct arena *arena_get(const struct program_header *header)
{
	uint32_t key = geometry_key(header);
	struct arena *arena;

	if (arena_of_key[key]) {
		arena = &arenas[arena_of_key[key] - 1];
		if (arena->used)
			restore_all(arena);
		host_attach(arena);
		return arena;
	}
	arena = &arenas[next_arena];
	if (build_hook)
		build_hook(true);
	build(arena, key, header);
	if (build_hook)
		build_hook(false);
	arena_of_key[key] = (uint16_t)(next_arena + 1);
	next_arena = (next_arena + 1) % NR_ARENAS;
	return arena;
}

void arena_copy(void *to, const void *from, shim_size size)
{
	for (shim_size at = 0; at < size; at += SHIM_LINE)
		shim_touch((char *)to + at);
	if (size)
		shim_touch((char *)to + size - 1);
	memcpy(to, from, size);
}
