/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the adapter tells those who judge requests by their policy: policy/ has them. Requests of
 * a program that runs alone are told; where CPUs take turns inside of a request, none.
 *
 *   begins ─ reclaims, kills, wakes, compacts, moves, falls_back ─ ends
 */
#ifndef KERNEL_WATCH_H
#define KERNEL_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/harness/base/observer.h"
#include "fuzz/kernel/bridge.h"

/**
 * struct kernel_request - pages that were asked for
 * @nodemask: 0 = all nodes
 * @nr: elements of the array of a bulk request, else 0; @filled: that have a page already
 */
struct kernel_request {
	uint32_t gfp, nid, nodemask;
	unsigned int order, nr, filled;
};

void kernel_watch_begins(const struct kernel_request *request);
/* @pfns: the @got allocations; none is an answer, too */
void kernel_watch_ends(const struct kernel_request *request, const uint32_t *pfns,
		       unsigned int got);

/* Direct reclaim asks owners, and has freed so many pages. */
void kernel_watch_reclaims(void);
void kernel_watch_reclaimed(unsigned long freed);
/* As struct kb_host has it. */
void kernel_watch_reclaims_again(void);
/* An owner is about to be chosen that loses everything. */
void kernel_watch_kills(uint32_t order, uint32_t gfp);
void kernel_watch_wakes(uint32_t nid, uint32_t order, uint32_t zone_kind, bool boosted);
void kernel_watch_compacts(bool begins);
/* Direct compaction for an order is over, the request has nothing and tries again. @effort: as
 * struct kb_host has it */
void kernel_watch_compacts_again(uint32_t order, uint32_t effort, bool success);
void kernel_watch_compaction(const struct kb_compaction *at);
void kernel_watch_moves(uint32_t from, uint32_t to);
void kernel_watch_falls_back(uint32_t pfn, uint32_t order, uint32_t from_order, uint32_t wanted,
			     uint32_t found);

/* Tasks may use other nodes. */
void kernel_watch_nodes(void);

/* Around kb_free() or kb_free_batch() of @nr allocations, which are so many @pages. */
void kernel_watch_frees(const uint32_t *pfns, uint32_t nr);
void kernel_watch_freed(const uint32_t *pfns, uint32_t nr, uint32_t pages);
/* Watermarks were computed anew. */
void kernel_watch_marks(void);
/* Around the work of each second on the running CPU. */
void kernel_watch_second(void);
void kernel_watch_second_over(void);
/* The lists of a CPU, or of all (-1), were drained. */
void kernel_watch_drained(int cpu);
/* A zone is compacted for nobody's request, or was. */
void kernel_watch_compacts_zone(uint32_t zone, bool begins);

/* A page is handed out for a request. */
void kernel_watch_marked(uint32_t pfn, uint32_t gfp);
/* Has a zone so much that single pages of a range of @pages can move to it? */
bool kernel_watch_has_room(uint32_t zone, uint32_t pages);
/* May the highatomic reserve of a zone have had pages, now or before? */
bool kernel_watch_reserved(void);

extern const struct observer kernel_policy_observer;

#endif
