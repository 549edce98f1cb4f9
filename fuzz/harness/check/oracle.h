/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the allocator right? The generic oracle asks through allocator.h alone: pages are
 * conserved, and allocations are what their owners think. Rules about superpageblocks are
 * an extra oracle, spb_oracle.c.
 */
#ifndef HARNESS_ORACLE_H
#define HARNESS_ORACLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/base/allocator.h"
#include "spb/event.h"

struct run;
struct finding_info;

#define ORACLE_MAX_SPBS 4096
#define ORACLE_MAX_ZONES 16
#define ORACLE_LAST_EVENTS 8 /* a power of two */

/**
 * struct extra_oracle - rules that only one kind of allocator has
 * @begin: the program starts, the allocator is fresh
 * @event: something happened; locks may be held
 * @section: the lock of a zone is about to be given back, and nobody else has one
 * @after_op: an operation is complete and no other is under way
 * @page: one run of pages of the full walk
 * @full: check everything, before the walk
 * @rest: what holds while nothing is under way, after all others
 * @hash: put the state that queries do not show into the trace
 * @picture: draw what a finding is about
 */
struct extra_oracle {
	void (*begin)(struct run *run);
	void (*event)(struct run *run, const struct spb_event *event);
	void (*section)(struct run *run);
	void (*after_op)(struct run *run);
	void (*page)(struct run *run, const struct page_run *page);
	void (*full)(struct run *run);
	void (*rest)(struct run *run);
	void (*hash)(struct run *run);
	void (*picture)(FILE *out, const struct run *run, const struct finding_info *finding);
};

extern const struct extra_oracle spb_oracle;

/**
 * struct spb_content - what the flags of a superpageblock's pageblocks say
 * @labels: bit per label
 * @on_free: bits found on wholly free pageblocks that should not be there
 */
struct spb_content {
	uint16_t nr_free, nr_unmovable, nr_reclaimable, nr_movable, nr_reserved;
	uint16_t labels;
	uint16_t on_free;
};

/**
 * struct spb_oracle_state - what the rules about superpageblocks remember
 * @tainted: by superpageblock, as it was before the allocation under way
 * @touched: by superpageblock, scratch of one call: SPB_TOUCHED_*
 * @content: by superpageblock, as it was when its pageblocks last changed; where @counted
 * @borrowed_block: pageblock of the last borrowed page, until the next allocation
 * @borrowed_from: label that it had then
 * @borrower: migratetype of that request
 * @suspect: that pageblock got the label of the request afterwards
 * @tuned: a tunable was changed beside an operation that may have read it before
 */
struct spb_oracle_state {
	uint8_t tainted[ORACLE_MAX_SPBS];
	uint8_t touched[ORACLE_MAX_SPBS];
	uint8_t counted[ORACLE_MAX_SPBS];
	struct spb_content content[ORACLE_MAX_SPBS];
	uint32_t borrowed_block;
	uint8_t borrowed_from;
	uint8_t borrower;
	bool suspect;
	bool tuned;
};

/* It works out on which list a superpageblock belongs, and asserts the lock of its zone. */
#define ORACLE_FILER "spb_update_list"

/**
 * struct oracle_state - what the oracles remember during a program
 * @usable: pages of each zone that the allocator had to give at the start
 * @usable_sum: of all zones
 * @ops: operations since the last full check
 * @events: events so far; the last few are in @last
 * @in_event: the oracles look at the last event now
 * @section: whoever took the lock of the section that is looked at now, else NULL
 * @filed: ORACLE_FILER() ran in the section under way, as far as somebody looks closely
 * @happened: types of the events since all was last found right, a bit each
 */
struct oracle_state {
	uint32_t usable[ORACLE_MAX_ZONES];
	uint32_t usable_sum;
	uint32_t ops;
	uint32_t events;
	struct spb_event last[ORACLE_LAST_EVENTS];
	bool in_event;
	const char *section;
	bool filed;
	uint64_t happened;
	struct spb_oracle_state spb;
};

/* A program starts, with or without oracles: nothing has happened yet. */
void oracle_forget(struct run *run);
/* A program starts on a freshly initialised allocator. */
void oracle_begin(struct run *run);
/* Something happened; locks may be held. */
void oracle_event(struct run *run, const struct spb_event *event);
/* The lock of a zone, taken by @func, is about to be given back, and nobody else has one. Exact
 * for what was touched since the last one. */
void oracle_section(struct run *run, const char *func);
/* An operation is complete. Exact for what it touched; complete every options.full_every. */
void oracle_after_op(struct run *run);
/* The program is over and every operation complete: a full check. */
void oracle_end(struct run *run);
/* The walk of the memory map, which is part of a full check. */
void oracle_walk(struct run *run);

#endif
