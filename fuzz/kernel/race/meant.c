// SPDX-License-Identifier: GPL-2.0-only
/* Races that the kernel means to have: meant.def. What is not there is a finding. */
#include <fnmatch.h>
#include <string.h>

#include "fuzz/harness/base/symbol.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/kernel/adapter.h"

#define CACHED 1024 /* a power of two: a few hundred pairs of places are met */

/* Patterns of names. @both: the other function may write, too. */
struct meant {
	const char *field, *writes, *other;
	bool both;
};

static const struct meant table[] = {
#define MEANT(field, writes, other, source) { field, writes, other, false },
#define MEANT_WRITES(field, writes, other, source) { field, writes, other, true },
#include "fuzz/kernel/race/meant.def"
};

/* A judgement, for looking up names takes long. It is about the program's file alone. */
struct judgement {
	const char *field;
	uintptr_t writes, other;
	bool both, is_meant;
};

static PROCESS_STATE struct judgement cache[CACHED];

static bool fits(const char *pattern, const char *name)
{
	return name && !fnmatch(pattern, name, 0);
}

static bool look(const char *field, const char *writes, const char *other, bool both)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if ((table[i].both || !both) && fits(table[i].field, field) &&
		    fits(table[i].writes, writes) && fits(table[i].other, other))
			return true;
	return false;
}

bool kernel_race_is_meant(const char *field, uintptr_t writes, uintptr_t other, bool both)
{
	size_t hash = (writes * 31 + other * 17 + (uintptr_t)field) * 0x9e3779b97f4a7c15ull >> 40;
	struct judgement *entry = &cache[hash % CACHED];

	if (entry->field != field || entry->writes != writes || entry->other != other ||
	    entry->both != both)
		*entry = (struct judgement){
			.field = field, .writes = writes, .other = other,
			.both = both,
			.is_meant = look(field, symbol_of(writes), symbol_of(other), both),
		};
	return entry->is_meant;
}
