/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border between the harness and the objects of a kernel tree. It names no type of either
 * side, so that both can include it: the glue is compiled with the tree's headers and command
 * lines, the adapter with the harness's.
 *
 *     harness ── fuzz/kernel/ ──▶ bridge.h ◀── fuzz/kernel/glue/ ── page_alloc.o, ...
 *
 * Everything here is called on the thread that runs the program; there is one kernel in a
 * process. Pages are meant by pfn. Functions that begin with kb_ are the only global symbols
 * of the linked kernel object.
 */
#ifndef KERNEL_BRIDGE_H
#define KERNEL_BRIDGE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#define KB_NO_PFN 0xffffffffu
#define KB_MAX_NODES 2
#define KB_MAX_ZONES 8
#define KB_MAX_CPUS 4
#define KB_MAX_HOLES 4
#define KB_MAX_ORDERS 16
#define KB_MAX_TYPES 8
#define KB_PCP_ORDERS 4 /* of per-CPU lists; and their types */
#define KB_PCP_TYPES 3

/* Zones by what they are for; a tree may lack some. */
enum kb_zone_kind { KB_DMA, KB_DMA32, KB_NORMAL, KB_MOVABLE, KB_NR_ZONE_KINDS };

/**
 * struct kb_config - what is booted
 * @max_order: the highest order of a buddy, at most kb_build()->most_order
 * @pageblock_order: of a pageblock, at most @max_order
 * @nr_nodes: 1 or 2; @nr_cpus: 1 to KB_MAX_CPUS, alternating between the nodes
 * @pages: pages of each node, holes included; node 1 follows node 0
 * @dma32_pages: of node 0 from its start, that are in DMA32; 0 = none
 * @movable_pages: of each node's end, that are in MOVABLE; 0 = none
 * @cma_pages: of the CMA area in NORMAL; 0 = none
 * @clip: pages that are missing at the start of node 0 and at the end of the last one
 * @holes: ranges without memory, or reserved (present, never managed); @pfn is counted from the
 *         first page of node 0
 * @pcp_high, @pcp_batch: of every per-CPU list; high 0 = lists off
 */
struct kb_config {
	uint32_t max_order, pageblock_order;
	uint32_t nr_nodes, nr_cpus;
	uint32_t pages[KB_MAX_NODES];
	uint32_t dma32_pages, movable_pages, cma_pages;
	uint32_t clip_start, clip_end;
	struct {
		uint32_t pfn, pages;
		bool reserved;
	} holes[KB_MAX_HOLES];
	uint32_t nr_holes;
	uint32_t pcp_high, pcp_batch;
};

/* What the tree was built as: constant for the process. */
struct kb_build {
	const char *version;        /* "6.12.117", from the tree */
	uint32_t most_order;        /* the highest order that a buddy may have */
	uint32_t nr_types;          /* migratetypes */
	const char *types[KB_MAX_TYPES];
	bool has_cma, has_compaction, has_defrag_mode;
};

/* What an access says of itself: KB_MARKED is meant to happen beside others (READ_ONCE(),
 * data_race()), KB_ATOMIC orders what comes before it before what follows the next one. */
enum kb_access { KB_PLAIN_ACCESS, KB_MARKED, KB_ATOMIC };

/**
 * enum kb_compaction_step - what compaction of a zone tells
 * @KB_COMPACT_BEGINS, @KB_COMPACT_ENDS: it has chosen where, it is over
 * @KB_COMPACT_ISOLATES: pages from @from to @to were looked through for what can be moved
 * @KB_COMPACT_LOOKS: for free ones
 * @KB_COMPACT_SEARCHED: free lists were, instead; not in every tree
 * @KB_COMPACT_DEFERRED: it came to nothing, and is put off in this zone
 * @KB_COMPACT_HELPED: it came to something there
 * @KB_COMPACT_LEFT_OUT: it is not tried, since it came to nothing before
 */
