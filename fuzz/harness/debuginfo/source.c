// SPDX-License-Identifier: GPL-2.0-only
/* Frames of an address: see source.h. */
#include "fuzz/harness/debuginfo/source.h"

#include <stdio.h>
#include <string.h>

#include "fuzz/harness/debuginfo/dwarf.h"
#include "fuzz/harness/debuginfo/elf.h"
#include "fuzz/harness/program/state.h"

#define MOST_ABBREVIATIONS 1024
#define UNIT_HEADER 12
#define MOST_ORIGINS 4

enum tag { TAG_INLINED = 0x1d, TAG_FUNCTION = 0x2e };

enum range_kind {
	RANGE_END, RANGE_BASEX, RANGE_STARTX_ENDX, RANGE_STARTX_LENGTH, RANGE_OFFSETS,
	RANGE_BASE, RANGE_START_END, RANGE_START_LENGTH,
};

/* What is wanted of one entry. */
struct entry {
	unsigned int tag;
	const char *name;
	uint64_t origin;             /* of the section, 0 = none */
	uint64_t low, high, ranges;
	bool has_low, high_is_address, has_ranges;
	uint64_t call_file;
	unsigned int call_line;
};

/* Abbreviations of the unit that is read, by number: read anew for each. */
static PROCESS_STATE const uint8_t *abbreviations[MOST_ABBREVIATIONS];

static void read_abbreviations(const struct dwarf_unit *unit)
{
	struct cursor at = dwarf_at(&unit->file->abbrev, unit->abbrev);
	uint64_t number, attribute, form;

	memset(abbreviations, 0, sizeof(abbreviations));
	while (at.at < at.end && (number = dwarf_uleb(&at))) {
		if (number < MOST_ABBREVIATIONS)
			abbreviations[number] = at.at;
		dwarf_uleb(&at);
		dwarf_number(&at, 1);
		do {
			attribute = dwarf_uleb(&at);
			form = dwarf_uleb(&at);
			if (form == DW_FORM_implicit_const)
				dwarf_sleb(&at);
		} while (attribute || form);
	}
}

static void note(struct dwarf_unit *unit, struct entry *entry, uint64_t attribute, uint64_t form,
		 uint64_t value, const char *text)
{
	switch (attribute) {
	case DW_AT_name:
		entry->name = text;
		break;
	case DW_AT_low_pc:
		entry->low = value;
		entry->has_low = true;
		break;
	case DW_AT_high_pc:
		entry->high = value;
		entry->high_is_address = form == DW_FORM_addr;
		break;
	case DW_AT_ranges:
		entry->ranges = value;
		entry->has_ranges = true;
		break;
	case DW_AT_abstract_origin:
	case DW_AT_specification:
		entry->origin = value;
		break;
	case DW_AT_call_file:
		entry->call_file = value;
		break;
	case DW_AT_call_line:
		entry->call_line = (unsigned int)value;
		break;
	case DW_AT_stmt_list:
		unit->line = value;
		break;
	case DW_AT_str_offsets_base:
		unit->str_base = value;
		break;
	case DW_AT_addr_base:
		unit->addr_base = value;
		break;
	case DW_AT_rnglists_base:
		unit->rnglists_base = value;
		break;
	default:
		break;
	}
}

/* Return: false behind the last entry, or where something is that cannot be read. */
static bool read_entry(struct dwarf_unit *unit, struct cursor *at, struct entry *entry)
{
	const struct dwarf_section *section = &unit->file->abbrev;
	struct cursor how = { NULL, section->start + section->size };
	uint64_t number, attribute, form, value;
	int64_t implicit;
	const char *text;

	memset(entry, 0, sizeof(*entry));
	do {
		if (at->at >= at->end)
			return false;
		number = dwarf_uleb(at);
	} while (!number);
	if (number >= MOST_ABBREVIATIONS || !abbreviations[number])
		return false;
	how.at = abbreviations[number];
	entry->tag = (unsigned int)dwarf_uleb(&how);
	dwarf_number(&how, 1);
	for (;;) {
		attribute = dwarf_uleb(&how);
		form = dwarf_uleb(&how);
		implicit = form == DW_FORM_implicit_const ? dwarf_sleb(&how) : 0;
		if (!attribute && !form)
			return true;
		if (!dwarf_value(unit, (unsigned int)form, implicit, at, &value, &text))
			return false;
		note(unit, entry, attribute, form, value, text);
	}
}

static bool in_ranges(const struct dwarf_unit *unit, uint64_t list, uint64_t pc)
{
	struct cursor at = dwarf_at(&unit->file->rnglists, list);
	uint64_t base = unit->low_pc, from = 0, to = 0;

	while (at.at < at.end) {
		from = to = 0;
		switch (dwarf_number(&at, 1)) {
		case RANGE_END:
			return false;
		case RANGE_BASEX:
			base = dwarf_address(unit, dwarf_uleb(&at));
			break;
		case RANGE_STARTX_ENDX:
			from = dwarf_address(unit, dwarf_uleb(&at));
			to = dwarf_address(unit, dwarf_uleb(&at));
			break;
		case RANGE_STARTX_LENGTH:
			from = dwarf_address(unit, dwarf_uleb(&at));
			to = from + dwarf_uleb(&at);
			break;
		case RANGE_OFFSETS:
			from = base + dwarf_uleb(&at);
			to = base + dwarf_uleb(&at);
			break;
		case RANGE_BASE:
			base = dwarf_number(&at, 8);
			break;
		case RANGE_START_END:
			from = dwarf_number(&at, 8);
			to = dwarf_number(&at, 8);
			break;
		case RANGE_START_LENGTH:
			from = dwarf_number(&at, 8);
			to = from + dwarf_uleb(&at);
			break;
		default:
			return false;
		}
		if (from <= pc && pc < to)
			return true;
	}
	return false;
}

