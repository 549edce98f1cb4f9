/* SPDX-License-Identifier: GPL-2.0-only */
/* What the core asks of any host that has one thread, which nobody interrupts. */
#ifndef NATIVE_NATIVE_H
#define NATIVE_NATIVE_H

#include <stddef.h>

#include "shim/shim.h"

/* Each program's own: its name, and how it ends when the allocator says that something is wrong. */
extern const char native_name[];
extern const int native_bug_status;

/* That all runs on: shim_this points at it. */
extern struct shim_cpu native_cpu;

/* The allocator at @arena, of @size bytes, is the one that calls mean from now on. */
void native_attach(void *arena, size_t size);

#endif
