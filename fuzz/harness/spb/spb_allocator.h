/* SPDX-License-Identifier: GPL-2.0-only */
/* The superpageblock allocator behind the tables of allocator.h. */
#ifndef HARNESS_SPB_ALLOCATOR_H
#define HARNESS_SPB_ALLOCATOR_H

#include "fuzz/harness/base/allocator.h"

/* A program starts: number the populated zones of the allocator that shim_this points at. */
void spb_allocator_begin(void);

#endif
