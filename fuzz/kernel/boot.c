// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels of a configuration, in place of host/arena.c: there is one kernel in a process, whose
 * state is copied as a whole.
 *
 *   arena_get()   the copy of the configuration comes back; where there is none, the kernel is
 *                 booted and copied
 *   arena_reset() says that the next program needs that
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/host/arena.h"
#include "fuzz/harness/host/host.h"
#include "fuzz/harness/host/lockgraph.h"
#include "fuzz/harness/program/geometry.h"
#include "fuzz/harness/owner/owner.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/kernel/adapter.h"

/* Half a MiB each. A boot costs as much as running a few programs. */
#define NR_BOOTED 64
#define MAX_RANGES 48

/**
 * struct booted - a configuration as it was right after its boot
 * @copy: of the @nr ranges one after the other; @room: bytes that it has
 */
struct booted {
	struct arena arena;
	struct kernel_map map;
	unsigned int nr;
	struct {
		void *at;
		size_t size;
	} range[MAX_RANGES];
	uint8_t *copy;
	size_t room;
};

/* A cache and its clock: what is in it changes no result. */
static PROCESS_STATE struct booted booted[NR_BOOTED];
static PROCESS_STATE uint8_t booted_of_key[GEOMETRY_KEYS]; /* 1 + index */
static PROCESS_STATE unsigned int next_booted;
static PROCESS_STATE uint32_t last_id;
static PROCESS_STATE bool started;
/* What the kernel is now, if no program has run since. */
static PROCESS_STATE const struct booted *clean;
/* Of an engine or a measurement, for all programs. */
static PROCESS_STATE void (*build_hook)(bool begins);
static PROCESS_STATE void (*reset_hook)(bool begins);

PROGRAM_STATE const struct kernel_map *kernel_map;

__attribute__((noreturn, format(printf, 1, 2))) static void give_up(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "kernel: ");
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

/* --- what is there after a boot --- */

static void add_range(struct kernel_map *map, uint32_t pfn)
{
	struct spb_range *last = map->nr_ranges ? &map->ranges[map->nr_ranges - 1] : NULL;

	if (last && last->start_pfn + last->nr_pages == pfn) {
		last->nr_pages++;
		return;
	}
	if (map->nr_ranges == SPB_MAX_RANGES)
		give_up("more than %d ranges of pages that are never free", SPB_MAX_RANGES);
	map->ranges[map->nr_ranges++] = (struct spb_range){
		.start_pfn = pfn, .nr_pages = 1, .kind = SPB_RANGE_RESERVED,
	};
}

static void look_at_zone(struct kernel_map *map, const struct kb_zone *zone)
{
	struct kb_page page;

	map->zones[map->nr_zones].kind = zone->kind;
	map->zones[map->nr_zones].nid = zone->nid;
	map->zones[map->nr_zones].start = zone->start;
	map->zones[map->nr_zones++].end = zone->end;
	for (uint32_t pfn = zone->start; pfn < zone->end; pfn++)
		if (!kb_page(pfn, &page) || page.zone == KB_NO_PFN)
			add_range(map, pfn);
}

static void look_at_map(struct kernel_map *map, const struct kb_config *config)
{
	uint32_t unit = 1u << config->max_order;
	struct kb_zone zone;

	*map = (struct kernel_map){
		.max_order = config->max_order, .block_order = config->pageblock_order,
	};
	map->min = ALIGN_DOWN(kb_min_pfn(), unit);
	map->max = ALIGN_UP(kb_max_pfn(), unit);
	for (uint32_t i = 0; i < kb_nr_zones(); i++) {
		if (i == KB_MAX_ZONES || !kb_zone(i, &zone))
			give_up("zone %u of %u cannot be had", i, kb_nr_zones());
		look_at_zone(map, &zone);
	}
}

static void take_copy(struct booted *to)
{
	size_t size = 0, room = 0;
	uint8_t *at;

	to->nr = 0;
	while (kb_state(to->nr, &to->range[to->nr].at, &to->range[to->nr].size)) {
		room += to->range[to->nr++].size;
		if (to->nr == MAX_RANGES)
			give_up("its state is more than %d ranges", MAX_RANGES);
	}
	if (room > to->room) {
		if (to->room)
			munmap(to->copy, to->room);
		to->copy = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
				0);
		if (to->copy == MAP_FAILED)
			give_up("no memory for a copy of its state");
		to->room = room;
	}
	for (unsigned int i = 0; i < to->nr; i++, size += to->range[i - 1].size) {
		at = to->copy + size;
		kb_copy(at, to->range[i].at, to->range[i].size);
	}
}

static void restore(const struct booted *from)
{
	const uint8_t *at = from->copy;

	for (unsigned int i = 0; i < from->nr; i++) {
		kb_copy(from->range[i].at, at, from->range[i].size);
		at += from->range[i].size;
	}
	kb_content_reset();
}

