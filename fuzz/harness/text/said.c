// SPDX-License-Identifier: GPL-2.0-only
/* Numbers as names: see said.h. */
#include "fuzz/harness/text/said.h"

#include <stdio.h>

#include "fuzz/harness/program/state.h"
#include "fuzz/harness/text/names.h"
#include "fuzz/harness/text/text.h"
#include "spb/config.h"
#include "spb/gfp.h"

#define ROOM 512 /* of gfp_format() */

static PROCESS_STATE char said[SAID_AT_ONCE][ROOM];
static PROCESS_STATE unsigned int next;

static char *room(void)
{
	return said[next++ % SAID_AT_ONCE];
}

static const char *name_or_number(const char *name, const char *what, unsigned int number)
{
	char *to;

	if (name)
		return name;
	to = room();
	snprintf(to, ROOM, "%s %u", what, number);
	return to;
}

const char *said_type(unsigned int type)
{
	return name_or_number(migratetype_name(type), "type", type);
}

const char *said_zone_type(unsigned int type)
{
	static const char *const names[MAX_NR_ZONES] = {
		[ZONE_DMA32] = "DMA32", [ZONE_NORMAL] = "NORMAL", [ZONE_MOVABLE] = "MOVABLE",
	};

	return name_or_number(type < MAX_NR_ZONES ? names[type] : NULL, "zone type", type);
}

const char *said_step(unsigned int step)
{
	return name_or_number(text_reach_name(REACH_STEP, step), "step", step);
}

const char *said_relax(unsigned int relax)
{
	return name_or_number(text_reach_name(REACH_RELAX, relax), "decision", relax);
}

const char *said_refusal(unsigned int refusal)
{
	return name_or_number(text_reach_name(REACH_REFUSAL, refusal), "reason", refusal);
}

const char *said_category(unsigned int category)
{
	static const char *const names[] = { "clean", "tainted", "empty", "isolated" };

	return name_or_number(category < 4 ? names[category] : NULL, "category", category);
}

const char *said_list(unsigned int category, unsigned int fullness)
{
	static const char *const names[] = { "full", "75%", "50%", "25%", "<25%" };
	char *to;

	if (category >= 4 || fullness >= 5)
		return name_or_number(NULL, "list", category * 5 + fullness);
	if (category >= 2)
		return said_category(category);
	to = room();
	snprintf(to, ROOM, "%s %s", said_category(category), names[fullness]);
	return to;
}

const char *said_contents(unsigned int bits)
{
	static const char *const names[] = { "unmovable", "reclaimable", "movable" };
	char *to = room();
	int used = 0;

	snprintf(to, ROOM, "none");
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bits >> i & 1)
			used += snprintf(to + used, ROOM - (size_t)used, "%s%s", used ? ", " : "",
					 names[i]);
	return to;
}

const char *said_gfp(uint32_t gfp)
{
	return gfp ? gfp_format(gfp, room(), ROOM) : "none";
}

static const struct {
	uint32_t flag;
	const char *name;
} flag_names[] = {
	{ ALLOC_WMARK_MASK, "watermark" },
	{ ALLOC_NO_WATERMARKS, "no-watermarks" },
	{ ALLOC_NON_BLOCK, "non-block" },
	{ ALLOC_MIN_RESERVE, "min-reserve" },
	{ ALLOC_CMA, "cma" },
	{ ALLOC_NOFRAGMENT, "nofragment" },
	{ ALLOC_HIGHATOMIC, "highatomic" },
	{ ALLOC_KSWAPD, "kswapd" },
	{ ALLOC_NOFRAG_TAINTED_OK, "tainted-ok" },
	{ ALLOC_HIGHORDER_OPTIONAL, "optional" },
};

#define NR_FLAG_NAMES (sizeof(flag_names) / sizeof(flag_names[0]))

const char *said_first_flag(uint32_t flags)
{
	for (unsigned int i = 0; i < NR_FLAG_NAMES; i++)
		if (flags & flag_names[i].flag)
			return flag_names[i].name;
	return NULL;
}

const char *said_flags(uint32_t flags)
{
	static const char *const marks[] = { "min", "low", "high", "no mark" };
	char *to = room();
	int used = snprintf(to, ROOM, "%s", marks[flags & ALLOC_WMARK_MASK]);

	flags &= ~ALLOC_WMARK_MASK;
	for (unsigned int i = 0; i < NR_FLAG_NAMES; i++) {
		if (!(flags & flag_names[i].flag))
			continue;
		used += snprintf(to + used, ROOM - (size_t)used, "|%s", flag_names[i].name);
		flags &= ~flag_names[i].flag;
	}
	if (flags)
		snprintf(to + used, ROOM - (size_t)used, "|%#x", flags);
	return to;
}
