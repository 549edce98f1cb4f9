// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gaps of an arena: see arena_guard().
 *
 *   | the allocator |gap| superpageblocks |gap| pageblocks |gap| pages |gap|  room that is not used
 *                                                                   | summaries |gap|  (bitmaps)
 *
 * Whoever runs over the end of an array writes a line that is marked, which is found where it is
 * noted, or reads what is nobody's: AddressSanitizer says so, and elsewhere it is garbage.
 */
#include <string.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/finding.h"
#include "fuzz/harness/host/arena.h"
#include "shim/shim.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, size) __asan_poison_memory_region(p, size)
#define UNPOISON(p, size) __asan_unpoison_memory_region(p, size)
#else
#define POISON(p, size) ((void)(p), (void)(size))
#define UNPOISON(p, size) ((void)(p), (void)(size))
#endif

#define GARBAGE 0xa5

static void check_untouched(const uint8_t *gap, size_t start)
{
	for (size_t i = 0; i < SHIM_LINE; i++)
		if (gap[i])
			finding("wild-access",
				"byte %zu of the arena, behind the end of a part, was written by "
				"the initialisation", start + i);
}

void arena_find_gaps(struct arena *arena)
{
	size_t start;

	arena->nr_gaps = 0;
	while (allocator.memory->gap && arena->nr_gaps < ARENA_MAX_GAPS &&
	       allocator.memory->gap(arena->base, arena->nr_gaps, &start)) {
		check_untouched(arena->base + start, start);
		memset(arena->base + start, GARBAGE, SHIM_LINE);
		arena->gaps[arena->nr_gaps++] = start;
	}
}

void arena_guard(struct arena *arena, bool on)
{
	for (unsigned int i = 0; i < arena->nr_gaps; i++) {
		uint8_t *gap = arena->base + arena->gaps[i];

		arena->dirty[arena->gaps[i] >> SHIM_LINE_SHIFT] = on ? ARENA_GAP : 0;
		if (on)
			POISON(gap, SHIM_LINE);
		else
			UNPOISON(gap, SHIM_LINE);
	}
	if (on)
		POISON(arena->base + arena->size, arena->room - arena->size);
	else
		UNPOISON(arena->base, arena->room);
}
