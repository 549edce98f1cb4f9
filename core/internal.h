/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the core share. Locks: "locked" = zone->lock held by the caller. */
#ifndef CORE_INTERNAL_H
#define CORE_INTERNAL_H

#include "shim/arena.h"
#include "spb/alloc.h"
#include "spb/event.h"

/* Zones with fewer superpageblocks keep the books but follow no policy: there is
 * nothing to steer between. */
#define SPB_POLICY_MIN_SPBS 2
#define SWAP_CLUSTER_MAX 32
#define SPB_DEFRAG_NOOP_COOLDOWN (5 * HZ)

/* What the search of the tainted lists saw, for the refusal of optional requests. */
struct spb_tainted_walk {
	bool has_free_page;  /* some tainted superpageblock has a free page */
	bool has_free_block; /* ... a wholly free pageblock */
	u16 nr_below_reserve;
};

struct alloc_context {
	struct zonelist *zonelist;
	u32 nodemask; /* bit per node, never 0 */
	struct zoneref *preferred_zoneref;
	int migratetype;
	enum zone_type highest_zoneidx;
	unsigned int nid;
};

/* --- pageblock.c: labels and content bits --- */

static inline struct pageblock_data *pfn_to_pageblock(u32 pfn)
{
	return &this_core()->pageblock_map[(pfn - this_core()->min_pfn) >> pageblock_order];
}

static inline u32 pageblock_start_pfn(u32 pfn)
{
	/* The memory map starts at a pageblock border. */
	return pfn & ~(pageblock_nr_pages - 1);
}

/* MIGRATE_ISOLATE while isolated, else the label. */
static inline int get_pfnblock_migratetype(u32 pfn)
{
	u16 flags = READ_ONCE(pfn_to_pageblock(pfn)->flags);

	return flags & PB_migrate_isolate ? MIGRATE_ISOLATE : (int)(flags & PB_LABEL_MASK);
}

#define get_pageblock_migratetype(page) get_pfnblock_migratetype(page_to_pfn(page))
/* The label below an isolation. */
int get_pageblock_label(u32 pfn);
/* Locked. Changes the label only; the caller moves the free pages. */
void set_pageblock_migratetype(u32 pfn, int migratetype);

static inline bool migratetype_is_mergeable(int mt)
{
	return mt < MIGRATE_PCPTYPES;
}

static inline bool is_migrate_isolate(int mt)
{
	return mt == MIGRATE_ISOLATE;
}

static inline bool is_migrate_cma(int mt)
{
	return mt == MIGRATE_CMA;
}

static inline bool is_migrate_highatomic(int mt)
{
	return mt == MIGRATE_HIGHATOMIC;
}

/* UNMOVABLE or RECLAIMABLE: the two that may borrow from each other. */
static inline bool migratetype_is_nonmovable(int mt)
{
	return mt == MIGRATE_UNMOVABLE || mt == MIGRATE_RECLAIMABLE;
}

static inline int opposite_migratetype(int mt)
{
	return mt == MIGRATE_UNMOVABLE ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
}

/* PB_has_* of a migratetype: HIGHATOMIC counts as unmovable, CMA as movable. */
u16 migratetype_to_has_bit(int mt);
bool pageblock_has_type(u32 pfn, int mt); /* lockless read; exact under zone->lock */

/* --- spb.c: content counters, category, lists --- */

/* Locked. Set or clear one content bit and its counter; the caller updates the list. */
void __spb_set_has_type(struct superpageblock *sb, u32 pfn, int mt);
void __spb_clear_has_type(struct superpageblock *sb, u32 pfn, int mt);
/* Locked. The counter alone, of a bit that the caller has cleared. */
void __spb_count_cleared_type(struct superpageblock *sb, u32 pfn, int mt);
/* Locked. PB_all_free comes or goes (with all content bits when it comes). */
void superpageblock_pb_now_free(struct superpageblock *sb, u32 pfn);
void superpageblock_pb_now_used(struct superpageblock *sb, u32 pfn);
/* Locked. Re-file after any of the above; once, at the end of a change. */
void spb_update_list(struct superpageblock *sb);
/* Locked. After content left: re-file, and leave no non-movable label on a superpageblock
 * that stopped being tainted. */
void spb_settle(struct superpageblock *sb);

bool spb_policy_on(const struct zone *zone);
bool spb_is_tainted(const struct superpageblock *sb);
/* Movable content may take 2^order pages of this tainted superpageblock. Locked. */
bool spb_movable_may_take(const struct superpageblock *sb, unsigned int order);
/* Locked. After a request was served from a tainted superpageblock. */
void spb_check_high_water(struct superpageblock *sb);
u16 spb_index(const struct superpageblock *sb);

/* Next superpageblock of one list; a walk of a category fullest first. */
#define for_each_spb_fullest_first(sb, zone, cat, full)                  \
	for ((full) = SB_FULL; (full) < __NR_SB_FULLNESS; (full)++)      \
		list_for_each_entry(sb, &(zone)->spb_lists[cat][full], list)

