/* SPDX-License-Identifier: GPL-2.0-only */
/* Superpageblocks, zones and labels of pageblocks, for a page: see spb_state.c. */
#ifndef HARNESS_SPB_STATE_H
#define HARNESS_SPB_STATE_H

#include "fuzz/harness/base/allocator.h"

void spb_tell_state(tell_state tell);

#endif
