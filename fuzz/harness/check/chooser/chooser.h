/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What holds of a chooser that does not walk (S17 of docs/specification.md):
 *
 *   a bit is set in the map of a bucket and a row, and nowhere else, exactly if the superpageblock
 *   is in that bucket and has that row; the levels above and rows[] follow from the bits
 *
 *   a choice: the lists of the category, the fullest first ─▶ the first list on which any answers
 *             ─▶ one of that list; none only if no list has any
 */
#ifndef HARNESS_CHOOSER_H
#define HARNESS_CHOOSER_H

#include "fuzz/harness/base/observer.h"

extern const struct observer chooser_observer;

#endif
