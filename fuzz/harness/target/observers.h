/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who looks at the programs of a target, in the order in which they are told. An allocator has
 * its own lists (observers.c has those for superpageblocks): a target names one.
 */
#ifndef HARNESS_OBSERVERS_H
#define HARNESS_OBSERVERS_H

#include "fuzz/harness/base/observer.h"

/* Where operations run one after the other: what refused callers do next is followed, too. */
extern const struct observer *const observers_all[];
/* Where they are preempted: what follows a refusal may have another reason. */
extern const struct observer *const observers_of_races[];

#endif
