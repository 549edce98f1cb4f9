/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the harness may ask of an allocator: one table of operations and one of state
 * queries. The executor, the scheduler and the generic oracles know an allocator by these
 * alone; rules about superpageblocks are an oracle of their own (spb_oracle.c) that only
 * an allocator with superpageblocks has.
 */
#ifndef HARNESS_ALLOCATOR_H
#define HARNESS_ALLOCATOR_H

#include <stdbool.h>
#include <stdint.h>

#define NO_PFN 0xffffffffu

enum page_state {
	PAGE_NONE,      /* outside every zone, a hole, or reserved */
	PAGE_BUDDY,     /* in a free buddy */
	PAGE_PCP,       /* on a per-CPU list */
	PAGE_ALLOCATED, /* in an allocation */
	PAGE_HELD,      /* in a contiguously held superpageblock */
};

/* One allocation, buddy, per-CPU entry or single unusable page of the memory map. */
struct page_run {
	enum page_state state;
	uint32_t pfn;
	uint32_t pages;
	unsigned int order; /* of a buddy, per-CPU page or allocation */
	unsigned int type;  /* migratetype of an allocation */
	uint32_t owner;
};

/* A caller's extents, as pfns. */
struct extent_list {
	uint32_t nr;
	uint32_t pfn[64];
	uint8_t order[64];
};

enum caller_kind { CALLER_KVMALLOC, CALLER_VMALLOC, CALLER_SKB };

struct allocator_ops {
	uint32_t (*alloc)(uint32_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask);
	unsigned int (*alloc_bulk)(uint32_t gfp, unsigned int nid, unsigned int nr, uint32_t *pfns);
	bool (*alloc_caller)(enum caller_kind kind, uint32_t nr_pages, unsigned int order,
			     uint32_t gfp, struct extent_list *out);
	void (*free)(uint32_t pfn, unsigned int order);
	int (*split)(uint32_t pfn, unsigned int order, unsigned int new_order);
	void (*set_owner)(uint32_t pfn, uint32_t owner);
	void (*drain)(unsigned int cpu);
	void (*drain_all)(void);
	void (*reclaim)(unsigned int zone, unsigned long nr);
	void (*compact)(unsigned int zone, unsigned int order);
	void (*evacuate)(unsigned int zone, unsigned int order, unsigned int type);
	int (*isolate)(uint32_t pfn, bool on);
	uint32_t (*contig)(unsigned int zone);
	void (*contig_free)(uint32_t pfn);
	unsigned int (*work)(unsigned int limit);
	void (*advance_time)(uint32_t ticks);
	void (*set_tunable)(unsigned int tunable, uint16_t value);
	bool (*can_serve)(unsigned int zone, unsigned int order, unsigned int type);
	bool (*has_free)(unsigned int zone);
};

struct allocator_queries {
	uint32_t (*min_pfn)(void);
	uint32_t (*max_pfn)(void);
	unsigned int (*nr_zones)(void);             /* populated ones, numbered from 0 */
	bool (*zone_span)(unsigned int zone, uint32_t *start, uint32_t *end);
	int (*zone_of)(uint32_t pfn);               /* -1 outside */
	uint32_t (*free_pages)(unsigned int zone);  /* on free lists, isolated ones too */
	uint32_t (*pcp_pages)(unsigned int zone);
	/* The run that begins at pfn; every pfn of the map is in exactly one. */
	void (*run_at)(uint32_t pfn, struct page_run *run);
};

extern const struct allocator_ops spb_ops;
extern const struct allocator_queries spb_queries;

#endif
