/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A naive allocator beside the real one: plain arrays over pages and pageblocks, written from
 * docs/allocator.md. It sees the events in the order in which locks were held, says for each
 * what was allowed at that moment, and applies it to its own state.
 *
 *   event ─▶ allowed in this state? ─▶ own state ─▶ after the operation: own books are
 *                                                   what was told and what the core has
 *
 * Own state follows from pages entering and leaving the free lists alone; labels, content
 * bits and lists are derived, and compared with the events that tell of them. What a request
 * may do follows from the request, as the program made it, and from how it fared so far.
 * Not checked: which of several buddies of one list is taken.
 */
#ifndef HARNESS_MODEL_H
#define HARNESS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/program/program.h"
#include "spb/config.h"
#include "spb/event.h"

/* X(identifier, name, meaning, source) */
#define MODEL_RULES(X)                                                                             \
	X(PAGES, "model-pages", "pages leave the free lists free, and come back used",            \
	  "page allocator")                                                                        \
	X(EVENT, "model-event", "an event names the zone and superpageblock of its page",         \
	  "spb/event.h")                                                                           \
	X(SEARCH_ORDER, "search-order", "no step serves what an earlier one could have served",   \
	  "spec 4.2")                                                                              \
	X(NEEDLESS_TAINT, "needless-taint",                                                        \
	  "nothing is tainted by what the tainted pool could serve under the same flags",         \
	  "spec 1, 4.2")                                                                           \
	X(STEP_GATE, "step-gate", "a step serves only where its gates are open",                   \
	  "spec 4.2, patch 35")                                                                    \
	X(FULLEST_FIRST, "fullest-first", "lists are walked fullest first, from their head",      \
	  "spec 4.2")                                                                              \
	X(PICK_ORDER, "pick-order", "a step takes the buddy size that it names", "spec 4.2")     \
	X(PICK_LIST, "pick-list", "a step takes from the list that it names", "spec 4.2")        \
	X(TOLD_LABEL, "model-label", "a label changes by claim, merge, untaint or reserve alone", \
	  "spec 4.2, 4.3")                                                                         \
	X(TOLD_CONTENT, "model-content", "content bits follow the pages, each change told once",  \
	  "spec 5.2, 5.7")                                                                         \
	X(TOLD_LIST, "model-list", "each list move is told once and ends where the counts say",   \
	  "spec 5.5")                                                                              \
	X(TOLD_TAINT, "model-taint", "each taint and untaint is told once", "spec 5.10")          \
	X(BOOKS, "model-books", "counters are those of the model", "spec 5.1 to 5.4")             \
	X(MAP, "model-map", "the memory map is that of the model", "page allocator")              \
	X(WATERMARK, "watermark", "a zone serves above its watermark and refuses below it",       \
	  "page allocator")                                                                        \
	X(REQUEST, "request-flags",                                                                \
	  "a request has the allocation flags that follow from it, at each stage",               \
	  "page allocator, spec 6.4, 6.5")                                                         \
	X(STAGE, "request-stage",                                                                  \
	  "a request gives up its gates one by one, and fails after the last",                     \
	  "spec 4.2, 5.18, patch 35")                                                              \
	X(CALLER, "caller-request", "a caller with a fallback asks in the documented order",      \
	  "patch 35")                                                                              \
	X(ZONE, "zone-order",                                                                      \
	  "a zone serves only what every earlier one of the zonelist refused", "zonelist")         \
	X(REFUSAL, "refusal-true", "a refusal gives a true reason", "spec 4.2, patch 35")         \
	X(RELAX, "relax-model", "the relax sequence decides as the pages say", "patch 35")        \
	X(WALK, "walk-answer",                                                                     \
	  "a walk over the tainted lists answers what was so at some moment of it", "patch 35")    \
	X(PCP, "pcp-content", "a per-CPU list has the type of the label, and gives out content "  \
	       "that the pageblock has", "docs/allocator.md")                                      \
	X(EVACUATED, "evacuate-result",                                                            \
	  "evacuation empties pageblocks in order until the tainted pool serves the request",     \
	  "spec 4.5")                                                                              \
	X(TARGET, "migrate-target",                                                                \
	  "evacuation fills the fullest clean superpageblock, compaction the last with room",      \
	  "spec 4.5")                                                                              \
	X(CONTIG, "contig-isolation",                                                              \
	  "a contiguous request leaves no pageblock isolated", "spec 4.6")                         \
	X(SOURCE, "migrate-source",                                                                \
	  "migration tries movable pages one after the other, and counts what moved", "spec 4.5")  \
	X(CHOICE, "contig-choice",                                                                 \
	  "a contiguous request takes an empty superpageblock, or the least used clean one",       \
	  "spec 4.6")                                                                              \
	X(BIRTH, "model-birth", "an allocator begins as its configuration says", "spb/config.h")  \
	X(NULL_EARLY, "null-early", "a walk over the zones fails only when no step may serve",    \
	  "spec 4.2")

