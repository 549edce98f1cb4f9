/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A double of a kernel behind fuzz/kernel/bridge.h, for tests without a tree: buddy lists by order
 * and type, per-CPU lists of single pages, pageblock labels, isolation, ranges, one CMA area.
 * fake.c and fake_range.c have what changes it, fake_look.c what is asked of it,
 * fake_policy.c what rules of policy ask.
 */
#ifndef KERNEL_FAKE_H
#define KERNEL_FAKE_H

#include "fuzz/kernel/bridge.h"

#define FAKE_FIRST 1024u /* its first pfn, a multiple of every buddy */
#define FAKE_PAGES 16384u
#define FAKE_TYPES 6
#define FAKE_NONE 0xffffffffu

enum fake_type { FAKE_UNMOVABLE, FAKE_MOVABLE, FAKE_RECLAIMABLE, FAKE_HIGHATOMIC, FAKE_CMA,
		 FAKE_ISOLATE };

enum fake_state { FAKE_HOLE, FAKE_FREE, FAKE_FREE_TAIL, FAKE_PCP, FAKE_USED, FAKE_USED_TAIL };

/* @type: of the list that it is on; @compound: 1 head, 2 tail */
struct fake_page {
	uint32_t next, prev;
	uint8_t state, order, type, zone;
	uint8_t compound, compound_order;
	int8_t refcount;
	bool dirty;
};

struct fake_list {
	uint32_t first;
};

struct fake_zone {
	enum kb_zone_kind kind;
	uint32_t nid, start, end, managed;
	uint32_t nr_free[KB_MAX_ORDERS];
	uint32_t free, free_cma, isolated, pcp;
	uint32_t shift; /* compaction is left out 1 << @shift times */
	uint8_t lock; /* its address counts */
	struct fake_list lists[KB_MAX_ORDERS][FAKE_TYPES];
	struct fake_list pcps[KB_MAX_CPUS];
	uint32_t pcp_count[KB_MAX_CPUS];
};

/* All of its state. */
struct fake {
	struct kb_config config;
	uint32_t end, cma_start, cma_end, cpu;
	uint32_t nodes; /* that tasks may use */
	bool memalloc; /* who reclaims or compacts may use the reserves */
	bool slow; /* a request that found nothing at first is under way */
	uint32_t locks[KB_MAX_CPUS]; /* that each CPU holds */
	bool irqs_off[KB_MAX_CPUS], was_off[KB_MAX_CPUS];
	uint32_t nr_zones, cma_taken;
	uint64_t allocated, freed;
	struct fake_zone zones[KB_MAX_ZONES];
	uint8_t labels[FAKE_PAGES];
	struct fake_page pages[FAKE_PAGES];
};

extern struct fake fake;
extern const struct kb_host *fake_host;

