/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this folder share.
 *
 *   request.c   requests: what was before, what came of them
 *   zones.c     zonelists, rights, watermarks
 *   fallback.c  claims and steals, at the moment that they happen
 *   lists.c     per-CPU lists, events, targets of compaction
 *   compaction.c  its scanners, searches, what it came to
 *   supply.c    the lists that a request was served from
 *   kswapd.c    whom a request wakes
 *   effort.c    how long it tries, and what it leaves alone meanwhile
 */
#ifndef KERNEL_POLICY_H
#define KERNEL_POLICY_H

#include "fuzz/kernel/adapter.h"
#include "fuzz/kernel/watch.h"

#define LABEL_BYTES 512 /* of a zone: OWNER_MAX_PAGES in pageblocks of eight pages fit */

/**
 * struct request - the one that is under way
 * @asked: what
 * @judged: nobody else was under way, and it is none inside another
 * @alone: nothing but the request itself has changed anything since it began
 * @zones_known: it is certain which zones it is to try: nodes that tasks may use have not changed
 *               meanwhile, and its own are some of them. Where they are none, it first tries its
 *               own all the same, and may have a page of them if it need not keep to those of
 *               its task
 * @before: the zones then, and their @labels
 * @woken: of each node: kswapd was
 * @woken_order, @woken_kind: the highest order and kind of zone that it was woken for
 * @claims: pageblocks were given its type
 * @reclaimed, @compacted, @killed: was tried
 */
struct request {
	struct kernel_request asked;
	bool judged, alone, zones_known;
	uint32_t nr_zones;
	struct kb_look before[KB_MAX_ZONES];
	uint8_t labels[KB_MAX_ZONES][LABEL_BYTES];
	struct kb_events events;
	bool woken[KB_MAX_NODES];
	uint32_t woken_order[KB_MAX_NODES], woken_kind[KB_MAX_NODES];
	uint32_t claims;
	bool reclaimed, compacted, killed;
};

struct zonelist;

extern struct request policy_request;

/* The oracles are on: what the lock of a zone protects may be judged by who holds it. */
bool policy_looks(void);
/* All of the state may be judged: nobody else has been in the midst of anything since the
 * operation began, no other CPU and no interrupt. */
bool policy_is_on(void);
/* Is direct compaction under way on the running CPU? */
bool policy_is_compacting(void);

/* --- lists.c --- */

void policy_lists_begin(void);

/* --- fallback.c --- */

void policy_fallback_begin(void);

/* --- supply.c --- */

/* A request begins; it is over, nobody was beside it, and it has pages. */
void policy_supply_begins(void);
void policy_supply_ends(const struct request *now, uint32_t pfn);

/* --- kswapd.c, when a request is over --- */

/* What it has raised of a zone; whom it woke. */
void policy_check_boost(const struct request *now, const struct kb_look *after, uint32_t zone);
void policy_check_woken(const struct request *now, const struct zonelist *list);

/* --- effort.c --- */

/* The request that is judged begins; somebody is killed for it, it compacts, it is over. */
void policy_effort_begins(void);
void policy_effort_kills(void);
void policy_effort_compacts(void);
void policy_effort_ends(const struct request *now, const struct zonelist *list,
			const uint32_t *pfns, unsigned int got);

/* --- compaction.c --- */

void policy_compaction_begin(void);
/* A request begins; compaction for one does, or is over. */
void policy_compaction_request(void);
void policy_compaction_for_request(bool begins);
/* A page moves: is that where compaction moves pages to? */
void policy_compaction_moves(uint32_t from, uint32_t to);
/* Nothing is left of it. */
void policy_compaction_full(void);

/* --- zones.c --- */

/**
 * struct zonelist - zones that a request may use, in the order in which they are tried
 * @kind: the highest kind, for the reserve of lower ones
 */
struct zonelist {
	enum kb_zone_kind kind;
	uint32_t nr;
	uint8_t zone[KB_MAX_ZONES];
};

void policy_zonelist(const struct kernel_request *asked, uint32_t nodemask, struct zonelist *out);
/* The type of its pages, as labels have it. */
uint32_t policy_type(uint32_t gfp);

enum right {
	RIGHT_LOW,  /* none: above the low watermark, where nobody has to be woken */
	RIGHT_SURE, /* min, and half of it with __GFP_HIGH: what every version gives */
	RIGHT_LEAST /* the most that any version gives for its flags */
};

/**
 * policy_is_above - does a zone have more than the watermark that binds a request?
 * @more: pages that are added to the watermark
 *
 * Whether there is a buddy of the order is another question: policy_has().
 */
bool policy_is_above(const struct kb_look *zone, const struct kernel_request *asked,
		     enum kb_zone_kind kind, enum right right, uint32_t more);
/* Is there a buddy of the type that it asks for, or of a CMA area where it may use that? */
bool policy_has(const struct kb_look *zone, uint32_t gfp, unsigned int order);
/* Is there one on a list of these types, a bit each? */
bool policy_has_of(const struct kb_look *zone, uint32_t types, unsigned int order);
bool policy_uses_cma(uint32_t gfp);
/* The types of pages that requests fall back to in the end, whatever their own is. */
uint32_t policy_fallback_types(void);
/* May it use the highatomic reserve, as the last or as the first? */
bool policy_may_use_reserve(const struct kernel_request *asked);
bool policy_may_make_reserve(const struct kernel_request *asked);
/* Pages of the highatomic reserve beyond which it does not grow. */
uint32_t policy_reserve_limit(uint32_t managed);
/* Pages by which the watermarks of a zone may be raised. */
uint32_t policy_boost_limit(const struct kb_look *zone);
/* A program begins; a request does; all is done, and what zones keep is looked at. */
void policy_zones_begin(void);
void policy_zones_asked(const struct kernel_request *asked);
void policy_check_zones(void);

#endif
