/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DWARF 5, as much of it as is needed to say where an address is. Numbers are little-endian, and
 * sections have 32-bit offsets; what is otherwise has no lines.
 *
 *   .debug_info   unit ─▶ entries, each an abbreviation's number and the values of its attributes
 *   .debug_line   of a unit: a program whose rows are address, file, line
 */
#ifndef HARNESS_DWARF_H
#define HARNESS_DWARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in a section, and where that ends: beyond it all reads as 0. */
struct cursor {
	const uint8_t *at, *end;
};

struct dwarf_section {
	const uint8_t *start;
	size_t size;
};

struct dwarf {
	struct dwarf_section info, abbrev, line, str, line_str, str_offsets, addr, rnglists;
};

/* Of a unit: where its lists begin, what it covers. */
struct dwarf_unit {
	const struct dwarf *file;
	const uint8_t *start, *entries, *end;
	uint64_t abbrev, str_base, addr_base, rnglists_base;
	uint64_t low_pc, line;
};

enum dwarf_attribute {
	DW_AT_name = 0x03,
	DW_AT_stmt_list = 0x10,
	DW_AT_low_pc = 0x11,
	DW_AT_high_pc = 0x12,
	DW_AT_abstract_origin = 0x31,
	DW_AT_specification = 0x47,
	DW_AT_ranges = 0x55,
	DW_AT_call_file = 0x58,
	DW_AT_call_line = 0x59,
	DW_AT_str_offsets_base = 0x72,
	DW_AT_addr_base = 0x73,
	DW_AT_rnglists_base = 0x74,
};

enum dwarf_form {
	DW_FORM_addr = 0x01, DW_FORM_block2 = 0x03, DW_FORM_block4 = 0x04, DW_FORM_data2 = 0x05,
	DW_FORM_data4 = 0x06, DW_FORM_data8 = 0x07, DW_FORM_string = 0x08, DW_FORM_block = 0x09,
	DW_FORM_block1 = 0x0a, DW_FORM_data1 = 0x0b, DW_FORM_flag = 0x0c, DW_FORM_sdata = 0x0d,
	DW_FORM_strp = 0x0e, DW_FORM_udata = 0x0f, DW_FORM_ref_addr = 0x10, DW_FORM_ref1 = 0x11,
	DW_FORM_ref2 = 0x12, DW_FORM_ref4 = 0x13, DW_FORM_ref8 = 0x14, DW_FORM_ref_udata = 0x15,
	DW_FORM_sec_offset = 0x17, DW_FORM_exprloc = 0x18, DW_FORM_flag_present = 0x19,
	DW_FORM_strx = 0x1a, DW_FORM_addrx = 0x1b, DW_FORM_data16 = 0x1e,
	DW_FORM_line_strp = 0x1f, DW_FORM_ref_sig8 = 0x20, DW_FORM_implicit_const = 0x21,
	DW_FORM_loclistx = 0x22, DW_FORM_rnglistx = 0x23, DW_FORM_strx1 = 0x25,
	DW_FORM_strx2 = 0x26, DW_FORM_strx3 = 0x27, DW_FORM_strx4 = 0x28, DW_FORM_addrx1 = 0x29,
	DW_FORM_addrx2 = 0x2a, DW_FORM_addrx3 = 0x2b, DW_FORM_addrx4 = 0x2c,
};

/* Those of @bytes, at most 8. */
uint64_t dwarf_number(struct cursor *from, unsigned int bytes);
uint64_t dwarf_uleb(struct cursor *from);
int64_t dwarf_sleb(struct cursor *from);
const char *dwarf_string(struct cursor *from);
/* The text at an offset of a section; "" beyond it. */
const char *dwarf_text(const struct dwarf_section *section, uint64_t offset);
/* A cursor from an offset of a section on. */
struct cursor dwarf_at(const struct dwarf_section *section, uint64_t offset);

/**
 * dwarf_value - read one value
 * @text: receives what it says where it is a text, else NULL
 *
 * Addresses come as addresses, references as offsets of the section, a block as 0. Return: false
 * for a form that is not known: nothing after it can be read.
 */
bool dwarf_value(const struct dwarf_unit *unit, unsigned int form, int64_t implicit,
		 struct cursor *from, uint64_t *value, const char **text);

/* The n-th address of the unit's list. */
uint64_t dwarf_address(const struct dwarf_unit *unit, uint64_t n);

/**
 * dwarf_line - the file and the line of an address, by the unit's line program
 *
 * Return: false when no row covers it.
 */
bool dwarf_line(const struct dwarf_unit *unit, uint64_t pc, uint64_t *file, unsigned int *line);

/* The path of a file of that program, and of the folder that it is in, or "". */
const char *dwarf_file(const struct dwarf_unit *unit, uint64_t file, const char **folder);

#endif