/* --- buddy.c --- */

/* A count that changes under zone->lock and is read without it. */
static inline void add_once(u32 *count, u32 n)
{
	WRITE_ONCE(*count, *count + n);
}

/* Locked. Take a buddy off its list, or put one on; zone counts follow. */
void del_page_from_free_list(struct page *page, struct zone *zone, unsigned int order, int mt);
void add_to_free_list(struct page *page, struct zone *zone, unsigned int order, int mt);
/* Locked. Free pages merge as far as they can. The page must be in no other state, its
 * pageblocks of one label; the caller ends with spb_settle() for the superpageblock. */
void __free_one_page(struct page *page, u32 pfn, struct zone *zone, unsigned int order);
/* Takes zone->lock. */
void free_one_page(struct zone *zone, struct page *page, u32 pfn, unsigned int order);
/* Locked. Give one pageblock another label and move its free pages to that list. A buddy
 * of several pageblocks that starts here takes its other pageblocks along. */
void move_freepages_block(struct zone *zone, u32 pfn, int old_mt, int new_mt);
/* Locked. The lists alone, of buddies up to one pageblock; isolation keeps the label. */
void move_free_pages(struct zone *zone, u32 pfn, int old_list, int new_list);
/* First buddy of a list or NULL. */
struct page *get_page_from_free_area(const struct free_area *area, int mt);
/* Mark @page, which is in no state, as an allocation of @order for a request of @mt, or as
 * a page of a per-CPU list of @mt (@state PG_head or PG_pcp); or take the mark off. */
void set_page_state(struct page *page, u32 state, unsigned int order, int mt);
#define set_page_allocated(page, order, mt) set_page_state(page, PG_head, order, mt)
void clear_page_state(struct page *page);
/* Locked. @page left the free lists for content of @mt: bits, all-free, list. */
void spb_note_allocation(struct zone *zone, u32 pfn, unsigned int order, int mt);

/* --- isolate.c --- */

/* Take zone->lock. Isolate the pageblock at @pfn, its first page, or end that. Return: 0, or
 * -EBUSY when it is so already, or is held as a whole: another CPU may have been faster. */
int isolate_pageblock(u32 pfn);
int unisolate_pageblock(u32 pfn);

/* --- highatomic.c --- */

/* After an atomic high-order success: keep its pageblock for more of them. */
void reserve_highatomic_pageblock(struct page *page, unsigned int order, struct zone *zone);
/* Give one such pageblock back to everybody. Return: whether there was one. */
bool unreserve_highatomic_pageblock(const struct alloc_context *ac);

/* --- search.c, claim.c --- */

/* Mode of __rmqueue() that one bulk refill remembers. */
enum rmqueue_mode { RMQUEUE_NORMAL, RMQUEUE_CMA, RMQUEUE_STEAL };

/* Locked. @walk may be NULL. */
struct page *__rmqueue_smallest(struct zone *zone, unsigned int order, int migratetype,
				unsigned int alloc_flags, struct spb_tainted_walk *walk);
struct page *__rmqueue(struct zone *zone, unsigned int order, int migratetype,
		       unsigned int alloc_flags, enum rmqueue_mode *mode);
struct page *__rmqueue_claim(struct zone *zone, unsigned int order, int migratetype,
			     unsigned int alloc_flags);
struct page *__rmqueue_steal(struct zone *zone, unsigned int order, int migratetype,
			     unsigned int alloc_flags);
/* Locked. May the request relabel inside tainted superpageblocks? */
bool spb_may_relabel_tainted(const struct zone *zone, unsigned int alloc_flags);
/* Locked. Smallest buddy that may be relabelled as part of a pageblock. */
unsigned int spb_relabel_floor(const struct zone *zone, unsigned int order,
			       unsigned int alloc_flags);
/* Locked. Relabel the pageblock of a free buddy, or all that it spans, so that the buddy
 * is on the list of @start_type; below pageblock size only when enough of it is free or
 * alike, unless @from_tainted_spb. Return: false when it must not be. */
bool try_to_claim_block(struct zone *zone, struct page *page, unsigned int current_order,
			int start_type, int block_type, bool from_tainted_spb);
/* Locked. Take 2^order pages off a buddy that is on the list of @list_mt, for content of
 * @migratetype, and tell. Every page that leaves the buddy lists does so here. */
struct page *spb_take(struct zone *zone, struct page *page, unsigned int order, int list_mt,
		      int migratetype, unsigned int alloc_flags, enum spb_step step);
/* --- page_alloc.c, relax.c, slowpath.c --- */

bool zone_watermark_ok(struct zone *zone, unsigned int order, unsigned long mark,
		       enum zone_type highest_zoneidx, unsigned int alloc_flags);
#define wmark_pages(zone, w) ((zone)->_watermark[w])
struct page *get_page_from_freelist(gfp_t gfp_mask, unsigned int order, unsigned int alloc_flags,
				    const struct alloc_context *ac);
