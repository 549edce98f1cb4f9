/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contracts of the allocator's calls. A call that breaks one is refused before any
 * state has changed, and reported through shim_bad_call() under the rule's name. A call
 * that breaks several is reported under the first of them in this order.
 */
#ifndef SPB_RULES_H
#define SPB_RULES_H

/* X(identifier, name in reports, meaning) */
#define SPB_RULES(X)                                                                               \
	X(ALLOC_ORDER, "alloc-order", "order above the allocator's maximum")                       \
	X(ALLOC_ZONE_BITS, "alloc-zone-bits", "more than one zone modifier in the gfp flags")      \
	X(ALLOC_MOBILITY_BITS, "alloc-mobility-bits", "__GFP_MOVABLE with __GFP_RECLAIMABLE")      \
	X(ALLOC_NOFAIL_ORDER, "alloc-nofail-order", "__GFP_NOFAIL above order 1")                  \
	X(ALLOC_NOFAIL_ATOMIC, "alloc-nofail-atomic", "__GFP_NOFAIL without direct reclaim")       \
	X(ALLOC_NOFAIL_MEMALLOC, "alloc-nofail-memalloc", "__GFP_NOFAIL with __GFP_MEMALLOC")      \
	X(ALLOC_NODE, "alloc-node", "a node that does not exist, or an empty nodemask")            \
	X(FREE_NULL, "free-null", "free of no page")                                               \
	X(FREE_PFN, "free-pfn", "free of a pfn outside every zone")                                \
	X(FREE_RESERVED, "free-reserved", "free of a hole or of a reserved page")                  \
	X(FREE_FREE, "free-free", "free of a page that is free already")                           \
	X(FREE_TAIL, "free-tail", "free of a page inside an allocation")                           \
	X(FREE_ORDER, "free-order", "free with another order than allocated")                      \
	X(SPLIT_ORDER, "split-order", "split to an order that is not below the allocation's")      \
	X(FREE_CONTIG, "free-contig", "release of a superpageblock that is not held contiguously") \
	X(ISOLATE_TWICE, "isolate-twice", "isolation of what is isolated, or release of another")  \
	X(ISOLATE_RESERVED, "isolate-reserved", "isolation of a pageblock that has no page")       \
	X(CALLER_SIZE, "caller-size", "a caller asked for no memory at all, or for too much")

enum spb_rule {
	SPB_RULE_NONE,
#define X(id, name, text) SPB_RULE_##id,
	SPB_RULES(X)
#undef X
	NR_SPB_RULES,
};

#endif
