/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that a host makes. Each works on the allocator of shim_this.
 *
 * Unless said otherwise a call may be made from any logical CPU, with no lock of
 * the core held; calls that may sleep say so.
 */
#ifndef SPB_ALLOC_H
#define SPB_ALLOC_H

#include "spb/mmzone.h"

/* --- set-up (core/init.c) --- */

/**
 * spb_config_check - is this a geometry that the core can build?
 *
 * Return: NULL, or a sentence that says what is wrong.
 */
const char *spb_config_check(const struct spb_config *config);

/**
 * spb_arena_size - bytes of arena that a geometry needs
 *
 * Return: a multiple of SHIM_LINE; 0 for a geometry that spb_config_check() refuses.
 */
shim_size spb_arena_size(const struct spb_config *config);

/**
 * spb_core_init - build an allocator with all memory free
 * @arena: zeroed, aligned to SHIM_LINE, of spb_arena_size() bytes; shim_this
 *         already points at it (core, arena, arena_size, dirty)
 *
 * Context: nothing else uses the allocator. The events of building it mean nothing.
 * Return: 0, -EINVAL for a bad geometry.
 */
int spb_core_init(void *arena, const struct spb_config *config);

/**
 * spb_restore_always - the parts of the arena that change without shim_touch()
 * @n: 0, 1, ... until the call returns false
 * @start: first byte, aligned to SHIM_LINE
 * @size: bytes, a multiple of SHIM_LINE
 */
bool spb_restore_always(const struct spb_core *core, unsigned int n, const void **start,
			shim_size *size);

/* --- allocation (core/page_alloc.c) --- */

/**
 * __alloc_pages - allocate 2^order pages
 * @gfp: any flags; contradictions are bad calls (spb/rules.h)
 * @order: up to max_page_order
 * @nid: preferred node
 * @nodemask: nodes allowed, bit per node; 0 = all
 *
 * Context: may sleep when @gfp has __GFP_DIRECT_RECLAIM.
 * Return: head page with one reference and no owner, or NULL. With __GFP_NOFAIL,
 *         NULL only together with the event SPB_EV_BLOCKED: a kernel would wait there.
 */
struct page *__alloc_pages(gfp_t gfp, unsigned int order, unsigned int nid, u32 nodemask);

/* Allocate on the running CPU's node 0 zonelist, every node allowed. */
static inline struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	return __alloc_pages(gfp, order, 0, 0);
}

/**
 * alloc_pages_bulk - allocate single pages
 * @page_array: receives up to @nr_pages heads
 *
 * Return: how many; at least one unless the request fails.
 */
unsigned int alloc_pages_bulk(gfp_t gfp, unsigned int nid, unsigned int nr_pages,
			      struct page **page_array);

/**
 * __free_pages - drop the caller's reference; the last one frees
 * @page: head page; must be valid to look at, or NULL (a bad call)
 * @order: as allocated
 */
void __free_pages(struct page *page, unsigned int order);

/* Free by number: any number may be passed; a bad one is a bad call. */
void free_pages_pfn(u32 pfn, unsigned int order);

/**
 * split_page - turn one allocation into several of a smaller order
 * @page: head page
 * @order: as allocated
 * @new_order: of each part; each part has one reference and no owner
 *
 * Return: 0; -EINVAL after a bad call; -EBUSY while somebody else holds a reference.
 */
int split_page(struct page *page, unsigned int order, unsigned int new_order);

/* Order of an allocation, buddy or per-CPU page (head page). */
static inline unsigned int page_order(const struct page *page)
{
	return READ_ONCE(page->private);
}

static inline enum migratetype page_type(const struct page *page)
{
	return (enum migratetype)((READ_ONCE(page->flags) & PG_TYPE_MASK) >> PG_TYPE_SHIFT);
}

static inline void set_page_owner(struct page *page, u32 owner)
{
	shim_touch(page);
	WRITE_ONCE(page->owner, owner);
}