/* What is wrong with it from now on. X(identifier): a test expects the rule that it breaks */
#define FAKE_FAULTS(X)                                                                       \
	X(NR_FREE) X(FREE_COUNT) X(CMA_COUNT) X(ISOLATED_COUNT) X(PCP_COUNT) X(WRONG_LIST)    \
	X(NO_MERGE) X(MERGE_ANY) X(TWICE) X(MISALIGNED) X(WRONG_ZONE) X(REFCOUNT) X(NOT_COMPOUND) \
	X(DIRTY) X(DIRTY_FREE) X(CONTENT) X(NOT_ZEROED) X(LEAK) X(SLEEP) X(NOFAIL) X(LOCK_HELD) \
	X(LOCK_TWICE) X(IRQS_ON) X(WARN) X(BUG) X(CMA_UNMOVABLE) X(ISOLATED) X(RANGE) X(LINKS) \
	X(ENDLESS) X(PCP_USED) X(MOVED_OTHER) X(WATERMARK) X(ZONES_UPWARDS) X(REFUSED) \
	X(NO_RECLAIM) \
	X(NO_COMPACTION) X(ASLEEP) X(MIX) X(CLAIM) X(STEAL) X(CHOICE) X(RELABEL) X(RESERVE_GROWS) \
	X(RESERVE_KEPT) X(RESERVE_USED) X(BULK_ONE) X(BULK_ARRAY) X(PCP_GROWS) X(PCP_TYPE) \
	X(NO_DRAIN) X(COMPACT_OUT) X(NOT_COUNTED) X(MARKS) X(CMA_TAKEN) X(RANGE_REFUSED) \
	X(SPLIT_REFS) X(LATE_FREE) X(KILL) X(UNLOCKED) X(REFERENCE) X(WRONG_FREE) X(RANGE_LABEL) \
	X(RANGE_KEPT) X(SCANNERS) X(DOWNWARDS) X(SEARCH) X(AROUND) X(START) X(RESULT) X(NOT_MET) \
	X(LEFT) X(LRU) X(NODES) X(TASK) X(UNMOVABLE) X(WOKEN) \
	X(BOOST) X(CMA_FIRST) X(OTHER_LIST) X(PCP_EMPTIED) X(REFILL) X(BELOW_MIN) X(DEFERRAL) \
	X(CAPTURE) X(LEFT_OUT) X(ATOMIC_REFUSED) X(FAR_AWAY) X(CMA_ONCE) X(AGAIN) X(HELPED) \
	X(DECAY) X(BEHIND_ARRAY) X(NO_MERGE_BLOCKS) X(CMA_OFFSET) X(WAKES_LOCKED) \
	X(PRINTS_LOCKED) X(NO_RIGHT) X(LOOPS) X(LAST_BLOCK) X(MARKED) X(BULK_FAR) X(CMA_LABEL) \
	X(IO) X(RANGE_BUSY) X(CONTIG_FAR) X(CONTIG_NONE) X(BATCH_KEPT) X(SKIPPED)

enum fake_fault {
	FAKE_FAULT_NONE,
#define X(id) FAKE_FAULT_##id,
	FAKE_FAULTS(X)
#undef X
};

extern enum fake_fault fake_fault;

static inline struct fake_page *fake_page(uint32_t pfn)
{
	return &fake.pages[pfn - FAKE_FIRST];
}

static inline uint8_t *fake_label(uint32_t pfn)
{
	return &fake.labels[(pfn - FAKE_FIRST) >> fake.config.pageblock_order];
}

static inline bool fake_exists(uint32_t pfn)
{
	return pfn >= FAKE_FIRST && pfn < fake.end && fake_page(pfn)->state != FAKE_HOLE;
}

static inline uint32_t fake_block_pages(void)
{
	return 1u << fake.config.pageblock_order;
}

static inline bool fake_is_cma(uint32_t pfn)
{
	return pfn >= fake.cma_start && pfn < fake.cma_end;
}

/* --- fake.c, for fake_range.c and fake_request.c --- */

void fake_access(const void *at, size_t size);
void fake_lock(struct fake_zone *zone);
void fake_unlock(struct fake_zone *zone);
void fake_mark(uint32_t pfn, unsigned int order, enum fake_state state);
void fake_put_buddy(struct fake_zone *zone, uint32_t pfn, unsigned int order);
void fake_take_buddy(struct fake_zone *zone, uint32_t pfn);
void fake_give_back(struct fake_zone *zone, uint32_t pfn, unsigned int order);
uint32_t fake_pop(struct fake_zone *zone, unsigned int order, unsigned int type);
/* Of one zone, its own type first. Return: FAKE_NONE without a page. */
uint32_t fake_take_from(struct fake_zone *zone, uint32_t gfp, unsigned int order);

/* --- fake_request.c --- */

/* Pages become those of a request. */
void fake_prepare(uint32_t pfn, uint32_t gfp, unsigned int order);

/* --- fake_policy.c --- */

/* Pages below which a request takes none of a zone; half of them for __GFP_HIGH. */
uint32_t fake_least(const struct fake_zone *zone);
/* Pages that a zone keeps for requests that can use no higher one. */
uint32_t fake_kept(const struct fake_zone *zone, enum kb_zone_kind highest);
/* A compaction that moves nothing, as it is told; with faults, another one. */
void fake_tell_compaction(uint32_t zone, uint32_t order);
/* Compaction for a request says that it came to something. */
void fake_tell_helped(uint32_t order);
void fake_tell_attempts(uint32_t order);
/* What is told of a request that was served, where the fault is about that. */
void fake_tell_served(uint32_t pfn, unsigned int order);

#endif
