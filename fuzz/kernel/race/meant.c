// SPDX-License-Identifier: GPL-2.0-only
/*
 * Races that the kernel means to have: meant.def. What is not there is a finding.
 *
 * SPBFUZZ_MEANT names a file to which each process adds the lines that it has met: what no run
 * meets can go (spb/kernel/meant.py).
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/harness/base/symbol.h"
#include "fuzz/harness/program/state.h"
#include "fuzz/kernel/adapter.h"

#define MAX_PATTERN 48
#define CACHED 1024 /* a power of two: a few hundred pairs of places are met */

/* Patterns of names. @both: either function may write, or both. */
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

static PROCESS_STATE bool met[sizeof(table) / sizeof(table[0])];

/* @patterns: with "|" between them */
static bool fits(const char *patterns, const char *name)
{
	char one[MAX_PATTERN];

	for (size_t length; name && *patterns; patterns += length + (patterns[length] == '|')) {
		length = strcspn(patterns, "|");
		snprintf(one, sizeof(one), "%.*s", (int)length, patterns);
		if (!fnmatch(one, name, 0))
			return true;
	}
	return false;
}

static bool are(const struct meant *line, const char *writes, const char *other)
{
	return fits(line->writes, writes) && fits(line->other, other);
}

/* Whole lines, so that processes can share the file. */
static void tell(const struct meant *line, const char *writes, const char *other)
{
	const char *name = getenv("SPBFUZZ_MEANT");
	FILE *file = name ? fopen(name, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "%s\t%s\t%s\t%s\t%s\n", line->field, line->writes, line->other, writes,
		other);
	fclose(file);
}

static bool look(const char *field, const char *writes, const char *other, bool both)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if ((both && !table[i].both) || !fits(table[i].field, field))
			continue;
		if (!are(&table[i], writes, other) &&
		    !(table[i].both && are(&table[i], other, writes)))
			continue;
		if (!met[i])
			tell(&table[i], writes, other);
		met[i] = true;
		return true;
	}
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