static uint32_t managed_pages(void)
{
	struct kb_zone zone;
	uint32_t pages = 0;

	for (uint32_t i = 0; kb_zone(i, &zone); i++)
		pages += zone.managed;
	return pages;
}

/* @to: receives what is there. Return: NULL, or why it cannot be had. */
static const char *boot(const struct program_header *header, struct kernel_map *to)
{
	struct kernel_call before;
	struct kb_config config;
	const char *wrong;
	uint32_t least;

	kernel_config(header, &config);
	kernel_locks_begin();
	before = kernel_enter(true, false);
	wrong = kb_boot(&config);
	least = wrong ? 0 : kernel_min_pages(header, managed_pages());
	/* With the watermarks a kernel computes the limits of per-CPU lists anew. */
	if (least && kb_set_tunable(KB_MIN_FREE, least * 4))
		kb_set_tunable(KB_PCP_HIGH, config.pcp_high);
	kernel_leave(before);
	if (wrong)
		return wrong;
	look_at_map(to, &config);
	return to->max - to->min > OWNER_MAX_PAGES ? "its memory map is too large" : NULL;
}

/* --- the start of a process --- */

static const char *boot_all_shapes(struct arena *none)
{
	static PROCESS_STATE char said[160]; /* of a kernel that is not used */
	struct kernel_map map;

	for (unsigned int i = 0; i < entry_nr(ENTRY_GEOMETRY); i++) {
		const struct program_header header = {
			.geometry = entry_byte(ENTRY_GEOMETRY, i), .cpus = 1 + i % PROGRAM_CPUS,
		};
		const char *wrong;

		host_attach(none);
		wrong = boot(&header, &map);
		if (!wrong)
			continue;
		snprintf(said, sizeof(said), "geometry %s: %s", entry_name(ENTRY_GEOMETRY, i),
			 wrong);
		return said;
	}
	return NULL;
}

const char *kernel_start(void)
{
	static PROCESS_STATE struct arena none; /* for the contexts of the self-test */
	const char *wrong;

	if (started)
		return NULL;
	started = true;
	kernel_map = NULL;
	kernel_host_begin(); /* who runs is told to it already when an arena is attached */
	host_attach(&none);
	kernel_locks_begin();
	kb_attach(&kernel_host);
	kernel_enter(true, false);
	wrong = kb_self_test();
	return wrong ? wrong : boot_all_shapes(&none);
}

/* --- arena.h --- */

static struct booted *build(const struct program_header *header, uint32_t key)
{
	struct booted *to = &booted[next_booted];
	const char *wrong;

	next_booted = (next_booted + 1) % NR_BOOTED;
	if (to->nr && booted_of_key[to->arena.key] == to - booted + 1)
		booted_of_key[to->arena.key] = 0;
	to->arena = (struct arena){ .key = key, .id = ++last_id };
	host_attach(&to->arena);
	wrong = boot(header, &to->map);
	if (wrong)
		give_up("it does not boot: %s", wrong);
	take_copy(to);
	booted_of_key[key] = (uint8_t)(to - booted + 1);
	return to;
}

/* No merit of the program that comes first: its edges do not count. */
static const char *start(void)
{
	const char *wrong;

	if (started)
		return NULL;
	if (build_hook)
		build_hook(true);
	wrong = kernel_start();
	if (build_hook)
		build_hook(false);
	return wrong;
}

struct arena *arena_get(const struct program_header *header)
{
	uint32_t key = geometry_key(header);
	const char *wrong = start();
	struct booted *to;

	if (wrong)
		give_up("the self-test fails, no program is run: %s", wrong);
	/* A boot is no call of a program. */
	kernel_host_begin();
	if (booted_of_key[key]) {
		to = &booted[booted_of_key[key] - 1];
		if (clean != to || to->arena.used)
			restore(to);
	} else {
		if (build_hook)
			build_hook(true);
		to = build(header, key);
		if (build_hook)
			build_hook(false);
	}
	clean = to;
	kernel_map = &to->map;
	kernel_locks_begin();
	host_attach(&to->arena);
	kernel_access_begin(to->arena.id);
	return &to->arena;
}

void arena_reset(struct arena *arena, bool verify)
{
	(void)verify;
	if (reset_hook)
		reset_hook(true);
	restore(container_of(arena, struct booted, arena));
	arena->used = false;
	if (reset_hook)
		reset_hook(false);
}

void arena_forget(void)
{
	memset(booted_of_key, 0, sizeof(booted_of_key));
	next_booted = 0;
	clean = NULL;
}

void arena_on_build(void (*hook)(bool begins))
{
	build_hook = hook;
}

void arena_on_reset(void (*hook)(bool begins))
{
	reset_hook = hook;
}

/* The kernel notes no changes: all of its state is copied. */
void arena_note_line(struct arena *arena, size_t line)
{
	(void)arena;
	(void)line;
}

uint64_t arena_hash_always(const struct arena *arena)
{
	(void)arena;
	return 0;
}

void arena_op_done(struct arena *arena)
{
	(void)arena;
}
