/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program covers: edges of the core and executor, as engines count them, and abstract
 * states of the allocator, which edges do not tell apart: the same search step in an almost
 * empty and in a full superpageblock is one edge and two states.
 */
#ifndef TOOL_FEATURES_H
#define TOOL_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#include "fuzz/tool/replay/worker.h"

/**
 * A feature is one number:
 *   edge    counter << 3 | how often, as a bucket of engines: 1, 2, 3, 4+, 8+, 16+, 32+, 128+
 *   state   FEATURE_STATE | event, what it was about, order, type, and the superpageblock's
 *           category and fullness when it happened
 */
#define FEATURE_STATE (1u << 31)
#define FEATURE_BUCKET_BITS 3

/* More than any program has: a feature needs an event or an edge of its own. */
#define FEATURE_MAX (1u << 18)

struct feature_list {
	uint32_t nr;
	uint32_t feature[FEATURE_MAX];
};

/* Fill in a struct feature_list of each program, sorted, each feature once. */
extern const struct worker_hooks feature_hooks;

/* Edges that this build counts; 0 when it was built without. */
size_t feature_edges(void);

#endif
