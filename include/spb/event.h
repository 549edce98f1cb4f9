/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the allocator tells while it works. Oracles, pictures and tests read these;
 * the core never acts on them.
 */
#ifndef SPB_EVENT_H
#define SPB_EVENT_H

#include "shim/types.h"

/*
 * Where a page came from, in the order in which the search tries.
 * X(identifier, name)
 */
#define SPB_STEPS(X)                                                                   \
	X(PCP, "pcp")                     /* a per-CPU list */                         \
	X(HIGHATOMIC, "highatomic")       /* the reserve for atomic high orders */     \
	X(OWN, "own")                     /* own list, preferred category */           \
	X(CLAIM_WHOLE, "claim-whole")     /* whole free movable pageblock, tainted */  \
	X(CLAIM_PART, "claim-part")       /* relabel below pageblock size, tainted */  \
	X(BORROW_OTHER, "borrow-other")   /* the other non-movable list, tainted */    \
	X(BORROW_MOVABLE, "borrow-movable") /* the movable list, tainted */            \
	X(WAKE, "wake")                   /* workers; never serves a page */           \
	X(EMPTY, "empty")                 /* an empty superpageblock */                \
	X(OTHER, "other")                 /* own list, non-preferred category */       \
	X(CMA, "cma")                     /* movable request from CMA pageblocks */    \
	X(CLAIM, "claim")                 /* fallback: relabel a pageblock */          \
	X(STEAL, "steal")                 /* fallback: take a page, no relabel */      \
	X(EVACUATION, "evacuation")       /* target of a migration */                  \
	X(CONTIG, "contig")               /* a whole superpageblock */

enum spb_step {
#define X(id, name) SPB_STEP_##id,
	SPB_STEPS(X)
#undef X
	NR_SPB_STEPS,
};

/* Why a zone, a step or the whole request was refused. X(identifier, name) */
#define SPB_REFUSALS(X)                                                                      \
	X(WATERMARK, "watermark")           /* zone below the watermark */                   \
	X(NOFRAGMENT, "nofragment")         /* relabel or taint needs NOFRAGMENT relaxed */  \
	X(OPTIONAL_BLOCK, "optional-block") /* optional; tainted pool has a free pageblock */ \
	X(OPTIONAL_PAGE, "optional-page")   /* optional; tainted pool has a free page */     \
	X(RESERVE, "reserve")               /* movable; tainted reserve */                   \
	X(HALF, "half")                     /* claim: too little of the pageblock is free */ \
	X(CROSS_TYPE, "cross-type")         /* unmovable and reclaimable would mix */        \
	X(ZONE_BOUNDARY, "zone-boundary")   /* pageblock is clipped */                       \
	X(NORETRY, "noretry")               /* relax: __GFP_NORETRY */                       \
	X(SMALLER, "smaller")               /* relax: a smaller retry can be served */       \
	X(NO_RECLAIM, "no-reclaim")         /* slow path: may not sleep */                   \
	X(MEMALLOC, "memalloc")             /* slow path: would recurse into reclaim */      \
	X(COSTLY, "costly")                 /* slow path: order not worth more retries */    \
	X(NO_OOM, "no-oom")                 /* slow path: no killing for this request */     \
	X(EXHAUSTED, "exhausted")           /* nothing left to reclaim, migrate or kill */

enum spb_refusal {
#define X(id, name) SPB_REFUSAL_##id,
	SPB_REFUSALS(X)
#undef X
	NR_SPB_REFUSALS,
};

/* What the relax sequence at the end of get_page_from_freelist() decided. */
#define SPB_RELAXES(X)                                                         \
	X(NORETRY, "fail-noretry") /* fail: __GFP_NORETRY */                   \
	X(SMALLER, "fail-smaller") /* fail: best effort, a smaller retry can */ \
	X(TAINTED_OK, "tainted-ok") /* retry with ALLOC_NOFRAG_TAINTED_OK */   \
	X(DROP, "drop")            /* retry without ALLOC_NOFRAGMENT */

enum spb_relax {
#define X(id, name) SPB_RELAX_##id,
	SPB_RELAXES(X)
#undef X
	NR_SPB_RELAXES,
};

/*
 * X(identifier, name): what @step, @arg and @arg2 of struct spb_event mean follows;
 * the other fields are those of the page or request the event is about.
 */
