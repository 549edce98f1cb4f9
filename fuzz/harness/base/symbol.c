// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions by address, from the symbol table of the program's own file: the same name in
 * every build that links the same core object, with and without a sanitizer's symbolizer.
 */
#include "fuzz/harness/base/symbol.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>

#include "fuzz/harness/debuginfo/elf.h"
#include "fuzz/harness/program/state.h"

/* Read once: it is about the file. */
static PROCESS_STATE struct table {
	const Elf64_Sym *symbols;
	size_t nr;
	const char *names;
} table;

/* The tables stay mapped: a report keeps pointers to the names. */
static bool read_table(void)
{
	size_t size = 0, rest;

	table.symbols = elf_section(".symtab", &size);
	table.names = elf_section(".strtab", &rest);
	table.nr = table.symbols && table.names ? size / sizeof(*table.symbols) : 0;
	return table.nr;
}

static const char *find(uintptr_t pc, unsigned char type)
{
	uintptr_t at = pc - elf_bias();

	if (!pc || (!table.nr && !read_table()))
		return NULL;
	for (size_t i = 0; i < table.nr; i++) {
		const Elf64_Sym *symbol = &table.symbols[i];

		if (ELF64_ST_TYPE(symbol->st_info) == type &&
		    at - symbol->st_value < symbol->st_size)
			return table.names + symbol->st_name;
	}
	return NULL;
}

const char *symbol_of(uintptr_t pc)
{
	return find(pc, STT_FUNC);
}

const char *symbol_of_variable(uintptr_t at)
{
	return find(at, STT_OBJECT);
}
