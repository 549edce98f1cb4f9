/* SPDX-License-Identifier: GPL-2.0-only */
/* Which function an address of this program lies in. For reports, never for a decision. */
#ifndef HARNESS_SYMBOL_H
#define HARNESS_SYMBOL_H

#include <stdint.h>

/* Its name, or NULL for no address and where there is no symbol table. */
const char *symbol_of(uintptr_t pc);
/* The same for a variable. */
const char *symbol_of_variable(uintptr_t at);

#endif
