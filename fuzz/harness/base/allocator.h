/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the harness may ask of an allocator: tables of operations, of state queries, of what its
 * memory is, and of names. Executor, scheduler, race detector, generic oracles and reports know
 * an allocator by these alone; what is about superpageblocks are observers of their own, which
 * only the list of an allocator with superpageblocks has.
 *
 * An operation that an allocator does not have is NULL: a program that asks for it is told that
 * nothing came of it, and that is counted.
 */
#ifndef HARNESS_ALLOCATOR_H
#define HARNESS_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct reach;
struct run;
struct spb_config;
struct spinlock;

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

/* When the nodes that tasks may use become others: now, or in the midst of a request. */
enum nodes_when { NODES_NOW, NODES_AT_RECLAIM, NODES_AT_KILL, NODES_AT_COMPACTION, NR_NODES_WHEN };

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
	void (*contig_free)(uint32_t pfn); /* of a range and of CMA pages, too */
	uint32_t (*range)(uint32_t pfn, uint32_t pages, uint32_t gfp);
	uint32_t (*cma)(uint32_t pages, unsigned int align_order);
	/* @owner takes a reference to the allocation at @pfn, lets go of the last that it took. */
	void (*hold)(uint32_t owner, uint32_t pfn);
	void (*unhold)(uint32_t owner);
	void (*kswapd)(unsigned int nid, unsigned int order);
	void (*kcompactd)(unsigned int nid, unsigned int order);
	unsigned int (*work)(unsigned int limit);
	void (*advance_time)(uint32_t ticks);
	void (*set_tunable)(unsigned int tunable, uint16_t value);
	bool (*can_serve)(unsigned int zone, unsigned int order, unsigned int type);
	bool (*has_free)(unsigned int zone);
	/* Tasks may use these nodes alone, a bit each; 0 = all. */
	void (*nodes)(uint32_t nodes, enum nodes_when when);
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

/**
 * struct allocator_memory - the arena that holds all of its state
 * @check: NULL for a configuration that it can have, else what is wrong with that
 * @size: bytes that it needs
 * @init: make a fresh allocator there. Return: 0, or not
 * @boot: the allocator of what the header and the records of a program make of a configuration,
 *        which becomes that of the run. Judges how it begins, or how it is refused. Return: NULL
 *        when the program ends with that. NULL = programs get the configuration of their header
 * @unnoted: the @n-th range that changes without shim_touch(). Return: false beyond the last
 * @gap: where the @n-th line lies that nobody may touch. Return: false beyond the last. NULL =
 *       there is none
 * @begin: a program begins with a fresh allocator, that of the running CPU
 * @field_name: what lies at a place of the arena: "spb 3 nr_free", "page 1234 flags".
 *              Return: @to
 * @hooked: are accesses told in this build? NULL = found out by @check, which makes one
 * @meant: two accesses that race, at least one of them plain, are meant to: a write at @writes,
 *         and one of @both, or a read, at @other; NULL = none are
 * @whole_writes: a plain write beside an announced read is no race, as KCSAN is configured for
 *                kernels; two plain writes are one, and so is a plain read
 * @field_lock: what must be held for a plain access there; NULL for constants, for what is
 *              always announced, and for what is protected by its state
 */
struct allocator_memory {
	const char *(*check)(const struct spb_config *config);
	size_t (*size)(const struct spb_config *config);
	int (*init)(void *memory, const struct spb_config *config);
	struct arena *(*boot)(struct run *run);
	bool (*unnoted)(const void *memory, unsigned int n, const void **start, size_t *size);
	bool (*gap)(const void *memory, unsigned int n, size_t *start);
	void (*begin)(void);
	const char *(*field_name)(size_t offset, char *to, size_t room);
	const struct spinlock *(*field_lock)(size_t offset);
	bool whole_writes;
	bool (*hooked)(void);
	bool (*meant)(size_t offset, uintptr_t writes, uintptr_t other, bool both);
};

/* A member of the state that a page shows: a letter, a number, a value as JSON. */
typedef void (*tell_state)(char letter, unsigned int number, const char *json);

/**
 * struct allocator - the allocator under test
 * @writers: by type of event, the function that makes the change, or NULL: for signatures
 * @stems: functions whose names begin alike are one place of a signature; ends with NULL
 * @nodes: of those that a request names (0 = all), the nodes that it may be served from in the
 *         end; NULL = the same
 * @runs: a logical CPU, or an interrupt on it, goes on; NULL = it need not know
 * @state: tells what it has of its own beside the runs of its memory map, at any moment; NULL =
 *         nothing
 * @reached: the line of progress about what programs have reached; NULL = search steps, refusals
 */
struct allocator {
	const char *name;
	const struct allocator_ops *ops;
	const struct allocator_queries *queries;
	const struct allocator_memory *memory;
	const char *const *writers;
	const char *const *stems;
	uint32_t (*nodes)(uint32_t gfp, uint32_t nodemask);
	void (*runs)(unsigned int cpu, bool irq);
	void (*state)(tell_state tell);
	void (*reached)(const struct reach *counts, char *to, size_t room);
};

/* That of this build. */
extern const struct allocator allocator;

#endif