struct page *__alloc_pages_slowpath(gfp_t gfp_mask, unsigned int order, struct alloc_context *ac);
unsigned int alloc_flags_nofragment(struct zone *zone, gfp_t gfp_mask);
/* What every entry point adds for the policy: NOFRAGMENT, TAINTED_OK, OPTIONAL. */
unsigned int alloc_flags_policy(struct zone *zone, gfp_t gfp_mask, unsigned int order);
enum spb_relax spb_relax_decide(gfp_t gfp_mask, unsigned int order, unsigned int alloc_flags,
				const struct alloc_context *ac);
/* false after a bad call */
bool prepare_alloc_pages(gfp_t gfp_mask, unsigned int order, unsigned int nid, u32 nodemask,
			 struct alloc_context *ac, unsigned int *alloc_flags);
/* Drop a reference taken with get_page_unless_free(); the last one frees. */
void put_page(struct page *page);
/* Locked. Take a reference to an allocated head page for which @page is one. */
bool get_page_unless_free(struct page *page);
/* Next zone of a zonelist from @z on, within the type and node limits; NULL at the end. */
struct zone *next_zone(struct zoneref **z, const struct alloc_context *ac);

#define for_each_zone_allowed(zone, z, ac) \
	for ((z) = (ac)->preferred_zoneref, (zone) = next_zone(&(z), ac); (zone); \
	     (z)++, (zone) = next_zone(&(z), ac))

#define for_each_populated_zone(zone)                                                          \
	for (unsigned int _i = 0; _i < nr_online_nodes * MAX_NR_ZONES; _i++)                   \
		if (((zone) = &NODE_DATA(_i / MAX_NR_ZONES)->node_zones[_i % MAX_NR_ZONES]),   \
		    populated_zone(zone))

/* --- pcp.c --- */

bool pcp_allowed_order(unsigned int order);
struct page *rmqueue_pcplist(struct zone *zone, unsigned int order, int migratetype,
			     unsigned int alloc_flags);
/* true when the CPU's list took the page */
bool free_to_pcplist(struct zone *zone, struct page *page, u32 pfn, unsigned int order);
void drain_zone_pages(struct zone *zone, unsigned int cpu);

/* --- migrate.c, evacuate.c, compact.c --- */

/* Move every movable allocation out of a pageblock. Return: pages moved. May sleep. */
unsigned long evacuate_pageblock(struct zone *zone, u32 pfn, unsigned int why);
void spb_defrag_work(struct superpageblock *sb);
/* Locked. Queue the worker if it has something to do and is not cooling down. */
void spb_maybe_start_defrag(struct superpageblock *sb);
/* Locked. Wake every tainted superpageblock's worker, and the node's shrinker. */
void spb_wake_workers(struct zone *zone);
/* Locked. A non-movable request is about to taint: make room for the next. */
void queue_spb_evacuate(struct zone *zone, unsigned int order, int migratetype);
void spb_evacuate_work(pg_data_t *node);

/* --- reclaim.c --- */

unsigned long try_to_free_pages(const struct alloc_context *ac, unsigned int order);
void wakeup_kswapd(struct zone *zone, unsigned int order);
void kswapd_work(pg_data_t *node);
void shrink_work(pg_data_t *node);
/* May be called locked. */
void queue_shrink(struct zone *zone);
void try_to_compact_pages(const struct alloc_context *ac, unsigned int order);

/* --- work.c --- */

/* Takes work_lock, with any other lock held. Return: false when it was pending. */
bool queue_work(struct work_struct *work);

/* --- event.c --- */

void spb_event_page(enum spb_event_type type, u32 pfn, unsigned int order, int mt, u32 arg,
		    u32 arg2);
void spb_event_step(enum spb_step step, u32 pfn, unsigned int order, int mt,
		    unsigned int alloc_flags);
void spb_event_spb(enum spb_event_type type, const struct superpageblock *sb, u32 arg, u32 arg2);
void spb_event_zone(enum spb_event_type type, const struct zone *zone, unsigned int order, int mt,
		    u32 arg, u32 arg2);
/* Of @sb, or of none. What was asked is in the fields order (category), mt (enum spb_room). */
void spb_event_choice(const struct zone *zone, const struct superpageblock *sb,
		      unsigned int category, unsigned int room, u64 rows);
/* At once after kswapd was asked for an order, or has read what it was asked for. */
void spb_event_kswapd(enum spb_event_type type, unsigned int nid, unsigned int order);
/* About the request itself: "relax" and "walk". */
void spb_event_request(enum spb_event_type type, gfp_t gfp_mask, unsigned int order,
		       unsigned int alloc_flags, const struct alloc_context *ac, u32 arg);
#define spb_refuse_with(zone, order, mt, reason, detail) \
	spb_event_zone(SPB_EV_REFUSE, zone, order, mt, SPB_REFUSAL_##reason, detail)
#define spb_refuse(zone, order, mt, reason) spb_refuse_with(zone, order, mt, reason, 0)

#endif
