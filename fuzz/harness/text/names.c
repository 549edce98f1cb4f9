// SPDX-License-Identifier: GPL-2.0-only
/* Names of gfp flags, migratetypes and tunables. */
#include "fuzz/harness/text/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spb/config.h"
#include "spb/gfp.h"
#include "spb/migratetype.h"

struct gfp_name {
	const char *name;
	uint32_t mask;
};

#define FLAG(flag) { #flag, flag }

/* Combinations first and larger ones before smaller, so that text is short. */
static const struct gfp_name gfp_names[] = {
	FLAG(GFP_TRANSHUGE),
	FLAG(GFP_TRANSHUGE_LIGHT),
	FLAG(GFP_HIGHUSER_MOVABLE),
	FLAG(GFP_HIGHUSER),
	FLAG(GFP_USER),
	FLAG(GFP_KERNEL_ACCOUNT),
	FLAG(GFP_KERNEL),
	FLAG(GFP_NOFS),
	FLAG(GFP_ATOMIC),
	FLAG(GFP_NOIO),
	FLAG(GFP_NOWAIT),
	FLAG(__GFP_DMA),
	FLAG(__GFP_HIGHMEM),
	FLAG(__GFP_DMA32),
	FLAG(__GFP_MOVABLE),
	FLAG(__GFP_RECLAIMABLE),
	FLAG(__GFP_HIGH),
	FLAG(__GFP_IO),
	FLAG(__GFP_FS),
	FLAG(__GFP_ZERO),
	FLAG(__GFP_DIRECT_RECLAIM),
	FLAG(__GFP_KSWAPD_RECLAIM),
	FLAG(__GFP_WRITE),
	FLAG(__GFP_NOWARN),
	FLAG(__GFP_RETRY_MAYFAIL),
	FLAG(__GFP_NOFAIL),
	FLAG(__GFP_NORETRY),
	FLAG(__GFP_MEMALLOC),
	FLAG(__GFP_COMP),
	FLAG(__GFP_NOMEMALLOC),
	FLAG(__GFP_HARDWALL),
	FLAG(__GFP_THISNODE),
	FLAG(__GFP_ACCOUNT),
	FLAG(__GFP_ZEROTAGS),
};

/* Also read, never written: other spellings of the above. */
static const struct gfp_name gfp_aliases[] = {
	FLAG(__GFP_RECLAIM),
	FLAG(GFP_DMA),
	FLAG(GFP_DMA32),
};

/* Flags of kernels other than 6.18, or of its debugging options. */
static const struct gfp_name gfp_foreign[] = {
	{ "none", 0 },
	{ "GFP_NOWAIT", __GFP_KSWAPD_RECLAIM },
	{ "GFP_TEMPORARY", GFP_KERNEL | __GFP_RECLAIMABLE },
	{ "__GFP_REPEAT", __GFP_RETRY_MAYFAIL },
	{ "__GFP_ATOMIC", __GFP_HIGH },
	{ "__GFP_COLD", 0 },
	{ "__GFP_NOTRACK", 0 },
	{ "__GFP_OTHER_NODE", 0 },
	{ "__GFP_NOLOCKDEP", 0 },
	{ "__GFP_NO_OBJ_EXT", 0 },
	{ "__GFP_SKIP_ZERO", 0 },
	{ "__GFP_SKIP_KASAN", 0 },
	{ "__GFP_SKIP_KASAN_POISON", 0 },
	{ "__GFP_SKIP_KASAN_UNPOISON", 0 },
};

/*
 * What a bit of a traced number means. Bits that are missing here meant something that
 * does not steer the page allocator, or depended on the kernel's debugging options.
 */
struct gfp_layout {
	const char *name;
	const char *kernels;
	uint32_t bits[32];
};

