/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls of the allocator as rows, between who notes them and who writes programs in C. */
#ifndef TOOL_EXPORT_CALLS_H
#define TOOL_EXPORT_CALLS_H

#include "fuzz/tool/export/export.h"

/* As reproducer.in has them. */
#define CALL_ROWS(X)                                                                        \
	X(ALLOC) X(BULK) X(KVMALLOC) X(VMALLOC) X(SKB) X(FREE) X(SPLIT) X(OWNER) X(DRAIN)   \
	X(DRAIN_ALL) X(RECLAIM) X(COMPACT) X(EVACUATE) X(ISOLATE) X(CONTIG) X(CONTIG_FREE)  \
	X(WORK) X(TIME) X(TUNABLE) X(CAN_SERVE) X(HAS_FREE) X(PIN)

enum call_row_kind {
#define X(id) ROW_##id,
	CALL_ROWS(X)
#undef X
	NR_ROW_KINDS,
};

enum call_seen { SEEN_AT_EVENT, SEEN_BY_CORE, SEEN_AFTERWARDS, NR_CALL_SEEN };

#define ROW_ANY_EVENTS 0xffffffffu

/**
 * struct call_row - one call
 * @depth: below how many others
 * @refused: it breaks a contract, and is refused
 * @a, @b, @c, @d: arguments, in the order of struct allocator_ops
 * @events: that it told itself, with their @hash
 */
struct call_row {
	uint8_t depth, cpu, kind;
	bool refused;
	uint32_t a, b, c, d;
	uint32_t result, events;
	uint64_t hash;
};

#endif
