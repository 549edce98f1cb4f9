/* SPDX-License-Identifier: GPL-2.0-only */
/* What the canary program calls: each makes one mistake when asked for with a bad argument. */
#ifndef CANARY_H
#define CANARY_H

#include "shim/types.h"

int canary_shift(int n);
int canary_overflow(int n);
u8 canary_conversion(u32 n);
u8 canary_read(const u8 *bytes, u32 at);

/* Write to the content of a page that its owner has freed. */
void canary_use_after_free(void);
void canary_use_after_finding(void);

#endif
