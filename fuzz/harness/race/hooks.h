/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory accesses of the core, as the hooks of a race build tell them.
 *
 *   core, compiled with          hook        in the arena: race detector, preemption point
 *   trace-loads, trace-stores ──────────▶    elsewhere:    own stack and constants, or wild
 *
 * The hooked core is one object, made by one pinned compiler, that every engine and the
 * replayer link, with and without sanitizers: so all see the same stream of accesses. In
 * other builds nothing calls the hooks, and access_hooked() is false.
 */
#ifndef HARNESS_HOOKS_H
#define HARNESS_HOOKS_H

#include <stdbool.h>

/* Is the core of this build compiled with hooks? Finds out by an access. */
bool access_hooked(void);

/* Ends the process when the core was to be compiled with hooks, and is not. */
void access_expect_hooks(void);

#endif