enum kb_compaction_step {
	KB_COMPACT_BEGINS, KB_COMPACT_ISOLATES, KB_COMPACT_LOOKS, KB_COMPACT_SEARCHED,
	KB_COMPACT_ENDS, KB_COMPACT_DEFERRED, KB_COMPACT_HELPED, KB_COMPACT_LEFT_OUT,
};

enum kb_compaction_result { KB_COMPACT_OTHER, KB_COMPACT_SUCCESS, KB_COMPACT_MET };

/**
 * struct kb_compaction - how far it is
 * @zone: as kb_zone() numbers them
 * @order: a page of it is wanted; negative: none
 * @migrate, @free: the scanners
 * @waiting: pages that are to be moved; @room: free ones that it has for them
 * @scanned, @taken: entries and pages of a search
 * @hasty: a request waits for it, which is not to wait long
 * @type: of the pages that are wanted
 * @caught: the page that is wanted, when it was freed; KB_NO_PFN
 * @shift, @failed: it is left out 1 << @shift times for orders from @failed on
 * @result: in the end; the scanners have met, or it came to something else
 */
struct kb_compaction {
	enum kb_compaction_step step;
	uint32_t zone;
	int32_t order;
	uint32_t migrate, free, from, to;
	uint32_t waiting, room, scanned, taken;
	uint32_t type, caught, shift, failed;
	bool hasty;
	enum kb_compaction_result result;
};

/**
 * struct kb_host - what the kernel's objects ask for
 *
 * What is NULL is not asked for; only bug() must be there. A callback that frees calls kb_free().
 *
 * @reclaim: direct reclaim wants @nr pages of a node's zones. Return: pages freed
 * @out_of_memory: choose a victim. Return: pages freed, 0 = nobody is left
 * @wake_kswapd: it was asked for an order, and zones up to a kind; @boosted: since the watermarks
 *               of one were raised
 * @may_move: may the allocation that begins at @pfn be migrated?
 * @moved: its content and owner are at @to from now on
 * @step: a retry or a step of a list walk; for the budget of the operation
 * @may_sleep: a place that may sleep
 * @lock: @class is a name that is the same for all locks of a kind. Is called before the lock is
 *        taken, may run other CPUs until it is free. Return: for a trylock, whether to take it
 * @unlock: is called after the lock is free
 * @access: a load or store of the kernel's state, at @pc, is about to happen, and whether
 *          interrupts are off then; only in builds with access hooks. Stacks, tasks and what is
 *          constant after a boot are not told
 * @got: a request has got pages that nobody else knows of yet
 * @yield: somebody waits for what others do: these run, or what they have counted is added up
 * @warn: WARN, bad page and the like: @what is its text. Returns
 * @bug: BUG, VM_BUG_ON, panic, a stub that nothing should have called. Does not return
 * @print: a line of the kernel's log
 * @compacts: direct compaction for a request begins, or is over
 * @compacts_again: it said success, or not, the request has got nothing and tries again; @effort:
 *                  the number of its priority
 * @reclaims_again: a request has reclaimed, has got nothing and looks at the zones that it may use,
 *                  whether to try again; told for each zone
 * @compaction: of a zone, for whomever, step by step
 * @fallback: page @pfn, of @order, was found in a buddy of @from_order on a list of type @found,
 *            for a request of type @wanted; the lock of its zone is held
 */
struct kb_host {
	unsigned long (*reclaim)(uint32_t nid, uint32_t order, uint32_t gfp);
	unsigned long (*out_of_memory)(uint32_t order, uint32_t gfp);
	void (*wake_kswapd)(uint32_t nid, uint32_t order, uint32_t zone_kind, bool boosted);
	bool (*may_move)(uint32_t pfn);
	void (*moved)(uint32_t from, uint32_t to, uint32_t order);
	void (*step)(const char *where);
	void (*may_sleep)(const char *where);
	bool (*lock)(const void *lock, const char *class, bool trylock);
	void (*unlock)(const void *lock);
	void (*access)(const void *at, size_t size, bool write, enum kb_access kind,
		       const void *pc, bool irqs_off);
	void (*got)(uint32_t pfn, uint32_t order, uint32_t gfp);
	void (*yield)(void);
	void (*warn)(const char *what, const char *file, int line);
	void (*bug)(const char *what, const char *file, int line);
	void (*print)(const char *text);
	void (*compacts)(bool begins);
	void (*compacts_again)(uint32_t order, uint32_t effort, bool success);
	void (*reclaims_again)(void);
	void (*compaction)(const struct kb_compaction *at);
	void (*fallback)(uint32_t pfn, uint32_t order, uint32_t from_order, uint32_t wanted,
			 uint32_t found);
};

