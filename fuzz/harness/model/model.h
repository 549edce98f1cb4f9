/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A naive allocator beside the real one: plain arrays over pages and pageblocks, written from
 * docs/specification.md. It sees the events in the order in which locks were held, says for each
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
#include "fuzz/harness/base/observer.h"
#include "fuzz/harness/program/program.h"
#include "spb/config.h"
#include "spb/event.h"

/* The model beside a running program. It rests without options.model. */
extern const struct observer model_observer;

/**
 * struct model_spb_view - one superpageblock as the allocator sees it
 *
 * What the recount of the allocator finds by itself, as its list, is not among this.
 */
struct model_spb_view {
	uint16_t nr_free, nr_unmovable, nr_reclaimable, nr_movable;
	uint32_t free_pages;
};

/**
 * model_begin - all memory is free
 * @view: fills in what the allocator says of the n-th superpageblock, or NULL
 *
 * Return: false when the geometry is too large for the model, which then sleeps.
 */
bool model_begin(const struct spb_config *config,
		 void (*view)(unsigned int spb, struct model_spb_view *view));

/* Is everything of the allocator as the configuration has it? At the beginning, all memory free. */
void model_compare_birth(void);

/* Nobody asks it anything during this program. */
void model_sleep(void);

/**
 * model_context - what comes next is told by this logical CPU
 * @level: 0 task, 1 interrupt
 * @alone: no other operation is under way: what was decided without zone->lock is exact too
 */
void model_context(unsigned int cpu, unsigned int level, bool alone);

/**
 * model_stored - a page leaves a per-CPU list next, of a pageblock that has these content bits
 * @content: bit n: enum content; 0: what events said is all that there is
 *
 * Another CPU that takes a page stores a bit before it tells. Whoever finds it may go by it.
 */
void model_stored(uint8_t content);

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

/*
 * The current context begins to make room, by a call of this kind (enum call_kind), and is done;
 * kswapd has run on these nodes meanwhile, a bit each.
 */
void model_room_begins(unsigned int kind, unsigned int order, unsigned int mt);
void model_room_ends(uint32_t nodes);

/* The current context asks the n-th zone that has memory for a whole superpageblock, and has
 * its answer: a page, or NO_PFN. */
void model_contig_begin(unsigned int n);
void model_contig_end(uint32_t pfn);

/*
 * The current context walks the tainted lists of the n-th zone that has memory, and has its
 * answer: is there a free page (@below_order: of a lower order, for this type)? Between the two,
 * sections end.
 */
void model_walk_begin(unsigned int n, bool below_order, unsigned int order, unsigned int mt);
void model_walk_end(bool answer);

/* A section under the lock of a zone ends; @alone: no other is under way, so compare what was
 * touched since the last time. */
void model_section(bool alone);
/* No operation is under way, too. */
void model_settle(void);

/* Compare every superpageblock and the whole memory map. */
void model_full(const struct allocator_queries *queries);

#endif
