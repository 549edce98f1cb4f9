/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages, pageblocks, superpageblocks, zones and nodes.
 *
 *   node ── zone ── superpageblock ── pageblock ── page
 *            │        │ free_area[order].free_list[migratetype]
 *            │        └ counters of its pageblocks' content
 *            └ spb_lists[category][fullness], spb_empty, spb_isolated
 *
 * Protection: everything in struct zone and struct superpageblock, the label and
 * content bits of pageblocks, and PG_buddy pages belong to zone->lock; a CPU's
 * lists and the PG_pcp pages on them to its pcp->lock; an allocated page to its owner.
 */
#ifndef SPB_MMZONE_H
#define SPB_MMZONE_H

#include "shim/bug.h"
#include "shim/list.h"
#include "shim/spinlock.h"
#include "spb/config.h"
#include "spb/gfp.h"
#include "spb/migratetype.h"

#define MAX_PAGE_ORDER 10
#define NR_PAGE_ORDERS (MAX_PAGE_ORDER + 1)

/*
 * struct page - 32 bytes
 * @flags: PG_* below, the migratetype of the request, the zone
 * @refcount: references to an allocation, in its head page; 0 elsewhere
 * @private: order of a buddy, of a per-CPU page and of an allocation (head page)
 * @owner: whom the host wants to be asked about before the pages move or are given
 *         up (head page); 0 when nobody may be asked
 *
 *   bit  0 PG_buddy     head of a free buddy
 *        1 PG_pcp       on a per-CPU list
 *        2 PG_head      head of an allocation
 *        3 PG_reserved  hole or reserved memory
 *        4 PG_released  its owner has freed it, somebody else still holds a reference
 *      5-7 spare
 *     8-10 migratetype of the allocation, or of the per-CPU list
 *    16-19 zone index (node * MAX_NR_ZONES + type)
 */
struct page {
	u32 flags;
	u32 refcount;
	union {
		struct list_head lru;
		struct list_head buddy_list;
		struct list_head pcp_list;
	};
	u32 private;
	u32 owner;
};

_Static_assert(sizeof(struct page) <= 32, "struct page is at most 32 bytes");

#define PG_buddy BIT(0)
#define PG_pcp BIT(1)
#define PG_head BIT(2)
#define PG_reserved BIT(3)
#define PG_released BIT(4)
#define PG_STATE_MASK (PG_buddy | PG_pcp | PG_head | PG_reserved | PG_released)
#define PG_TYPE_SHIFT 8
#define PG_TYPE_MASK (7U << PG_TYPE_SHIFT)
#define PG_ZONE_SHIFT 16

/* Bits of a pageblock: its label in the low three, what is really in it above. */
#define PB_LABEL_MASK 7U
#define PB_migrate_isolate BIT(3)
#define PB_has_unmovable BIT(4)
#define PB_has_reclaimable BIT(5)
#define PB_has_movable BIT(6)
#define PB_HAS_MASK (PB_has_unmovable | PB_has_reclaimable | PB_has_movable)
#define PB_all_free BIT(7)
/* No page of it ever comes to the allocator. */
#define PB_reserved BIT(8)
/* Some of its pages do not: clipped by a zone end, or with a hole. Never PB_all_free. */
#define PB_partial BIT(9)

/**
 * struct pageblock_data - one pageblock
 * @flags: PB_* above
 * @spb: index of its superpageblock in the core's array
 */
struct pageblock_data {
	u16 flags;
	u16 spb;
};

enum sb_category {
	SB_CLEAN,   /* movable content only */
	SB_TAINTED, /* unmovable or reclaimable content */
	__NR_SB_CATEGORIES,
	/* The two below have a list of their own instead of one per fullness. */
	SB_EMPTY = __NR_SB_CATEGORIES, /* nothing in use */
	SB_ISOLATED,                   /* held as a whole by one contiguous allocation */
	NR_SB_ALL_CATEGORIES,
};

/*
 * used = total - reserved - nr_free, usable = total - reserved:
 *
 *   |······used······|··nr_free··|reserved|
 */
enum sb_fullness {
	SB_FULL,         /* nr_free == 0 */
	SB_FULL_75,      /* used >= 75 % of usable */
	SB_FULL_50,
	SB_FULL_25,
	SB_ALMOST_EMPTY,
	__NR_SB_FULLNESS,
};

/*
 * One order's lists. One line, so that a list operation notes the count as well. (Padded,
 * not aligned: a walk computes the entry of a list's head, which is not at a line.)
 */
struct free_area {
	struct list_head free_list[MIGRATE_TYPES];
	u32 nr_free;
	u8 pad[SHIM_LINE - MIGRATE_TYPES * sizeof(struct list_head) - sizeof(u32)];
};