/* --- life --- */

/* Before anything else, once. */
void kb_attach(const struct kb_host *host);
const struct kb_build *kb_build(void);

/**
 * kb_boot - make a fresh kernel of a configuration, whatever was before
 *
 * Return: NULL, or why the configuration cannot be had.
 */
const char *kb_boot(const struct kb_config *config);

/* The @n-th range of memory that holds state of the booted kernel. Return: false beyond the
 * last. What these hold is the whole state: copying them back is a reset. */
bool kb_state(unsigned int n, void **start, size_t *size);

/* Copy without instrumentation. */
void kb_copy(void *to, const void *from, size_t size);

/**
 * kb_self_test - boot, every order, the gfp masks of callers, drain, counts, lists, one
 *                compaction, one range, one CMA allocation
 *
 * Return: NULL, or what went wrong.
 */
const char *kb_self_test(void);

/* The CPU that code runs on from now on. Each has a task, irq flag and preempt count of its own. */
void kb_set_cpu(uint32_t cpu);
/* An interrupt begins on the running CPU, or ends. */
void kb_irq(bool begins);
/* Are accesses told? */
bool kb_hooked(void);
/* Of a place of the state: "zone free_area", "page flags"; NULL where it has no name. */
const char *kb_field(const void *at);
/* The memory map's entry of a page. */
const void *kb_map_entry(uint32_t pfn);

/* Of the running CPU. */
bool kb_irqs_off(void);
bool kb_may_sleep(void);
/* Is it held by any CPU? */
bool kb_lock_held(const void *lock);
/* What its task is in the midst of, KB_TASK_ bits: it must not reclaim and may use the reserves;
 * what is freed may be caught for it. */
#define KB_TASK_MEMALLOC 1u
#define KB_TASK_CATCHES 2u
uint32_t kb_task(void);

/* Where a fault was: the name of the function or variable that is not linked, or NULL. */
const char *kb_stub(const void *address);

/* --- operations. gfp masks have the bits of gfp.def --- */

/* @nodemask: 0 = all. Return: KB_NO_PFN without one, as from kb_cma_alloc(). */
uint32_t kb_alloc(uint32_t gfp, uint32_t order, uint32_t nid, uint32_t nodemask);
/* @pfns: an array of @nr, of which those that are not KB_NO_PFN have a page already. Return: what
 * the kernel says, which is how far the array is full. */
uint32_t kb_alloc_bulk(uint32_t gfp, uint32_t nid, uint32_t nr, uint32_t *pfns);
void kb_free(uint32_t pfn, uint32_t order);
/* The owners of @nr allocations, single pages or compound ones, let go of them together, as reclaim
 * and the end of a process do. @nr: at most KB_BATCH */
#define KB_BATCH 15
void kb_free_batch(const uint32_t *pfns, uint32_t nr);
/* Somebody looks at an allocation and has a reference to it for a while, whoever frees it: between
 * the two it is freed, and the last reference is let go of by kb_unhold(). */
void kb_hold(uint32_t pfn);
void kb_unhold(uint32_t pfn);
/* An allocation of @order becomes allocations of order 0. */
void kb_split(uint32_t pfn, uint32_t order);
/* Tasks may use these nodes alone, a bit each, as cpusets do it: requests under way see that. */
void kb_set_nodes(uint32_t nodes);
void kb_drain(uint32_t cpu);
void kb_drain_all(void);
/* Compaction of a zone for an order, as /proc/sys/vm/compact_memory or a request would. */
void kb_compact(uint32_t zone, uint32_t order);
int kb_isolate(uint32_t pfn, bool on);
/* @gfp: may ask for a compound page, or for more or less effort */
int kb_contig(uint32_t start, uint32_t pages, bool cma, uint32_t gfp);
void kb_contig_free(uint32_t start, uint32_t pages);
/* As many pages, a power of two, from wherever they can be had on a node, in a zone of at most this
 * kind. Return: KB_NO_PFN where there are none */
