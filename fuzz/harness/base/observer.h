/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whoever looks at a program while it runs: oracles, the model, counters, the tool.
 *
 *   program  begin ─ fresh ─┬───────────────────────────────────────────┬─ after_op ─ full ─ end
 *   record                  └ op_begins ┬───────────────────┬─ after_op ┘
 *   call                                └ begins ┬──┬ ends ─┘    (full)
 *   inside                                       └──┘ event, section, needs_lock
 *
 * Observers are told in the order of the target's list, and know nothing of each other. An
 * observer that finds something calls finding(), which does not return.
 */
#ifndef HARNESS_OBSERVER_H
#define HARNESS_OBSERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/harness/base/allocator.h"
#include "spb/event.h"
#include "spb/rules.h"

struct finding_info;
struct program_record;
struct run;
struct sched_switch;
struct spinlock;

#define OBSERVERS_MAX 16

/* Calls of the allocator, as in struct allocator_ops. X(identifier) */
#define CALLS(X)                                                                           \
	X(alloc) X(bulk) X(caller) X(free) X(split) X(drain) X(drain_all) X(reclaim)       \
	X(compact) X(evacuate) X(isolate) X(contig) X(contig_free) X(work) X(time)         \
	X(tunable) X(can_serve) X(has_free) X(range) X(hold) X(kswapd) X(kcompactd) X(nodes)

enum call_kind {
#define X(id) CALL_##id,
	CALLS(X)
#undef X
	NR_CALLS,
};

#define CALL_BIT(id) (1u << CALL_##id)
#define EVENT_BIT(id) (1ull << SPB_EV_##id)
#define ALL_EVENTS (~0ull)

/**
 * struct call - one call of the allocator
 * @breaks: the rule that it breaks, or SPB_RULE_NONE
 * @gfp, @order, @nid, @nodemask: of a request
 * @nr: pages of a bulk request or a caller; ticks that pass; items of work that may run
 * @caller: which one
 * @zone, @type: of room that is made, of a walk; as struct allocator_ops numbers them
 * @pfn: what it got, NO_PFN for nothing
 * @answer: of a walk, or of a caller: it got all that it asked for
 * @got, @orders, @nr_got: the allocations that it got; @orders is NULL where all have @order.
 *                         Of work, @nr_got is how many items it says that have run
 */
struct call {
	enum call_kind kind;
	enum spb_rule breaks;
	uint32_t gfp;
	unsigned int order, nid;
	uint32_t nodemask;
	uint32_t nr;
	enum caller_kind caller;
	unsigned int zone, type;
	uint32_t pfn;
	bool answer;
	const uint32_t *got;
	const uint8_t *orders;
	uint32_t nr_got;
};

/**
 * struct section - a lock is about to be given back
 * @lock: enum lock_class
 * @taken_by: function that took it
 * @alone: of a zone's lock: nobody is inside a section of another zone
 */
struct section {
	unsigned int lock;
	const char *taken_by;
	bool alone;
};

/**
 * struct hold - the lock of a zone is about to be given back, and something was walked under it
 * @lock: which one
 * @taken_by: function that took it
 * @call: the call under way, or NULL
 * @steps: list entries, answers of a summary and retries since it was taken, one at least
 * @events: how many were told since then
 */
struct hold {
	const struct spinlock *lock;
	const char *taken_by;
	const struct call *call;
	uint32_t steps;
	uint32_t events;
};

/**
 * struct observer - one of them; a hook that is NULL is not wanted
 * @name: one word
 * @events: types of events that @event wants, EVENT_BIT() each
 * @calls: kinds of calls that the two hooks of calls want, CALL_BIT() each
 * @locks: classes of locks whose sections @section wants, a bit each
 * @in_dry_runs: is told events of a dry run, too
 * @rests: is it told nothing, with these options? NULL = never
 * @begin: a program begins, the allocator is freshly initialised
 * @fresh: the same, for the first program in a configuration: all can be looked at
 * @op_begins: a record is about to run
 * @call_begins, @call_ends: around a call
 * @event: something happened; locks may be held
 * @section: a lock is about to be given back, where somebody looks so closely
 * @hold: the lock of a zone is about to be given back, and something was walked under it
 * @needs_lock: a function begins that needs a lock, with options.close
 * @switched: the scheduler has switched
 * @after_op: an operation is complete and no other is under way
 * @full: check everything; nothing is under way
 * @page: one run of pages, when the memory map is walked for @full
 * @rest: what holds at rest, after @full of all others
 * @end: the program is over, and nothing was found; or a rule was broken that is switched off, or
 *       in a way that is known (run->stopped)
 * @hash: hand the state that queries do not show to @word
 * @look: for a report: count again the @n-th thing that can be counted at any time. What is
 *        wrong is a finding. Return: false beyond the last
 * @blame: cause and place of a finding are known: improve them
 * @picture: draw what a finding is about
 */
