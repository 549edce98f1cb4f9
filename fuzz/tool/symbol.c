// SPDX-License-Identifier: GPL-2.0-only
/* Names of functions out of this program's own ELF file: see symbol.h. */
#include "fuzz/tool/symbol.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the file begins in memory: from the linker. */
extern const char __executable_start[];

/**
 * struct symbols - the table of functions
 * @base: what offsets count from
 */
static struct symbols {
	bool tried;
	const Elf64_Sym *table;
	size_t nr;
	const char *names;
	size_t names_size;
	uint64_t base;
} symbols;

static const void *map_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *map = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &status)) {
		*size = (size_t)status.st_size;
		map = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (fd >= 0)
		close(fd);
	return map == MAP_FAILED ? NULL : map;
}

/* The first segment's address, which is 0 where the file may lie anywhere. */
static uint64_t first_address(const char *file, const Elf64_Ehdr *head)
{
	const Elf64_Phdr *segment = (const void *)(file + head->e_phoff);

	for (unsigned int i = 0; i < head->e_phnum; i++)
		if (segment[i].p_type == PT_LOAD)
			return segment[i].p_vaddr;
	return 0;
}

static void find_table(const char *file, size_t size)
{
	const Elf64_Ehdr *head = (const void *)file;
	const Elf64_Shdr *section;

	if (size < sizeof(*head) || memcmp(file, ELFMAG, SELFMAG) ||
	    head->e_ident[EI_CLASS] != ELFCLASS64 ||
	    head->e_shoff + (uint64_t)head->e_shnum * sizeof(*section) > size)
		return;
	section = (const void *)(file + head->e_shoff);
	for (unsigned int i = 0; i < head->e_shnum; i++) {
		if (section[i].sh_type != SHT_SYMTAB || section[i].sh_link >= head->e_shnum)
			continue;
		symbols.table = (const void *)(file + section[i].sh_offset);
		symbols.nr = section[i].sh_size / sizeof(*symbols.table);
		symbols.names = file + section[section[i].sh_link].sh_offset;
		symbols.names_size = section[section[i].sh_link].sh_size;
		symbols.base = first_address(file, head);
	}
}

static void load(void)
{
	const char *file;
	size_t size;

	symbols.tried = true;
	file = map_file("/proc/self/exe", &size);
	if (file)
		find_table(file, size);
}

static bool covers(const Elf64_Sym *symbol, uint64_t address)
{
	return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_name < symbols.names_size &&
	       address >= symbol->st_value && address < symbol->st_value + symbol->st_size;
}

bool symbol_at(uint64_t offset, char *name, size_t room)
{
	if (!symbols.tried)
		load();
	for (size_t i = 0; i < symbols.nr; i++) {
		const char *found = symbols.names + symbols.table[i].st_name;

		if (!covers(&symbols.table[i], symbols.base + offset))
			continue;
		snprintf(name, room, "%.*s", (int)strcspn(found, "."), found);
		return *name;
	}
	return false;
}

uint64_t symbol_offset(const void *address)
{
	return (uintptr_t)address - (uintptr_t)__executable_start;
}