/* The lowest byte has been the same since 4.13. */
#define LOW_BYTE                                                                            \
	[0] = __GFP_DMA, [1] = __GFP_HIGHMEM, [2] = __GFP_DMA32, [3] = __GFP_MOVABLE,       \
	[4] = __GFP_RECLAIMABLE, [5] = __GFP_HIGH, [6] = __GFP_IO, [7] = __GFP_FS

/* Bits 10 to 22 since 5.1. */
#define SINCE_5_1                                                                           \
	[8] = __GFP_ZERO, [10] = __GFP_DIRECT_RECLAIM, [11] = __GFP_KSWAPD_RECLAIM,         \
	[12] = __GFP_WRITE, [13] = __GFP_NOWARN, [14] = __GFP_RETRY_MAYFAIL,                \
	[15] = __GFP_NOFAIL, [16] = __GFP_NORETRY, [17] = __GFP_MEMALLOC, [18] = __GFP_COMP, \
	[19] = __GFP_NOMEMALLOC, [20] = __GFP_HARDWALL, [21] = __GFP_THISNODE,              \
	[22] = __GFP_ACCOUNT

/* Bits 9 to 20 before. */
#define BEFORE_5_1                                                                          \
	[9] = __GFP_NOWARN, [10] = __GFP_RETRY_MAYFAIL, [11] = __GFP_NOFAIL,                \
	[12] = __GFP_NORETRY, [13] = __GFP_MEMALLOC, [14] = __GFP_COMP, [15] = __GFP_ZERO,  \
	[16] = __GFP_NOMEMALLOC, [17] = __GFP_HARDWALL, [18] = __GFP_THISNODE,              \
	[19] = __GFP_HIGH, [20] = __GFP_ACCOUNT

static const struct gfp_layout gfp_layouts[] = {
	[GFP_LAYOUT_618] = { "6.18", "6.3 to 6.18",
			     { LOW_BYTE, SINCE_5_1, [23] = __GFP_ZEROTAGS } },
	{ "5.1", "5.1 to 6.2", { LOW_BYTE, SINCE_5_1, [9] = __GFP_HIGH } },
	{ "4.18", "4.18 to 5.0",
	  { LOW_BYTE, BEFORE_5_1, [8] = __GFP_WRITE, [21] = __GFP_DIRECT_RECLAIM,
	    [22] = __GFP_KSWAPD_RECLAIM } },
	{ "4.13", "4.13 to 4.17",
	  { LOW_BYTE, BEFORE_5_1, [22] = __GFP_DIRECT_RECLAIM, [23] = __GFP_WRITE,
	    [24] = __GFP_KSWAPD_RECLAIM } },
};

static const char *const migratetype_names[] = {
	[MIGRATE_UNMOVABLE] = "unmovable",   [MIGRATE_MOVABLE] = "movable",
	[MIGRATE_RECLAIMABLE] = "reclaimable", [MIGRATE_HIGHATOMIC] = "highatomic",
	[MIGRATE_CMA] = "cma",		     [MIGRATE_ISOLATE] = "isolate",
};

static const char *const tunable_names[] = {
#define X(name, value, text) #name,
	SPB_TUNABLES(X)
#undef X
};

static const char *const setting_names[] = {
#define SETTING(id, name, field) name,
#include "fuzz/harness/program/fields.def"
};

static size_t append(char *to, size_t room, size_t used, const char *what)
{
	int len = snprintf(to + used, room - used, "%s%s", used ? "|" : "", what);

	return used + (size_t)len < room ? used + (size_t)len : room - 1;
}

char *gfp_format(uint32_t mask, char *to, size_t room)
{
	size_t used = 0;
	char rest[16];

	for (unsigned int i = 0; i < ARRAY_SIZE(gfp_names); i++) {
		if ((mask & gfp_names[i].mask) != gfp_names[i].mask)
			continue;
		used = append(to, room, used, gfp_names[i].name);
		mask &= ~gfp_names[i].mask;
	}
	snprintf(rest, sizeof(rest), mask ? "0x%x" : "0", mask);
	if (mask || !used)
		append(to, room, used, rest);
	return to;
}

