/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second allocator: buddy lists by order, one lock for each zone, and nothing else. It shows
 * that the harness knows an allocator by its tables alone; tests/second/adapter.c has those.
 */
#ifndef SECOND_BUDDY_H
#define SECOND_BUDDY_H

#include "shim/list.h"
#include "shim/spinlock.h"
#include "spb/config.h"
#include "spb/rules.h"

#define SECOND_ORDERS 11
#define SECOND_ZONES (MAX_NUMNODES * MAX_NR_ZONES)
#define SECOND_NO_PFN 0xffffffffu

enum second_state { SECOND_NONE, SECOND_FREE, SECOND_FREE_TAIL, SECOND_USED, SECOND_USED_TAIL };

/* @order: of a buddy or an allocation, in its first page; @owner: who holds it, 0 = nobody */
struct second_page {
	struct list_head list;
	u32 state;
	u32 order;
	u32 owner;
} __attribute__((aligned(32)));

/* The lock protects everything but the borders, and the pages of the zone. */
struct second_zone {
	spinlock_t lock;
	u32 start, end;
	u32 nr_free;
	struct list_head free[SECOND_ORDERS];
};

/* The name is what the shim has for an allocator. */
struct spb_core {
	struct spb_config config;
	u32 min_pfn, max_pfn;
	struct second_zone zones[SECOND_ZONES];
	struct second_page pages[] __attribute__((aligned(SHIM_LINE)));
};

/* NULL, or what is wrong with a configuration. */
const char *second_check(const struct spb_config *config);
shim_size second_size(const struct spb_config *config);
int second_init(void *memory, const struct spb_config *config);

u32 second_alloc(gfp_t gfp, unsigned int order, unsigned int nid, u32 nodemask);
void second_free(u32 pfn, unsigned int order);
int second_split(u32 pfn, unsigned int order, unsigned int new_order);
void second_set_owner(u32 pfn, u32 owner);

#endif
