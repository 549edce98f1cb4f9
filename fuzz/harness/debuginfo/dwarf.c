// SPDX-License-Identifier: GPL-2.0-only
/* Numbers, texts and values of DWARF: see dwarf.h. */
#include "fuzz/harness/debuginfo/dwarf.h"

#include <string.h>

uint64_t dwarf_number(struct cursor *from, unsigned int bytes)
{
	uint64_t number = 0;

	if ((size_t)(from->end - from->at) < bytes) {
		from->at = from->end;
		return 0;
	}
	memcpy(&number, from->at, bytes);
	from->at += bytes;
	return number;
}

uint64_t dwarf_uleb(struct cursor *from)
{
	uint64_t number = 0, byte = 0x80;

	for (unsigned int shift = 0; byte & 0x80; shift += 7) {
		byte = dwarf_number(from, 1);
		if (shift < 64)
			number |= (byte & 0x7f) << shift;
	}
	return number;
}

int64_t dwarf_sleb(struct cursor *from)
{
	uint64_t number = 0, byte = 0x80;
	unsigned int shift = 0;

	for (; byte & 0x80; shift += 7) {
		byte = dwarf_number(from, 1);
		if (shift < 64)
			number |= (byte & 0x7f) << shift;
	}
	if (shift < 64 && byte & 0x40)
		number |= ~0ull << shift;
	return (int64_t)number;
}

const char *dwarf_string(struct cursor *from)
{
	const uint8_t *start = from->at;
	const uint8_t *zero = memchr(start, 0, (size_t)(from->end - start));

	from->at = zero ? zero + 1 : from->end;
	return zero ? (const char *)start : "";
}

struct cursor dwarf_at(const struct dwarf_section *section, uint64_t offset)
{
	const uint8_t *end = section->start + section->size;

	return (struct cursor){ offset < section->size ? section->start + offset : end, end };
}

const char *dwarf_text(const struct dwarf_section *section, uint64_t offset)
{
	struct cursor from = dwarf_at(section, offset);

	return dwarf_string(&from);
}

uint64_t dwarf_address(const struct dwarf_unit *unit, uint64_t n)
{
	struct cursor from = dwarf_at(&unit->file->addr, unit->addr_base + n * 8);

	return dwarf_number(&from, 8);
}

static const char *indexed_text(const struct dwarf_unit *unit, uint64_t n)
{
	struct cursor from = dwarf_at(&unit->file->str_offsets, unit->str_base + n * 4);

	return dwarf_text(&unit->file->str, dwarf_number(&from, 4));
}

static uint64_t range_list(const struct dwarf_unit *unit, uint64_t n)
{
	struct cursor from = dwarf_at(&unit->file->rnglists, unit->rnglists_base + n * 4);

	return unit->rnglists_base + dwarf_number(&from, 4);
}

static void skip(struct cursor *from, uint64_t bytes)
{
	from->at = bytes < (uint64_t)(from->end - from->at) ? from->at + bytes : from->end;
}

/* Bytes of a value that is a plain number; 0 for any other. */
static unsigned int plain_size(unsigned int form)
{
	switch (form) {
	case DW_FORM_data1:
	case DW_FORM_flag:
	case DW_FORM_ref1:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_ref_addr:
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_sec_offset:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
		return 4;
	case DW_FORM_addr:
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
		return 8;
	default:
		return 0;
	}
}

/* What stands there. Return: false for an unknown form. */
static bool raw_value(unsigned int form, int64_t implicit, struct cursor *from, uint64_t *value)
{
	unsigned int size = plain_size(form);

	*value = 0;
	if (size) {
		*value = dwarf_number(from, size);
		return true;
	}
	switch (form) {
	case DW_FORM_udata:
	case DW_FORM_ref_udata:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
		*value = dwarf_uleb(from);
		return true;
	case DW_FORM_sdata:
		*value = (uint64_t)dwarf_sleb(from);
		return true;
	case DW_FORM_implicit_const:
		*value = (uint64_t)implicit;
		return true;
	case DW_FORM_flag_present:
		*value = 1;
		return true;
	case DW_FORM_data16:
		skip(from, 16);
		return true;
	case DW_FORM_block1:
		skip(from, dwarf_number(from, 1));
		return true;
	case DW_FORM_block2:
		skip(from, dwarf_number(from, 2));
		return true;
	case DW_FORM_block4:
		skip(from, dwarf_number(from, 4));
		return true;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		skip(from, dwarf_uleb(from));
		return true;
	default:
		return false;
	}
}

bool dwarf_value(const struct dwarf_unit *unit, unsigned int form, int64_t implicit,
		 struct cursor *from, uint64_t *value, const char **text)
{
	*text = NULL;
	if (form == DW_FORM_string) {
		*text = dwarf_string(from);
		return true;
	}
	if (!raw_value(form, implicit, from, value))
		return false;
	switch (form) {
	case DW_FORM_strp:
		*text = dwarf_text(&unit->file->str, *value);
		break;
	case DW_FORM_line_strp:
		*text = dwarf_text(&unit->file->line_str, *value);
		break;
	case DW_FORM_strx:
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
		*text = indexed_text(unit, *value);
		break;
	case DW_FORM_addrx:
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
		*value = dwarf_address(unit, *value);
		break;
	case DW_FORM_rnglistx:
		*value = range_list(unit, *value);
		break;
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
	case DW_FORM_ref_udata:
		*value += (uint64_t)(unit->start - unit->file->info.start);
		break;
	default:
		break;
	}
	return true;
}
