/* SPDX-License-Identifier: GPL-2.0-only */
/* Sections of the file that this program was started from. */
#ifndef HARNESS_ELF_H
#define HARNESS_ELF_H

#include <stddef.h>
#include <stdint.h>

/**
 * elf_section - a section by its name
 * @size: receives its length
 *
 * It stays mapped: names in it can be kept. Return: NULL where there is none, or no file.
 */
const void *elf_section(const char *name, size_t *size);

/* What the loader added to the addresses that the file has. */
uintptr_t elf_bias(void);

#endif