static bool lookup(const struct gfp_name *table, size_t entries, const char *name, uint32_t *mask)
{
	for (size_t i = 0; i < entries; i++) {
		if (strcmp(table[i].name, name))
			continue;
		*mask |= table[i].mask;
		return true;
	}
	return false;
}

static uint32_t translate(unsigned int layout, uint32_t number)
{
	uint32_t mask = 0;

	for (unsigned int bit = 0; bit < 32; bit++)
		if (number >> bit & 1)
			mask |= gfp_layouts[layout].bits[bit];
	return mask;
}

/* @layout: of numbers; negative = as they are, and only names of our own. */
static bool parse_word(const char *word, int layout, uint32_t *mask)
{
	unsigned long number;
	char *end;

	if (*word >= '0' && *word <= '9') {
		number = strtoul(word, &end, strncmp(word, "0x", 2) ? 10 : 16);
		if (*end || number > UINT32_MAX)
			return false;
		*mask |= layout < 0 ? number : translate((unsigned int)layout, number);
		return true;
	}
	/* Before 6.7 a tracer wrote GFP_NOWAIT for a mask without __GFP_NOWARN. */
	if (layout > GFP_LAYOUT_618 &&
	    lookup(gfp_foreign, ARRAY_SIZE(gfp_foreign), word, mask))
		return true;
	return lookup(gfp_names, ARRAY_SIZE(gfp_names), word, mask) ||
	       lookup(gfp_aliases, ARRAY_SIZE(gfp_aliases), word, mask) ||
	       (layout >= 0 && lookup(gfp_foreign, ARRAY_SIZE(gfp_foreign), word, mask));
}

static bool parse_words(const char *text, size_t len, int layout, uint32_t *mask)
{
	uint32_t sum = 0;
	char word[40];

	for (size_t start = 0; start <= len;) {
		size_t end = start;

		while (end < len && text[end] != '|')
			end++;
		if (end == start || end - start >= sizeof(word))
			return false;
		memcpy(word, text + start, end - start);
		word[end - start] = 0;
		if (!parse_word(word, layout, &sum))
			return false;
		start = end + 1;
	}
	*mask = sum;
	return true;
}

bool gfp_parse(const char *text, size_t len, uint32_t *mask)
{
	return parse_words(text, len, -1, mask);
}

bool gfp_parse_traced(const char *text, size_t len, unsigned int layout, uint32_t *mask)
{
	return parse_words(text, len, (int)layout, mask);
}

int gfp_layout_index(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(gfp_layouts); i++)
		if (!strcmp(gfp_layouts[i].name, name))
			return (int)i;
	return -1;
}

const char *gfp_layout_name(unsigned int layout, const char **kernels)
{
	if (layout >= ARRAY_SIZE(gfp_layouts))
		return NULL;
	if (kernels)
		*kernels = gfp_layouts[layout].kernels;
	return gfp_layouts[layout].name;
}

static int name_index(const char *const *names, size_t entries, const char *name)
{
	for (size_t i = 0; i < entries; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -1;
}

const char *migratetype_name(unsigned int type)
{
	return type < ARRAY_SIZE(migratetype_names) ? migratetype_names[type] : NULL;
}

int migratetype_index(const char *name)
{
	return name_index(migratetype_names, ARRAY_SIZE(migratetype_names), name);
}

const char *tunable_name(unsigned int tunable)
{
	return tunable < NR_SPB_TUNABLES ? tunable_names[tunable] : NULL;
}

int tunable_index(const char *name)
{
	return name_index(tunable_names, ARRAY_SIZE(tunable_names), name);
}

const char *setting_name(unsigned int setting)
{
	return setting < ARRAY_SIZE(setting_names) ? setting_names[setting] : NULL;
}

int setting_index(const char *name)
{
	return name_index(setting_names, ARRAY_SIZE(setting_names), name);
}