uint32_t kb_contig_pages(uint32_t pages, uint32_t nid, enum kb_zone_kind kind);
uint32_t kb_cma_alloc(uint32_t pages, uint32_t align_order);
bool kb_cma_release(uint32_t pfn, uint32_t pages);
void kb_advance_time(uint32_t ticks);
/* kswapd of a node has done what it was woken for: boosts of watermarks end, pageblocks that
 * compaction skips are looked at again, kcompactd makes room for @order. */
void kb_kswapd_sleeps(uint32_t nid, uint32_t order);
/* kcompactd of a node makes room for @order. */
void kb_kcompactd(uint32_t nid, uint32_t order);
enum kb_tunable {
	KB_WATERMARK_SCALE, KB_MIN_FREE, KB_BOOST, KB_PCP_HIGH, KB_PCP_BATCH, KB_DEFRAG_MODE,
	KB_NR_TUNABLES,
};
/* Return: false where the tree has no such thing. */
bool kb_set_tunable(enum kb_tunable tunable, uint32_t value);

/* --- queries: they take no lock and change nothing --- */

/**
 * struct kb_zone - a populated zone
 * @counted: pages as its counters say, with what the CPUs have not folded yet; free_highatomic is
 *           KB_NO_PFN where the tree has no such counter
 */
struct kb_zone {
	const char *name;
	enum kb_zone_kind kind;
	uint32_t nid, start, end, managed;
	struct {
		uint32_t free, free_cma, isolated, pcp, highatomic_reserve, free_highatomic;
	} counted;
	uint32_t nr_free[KB_MAX_ORDERS]; /* of free_area[] */
	uint32_t watermark[4];           /* min, low, high, promo */
	uint32_t boost;
};

uint32_t kb_min_pfn(void);
uint32_t kb_max_pfn(void);
uint32_t kb_nr_zones(void);
bool kb_zone(uint32_t zone, struct kb_zone *out);

enum kb_page_state { KB_PAGE_NONE, KB_PAGE_BUDDY, KB_PAGE_OTHER };

/**
 * struct kb_page - what the memory map says of a page
 * @zone: as kb_zone() numbers them, KB_NO_PFN in a hole or where reserved
 * @head: the first page of its buddy, or of its compound page
 * @type: the label of its pageblock
 * @order: of its buddy
 * @state: a page on a per-CPU list looks like an allocated one: kb_walk_pcp() tells which these are
 * @flags: as text would have them, without zone and node
 * @in_zone: the zone that its entry names spans it. Entries behind the end of memory, in its last
 *           pageblock, are all zero: they name a zone that need not exist
 */
struct kb_page {
	uint32_t zone, head, type, order;
	enum kb_page_state state;
	uint64_t flags, private;
	int32_t refcount, mapcount;
	bool compound_head, compound_tail, isolated, reserved, in_zone;
	uint32_t compound_order;
	const char *dirty; /* a field that a page in this state must not have set, or NULL */
};

bool kb_page(uint32_t pfn, struct kb_page *out);

/* Of @nr pages from @pfn on, which are free, the first for which kb_page() says dirty. Return:
 * KB_NO_PFN where there is none. */
uint32_t kb_first_dirty(uint32_t pfn, uint32_t nr);
/* Are these the pages of an allocation that nobody has touched yet, as kb_page() would say of each
 * of them? False may mean that only kb_page() knows. */
bool kb_is_fresh(uint32_t pfn, uint32_t order, bool compound);
/* As struct kb_page has them, for who wants nothing else: the label of a page's pageblock,
 * KB_NO_PFN where kb_page() fails; the order of the buddy that begins there, KB_NO_PFN where none
 * does. */