struct observer {
	const char *name;
	uint64_t events;
	uint32_t calls;
	uint32_t locks;
	bool in_dry_runs;
	bool (*rests)(const struct run *run);

	void (*begin)(struct run *run);
	void (*fresh)(struct run *run);
	void (*op_begins)(struct run *run, const struct program_record *record);
	void (*call_begins)(struct run *run, const struct call *call);
	void (*call_ends)(struct run *run, const struct call *call);
	void (*event)(struct run *run, const struct spb_event *event);
	void (*section)(struct run *run, const struct section *section);
	void (*hold)(struct run *run, const struct hold *hold);
	void (*needs_lock)(struct run *run, const char *func);
	void (*switched)(struct run *run, const struct sched_switch *told);
	void (*after_op)(struct run *run);
	void (*full)(struct run *run);
	void (*page)(struct run *run, const struct page_run *page);
	void (*rest)(struct run *run);
	void (*end)(struct run *run);

	void (*hash)(struct run *run, void (*word)(uint64_t word));
	bool (*look)(struct run *run, unsigned int n);
	void (*blame)(struct run *run, struct finding_info *info);
	void (*picture)(FILE *out, const struct run *run, const struct finding_info *info);
};

typedef void (*observer_event_fn)(struct run *run, const struct spb_event *event);
typedef void (*observer_hold_fn)(struct run *run, const struct hold *hold);

/**
 * struct observed - who is told what during a program; each list ends with NULL
 * @all: in order
 * @calls: who wants any; @call_kinds: kinds that somebody wants
 * @locks: classes of locks whose sections somebody wants
 * @hold: holds of zones' locks
 * @event: by type
 */
struct observed {
	const struct observer *all[OBSERVERS_MAX + 1];
	const struct observer *calls[OBSERVERS_MAX + 1];
	uint32_t call_kinds;
	uint32_t locks;
	observer_hold_fn hold[OBSERVERS_MAX + 1];
	observer_event_fn event[NR_SPB_EVENTS][OBSERVERS_MAX + 1];
};

extern const struct observed observed_by_nobody;

/* Those of run->mode, which may have none. */
const struct observer *const *observers_of(const struct run *run);

/**
 * observe_begin - a program begins
 *
 * From now on the observers of run->mode, and run->watcher, are told what happens.
 */
void observe_begin(struct run *run);
/* Options or list have changed under way: the same without telling that anything begins. */
void observe_again(struct run *run);
/* The same for a dry run, whose events only those are told who follow dry runs. */
void observe_dry_run(struct run *run);
/* Nobody is told anything. */
void observe_nothing(struct run *run);

/* A configuration is new to as many observers as want to look at all of it; they do. */
unsigned int observers_of_fresh(const struct run *run);
void observe_fresh(struct run *run);

/* What happened, to those who want to know: see struct observer. */
void observe_op(struct run *run, const struct program_record *record);
void observe_call_begin(struct run *run, const struct call *call);
void observe_call_end(struct run *run, const struct call *call);
void observe_event(struct run *run, const struct spb_event *event);
void observe_section(struct run *run, const struct section *section);
void observe_hold(struct run *run, const struct hold *hold);
void observe_needs_lock(struct run *run, const char *func);
void observe_switch(struct run *run, const struct sched_switch *told);
void observe_after_op(struct run *run);
void observe_full(struct run *run);
void observe_page(struct run *run, const struct page_run *page);
void observe_end(struct run *run);

/* For @rests: oracles rest without options.oracles. */
bool oracles_rest(const struct run *run);

#endif
