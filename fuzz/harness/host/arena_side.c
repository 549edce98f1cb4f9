// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trying something in an arena and taking it back: see arena_side_begin().
 *
 *   begin   notes of changes set aside, none left; ranges that change unnoted copied
 *   note    a line is about to change for the first time: its content copied
 *   end     all copies put back
 */
#include "fuzz/harness/host/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "shim/shim.h"
#include "fuzz/harness/program/state.h"

/*
 * What was, of the one arena that is tried in.
 * @content: by the order of @line
 * @dirty: of the whole arena
 * @room: bytes of an arena that the arrays are large enough for
 *
 * The arrays stay for the next program; arena_side_begin() sets what is in them.
 */
static PROCESS_STATE struct {
	uint32_t *line;
	uint32_t nr_lines;
	uint8_t (*content)[SHIM_LINE];
	uint8_t *always;
	uint8_t *dirty;
	size_t room;
} kept;

static void *map_bytes(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED) {
		perror("mmap beside an arena");
		exit(2);
	}
	return mem;
}

static void make_room(size_t room)
{
	size_t was = kept.room >> SHIM_LINE_SHIFT, lines = room >> SHIM_LINE_SHIFT;

	if (kept.room >= room)
		return;
	if (kept.room) {
		munmap(kept.line, was * sizeof(*kept.line));
		munmap(kept.content, kept.room);
		munmap(kept.always, kept.room);
		munmap(kept.dirty, was);
	}
	kept.line = map_bytes(lines * sizeof(*kept.line));
	kept.content = map_bytes(room);
	kept.always = map_bytes(room);
	kept.dirty = map_bytes(lines);
	kept.room = room;
}

void arena_side_begin(struct arena *arena)
{
	uint8_t *to;

	make_room(arena->room);
	to = kept.always;
	kept.nr_lines = 0;
	memcpy(kept.dirty, arena->dirty, arena->size >> SHIM_LINE_SHIFT);
	memset(arena->dirty, 0, arena->size >> SHIM_LINE_SHIFT);
	for (unsigned int i = 0; i < arena->nr_always; i++) {
		memcpy(to, arena->base + arena->always[i].start, arena->always[i].size);
		to += arena->always[i].size;
	}
	arena->aside = true;
}

void arena_side_note(struct arena *arena, size_t line)
{
	arena->dirty[line] = SHIM_DIRTY;
	memcpy(kept.content[kept.nr_lines], arena->base + (line << SHIM_LINE_SHIFT), SHIM_LINE);
	kept.line[kept.nr_lines++] = (uint32_t)line;
}

void arena_side_end(struct arena *arena)
{
	const uint8_t *from = kept.always;

	arena->aside = false;
	for (uint32_t i = 0; i < kept.nr_lines; i++)
		memcpy(arena->base + ((size_t)kept.line[i] << SHIM_LINE_SHIFT), kept.content[i],
		       SHIM_LINE);
	/* A range that is also noted: its copy is the older one. */
	for (unsigned int i = 0; i < arena->nr_always; i++) {
		memcpy(arena->base + arena->always[i].start, from, arena->always[i].size);
		from += arena->always[i].size;
	}
	memcpy(arena->dirty, kept.dirty, arena->size >> SHIM_LINE_SHIFT);
}
