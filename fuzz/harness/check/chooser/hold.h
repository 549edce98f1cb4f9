/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much one section under the lock of a zone may look at (S17.7 of docs/specification.md):
 *
 *   walked   a list of superpageblocks, or of free buddies: a step for each entry
 *   bitmaps  a step for each superpageblock that answers, none for those that do not
 */
#ifndef HARNESS_HOLD_H
#define HARNESS_HOLD_H

#include "fuzz/harness/base/observer.h"

extern const struct observer hold_observer;

#endif
