/* SPDX-License-Identifier: GPL-2.0-only */
/* Running the records of a program: see PROGRAM_OPS for what each operation means. */
#ifndef HARNESS_EXECUTOR_H
#define HARNESS_EXECUTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/harness/base/allocator.h"
#include "fuzz/harness/base/observer.h"
#include "spb/rules.h"

struct run;
struct run_mode;

/**
 * run_program - execute one input from beginning to end
 * @mode: what the target wants
 *
 * Return: false when the bytes are no program of a known version, or this build cannot run
 *         its schedule (run->needs_hooks); nothing was done then.
 *         Does not return after a finding: see run->on_finding.
 */
bool run_program(const uint8_t *data, size_t size, const struct run_mode *mode);

/**
 * executor_op - run one record on the running logical CPU
 *
 * The caller has set step and CPU of the run. Checks locks and interrupts afterwards.
 */
void executor_op(struct run *run, const struct program_record *record);

/* The record's irq_op, on top of whatever the running CPU does. */
void executor_interrupt(struct run *run, const struct program_record *record);

/* The oracles' turn: an operation is complete and no other is under way. */
void executor_after_op(struct run *run);

/**
 * executor_age - give a zone the state that an age record describes
 *
 * gfp bytes 0 to 2: share of the zone's pageblocks, in 256ths, that are allocated as
 * unmovable, reclaimable and movable; byte 3: share of their pages, in 256ths, that is free
 * again; what is left stays wholly free. order: log2 of the pages that are freed or kept
 * together, at most the pageblock order. arg: low byte the zone, high byte which of them.
 */
void executor_age(struct run *run, const struct program_record *record);

/* --- calls with prediction, for the operations --- */

/* Allocate and give it to @owner (0: an unnamed one). Return: pfn or NO_PFN. */
uint32_t executor_alloc(struct run *run, uint32_t owner, uint32_t gfp, unsigned int order,
			unsigned int nid, uint32_t nodemask);
/* Allocate; the caller settles who owns it. */
uint32_t executor_alloc_raw(struct run *run, uint32_t gfp, unsigned int order, unsigned int nid,
			    uint32_t nodemask);
/* Return: how many of @nr, in @pfns, that nobody owns yet. */
unsigned int executor_bulk(struct run *run, uint32_t gfp, unsigned int nid, unsigned int nr,
			   uint32_t *pfns);
bool executor_caller(struct run *run, enum caller_kind kind, uint32_t nr_pages,
		     unsigned int order, uint32_t gfp, struct extent_list *list);
/* Free what the program holds at @pfn. */
void executor_free(struct run *run, uint32_t pfn);
/* Any call of free(), split(), contig_free() or isolate(), and what is wrong with it. */
void executor_free_call(struct run *run, uint32_t pfn, unsigned int order, enum spb_rule breaks);
int executor_split_call(struct run *run, uint32_t pfn, unsigned int order,
			unsigned int new_order, enum spb_rule breaks);
void executor_free_contig(struct run *run, uint32_t pfn, enum spb_rule breaks);
void executor_isolate(struct run *run, uint32_t pfn, bool on, enum spb_rule breaks);
/* Return: the first page of a superpageblock, range or part of a CMA area that nobody owns yet, or
 * NO_PFN. */
uint32_t executor_contig(struct run *run, unsigned int zone);
uint32_t executor_range(struct run *run, uint32_t pfn, uint32_t pages, uint32_t gfp);
uint32_t executor_cma(struct run *run, uint32_t pages, unsigned int align_order);
/* @owner takes a reference to the allocation at @pfn; NO_PFN: lets go of the last that it took. */
void executor_hold(struct run *run, uint32_t owner, uint32_t pfn);
/* Reclaim, compaction, evacuation (@arg: the type), deferred work (@arg: items), or a thread of the
 * kernel (@zone: its node). */
void executor_room(struct run *run, enum call_kind kind, unsigned int zone, unsigned int order,
		   unsigned int arg);
/* A drain (@arg: whose), or one of the walks (@arg: the type). */
void executor_look(struct run *run, enum call_kind kind, unsigned int zone, unsigned int order,
		   unsigned int arg);
void executor_tunable(struct run *run, unsigned int tunable, uint16_t value);
void executor_nodes(struct run *run, uint32_t nodes, enum nodes_when when);
void executor_time(struct run *run, uint32_t ticks);

/* For the allocator: all that one owner has is freed. Return: pages, 0 when nobody is left. */
unsigned long executor_out_of_memory(struct run *run);

#endif
