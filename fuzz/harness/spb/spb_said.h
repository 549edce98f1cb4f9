/* SPDX-License-Identifier: GPL-2.0-only */
/* Flags of pages and pageblocks as a report says them; text/said.h says how long they stay. */
#ifndef HARNESS_SPB_SAID_H
#define HARNESS_SPB_SAID_H

#include "shim/types.h"

/* "head, movable", "free", "none"; bits that have no name come as a number. */
const char *spb_said_page(u32 flags);
/* "label movable, has movable, all free" */
const char *spb_said_block(u32 flags);
/* The same without the label. */
const char *spb_said_marks(u32 flags);
/* "unmovable, movable": a bit for each type. */
const char *spb_said_labels(u32 labels);
/* "defrag", "evacuate", "shrink", "kswapd" */
const char *spb_said_work(unsigned int kind);

#endif
