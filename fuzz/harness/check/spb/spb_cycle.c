// SPDX-License-Identifier: GPL-2.0-only
/*
 * The circle that an endless walk runs in, drawn from the entry that it read last:
 *
 *   the walk runs in a circle of 3:
 *     spb 4 list
 *     zone 1 spb_lists[tainted][75%], a head      <- not the head that the walk began at
 *     spb 2 list
 *
 * Known in builds with access hooks. Follows pointers inside the arena only.
 */
#include "fuzz/harness/host/access.h"
#include "fuzz/harness/spb/spb_field.h"
#include "fuzz/harness/check/spb/spb_oracle.h"
#include "spb/alloc.h"

#define MAX_STEPS 100000u
#define MAX_SHOWN 12u

static const struct list_head *next_of(const struct list_head *entry)
{
	size_t offset = (uintptr_t)entry - access_state.base;

	if (offset > access_state.arena_size - sizeof(*entry) || offset % sizeof(void *))
		return NULL;
	return entry->next;
}

/* Fast and slow: where they meet is inside the circle. NULL: it ends somewhere. */
static const struct list_head *in_circle(const struct list_head *from)
{
	const struct list_head *slow = from, *fast = from;

	for (unsigned int i = 0; i < MAX_STEPS && slow; i++) {
		slow = next_of(slow);
		fast = fast ? next_of(fast) : NULL;
		fast = fast ? next_of(fast) : NULL;
		if (slow && slow == fast)
			return slow;
	}
	return NULL;
}

static void print_entry(FILE *out, const struct list_head *entry)
{
	char name[64];

	fprintf(out, "    %s%s\n",
		spb_field_name((uintptr_t)entry - access_state.base, name, sizeof(name)),
		spb_field_is_head((uintptr_t)entry - access_state.base) ? ", a head" : "");
}

void spb_draw_circle(FILE *out)
{
	const struct list_head *first, *entry;
	unsigned int length = 0, shown;

	if (!access_state.last)
		return;
	first = in_circle((const struct list_head *)access_state.last);
	if (!first)
		return;
	for (entry = first; length == 0 || entry != first; entry = next_of(entry))
		length++;
	fprintf(out, "  the walk runs in a circle of %u:\n", length);
	for (shown = 0, entry = first; shown < length && shown < MAX_SHOWN; shown++) {
		print_entry(out, entry);
		entry = next_of(entry);
	}
	if (shown < length)
		fprintf(out, "    ... and %u more\n", length - shown);
}