enum model_rule {
#define X(id, name, text, source) MODEL_##id,
	MODEL_RULES(X)
#undef X
	NR_MODEL_RULES,
};

/* How often each rule was put to the test since the process started. */
extern uint64_t model_checks[NR_MODEL_RULES];
extern const char *const model_rule_names[NR_MODEL_RULES];

/**
 * struct model_spb_view - one superpageblock as the allocator sees it
 * @category: 0 clean, 1 tainted, 2 empty, 3 isolated
 * @fullness: 0 (full) to 4; 0 when empty or isolated
 */
struct model_spb_view {
	uint16_t total, reserved, nr_free;
	uint16_t nr_unmovable, nr_reclaimable, nr_movable;
	uint32_t free_pages;
	uint8_t category, fullness;
};

/**
 * model_begin - all memory is free
 * @view: fills in what the allocator says of the n-th superpageblock, or NULL
 *
 * Return: false when the geometry is too large for the model, which then sleeps.
 */
bool model_begin(const struct spb_config *config,
		 void (*view)(unsigned int spb, struct model_spb_view *view));

/**
 * model_context - what comes next is told by this logical CPU
 * @level: 0 task, 1 interrupt
 * @alone: no other operation is under way: what was decided without zone->lock is exact too
 */
void model_context(unsigned int cpu, unsigned int level, bool alone);

/* Check one event of the current context and follow it. */
void model_event(const struct spb_event *event);

/*
 * What a program asks for: see struct allocator_ops; callers are in the order of enum
 * caller_kind. ANY: not known (tests).
 */
enum model_ask { ASK_PAGES, ASK_BULK, ASK_ANY, ASK_KVMALLOC, ASK_VMALLOC, ASK_SKB };

/**
 * struct model_request - a legal call that allocates
 * @order: of ASK_PAGES; the largest fragment of ASK_SKB
 * @nr: pages that a bulk request or a caller wants
 */
struct model_request {
	enum model_ask ask;
	uint32_t gfp;
	unsigned int order, nid;
	uint32_t nodemask, nr;
};

/* The current context makes a request. */
void model_request(const struct model_request *request);
/* It has its answer. */
void model_request_end(void);

/* Somebody begins or ends to change a tunable: requests under way see either value. */
void model_tuning(bool begins);

/* The current context makes room for this itself, or (@known false) is done. */
void model_wanted(bool known, unsigned int order, unsigned int mt);

/* kswapd has run on these nodes, a bit each. */
void model_kswapd(uint32_t nodes);

/* The current context asks the n-th zone that has memory for a whole superpageblock, and has
 * its answer: a page, or NO_PFN. */
void model_contig_begin(unsigned int n);
void model_contig_end(uint32_t pfn);

/*
 * The current context walks the tainted lists of a zone, and has its answer: is there a free
 * page (@below_order: of a lower order, for this type)? Between the two, sections end.
 */
void model_walk_begin(unsigned int zone, bool below_order, unsigned int order, unsigned int mt);
void model_walk_section(void);
void model_walk_end(bool answer);
void model_walk_reset(void);

/* No section under the lock of a zone is: compare what was touched since the last time. */
void model_settle_section(void);
/* No operation is under way, too. */
void model_settle(void);

/* Recount the model's own books from its pages and compare the whole memory map. */
void model_full(const struct allocator_queries *queries);

#endif