_Static_assert(sizeof(struct free_area) == SHIM_LINE, "a free area is one line");

/* Work that a host runs later, in process context: see spb_run_work(). */
enum spb_work_kind {
	SPB_WORK_DEFRAG,   /* evacuate movable content of one tainted superpageblock */
	SPB_WORK_EVACUATE, /* make room in the tainted pool for the request noted in the node */
	SPB_WORK_SHRINK,   /* one pass over reclaimable content of a node */
	SPB_WORK_KSWAPD,   /* reclaim until every zone of the node is above its high watermark */
	NR_SPB_WORK,
};

struct work_struct {
	struct list_head entry; /* core->work_list while pending */
	u8 kind;                /* enum spb_work_kind */
	bool pending;
	bool running;
};

/* The counts of a superpageblock that its summary follows. */
enum spb_filed {
	FILED_FREE,
	FILED_UNMOVABLE,
	FILED_RECLAIMABLE,
	FILED_MOVABLE,
	NR_FILED,
};

/**
 * struct superpageblock - a gigabyte region, or what a zone has of it
 * @list: on exactly one of the zone's lists, see spb_update_list()
 * @zone: its zone
 * @start_pfn: first page of the region, which may lie before the zone
 * @nr_free_pages: pages in its free lists, isolated ones too
 * @total_pageblocks: pageblocks of it inside the zone, partial ones too
 * @nr_reserved: of these, without any page for the allocator
 * @nr_free: of these, wholly free (PB_all_free)
 * @nr_unmovable: of these, with unmovable content (PB_has_unmovable)
 * @nr_reclaimable: of these, with reclaimable content
 * @nr_movable: of these, with movable content
 * @contig_allocated: held by one contiguous allocation
 * @category: where @list is
 * @fullness: where @list is; SB_FULL on the lists without buckets
 * @defrag_work: its worker
 * @defrag_active: between the start and the stop threshold
 * @defrag_last_no_progress_jiffies: when a run freed nothing; 0 = never
 * @rows: its lists that are not empty, where its zone has a summary
 * @filed_rows, @bucket, @below_reserve: what the zone's summary has of it
 * @filed: the counts of enum spb_filed, as the summary was last told of them
 * @free_area: its buddies
 */
struct superpageblock {
	struct list_head list;
	struct zone *zone;
	u32 start_pfn;
	u32 nr_free_pages;
	u16 total_pageblocks;
	u16 nr_reserved;
	u16 nr_free;
	u16 nr_unmovable;
	u16 nr_reclaimable;
	u16 nr_movable;
	bool contig_allocated;
	u8 category;
	u8 fullness;
	bool defrag_active;
	u32 defrag_last_no_progress_jiffies;
	struct work_struct defrag_work;
	u64 rows;
	u64 filed_rows;
	u8 bucket;
	bool below_reserve;
	u16 filed[NR_FILED];
	u8 pad[22];
	struct free_area free_area[NR_PAGE_ORDERS];
};

_Static_assert(offsetof(struct superpageblock, free_area) % SHIM_LINE == 0 &&
		       sizeof(struct superpageblock) % SHIM_LINE == 0,
	       "the head of a superpageblock is whole lines");

/* Free pages of one order over a whole zone, for the watermark check. */
struct zone_area {
	u32 nr_free;
	u32 nr_list[MIGRATE_TYPES];
};

enum zone_watermarks {
	WMARK_MIN,
	WMARK_LOW,
	WMARK_HIGH,
	NR_WMARK,
};

#define PCP_ORDERS 4 /* orders 0 to PAGE_ALLOC_COSTLY_ORDER */
#define NR_PCP_LISTS (MIGRATE_PCPTYPES * (PCP_ORDERS + 1)) /* + pageblock order */

/* Pages that one CPU keeps out of the zone. */
struct per_cpu_pages {
	spinlock_t lock;
	u32 count; /* pages, not entries */
	struct list_head lists[NR_PCP_LISTS];
} __attribute__((aligned(SHIM_LINE)));

struct zone {
	spinlock_t lock;
	u8 type; /* enum zone_type */
	u8 node;
	u8 index;
	u32 zone_start_pfn;
	u32 spanned_pages;
	u32 managed_pages; /* without holes and reserved pages */

	/* Free pages by accounting class; isolated pages are in none. */
	u32 nr_free_pages; /* all but isolated ones */
	u32 nr_free_cma;
	u32 nr_free_highatomic;
	u32 nr_reserved_highatomic; /* pages of pageblocks labelled MIGRATE_HIGHATOMIC */
	u32 nr_isolate_pageblock;

