// SPDX-License-Identifier: GPL-2.0-only
/* Flags in words: see spb_said.h. */
#include "fuzz/harness/spb/spb_said.h"

#include <stdio.h>

#include "fuzz/harness/program/state.h"
#include "fuzz/harness/text/said.h"
#include "spb/mmzone.h"

#define ROOM 160

struct flag {
	u32 bit;
	const char *name;
};

static PROCESS_STATE char said[SAID_AT_ONCE][ROOM];
static PROCESS_STATE unsigned int next;

static char *room(void)
{
	char *to = said[next++ % SAID_AT_ONCE];

	to[0] = '\0';
	return to;
}

/* One word more, behind what is there. */
static void add(char *to, const char *word)
{
	size_t used = 0;

	while (to[used])
		used++;
	snprintf(to + used, ROOM - used, "%s%s", used ? ", " : "", word);
}

static u32 add_flags(char *to, u32 flags, const struct flag *names, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (flags & names[i].bit)
			add(to, names[i].name);
		flags &= ~names[i].bit;
	}
	return flags;
}

static const char *finish(char *to, u32 rest)
{
	char number[24];

	snprintf(number, sizeof(number), "bits %#x", rest);
	if (rest)
		add(to, number);
	if (!to[0])
		add(to, "none");
	return to;
}

const char *spb_said_page(u32 flags)
{
	static const struct flag names[] = {
		{ PG_buddy, "free" },	      { PG_pcp, "on a per-CPU list" },
		{ PG_head, "head" },	      { PG_reserved, "reserved" },
		{ PG_released, "released" },
	};
	char *to = room();
	u32 rest = add_flags(to, flags, names, ARRAY_SIZE(names));

	if (flags & (PG_pcp | PG_head | PG_released))
		add(to, said_type((rest & PG_TYPE_MASK) >> PG_TYPE_SHIFT));
	/* The zone is told otherwise. */
	return finish(to, rest & ~PG_TYPE_MASK & (BIT(PG_ZONE_SHIFT) - 1));
}

static const char *say_marks(char *to, u32 flags)
{
	static const struct flag names[] = {
		{ PB_migrate_isolate, "isolated" },	  { PB_has_unmovable, "has unmovable" },
		{ PB_has_reclaimable, "has reclaimable" }, { PB_has_movable, "has movable" },
		{ PB_all_free, "all free" },		  { PB_reserved, "reserved" },
		{ PB_partial, "clipped" },
	};

	return finish(to, add_flags(to, flags & ~PB_LABEL_MASK, names, ARRAY_SIZE(names)));
}

const char *spb_said_marks(u32 flags)
{
	return say_marks(room(), flags);
}

const char *spb_said_block(u32 flags)
{
	char *to = room();

	snprintf(to, ROOM, "label %s", said_type(flags & PB_LABEL_MASK));
	return say_marks(to, flags);
}

const char *spb_said_labels(u32 labels)
{
	char *to = room();

	for (unsigned int type = 0; type < MIGRATE_TYPES; type++)
		if (labels >> type & 1)
			add(to, said_type(type));
	return finish(to, 0);
}

const char *spb_said_work(unsigned int kind)
{
	static const char *const names[NR_SPB_WORK] = {
		[SPB_WORK_DEFRAG] = "defrag", [SPB_WORK_EVACUATE] = "evacuate",
		[SPB_WORK_SHRINK] = "shrink", [SPB_WORK_KSWAPD] = "kswapd",
	};

	return kind < NR_SPB_WORK ? names[kind] : "unknown";
}
