/* SPDX-License-Identifier: GPL-2.0-only */
/* What a checkpoint was made from: it is of use to the same program with the same questions. */
#ifndef EXHAUSTIVE_KEY_H
#define EXHAUSTIVE_KEY_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a of the file that runs; 0xcbf29ce484222325 where it cannot be read. */
uint64_t key_of_program(void);
/* The same, going on from @key. */
uint64_t key_add(uint64_t key, const void *bytes, size_t size);

#endif