	u32 _watermark[NR_WMARK];
	u32 lowmem_reserve[MAX_NR_ZONES];
	struct zone_area area[NR_PAGE_ORDERS];

	struct superpageblock *superpageblocks;
	u32 nr_superpageblocks;
	u32 superpageblock_base_pfn; /* zone_start_pfn rounded down to a superpageblock */
	struct list_head spb_lists[__NR_SB_CATEGORIES][__NR_SB_FULLNESS];
	struct list_head spb_empty;
	struct list_head spb_isolated;
	u32 nr_tainted; /* entries of spb_lists[SB_TAINTED] */

	u32 reclaim_pfn; /* where the next reclaim scan starts */
	u32 compact_migrate_pfn;
	struct spb_summary *summary; /* where bitmaps choose: see spb/summary.h */

	struct per_cpu_pages per_cpu_pageset[SPB_MAX_CPUS];
} __attribute__((aligned(SHIM_LINE)));

struct zoneref {
	struct zone *zone;
	u8 zone_idx;
};

/* Zones by preference: highest type first within a node, nearer nodes first. */
struct zonelist {
	struct zoneref _zonerefs[MAX_NUMNODES * MAX_NR_ZONES + 1];
};

enum {
	ZONELIST_FALLBACK,   /* every node */
	ZONELIST_NOFALLBACK, /* __GFP_THISNODE */
	MAX_ZONELISTS,
};

typedef struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];
	struct zonelist node_zonelists[MAX_ZONELISTS];
	u8 node_id;
	struct work_struct kswapd_work;
	struct work_struct shrink_work;
	struct work_struct evacuate_work;
	u8 kswapd_order;
	u8 evacuate_order;
	u8 evacuate_migratetype;
} pg_data_t;

/**
 * struct spb_core - an allocator: the first thing in its arena
 * @config: as given to spb_core_init()
 * @tunables: current values
 * @now: time in jiffies; only spb_advance_time() moves it
 * @work_lock: protects @work_list, work_struct.pending and work_struct.running
 */
struct spb_core {
	struct spb_config config;
	struct spb_tunables tunables;
	u32 now;
	u32 min_pfn, max_pfn; /* of the memory map; max_pfn is one past the end */
	u32 nr_spbs;
	spinlock_t work_lock;
	struct list_head work_list;
	struct page *mem_map;                 /* [pfn - min_pfn] */
	struct pageblock_data *pageblock_map; /* [(pfn - min_pfn) >> pageblock_order] */
	struct superpageblock *spbs;
	pg_data_t nodes[MAX_NUMNODES];
} __attribute__((aligned(SHIM_LINE)));

/* Names without a context argument mean the allocator of the running CPU. */
#define this_core() shim_core()
#define smp_processor_id() shim_cpu_id()
#define jiffies READ_ONCE(this_core()->now)
#define HZ 100
/* The clock soon wraps round, so that all who compare times live to see it. */
#define INITIAL_JIFFIES (-250U)
#define pageblock_order ((unsigned int)this_core()->config.block_order)
#define pageblock_nr_pages (1U << pageblock_order)
#define max_page_order ((unsigned int)this_core()->config.max_order)
#define SUPERPAGEBLOCK_NR_PAGES ((u32)this_core()->config.pageblocks_per_spb << pageblock_order)
/* Tunables change while others read them. */
#define spb_tunable(name) READ_ONCE(this_core()->tunables.name)
#define defrag_mode spb_tunable(defrag)
#define nr_online_nodes ((unsigned int)this_core()->config.nr_nodes)
#define NODE_DATA(nid) (&this_core()->nodes[nid])
#define pfn_to_page(pfn) (&this_core()->mem_map[(pfn) - this_core()->min_pfn])
#define page_to_pfn(page) ((u32)((page) - this_core()->mem_map) + this_core()->min_pfn)
#define zone_idx(zone) ((unsigned int)(zone)->type)
#define zone_to_nid(zone) ((unsigned int)(zone)->node)

static inline bool pfn_valid(u32 pfn)
{
	return pfn >= this_core()->min_pfn && pfn < this_core()->max_pfn;
}

static inline u32 zone_end_pfn(const struct zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}

static inline bool populated_zone(const struct zone *zone)
{
	return zone->managed_pages;
}

static inline struct zone *page_zone(const struct page *page)
{
	unsigned int index = (READ_ONCE(page->flags) >> PG_ZONE_SHIFT) & 0xf;

	return &NODE_DATA(index / MAX_NR_ZONES)->node_zones[index % MAX_NR_ZONES];
}

static inline struct zone *zonelist_zone(const struct zoneref *zoneref)
{
	return zoneref->zone;
}

#endif