#define SPB_EVENTS(X)                                                                         \
	X(ALLOC, "alloc")             /* step; arg: alloc_flags. A page left the free lists */ \
	X(FREE, "free")               /* a page came back to the free lists */                \
	X(PCP_GET, "pcp-get")         /* step "pcp": a page left a per-CPU list; arg: cpu */   \
	X(PCP_PUT, "pcp-put")         /* ... went to one; arg: cpu, arg2: 1 by a refill */    \
	X(PCP_DRAIN, "pcp-drain")     /* arg: cpu whose list, arg2: pages */                  \
	X(REFUSE, "refuse")           /* arg: enum spb_refusal, arg2: see below */            \
	X(RELAX, "relax")             /* arg: enum spb_relax */                               \
	X(HAS_SET, "has-set")         /* mt: type that the pageblock at pfn now holds */      \
	X(HAS_CLEAR, "has-clear")     /* mt: type that it holds no more */                    \
	X(TAINT, "taint")             /* a clean or empty superpageblock became tainted */    \
	X(UNTAINT, "untaint")         /* the last non-movable content left it */              \
	X(LIST_MOVE, "list-move")     /* arg: old, arg2: new (category * buckets + fullness) */ \
	X(RELABEL, "relabel")         /* mt: new label of the pageblock at pfn, arg: old */   \
	X(BORROW, "borrow")           /* arg: migratetype of the list it came from */         \
	X(STEAL, "steal")             /* arg: migratetype of the list it came from */         \
	X(ISOLATE, "isolate")         /* pageblock at pfn */                                  \
	X(UNISOLATE, "unisolate")     /* pageblock at pfn */                                  \
	X(MIGRATE, "migrate")         /* pfn moved to arg; arg2: owner */                     \
	X(MIGRATE_FAIL, "migrate-fail") /* pfn stayed; arg2: owner */                         \
	X(EVACUATE, "evacuate")       /* pageblock; arg: 0 worker, 1 2 which pass, 3 contig */ \
	X(EVACUATE_DONE, "evacuate-done") /* arg: pages moved, arg2: 1 when order is there now */ \
	X(RECLAIM, "reclaim")         /* arg: pages given up */                               \
	X(COMPACT, "compact")         /* arg: pages moved */                                  \
	X(WAKE, "wake")               /* the search reached its step "wake" */                \
	X(SHRINK_KICK, "shrink-kick") /* arg: node; 1 in arg2 when it was queued already */   \
	X(DEFRAG_WAKE, "defrag-wake") /* arg2: 1 when it was queued already */                \
	X(DEFRAG_START, "defrag-start") /* a worker begins; arg: 0 when it has nothing to do */ \
	X(DEFRAG_RUN, "defrag-run")   /* arg: pages moved, arg2: 1 on progress */             \
	X(EVACUATE_QUEUE, "evacuate-queue") /* arg: node */                                   \
	X(KSWAPD_WAKE, "kswapd-wake") /* arg: node */                                         \
	X(OOM, "oom")                 /* arg: pages freed */                                  \
	X(BLOCKED, "blocked")         /* NOFAIL with nothing left to try */                   \
	X(HIGHATOMIC, "highatomic")   /* pageblock at pfn: arg 1 reserved, 0 given back */    \
	X(CONTIG, "contig")           /* superpageblock: arg 1 taken, 0 released */           \
	X(TUNABLE, "tunable")         /* arg: enum spb_tunable, arg2: value */                \
	X(TRACE_RESULT, "result")     /* result of a call: pfn or SPB_NO_PFN */              \
	X(WALK, "walk")               /* over the zonelist; arg: 0 begins, 1 found nothing */

enum spb_event_type {
#define X(id, name) SPB_EV_##id,
	SPB_EVENTS(X)
#undef X
	NR_SPB_EVENTS,
};

/*
 * arg2 of a refusal: for "watermark", alloc_flags and above them the highest zone type of
 * the request; for "nofragment", alloc_flags; for the optional ones, how many tainted
 * superpageblocks are below their reserve.
 */
#define SPB_REFUSE_ZONE_SHIFT 16

#define SPB_NO_PFN 0xffffffffU
#define SPB_NO_SPB 0xffffU

/**
 * struct spb_event - one event
 * @type: enum spb_event_type
 * @step: enum spb_step, where the type says so
 * @zone: zone index (node * MAX_NR_ZONES + type)
 * @order: of the request or page
 * @mt: migratetype of the request or page
 * @spb: superpageblock, as index into the core's array, or SPB_NO_SPB
 * @pfn: page or first page of the pageblock, or SPB_NO_PFN
 * @gfp: flags of the request, for "relax" and "walk" (whose arg2 is alloc_flags); else 0
 */
struct spb_event {
	u8 type;
	u8 step;
	u8 zone;
	u8 order;
	u8 mt;
	u16 spb;
	u32 pfn;
	u32 arg;
	u32 arg2;
	u32 gfp;
};

#endif