uint32_t kb_label(uint32_t pfn);
uint32_t kb_buddy_at(uint32_t pfn);
/* As struct kb_zone has them: pages on free lists by nr_free[], pages on per-CPU lists. */
void kb_zone_pages(uint32_t zone, uint32_t *free, uint32_t *pcp);

/**
 * kb_walk_free - every entry of every free list of a zone
 * @visit: is told where the entry is and which list it is on. Return: false ends the walk
 *
 * Return: NULL, or what is wrong with the links.
 */
const char *kb_walk_free(uint32_t zone,
			 bool (*visit)(void *data, uint32_t pfn, uint32_t order, uint32_t type),
			 void *data);
/* The same for the per-CPU lists. */
const char *kb_walk_pcp(uint32_t zone,
			bool (*visit)(void *data, uint32_t cpu, uint32_t pfn, uint32_t order,
				      uint32_t type),
			void *data);

/**
 * struct kb_look - what a request judges a zone by
 * @free, @free_cma: as a request reads them: what CPUs have not folded yet is not in them
 * @free_highatomic: KB_NO_PFN where the tree has no such counter
 * @reserve: pages of the highatomic reserve
 * @watermark: min, low, high, promo; @boost is added to each
 * @lowmem_reserve: by the highest kind of zone that the request may use
 * @filled: by order, a bit for each type that has an entry on its list
 */
struct kb_look {
	uint32_t managed, free, free_cma, free_highatomic, reserve;
	uint32_t watermark[4], boost;
	uint32_t lowmem_reserve[KB_NR_ZONE_KINDS];
	uint8_t filled[KB_MAX_ORDERS];
};

/* All populated zones, as kb_zone() numbers them. Return: how many */
uint32_t kb_look(struct kb_look to[KB_MAX_ZONES]);
/* Is a page marked as one that came from the reserves? */
bool kb_is_of_reserves(uint32_t pfn);
/* The labels of a zone's pageblocks, four bits each of which three count, from the pageblock on
 * in which the zone begins. Return: bytes, 0 where the tree keeps them in another way. */
size_t kb_labels(uint32_t zone, const uint8_t **at);
/* Pages of the pageblock of @pfn that are free, or that the kernel takes for movable. */
void kb_count_block(uint32_t pfn, uint32_t *free, uint32_t *movable);

/**
 * struct kb_pcp - the lists of a CPU for a zone
 * @high: what holds now
 * @mark, @least: what is stored as high, and its lower bound; KB_NO_PFN where high is one number
 *                that never changes by itself
 */
struct kb_pcp {
	uint32_t count, high, batch;
	uint32_t mark, least;
};

void kb_pcp(uint32_t zone, uint32_t cpu, struct kb_pcp *out);

/**
 * struct kb_lists - the same, and the first page of each list, or KB_NO_PFN
 */
struct kb_lists {
	struct kb_pcp pcp;
	uint32_t first[KB_PCP_ORDERS][KB_PCP_TYPES];
};

/* Those of a CPU, of all zones. */
void kb_lists(uint32_t cpu, struct kb_lists to[KB_MAX_ZONES]);
/* Parts of 10,000 of the high watermark by which it may be raised. */
uint32_t kb_boost_factor(void);

/**
 * struct kb_events - pages that were handed out and freed since the boot, as vmstat counts them
 */
struct kb_events {
	uint64_t allocated, freed;
};

void kb_events(struct kb_events *out);

/* Pages that somebody has taken off the LRU lists of a node, as its counters say. */
uint32_t kb_lru_isolated(uint32_t nid);

/* The CMA area: pages that its bitmap has as taken. Return: false without one. */
bool kb_cma_area(uint32_t *start, uint32_t *pages, uint32_t *taken);

/* The content of a page, KB_CONTENT_BYTES of it; NULL where there is none. It is no part of the
 * state, is poisoned while the page is free, and all of it is after kb_boot(). */
#define KB_CONTENT_BYTES 64
void *kb_content(uint32_t pfn);
/* After a reset: what is free now is poisoned, and nothing else. */
void kb_content_reset(void);

#endif
