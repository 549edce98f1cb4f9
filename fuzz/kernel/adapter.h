/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The harness's side of bridge.h: what the files of this folder share.
 *
 *   adapter.c    operations and queries        host.c     what the kernel asks for
 *   callers.c    kvmalloc, vmalloc, skb, bulk  lock.c     its locks, for the lock graph
 *   contig/      ranges and CMA                handout.c  pages as they come and go
 *   boot.c       boots and snapshots           walk.c     lists and counters
 *   race/        loads and stores, and the races that the kernel means to have
 *   shapes.c     header -> struct kb_config    free.c     frees, references of others
 */
#ifndef KERNEL_ADAPTER_H
#define KERNEL_ADAPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/observer.h"
#include "fuzz/kernel/bridge.h"
#include "spb/config.h"

struct allocator_memory;
struct program_header;

/**
 * struct kernel_map - what stays as it is while a configuration is booted
 * @min, @max: pfns, whole buddies of the largest order
 * @max_order, @block_order: of the configuration
 * @zones: populated ones, as kb_zone() numbers them
 * @ranges: pages inside zones that are none of the allocator's
 */
struct kernel_map {
	uint32_t min, max;
	uint32_t max_order, block_order;
	uint32_t nr_zones;
	struct {
		enum kb_zone_kind kind;
		uint32_t nid, start, end;
	} zones[KB_MAX_ZONES];
	uint32_t nr_ranges;
	struct spb_range ranges[SPB_MAX_RANGES];
};

/* That of the running program. */
extern const struct kernel_map *kernel_map;

/* --- shapes.c --- */

/* The configuration that a header stands for. docs/kernel.md has the table. */
void kernel_config(const struct program_header *header, struct kb_config *config);
/* Pages of the min watermark that it asks for, of so many; 0 = leave it. */
uint32_t kernel_min_pages(const struct program_header *header, uint32_t pages);

/* --- boot.c --- */

/**
 * kernel_start - the self-test, and a boot of each shape
 *
 * Return: NULL, or why no program may run on this kernel.
 */
const char *kernel_start(void);

/* --- lock.c --- */

void kernel_locks_begin(void);
/* What stands for locks where they order accesses. */
const void *kernel_locks(size_t *size);
bool kernel_lock(const void *lock, const char *class, bool trylock);
void kernel_unlock(const void *lock);
/* How often the running CPU has taken the lock of a zone. */
uint32_t kernel_zone_locks(void);
/* Does it wait for a mutex? Whoever holds that must not wait for this CPU. */
bool kernel_sleeps(unsigned int cpu);
/* Interrupts of the running CPU are as the kernel has them. */
void kernel_sync_irqs(void);

/* --- race/access.c --- */

/* Its accesses are those of an arena: @id is that of the boot, and of no other. */
void kernel_access_begin(uint32_t id);
void kernel_access(const void *at, size_t size, bool write, enum kb_access kind, const void *pc,
		   bool irqs_off);
/* What was done with a page by whoever had it comes before what is done with it from now on. */
void kernel_page_acquire(uint32_t pfn);
void kernel_page_release(uint32_t pfn);
extern const struct allocator_memory kernel_memory;

/* --- race/meant.c --- */

bool kernel_race_is_meant(const char *field, uintptr_t writes, uintptr_t other,
			  bool both);

/* --- host.c --- */

/**
 * struct kernel_call - how the kernel was entered
 * @inside: it was
 * @may_sleep: by what was asked of it
 * @forever: a request that must not fail
 * @open: accesses counted already
 * @slow: it did more than look at free lists: woke kswapd, reclaimed, compacted, killed
 * @steps: of its loops
 */
struct kernel_call {
	bool inside;
	bool may_sleep;
	bool forever;
	bool open;
	bool slow;
	uint32_t steps;
};

/* Around each call of bridge.h that does something. They nest where memory runs out. */
struct kernel_call kernel_enter(bool may_sleep, bool forever);
void kernel_leave(struct kernel_call before);

extern const struct kb_host kernel_host;
/* A CPU goes on, or an interrupt on it: the kernel is told. */
void kernel_runs(unsigned int cpu, bool irq);

void kernel_host_begin(void);
/* Owners let go of reclaimable and movable pages of a zone (-1: of any of the node). */
unsigned long kernel_reclaim(uint32_t nid, int zone, unsigned long wanted);
/* What kswapd was woken for. Return: nodes that it ran on. */
unsigned int kernel_run_kswapd(unsigned int limit);
/* A run of kswapd, for @order at least; one of kcompactd. */
void kernel_kswapd(unsigned int nid, unsigned int order);
void kernel_kcompactd(unsigned int nid, unsigned int order);
/* Free pages, which is wrong. Return: the kernel says so. */
bool kernel_complains(void (*free)(uint32_t pfn, uint32_t order), uint32_t pfn, uint32_t order);
/* A request is over, which began with kernel_enter(). */
void kernel_count_request(bool got);
/* Does the running CPU hold the lock of a zone? */
bool kernel_has_zone_lock(void);

/* --- log.c --- */

void kernel_log_begin(void);
/* A call is over. */
void kernel_log_check(void);
/* What the kernel says: struct kb_host. */
void kernel_warns(const char *what, const char *file, int line);
void kernel_bugs(const char *what, const char *file, int line);
void kernel_prints(const char *text);
/* The last lines of its log. */
void kernel_print_log(FILE *to);

/* --- handout.c --- */

enum kernel_note {
	NOTE_MOVABLE = 1 << 0,
	NOTE_RECLAIMABLE = 1 << 1,
	NOTE_COMPOUND = 1 << 2,
	NOTE_SPLIT = 1 << 3, /* pages of its own each, whatever is freed together */
};

