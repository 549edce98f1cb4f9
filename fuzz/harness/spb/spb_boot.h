/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configurations out of programs, and what the allocator makes of them.
 *
 *   header's geometry ─▶ boot_zone, boot_range, boot_set ─▶ configuration
 *                                                            │
 *         breaks a contract of S15.2: refused under its name, memory as it was
 *         breaks none: the size of S15.4, and an allocator that begins as S15.1 says
 */
#ifndef HARNESS_SPB_BOOT_H
#define HARNESS_SPB_BOOT_H

#include "spb/config.h"

struct arena;
struct run;

/* The boot() of struct allocator_memory. */
struct arena *spb_boot(struct run *run);

/* The first contract that a configuration breaks, in the words of the allocator; NULL for none. */
const char *spb_config_breaks(const struct spb_config *config);

#endif
