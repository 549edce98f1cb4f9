// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line program of a unit: see dwarf.h. Its header has a table of folders and one of files,
 * each with a description of what its rows consist of; what follows makes rows of addresses.
 */
#include "fuzz/harness/debuginfo/dwarf.h"

#define MOST_COLUMNS 8

enum content { CONTENT_PATH = 1, CONTENT_FOLDER = 2 };

enum opcode {
	OP_EXTENDED, OP_COPY, OP_ADVANCE_PC, OP_ADVANCE_LINE, OP_SET_FILE, OP_SET_COLUMN,
	OP_NEGATE_STMT, OP_BASIC_BLOCK, OP_CONST_ADD_PC, OP_FIXED_ADVANCE_PC,
};

enum extended { EXTENDED_END = 1, EXTENDED_ADDRESS = 2 };

struct header {
	unsigned int opcodes, line_range, instruction;
	int line_base;
	const uint8_t *arguments; /* how many each standard opcode has */
	struct cursor tables, program;
};

struct column {
	uint64_t content, form;
};

struct row {
	uint64_t address, file;
	int64_t line;
};

static bool read_header(const struct dwarf_unit *unit, struct header *to)
{
	struct cursor at = dwarf_at(&unit->file->line, unit->line);
	uint64_t length = dwarf_number(&at, 4), tables;

	if (length > (uint64_t)(at.end - at.at))
		return false;
	at.end = at.at + length;
	if (dwarf_number(&at, 2) != 5)
		return false;
	dwarf_number(&at, 2); /* sizes of an address and of a segment */
	tables = dwarf_number(&at, 4);
	to->program = (struct cursor){ at.at + tables, at.end };
	to->instruction = (unsigned int)dwarf_number(&at, 1);
	dwarf_number(&at, 2); /* operations of an instruction; do rows begin as statements? */
	to->line_base = (int8_t)dwarf_number(&at, 1);
	to->line_range = (unsigned int)dwarf_number(&at, 1);
	to->opcodes = (unsigned int)dwarf_number(&at, 1);
	if (!to->opcodes || (size_t)(at.end - at.at) < to->opcodes - 1)
		return false;
	to->arguments = at.at;
	at.at += to->opcodes - 1;
	to->tables = at;
	return to->line_range && tables <= length;
}

/* The @n-th row of the table that @at is at the head of; afterwards it is behind the table. */
static const char *table_row(const struct dwarf_unit *unit, struct cursor *at, uint64_t n,
			     uint64_t *folder)
{
	struct column columns[MOST_COLUMNS];
	uint64_t nr_columns = dwarf_number(at, 1), rows, value;
	const char *text, *path = "";

	if (!nr_columns || nr_columns > MOST_COLUMNS)
		return NULL;
	for (uint64_t i = 0; i < nr_columns; i++) {
		columns[i].content = dwarf_uleb(at);
		columns[i].form = dwarf_uleb(at);
	}
	rows = dwarf_uleb(at);
	for (uint64_t row = 0; row < rows && at->at < at->end; row++)
		for (uint64_t i = 0; i < nr_columns; i++) {
			if (!dwarf_value(unit, (unsigned int)columns[i].form, 0, at, &value,
					 &text))
				return NULL;
			if (row == n && columns[i].content == CONTENT_PATH && text)
				path = text;
			if (row == n && columns[i].content == CONTENT_FOLDER)
				*folder = value;
		}
	return path;
}

const char *dwarf_file(const struct dwarf_unit *unit, uint64_t file, const char **folder)
{
	uint64_t number = 0, none = 0;
	const char *path;
	struct header header;
	struct cursor at;

	*folder = "";
	if (!read_header(unit, &header))
		return "";
	at = header.tables;
	if (!table_row(unit, &at, 0, &none))
		return "";
	path = table_row(unit, &at, file, &number);
	at = header.tables;
	*folder = table_row(unit, &at, number, &none);
	if (!*folder)
		*folder = "";
	return path ? path : "";
}

/* Of a run of rows: from the last one to this. */
struct found {
	struct row last;
	bool inside, done;
};

static void emit(struct found *found, const struct row *row, uint64_t pc, bool ends)
{
	if (found->inside && !found->done && found->last.address <= pc && pc < row->address)
		found->done = true;
	if (!found->done)
		found->last = *row;
	found->inside = !ends;
}

static void extended(struct cursor *at, struct row *row, struct found *found, uint64_t pc)
{
	uint64_t length = dwarf_uleb(at);
	const uint8_t *end = at->at + length;
	uint64_t opcode = dwarf_number(at, 1);

	if (opcode == EXTENDED_ADDRESS) {
		row->address = dwarf_number(at, 8);
	} else if (opcode == EXTENDED_END) {
		emit(found, row, pc, true);
		*row = (struct row){ .file = 1, .line = 1 };
	}
	at->at = length && end <= at->end ? end : at->end;
}

static void standard(const struct header *header, unsigned int opcode, struct cursor *at,
		     struct row *row)
{
	unsigned int whole = (255 - header->opcodes) / header->line_range;

	switch (opcode) {
	case OP_ADVANCE_PC:
		row->address += dwarf_uleb(at) * header->instruction;
		break;
	case OP_ADVANCE_LINE:
		row->line += dwarf_sleb(at);
		break;
	case OP_SET_FILE:
		row->file = dwarf_uleb(at);
		break;
	case OP_CONST_ADD_PC:
		row->address += whole * header->instruction;
		break;
	case OP_FIXED_ADVANCE_PC:
		row->address += dwarf_number(at, 2);
		break;
	default:
		for (unsigned int i = 0; i < header->arguments[opcode - 1]; i++)
			dwarf_uleb(at);
		break;
	}
}

bool dwarf_line(const struct dwarf_unit *unit, uint64_t pc, uint64_t *file, unsigned int *line)
{
	struct row row = { .file = 1, .line = 1 };
	struct found found = { .inside = false };
	struct header header;
	struct cursor at;

	if (!read_header(unit, &header))
		return false;
	for (at = header.program; at.at < at.end && !found.done;) {
		unsigned int opcode = (unsigned int)dwarf_number(&at, 1);

		if (opcode >= header.opcodes) {
			unsigned int step = opcode - header.opcodes;

			row.address += step / header.line_range * header.instruction;
			row.line += header.line_base + (int)(step % header.line_range);
			emit(&found, &row, pc, false);
		} else if (opcode == OP_EXTENDED) {
			extended(&at, &row, &found, pc);
		} else if (opcode == OP_COPY) {
			emit(&found, &row, pc, false);
		} else {
			standard(&header, opcode, &at, &row);
		}
	}
	*file = found.last.file;
	*line = (unsigned int)found.last.line;
	return found.done;
}