void kernel_handout_begin(void);
/* What is remembered of a page in use. */
uint8_t kernel_noted(uint32_t pfn);
/* Check what a request got, and remember it. */
void kernel_handed_out(uint32_t pfn, unsigned int order, uint32_t gfp);
/* It is about to be freed. */
void kernel_given_back(uint32_t pfn, unsigned int order);
void kernel_was_split(uint32_t pfn, unsigned int order);
void kernel_was_moved(uint32_t from, uint32_t to, unsigned int order);
/* Nodes that tasks may use from now on, or from a moment of a request on; which they are, a bit
 * each. */
void kernel_set_nodes(uint32_t nodes, enum nodes_when when);
uint32_t kernel_nodes(void);
/* Could the task use one of these at all times since the call of the running CPU began? */
bool kernel_may_use(uint32_t nodemask);
/* May a request have the last page of a zone? */
bool kernel_ignores_watermarks(uint32_t gfp);
/* Has a request a right to the reserves, so that it looks beyond its nodes before it fails? */
bool kernel_may_use_reserves(uint32_t gfp);
/* A call begins, and no other one is around it; a request comes to a moment. */
void kernel_nodes_begin(void);
void kernel_nodes_moment(enum nodes_when moment);
/* The number of a migratetype by its name, KB_MAX_TYPES where there is none. */
uint32_t kernel_type(const char *name);
/* Of a number that may be none. */
static inline const char *kernel_type_name(uint32_t type)
{
	return type < kb_build()->nr_types ? kb_build()->types[type] : "no type";
}

/* --- adapter.c --- */

/* A program begins. */
void kernel_begin(void);
/* kb_alloc() with all that goes around it, for callers.c. */
uint32_t kernel_alloc(uint32_t gfp, unsigned int order, unsigned int nid, uint32_t nodemask);
/* kb_alloc_bulk(), into an array that may have pages already. Return: how many are new, in @pfns */
unsigned int kernel_alloc_bulk(uint32_t gfp, unsigned int nid, unsigned int nr, uint32_t *pfns);
void kernel_tell(unsigned int type, uint32_t pfn, unsigned int order, uint32_t arg);
/* A request of @kind: see struct allocator_ops. */
bool kernel_caller(enum caller_kind kind, uint32_t nr_pages, unsigned int order, uint32_t gfp,
		   struct extent_list *out);
/* The counters of CPUs that have drifted apart are added up. */
void kernel_fold(void);
/* The program has had pageblocks isolated, or a range. */
extern bool kernel_has_isolated;
/* The call under way breaks a contract: refuse it. */
bool kernel_is_refused(void);

/* --- contig/ --- */

void kernel_ranges_begin(void);
/* What struct allocator_ops calls contig and contig_free. */
uint32_t kernel_take_range(unsigned int zone);
void kernel_give_range(uint32_t pfn);
/* And range and cma. */
uint32_t kernel_take_pages(uint32_t pfn, uint32_t pages, uint32_t gfp);
uint32_t kernel_take_cma(uint32_t pages, unsigned int align_order);
/* Pages that a contiguous request took at @pfn, 0 = none. */
uint32_t kernel_held_at(uint32_t pfn);
uint32_t kernel_held_of_cma(void);
/* May a caller isolate the pageblock of a page? */
bool kernel_may_isolate(uint32_t pfn);
/* The pageblock of a page was isolated: may it have been? */
void kernel_check_isolated(uint32_t pfn);
/**
 * kernel_isolation_begins - a CPU is about to isolate pageblocks
 * @cma: to get pages of the CMA area
 *
 * Return: false where somebody else has isolated, or is about to, what could merge with these
 * pages; else kernel_isolation_ends() is due.
 */
bool kernel_isolation_begins(uint32_t pfn, uint32_t pages, bool cma);
void kernel_isolation_ends(void);
/* Is somebody about to isolate what could merge with these pages? */
bool kernel_isolates_beside(uint32_t pfn, uint32_t pages, bool cma);

/* --- free.c --- */

/**
 * struct kernel_batch - what owners let go of, until it is freed together
 */
struct kernel_batch {
	uint32_t nr;
	uint32_t pfn[KB_BATCH];
	uint8_t order[KB_BATCH];
};

/* Give pages back, and say so: at once, or with others when the batch is full or is said to be. */
void kernel_free(uint32_t pfn, unsigned int order);
void kernel_free_soon(struct kernel_batch *batch, uint32_t pfn, unsigned int order);
void kernel_free_now(struct kernel_batch *batch);

void kernel_refs_begin(void);
void kernel_refs_check(void);
/* What struct allocator_ops calls hold and unhold. */
void kernel_hold(uint32_t owner, uint32_t pfn);
void kernel_unhold(uint32_t owner);
/* Has somebody else a reference to the allocation that begins there? */
bool kernel_is_looked_at(uint32_t pfn);
/* Was it freed, and is kept by such a reference? All such pages of an interval. */
bool kernel_left_at(uint32_t pfn, unsigned int *order);
uint32_t kernel_left_in(uint32_t start, uint32_t end);
/* Free what nobody holds, where the kernel must notice. */
void kernel_free_wrongly(uint32_t pfn, unsigned int order);

/* --- walk.c --- */

extern const struct observer kernel_observer;
/* Is it an entry of a per-CPU list? The memory map does not say so. */
bool kernel_is_on_pcp(uint32_t pfn, uint32_t zone, unsigned int *order);

#endif
