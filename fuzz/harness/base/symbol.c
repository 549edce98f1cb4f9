// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions by address, from the symbol table of the program's own file: the same name in
 * every build that links the same core object, with and without a sanitizer's symbolizer.
 */
#include "fuzz/harness/base/symbol.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/harness/program/state.h"

extern const char __executable_start[];

/**
 * struct table - the file in memory
 * @symbols: @nr of them; @names is the string table that they point into
 * @bias: what the loader added to their values
 *
 * Read once: it is about the file.
 */
static PROCESS_STATE struct table {
	const Elf64_Sym *symbols;
	size_t nr;
	const char *names;
	uintptr_t bias;
} table;

static const void *map_self(size_t *size)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *mem = MAP_FAILED;
	struct stat stat;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &stat)) {
		*size = (size_t)stat.st_size;
		mem = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	return mem == MAP_FAILED ? NULL : mem;
}

/* The tables stay mapped: a report keeps pointers to the names. */
static bool read_table(void)
{
	size_t size;
	const char *file = map_self(&size);
	const Elf64_Ehdr *head = (const void *)file;
	const Elf64_Shdr *sections;

	if (!file || size < sizeof(*head) || head->e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	sections = (const void *)(file + head->e_shoff);
	for (unsigned int i = 0; i < head->e_shnum; i++) {
		if (sections[i].sh_type != SHT_SYMTAB)
			continue;
		table.symbols = (const void *)(file + sections[i].sh_offset);
		table.nr = sections[i].sh_size / sizeof(*table.symbols);
		table.names = file + sections[sections[i].sh_link].sh_offset;
	}
	/* Linked at 0 when it can be loaded anywhere. */
	table.bias = head->e_type == ET_DYN ? (uintptr_t)__executable_start : 0;
	return table.nr;
}

static const char *find(uintptr_t pc, unsigned char type)
{
	if (!pc || (!table.nr && !read_table()))
		return NULL;
	for (size_t i = 0; i < table.nr; i++) {
		const Elf64_Sym *symbol = &table.symbols[i];

		if (ELF64_ST_TYPE(symbol->st_info) == type &&
		    pc - table.bias - symbol->st_value < symbol->st_size)
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
