/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which function, file and line an address of this program is in, from the DWARF 5 of its own
 * file: the same in every process, and without another program. For reports, never for a decision.
 */
#ifndef HARNESS_SOURCE_H
#define HARNESS_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#define SOURCE_MAX_FRAMES 12

/**
 * struct source_frame - one function that the code at an address is of
 * @function: its name
 * @file: the last two parts of its path: "core/search.c"
 * @line: of the address, or of the call that was inlined
 */
struct source_frame {
	const char *function;
	char file[64];
	unsigned int line;
};

/**
 * source_frames - the functions that an address lies in
 * @pc: where a call returns to
 * @frames: receives them, what was inlined first; the last one is the function that was compiled
 *
 * Return: how many; 0 where the file says nothing of it.
 */
unsigned int source_frames(uintptr_t pc, struct source_frame frames[SOURCE_MAX_FRAMES]);

/**
 * source_text - the same as text
 *
 * "content_of() at core/migrate.c:142, inlined in content_of_block() at core/migrate.c:171"; "" for
 * an address that the file says nothing of. Return: @to
 */
const char *source_text(uintptr_t pc, char *to, size_t room);

#endif