/* --- per-CPU lists (core/pcp.c) --- */

/* Give back what one CPU keeps, in every zone; any CPU may ask. */
void drain_pages(unsigned int cpu);
void drain_all_pages(void);

/* --- making room (core/reclaim.c, compact.c, evacuate.c, contig.c) --- */

/**
 * reclaim_zone - ask owners of movable and reclaimable pages to let go
 * @nr: stop after as many pages
 *
 * Context: may sleep. Return: pages freed.
 */
unsigned long reclaim_zone(struct zone *zone, unsigned long nr);

/**
 * compact_zone - move movable pages to the zone's end until @order is free
 *
 * Context: may sleep. Return: pages moved.
 */
unsigned long compact_zone(struct zone *zone, unsigned int order);

/**
 * spb_evacuate_for_order - make a buddy of @order for @migratetype in the tainted pool
 *
 * Context: may sleep; takes zone->lock to collect candidates and drops it to migrate.
 * Return: true when a tainted superpageblock now has such a buddy.
 */
bool spb_evacuate_for_order(struct zone *zone, unsigned int order, int migratetype);

/**
 * spb_isolate_pageblock, spb_unisolate_pageblock - keep a pageblock's free pages
 *                                                  from being allocated
 * @pfn: any page of the pageblock
 *
 * Return: 0; -EINVAL after a bad call; -EBUSY when the superpageblock is held contiguously.
 */
int spb_isolate_pageblock(u32 pfn);
int spb_unisolate_pageblock(u32 pfn);

/**
 * spb_alloc_contig - take a whole superpageblock
 *
 * An empty one first, else a clean one whose content can be moved.
 * Context: may sleep. Return: its first pfn, or SPB_NO_PFN.
 */
u32 spb_alloc_contig(struct zone *zone);

/* Give it back. @pfn: as returned; anything else is a bad call. */
void spb_free_contig(u32 pfn);

/* --- time and deferred work (core/work.c) --- */

void spb_advance_time(u32 ticks);

/**
 * spb_run_work - run deferred work
 * @limit: items at most; items queued meanwhile count too
 *
 * Context: may sleep. Return: items run.
 */
unsigned int spb_run_work(unsigned int limit);

/* Set a tunable; values are taken as they are, except that a divisor is at least 1. */
void spb_set_tunable(enum spb_tunable tunable, u16 value);

/* --- callers (core/callers.c) --- */

#define SPB_MAX_EXTENTS 64

/**
 * struct spb_extents - what a caller got: allocations of several orders
 * @nr: entries of @page
 * @order: as allocated, for __free_pages()
 */
struct spb_extents {
	u32 nr;
	struct page *page[SPB_MAX_EXTENTS];
	u8 order[SPB_MAX_EXTENTS];
};

/**
 * kvmalloc - physically contiguous if cheap, else page by page
 * @nr_pages: 1 to SPB_MAX_EXTENTS
 * @out: receives the extents
 *
 * Return: true when all of it was allocated; nothing is held otherwise. The same for
 *         vmalloc() and alloc_skb_with_frags().
 */
bool kvmalloc(u32 nr_pages, gfp_t gfp, struct spb_extents *out);
bool vmalloc(u32 nr_pages, gfp_t gfp, struct spb_extents *out);
bool alloc_skb_with_frags(u32 nr_pages, unsigned int max_frag_order, gfp_t gfp,
			  struct spb_extents *out);

/* --- questions (core/spb.c, relax.c) --- */

struct superpageblock *pfn_to_superpageblock(const struct zone *zone, u32 pfn);
enum sb_category spb_get_category(const struct superpageblock *sb);
enum sb_fullness spb_get_fullness(const struct superpageblock *sb);
u16 spb_tainted_reserve(const struct superpageblock *sb);

/* The two walks of the tainted lists; each takes zone->lock. */
bool spb_can_serve_smaller(struct zone *zone, unsigned int order, int migratetype);
bool spb_tainted_pool_has_free(struct zone *zone);

#endif