static bool covers(const struct dwarf_unit *unit, const struct entry *entry, uint64_t pc)
{
	if (entry->has_ranges)
		return in_ranges(unit, entry->ranges, pc);
	return entry->has_low && pc >= entry->low &&
	       pc < (entry->high_is_address ? entry->high : entry->low + entry->high);
}

/* The unit at @at, which is behind it then. Return: false where there is none that can be read. */
static bool read_unit(struct dwarf_unit *unit, struct cursor *at, uint64_t pc, bool *found)
{
	const uint8_t *start = at->at;
	uint64_t length = dwarf_number(at, 4);
	struct cursor root;
	struct entry entry;
	bool readable;

	if (!length || length > (uint64_t)(at->end - at->at))
		return false;
	*unit = (struct dwarf_unit){ .file = unit->file, .start = start, .end = at->at + length };
	readable = dwarf_number(at, 2) == 5 && dwarf_number(at, 1) == 1 &&
		   dwarf_number(at, 1) == 8;
	unit->abbrev = dwarf_number(at, 4);
	unit->entries = start + UNIT_HEADER;
	at->at = unit->end;
	*found = false;
	if (!readable)
		return true;
	read_abbreviations(unit);
	/* Once for where its lists are, once for what it has from them. */
	for (unsigned int i = 0; i < 2; i++) {
		root = (struct cursor){ unit->entries, unit->end };
		if (!read_entry(unit, &root, &entry))
			return true;
		unit->low_pc = entry.low;
	}
	*found = covers(unit, &entry, pc);
	return true;
}

static bool find_unit(struct dwarf_unit *unit, uint64_t pc)
{
	struct cursor at = dwarf_at(&unit->file->info, 0);
	bool found = false;

	while (!found && at.at < at.end)
		if (!read_unit(unit, &at, pc, &found))
			return false;
	return found;
}

/* A name may be that of what an entry comes from. */
static const char *name_of(struct dwarf_unit *unit, struct entry entry)
{
	for (unsigned int i = 0; i < MOST_ORIGINS && !entry.name && entry.origin; i++) {
		const uint8_t *at = unit->file->info.start + entry.origin;
		struct cursor from = { at, unit->end };

		if (at < unit->start || at >= unit->end || !read_entry(unit, &from, &entry))
			break;
	}
	return entry.name ? entry.name : "?";
}

/* The last two parts: what a copy of a file is called like the file. */
static void name_file(const struct dwarf_unit *unit, uint64_t file, char *to, size_t room)
{
	const char *folder, *path = dwarf_file(unit, file, &folder);
	char whole[512];
	char *at;

	snprintf(whole, sizeof(whole), "%s/%s", folder, path);
	at = strrchr(whole, '/');
	while (at > whole && at[-1] != '/')
		at--;
	snprintf(to, room, "%.*s", (int)room - 1, at);
}

static bool open_file(struct dwarf *file)
{
	const struct {
		const char *name;
		struct dwarf_section *section;
	} sections[] = {
		{ ".debug_info", &file->info },	        { ".debug_abbrev", &file->abbrev },
		{ ".debug_line", &file->line },	        { ".debug_str", &file->str },
		{ ".debug_line_str", &file->line_str }, { ".debug_addr", &file->addr },
		{ ".debug_rnglists", &file->rnglists },
		{ ".debug_str_offsets", &file->str_offsets },
	};

	for (unsigned int i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		static const uint8_t nothing[1];
		struct dwarf_section *section = sections[i].section;

		section->start = elf_section(sections[i].name, &section->size);
		if (!section->start)
			*section = (struct dwarf_section){ nothing, 0 };
	}
	return file->info.size && file->line.size;
}

/* Outermost first: each entry that covers the address lies within the one before. */
static unsigned int find_chain(struct dwarf_unit *unit, uint64_t pc,
			       struct entry chain[SOURCE_MAX_FRAMES])
{
	struct cursor at = { unit->entries, unit->end };
	unsigned int nr = 0;

	while (nr < SOURCE_MAX_FRAMES && read_entry(unit, &at, &chain[nr]))
		if ((chain[nr].tag == TAG_FUNCTION || chain[nr].tag == TAG_INLINED) &&
		    covers(unit, &chain[nr], pc))
			nr++;
	return nr;
}

unsigned int source_frames(uintptr_t pc, struct source_frame frames[SOURCE_MAX_FRAMES])
{
	struct entry chain[SOURCE_MAX_FRAMES];
	uint64_t at = pc - elf_bias() - 1, number;
	struct dwarf file;
	struct dwarf_unit unit = { .file = &file };
	unsigned int nr, line;

	if (!pc || !open_file(&file) || !find_unit(&unit, at) ||
	    !dwarf_line(&unit, at, &number, &line))
		return 0;
	nr = find_chain(&unit, at, chain);
	for (unsigned int i = 0; i < nr; i++) {
		const struct entry *entry = &chain[nr - 1 - i];

		frames[i].function = name_of(&unit, *entry);
		frames[i].line = line;
		name_file(&unit, number, frames[i].file, sizeof(frames[i].file));
		line = entry->call_line;
		number = entry->call_file;
	}
	return nr;
}

const char *source_text(uintptr_t pc, char *to, size_t room)
{
	struct source_frame frames[SOURCE_MAX_FRAMES];
	unsigned int nr = source_frames(pc, frames);
	size_t used = 0;

	to[0] = '\0';
	for (unsigned int i = 0; i < nr && used < room; i++)
		used += (size_t)snprintf(to + used, room - used, "%s%s() at %s:%u",
					 i ? ", inlined in " : "", frames[i].function,
					 frames[i].file, frames[i].line);
	return to;
}
