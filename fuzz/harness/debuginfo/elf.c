// SPDX-License-Identifier: GPL-2.0-only
/* The program's own file in memory: see elf.h. */
#include "fuzz/harness/debuginfo/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/harness/program/state.h"

extern const char __executable_start[];

/* Mapped once: it is about the file. */
static PROCESS_STATE const char *file;
static PROCESS_STATE bool tried;

static const char *map_self(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *mem = MAP_FAILED;
	struct stat stat;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &stat) && (size_t)stat.st_size > sizeof(Elf64_Ehdr))
		mem = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (mem == MAP_FAILED || ((const unsigned char *)mem)[EI_CLASS] != ELFCLASS64)
		return NULL;
	return mem;
}

static const Elf64_Ehdr *head(void)
{
	if (!tried)
		file = map_self();
	tried = true;
	return (const void *)file;
}

const void *elf_section(const char *name, size_t *size)
{
	const Elf64_Ehdr *elf = head();
	const Elf64_Shdr *sections;
	const char *names;

	if (!elf)
		return NULL;
	sections = (const void *)(file + elf->e_shoff);
	names = file + sections[elf->e_shstrndx].sh_offset;
	for (unsigned int i = 0; i < elf->e_shnum; i++) {
		if (strcmp(names + sections[i].sh_name, name))
			continue;
		*size = sections[i].sh_size;
		/* A compressed one is none that can be read here. */
		return sections[i].sh_flags & SHF_COMPRESSED ? NULL :
							       file + sections[i].sh_offset;
	}
	return NULL;
}

uintptr_t elf_bias(void)
{
	const Elf64_Ehdr *elf = head();

	/* Linked at 0 when it can be loaded anywhere. */
	return elf && elf->e_type == ET_DYN ? (uintptr_t)__executable_start : 0;
}
