/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of this program's own functions, static ones too. */
#ifndef TOOL_SYMBOL_H
#define TOOL_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * symbol_at - the function at an offset of this program's file, as sanitizers print it
 * @name: receives its name without what the compiler appends after a dot
 *
 * Return: false where there is none, or when the file has no symbols.
 */
bool symbol_at(uint64_t offset, char *name, size_t room);

/* The offset of an address of this process. */
uint64_t symbol_offset(const void *address);

#endif
